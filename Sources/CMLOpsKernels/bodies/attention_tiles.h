// Products of attention's tiles of 64 × 64 in AMX's tiles of 16 rows; attention_vectors.h is the same in vectors.
#include "tile.h"
#include "tiles.h"

/// What rows are filled up to with zeros, the pairs of a tile, and how many are written together.
enum { HALF_MULTIPLE = 32, HALF_WRITTEN = 16 };

INLINE long filled_up(long n) { return (n + HALF_MULTIPLE - 1) / HALF_MULTIPLE * HALF_MULTIPLE; }
INLINE void begin_tiles(void) {
    struct tile_shapes shapes = whole_tiles();
    _tile_loadconfig(&shapes);
}
INLINE void end_tiles(void) { _tile_release(); }

/// One or two times sixteen rows and columns, in tiles 0 … 3.
INLINE void half_tile_block(const int down, const int across, const uint16_t *a, long a_row, const uint16_t *b, long ldb, float *c,
                            long ldc, long pairs, int add) {
    size_t a_bytes = (size_t)a_row * 4, b_bytes = (size_t)ldb * 4, c_bytes = (size_t)ldc * 4;
    _tile_zero(0), _tile_zero(1), _tile_zero(2), _tile_zero(3);
    if (add) {
        _tile_loadd(0, c, c_bytes);
        if (across) _tile_loadd(1, c + LANES, c_bytes);
        if (down) _tile_loadd(2, c + LANES * ldc, c_bytes);
        if (down && across) _tile_loadd(3, c + LANES * ldc + LANES, c_bytes);
    }
    for (long k = 0; k < pairs; k += LANES) {
        _tile_loadd(4, a + 2 * k, a_bytes);
        _tile_loadd(6, b + 2 * k * ldb, b_bytes);
        _tile_dpbf16ps(0, 4, 6);
        if (across) {
            _tile_loadd(7, b + 2 * (k * ldb + LANES), b_bytes);
            _tile_dpbf16ps(1, 4, 7);
        }
        if (!down) continue;
        _tile_loadd(5, a + 2 * (LANES * a_row + k), a_bytes);
        _tile_dpbf16ps(2, 5, 6);
        if (across) _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, c, c_bytes);
    if (across) _tile_stored(1, c + LANES, c_bytes);
    if (down) _tile_stored(2, c + LANES * ldc, c_bytes);
    if (down && across) _tile_stored(3, c + LANES * ldc + LANES, c_bytes);
}

/// c[rows, columns] (+)= a·b for rows a_row pairs apart. Everything is there up to multiples of 16 rows and pairs, c's rows too.
static void half_tile_product(const uint16_t *a, long a_row, const uint16_t *b, long ldb, float *c, long ldc, long rows, long columns,
                              long pairs, int add) {
    for (long j = 0; j < columns; j += 2 * LANES)
        for (long i = 0; i < rows; i += 2 * LANES) {
            const uint16_t *left = a + 2 * i * a_row, *right = b + 2 * j;
            float *to = c + i * ldc + j;
            int down = i + LANES < rows, across = j + LANES < columns;
            if (down && across) half_tile_block(1, 1, left, a_row, right, ldb, to, ldc, pairs, add);
            else if (across) half_tile_block(0, 1, left, a_row, right, ldb, to, ldc, pairs, add);
            else if (down) half_tile_block(1, 0, left, a_row, right, ldb, to, ldc, pairs, add);
            else half_tile_block(0, 0, left, a_row, right, ldb, to, ldc, pairs, add);
        }
}
/// c[rows, columns] += aᵀ·b for an a that half_scores has turned.
INLINE void half_upright_product(const uint16_t *a, const uint16_t *b, long ldb, float *c, long ldc, long rows, long columns, long pairs,
                                 int add) {
    half_tile_product(a, TILE / 2, b, ldb, c, ldc, rows, columns, pairs, add);
}

/// A tile [rows, 64] in bf16, as it is and transposed; either may be null. Zeros fill up what is there to multiples of 32.
INLINE void half_scores(const float *x, long rows, long across, uint16_t *y, uint16_t *turned) {
    for (long i = 0; i < rows; i += HALF_MULTIPLE)
        for (long j = 0; j < filled_up(across); j += LANES) {
            vu pairs[LANES];
            for (long m = 0; m < LANES; m++) {
                long row = i + 2 * m;
                vh even = row < rows && j < across ? bf16_of(load(x + row * TILE + j)) : (vh){0};
                vh odd = row + 1 < rows && j < across ? bf16_of(load(x + (row + 1) * TILE + j)) : (vh){0};
                if (y) {
                    memcpy(y + row * TILE + j, &even, sizeof even);
                    memcpy(y + (row + 1) * TILE + j, &odd, sizeof odd);
                }
                pairs[m] = __builtin_convertvector(even, vu) | __builtin_convertvector(odd, vu) << 16;
            }
            if (turned) transpose_pairs(pairs, turned + j * TILE + i, TILE);
        }
}
