// A small matrix product on tiles that lie in the first two caches: the heart of attention and of the low-rank adapters.
//
// c[i,j] (+)= Σ_k a[i·a_row + k·a_step] · b[k·ldb + j], with the columns j a multiple of 16. Strides of a let the same code
// serve a and aᵀ. TILE_ROWS × TILE_VECTORS sums stay in registers; every sum runs over k in order.
#ifndef MLOPS_TILE_H
#define MLOPS_TILE_H

#include "ahead.h"
#include "vector.h"

/// Elements of the sum between two requests for what is read later.
enum { TILE_SHARE = 64 };

/// rows × 16·vectors sums; of `ahead`, a share is asked for at each of some elements of k.
INLINE void tile_block(const int rows, const int vectors, const float *a, long a_row, long a_step, const float *b, long ldb,
                       float *c, long ldc, long k, int add, struct ahead *ahead, long share) {
    vf sums[8][2];
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < vectors; j++) sums[i][j] = add ? load(c + i * ldc + j * LANES) : zero();
    for (long x = 0; x < k;) {
        if (ahead) ask(ahead, share);
        for (long end = ahead ? block_end(x, TILE_SHARE, k) : k; x < end; x++) {
            vf row[2];
            UNROLL for (int j = 0; j < vectors; j++) row[j] = load(b + x * ldb + j * LANES);
            UNROLL for (int i = 0; i < rows; i++) {
                vf left = splat(a[i * a_row + x * a_step]);
                UNROLL for (int j = 0; j < vectors; j++) sums[i][j] = sums[i][j] + left * row[j];
            }
        }
    }
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < vectors; j++) store(c + i * ldc + j * LANES, sums[i][j]);
}

INLINE void tile_columns(const int vectors, const float *a, long a_row, long a_step, const float *b, long ldb, float *c,
                         long ldc, long rows, long k, int add, struct ahead *ahead, long share) {
    long i = 0;
#define TAKE(count) \
    { \
        tile_block(count, vectors, a + i * a_row, a_row, a_step, b, ldb, c + i * ldc, ldc, k, add, ahead, share); \
        i += count; \
    }
    while (i + TILE_ROWS <= rows) TAKE(TILE_ROWS)
    if (TILE_ROWS > 4 && i + 4 <= rows) TAKE(4)
    if (i + 2 <= rows) TAKE(2)
    while (i < rows) TAKE(1)
#undef TAKE
}

static void tile_product(const float *a, long a_row, long a_step, const float *b, long ldb, float *c, long ldc, long rows,
                         long columns, long k, int add) {
    long j = 0;
    for (; j + TILE_VECTORS * LANES <= columns; j += TILE_VECTORS * LANES)
        tile_columns(TILE_VECTORS, a, a_row, a_step, b + j, ldb, c + j, ldc, rows, k, add, 0, 0);
    for (; j < columns; j += LANES) tile_columns(1, a, a_row, a_step, b + j, ldb, c + j, ldc, rows, k, add, 0, 0);
}

/// tile[rows, width] = x[rows, columns], zeros to the right.
INLINE void tile_load(const float *x, long ldx, float *tile, long width, long rows, long columns) {
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < width; j += LANES) store(tile + i * width + j, load_part(x + i * ldx + j, columns - j));
}
/// Transposes 8 × 8 floats: out[i · step] = column i of the rows.
INLINE void transpose_eight(const float *x, long ldx, float *out, long step) {
    vf8 r[8], t[8];
    UNROLL for (int i = 0; i < 8; i++) memcpy(&r[i], x + i * ldx, sizeof r[i]);
    UNROLL for (int i = 0; i < 8; i += 2) {
        t[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        t[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    // Of rows 0…3 (i = 0) and 4…7: columns c and c + 4, for c = 0…3.
    UNROLL for (int i = 0; i < 8; i += 4) {
        r[i] = __builtin_shufflevector(t[i], t[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        r[i + 1] = __builtin_shufflevector(t[i], t[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        r[i + 2] = __builtin_shufflevector(t[i + 1], t[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
        r[i + 3] = __builtin_shufflevector(t[i + 1], t[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
    }
    UNROLL for (int c = 0; c < 4; c++) {
        vf8 low = __builtin_shufflevector(r[c], r[c + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        vf8 high = __builtin_shufflevector(r[c], r[c + 4], 4, 5, 6, 7, 12, 13, 14, 15);
        memcpy(out + c * step, &low, sizeof low);
        memcpy(out + (c + 4) * step, &high, sizeof high);
    }
}

/// tile[columns, width] = x[rows, columns]ᵀ, zeros to the right.
INLINE void tile_load_transposed(const float *x, long ldx, float *tile, long width, long rows, long columns) {
    for (long j = 0; j < columns; j += 8) {
        long i = 0, end = j + 8 <= columns ? j + 8 : columns;
        if (end == j + 8)
            for (; i + 8 <= rows; i += 8) transpose_eight(x + i * ldx + j, ldx, tile + j * width + i, width);
        for (long k = j; k < end; k++)
            for (long l = i; l < width; l++) tile[k * width + l] = l < rows ? x[l * ldx + k] : 0;
    }
}
INLINE long rounded_up(long n) { return (n + LANES - 1) / LANES * LANES; }

#endif
