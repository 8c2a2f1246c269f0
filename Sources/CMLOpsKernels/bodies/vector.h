// Sixteen floats at a time, in Clang's portable vectors: one zmm register with AVX-512, two ymm with AVX2, four xmm or NEON
// registers otherwise. Included by a file that has chosen its instruction set.
#ifndef MLOPS_VECTOR_H
#define MLOPS_VECTOR_H

#include <stdint.h>
#include <string.h>

// Vectors are passed only to functions that are inlined, so the calling convention never matters.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))
/// On the stack: a vector that lies across two cache lines is stored and loaded as two.
#define ALIGNED _Alignas(64)
#define UNROLL _Pragma("clang loop unroll(full)")

enum { LANES = 16 };
typedef float vf __attribute__((vector_size(64)));
typedef int32_t vi __attribute__((vector_size(64)));
typedef uint32_t vu __attribute__((vector_size(64)));
typedef uint8_t vb __attribute__((vector_size(16)));
typedef uint16_t vh __attribute__((vector_size(32)));
typedef float vf8 __attribute__((vector_size(32)));
typedef float vf4 __attribute__((vector_size(16)));

INLINE vf load(const float *p) {
    vf v;
    memcpy(&v, p, sizeof v);
    return v;
}
INLINE void store(float *p, vf v) { memcpy(p, &v, sizeof v); }
INLINE vf8 load_eight(const float *p) {
    vf8 v;
    memcpy(&v, p, sizeof v);
    return v;
}
INLINE vf8 splat_eight(float x) { return (vf8){x, x, x, x, x, x, x, x}; }
INLINE vf splat(float x) { return (vf){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
INLINE vf zero(void) { return (vf){0}; }
/// The first `count` elements, then zeros.
INLINE vf load_part(const float *p, long count) {
    if (count >= LANES) return load(p);
    vf v = zero();
    if (count > 0) memcpy(&v, p, (size_t)count * sizeof(float));
    return v;
}
INLINE void store_part(float *p, vf v, long count) {
    if (count >= LANES) return store(p, v);
    if (count > 0) memcpy(p, &v, (size_t)count * sizeof(float));
}
/// Sixteen bytes as numbers.
INLINE vi widened(vb v) { return __builtin_convertvector(v, vi); }
INLINE vf floats(vi v) { return __builtin_convertvector(v, vf); }
/// a where the mask is all ones, b where it is zero.
INLINE vf blend(vi mask, vf a, vf b) { return (vf)((mask & (vi)a) | (~mask & (vi)b)); }
INLINE vf larger(vf a, vf b) { return blend(a > b, a, b); }

INLINE vf8 halves_added(vf v) {
    return __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
}
INLINE float sum(vf v) {
    vf8 a = halves_added(v);
    vf4 b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
    return (b[0] + b[2]) + (b[1] + b[3]);
}
/// The sums of four vectors side by side, in fewer steps than one after another.
INLINE vf4 four_sums(const vf v[4]) {
#define FOLDED(a, b) \
    (__builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) + \
     __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
    // (v₀ v₀ v₁ v₁) four times and (v₂ v₂ v₃ v₃), then (v₀ v₁ v₂ v₃) four times.
    vf a = FOLDED(v[0], v[1]), b = FOLDED(v[2], v[3]);
#undef FOLDED
    vf c = __builtin_shufflevector(a, b, 0, 2, 16, 18, 4, 6, 20, 22, 8, 10, 24, 26, 12, 14, 28, 30) +
           __builtin_shufflevector(a, b, 1, 3, 17, 19, 5, 7, 21, 23, 9, 11, 25, 27, 13, 15, 29, 31);
    vf8 d = __builtin_shufflevector(c, c, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(c, c, 8, 9, 10, 11, 12, 13, 14, 15);
    return __builtin_shufflevector(d, d, 0, 1, 2, 3) + __builtin_shufflevector(d, d, 4, 5, 6, 7);
}
INLINE float maximum(vf v) {
    vf8 a = __builtin_elementwise_max(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7),
                                      __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15));
    vf4 b = __builtin_elementwise_max(__builtin_shufflevector(a, a, 0, 1, 2, 3), __builtin_shufflevector(a, a, 4, 5, 6, 7));
    float c = b[0] > b[2] ? b[0] : b[2], d = b[1] > b[3] ? b[1] : b[3];
    return c > d ? c : d;
}

/// eˣ to 1.2e-7 relative in −87…88 (Cephes' degree-5 polynomial); below that e⁻⁸⁷, above e⁸⁸, and NaN stays NaN.
INLINE vf exponential(vf x) {
    const vf magic = splat(12582912.f);  // 1.5·2²³: adding and subtracting it rounds to an integer
    x = blend(x < splat(-87.f), splat(-87.f), x);
    x = blend(x > splat(88.f), splat(88.f), x);
    vf n = (x * splat(1.44269504f) + magic) - magic;
    vf r = x - n * splat(0.693359375f);
    r = r - n * splat(-2.12194440e-4f);
    vf p = splat(1.9875691500e-4f);
    p = p * r + splat(1.3981999507e-3f);
    p = p * r + splat(8.3334519073e-3f);
    p = p * r + splat(4.1665795894e-2f);
    p = p * r + splat(1.6666665459e-1f);
    p = p * r + splat(5.0000001201e-1f);
    p = p * (r * r) + (r + splat(1.f));
    vi power = (__builtin_convertvector(n, vi) + 127) << 23;
    return p * (vf)power;
}

/// tanh x to 2e-7 relative: Cephes' polynomial below 0.625, 1 − 2/(e²ˣ + 1) above.
INLINE vf hyperbolic_tangent(vf x) {
    vf size = (vf)((vi)x & 0x7fffffff), z = x * x;
    vf p = splat(-5.70498872745e-3f);
    p = p * z + splat(2.06390887954e-2f);
    p = p * z + splat(-5.37397155531e-2f);
    p = p * z + splat(1.33314422036e-1f);
    p = p * z + splat(-3.33332819422e-1f);
    vf small = x + x * z * p;
    vf large = splat(1.f) - splat(2.f) / (exponential(size + size) + splat(1.f));
    large = (vf)((vi)large | ((vi)x & (int32_t)0x80000000));
    return blend(size < splat(0.625f), small, large);
}

#endif
