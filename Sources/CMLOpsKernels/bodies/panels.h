// Products of many rows with a stored matrix in f32, both ways: y = x·wᵀ and y = x·w.
//
// A task is 96 columns of y, or some rows of them. A stretch of the sum at a time, the weights it needs are converted, once, into
// slices that lie in the second cache in the order in which they are read; then blocks of rows of x meet slice after slice
// (bodies/tile.h). So a weight needs no copy in another format that outlives a task, and sums run over k in order, whatever the
// rows and the threads are. Copying blocks of x, too, was tried: it cost more than it saved.
#include "../arguments.h"
#include "ahead.h"
#include "tile.h"

/// DEPTH is what a stretch sums over, a multiple of the largest stored block; converted rows lie a little apart from a power of two.
enum { SLICE = TILE_VECTORS * LANES, PANEL_DEPTH = 256, PANEL_ROWS = 192, PANEL_STEP = PANEL_DEPTH + 16 };

/// slices[s][k][j] = w[first + s·SLICE + j, start + k] for `columns` outputs j and `depth` k; zeros for outputs behind them.
static void slices_of_outputs(const struct stored_multiply *a, long first, long columns, long start, long depth, float *slices) {
    ALIGNED float rows[8 * PANEL_STEP];
    for (long j = 0; j < columns; j += 8) {
        long count = block_end(j, 8, columns) - j;
        for (long i = 0; i < count; i++)
            convert_part(a->type, a->w + (first + j + i) * a->row_bytes, start, depth, rows + i * PANEL_STEP);
        for (long i = count; i < 8; i++) memset(rows + i * PANEL_STEP, 0, (size_t)depth * sizeof *rows);
        float *out = slices + j / SLICE * PANEL_DEPTH * SLICE + j % SLICE;
        long k = 0;
        for (; k + 8 <= depth; k += 8) transpose_eight(rows + k, PANEL_STEP, out + k * SLICE, SLICE);
        for (; k < depth; k++)
            for (long i = 0; i < 8; i++) out[k * SLICE + i] = rows[i * PANEL_STEP + k];
    }
    // The last slice may have room for another eight.
    for (long j = (columns + 7) / 8 * 8; j % SLICE != 0; j += 8)
        for (long k = 0; k < depth; k++)
            memset(slices + j / SLICE * PANEL_DEPTH * SLICE + k * SLICE + j % SLICE, 0, 8 * sizeof *slices);
}

/// slices[s][n][j] = w[start + n, first + s·SLICE + j] for `columns` inputs j and `depth` outputs n; zeros for inputs behind them.
static void slices_of_inputs(const struct stored_multiply *a, long first, long columns, long start, long depth, float *slices) {
    ALIGNED float row[PANEL_COLUMNS];
    for (long n = 0; n < depth; n++) {
        for (long j = columns; j % SLICE != 0; j++) row[j] = 0;
        convert_part(a->type, a->w + (start + n) * a->row_bytes, first, columns, row);
        for (long j = 0; j < columns; j += LANES)
            store(slices + j / SLICE * PANEL_DEPTH * SLICE + n * SLICE + j % SLICE, load(row + j));
    }
}

/// What is converted after the stretch that ends at `start`: the next one or, after the last, the first of this thread's next task.
INLINE struct ahead coming_slices(const struct stored_multiply *a, long task, long first, long start, const int back) {
    if (start >= (back ? a->outputs : a->k)) {
        first = (next_task(a->first + task, a->tasks, a->threads) - a->first) / a->row_blocks * PANEL_COLUMNS;
        start = 0;
    }
    struct stored_part part = {first, PANEL_COLUMNS, start, PANEL_DEPTH};
    if (back) part = (struct stored_part){start, PANEL_DEPTH, first, PANEL_COLUMNS};
    return coming_part(a->w, a->row_bytes, a->outputs, a->k, part);
}

/// y (+)= x·slice for the first `columns` of a slice.
static __attribute__((noinline)) void slice_product(const float *x, long ldx, const float *slice, float *y, long ldy, long rows,
                                                    long columns, long depth, int add, struct ahead *ahead, long share) {
    if (columns >= SLICE) return tile_columns(TILE_VECTORS, x, ldx, 1, slice, SLICE, y, ldy, rows, depth, add, ahead, share);
    ALIGNED float sums[PANEL_ROWS * SLICE];
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < SLICE; j += LANES)
            store(sums + i * SLICE + j, add ? load_part(y + i * ldy + j, columns - j) : zero());
    tile_columns(TILE_VECTORS, x, ldx, 1, slice, SLICE, sums, SLICE, rows, depth, 1, ahead, share);
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < columns; j += LANES) store_part(y + i * ldy + j, load(sums + i * SLICE + j), columns - j);
}

/// A task's columns of y; `back` says whether they are inputs of the stored matrix, and the sum runs over its outputs.
INLINE void panels_multiply(const struct stored_multiply *a, long task, const int back) {
    ALIGNED float slices[PANEL_COLUMNS * PANEL_DEPTH];
    long width = back ? a->k : a->outputs, sum = back ? a->outputs : a->k;
    long first = task / a->row_blocks * PANEL_COLUMNS, columns = block_end(first, PANEL_COLUMNS, width) - first;
    long top = task % a->row_blocks * a->rows_of_block, end = block_end(top, a->rows_of_block, a->rows);
    if (top >= end) return;
    // Blocks of rows of about the same size, in whole tiles but for the last.
    long blocks = (end - top + PANEL_ROWS - 1) / PANEL_ROWS;
    long height = ((end - top + blocks - 1) / blocks + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS;
    for (long start = 0; start < sum; start += PANEL_DEPTH) {
        long depth = block_end(start, PANEL_DEPTH, sum) - start;
        if (back) slices_of_inputs(a, first, columns, start, depth, slices);
        else slices_of_outputs(a, first, columns, start, depth, slices);
        int add = a->add || start > 0;
        struct ahead ahead = coming_slices(a, task, first, start + depth, back);
        long parts = (end - top + TILE_ROWS - 1) / TILE_ROWS * ((columns + SLICE - 1) / SLICE) * ((depth + TILE_SHARE - 1) / TILE_SHARE);
        long share = share_of(&ahead, parts);
        for (long m = top; m < end; m += height) {
            long rows = block_end(m, height, end) - m;
            const float *x = a->x + m * a->ldx + start;
            float *y = a->y + m * a->ldy + first;
            for (long j = 0; j < columns; j += SLICE)
                slice_product(x, a->ldx, slices + j * PANEL_DEPTH, y + j, a->ldy, rows, columns - j, depth, add, &ahead, share);
        }
    }
}

static void panels_forward(const void *arguments, long task) { panels_multiply(arguments, task, 0); }
static void panels_back(const void *arguments, long task) { panels_multiply(arguments, task, 1); }
