// Normalisation of rows, by their root mean square or about their mean. A task is 16 rows.
#include "../arguments.h"
#include "half.h"
#include "vector.h"

static void rmsnorm_forward(const void *arguments, long task) {
    const struct rmsnorm_forward *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows), n = a->columns;
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        const float *x = a->x + m * a->ldx;
        vf squares = zero();
        long i = 0;
        for (; i + LANES <= n; i += LANES) squares = squares + load(x + i) * load(x + i);
        vf rest = load_part(x + i, n - i);
        squares = squares + rest * rest;
        float r = 1.f / __builtin_elementwise_sqrt(sum(squares) / (float)n + a->epsilon);
        a->inverse[m] = r;
        for (i = 0; i < n; i += LANES) put(&a->y, m, i, load_part(x + i, n - i) * splat(r) * load_part(a->w + i, n - i), n - i);
    }
}

static void rmsnorm_backward(const void *arguments, long task) {
    const struct rmsnorm_backward *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows), n = a->columns;
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        const float *x = a->x + m * a->ldx, *dy = a->dy + m * a->lddy, *w = a->w;
        float *dx = a->dx + m * a->lddx;
        vf dots = zero();
        long i = 0;
        for (; i + LANES <= n; i += LANES) dots = dots + load(w + i) * load(dy + i) * load(x + i);
        dots = dots + load_part(w + i, n - i) * load_part(dy + i, n - i) * load_part(x + i, n - i);
        float r = a->inverse[m];
        float c = r * r * r / (float)n * sum(dots);
        for (i = 0; i + LANES <= n; i += LANES)
            store(dx + i, load(dx + i) + (splat(r) * load(w + i) * load(dy + i) - splat(c) * load(x + i)));
        for (; i < n; i++) dx[i] = dx[i] + (r * w[i] * dy[i] - c * x[i]);
    }
}

INLINE float row_mean(const float *x, long n) {
    vf all = zero();
    for (long i = 0; i < n; i += LANES) all = all + load_part(x + i, n - i);
    return sum(all) / (float)n;
}
/// Columns i … i + 15 without the mean; zeros behind the row.
INLINE vf centred(const float *x, long i, long n, float mean) {
    if (i + LANES <= n) return load(x + i) - splat(mean);
    vf v = zero();
    for (long j = i; j < n; j++) v[j - i] = x[j] - mean;
    return v;
}

static void layernorm_forward(const void *arguments, long task) {
    const struct layernorm_forward *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows), n = a->columns;
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        const float *x = a->x + m * a->ldx;
        float mean = row_mean(x, n);
        vf squares = zero();
        for (long i = 0; i < n; i += LANES) {
            vf v = centred(x, i, n, mean);
            squares = squares + v * v;
        }
        float r = 1.f / __builtin_elementwise_sqrt(sum(squares) / (float)n + a->epsilon);
        a->inverse[m] = r;
        for (long i = 0; i < n; i += LANES)
            put(&a->y, m, i, centred(x, i, n, mean) * splat(r) * load_part(a->w + i, n - i) + load_part(a->b + i, n - i), n - i);
    }
}

static void layernorm_backward(const void *arguments, long task) {
    const struct rmsnorm_backward *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows), n = a->columns;
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        const float *x = a->x + m * a->ldx, *dy = a->dy + m * a->lddy, *w = a->w;
        float *dx = a->dx + m * a->lddx, mean = row_mean(x, n), r = a->inverse[m];
        vf all = zero(), dots = zero();
        for (long i = 0; i < n; i += LANES) {
            vf g = load_part(w + i, n - i) * load_part(dy + i, n - i);
            all = all + g;
            dots = dots + g * centred(x, i, n, mean);
        }
        float shift = sum(all) / (float)n, slope = r * r * (sum(dots) / (float)n);
        for (long i = 0; i < n; i += LANES) {
            vf g = load_part(w + i, n - i) * load_part(dy + i, n - i);
            vf d = splat(r) * (g - splat(shift) - splat(slope) * centred(x, i, n, mean));
            store_part(dx + i, load_part(dx + i, n - i) + d, n - i);
        }
    }
}
