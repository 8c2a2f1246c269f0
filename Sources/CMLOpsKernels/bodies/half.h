// Rounding to bf16, and results that go there.
#ifndef MLOPS_HALF_H
#define MLOPS_HALF_H

#include "../arguments.h"
#include "vector.h"

/// The nearest bf16 of each, ties to even. NaN stays NaN; what is smaller than normal numbers becomes zero, as which the dot products
/// of the processor take it.
INLINE vh bf16_of(vf x) {
#ifdef BF16_DOT
    __m256bh h = _mm512_cvtneps_pbh((__m512)x);
    vh rounded;
    memcpy(&rounded, &h, sizeof rounded);
    return rounded;
#else
    vu bits = (vu)x;
    bits &= (vu)((bits & 0x7F800000u) != 0) | 0x80000000u;
    vu rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    vi number = x == x;
    return __builtin_convertvector((rounded & (vu)number) | ((bits >> 16 | 0x40) & ~(vu)number), vh);
#endif
}

/// Sixteen f32 as bf16.
INLINE void store_bf16(uint16_t *y, vf x) {
    vh h = bf16_of(x);
    memcpy(y, &h, sizeof h);
}

/// y[0..<width] = x[0..<n] in bf16, zeros behind; y has room for whole vectors.
INLINE void row_to_bf16(const float *x, uint16_t *y, long n) {
    for (long i = 0; i < n; i += LANES) store_bf16(y + i, load_part(x + i, n - i));
}

/// Columns i … i + 15 of row m, of which `count` exist; what is behind them must be zero.
INLINE void put(const mlops_output *y, long m, long i, vf x, long count) {
    if (y->f32) store_part(y->f32 + m * y->ld + i, x, count);
    else store_bf16(y->half + m * y->ld + i, x);
}

#endif
