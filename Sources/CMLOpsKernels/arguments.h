// What the bodies' tasks find behind their `const void *`: the public functions' parameters, one struct a function.
#ifndef MLOPS_ARGUMENTS_H
#define MLOPS_ARGUMENTS_H

#include "include/CMLOpsKernels.h"

/// FEW_KEYS: keys of a task where queries are few.
enum { BLOCK_ELEMENTS = 4096, BLOCK_ROWS = 16, TILE = 64, FEW_KEYS = 32 };
/// Of a bf16 product: rows of a task, and pairs along the sum that are read from the second cache before others are.
enum { BF16_TASK_ROWS = 128, BF16_PAIRS = 384 };
/// Tasks a thread of products with stored matrices: more of them break the walk through memory.
enum { STORED_TASKS = 4 };
/// Where rows are few, a thread's walk is not broken: bytes of weights that it takes at a time, a microsecond's.
enum { UNIT_BYTES = 16384 };
/// Columns of few rows that a product takes at a time.
enum { FEW_WIDTH = 8192 };
/// Where rows of x lie side by side (bodies/some.h): rows of a block, outputs whose sums are near, and what a stretch of a sum is over, a
/// multiple of the largest stored block. Rows that no product has.
enum { SOME_ROWS = 96, SOME_OUTPUTS = 24, SOME_DEPTH = 256, SOME_NEVER = 1 << 30 };
/// Elements of them that lie there at a time.
enum { SOME_LAID = 1 << 21 };
/// Columns of a task of products of many rows with stored matrices.
enum { PANEL_COLUMNS = 96 };

/// The task that the thread which runs `task` most likely runs next, the next one of its share (pool.c); `tasks` behind its last one.
static inline long next_task(long task, long tasks, long threads) {
    long next = task + 1, share = (next * threads + tasks - 1) / tasks;
    return tasks * share / threads == next ? tasks : next;
}

struct flat { float *y; const float *x; float s; long count; };
struct square_sums { const float *x; double *partial; long count; };
struct adamw { float *p; const float *g; float *m, *v; mlops_adamw_rates rates; long count; };
struct rows { float *y; long ldy; const float *x; long ldx; float s; long rows, columns; };
struct collect_rows { const float *x; long ldx; const int32_t *ids; const long *starts; float *y; long ldy; long rows, columns; };
struct rmsnorm_forward { const float *x; long ldx; const float *w; float epsilon; mlops_output y; float *inverse; long rows, columns; };
struct rmsnorm_backward {
    const float *dy; long lddy; const float *x; long ldx; const float *w, *inverse; float *dx; long lddx; long rows, columns;
};
struct layernorm_forward { const float *x; long ldx; const float *w, *b; float epsilon; mlops_output y; float *inverse; long rows, columns; };
struct rope { float *x; long ldx; const float *cosine, *sine; float direction; long rows, heads, head_size, rotary; int neighbours;
              uint16_t *half; long ldh; };
struct glu_forward { int activation; const float *gate, *up; long ldg; mlops_output y; long rows, columns; };
struct glu_backward {
    int activation; const float *dy; long lddy; const float *gate, *up; long ldg; mlops_output dgate, dup; long rows, columns;
};
struct softcap { float *x; long ldx; float scale, cap; float *slope; long lds; long columns; };
struct bound { float *y; long ldy; const float *x; long ldx; const float *dy; long lddy; float c; long rows, columns; };
struct cross_entropy { float *logits; long ld; const int32_t *targets; float *loss; float scale; long rows, columns; };
struct attention {
    mlops_attention shape;
    long blocks;  // tiles of the longest sequence, or blocks of its keys
    long queries;  // of the longest sequence
    float *parts;
    long part;  // floats of one
    const float *q, *output, *doutput;
    float *out;
    long output_ld, doutput_ld;
    float *log_sum_exp, *delta, *dq, *dk, *dv;
};
struct lowrank {
    const float *x; long ldx; mlops_dropout drop; const float *y; long ldy; float *out; long ldo;
    float s; long row_step, column_step, rows, k, r, p;
};
struct adapter_pack { const mlops_adapter_module *modules; };
struct lowrank_half_project {
    const uint16_t *x; long ldx; mlops_dropout drop; mlops_lowrank_pairs pairs; float *out; long ldo; uint16_t *half; long rows;
};
struct lowrank_half_back { mlops_lowrank_gradients g; mlops_dropout drop; mlops_lowrank_pairs pairs; };
struct column_sums { const float *x; long ldx; const float *y; long ldy; const float *factor; float *out; long rows, columns; };
struct scale_columns { const float *x; long ldx; const float *factors; float *y; long ldy; int adding; long rows, columns; };
struct compact { const uint8_t *w; int32_t *counts; const long *places; uint8_t *out; long rows, k; };
struct convert { int type; const uint8_t *w; long row_bytes, first; const int32_t *ids; float *y; long ldy; long rows, columns; };
struct stored_multiply {
    int type; const uint8_t *w; long row_bytes; const float *x; long ldx; float *y; long ldy; long rows, outputs, k; int add;
    long block;                      // outputs of a task
    long first, tasks, threads;      // the region's number of the first task, and those of all products; who runs them
    long row_blocks, rows_of_block;  // of a product in panels, whose tasks are blocks of rows of the same outputs
    const float *prepared;           // rows of x side by side (bodies/some.h), the words of a stretch of them, and their group
    long stretch;
    int group;
};
/// Rows of x that are laid side by side, `blocks` blocks of them: floats (group 1), or whole numbers of which 32 or 16 share a scale.
struct some_rows { const float *x; long ldx, rows, k, blocks; int group; float *out; long stretch; };
/// Words of a stretch of a row, of its numbers and of one kind of what a group has.
static inline long some_words(int group) { return group == 1 ? SOME_DEPTH : SOME_DEPTH / 2; }
static inline long some_groups(int group) { return group == 1 ? 0 : SOME_DEPTH / group; }
static inline long some_row_words(int group) { return some_words(group) + 2 * some_groups(group); }
/// The unit that a share's walker takes next, in a line of memory of its own.
struct stored_share { _Alignas(64) _Atomic long unit; };
/// Products of few rows as one region. Their outputs are numbered through in units, of product i from starts[i] on, and divided in
/// shares.
struct stored_few {
    const struct stored_multiply *products, *tails;
    const long *starts;
    long count, units, shares;
    struct stored_share *next;
};
struct bf16_convert { uint16_t *y; long ldy; const float *x; long ldx; long rows, columns; };
struct bf16_pack { int type; const uint8_t *w; long row_bytes; uint16_t *panels; long rows, columns, threads; };
struct bf16_multiply {
    const uint16_t *x; long ldx; mlops_packed first, second; const float *base; long ldbase; float *y; long ldy; long rows, outputs;
    long blocks, block_rows;  // of the rows, of a task
    long tasks, threads;
};
struct bf16_multiply_back {
    const uint16_t *x; long ldx; mlops_packed first, second; float *y; long ldy; long rows, outputs; int add;
    long blocks, block_rows;  // of the rows, of a task
    long tasks, second_blocks, second_rows;  // tasks of the first matrix; of the rows and of a task of the second
    long second_tasks, threads;
};
/// Blocks that some numbers fill.
static inline long scaled_blocks(long count) { return (count + MLOPS_SCALED_BLOCK - 1) / MLOPS_SCALED_BLOCK; }
struct scaled_rows { const float *x; long ldx; uint16_t *y; long ldy; long rows, columns; };
struct scaled_pack { int type; const uint8_t *w; long row_bytes; uint16_t *panels; float *scales; long rows, columns, threads; };
/// Of both directions: sums over k, or over the outputs.
struct scaled_multiply {
    const uint16_t *x; long ldx; mlops_scaled w; const float *base; long ldbase; float *y; long ldy; long rows, outputs;
    long blocks, block_rows;  // of the rows, of a task
    long tasks, threads;
};

/// Every kernel: a task of one instruction set's table.
#define MLOPS_KERNELS(X) \
    X(add) X(scale) X(clear) X(square_sums) X(adamw) X(add_row) X(add_matrix) X(multiply) X(copy) X(collect_rows) X(transpose) \
    X(rmsnorm_forward) X(rmsnorm_backward) X(layernorm_forward) X(layernorm_backward) X(rope) X(glu_forward) X(glu_backward) \
    X(cross_entropy) X(softcap) X(bound) X(attention_forward) X(attention_few) X(attention_join) X(attention_delta) \
    X(attention_queries) X(attention_keys) X(attention_heads) \
    X(attention_half_forward) X(attention_half_queries) X(attention_half_keys) X(attention_half_heads) \
    X(lowrank_project) X(lowrank_expand) X(lowrank_outer) X(adapter_pack) X(lowrank_half_project) X(lowrank_half_back) X(convert_rows) \
    X(compact_count) X(compact_pack) \
    X(stored_multiply_few) X(stored_multiply_many) X(some_prepare) X(some_multiply) X(panels_forward) X(panels_back) \
    X(bf16_convert) X(bf16_pack) X(bf16_multiply) X(bf16_multiply_back) \
    X(scaled_rows) X(scaled_pack) X(scaled_multiply) X(scaled_multiply_back) \
    X(column_sums) X(scale_columns) X(row_norms) X(drop_rows)

struct mlops_kernel_table {
#define MEMBER(name) mlops_task name;
    MLOPS_KERNELS(MEMBER)
#undef MEMBER
    long panels_from;  // rows from which products with stored matrices are faster in panels
    long half_rows;    // of a task of a bf16 product
    long some_lanes;   // rows of x that lie side by side in a vector (bodies/some.h)
    long some_plain_from, some_plain_to;  // rows that meet plain weights faster so
    long some_whole_from;                 // rows from which they meet quantised ones faster so
};
extern const struct mlops_kernel_table mlops_kernels_portable, mlops_kernels_avx2, mlops_kernels_avx512,
    mlops_kernels_avx512vnni, mlops_kernels_avx512bf16, mlops_kernels_amx;

#endif
