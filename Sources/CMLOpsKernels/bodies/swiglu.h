// The gated feed-forward network's activation, y = silu(g)∘u with silu(g) = g·σ(g) and σ(g) = 1/(1 + e⁻ᵍ). A task is 16 rows.
#include "../arguments.h"
#include "vector.h"

INLINE vf sigmoid(vf x) { return splat(1.f) / (splat(1.f) + exponential(-x)); }

static void swiglu_forward(const void *arguments, long task) {
    const struct swiglu_forward *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows), n = a->columns;
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        const float *gate = a->gate + m * n, *up = a->up + m * n;
        float *y = a->y + m * a->ldy;
        for (long i = 0; i < n; i += LANES) {
            vf g = load_part(gate + i, n - i);
            store_part(y + i, g * sigmoid(g) * load_part(up + i, n - i), n - i);
        }
    }
}

/// silu′(g) = σ(g)·(1 + g·(1 − σ(g)))
static void swiglu_backward(const void *arguments, long task) {
    const struct swiglu_backward *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows), n = a->columns;
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        const float *gate = a->gate + m * n, *up = a->up + m * n, *dy = a->dy + m * a->lddy;
        float *dgate = a->dgate + m * n, *dup = a->dup + m * n;
        for (long i = 0; i < n; i += LANES) {
            vf g = load_part(gate + i, n - i), u = load_part(up + i, n - i), d = load_part(dy + i, n - i);
            vf s = sigmoid(g);
            store_part(dup + i, d * g * s, n - i);
            store_part(dgate + i, d * u * s * (splat(1.f) + g * (splat(1.f) - s)), n - i);
        }
    }
}
