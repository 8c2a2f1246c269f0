// Root-mean-square normalisation. A task is 16 rows.
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
