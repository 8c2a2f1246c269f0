// The public functions on stored weights.
#include "dispatch.h"
#include "expect.h"

#include <stdatomic.h>
#include <stdlib.h>
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
                                  p->k,    p->add, block,      0, 0, mlops_thread_count(), 1, rows,   0,      0,      0};
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
/// Elements of a weight that share a scale, 1 for plain ones.
static int group_of(int type) {
    switch (type) {
    case MLOPS_Q4_0: case MLOPS_Q4_1: case MLOPS_Q5_0: case MLOPS_Q5_1: case MLOPS_Q8_0: case MLOPS_Q4_K: case MLOPS_Q5_K: return 32;
    case MLOPS_Q2_K: case MLOPS_Q3_K: case MLOPS_Q6_K: return 16;
    default: return 1;
    }
}
/// Whether products of so many rows are faster with rows of x side by side.
static int takes_some(const mlops_stored_product *products, long count, long rows, int in_whole_numbers) {
    const struct mlops_kernel_table *k = kernels();
    for (long i = 0; i < count; i++) {
        int is_plain = group_of(products[i].type) == 1;
        if (is_plain ? rows < k->some_plain_from || rows > k->some_plain_to : !in_whole_numbers || rows < k->some_whole_from) return 0;
    }
    return 1;
}
static void read_laid(struct stored_multiply *a, const struct some_rows *rows) {
    a->prepared = rows->out;
    a->stretch = rows->stretch;
    a->group = rows->group;
}
/// Rows of x as a product reads them: those that are there already, or other ones.
static const struct some_rows *laid_rows(struct some_rows *laid, long *kinds, const struct stored_multiply *a) {
    int group = group_of(a->type);
    for (long i = 0; i < *kinds; i++)
        if (laid[i].x == a->x && laid[i].ldx == a->ldx && laid[i].k == a->k && laid[i].group == group) return laid + i;
    long padded = blocks(a->rows, kernels()->some_lanes) * kernels()->some_lanes;
    laid[*kinds] = (struct some_rows){a->x, a->ldx, a->rows, a->k, blocks(a->rows, SOME_ROWS), group, 0, padded * some_row_words(group)};
    return laid + (*kinds)++;
}
/// Products with rows of x side by side, which are laid so once for all that read the same.
static void multiply_some(const mlops_stored_product *products, long count, long rows) {
    struct stored_group g = {.product = kernels()->some_multiply};
    struct some_rows laid[2 * MLOPS_STORED_GROUP];
    const struct some_rows *of[MLOPS_STORED_GROUP], *of_tail[MLOPS_STORED_GROUP];
    long outputs = 0, tasks = 0, kinds = 0, words = 0;
    for (long i = 0; i < count; i++) outputs += products[i].outputs;
    long block = blocks(blocks(outputs, STORED_TASKS * mlops_thread_count()), SOME_OUTPUTS) * SOME_OUTPUTS;
    for (long i = 0; i < count; i++) {
        add_product(&g, products + i, rows, block);
        g.starts[i] = tasks;
        tasks += blocks(g.products[i].outputs, block);
        of[i] = laid_rows(laid, &kinds, g.products + i);
        of_tail[i] = g.tails[i].k > 0 ? laid_rows(laid, &kinds, g.tails + i) : 0;
    }
    for (long i = 0; i < kinds; i++) words += laid[i].stretch * blocks(laid[i].k, SOME_DEPTH);
    float *memory = aligned_alloc(64, (size_t)blocks(words, 16) * 64);
    if (!memory) abort();  // as Swift's own allocations do
    for (long i = 0, place = 0; i < kinds; i++) {
        long stretches = blocks(laid[i].k, SOME_DEPTH);
        laid[i].out = memory + place;
        place += laid[i].stretch * stretches;
        mlops_parallel(stretches * laid[i].blocks, kernels()->some_prepare, &laid[i]);
    }
    for (long i = 0; i < count; i++) {
        read_laid(g.products + i, of[i]);
        if (of_tail[i]) read_laid(g.tails + i, of_tail[i]);
    }
    mlops_parallel(tasks, stored_group, &g);
    free(memory);
}
/// The same for any number of rows, so many at a time that what is laid takes little memory.
static void multiply_some_in_turn(const mlops_stored_product *products, long count, long rows) {
    long widest = 1;
    for (long i = 0; i < count; i++)
        if (products[i].k > widest) widest = products[i].k;
    long most = SOME_LAID / widest / SOME_ROWS * SOME_ROWS;
    if (most < SOME_ROWS) most = SOME_ROWS;
    for (long done = 0; done < rows; done += most) {
        mlops_stored_product part[MLOPS_STORED_GROUP];
        for (long i = 0; i < count; i++) {
            part[i] = products[i];
            part[i].x += done * part[i].ldx;
            part[i].y += done * part[i].ldy;
            if (part[i].tail_k > 0) part[i].tail_x += done * part[i].tail_ldx;
        }
        multiply_some(part, count, rows - done < most ? rows - done : most);
    }
}
static void multiply_many(const mlops_stored_product *products, long count, long rows) {
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
        a->first = g.tails[i].first = g.starts[i] = tasks;
        tasks += blocks(a->outputs, block) * a->row_blocks;
    }
    for (long i = 0; i < count; i++) g.products[i].tasks = g.tails[i].tasks = tasks;
    mlops_parallel(tasks, stored_group, &g);
}
void mlops_stored_multiply(const mlops_stored_product *products, long count, long rows, int in_whole_numbers) {
    if (rows <= 4) return multiply_few(products, count, rows);
    if (takes_some(products, count, rows, in_whole_numbers)) return multiply_some_in_turn(products, count, rows);
    multiply_many(products, count, rows);
}
void mlops_stored_multiply_back(const mlops_stored_product *p, long rows) {
    struct stored_multiply a = {p->type, p->w, p->row_bytes, p->x, p->ldx, p->y, p->ldy, rows, p->outputs, p->k, p->add,
                                0,       0,    0,    mlops_thread_count(), 1, rows, 0, 0, 0};
    divide_rows(&a, blocks(p->k, PANEL_COLUMNS));
    a.tasks = blocks(p->k, PANEL_COLUMNS) * a.row_blocks;
    mlops_parallel(a.tasks, kernels()->panels_back, &a);
}
