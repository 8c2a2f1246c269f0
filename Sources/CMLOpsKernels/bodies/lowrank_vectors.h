// Products with sixteen ranks in vectors of pairs; lowrank_tiles.h is the same in tiles.
#include "half.h"
#include "vector.h"

/// Rows of a tile of the way back, and what they are filled up to.
enum { HALF_CHUNK = 64, HALF_FILL = 2 };

INLINE void begin_ranks(long rows) { (void)rows; }
INLINE void end_ranks(void) {}

// ── x·Aᵀ ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/// Rows of a tile times sixteen ranks; the first `existing` rows of out are there.
INLINE void half_project_block(const int rows, const uint16_t *tile, const uint16_t *pairs, long step, float *out, long ldo,
                               long existing, long count, int add) {
    vf sums[HALF_ROWS];
    UNROLL for (int i = 0; i < rows; i++) sums[i] = add && i < existing ? load(out + i * ldo) : zero();
    for (long k = 0; k < count; k++) {
        vu w = load_pairs(pairs + k * step);
        UNROLL for (int i = 0; i < rows; i++) sums[i] = add_pairs(sums[i], splat_pair(tile + i * HALF_STRETCH + 2 * k), w);
    }
    UNROLL for (int i = 0; i < rows; i++)
        if (i < existing) store(out + i * ldo, sums[i]);
}

/// out[rows, 16 ranks] (+)= a tile's rows times `count` pairs, which are `step` numbers apart.
INLINE void half_project(const uint16_t *tile, const uint16_t *pairs, long step, float *out, long ldo, long rows, long count, int add) {
    if (rows > 8) half_project_block(16, tile, pairs, step, out, ldo, rows, count, add);
    else if (rows > 4) half_project_block(8, tile, pairs, step, out, ldo, rows, count, add);
    else if (rows > 1) half_project_block(4, tile, pairs, step, out, ldo, rows, count, add);
    else half_project_block(1, tile, pairs, step, out, ldo, rows, count, add);
}

// ── The way back ─────────────────────────────────────────────────────────────────────────────────────────────────────

/// Sixteen numbers of up to 64 rows: as they are, and as pairs of neighbouring rows.
struct half_ranks { ALIGNED uint16_t rows[HALF_CHUNK * LANES], pairs[HALF_CHUNK * LANES]; };

INLINE void half_ranks_of(struct half_ranks *h, const float *x, long ldx, long rows) {
    for (long i = 0; i < rows; i += 2) {
        vh even = bf16_of(load(x + i * ldx)), odd = i + 1 < rows ? bf16_of(load(x + (i + 1) * ldx)) : (vh){0};
        memcpy(h->rows + i * LANES, &even, sizeof even);
        memcpy(h->rows + (i + 1) * LANES, &odd, sizeof odd);
        vu both = __builtin_convertvector(even, vu) | __builtin_convertvector(odd, vu) << 16;
        memcpy(h->pairs + i * LANES, &both, sizeof both);
    }
}

/// out[8 ranks, 32] += s · Σ over rows
INLINE void half_gradient(const uint16_t *ranks, const uint16_t *pairs, long count, float s, float *out, long ldo, long existing,
                          long columns) {
    vf sums[8][2] = {{{0}}};
    for (long m = 0; m < count; m++) {
        vu low = load_pairs(pairs + 2 * m * HALF_COLUMNS), high = load_pairs(pairs + (2 * m + 1) * HALF_COLUMNS);
        UNROLL for (int r = 0; r < 8; r++) {
            vu d = splat_pair(ranks + (m * LANES + r) * 2);
            sums[r][0] = add_pairs(sums[r][0], d, low);
            sums[r][1] = add_pairs(sums[r][1], d, high);
        }
    }
    UNROLL for (int r = 0; r < 8; r++) {
        if (r >= existing) continue;
        float *y = out + r * ldo;
        store_part(y, load_part(y, columns) + splat(s) * sums[r][0], columns);
        store_part(y + LANES, load_part(y + LANES, columns - LANES) + splat(s) * sums[r][1], columns - LANES);
    }
}

/// dx[8 rows, 32] += mask ∘ s·(dxa·A) for sixteen ranks.
INLINE void half_expand_block(const int rows, const uint16_t *dxa, const uint16_t *by_ranks, long across, const uint32_t *words,
                        const mlops_dropout *drop, float *dx, long lddx, long columns) {
    vf sums[8][2] = {{{0}}};
    for (long r = 0; r < LANES / 2; r++) {
        vu low = load_pairs(by_ranks + r * across * 2), high = load_pairs(by_ranks + r * across * 2 + HALF_COLUMNS);
        UNROLL for (int i = 0; i < rows; i++) {
            vu d = splat_pair(dxa + i * LANES + 2 * r);
            sums[i][0] = add_pairs(sums[i][0], d, low);
            sums[i][1] = add_pairs(sums[i][1], d, high);
        }
    }
    const vu threshold = (vu){0} + drop->threshold;
    UNROLL for (int i = 0; i < rows; i++) {
        vf low = splat(drop->scale) * sums[i][0], high = splat(drop->scale) * sums[i][1];
        if (drop->keys) {
            vu w;
            memcpy(&w, words + i * LANES, sizeof w);
            low = (vf)((vi)low & (vi)((w & 0xFFFFu) >= threshold));
            high = (vf)((vi)high & (vi)(w >> 16 >= threshold));
        }
        float *y = dx + i * lddx;
        store_part(y, load_part(y, columns) + low, columns);
        store_part(y + LANES, load_part(y + LANES, columns - LANES) + high, columns - LANES);
    }
}

/// out[16 ranks, 32] += s · Σ over rows of ranks and pairs.
INLINE void half_gradients(const struct half_ranks *h, const uint16_t *pairs, long rows, float s, float *out, long ldo, long existing,
                           long columns) {
    for (long r = 0; r < LANES && r < existing; r += 8)
        half_gradient(h->pairs + r * 2, pairs, (rows + 1) / 2, s, out + r * ldo, ldo, existing - r, columns);
}

/// dx[rows, 32] += mask ∘ s·(dxa·A) for sixteen ranks.
INLINE void half_expand(const struct half_ranks *h, const uint16_t *by_ranks, long across, const uint32_t *words,
                        const mlops_dropout *drop, float *dx, long lddx, long rows, long columns) {
    long i = 0;
    for (; i + 8 <= rows; i += 8)
        half_expand_block(8, h->rows + i * LANES, by_ranks, across, words + i * LANES, drop, dx + i * lddx, lddx, columns);
    for (; i < rows; i++)
        half_expand_block(1, h->rows + i * LANES, by_ranks, across, words + i * LANES, drop, dx + i * lddx, lddx, columns);
}

/// out[32 outputs, 16 ranks] += s · Σ over rows of pairs and ranks.
INLINE void half_output_gradients(const struct half_ranks *h, const uint16_t *pairs, long rows, float s, float *out, long ldo, long ranks,
                                  long outputs) {
    for (long n = 0; n < HALF_COLUMNS && n < outputs; n += LANES) {
        vf sums[LANES] = {{0}};
        for (long i = 0; i < rows; i += 2) {
            vu w = load_pairs(h->pairs + i * LANES);
            UNROLL for (int c = 0; c < LANES; c++)
                sums[c] = add_pairs(sums[c], splat_pair(pairs + i * HALF_COLUMNS + (n + c) * 2), w);
        }
        UNROLL for (int c = 0; c < LANES; c++) {
            if (n + c >= outputs) continue;
            float *y = out + (n + c) * ldo;
            store_part(y, load_part(y, ranks) + splat(s) * sums[c], ranks);
        }
    }
}
