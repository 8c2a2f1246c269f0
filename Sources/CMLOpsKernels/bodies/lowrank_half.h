// Products with the thin matrices of low-rank adapters in bf16, with f32 sums: what lowrank.h does in f32, with the same masks.
//
// The matrix A is kept as pairs in two orders, so that both directions read whole vectors (mlops_lowrank_pairs). Gradients sum over
// rows: pairs of rows are made in the first cache, once for the gradient and the mask of the way back.
#include "../arguments.h"
#include "vector.h"

/// Columns of a task: those of one vector of hashes. Rows and columns of a tile of the projection.
enum { HALF_COLUMNS = 32, HALF_ROWS = 16, HALF_STRETCH = 256 };

typedef uint16_t vh32 __attribute__((vector_size(64)));

/// The first `count` of 32 numbers, then zeros.
INLINE vh32 load_halves(const uint16_t *p, long count) {
    vh32 v = {0};
    // Two copies: one whose length the compiler knows is an instruction.
    if (count >= HALF_COLUMNS) memcpy(&v, p, sizeof v);
    else memcpy(&v, p, (size_t)count * sizeof(uint16_t));
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

#ifdef MATRIX_TILES
#include "lowrank_tiles.h"
#else
#include "lowrank_vectors.h"
#endif

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
        begin_ranks(rows);
        for (long r0 = 0; r0 < p; r0 += LANES)
            half_project(tile, a->pairs.by_inputs + (k0 / 2 * p + r0) * 2, 2 * p, out + r0, a->ldo, rows, count, k0 > 0);
        end_ranks();
    }
    for (long i = 0; i < rows; i++)
        for (long r = 0; r < p; r += LANES) {
            vf v = load(out + i * a->ldo + r) * splat(a->drop.scale);
            store(out + i * a->ldo + r, v);
            store_bf16(a->half + (start + i) * a->ldx + r, v);
        }
}

// ── The way back ─────────────────────────────────────────────────────────────────────────────────────────────────────

/// Pairs of neighbouring rows of 32 columns, masked, with zeros up to a multiple of HALF_FILL rows; the words that decide about each
/// row are kept for the way back. What it adds to, if anything, is asked for meanwhile, as is what is read some rows later: the
/// processor does not see rows coming that lie so far apart.
INLINE void half_pairs_of(const uint16_t *x, long ldx, long rows, const mlops_dropout *drop, const uint64_t *keys, uint64_t module,
                          long column, uint16_t *pairs, uint32_t *words, const float *dx, long lddx) {
    for (long i = 0; i < rows; i += 2) {
        int two = i + 1 < rows;
        for (long m = i; m < i + 2 && m < rows; m++) {
            if (m + 16 < rows) __builtin_prefetch(x + (m + 16) * ldx);
            if (!dx) continue;
            __builtin_prefetch(dx + m * lddx, 1);
            __builtin_prefetch(dx + m * lddx + LANES, 1);
        }
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
    for (long i = (rows + 1) / 2 * 2; i % HALF_FILL != 0; i++) memset(pairs + i * HALF_COLUMNS, 0, HALF_COLUMNS * sizeof *pairs);
}

/// dA += dxaᵀ·drop(x) and dx += drop(dxa·A) for 32 inputs.
static void half_back_inputs(const struct lowrank_half_back *a, long k0) {
    long columns = a->pairs.k - k0, p = a->pairs.p, across = (a->pairs.k + HALF_COLUMNS - 1) / HALF_COLUMNS * HALF_COLUMNS;
    uint64_t module = module_key(a->drop.module);
    ALIGNED uint16_t pairs[HALF_CHUNK * HALF_COLUMNS];
    ALIGNED uint32_t words[HALF_CHUNK * LANES];
    struct half_ranks dxa;
    begin_ranks(16);
    for (long m = 0; m < a->g.rows; m += HALF_CHUNK) {
        long rows = block_end(m, HALF_CHUNK, a->g.rows) - m;
        half_pairs_of(a->g.x + m * a->g.ldx + k0, a->g.ldx, rows, &a->drop, a->drop.keys ? a->drop.keys + m : 0, module, k0, pairs, words,
                      a->g.dx + m * a->g.lddx + k0, a->g.lddx);
        for (long r0 = 0; r0 < p; r0 += LANES) {
            half_ranks_of(&dxa, a->g.dxa + m * a->g.lddxa + r0, a->g.lddxa, rows);
            half_gradients(&dxa, pairs, rows, a->drop.scale, a->g.da + r0 * a->pairs.k + k0, a->pairs.k, a->g.rank - r0, columns);
            half_expand(&dxa, a->pairs.by_ranks + (r0 / 2 * across + k0) * 2, across, words, &a->drop, a->g.dx + m * a->g.lddx + k0,
                        a->g.lddx, rows, columns);
        }
    }
    end_ranks();
}

/// dB += s·dyᵀ·xa for 32 outputs.
static void half_back_outputs(const struct lowrank_half_back *a, long n0) {
    const mlops_dropout none = {0, 0, 0, 1};
    ALIGNED uint16_t pairs[HALF_CHUNK * HALF_COLUMNS];
    struct half_ranks xa;
    begin_ranks(16);
    for (long m = 0; m < a->g.rows; m += HALF_CHUNK) {
        long rows = block_end(m, HALF_CHUNK, a->g.rows) - m;
        half_pairs_of(a->g.dy + m * a->g.lddy + n0, a->g.lddy, rows, &none, 0, 0, 0, pairs, 0, 0, 0);
        for (long r0 = 0; r0 < a->g.rank; r0 += LANES) {
            half_ranks_of(&xa, a->g.xa + m * a->g.ldxa + r0, a->g.ldxa, rows);
            half_output_gradients(&xa, pairs, rows, a->g.s, a->g.db + n0 * a->g.rank + r0, a->g.rank, a->g.rank - r0, a->g.outputs - n0);
        }
    }
    end_ranks();
}

/// A task is 32 inputs, or behind them 32 outputs, and all rows.
static void lowrank_half_back(const void *arguments, long task) {
    const struct lowrank_half_back *a = arguments;
    long inputs = (a->pairs.k + HALF_COLUMNS - 1) / HALF_COLUMNS;
    if (task < inputs) half_back_inputs(a, task * HALF_COLUMNS);
    else half_back_outputs(a, (task - inputs) * HALF_COLUMNS);
}
