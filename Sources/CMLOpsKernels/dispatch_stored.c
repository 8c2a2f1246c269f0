// The public functions on stored weights.
#include "dispatch.h"

void mlops_convert_rows(int type, const uint8_t *w, long row_bytes, long first, float *y, long ldy, long rows, long columns) {
    struct convert a = {type, w, row_bytes, first, 0, y, ldy, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->convert_rows, &a);
}
void mlops_gather_rows(int type, const uint8_t *w, long row_bytes, const int32_t *ids, float *y, long ldy, long rows,
                       long columns) {
    struct convert a = {type, w, row_bytes, 0, ids, y, ldy, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->convert_rows, &a);
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
void mlops_stored_multiply(const mlops_stored_product *products, long count, long rows) {
    int in_panels = rows >= kernels()->panels_from;
    struct stored_group g = {.count = count,
                             .product = in_panels    ? kernels()->panels_forward
                                        : rows <= 4 ? kernels()->stored_multiply_few
                                                    : kernels()->stored_multiply_many};
    long outputs = 0, tasks = 0;
    for (long i = 0; i < count; i++) outputs += products[i].outputs;
    // Some blocks a thread: each walks through memory for a while, and a thread that is held up leaves some to the others.
    long block = blocks(blocks(outputs, STORED_TASKS * mlops_thread_count()), BLOCK_ROWS) * BLOCK_ROWS;
    if (in_panels) block = PANEL_COLUMNS;
    for (long i = 0; i < count; i++) {
        const mlops_stored_product *p = products + i;
        struct stored_multiply *a = g.products + i;
        *a = (struct stored_multiply){p->type, p->w, p->row_bytes, p->x, p->ldx, p->y,  p->ldy, rows, p->outputs,
                                      p->k,    p->add, block,      mlops_thread_count(), 1, rows};
        if (in_panels) divide_rows(a, blocks(outputs, block));
        g.tails[i] = *a;
        g.tails[i].type = MLOPS_F32;
        g.tails[i].w = (const uint8_t *)p->tail_w;
        g.tails[i].row_bytes = 4 * p->tail_ldw;
        g.tails[i].x = p->tail_x;
        g.tails[i].ldx = p->tail_ldx;
        g.tails[i].k = p->tail_k;
        g.tails[i].add = 1;
        g.starts[i] = tasks;
        tasks += blocks(p->outputs, block) * a->row_blocks;
    }
    mlops_parallel(tasks, stored_group, &g);
}
void mlops_stored_multiply_back(const mlops_stored_product *p, long rows) {
    struct stored_multiply a = {p->type, p->w, p->row_bytes, p->x, p->ldx, p->y, p->ldy, rows, p->outputs, p->k, p->add,
                                0,       1,    1,    rows};
    divide_rows(&a, blocks(p->k, PANEL_COLUMNS));
    mlops_parallel(blocks(p->k, PANEL_COLUMNS) * a.row_blocks, kernels()->panels_back, &a);
}
