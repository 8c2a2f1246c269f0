// The gated feed-forward network's activation, y = a(g)∘u, where a is one of
//   silu(g) = g·σ(g)
//   gelu_tanh(g) = g/2·(1 + tanh z) = g·σ(2z) with z = √(2/π)·(g + 0.044715·g³)
//   gelu(g) = g·Φ(g), Φ(g) = erfc(−g/√2)/2
//   relu(g) = max(g, 0)
//   relu²(g) = max(g, 0)²
// and σ(x) = 1/(1 + e⁻ˣ). A task is 16 rows.
#include "../arguments.h"
#include "half.h"
#include "vector.h"

INLINE vf sigmoid(vf x) { return splat(1.f) / (splat(1.f) + exponential(-x)); }

/// erfc x for x ≥ 0, to 1.2e-7 relative (a Chebyshev fit: Press et al., Numerical Recipes, 6.2).
INLINE vf error_complement(vf x) {
    vf t = splat(1.f) / (splat(1.f) + splat(0.5f) * x);
    vf p = splat(0.17087277f);
    p = p * t + splat(-0.82215223f);
    p = p * t + splat(1.48851587f);
    p = p * t + splat(-1.13520398f);
    p = p * t + splat(0.27886807f);
    p = p * t + splat(-0.18628806f);
    p = p * t + splat(0.09678418f);
    p = p * t + splat(0.37409196f);
    p = p * t + splat(1.00002368f);
    p = p * t + splat(-1.26551223f);
    return t * exponential(p - x * x);
}

/// g·Φ(g), and Φ(g) + g·φ(g) in `slope`.
INLINE vf exact_gelu(vf g, vf *slope) {
    vf size = (vf)((vi)g & 0x7fffffff);
    vf tail = splat(0.5f) * error_complement(size * splat(0.7071067812f));
    vf below = blend(g < splat(0.f), tail, splat(1.f) - tail);
    *slope = below + g * splat(0.3989422804f) * exponential(splat(-0.5f) * g * g);
    return g * below;
}

/// a(g), and a′(g) in `slope`.
INLINE vf activated(const int activation, vf g, vf *slope) {
    if (activation == MLOPS_SILU) {
        vf s = sigmoid(g);
        *slope = s * (splat(1.f) + g * (splat(1.f) - s));
        return g * s;
    }
    if (activation == MLOPS_GELU) return exact_gelu(g, slope);
    if (activation == MLOPS_RELU) {
        *slope = blend(g > splat(0.f), splat(1.f), splat(0.f));
        return blend(g < splat(0.f), splat(0.f), g);
    }
    if (activation == MLOPS_SQUARED_RELU) {
        vf r = blend(g < splat(0.f), splat(0.f), g);  // what is no number stays none
        *slope = r + r;
        return r * r;
    }
    const vf twice_root = splat(1.595769122f), cubic = splat(0.044715f);  // 2√(2/π)
    vf squared = g * g, s = sigmoid(twice_root * g * (splat(1.f) + cubic * squared));
    *slope = s + g * s * (splat(1.f) - s) * twice_root * (splat(1.f) + splat(3.f) * cubic * squared);
    return g * s;
}

INLINE void glu_forward_rows(const struct glu_forward *a, const int activation, long start, long end) {
    for (long m = start; m < end; m++) {
        const float *gate = a->gate + m * a->ldg, *up = a->up + m * a->ldg;
        vf slope;
        for (long i = 0, n = a->columns; i < n; i += LANES) {
            vf value = activated(activation, load_part(gate + i, n - i), &slope);
            put(&a->y, m, i, value * load_part(up + i, n - i), n - i);
        }
    }
}

static void glu_forward(const void *arguments, long task) {
    const struct glu_forward *a = arguments;
    long start = task * BLOCK_ROWS, end = block_end(start, BLOCK_ROWS, a->rows);
    if (a->activation == MLOPS_SILU) glu_forward_rows(a, MLOPS_SILU, start, end);
    else if (a->activation == MLOPS_GELU) glu_forward_rows(a, MLOPS_GELU, start, end);
    else if (a->activation == MLOPS_RELU) glu_forward_rows(a, MLOPS_RELU, start, end);
    else if (a->activation == MLOPS_SQUARED_RELU) glu_forward_rows(a, MLOPS_SQUARED_RELU, start, end);
    else glu_forward_rows(a, MLOPS_GELU_TANH, start, end);
}

INLINE void glu_backward_rows(const struct glu_backward *a, const int activation, long start, long end) {
    for (long m = start; m < end; m++) {
        const float *gate = a->gate + m * a->ldg, *up = a->up + m * a->ldg, *dy = a->dy + m * a->lddy;
        for (long i = 0, n = a->columns; i < n; i += LANES) {
            vf u = load_part(up + i, n - i), d = load_part(dy + i, n - i), slope;
            vf value = activated(activation, load_part(gate + i, n - i), &slope);
            put(&a->dup, m, i, d * value, n - i);
            put(&a->dgate, m, i, d * u * slope, n - i);
        }
    }
}

/// dgate = dy∘u∘a′(g), dup = dy∘a(g)
static void glu_backward(const void *arguments, long task) {
    const struct glu_backward *a = arguments;
    long start = task * BLOCK_ROWS, end = block_end(start, BLOCK_ROWS, a->rows);
    if (a->activation == MLOPS_SILU) glu_backward_rows(a, MLOPS_SILU, start, end);
    else if (a->activation == MLOPS_GELU) glu_backward_rows(a, MLOPS_GELU, start, end);
    else if (a->activation == MLOPS_RELU) glu_backward_rows(a, MLOPS_RELU, start, end);
    else if (a->activation == MLOPS_SQUARED_RELU) glu_backward_rows(a, MLOPS_SQUARED_RELU, start, end);
    else glu_backward_rows(a, MLOPS_GELU_TANH, start, end);
}
