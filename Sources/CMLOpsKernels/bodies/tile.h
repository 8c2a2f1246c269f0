// A small matrix product on tiles that lie in the first two caches: the heart of attention and of the low-rank adapters.
//
// c[i,j] (+)= Σ_k a[i·a_row + k·a_step] · b[k·ldb + j], with the columns j a multiple of 16. Strides of a let the same code
// serve a and aᵀ. TILE_ROWS × TILE_VECTORS sums stay in registers; every sum runs over k in order.
#ifndef MLOPS_TILE_H
#define MLOPS_TILE_H

#include "vector.h"

INLINE void tile_block(const int rows, const int vectors, const float *a, long a_row, long a_step, const float *b, long ldb,
                       float *c, long ldc, long k, int add) {
    vf sums[8][2];
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < vectors; j++) sums[i][j] = add ? load(c + i * ldc + j * LANES) : zero();
    for (long x = 0; x < k; x++) {
        vf row[2];
        UNROLL for (int j = 0; j < vectors; j++) row[j] = load(b + x * ldb + j * LANES);
        UNROLL for (int i = 0; i < rows; i++) {
            vf left = splat(a[i * a_row + x * a_step]);
            UNROLL for (int j = 0; j < vectors; j++) sums[i][j] = sums[i][j] + left * row[j];
        }
    }
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < vectors; j++) store(c + i * ldc + j * LANES, sums[i][j]);
}

INLINE void tile_columns(const int vectors, const float *a, long a_row, long a_step, const float *b, long ldb, float *c,
                         long ldc, long rows, long k, int add) {
    long i = 0;
    for (; i + TILE_ROWS <= rows; i += TILE_ROWS)
        tile_block(TILE_ROWS, vectors, a + i * a_row, a_row, a_step, b, ldb, c + i * ldc, ldc, k, add);
    if (TILE_ROWS > 4 && i + 4 <= rows) {
        tile_block(4, vectors, a + i * a_row, a_row, a_step, b, ldb, c + i * ldc, ldc, k, add);
        i += 4;
    }
    if (i + 2 <= rows) {
        tile_block(2, vectors, a + i * a_row, a_row, a_step, b, ldb, c + i * ldc, ldc, k, add);
        i += 2;
    }
    for (; i < rows; i++) tile_block(1, vectors, a + i * a_row, a_row, a_step, b, ldb, c + i * ldc, ldc, k, add);
}

static void tile_product(const float *a, long a_row, long a_step, const float *b, long ldb, float *c, long ldc, long rows,
                         long columns, long k, int add) {
    long j = 0;
    for (; j + TILE_VECTORS * LANES <= columns; j += TILE_VECTORS * LANES)
        tile_columns(TILE_VECTORS, a, a_row, a_step, b + j, ldb, c + j, ldc, rows, k, add);
    for (; j < columns; j += LANES) tile_columns(1, a, a_row, a_step, b + j, ldb, c + j, ldc, rows, k, add);
}

/// tile[rows, width] = x[rows, columns], zeros to the right.
INLINE void tile_load(const float *x, long ldx, float *tile, long width, long rows, long columns) {
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < width; j += LANES) store(tile + i * width + j, load_part(x + i * ldx + j, columns - j));
}
/// tile[columns, width] = x[rows, columns]ᵀ, zeros to the right.
INLINE void tile_load_transposed(const float *x, long ldx, float *tile, long width, long rows, long columns) {
    for (long j = 0; j < columns; j++) {
        for (long i = 0; i < rows; i++) tile[j * width + i] = x[i * ldx + j];
        for (long i = rows; i < width; i++) tile[j * width + i] = 0;
    }
}
INLINE long rounded_up(long n) { return (n + LANES - 1) / LANES * LANES; }

#endif
