// Matrix products of whole numbers of 16 bits that blocks share a scale of, with f32 sums: for processors that sum products of such
// numbers (VNNI) at twice the rate of floats, and have no faster ones of bf16 numbers.
//
// In a row of x, MLOPS_SCALED_BLOCK neighbours share a scale, and so do as many rows by as many columns of w; a product is exact inside
// of a block, and is scaled and added up in f32 behind it, block after block in order. A number of x is rounded by 2⁻¹⁵ of the largest
// of its block at most. Those of w are as large as they can be so that no sum of a block, of either direction, leaves 32 bits: its sums
// of sizes along rows and columns are at most SCALED_SUM units. Normally distributed weights are rounded by 2⁻¹¹ of their
// standard deviation at most, where bf16 rounds 2⁻⁹ of a number.
//
// A packed matrix is laid as in bodies/bf16.h, with outputs and k filled up to whole blocks; the scales, row after row of blocks, follow.
#include "../arguments.h"
#include "ahead.h"
#include "vector.h"

/// SCALED_MOST · SCALED_SUM < 2³¹. SCALED_ROOM: units of a sum of sizes that rounding may add.
enum { SCALED_MOST = (1 << 14) - 1, SCALED_SUM = (1 << 17) - 1, SCALED_ROOM = MLOPS_SCALED_BLOCK / 2 + 16 };
/// Pairs of a block, and numbers of a panel's.
enum { SCALED_PAIRS = MLOPS_SCALED_BLOCK / 2, SCALED_STEP = MLOPS_SCALED_BLOCK * MLOPS_PANEL };

/// What a block is worth a unit whose largest size may be `most`, and what numbers are multiplied by: NaN and zero where it has a number
/// that is none, or infinite. What is smaller than 10⁻³⁰ vanishes beside any number that a model computes with.
struct scaled_unit { float unit, inverse; };
INLINE struct scaled_unit scaled_unit(float unit) {
    if (!(unit <= 3e38f)) return (struct scaled_unit){NAN, 0};
    return unit < 1e-34f ? (struct scaled_unit){0, 0} : (struct scaled_unit){unit, 1 / unit};
}
/// Whole numbers nearest to x times the inverse; zeros where that is zero.
INLINE vi scaled_numbers(vf x, float inverse) {
    const vf magic = splat(12582912.f);  // adding and subtracting it rounds to a whole number
    vf scaled = (vf)((vi)(x * splat(inverse)) & (inverse != 0 ? -1 : 0));
    return __builtin_convertvector((scaled + magic) - magic, vi);
}

// ── Rows of x ────────────────────────────────────────────────────────────────────────────────────────────────────────

/// A task is 16 rows.
static void scaled_rows(const void *arguments, long task) {
    const struct scaled_rows *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows), blocks = scaled_blocks(a->columns);
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        const float *x = a->x + m * a->ldx;
        uint16_t *y = a->y + m * a->ldy;
        float *units = (float *)(void *)(y + blocks * MLOPS_SCALED_BLOCK);
        for (long b = 0; b < blocks; b++, x += MLOPS_SCALED_BLOCK, y += MLOPS_SCALED_BLOCK) {
            enum { VECTORS = MLOPS_SCALED_BLOCK / LANES };
            long rest = a->columns - b * MLOPS_SCALED_BLOCK;
            vf v[VECTORS];
            vi most = {0};
            UNROLL for (int j = 0; j < VECTORS; j++) {
                v[j] = load_part(x + j * LANES, rest - j * LANES);
                // Sizes compare as their bits do, and what is no number is above all of them.
                most = __builtin_elementwise_max(most, (vi)v[j] & 0x7FFFFFFF);
            }
            struct scaled_unit u = scaled_unit(largest_size(most) / SCALED_MOST);
            units[b] = u.unit;
            UNROLL for (int j = 0; j < VECTORS; j++) {
                vs16 n = __builtin_convertvector(scaled_numbers(v[j], u.inverse), vs16);
                memcpy(y + j * LANES, &n, sizeof n);
            }
        }
    }
}

// ── Packing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

enum { SCALED_WIDTH = MLOPS_SCALED_BLOCK + LANES };

/// What a unit of a block is worth: its largest size and its largest sum of sizes, along rows or columns, are few enough units.
INLINE struct scaled_unit unit_of_block(const float *w) {
    enum { VECTORS = MLOPS_SCALED_BLOCK / LANES };
    vf columns[VECTORS] = {{0}};
    vi most = {0};
    float sums = 0;
    for (long i = 0; i < MLOPS_SCALED_BLOCK; i++) {
        vf row = zero();
        UNROLL for (int j = 0; j < VECTORS; j++) {
            vi size = (vi)load(w + i * SCALED_WIDTH + j * LANES) & 0x7FFFFFFF;
            most = __builtin_elementwise_max(most, size);
            columns[j] = columns[j] + (vf)size;
            row = row + (vf)size;
        }
        float all = sum(row);
        if (all > sums) sums = all;
    }
    UNROLL for (int j = 0; j < VECTORS; j++) {
        float all = maximum(columns[j]);
        if (all > sums) sums = all;
    }
    float size = largest_size(most), by_sums = sums / (SCALED_SUM - SCALED_ROOM), by_size = size / 32767;
    // NaN compares as false, so it is asked for first; sums may be infinite where no number is.
    return scaled_unit(size <= 3e38f ? by_sums > by_size ? by_sums : by_size : NAN);
}

/// A task is a row of blocks: two panels.
static void scaled_pack(const void *arguments, long task) {
    const struct scaled_pack *a = arguments;
    ALIGNED float w[MLOPS_SCALED_BLOCK * SCALED_WIDTH];
    ALIGNED uint16_t numbers[MLOPS_SCALED_BLOCK * MLOPS_SCALED_BLOCK];
    long first = task * MLOPS_SCALED_BLOCK, rows = block_end(first, MLOPS_SCALED_BLOCK, a->rows) - first;
    long blocks = scaled_blocks(a->columns), panel = blocks * SCALED_STEP;
    long next_first = next_task(task, scaled_blocks(a->rows), a->threads) * MLOPS_SCALED_BLOCK;
    uint16_t *panels = a->panels + task * 2 * panel;
    for (long b = 0; b < blocks; b++) {
        long column = b * MLOPS_SCALED_BLOCK, width = block_end(column, MLOPS_SCALED_BLOCK, a->columns) - column;
        if (rows < MLOPS_SCALED_BLOCK || width < MLOPS_SCALED_BLOCK) memset(w, 0, sizeof w);
        // What is converted next: the next block, or the first one of the next task.
        struct stored_part next = {first, MLOPS_SCALED_BLOCK, column + MLOPS_SCALED_BLOCK, MLOPS_SCALED_BLOCK};
        if (b + 1 == blocks) next = (struct stored_part){next_first, MLOPS_SCALED_BLOCK, 0, MLOPS_SCALED_BLOCK};
        struct ahead ahead = coming_part(a->w, a->row_bytes, a->rows, a->columns, next);
        long share = share_of(&ahead, MLOPS_SCALED_BLOCK);
        for (long i = 0; i < rows; i++) convert_part(a->type, a->w + (first + i) * a->row_bytes, column, width, w + i * SCALED_WIDTH);
        struct scaled_unit u = unit_of_block(w);
        a->scales[task * blocks + b] = u.unit;
        for (long i = 0; i < MLOPS_SCALED_BLOCK; i++) {
            ask(&ahead, share);
            for (long j = 0; j < MLOPS_SCALED_BLOCK; j += LANES) {
                vs16 n = __builtin_convertvector(scaled_numbers(load(w + i * SCALED_WIDTH + j), u.inverse), vs16);
                memcpy(numbers + i * MLOPS_SCALED_BLOCK + j, &n, sizeof n);
            }
        }
        for (long g = 0; g < MLOPS_SCALED_BLOCK; g += LANES)
            for (long p = 0; p < SCALED_PAIRS; p += LANES) {
                vu pairs[16];
                UNROLL for (int i = 0; i < 16; i++) pairs[i] = load_pairs(numbers + (g + i) * MLOPS_SCALED_BLOCK + 2 * p);
                transpose_pairs(pairs, panels + g / MLOPS_PANEL * panel + b * SCALED_STEP + (p * MLOPS_PANEL + g % MLOPS_PANEL) * 2,
                                2 * MLOPS_PANEL);
            }
    }
}

// ── The product ──────────────────────────────────────────────────────────────────────────────────────────────────────

/// n[l] += a.low·b[l].low + a.high·b[l].high, in vectors as long as those of bodies/some.h.
INLINE vi add_scaled_pairs(vi n, vu a, vu b) {
    vxi sums[LANES / SOME_LANES], left[LANES / SOME_LANES], right[LANES / SOME_LANES];
    memcpy(sums, &n, sizeof n);
    memcpy(left, &a, sizeof a);
    memcpy(right, &b, sizeof b);
    UNROLL for (int i = 0; i < LANES / SOME_LANES; i++) sums[i] = add_whole_pairs(sums[i], left[i], right[i]);
    memcpy(&n, sums, sizeof n);
    return n;
}

/// Some blocks of a sum: rows of x and what a unit of each of their blocks is worth, pairs of a panel for as many blocks, and theirs.
struct scaled_run { const uint16_t *x; long ldx; const float *units; const uint16_t *w; const float *scales; long scale_step, pairs; };

/// rows × 16·vectors outputs, of which `columns` exist; of `ahead`, a share is asked for at each of some pairs.
INLINE void scaled_tile(const int rows, const int vectors, const struct scaled_run *r, long m, struct base base, float *y, long ldy,
                        long columns, struct ahead *ahead, long share) {
    ALIGNED float sums[8][3 * LANES];
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < vectors; j++)
            store(sums[i] + j * LANES, base.rows ? load_part(base.rows + (m + i) * base.ld + j * LANES, columns - j * LANES) : zero());
    for (long start = 0, b = 0; start < r->pairs; start += SCALED_PAIRS, b++) {
        const uint16_t *x = r->x + m * r->ldx + 2 * start, *w = r->w + start * 2 * MLOPS_PANEL;
        long count = block_end(start, SCALED_PAIRS, r->pairs) - start;
        vi n[8][3];
        UNROLL for (int i = 0; i < rows; i++)
            UNROLL for (int j = 0; j < vectors; j++) n[i][j] = (vi){0};
        for (long k = 0; k < count;) {
            ask(ahead, share);
            // Not unrolled: LLVM would make two instructions of each that multiplies and adds, to shorten chains that others hide here.
            _Pragma("clang loop unroll(disable)") for (long end = block_end(k, PAIRS_OF_SHARE, count); k < end; k++) {
                vu right[3];
                UNROLL for (int j = 0; j < vectors; j++) right[j] = load_pairs(w + k * 2 * MLOPS_PANEL + j * 2 * LANES);
                UNROLL for (int i = 0; i < rows; i++) {
                    vu pair = splat_pair(x + i * r->ldx + 2 * k);
                    UNROLL for (int j = 0; j < vectors; j++) n[i][j] = add_scaled_pairs(n[i][j], pair, right[j]);
                }
            }
        }
        UNROLL for (int i = 0; i < rows; i++) {
            vf factor = splat(r->units[(m + i) * (r->ldx / 2) + b] * r->scales[b * r->scale_step]);
            UNROLL for (int j = 0; j < vectors; j++)
                store(sums[i] + j * LANES, load(sums[i] + j * LANES) + factor * floats(n[i][j]));
        }
    }
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < vectors; j++) store_part(y + (m + i) * ldy + j * LANES, load(sums[i] + j * LANES), columns - j * LANES);
}

/// All rows of a panel's outputs, as many side by side as are taken together.
INLINE void scaled_panel(struct scaled_run run, struct base base, float *y, long ldy, long rows, long columns, struct ahead *ahead) {
    long parts = ((rows + BF16_ROWS - 1) / BF16_ROWS) * ((run.pairs + PAIRS_OF_SHARE - 1) / PAIRS_OF_SHARE);
    parts *= MLOPS_PANEL / (BF16_VECTORS * LANES);
    long share = share_of(ahead, parts > 0 ? parts : 1);
    for (int j = 0; j < MLOPS_PANEL / LANES && columns > j * LANES; j += BF16_VECTORS) {
        long i = 0;
#define TAKE(count) \
    { \
        scaled_tile(count, BF16_VECTORS, &run, i, base_from(base, 0, j * LANES), y + j * LANES, ldy, columns - j * LANES, ahead, share); \
        i += count; \
    }
        while (i + BF16_ROWS <= rows) TAKE(BF16_ROWS)
        if (BF16_ROWS > 4 && i + 4 <= rows) TAKE(4)
        if (i + 2 <= rows) TAKE(2)
        while (i < rows) TAKE(1)
#undef TAKE
        run.w += BF16_VECTORS * 2 * LANES;
    }
}

/// A task is some rows of a panel's outputs.
static void scaled_multiply(const void *arguments, long task) {
    const struct scaled_multiply *a = arguments;
    long panel = task / a->blocks, later = next_task(task, a->tasks, a->threads) / a->blocks, m = task % a->blocks * a->block_rows;
    if (m >= a->rows) return;
    long rows = block_end(m, a->block_rows, a->rows) - m, columns = block_end(panel * MLOPS_PANEL, MLOPS_PANEL, a->outputs) - panel * MLOPS_PANEL;
    long blocks = scaled_blocks(a->w.k), step = blocks * SCALED_STEP, pairs = (a->w.k + 1) / 2;
    const uint16_t *x = a->x + m * a->ldx;
    struct scaled_run run = {x, a->ldx, (const float *)(const void *)(x + blocks * MLOPS_SCALED_BLOCK), a->w.panels + panel * step,
                             a->w.scales + panel * MLOPS_PANEL / MLOPS_SCALED_BLOCK * blocks, 1, pairs};
    // The panel that this thread takes next.
    struct ahead ahead = {0};
    if (later > panel && later * a->blocks < a->tasks) ahead = (struct ahead){a->w.panels + later * step, 0, 1, pairs * PAIR_LINES, 0};
    struct base base = base_from((struct base){a->base, a->ldbase}, m, panel * MLOPS_PANEL);
    scaled_panel(run, base, a->y + m * a->ldy + panel * MLOPS_PANEL, a->ldy, rows, columns, &ahead);
}

/// A task is some rows of 48 columns of x·w; sums run over the outputs in order, whose pairs are made some panels at a time
/// (bodies/bf16_back.h).
static void scaled_multiply_back(const void *arguments, long task) {
    const struct scaled_multiply *a = arguments;
    enum { BACK_BLOCKS = BACK_PANELS * MLOPS_PANEL / MLOPS_SCALED_BLOCK };
    long panel = task / a->blocks, m = task % a->blocks * a->block_rows;
    if (m >= a->rows) return;
    long rows = block_end(m, a->block_rows, a->rows) - m, columns = block_end(panel * MLOPS_PANEL, MLOPS_PANEL, a->w.k) - panel * MLOPS_PANEL;
    long across = scaled_blocks(a->w.k), step = across * SCALED_STEP, down = scaled_blocks(a->outputs), all = (a->outputs + 1) / 2;
    const uint16_t *x = a->x + m * a->ldx;
    const float *units = (const float *)(const void *)(x + down * MLOPS_SCALED_BLOCK);
    const float *scales = a->w.scales + panel * MLOPS_PANEL / MLOPS_SCALED_BLOCK;
    float *y = a->y + m * a->ldy + panel * MLOPS_PANEL;
    ALIGNED uint16_t turned[BACK_PANELS * PANEL_PAIRS * 2 * MLOPS_PANEL];
    for (long o = 0; o < down; o += BACK_BLOCKS) {
        long end = block_end(o, BACK_BLOCKS, down), panels = 2 * (end - o);
        for (long p = 0; p < panels; p++)
            turn_panel(a->w.panels + (2 * o + p) * step + panel * PANEL_PAIRS * 2 * MLOPS_PANEL, (columns + 1) / 2,
                       turned + p * PANEL_PAIRS * 2 * MLOPS_PANEL);
        // The next panels, or the first ones of the next task's columns.
        long column = end < down ? panel : next_task(task, a->tasks, a->threads) / a->blocks, from = end < down ? 2 * end : 0;
        struct ahead ahead = {0};
        if (column * PANEL_PAIRS < (a->w.k + 1) / 2)
            ahead = (struct ahead){a->w.panels + from * step + column * PANEL_PAIRS * 2 * MLOPS_PANEL, 2 * step,
                                   block_end(from, BACK_PANELS, 2 * down) - from, PANEL_PAIRS * PAIR_LINES, 0};
        struct scaled_run run = {x + o * MLOPS_SCALED_BLOCK, a->ldx, units + o, turned, scales + o * across, across,
                                 block_end(o * SCALED_PAIRS, panels * PANEL_PAIRS, all) - o * SCALED_PAIRS};
        struct base base = {o > 0 ? y : a->base ? a->base + m * a->ldbase + panel * MLOPS_PANEL : 0, o > 0 ? a->ldy : a->ldbase};
        scaled_panel(run, base, y, a->ldy, rows, columns, &ahead);
    }
}
