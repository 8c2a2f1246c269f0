// Rows of x as whole numbers, and their products with blocks of quantised weights, which are small whole numbers themselves.
//
// 32 elements of x share a scale and are rounded to 16 bits, which is wrong by 2⁻¹⁶ of the largest of them at most (eight bits, as is
// common, by 2⁻⁸). Products are summed exactly. Then scales are applied, to what 32 or 16 elements give, and least to the sums of x
// there: that takes fewer steps than making numbers of the weights, and without it arithmetic would be slower than the memory.
#include "../arguments.h"
#include "vector.h"

/// Elements of a row that a product takes at a time, and how many groups that is, with room for a vector behind them.
enum { WHOLE_WIDTH = FEW_WIDTH, WHOLE_GROUPS = WHOLE_WIDTH / 16 + 8 };

typedef int16_t vs16 __attribute__((vector_size(32)));
typedef int32_t vi8 __attribute__((vector_size(32)));

/// One to four rows of x. 32 elements are 64 bytes: 16-bit numbers or, for products of bytes, their upper bytes and then their lower
/// ones, which are signed too. For each group of 32 or 16: what one is worth, and the sum.
struct whole { ALIGNED int8_t numbers[4][2 * WHOLE_WIDTH]; ALIGNED float unit[4][WHOLE_GROUPS], sums[4][WHOLE_GROUPS]; };

/// The most that both bytes can hold.
enum { WHOLE_MOST = 127 * 256 + 127 };

/// Sixteen numbers, in words or in bytes.
INLINE void store_whole(vi n, int8_t *numbers, int half) {
    vs16 all = __builtin_convertvector(n, vs16);
#ifdef BYTE_PRODUCTS
    vc low = __builtin_convertvector(all, vc), high = __builtin_convertvector((all - __builtin_convertvector(low, vs16)) >> 8, vc);
    memcpy(numbers + half * 16, &high, sizeof high);
    memcpy(numbers + half * 16 + 32, &low, sizeof low);
#else
    memcpy(numbers + half * 32, &all, sizeof all);
#endif
}
INLINE float largest_size(vi v) {
    vi8 a = __builtin_elementwise_max(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7),
                                      __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15));
    int32_t most = __builtin_reduce_max(a);
    float size;
    memcpy(&size, &most, sizeof size);
    return size;
}
INLINE int32_t sum_of_numbers(vi v) {
    vi8 a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
    return ((a[0] + a[4]) + (a[1] + a[5])) + ((a[2] + a[6]) + (a[3] + a[7]));
}
/// 32 elements of x as whole numbers, and what one is worth: NaN if an element is no number, or infinite.
struct whole_numbers { vi numbers[2]; float unit; };
INLINE struct whole_numbers whole_numbers(const float *x) {
    struct whole_numbers n;
    vf v[2] = {load(x), load(x + LANES)};
    vi size[2] = {(vi)v[0] & 0x7FFFFFFF, (vi)v[1] & 0x7FFFFFFF};
    // Sizes compare as their bits do, and what is no number is above all of them.
    float most = largest_size(__builtin_elementwise_max(size[0], size[1]));
    int finite = most <= 3.4e38f;
    // What is smaller vanishes beside any number that a model computes with.
    vf inverse = splat(finite && most > 1e-30f ? WHOLE_MOST / most : 0);
    const vf magic = splat(12582912.f);  // adding and subtracting it rounds to a whole number
    UNROLL for (int j = 0; j < 2; j++)
        n.numbers[j] = __builtin_convertvector((finite ? v[j] * inverse + magic : magic) - magic, vi);
    n.unit = finite ? most / WHOLE_MOST : NAN;
    return n;
}
/// 32 elements of x, a group or two of them.
INLINE void whole_group(const float *x, const int group, int8_t *numbers, float *unit, float *sums) {
    struct whole_numbers n = whole_numbers(x);
    UNROLL for (int j = 0; j < 2; j++) store_whole(n.numbers[j], numbers, j);
    *unit = n.unit;
    if (group == 32) {
        *sums = n.unit * (float)sum_of_numbers(n.numbers[0] + n.numbers[1]);
    } else {
        unit[1] = n.unit;
        UNROLL for (int j = 0; j < 2; j++) sums[j] = n.unit * (float)sum_of_numbers(n.numbers[j]);
    }
}
INLINE void whole_rows(const float *x, long ldx, const int rows, long k, const int group, struct whole *w) {
    UNROLL for (int i = 0; i < rows; i++) {
        for (long c = 0; c < k; c += 32)
            whole_group(x + i * ldx + c, group, w->numbers[i] + 2 * c, w->unit[i] + c / group, w->sums[i] + c / group);
        // Behind the last group whole vectors are read, and meet scales of zero.
        memset(w->unit[i] + k / group, 0, 8 * sizeof(float));
        memset(w->sums[i] + k / group, 0, 8 * sizeof(float));
    }
}

// ── Blocks of weights ────────────────────────────────────────────────────────────────────────────────────────────────

/// sums += factor · Σ q·x over 32 elements, in 8 lanes; with groups of 16, factor[0] and factor[1] are those of their halves.
INLINE vf8 add_products(vf8 sums, const int8_t *q, const int8_t *x, const float *factor, const int group) {
#ifdef BYTE_PRODUCTS
    __m256i w, high, low;
    memcpy(&w, q, sizeof w);
    memcpy(&high, x, sizeof high);
    memcpy(&low, x + 32, sizeof low);
    __m256i n = _mm256_slli_epi32(_mm256_dpbusd_epi32(_mm256_setzero_si256(), w, high), 8);
    vf8 products = __builtin_convertvector((vi8)_mm256_dpbusd_epi32(n, w, low), vf8);
    if (group == 32) return sums + splat_eight(*factor) * products;
    float a = factor[0], b = factor[1];
    return sums + (vf8){a, a, a, a, b, b, b, b} * products;
#else
    vi8 n[2];
    UNROLL for (int j = 0; j < 2; j++) {
        vc bytes;
        vs16 w, v;
        memcpy(&bytes, q + 16 * j, sizeof bytes);
        memcpy(&v, x + 32 * j, sizeof v);
        w = __builtin_convertvector(bytes, vs16);
#ifdef PAIR_PRODUCTS
        n[j] = (vi8)_mm256_madd_epi16((__m256i)w, (__m256i)v);
#else
        n[j] = ((vi8)w << 16 >> 16) * ((vi8)v << 16 >> 16) + ((vi8)w >> 16) * ((vi8)v >> 16);
#endif
    }
    if (group == 32) return sums + splat_eight(*factor) * __builtin_convertvector(n[0] + n[1], vf8);
    sums = sums + splat_eight(factor[0]) * __builtin_convertvector(n[0], vf8);
    return sums + splat_eight(factor[1]) * __builtin_convertvector(n[1], vf8);
#endif
}
/// What makes weights with a sign ones without: products of bytes take none, and give that many times the sum of x too much.
#ifdef BYTE_PRODUCTS
enum { RAISED = 128 };
#else
enum { RAISED = 0 };
#endif

#ifdef BYTE_PRODUCTS
#define WIDENED_LATER(q)
#else
#define WIDENED_LATER(q) from_memory(q);
#endif

/// Some sums of rows, of 8 lanes each, and what is to be taken from them.
struct dots { vf8 sums[4][2], below[4]; };

/// `count` blocks of weights times x from `column` on. `group` elements, 32 or 16, have a scale of their own, and a least when
/// `has_least`; without it the weights have a sign.
#define DOT(type, name, elements, bytes, group, has_least) \
    INLINE void blocks_##name(const int rows, const int count, const uint8_t *w, const struct whole *x, long column, struct dots *d) { \
        enum { GROUPS = elements / group, MOST = 256 / elements, RAISE = has_least ? 0 : RAISED, BELOW = has_least || RAISED > 0 }; \
        ALIGNED int8_t q[MOST * elements]; \
        ALIGNED float scale[MOST * GROUPS + 8] = {0}, least[MOST * GROUPS + 8] = {0}, factors[MOST * GROUPS + 8]; \
        scales_of_##name(w, count, scale, least); \
        UNROLL for (int b = 0; b < count; b++) { \
            const int8_t *unpacked = bytes_##name(w + b * bytes, q + b * elements); \
            UNROLL for (int e = 0; e < elements; e += 32) \
                store_32(q + b * elements + e, load_32((const uint8_t *)unpacked + e) ^ (uint8_t)RAISE); \
        } \
        WIDENED_LATER(q) \
        UNROLL for (int i = 0; i < rows; i++) { \
            const float *unit = x->unit[i] + column / group, *sums = x->sums[i] + column / group; \
            UNROLL for (int g = 0; g < count * GROUPS; g += 8) { \
                vf8 s = load_eight(scale + g), f = s * load_eight(unit + g); \
                memcpy(factors + g, &f, sizeof f); \
                if (BELOW) { \
                    vf8 below = has_least ? load_eight(least + g) : splat_eight(RAISE) * s; \
                    d->below[i] = d->below[i] + below * load_eight(sums + g); \
                } \
            } \
            from_memory((int8_t *)factors); \
            UNROLL for (int e = 0; e < count * elements; e += 32) { \
                vf8 *to = &d->sums[i][e / 32 % 2]; \
                *to = add_products(*to, q + e, x->numbers[i] + 2 * (column + e), factors + e / group, group); \
            } \
        } \
    } \
    INLINE void dot_##name(const int rows, const uint8_t *w, const struct whole *x, long k, vf8 *dots) { \
        struct dots d = {0}; \
        enum { MOST = 256 / elements }; \
        long c = 0; \
        for (; c + MOST * elements <= k; c += MOST * elements, w += MOST * bytes) blocks_##name(rows, MOST, w, x, c, &d); \
        for (; MOST > 1 && c + 2 * elements <= k; c += 2 * elements, w += 2 * bytes) blocks_##name(rows, 2, w, x, c, &d); \
        for (; c < k; c += elements, w += bytes) blocks_##name(rows, 1, w, x, c, &d); \
        UNROLL for (int i = 0; i < rows; i++) dots[i] = (d.sums[i][0] + d.sums[i][1]) - d.below[i]; \
    }
QUANTISED_TYPES(DOT)
#undef DOT
