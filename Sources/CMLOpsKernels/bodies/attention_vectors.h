// Products of attention's tiles in vectors of pairs; attention_tiles.h is the same in AMX's tiles.
#include "tile.h"

/// What rows are filled up to with zeros, and how many are written together.
enum { HALF_MULTIPLE = 16, HALF_WRITTEN = 1 };

INLINE long filled_up(long n) { return (n + HALF_MULTIPLE - 1) / HALF_MULTIPLE * HALF_MULTIPLE; }
INLINE void begin_tiles(void) {}
INLINE void end_tiles(void) {}

INLINE void half_tile_block(const int rows, const int vectors, const uint16_t *a, long a_row, long a_step, const uint16_t *b, long ldb,
                            float *c, long ldc, long pairs, int add) {
    vf sums[8][2];
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < vectors; j++) sums[i][j] = add ? load(c + i * ldc + j * LANES) : zero();
    for (long k = 0; k < pairs; k++) {
        vu right[2];
        UNROLL for (int j = 0; j < vectors; j++) right[j] = load_pairs(b + 2 * (k * ldb + j * LANES));
        UNROLL for (int i = 0; i < rows; i++) {
            vu left = splat_pair(a + 2 * (i * a_row + k * a_step));
            UNROLL for (int j = 0; j < vectors; j++) sums[i][j] = add_pairs(sums[i][j], left, right[j]);
        }
    }
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < vectors; j++) store(c + i * ldc + j * LANES, sums[i][j]);
}

INLINE void half_tile_columns(const int vectors, const uint16_t *a, long a_row, long a_step, const uint16_t *b, long ldb, float *c,
                              long ldc, long rows, long pairs, int add) {
    long i = 0;
#define TAKE(count) \
    { \
        half_tile_block(count, vectors, a + 2 * i * a_row, a_row, a_step, b, ldb, c + i * ldc, ldc, pairs, add); \
        i += count; \
    }
    while (i + 8 <= rows) TAKE(8)
    if (i + 4 <= rows) TAKE(4)
    while (i < rows) TAKE(1)
#undef TAKE
}

/// c[i,j] (+)= Σ over pairs k of a at i·a_row + k·a_step and b at k·ldb + j; distances in pairs, columns j a multiple of 16.
static void half_pairs_product(const uint16_t *a, long a_row, long a_step, const uint16_t *b, long ldb, float *c, long ldc, long rows,
                              long columns, long pairs, int add) {
    long j = 0;
    for (; j + 2 * LANES <= columns; j += 2 * LANES)
        half_tile_columns(2, a, a_row, a_step, b + 2 * j, ldb, c + j, ldc, rows, pairs, add);
    if (j < columns) half_tile_columns(1, a, a_row, a_step, b + 2 * j, ldb, c + j, ldc, rows, pairs, add);
}

/// c[rows, columns] (+)= a·b for rows a_row pairs apart.
INLINE void half_tile_product(const uint16_t *a, long a_row, const uint16_t *b, long ldb, float *c, long ldc, long rows, long columns,
                              long pairs, int add) {
    half_pairs_product(a, a_row, 1, b, ldb, c, ldc, rows, columns, pairs, add);
}
/// c[rows, columns] += aᵀ·b for an a that half_scores has turned.
INLINE void half_upright_product(const uint16_t *a, const uint16_t *b, long ldb, float *c, long ldc, long rows, long columns, long pairs,
                                 int add) {
    half_pairs_product(a, 1, TILE, b, ldb, c, ldc, rows, columns, pairs, add);
}

/// A tile [rows, 64] in bf16, as it is and as pairs of neighbouring rows; either may be null.
INLINE void half_scores(const float *x, long rows, long across, uint16_t *y, uint16_t *turned) {
    for (long i = 0; i < rows; i += 2)
        for (long j = 0; j < across; j += LANES) {
            vh even = bf16_of(load(x + i * TILE + j)), odd = i + 1 < rows ? bf16_of(load(x + (i + 1) * TILE + j)) : (vh){0};
            if (y) {
                memcpy(y + i * TILE + j, &even, sizeof even);
                memcpy(y + (i + 1) * TILE + j, &odd, sizeof odd);
            }
            if (!turned) continue;
            vu both = __builtin_convertvector(even, vu) | __builtin_convertvector(odd, vu) << 16;
            memcpy(turned + (i / 2 * TILE + j) * 2, &both, sizeof both);
        }
}
