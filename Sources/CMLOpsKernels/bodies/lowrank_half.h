// Products with the thin matrices of low-rank adapters in bf16, with f32 sums: what lowrank.h does in f32, with the same masks.
//
// The matrix A is kept as pairs in two orders, so that both directions read whole vectors (mlops_lowrank_pairs). Gradients sum over
// rows: pairs of rows are made in the first cache, once for the gradient and the mask of the way back.
#include "../arguments.h"
#include "vector.h"

/// Columns of a task: those of one vector of hashes. Rows and columns of a tile of the projection; rows of a tile of the way back.
enum { HALF_COLUMNS = 32, HALF_ROWS = 16, HALF_STRETCH = 256, HALF_CHUNK = 64 };

typedef uint16_t vh32 __attribute__((vector_size(64)));

/// The first `count` of 32 numbers, then zeros.
INLINE vh32 load_halves(const uint16_t *p, long count) {
    vh32 v = {0};
    memcpy(&v, p, count >= HALF_COLUMNS ? sizeof v : (size_t)count * sizeof(uint16_t));
    return v;
}
/// Lanes whose bits are at or above the threshold.
INLINE vh32 kept(vh32 x, vh32 words, uint32_t threshold) {
    vh32 limit = (vh32)((vu){0} + (threshold | threshold << 16));
    return x & (vh32)(words >= limit);
}
/// Columns `from` … `from` + 15 of two rows, pair by pair.
#define PAIRS_OF_ROWS(x, y, from) \
    __builtin_shufflevector(x, y, from, from + 32, from + 1, from + 33, from + 2, from + 34, from + 3, from + 35, from + 4, \
                            from + 36, from + 5, from + 37, from + 6, from + 38, from + 7, from + 39, from + 8, from + 40, from + 9, \
                            from + 41, from + 10, from + 42, from + 11, from + 43, from + 12, from + 44, from + 13, from + 45, \
                            from + 14, from + 46, from + 15, from + 47)

// ── Packing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/// 32 inputs of A, from k0 on.
INLINE void pack_inputs(const mlops_adapter_module *a, long k0) {
    long columns = a->k - k0, across = (a->k + HALF_COLUMNS - 1) / HALF_COLUMNS * HALF_COLUMNS;
    for (long r0 = 0; r0 < a->p; r0 += LANES) {
        vu rows[LANES];
        for (long i = 0; i < LANES; i++) {
            ALIGNED uint16_t row[HALF_COLUMNS] = {0};
            if (r0 + i < a->rank) {
                const float *x = a->a + (r0 + i) * a->k + k0;
                store_bf16(row, load_part(x, columns));
                store_bf16(row + LANES, load_part(x + LANES, columns - LANES));
            }
            rows[i] = load_pairs(row);
        }
        for (long i = 0; i < LANES; i += 2) {
            vh32 x = (vh32)rows[i], y = (vh32)rows[i + 1];
            uint16_t *out = a->by_ranks + ((r0 + i) / 2 * across + k0) * 2;
            vh32 low = PAIRS_OF_ROWS(x, y, 0), high = PAIRS_OF_ROWS(x, y, 16);
            memcpy(out, &low, sizeof low);
            memcpy(out + HALF_COLUMNS, &high, sizeof high);
        }
        transpose_pairs(rows, a->by_inputs + (k0 / 2 * a->p + r0) * 2, 2 * a->p);
    }
}

/// A task is a layer.
static void adapter_pack(const void *arguments, long task) {
    const mlops_adapter_module *m = ((const struct adapter_pack *)arguments)->modules + task;
    for (long k0 = 0; k0 < m->k; k0 += HALF_COLUMNS) pack_inputs(m, k0);
    long whole = (m->outputs + MLOPS_PANEL - 1) / MLOPS_PANEL * MLOPS_PANEL;
    for (long n0 = 0; n0 < whole; n0 += LANES) {
        uint16_t *out = m->panels + n0 / MLOPS_PANEL * MLOPS_PANEL * m->p + n0 % MLOPS_PANEL * 2;
        for (long r0 = 0; r0 < m->p; r0 += HALF_COLUMNS) {
            vu rows[LANES];
            uint16_t turned[LANES * HALF_COLUMNS];
            for (long i = 0; i < LANES; i++) {
                ALIGNED uint16_t row[HALF_COLUMNS] = {0};
                for (long r = 0; r < HALF_COLUMNS && n0 + i < m->outputs; r += LANES)
                    store_bf16(row + r, splat(m->scale) * load_part(m->b + (n0 + i) * m->rank + r0 + r, m->rank - r0 - r));
                rows[i] = load_pairs(row);
            }
            transpose_pairs(rows, turned, HALF_COLUMNS);
            for (long pair = 0; pair < LANES && r0 + 2 * pair < m->p; pair++)
                memcpy(out + (r0 / 2 + pair) * 2 * MLOPS_PANEL, turned + pair * HALF_COLUMNS, HALF_COLUMNS * sizeof *turned);
        }
    }
}

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

/// A task is 16 rows; the projected rows are written in f32 and, scaled alike, in bf16 behind x.
static void lowrank_half_project(const void *arguments, long task) {
    const struct lowrank_half_project *a = arguments;
    long start = task * HALF_ROWS, rows = block_end(start, HALF_ROWS, a->rows) - start, p = a->pairs.p;
    uint64_t module = module_key(a->drop.module);
    ALIGNED uint16_t tile[HALF_ROWS * HALF_STRETCH] = {0};
    float *out = a->out + start * a->ldo;
    for (long k0 = 0; k0 < a->pairs.k; k0 += HALF_STRETCH) {
        long columns = block_end(k0, HALF_STRETCH, a->pairs.k) - k0;
        for (long i = 0; i < rows; i++) {
            const uint16_t *x = a->x + (start + i) * a->ldx + k0;
            uint64_t key = a->drop.keys ? mixed(a->drop.keys[start + i] ^ module) : 0;
            for (long j = 0; j < columns; j += HALF_COLUMNS) {
                vh32 v = load_halves(x + j, columns - j);
                if (a->drop.keys) {
                    vh32 words = (vh32)mask_words(key, k0 + j);
                    v = kept(v, __builtin_shufflevector(words, words, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 1,
                                                        3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), a->drop.threshold);
                }
                memcpy(tile + i * HALF_STRETCH + j, &v, sizeof v);
            }
        }
        long count = (columns + HALF_COLUMNS - 1) / HALF_COLUMNS * LANES;
        for (long r0 = 0; r0 < p; r0 += LANES) {
            const uint16_t *pairs = a->pairs.by_inputs + (k0 / 2 * p + r0) * 2;
            int add = k0 > 0;
            if (rows > 8) half_project_block(16, tile, pairs, 2 * p, out + r0, a->ldo, rows, count, add);
            else if (rows > 4) half_project_block(8, tile, pairs, 2 * p, out + r0, a->ldo, rows, count, add);
            else if (rows > 1) half_project_block(4, tile, pairs, 2 * p, out + r0, a->ldo, rows, count, add);
            else half_project_block(1, tile, pairs, 2 * p, out + r0, a->ldo, rows, count, add);
        }
    }
    for (long i = 0; i < rows; i++)
        for (long r = 0; r < p; r += LANES) {
            vf v = load(out + i * a->ldo + r) * splat(a->drop.scale);
            store(out + i * a->ldo + r, v);
            store_bf16(a->half + (start + i) * a->ldx + r, v);
        }
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

/// Pairs of neighbouring rows of 32 columns, masked; the words that decide about each row are kept for the way back.
INLINE void half_pairs_of(const uint16_t *x, long ldx, long rows, const mlops_dropout *drop, const uint64_t *keys, uint64_t module,
                          long column, uint16_t *pairs, uint32_t *words) {
    for (long i = 0; i < rows; i += 2) {
        int two = i + 1 < rows;
        vh32 even = load_halves(x + i * ldx, HALF_COLUMNS), odd = two ? load_halves(x + (i + 1) * ldx, HALF_COLUMNS) : (vh32){0};
        vh32 low = PAIRS_OF_ROWS(even, odd, 0), high = PAIRS_OF_ROWS(even, odd, 16);
        if (keys) {
            vu first = mask_words(mixed(keys[i] ^ module), column);
            vu second = two ? mask_words(mixed(keys[i + 1] ^ module), column) : (vu){0};
            memcpy(words + i * LANES, &first, sizeof first);
            memcpy(words + (i + 1) * LANES, &second, sizeof second);
            low = kept(low, (vh32)((first & 0xFFFFu) | second << 16), drop->threshold);
            high = kept(high, (vh32)(first >> 16 | (second & 0xFFFF0000u)), drop->threshold);
        }
        memcpy(pairs + i * HALF_COLUMNS, &low, sizeof low);
        memcpy(pairs + (i + 1) * HALF_COLUMNS, &high, sizeof high);
    }
}

/// out[8 ranks, 32] += s · (pairs of x)ᵀ-wise sums over rows: dA.
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
INLINE void half_expand(const int rows, const uint16_t *dxa, const uint16_t *by_ranks, long across, const uint32_t *words,
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

/// dA += dxaᵀ·drop(x) and dx += drop(dxa·A) for 32 inputs.
static void half_back_inputs(const struct lowrank_half_back *a, long k0) {
    long columns = a->pairs.k - k0, p = a->pairs.p, across = (a->pairs.k + HALF_COLUMNS - 1) / HALF_COLUMNS * HALF_COLUMNS;
    uint64_t module = module_key(a->drop.module);
    ALIGNED uint16_t pairs[HALF_CHUNK * HALF_COLUMNS];
    ALIGNED uint32_t words[HALF_CHUNK * LANES];
    struct half_ranks dxa;
    for (long m = 0; m < a->g.rows; m += HALF_CHUNK) {
        long rows = block_end(m, HALF_CHUNK, a->g.rows) - m;
        half_pairs_of(a->g.x + m * a->g.ldx + k0, a->g.ldx, rows, &a->drop, a->drop.keys ? a->drop.keys + m : 0, module, k0, pairs, words);
        for (long r0 = 0; r0 < p; r0 += LANES) {
            half_ranks_of(&dxa, a->g.dxa + m * a->g.lddxa + r0, a->g.lddxa, rows);
            for (long r = r0; r < r0 + LANES && r < a->g.rank; r += 8)
                half_gradient(dxa.pairs + (r - r0) * 2, pairs, (rows + 1) / 2, a->drop.scale, a->g.da + r * a->pairs.k + k0, a->pairs.k,
                              a->g.rank - r, columns);
            const uint16_t *by_ranks = a->pairs.by_ranks + (r0 / 2 * across + k0) * 2;
            float *dx = a->g.dx + m * a->g.lddx + k0;
            long i = 0;
            for (; i + 8 <= rows; i += 8)
                half_expand(8, dxa.rows + i * LANES, by_ranks, across, words + i * LANES, &a->drop, dx + i * a->g.lddx, a->g.lddx, columns);
            for (; i < rows; i++)
                half_expand(1, dxa.rows + i * LANES, by_ranks, across, words + i * LANES, &a->drop, dx + i * a->g.lddx, a->g.lddx, columns);
        }
    }
}

/// dB += s·dyᵀ·xa for 32 outputs.
static void half_back_outputs(const struct lowrank_half_back *a, long n0) {
    const mlops_dropout none = {0, 0, 0, 1};
    ALIGNED uint16_t pairs[HALF_CHUNK * HALF_COLUMNS];
    struct half_ranks xa;
    for (long m = 0; m < a->g.rows; m += HALF_CHUNK) {
        long rows = block_end(m, HALF_CHUNK, a->g.rows) - m;
        half_pairs_of(a->g.dy + m * a->g.lddy + n0, a->g.lddy, rows, &none, 0, 0, 0, pairs, 0);
        for (long r0 = 0; r0 < a->g.rank; r0 += LANES) {
            half_ranks_of(&xa, a->g.xa + m * a->g.ldxa + r0, a->g.ldxa, rows);
            for (long n = 0; n < HALF_COLUMNS && n0 + n < a->g.outputs; n += LANES) {
                vf sums[LANES] = {{0}};
                for (long i = 0; i < rows; i += 2) {
                    vu w = load_pairs(xa.pairs + i * LANES);
                    UNROLL for (int c = 0; c < LANES; c++)
                        sums[c] = add_pairs(sums[c], splat_pair(pairs + i * HALF_COLUMNS + (n + c) * 2), w);
                }
                UNROLL for (int c = 0; c < LANES; c++) {
                    if (n0 + n + c >= a->g.outputs) continue;
                    float *y = a->g.db + (n0 + n + c) * a->g.rank + r0;
                    store_part(y, load_part(y, a->g.rank - r0) + splat(a->g.s) * sums[c], a->g.rank - r0);
                }
            }
        }
    }
}

/// A task is 32 inputs, or behind them 32 outputs, and all rows.
static void lowrank_half_back(const void *arguments, long task) {
    const struct lowrank_half_back *a = arguments;
    long inputs = (a->pairs.k + HALF_COLUMNS - 1) / HALF_COLUMNS;
    if (task < inputs) half_back_inputs(a, task * HALF_COLUMNS);
    else half_back_outputs(a, (task - inputs) * HALF_COLUMNS);
}
