// The public functions on stored weights.
#include "dispatch.h"
#include "expect.h"

#include <stdatomic.h>
#include <string.h>

void mlops_convert_rows(int type, const uint8_t *w, long row_bytes, long first, float *y, long ldy, long rows, long columns) {
    struct convert a = {type, w, row_bytes, first, 0, y, ldy, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->convert_rows, &a);
}
void mlops_gather_rows(int type, const uint8_t *w, long row_bytes, const int32_t *ids, float *y, long ldy, long rows,
                       long columns) {
    struct convert a = {type, w, row_bytes, 0, ids, y, ldy, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->convert_rows, &a);
}

struct copy_bytes { const char *from; char *to; size_t count; };
enum { COPIED_BYTES = 1 << 20 };
static void copy_bytes(const void *arguments, long task) {
    const struct copy_bytes *a = arguments;
    size_t start = (size_t)task * COPIED_BYTES, rest = a->count - start;
    memcpy(a->to + start, a->from + start, rest < COPIED_BYTES ? rest : COPIED_BYTES);
}
void mlops_copy_bytes(const void *from, void *to, size_t count) {
    struct copy_bytes a = {from, to, count};
    mlops_parallel((long)((count + COPIED_BYTES - 1) / COPIED_BYTES), copy_bytes, &a);
}

long mlops_compact_row_bytes(long k) { return 8 + k / 64 * 96; }
void mlops_compact_count(const uint8_t *w, long rows, long k, int32_t *counts) {
    struct compact a = {.w = w, .counts = counts, .rows = rows, .k = k};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->compact_count, &a);
}
void mlops_compact_pack(const uint8_t *w, long rows, long k, int32_t *counts, const long *places, uint8_t *out) {
    struct compact a = {w, counts, places, out, rows, k};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->compact_pack, &a);
}

/// Several products as one region: tasks are numbered through, starts[i] is the first of product i.
struct stored_group {
    struct stored_multiply products[MLOPS_STORED_GROUP], tails[MLOPS_STORED_GROUP];
    long starts[MLOPS_STORED_GROUP], count;
    mlops_task product;
};
static void stored_group(const void *arguments, long task) {
    const struct stored_group *g = arguments;
    long i = g->count - 1;
    while (task < g->starts[i]) i--;
    g->product(&g->products[i], task - g->starts[i]);
    // The same part of y, which is still near.
    if (g->tails[i].k > 0) g->product(&g->tails[i], task - g->starts[i]);
}
/// In panels, a task is some columns of some rows: the rows are divided as far as threads would have nothing to do.
static void divide_rows(struct stored_multiply *a, long columns) {
    long wanted = blocks(2 * mlops_thread_count(), columns), most = blocks(a->rows, PANEL_COLUMNS);
    a->row_blocks = wanted < most ? wanted : most;
    a->rows_of_block = blocks(a->rows, a->row_blocks);
}
/// The product and its tail, with `block` outputs a task.
static void add_product(struct stored_group *g, const mlops_stored_product *p, long rows, long block) {
    struct stored_multiply *a = &g->products[g->count], *tail = &g->tails[g->count];
    *a = (struct stored_multiply){p->type, p->w, p->row_bytes, p->x, p->ldx, p->y,  p->ldy, rows, p->outputs,
                                  p->k,    p->add, block,      mlops_thread_count(), 1, rows};
    *tail = *a;
    tail->type = MLOPS_F32;
    tail->w = (const uint8_t *)p->tail_w;
    tail->row_bytes = 4 * p->tail_ldw;
    tail->x = p->tail_x;
    tail->ldx = p->tail_ldx;
    tail->k = p->tail_k;
    tail->add = 1;
    g->count++;
}
/// Outputs of a task, of `outputs` in all: some a thread, so that each walks through memory for a while, and one that is held up
/// leaves some to the others.
static long stored_block(long outputs) {
    return blocks(blocks(outputs, STORED_TASKS * mlops_thread_count()), BLOCK_ROWS) * BLOCK_ROWS;
}

static void multiply_few(const mlops_stored_product *products, long count, long rows) {
    struct stored_group g = {0};
    struct stored_share next[MLOPS_MAXIMUM_THREADS];
    long units = 0, bytes = 0, shares = mlops_thread_count();
    for (long i = 0; i < count; i++) {
        const mlops_stored_product *p = products + i;
        long unit = UNIT_BYTES / (p->row_bytes > 0 ? p->row_bytes : 1) / BLOCK_ROWS * BLOCK_ROWS;
        // What becomes of wide rows of x is not kept from one unit to the next.
        if (p->k > FEW_WIDTH) unit = stored_block(p->outputs);
        add_product(&g, p, rows, unit > BLOCK_ROWS ? unit : BLOCK_ROWS);
        g.starts[i] = units;
        units += blocks(p->outputs, g.products[i].block);
        bytes += p->outputs * p->row_bytes;
    }
    if (shares > units) shares = units;
    uintptr_t starts[EXPECTED_THREADS] = {0};
    for (long i = 0, product = 0; i < shares; i++) {
        long unit = units * i / shares;
        atomic_init(&next[i].unit, unit);
        while (product + 1 < count && unit >= g.starts[product + 1]) product++;
        const struct stored_multiply *p = g.products + product;
        if (i < EXPECTED_THREADS) starts[i] = (uintptr_t)(p->w + (unit - g.starts[product]) * p->block * p->row_bytes);
    }
    mlops_reads(starts, bytes / (shares > 0 ? shares : 1));
    struct stored_few few = {g.products, g.tails, g.starts, count, units, shares, next};
    mlops_parallel(shares, kernels()->stored_multiply_few, &few);
}
void mlops_stored_multiply(const mlops_stored_product *products, long count, long rows) {
    if (rows <= 4) return multiply_few(products, count, rows);
    int in_panels = rows >= kernels()->panels_from;
    struct stored_group g = {.product = in_panels ? kernels()->panels_forward : kernels()->stored_multiply_many};
    long outputs = 0, tasks = 0;
    for (long i = 0; i < count; i++) outputs += products[i].outputs;
    long block = in_panels ? PANEL_COLUMNS : stored_block(outputs);
    for (long i = 0; i < count; i++) {
        add_product(&g, products + i, rows, block);
        struct stored_multiply *a = g.products + i;
        if (in_panels) {
            divide_rows(a, blocks(outputs, block));
            divide_rows(g.tails + i, blocks(outputs, block));
        }
        g.starts[i] = tasks;
        tasks += blocks(a->outputs, block) * a->row_blocks;
    }
    mlops_parallel(tasks, stored_group, &g);
}
void mlops_stored_multiply_back(const mlops_stored_product *p, long rows) {
    struct stored_multiply a = {p->type, p->w, p->row_bytes, p->x, p->ldx, p->y, p->ldy, rows, p->outputs, p->k, p->add,
                                0,       1,    1,    rows};
    divide_rows(&a, blocks(p->k, PANEL_COLUMNS));
    mlops_parallel(blocks(p->k, PANEL_COLUMNS) * a.row_blocks, kernels()->panels_back, &a);
}
