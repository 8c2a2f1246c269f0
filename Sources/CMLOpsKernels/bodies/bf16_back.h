// The product over the other side of a packed matrix, y = x·w, as the backward pass needs it: what was packed for x·wᵀ serves
// both, so a weight is in memory once.
//
// In a panel, the pairs of a stretch of k stand side by side for 48 outputs (bodies/bf16.h). The sum now runs over the outputs,
// so pairs of neighbouring outputs are needed, for 48 k: a transposition of 2 × 2 numbers in 64 bits, and one of 8 × 8 such units.
// It is done a few panels at a time into memory that stays in the first cache.
#include "../arguments.h"
#include "vector.h"

/// Panels whose pairs are turned together.
enum { BACK_PANELS = 12, PANEL_PAIRS = MLOPS_PANEL / 2 };

/// (w[n,k] w[n,k+1] w[n+1,k] w[n+1,k+1]) to (w[n,k] w[n+1,k] w[n,k+1] w[n+1,k+1]), eight times.
INLINE vu exchange_middles(vu v) {
    typedef uint16_t halves __attribute__((vector_size(64)));
    halves h = (halves)v;
    return (vu)__builtin_shufflevector(h, h, 0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15, 16, 18, 17, 19, 20, 22, 21, 23,
                                       24, 26, 25, 27, 28, 30, 29, 31);
}

/// Transposes 8 × 8 units of 64 bits: out[i · step] = unit i of each row.
INLINE void transpose_units(vu rows[8], uint16_t *out, long step) {
    typedef uint64_t units __attribute__((vector_size(64)));
    units r[8], t[8];
    UNROLL for (int i = 0; i < 8; i++) r[i] = (units)rows[i];
    UNROLL for (int i = 0; i < 8; i += 2) {
        t[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        t[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    // Of rows 0…3 (i = 0) and 4…7: units c and c + 4, for c = 0…3.
    UNROLL for (int i = 0; i < 8; i += 4) {
        r[i] = __builtin_shufflevector(t[i], t[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        r[i + 1] = __builtin_shufflevector(t[i + 1], t[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
        r[i + 2] = __builtin_shufflevector(t[i], t[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        r[i + 3] = __builtin_shufflevector(t[i + 1], t[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
    }
    UNROLL for (int c = 0; c < 4; c++) {
        units low = __builtin_shufflevector(r[c], r[c + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        units high = __builtin_shufflevector(r[c], r[c + 4], 4, 5, 6, 7, 12, 13, 14, 15);
        memcpy(out + c * step, &low, sizeof low);
        memcpy(out + (c + 4) * step, &high, sizeof high);
    }
}

/// `count` ≤ 24 pairs of k from a panel, as 24 pairs of outputs for 16·vectors k.
INLINE void turn_panel(const uint16_t *panel, long count, uint16_t *out) {
    for (long p = 0; p < count; p += 8) {
        UNROLL for (long g = 0; g < MLOPS_PANEL; g += LANES) {
            vu rows[8];
            UNROLL for (int i = 0; i < 8; i++)
                rows[i] = p + i < count ? exchange_middles(load_pairs(panel + ((p + i) * MLOPS_PANEL + g) * 2)) : (vu){0};
            transpose_units(rows, out + (g / 2 * MLOPS_PANEL + 2 * p) * 2, 2 * MLOPS_PANEL);
        }
    }
}

/// A task is some rows of 48 columns of x·w₁ or of x·w₂, whose tasks are in the middle, so that the first and the last threads have as
/// much to do. Sums run over the outputs in order.
static void bf16_multiply_back(const void *arguments, long task) {
    const struct bf16_multiply_back *a = arguments;
    long middle = a->tasks / 2, next = next_task(task, a->tasks + a->second_tasks, a->threads);
    int is_second = task >= middle && task < middle + a->second_tasks;
    if (is_second) task -= middle;
    else if (task >= middle) task -= a->second_tasks;
    next = next < middle ? next : next < middle + a->second_tasks ? a->tasks : next - a->second_tasks;
    long blocks = is_second ? a->second_blocks : a->blocks, most = is_second ? a->second_rows : a->block_rows;
    long m = task % blocks * most, rows = block_end(m, most, a->rows) - m, panel = task / blocks;
    if (rows <= 0) return;
    mlops_packed w = is_second ? a->second : a->first;
    float *y = a->y + m * a->ldy + (is_second ? a->first.k : 0);
    int add = a->add && !is_second;

    ALIGNED uint16_t turned[BACK_PANELS * PANEL_PAIRS * 2 * MLOPS_PANEL];
    long columns = block_end(panel * MLOPS_PANEL, MLOPS_PANEL, w.k) - panel * MLOPS_PANEL, pairs = (w.k + 1) / 2;
    long panels = (a->outputs + MLOPS_PANEL - 1) / MLOPS_PANEL, all = (a->outputs + 1) / 2;
    y += panel * MLOPS_PANEL;
    for (long o = 0; o < panels; o += BACK_PANELS) {
        long end = block_end(o, BACK_PANELS, panels), count = block_end(o * PANEL_PAIRS, (end - o) * PANEL_PAIRS, all) - o * PANEL_PAIRS;
        for (long p = o; p < end; p++)
            turn_panel(w.panels + (p * pairs + panel * PANEL_PAIRS) * 2 * MLOPS_PANEL, (columns + 1) / 2,
                       turned + (p - o) * PANEL_PAIRS * 2 * MLOPS_PANEL);
        // The next panels, or the first ones of the next task's columns.
        long pair = end < panels ? panel * PANEL_PAIRS : next / a->blocks * PANEL_PAIRS, from = end < panels ? end : 0;
        struct ahead ahead = {w.panels + (from * pairs + pair) * 2 * MLOPS_PANEL, pairs * 4 * MLOPS_PANEL,
                              block_end(from, BACK_PANELS, panels) - from, (block_end(pair, PANEL_PAIRS, pairs) - pair) * PAIR_LINES, 0};
        if (ahead.lines <= 0 || (is_second && end == panels)) ahead.count = 0;
        for (int j = 0; j < MLOPS_PANEL / LANES; j += BF16_VECTORS) {
            if (columns <= j * LANES) break;
            struct stretch stretch = {a->x + m * a->ldx + o * MLOPS_PANEL, turned + j * 2 * LANES, count}, none = {a->x, turned, 0};
            struct base base = {add || o > 0 ? y + j * LANES : 0, a->ldy};
            bf16_product(stretch, none, a->ldx, base, y + j * LANES, a->ldy, rows, columns - j * LANES, &ahead);
        }
    }
}
