// Softmax and cross-entropy of one row of logits a task, gradient in place.
#include "../arguments.h"
#include "vector.h"

#include <math.h>

static void cross_entropy(const void *arguments, long task) {
    const struct cross_entropy *a = arguments;
    float *x = a->logits + task * a->ld;
    long n = a->columns, i = 0;
    vf top = splat(-INFINITY);
    for (; i + LANES <= n; i += LANES) top = larger(load(x + i), top);
    float m = maximum(top);
    for (; i < n; i++) m = x[i] > m ? x[i] : m;

    float target = x[a->targets[task]];
    // Sums of 4,096 elements in f32, those in double: a vocabulary is long.
    double total = 0;
    for (long start = 0; start < n; start += BLOCK_ELEMENTS) {
        long end = block_end(start, BLOCK_ELEMENTS, n);
        vf part = zero();
        for (i = start; i + LANES <= end; i += LANES) {
            vf e = exponential(load(x + i) - splat(m));
            if (a->scale != 0) store(x + i, e);
            part = part + e;
        }
        if (i < end) {
            vf e = exponential(load_part(x + i, end - i) - splat(m));
            if (a->scale != 0) store_part(x + i, e, end - i);
            for (long j = 0; j < end - i; j++) part[j] += e[j];
        }
        total += (double)sum(part);
    }
    a->loss[task] = (float)(log(total) + (double)m - (double)target);
    if (a->scale == 0) return;
    float s = (float)((double)a->scale / total);
    for (i = 0; i < n; i++) x[i] *= s;
    x[a->targets[task]] -= a->scale;
}
