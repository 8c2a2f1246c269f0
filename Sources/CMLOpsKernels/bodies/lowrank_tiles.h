// Products with sixteen ranks in AMX's tiles; lowrank_vectors.h is the same in vectors.
#include "half.h"
#include "tiles.h"

/// Rows of a tile of the way back, and what they are filled up to.
enum { HALF_CHUNK = 256, HALF_FILL = 32 };

/// Tiles 0 and 1: sums; 2: rows of x, or ranks of many rows; 3: pairs. Tiles 4 and 5: ranks of sixteen rows, and their pairs in A; 6 and
/// 7: their sums. The first three have `rows` rows.
INLINE void begin_ranks(long rows) {
    struct tile_shapes shapes = whole_tiles();
    for (int i = 0; i < 3; i++) shapes.rows[i] = (uint8_t)rows;
    shapes.bytes[4] = 2 * LANES;
    shapes.rows[5] = LANES / 2;
    _tile_loadconfig(&shapes);
}
INLINE void end_ranks(void) { _tile_release(); }

/// out[rows, 16 ranks] (+)= a tile's rows times `count` pairs, which are `step` numbers apart.
INLINE void half_project(const uint16_t *tile, const uint16_t *pairs, long step, float *out, long ldo, long rows, long count, int add) {
    (void)rows;  // begin_ranks knows them
    _tile_zero(0);
    if (add) _tile_loadd(0, out, (size_t)ldo * sizeof *out);
    for (long k = 0; k < count; k += LANES) {
        _tile_loadd(2, tile + 2 * k, HALF_STRETCH * sizeof *tile);
        _tile_loadd(3, pairs + k * step, (size_t)step * sizeof *pairs);
        _tile_dpbf16ps(0, 2, 3);
    }
    _tile_stored(0, out, (size_t)ldo * sizeof *out);
}

/// Sixteen numbers of up to 256 rows, with zeros up to a multiple of 32 rows: as they are and, 32 rows at a time, transposed.
struct half_ranks { ALIGNED uint16_t rows[HALF_CHUNK * LANES], turned[HALF_CHUNK * LANES]; };

INLINE void half_ranks_of(struct half_ranks *h, const float *x, long ldx, long rows) {
    for (long i = 0; i < rows; i += HALF_FILL) {
        vu pairs[LANES];
        for (long j = 0; j < LANES; j++) {
            long m = i + 2 * j;
            vh even = m < rows ? bf16_of(load(x + m * ldx)) : (vh){0}, odd = m + 1 < rows ? bf16_of(load(x + (m + 1) * ldx)) : (vh){0};
            memcpy(h->rows + m * LANES, &even, sizeof even);
            memcpy(h->rows + (m + 1) * LANES, &odd, sizeof odd);
            pairs[j] = __builtin_convertvector(even, vu) | __builtin_convertvector(odd, vu) << 16;
        }
        transpose_pairs(pairs, h->turned + i * LANES, 2 * LANES);
    }
}

/// sums[16 ranks, 32] = Σ over rows of ranks and pairs.
INLINE void sums_of_ranks(const struct half_ranks *h, const uint16_t *pairs, long rows, float *sums) {
    const size_t step = 2 * HALF_COLUMNS * sizeof *pairs;
    _tile_zero(0), _tile_zero(1);
    for (long m = 0; m < rows; m += HALF_FILL) {
        _tile_loadd(2, h->turned + m * LANES, 64);
        _tile_loadd(3, pairs + m * HALF_COLUMNS, step);
        _tile_dpbf16ps(0, 2, 3);
        _tile_loadd(3, pairs + (m + 1) * HALF_COLUMNS, step);
        _tile_dpbf16ps(1, 2, 3);
    }
    _tile_stored(0, sums, HALF_COLUMNS * sizeof *sums);
    _tile_stored(1, sums + LANES, HALF_COLUMNS * sizeof *sums);
}

/// out[16 ranks, 32] += s · Σ over rows of ranks and pairs.
INLINE void half_gradients(const struct half_ranks *h, const uint16_t *pairs, long rows, float s, float *out, long ldo, long existing,
                           long columns) {
    ALIGNED float sums[LANES * HALF_COLUMNS];
    sums_of_ranks(h, pairs, rows, sums);
    for (long r = 0; r < LANES && r < existing; r++)
        for (long j = 0; j < HALF_COLUMNS; j += LANES) {
            float *y = out + r * ldo + j;
            store_part(y, load_part(y, columns - j) + splat(s) * load(sums + r * HALF_COLUMNS + j), columns - j);
        }
}

/// dx[rows, 32] += mask ∘ s·(dxa·A) for sixteen ranks.
INLINE void half_expand(const struct half_ranks *h, const uint16_t *by_ranks, long across, const uint32_t *words,
                        const mlops_dropout *drop, float *dx, long lddx, long rows, long columns) {
    const vu threshold = (vu){0} + drop->threshold;
    for (long i = 0; i < rows; i += LANES) {
        ALIGNED float sums[LANES * HALF_COLUMNS];
        _tile_loadd(4, h->rows + i * LANES, 2 * LANES);
        _tile_zero(6), _tile_zero(7);
        _tile_loadd(5, by_ranks, (size_t)across * 4);
        _tile_dpbf16ps(6, 4, 5);
        _tile_loadd(5, by_ranks + HALF_COLUMNS, (size_t)across * 4);
        _tile_dpbf16ps(7, 4, 5);
        _tile_stored(6, sums, HALF_COLUMNS * sizeof *sums);
        _tile_stored(7, sums + LANES, HALF_COLUMNS * sizeof *sums);
        for (long m = i; m < rows && m < i + LANES; m++) {
            vf low = splat(drop->scale) * load(sums + (m - i) * HALF_COLUMNS);
            vf high = splat(drop->scale) * load(sums + (m - i) * HALF_COLUMNS + LANES);
            if (drop->keys) {
                vu w;
                memcpy(&w, words + m * LANES, sizeof w);
                low = (vf)((vi)low & (vi)((w & 0xFFFFu) >= threshold));
                high = (vf)((vi)high & (vi)(w >> 16 >= threshold));
            }
            float *y = dx + m * lddx;
            store_part(y, load_part(y, columns) + low, columns);
            store_part(y + LANES, load_part(y + LANES, columns - LANES) + high, columns - LANES);
        }
    }
}

/// out[32 outputs, 16 ranks] += s · Σ over rows of pairs and ranks.
INLINE void half_output_gradients(const struct half_ranks *h, const uint16_t *pairs, long rows, float s, float *out, long ldo, long ranks,
                                  long outputs) {
    ALIGNED float sums[LANES * HALF_COLUMNS], turned[LANES * LANES];
    sums_of_ranks(h, pairs, rows, sums);
    for (long n = 0; n < HALF_COLUMNS && n < outputs; n += LANES) {
        vu block[LANES];
        for (long r = 0; r < LANES; r++) block[r] = (vu)load(sums + r * HALF_COLUMNS + n);
        // What moves pairs moves floats.
        transpose_pairs(block, (uint16_t *)turned, 2 * LANES);
        for (long c = 0; c < LANES && n + c < outputs; c++) {
            float *y = out + (n + c) * ldo;
            store_part(y, load_part(y, ranks) + splat(s) * load(turned + c * LANES), ranks);
        }
    }
}
