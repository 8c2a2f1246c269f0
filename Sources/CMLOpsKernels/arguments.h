// What the bodies' tasks find behind their `const void *`: the public functions' parameters, one struct a function.
#ifndef MLOPS_ARGUMENTS_H
#define MLOPS_ARGUMENTS_H

#include "include/CMLOpsKernels.h"

enum { BLOCK_ELEMENTS = 4096, BLOCK_ROWS = 16, TILE = 64 };

struct flat { float *y; const float *x; float s; long count; };
struct square_sums { const float *x; double *partial; long count; };
struct adamw { float *p; const float *g; float *m, *v; mlops_adamw_rates rates; long count; };
struct rows { float *y; long ldy; const float *x; long ldx; float s; long rows, columns; };
struct rmsnorm_forward { const float *x; long ldx; const float *w; float epsilon; float *y; long ldy; float *inverse; long rows, columns; };
struct rmsnorm_backward {
    const float *dy; long lddy; const float *x; long ldx; const float *w, *inverse; float *dx; long lddx; long rows, columns;
};
struct rope { float *x; long ldx; const float *cosine, *sine; float direction; long rows, heads, head_size, rotary; };
struct swiglu_forward { const float *gate, *up; float *y; long ldy; long rows, columns; };
struct swiglu_backward { const float *dy; long lddy; const float *gate, *up; float *dgate, *dup; long rows, columns; };
struct cross_entropy { float *logits; long ld; const int32_t *targets; float *loss; float scale; long rows, columns; };
struct attention {
    mlops_attention shape;
    long blocks;  // tiles of the longest sequence
    const float *q, *output, *doutput;
    float *out;
    long output_ld, doutput_ld;
    float *log_sum_exp, *delta, *dq, *dk, *dv;
};
struct lowrank {
    const float *x; long ldx; mlops_dropout drop; const float *y; long ldy; float *out; long ldo;
    float s; long row_step, column_step, rows, k, r, p;
};
struct column_sums { const float *x; long ldx; const float *y; long ldy; const float *factor; float *out; long rows, columns; };
struct scale_columns { const float *x; long ldx; const float *factors; float *y; long ldy; int adding; long rows, columns; };
struct convert { int type; const uint8_t *w; long row_bytes, first; const int32_t *ids; float *y; long ldy; long rows, columns; };

/// Every kernel: a task of one instruction set's table.
#define MLOPS_KERNELS(X) \
    X(add) X(scale) X(square_sums) X(adamw) X(add_row) X(copy) X(transpose) \
    X(rmsnorm_forward) X(rmsnorm_backward) X(rope) X(swiglu_forward) X(swiglu_backward) \
    X(cross_entropy) X(attention_forward) X(attention_delta) X(attention_queries) X(attention_keys) \
    X(lowrank_project) X(lowrank_expand) X(lowrank_outer) X(convert_rows) \
    X(column_sums) X(scale_columns) X(row_norms) X(drop_rows)

struct mlops_kernel_table {
#define MEMBER(name) mlops_task name;
    MLOPS_KERNELS(MEMBER)
#undef MEMBER
};
extern const struct mlops_kernel_table mlops_kernels_portable, mlops_kernels_avx2, mlops_kernels_avx512;

#endif
