// Blocks of quantised weights taken apart into signed bytes and the numbers that scale them: w[i] = scale·q[i] − least. The formats
// are those of GGUF (ggml's block_q… structures).
//
// Nibbles and single bits are put together 32 at a time, as bytes; whoever needs finished weights multiplies (bodies/convert.h),
// and a dot product applies scale and least to sums (bodies/whole.h).
#include "../arguments.h"
#include "vector.h"

INLINE uint16_t read16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

#ifdef HALF_CONVERSION
INLINE float half(uint16_t h) {
    _Float16 f;
    memcpy(&f, &h, sizeof f);
    return (float)f;
}
#else
/// IEEE half to single: shifted into place and multiplied by 2¹¹², which also makes subnormals right.
INLINE float half(uint16_t h) {
    uint32_t bits = (uint32_t)(h & 0x7FFF) << 13;
    float f;
    memcpy(&f, &bits, 4);
    f *= 0x1p112f;
    memcpy(&bits, &f, 4);
    if ((h & 0x7C00) == 0x7C00) bits |= 0x7F800000u;
    bits |= (uint32_t)(h & 0x8000) << 16;
    memcpy(&f, &bits, 4);
    return f;
}
#endif
/// The half at p, where at least four bytes are.
INLINE float leading_half(const uint8_t *p) {
#ifdef HALF_CONVERSION
    // Loaded with its neighbour, and hidden from the compiler, which would merge the half alone into a register that the block
    // before still works on: blocks would wait for each other.
    typedef uint32_t bits __attribute__((vector_size(16)));
    typedef _Float16 halves __attribute__((vector_size(16)));
    uint32_t two;
    memcpy(&two, p, sizeof two);
    bits beside_zeros = {two};
    __asm__("" : "+x"(beside_zeros));
    return __builtin_convertvector((halves)beside_zeros, vf8)[0];
#else
    return half(read16(p));
#endif
}

/// The halves at the beginnings of `count` ≤ 8 blocks of some bytes, zeros behind.
INLINE vf8 halves(const uint8_t *w, const int count, const long bytes) {
#ifdef HALF_CONVERSION
    typedef uint16_t bits __attribute__((vector_size(16)));
    typedef _Float16 numbers __attribute__((vector_size(16)));
    bits b = {0};
    UNROLL for (int i = 0; i < count; i++) b[i] = read16(w + i * bytes);
    return __builtin_convertvector((numbers)b, vf8);
#else
    vf8 v = {0};
    UNROLL for (int i = 0; i < count; i++) v[i] = half(read16(w + i * bytes));
    return v;
#endif
}

INLINE vb load_bytes(const uint8_t *p) {
    vb v;
    memcpy(&v, p, sizeof v);
    return v;
}

typedef uint8_t vb32 __attribute__((vector_size(32)));
typedef int8_t vc __attribute__((vector_size(16)));
typedef uint8_t vb8 __attribute__((vector_size(8)));
typedef int8_t vc8 __attribute__((vector_size(8)));

INLINE vb32 load_32(const uint8_t *p) {
    vb32 v;
    memcpy(&v, p, sizeof v);
    return v;
}
INLINE void store_32(int8_t *p, vb32 v) { memcpy(p, &v, sizeof v); }
/// q, which is now in memory for the compiler: bytes that are widened as they are loaded cost half of those taken out of a vector.
INLINE const int8_t *from_memory(const int8_t *q) {
    __asm__ volatile("" : : "r"(q) : "memory");
    return q;
}
/// Lower halves of 16 bytes, then upper halves.
INLINE vb32 nibbles(const uint8_t *p) {
    vb v = load_bytes(p);
    return __builtin_shufflevector(v & 15, v >> 4, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
                                   23, 24, 25, 26, 27, 28, 29, 30, 31);
}
/// 16 where one of 32 bits is set, else 0.
INLINE vb32 fifth_bits(const uint8_t *p) {
#ifdef BYTE_MASKS
    uint32_t bits;
    memcpy(&bits, p, sizeof bits);
    return (vb32)_mm256_maskz_mov_epi8(bits, _mm256_set1_epi8(16));
#else
    const vb32 bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint32_t four;
    memcpy(&four, p, sizeof four);
    typedef uint32_t words __attribute__((vector_size(32)));
    vb32 all = (vb32)(words){four, four, four, four, four, four, four, four};
    vb32 spread = __builtin_shufflevector(all, all, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 18, 18, 18, 18, 18, 18, 18, 18, 19,
                                          19, 19, 19, 19, 19, 19, 19);
    return (vb32)((spread & bit) == bit) & 16;
#endif
}

// ── Blocks of 32: one scale, and for some one least ──────────────────────────────────────────────────────────────────
// Element i is in the lower half of byte i, element i + 16 in the upper half; fifth bits are 32 of their own.

/// The scales of `count` ≤ 8 blocks, and what is to be taken from their elements.
INLINE void block_scales(const uint8_t *w, const int count, const long bytes, const int has_least, float *scale, float *least) {
    vf8 s = halves(w, count, bytes);
    memcpy(scale, &s, (size_t)count * sizeof *scale);
    if (!has_least) return;
    s = -halves(w + 2, count, bytes);
    memcpy(least, &s, (size_t)count * sizeof *least);
}
INLINE const int8_t *bytes_q4_0(const uint8_t *w, int8_t *q) {
    store_32(q, nibbles(w + 2) - 8);
    return q;
}
INLINE const int8_t *bytes_q4_1(const uint8_t *w, int8_t *q) {
    store_32(q, nibbles(w + 4));
    return q;
}
INLINE const int8_t *bytes_q5_0(const uint8_t *w, int8_t *q) {
    store_32(q, (nibbles(w + 6) | fifth_bits(w + 2)) - 16);
    return q;
}
INLINE const int8_t *bytes_q5_1(const uint8_t *w, int8_t *q) {
    store_32(q, nibbles(w + 8) | fifth_bits(w + 4));
    return q;
}
INLINE const int8_t *bytes_q8_0(const uint8_t *w, int8_t *q) {
    (void)q;
    return (const int8_t *)(w + 2);
}

// ── Blocks of 256: scales of 32 or 16 elements each ──────────────────────────────────────────────────────────────────

/// Eight scales and eight minima of six bits each, in 12 bytes.
INLINE void unpack_six_bits(const uint8_t *packed, float d, float dmin, float *scale, float *least) {
    uint32_t p[3], both[4];
    memcpy(p, packed, sizeof p);
    both[0] = p[0] & 0x3F3F3F3F;
    both[1] = (p[2] & 0x0F0F0F0F) | (p[0] >> 6 & 0x03030303) << 4;
    both[2] = p[1] & 0x3F3F3F3F;
    both[3] = (p[2] >> 4 & 0x0F0F0F0F) | (p[1] >> 6 & 0x03030303) << 4;
    vb8 s, m;
    memcpy(&s, both, sizeof s);
    memcpy(&m, both + 2, sizeof m);
    vf8 scales = __builtin_convertvector(s, vf8) * d, minima = __builtin_convertvector(m, vf8) * dmin;
    memcpy(scale, &scales, sizeof scales);
    memcpy(least, &minima, sizeof minima);
}
/// ┌ d ┬ dmin ┬ 12 bytes of scales and minima ┬ 128 bytes of 4-bit values ┐
INLINE void scales_q4_k(const uint8_t *w, float *scale, float *least) {
    unpack_six_bits(w + 4, leading_half(w), leading_half(w + 2), scale, least);
}
INLINE const int8_t *bytes_q4_k(const uint8_t *w, int8_t *q) {
    UNROLL for (int i = 0; i < 4; i++) {
        vb32 v = load_32(w + 16 + 32 * i);
        store_32(q + 64 * i, v & 15);
        store_32(q + 64 * i + 32, v >> 4);
    }
    return q;
}
/// ┌ d ┬ dmin ┬ 12 bytes of scales and minima ┬ 32 bytes of fifth bits ┬ 128 bytes of 4-bit values ┐
INLINE void scales_q5_k(const uint8_t *w, float *scale, float *least) {
    unpack_six_bits(w + 4, leading_half(w), leading_half(w + 2), scale, least);
}
INLINE const int8_t *bytes_q5_k(const uint8_t *w, int8_t *q) {
    vb32 fifth = load_32(w + 16);
    UNROLL for (int i = 0; i < 4; i++) {
        vb32 v = load_32(w + 48 + 32 * i);
        store_32(q + 64 * i, (v & 15) | (fifth >> (uint8_t)(2 * i) & 1) << 4);
        store_32(q + 64 * i + 32, v >> 4 | (fifth >> (uint8_t)(2 * i + 1) & 1) << 4);
    }
    return q;
}
/// ┌ 128 bytes of low nibbles ┬ 64 bytes of high bit pairs ┬ 16 signed scales ┬ d ┐
INLINE void scales_q6_k(const uint8_t *w, float *scale, float *least) {
    (void)least;
    vc factors;
    memcpy(&factors, w + 192, sizeof factors);
    store(scale, __builtin_convertvector(factors, vf) * splat(half(read16(w + 208))));
}
INLINE const int8_t *bytes_q6_k(const uint8_t *w, int8_t *q) {
    UNROLL for (int side = 0; side < 2; side++) {
        vb32 high = load_32(w + 128 + 32 * side);
        UNROLL for (int i = 0; i < 2; i++) {
            vb32 low = load_32(w + 64 * side + 32 * i);
            store_32(q + 128 * side + 32 * i, ((low & 15) | (high >> (uint8_t)(2 * i) & 3) << 4) - 32);
            store_32(q + 128 * side + 64 + 32 * i, (low >> 4 | (high >> (uint8_t)(2 * i + 4) & 3) << 4) - 32);
        }
    }
    return q;
}
/// ┌ 16 scale|least nibbles ┬ 64 bytes of 2-bit values ┬ d ┬ dmin ┐
INLINE void scales_q2_k(const uint8_t *w, float *scale, float *least) {
    vb packed = load_bytes(w);
    store(scale, floats(widened(packed & 15)) * splat(leading_half(w + 80)));
    store(least, floats(widened(packed >> 4)) * splat(half(read16(w + 82))));
}
INLINE const int8_t *bytes_q2_k(const uint8_t *w, int8_t *q) {
    UNROLL for (int side = 0; side < 2; side++) {
        vb32 v = load_32(w + 16 + 32 * side);
        UNROLL for (int i = 0; i < 4; i++) store_32(q + 128 * side + 32 * i, v >> (uint8_t)(2 * i) & 3);
    }
    return q;
}
/// ┌ 32 bytes of third bits ┬ 64 bytes of 2-bit values ┬ 12 bytes of 6-bit scales ┬ d ┐
INLINE void scales_q3_k(const uint8_t *w, float *scale, float *least) {
    (void)least;
    // Six bits each: the lower four of scales 0…7 and 8…15 share bytes, the upper two of four stand in one.
    uint32_t p[3], both[4];
    memcpy(p, w + 96, sizeof p);
    UNROLL for (int i = 0; i < 4; i++)
        both[i] = (p[i % 2] >> (i / 2 * 4) & 0x0F0F0F0F) | (p[2] >> (2 * i) & 0x03030303) << 4;
    vb six;
    memcpy(&six, both, sizeof six);
    store(scale, floats(widened(six) - 32) * splat(half(read16(w + 108))));
}
INLINE const int8_t *bytes_q3_k(const uint8_t *w, int8_t *q) {
    vb32 third = load_32(w);
    UNROLL for (int side = 0; side < 2; side++) {
        vb32 v = load_32(w + 32 + 32 * side);
        UNROLL for (int i = 0; i < 4; i++)
            store_32(q + 128 * side + 32 * i, ((v >> (uint8_t)(2 * i) & 3) | (third >> (uint8_t)(4 * side + i) & 1) << 2) - 4);
    }
    return q;
}

/// Sixteen signed bytes as numbers.
INLINE vf numbers(const int8_t *q) {
    vc v;
    memcpy(&v, q, sizeof v);
    return floats(__builtin_convertvector(v, vi));
}

/// Every quantised type: its number, name, elements and bytes of a block, elements that share a scale, whether they have a least.
#define QUANTISED_TYPES(X) \
    X(MLOPS_Q4_0, q4_0, 32, 18, 32, 0) X(MLOPS_Q4_1, q4_1, 32, 20, 32, 1) X(MLOPS_Q5_0, q5_0, 32, 22, 32, 0) \
    X(MLOPS_Q5_1, q5_1, 32, 24, 32, 1) X(MLOPS_Q8_0, q8_0, 32, 34, 32, 0) X(MLOPS_Q2_K, q2_k, 256, 84, 16, 1) \
    X(MLOPS_Q3_K, q3_k, 256, 110, 16, 0) X(MLOPS_Q4_K, q4_k, 256, 144, 32, 1) X(MLOPS_Q5_K, q5_k, 256, 176, 32, 1) \
    X(MLOPS_Q6_K, q6_k, 256, 210, 16, 0)

/// A block of 32 or 256 elements: its scales, for each that has some of its own.
#define SCALES(type, name, elements, bytes, group, has_least) \
    INLINE void scales_of_##name(const uint8_t *w, const int count, float *scale, float *least) { \
        SCALES_##elements(name, bytes, group, has_least) \
    }
#define SCALES_32(name, bytes, group, has_least) block_scales(w, count, bytes, has_least, scale, least);
#define SCALES_256(name, bytes, group, has_least) \
    UNROLL for (int b = 0; b < count; b++) scales_##name(w + b * bytes, scale + b * 256 / group, least + b * 256 / group);
QUANTISED_TYPES(SCALES)
#undef SCALES
#undef SCALES_32
#undef SCALES_256
