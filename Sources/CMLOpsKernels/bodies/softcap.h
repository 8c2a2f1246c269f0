// A smooth bound of logits, y = c·tanh(s·x/c), and its slope s·(1 − tanh²). A task is one row.
#include "../arguments.h"
#include "vector.h"

static void softcap(const void *arguments, long row) {
    const struct softcap *a = arguments;
    float *x = a->x + row * a->ldx;
    float *slope = a->slope ? a->slope + row * a->lds : 0;
    for (long i = 0, n = a->columns; i < n; i += LANES) {
        vf t = hyperbolic_tangent(load_part(x + i, n - i) * splat(a->scale) / splat(a->cap));
        store_part(x + i, splat(a->cap) * t, n - i);
        if (slope) store_part(slope + i, splat(a->scale) * (splat(1.f) - t * t), n - i);
    }
}
