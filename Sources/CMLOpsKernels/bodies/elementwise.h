// Element-wise loops over flat buffers and rows. A task is a block of 4,096 elements or of 16 rows.
#include "../arguments.h"
#include "vector.h"

INLINE long block_end(long start, long block, long count) { return start + block < count ? start + block : count; }

static void add(const void *arguments, long task) {
    const struct flat *a = arguments;
    long start = task * BLOCK_ELEMENTS, end = block_end(start, BLOCK_ELEMENTS, a->count), i = start;
    for (; i + LANES <= end; i += LANES) store(a->y + i, load(a->y + i) + splat(a->s) * load(a->x + i));
    for (; i < end; i++) a->y[i] = a->y[i] + a->s * a->x[i];
}

static void scale(const void *arguments, long task) {
    const struct flat *a = arguments;
    long start = task * BLOCK_ELEMENTS, end = block_end(start, BLOCK_ELEMENTS, a->count);
    for (long i = start; i < end; i++) a->y[i] *= a->s;
}

static void square_sums(const void *arguments, long task) {
    const struct square_sums *a = arguments;
    long start = task * BLOCK_ELEMENTS, end = block_end(start, BLOCK_ELEMENTS, a->count);
    double sums[8] = {0};
    long i = start;
    for (; i + 8 <= end; i += 8)
        for (int j = 0; j < 8; j++) sums[j] += (double)a->x[i + j] * (double)a->x[i + j];
    for (; i < end; i++) sums[0] += (double)a->x[i] * (double)a->x[i];
    a->partial[task] = ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

static void adamw(const void *arguments, long task) {
    const struct adamw *a = arguments;
    const mlops_adamw_rates r = a->rates;
    long start = task * BLOCK_ELEMENTS, end = block_end(start, BLOCK_ELEMENTS, a->count);
    for (long i = start; i < end; i++) {
        float g = a->g[i] * r.gradient_scale;
        float m = a->m[i] + r.beta1_complement * (g - a->m[i]);
        float v = r.beta2 * a->v[i] + r.beta2_complement * g * g;
        a->m[i] = m;
        a->v[i] = v;
        a->p[i] = a->p[i] * r.shrink - r.rate * m / (__builtin_elementwise_sqrt(v) * r.root + r.epsilon);
    }
}

static void add_row(const void *arguments, long task) {
    const struct rows *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows);
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        float *y = a->y + m * a->ldy;
        for (long n = 0; n < a->columns; n++) y[n] += a->x[n];
    }
}

static void clear(const void *arguments, long task) {
    const struct flat *a = arguments;
    long start = task * BLOCK_ELEMENTS;
    memset(a->y + start, 0, (size_t)(block_end(start, BLOCK_ELEMENTS, a->count) - start) * sizeof(float));
}

static void add_matrix(const void *arguments, long task) {
    const struct rows *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows);
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        float *y = a->y + m * a->ldy;
        const float *x = a->x + m * a->ldx;
        for (long n = 0; n < a->columns; n++) y[n] += a->s * x[n];
    }
}

static void multiply(const void *arguments, long task) {
    const struct rows *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows);
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        float *y = a->y + m * a->ldy;
        const float *x = a->x + m * a->ldx;
        for (long n = 0; n < a->columns; n++) y[n] *= x[n];
    }
}

static void copy(const void *arguments, long task) {
    const struct rows *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows);
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        float *y = a->y + m * a->ldy;
        const float *x = a->x + m * a->ldx;
        if (a->s == 1) memcpy(y, x, (size_t)a->columns * sizeof(float));
        else
            for (long n = 0; n < a->columns; n++) y[n] = a->s * x[n];
    }
}

/// Sums of listed rows, in the lists' order; no list is empty.
static void collect_rows(const void *arguments, long task) {
    const struct collect_rows *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows);
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        float *y = a->y + m * a->ldy;
        long first = a->starts[m];
        memcpy(y, a->x + a->ids[first] * a->ldx, (size_t)a->columns * sizeof(float));
        for (long i = first + 1; i < a->starts[m + 1]; i++) {
            const float *x = a->x + a->ids[i] * a->ldx;
            for (long n = 0; n < a->columns; n++) y[n] += x[n];
        }
    }
}

/// A task is 16 columns of x, which are 16 rows of y.
static void transpose(const void *arguments, long task) {
    const struct rows *a = arguments;
    long start = task * BLOCK_ROWS, end = block_end(start, BLOCK_ROWS, a->columns);
    for (long m = 0; m < a->rows; m++)
        for (long n = start; n < end; n++) a->y[n * a->ldy + m] = a->s * a->x[m * a->ldx + n];
}
