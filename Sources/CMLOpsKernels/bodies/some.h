// Products of more rows than few.h takes with a stored matrix, y = x·wᵀ in f32: many answers at once, and quantised weights' prompts.
//
// Rows of x lie side by side in vectors, and a weight, splat, meets all of them. So a weight need not be turned, which cost more
// than such rows repay; x and y are, which are small. Plain weights become floats, and a sum runs over k in order, as in
// bodies/panels.h, to the bit. Quantised ones stay whole numbers, and x's become some too, of 16 bits, as in bodies/whole.h: a
// processor that sums products of neighbours does twice as many of those as of floats, and scales meet sums over 32 or 16.
#include "../arguments.h"
#include "ahead.h"
#include "tile.h"

/// Vectors of rows of x in a tile, and rows of weights that are unpacked at a time, a little apart from a power of two: as many sums as
/// registers hold.
enum { SOME_VECTORS = SOME_LANES == 16 ? 4 : 2, SOME_GROUP = 6, SOME_STEP = SOME_DEPTH + 16, SOME_SCALES = SOME_DEPTH / 16 + 8 };

typedef float vx __attribute__((vector_size(4 * SOME_LANES)));
typedef int32_t vxi __attribute__((vector_size(4 * SOME_LANES)));
INLINE vx load_lanes(const float *p) {
    vx v;
    memcpy(&v, p, sizeof v);
    return v;
}
INLINE vx splat_lanes(float x) { return x - (vx){0}; }

// ── Rows of x ────────────────────────────────────────────────────────────────────────────────────────────────────────
// A stretch of a block of rows is [k][rows] of numbers, or of pairs of whole ones in a word, for each tile of SOME_VECTORS vectors of rows or
// the last one; then, for whole ones, in the same way what is worth one of a group, and the sum of the group.

/// How many vectors the tile has that begins with vector `first` of `vectors`.
INLINE long some_width(long first, long vectors) { return vectors - first < SOME_VECTORS ? vectors - first : SOME_VECTORS; }

/// out[k · step + i] = column k of row i, for 8 rows of `columns` floats, a multiple of 8.
INLINE void turn_eight(const float *rows, long ld, long columns, float *out, long step) {
    for (long k = 0; k < columns; k += 8) transpose_eight(rows + k, ld, out + k * step, step);
}

/// A row's stretch as whole numbers, with what one of a group is worth and the sums of groups.
INLINE void some_whole_row(const float *x, long depth, const int group, int16_t *words, float *unit, float *sums) {
    for (long c = 0; c < depth; c += 32) {
        struct whole_numbers n = whole_numbers(x + c);
        UNROLL for (int j = 0; j < 2; j++) {
            vs16 half = __builtin_convertvector(n.numbers[j], vs16);
            memcpy(words + c + j * LANES, &half, sizeof half);
            long g = (c + j * LANES) / group;
            unit[g] = n.unit;
            sums[g] += n.unit * (float)sum_of_numbers(n.numbers[j]);
        }
    }
}

/// A task is a stretch of a block of rows.
static void some_prepare(const void *arguments, long task) {
    const struct some_rows *a = arguments;
    long stretch = task / a->blocks, top = task % a->blocks * SOME_ROWS, count = block_end(top, SOME_ROWS, a->rows) - top;
    long start = stretch * SOME_DEPTH, depth = block_end(start, SOME_DEPTH, a->k) - start, vectors = (count + SOME_LANES - 1) / SOME_LANES;
    long words = some_words(a->group), groups = some_groups(a->group);
    float *numbers = a->out + stretch * a->stretch + top * (words + 2 * groups);
    float *units = numbers + vectors * SOME_LANES * words, *below = units + vectors * SOME_LANES * groups;
    ALIGNED float rows[8 * SOME_STEP], unit[8 * SOME_SCALES], sums[8 * SOME_SCALES];
    for (long eight = 0; eight < vectors * SOME_LANES; eight += 8) {
        memset(rows, 0, sizeof rows);
        memset(unit, 0, sizeof unit);
        memset(sums, 0, sizeof sums);
        for (long i = 0; i < 8 && eight + i < count; i++) {
            const float *x = a->x + (top + eight + i) * a->ldx + start;
            float *row = rows + i * SOME_STEP;
            if (a->group == 1) memcpy(row, x, (size_t)depth * sizeof *x);
            else some_whole_row(x, depth, a->group, (int16_t *)row, unit + i * SOME_SCALES, sums + i * SOME_SCALES);
        }
        long tile = eight / (SOME_VECTORS * SOME_LANES) * (SOME_VECTORS * SOME_LANES), step = some_width(tile / SOME_LANES, vectors) * SOME_LANES;
        turn_eight(rows, SOME_STEP, words, numbers + tile * words + (eight - tile), step);
        turn_eight(unit, SOME_SCALES, groups, units + tile * groups + (eight - tile), step);
        turn_eight(sums, SOME_SCALES, groups, below + tile * groups + (eight - tile), step);
    }
}

// ── A tile: SOME_GROUP outputs and some vectors of rows ──────────────────────────────────────────────────────────────

/// sums[o][…] += Σ w[o][k] · x[k][…].
INLINE void some_plain(const int vectors, const float *x, const float *w, float *sums, long ld, long depth) {
    vx s[SOME_GROUP][SOME_VECTORS];
    UNROLL for (int o = 0; o < SOME_GROUP; o++)
        UNROLL for (int v = 0; v < vectors; v++) s[o][v] = load_lanes(sums + o * ld + v * SOME_LANES);
    for (long k = 0; k < depth; k++) {
        vx right[SOME_VECTORS];
        UNROLL for (int v = 0; v < vectors; v++) right[v] = load_lanes(x + (k * vectors + v) * SOME_LANES);
        UNROLL for (int o = 0; o < SOME_GROUP; o++) {
            vx left = splat_lanes(w[o * SOME_STEP + k]);
            UNROLL for (int v = 0; v < vectors; v++) s[o][v] = s[o][v] + left * right[v];
        }
    }
    UNROLL for (int o = 0; o < SOME_GROUP; o++)
        UNROLL for (int v = 0; v < vectors; v++) memcpy(sums + o * ld + v * SOME_LANES, &s[o][v], sizeof s[o][v]);
}

/// Where pairs are multiplied and added in one instruction, LLVM makes two of it in a loop that is unrolled, to shorten chains that other
/// sums hide here.
#if defined(BYTE_PRODUCTS) && SOME_LANES == 16
#define PAIRS_LOOP _Pragma("clang loop unroll(disable)")
#else
#define PAIRS_LOOP _Pragma("clang loop unroll_count(2)")
#endif

/// to + products of neighbours of 16 bits, two a lane.
INLINE vxi add_whole_pairs(vxi to, vxi w, vxi x) {
#if defined(BYTE_PRODUCTS) && SOME_LANES == 16
    return (vxi)_mm512_dpwssd_epi32((__m512i)to, (__m512i)w, (__m512i)x);
#elif defined(PAIR_PRODUCTS) && SOME_LANES == 16
    return to + (vxi)_mm512_madd_epi16((__m512i)w, (__m512i)x);
#elif defined(PAIR_PRODUCTS)
    return to + (vxi)_mm256_madd_epi16((__m256i)w, (__m256i)x);
#else
    return to + (w << 16 >> 16) * (x << 16 >> 16) + (w >> 16) * (x >> 16);
#endif
}
/// What a stretch of some quantised outputs became: whole numbers, and scale and least of each group.
struct some_weights {
    ALIGNED int16_t numbers[SOME_GROUP][SOME_STEP];
    ALIGNED float scale[SOME_GROUP][SOME_SCALES], least[SOME_GROUP][SOME_SCALES];
};
/// sums[o][…] += Σ over groups of scale · unit · Σ w·x − least · Σ x.
INLINE void some_whole(const int vectors, const int group, const int has_least, const float *x, const float *unit, const float *below,
                       const struct some_weights *w, float *sums, long ld, long groups) {
    const int chains = vectors == 1 ? 2 : 1, each = vectors * chains;  // sums that grow beside each other
    for (long g = 0; g < groups; g++) {
        vxi n[SOME_GROUP][SOME_VECTORS];
        UNROLL for (int o = 0; o < SOME_GROUP; o++)
            UNROLL for (int v = 0; v < each; v++) n[o][v] = (vxi){0};
        PAIRS_LOOP for (int p = 0; p < group / 2; p += chains) {
            vxi right[SOME_VECTORS];
            UNROLL for (int v = 0; v < each; v++) right[v] = (vxi)load_lanes(x + ((g * group / 2 + p) * vectors + v) * SOME_LANES);
            UNROLL for (int o = 0; o < SOME_GROUP; o++)
                UNROLL for (int v = 0; v < each; v++) {
                    int32_t pair;
                    memcpy(&pair, w->numbers[o] + g * group + 2 * (p + v / vectors), sizeof pair);
                    n[o][v] = add_whole_pairs(n[o][v], pair - (vxi){0}, right[v]);
                }
        }
        if (chains == 2)
            UNROLL for (int o = 0; o < SOME_GROUP; o++) n[o][0] += n[o][1];
        UNROLL for (int v = 0; v < vectors; v++) {
            vx u = load_lanes(unit + (g * vectors + v) * SOME_LANES), b = load_lanes(below + (g * vectors + v) * SOME_LANES);
            UNROLL for (int o = 0; o < SOME_GROUP; o++) {
                float *place = sums + o * ld + v * SOME_LANES;
                vx s = load_lanes(place) + splat_lanes(w->scale[o][g]) * u * __builtin_convertvector(n[o][v], vx);
                if (has_least) s = s - splat_lanes(w->least[o][g]) * b;
                memcpy(place, &s, sizeof s);
            }
        }
    }
}

/// A stretch of `outputs` rows of weights from n on.
#define UNPACK(type, name, elements, bytes, group, has_least) \
    INLINE void some_unpack_##name(const struct stored_multiply *a, long n, long outputs, long start, long depth, struct some_weights *to) { \
        for (long o = 0; o < outputs; o++) { \
            const uint8_t *w = a->w + (n + o) * a->row_bytes + start / elements * bytes; \
            for (long c = 0; c < depth; c += elements, w += bytes) { \
                ALIGNED int8_t q[elements]; \
                ALIGNED float scale[elements / group + 8], least[elements / group + 8]; \
                scales_of_##name(w, 1, scale, least); \
                memcpy(to->scale[o] + c / group, scale, elements / group * sizeof *scale); \
                if (has_least) memcpy(to->least[o] + c / group, least, elements / group * sizeof *least); \
                const int8_t *unpacked = from_memory(bytes_##name(w, q)); \
                for (long e = 0; e < elements; e += LANES) { \
                    vc b; \
                    memcpy(&b, unpacked + e, sizeof b); \
                    vs16 words = __builtin_convertvector(b, vs16); \
                    memcpy(to->numbers[o] + c + e, &words, sizeof words); \
                } \
            } \
        } \
    }
QUANTISED_TYPES(UNPACK)
#undef UNPACK

// ── All rows of a block ──────────────────────────────────────────────────────────────────────────────────────────────

/// Where a stretch of a block of rows is, how many vectors they are, and what is asked for while they are multiplied.
struct some_block { const float *x; long vectors, depth; struct ahead *ahead; long share; };

#define TILES \
    for (long first = 0; first < b->vectors; first += SOME_VECTORS) { \
        ask(b->ahead, b->share); \
        switch (some_width(first, b->vectors)) { \
        case 1: TILE(1) break; \
        case 2: TILE(2) break; \
        case 3: TILE(SOME_VECTORS < 3 ? 2 : 3) break; \
        default: TILE(SOME_VECTORS) \
        } \
    }
#define TILE(width) some_plain(width, b->x + first * SOME_LANES * SOME_DEPTH, w, sums + first * SOME_LANES, b->vectors * SOME_LANES, b->depth);
static void some_tiles_plain(const struct some_block *b, const float *w, float *sums) { TILES }
#undef TILE
#define TILE(width) \
    some_whole(width, group, has_least, b->x + first * SOME_LANES * SOME_DEPTH / 2, unit + first * SOME_LANES * groups, \
               below + first * SOME_LANES * groups, w, sums + first * SOME_LANES, b->vectors * SOME_LANES, b->depth / group);
INLINE void some_tiles_whole(const int group, const int has_least, const struct some_block *b, const struct some_weights *w, float *sums) {
    const long groups = SOME_DEPTH / group;
    const float *unit = b->x + b->vectors * SOME_LANES * SOME_DEPTH / 2, *below = unit + b->vectors * SOME_LANES * groups;
    TILES
}
#define WHOLE_TILES(group, has_least) \
    static void some_tiles_##group##_##has_least(const struct some_block *b, const struct some_weights *w, float *sums) { \
        some_tiles_whole(group, has_least, b, w, sums); \
    }
WHOLE_TILES(32, 0)
WHOLE_TILES(32, 1)
WHOLE_TILES(16, 0)
WHOLE_TILES(16, 1)
#undef WHOLE_TILES
#undef TILE
#undef TILES

/// sums[o][i] = y[top + i, first + o], or zero.
INLINE void some_begin(const struct stored_multiply *a, long top, long rows, long first, long outputs, float *sums, long ld) {
    if (!a->add || outputs < SOME_OUTPUTS || rows < ld) memset(sums, 0, (size_t)(SOME_OUTPUTS * ld) * sizeof *sums);
    if (!a->add) return;
    for (long i = 0; i < rows; i += 8)
        for (long o = 0; o < outputs; o += 8) {
            ALIGNED float tile[64] = {0};
            long width = block_end(o, 8, outputs) - o;
            for (long j = 0; j < 8 && i + j < rows; j++)
                memcpy(tile + 8 * j, a->y + (top + i + j) * a->ldy + first + o, (size_t)width * sizeof *tile);
            transpose_eight(tile, 8, sums + o * ld + i, ld);
        }
}
/// The way back.
INLINE void some_end(const struct stored_multiply *a, long top, long rows, long first, long outputs, const float *sums, long ld) {
    for (long i = 0; i < rows; i += 8)
        for (long o = 0; o < outputs; o += 8) {
            ALIGNED float tile[64];
            transpose_eight(sums + o * ld + i, ld, tile, 8);
            long width = block_end(o, 8, outputs) - o;
            for (long j = 0; j < 8 && i + j < rows; j++)
                memcpy(a->y + (top + i + j) * a->ldy + first + o, tile + 8 * j, (size_t)width * sizeof *tile);
        }
}

/// Some outputs, SOME_OUTPUTS at most, of a block of rows.
static void some_outputs(const struct stored_multiply *a, long n, long outputs, long end, long top) {
    union { struct some_weights whole; ALIGNED float plain[SOME_GROUP * SOME_STEP]; } w;
    ALIGNED float sums[SOME_OUTPUTS * SOME_ROWS];
    long rows = block_end(top, SOME_ROWS, a->rows) - top, vectors = (rows + SOME_LANES - 1) / SOME_LANES, ld = vectors * SOME_LANES;
    memset(&w, 0, sizeof w);
    some_begin(a, top, rows, n, outputs, sums, ld);
    for (long start = 0; start < a->k; start += SOME_DEPTH) {
        long depth = block_end(start, SOME_DEPTH, a->k) - start;
        const float *x = a->prepared + start / SOME_DEPTH * a->stretch + top * some_row_words(a->group);
        for (long o = 0; o < outputs; o += SOME_GROUP) {
            long count = block_end(o, SOME_GROUP, outputs) - o;
            struct ahead coming = o + SOME_GROUP < outputs ? coming_rows(a, n + o + SOME_GROUP, end, start, SOME_DEPTH)
                                  : start + depth < a->k   ? coming_rows(a, n, end, start + depth, SOME_DEPTH)
                                                           : coming_rows(a, n + SOME_OUTPUTS, end, 0, SOME_DEPTH);
            struct some_block b = {x, vectors, depth, &coming, share_of(&coming, (vectors + SOME_VECTORS - 1) / SOME_VECTORS)};
            switch (a->type) {
#define CASE(type, name, elements, bytes, group, has_least) \
    case type: \
        some_unpack_##name(a, n + o, count, start, depth, &w.whole); \
        some_tiles_##group##_##has_least(&b, &w.whole, sums + o * ld); \
        break;
                QUANTISED_TYPES(CASE)
#undef CASE
            default:
                for (long i = 0; i < count; i++)
                    convert_part(a->type, a->w + (n + o + i) * a->row_bytes, start, depth, w.plain + i * SOME_STEP);
                some_tiles_plain(&b, w.plain, sums + o * ld);
            }
        }
    }
    some_end(a, top, rows, n, outputs, sums, ld);
}

/// A task is a block of outputs.
static void some_multiply(const void *arguments, long task) {
    const struct stored_multiply *a = arguments;
    long first = task * a->block, end = block_end(first, a->block, a->outputs);
    for (long top = 0; top < a->rows; top += SOME_ROWS)
        for (long n = first; n < end; n += SOME_OUTPUTS)
            some_outputs(a, n, block_end(n, SOME_OUTPUTS, end) - n, end, top);
}
