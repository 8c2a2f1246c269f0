// Stored weights to f32, 32 elements at a time in two vectors; a task is 16 rows. The block formats are those of GGUF (ggml's
// block_q… structures); plain types are seen as blocks of 32.
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

INLINE vb load_bytes(const uint8_t *p) {
    vb v;
    memcpy(&v, p, sizeof v);
    return v;
}

// Each decoder gives the elements 32·group … of a block.
INLINE void decode_f32(const uint8_t *w, int group, vf v[2]) {
    (void)group;
    memcpy(v, w, 2 * sizeof *v);
}
INLINE void decode_f16(const uint8_t *w, int group, vf v[2]) {
    (void)group;
#ifdef HALF_CONVERSION
    typedef _Float16 halves __attribute__((vector_size(32)));
    halves h[2];
    memcpy(h, w, sizeof h);
    UNROLL for (int i = 0; i < 2; i++) v[i] = __builtin_convertvector(h[i], vf);
#else
    for (int i = 0; i < 32; i++) v[i / LANES][i % LANES] = half(read16(w + 2 * i));
#endif
}
INLINE void decode_bf16(const uint8_t *w, int group, vf v[2]) {
    (void)group;
    vh h[2];
    memcpy(h, w, sizeof h);
    UNROLL for (int i = 0; i < 2; i++) v[i] = (vf)(__builtin_convertvector(h[i], vu) << 16);
}

// 32 elements a block: element i is in the lower half of byte i, element i + 16 in the upper half.
INLINE void decode_q4_0(const uint8_t *w, int group, vf v[2]) {
    (void)group;
    vf d = splat(leading_half(w));
    vb q = load_bytes(w + 2);
    v[0] = d * floats(widened(q & 15) - 8);
    v[1] = d * floats(widened(q >> 4) - 8);
}
INLINE void decode_q4_1(const uint8_t *w, int group, vf v[2]) {
    (void)group;
    vf d = splat(leading_half(w)), m = splat(leading_half(w + 2));
    vb q = load_bytes(w + 4);
    v[0] = d * floats(widened(q & 15)) + m;
    v[1] = d * floats(widened(q >> 4)) + m;
}
/// A fifth bit of each, in 32 of their own.
INLINE void decode_q5(const uint8_t *high, const uint8_t *low, float d, float m, vf v[2]) {
    const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    int32_t bits;
    memcpy(&bits, high, 4);
    vb q = load_bytes(low);
    vi fifth = (vi){bits, bits, bits, bits, bits, bits, bits, bits, bits, bits, bits, bits, bits, bits, bits, bits};
    v[0] = splat(d) * floats(widened(q & 15) | (fifth >> lane & 1) << 4) + splat(m);
    v[1] = splat(d) * floats(widened(q >> 4) | (fifth >> (lane + 16) & 1) << 4) + splat(m);
}
INLINE void decode_q5_0(const uint8_t *w, int group, vf v[2]) {
    (void)group;
    float d = leading_half(w);
    decode_q5(w + 2, w + 6, d, -16 * d, v);
}
INLINE void decode_q5_1(const uint8_t *w, int group, vf v[2]) {
    (void)group;
    decode_q5(w + 4, w + 8, leading_half(w), leading_half(w + 2), v);
}
INLINE void decode_q8_0(const uint8_t *w, int group, vf v[2]) {
    (void)group;
    vf d = splat(leading_half(w));
    // A byte b with a sign is (b ^ 128) − 128 of the one without.
    UNROLL for (int i = 0; i < 2; i++) v[i] = d * floats(widened(load_bytes(w + 2 + 16 * i) ^ 128) - 128);
}

// 256 elements a block, in groups of 16 or 32 with scales (and minima) of 4 or 6 bits.
/// ┌ 16 scale|min nibbles ┬ 64 bytes of 2-bit values ┬ d ┬ dmin ┐
INLINE void decode_q2_k(const uint8_t *w, int group, vf v[2]) {
    float d = leading_half(w + 80), least = half(read16(w + 82));
    UNROLL for (int i = 0; i < 2; i++) {
        uint8_t packed = w[2 * group + i];
        vb q = load_bytes(w + 16 + group / 4 * 32 + 16 * i) >> (uint8_t)(group % 4 * 2) & 3;
        v[i] = splat(d * (float)(packed & 15)) * floats(widened(q)) - splat(least * (float)(packed >> 4));
    }
}
/// ┌ 32 bytes of third bits ┬ 64 bytes of 2-bit values ┬ 12 bytes of 6-bit scales ┬ d ┐
INLINE void decode_q3_k(const uint8_t *w, int group, vf v[2]) {
    const uint8_t *packed = w + 96;
    float d = half(read16(w + 108));
    UNROLL for (int i = 0; i < 2; i++) {
        int number = 2 * group + i;
        int low = number < 8 ? packed[number] & 15 : packed[number - 8] >> 4;
        int high = packed[8 + number % 4] >> (number / 4 * 2) & 3;
        vb q = load_bytes(w + 32 + group / 4 * 32 + 16 * i) >> (uint8_t)(group % 4 * 2) & 3;
        vb third = load_bytes(w + 16 * i) >> (uint8_t)group & 1;
        v[i] = splat(d * (float)((low | high << 4) - 32)) * floats(widened(q | third << 2) - 4);
    }
}
/// Scale and minimum number j of 8, six bits each, in 12 bytes.
INLINE void six_bits(const uint8_t *packed, int j, float *scale, float *least) {
    if (j < 4) {
        *scale = (float)(packed[j] & 63);
        *least = (float)(packed[j + 4] & 63);
    } else {
        *scale = (float)((packed[j + 4] & 15) | (packed[j - 4] >> 6) << 4);
        *least = (float)((packed[j + 4] >> 4) | (packed[j] >> 6) << 4);
    }
}
/// ┌ d ┬ dmin ┬ 12 bytes of scales and minima ┬ 128 bytes of 4-bit values ┐
INLINE void decode_q4_k(const uint8_t *w, int group, vf v[2]) {
    float s, m;
    six_bits(w + 4, group, &s, &m);
    s *= leading_half(w);
    m *= leading_half(w + 2);
    UNROLL for (int i = 0; i < 2; i++) {
        vb q = load_bytes(w + 16 + group / 2 * 32 + 16 * i) >> (uint8_t)(group % 2 * 4) & 15;
        v[i] = splat(s) * floats(widened(q)) - splat(m);
    }
}
/// ┌ d ┬ dmin ┬ 12 bytes of scales and minima ┬ 32 bytes of fifth bits ┬ 128 bytes of 4-bit values ┐
INLINE void decode_q5_k(const uint8_t *w, int group, vf v[2]) {
    float s, m;
    six_bits(w + 4, group, &s, &m);
    s *= leading_half(w);
    m *= leading_half(w + 2);
    UNROLL for (int i = 0; i < 2; i++) {
        vb q = load_bytes(w + 48 + group / 2 * 32 + 16 * i) >> (uint8_t)(group % 2 * 4) & 15;
        vb fifth = load_bytes(w + 16 + 16 * i) >> (uint8_t)group & 1;
        v[i] = splat(s) * floats(widened(q | fifth << 4)) - splat(m);
    }
}
/// ┌ 128 bytes of low nibbles ┬ 64 bytes of high bit pairs ┬ 16 signed scales ┬ d ┐
INLINE void decode_q6_k(const uint8_t *w, int group, vf v[2]) {
    // Half group/4 of the block, quarter group%4 of that half.
    int side = group / 4, quarter = group % 4;
    float d = half(read16(w + 208));
    UNROLL for (int i = 0; i < 2; i++) {
        vb low = load_bytes(w + side * 64 + quarter % 2 * 32 + 16 * i) >> (uint8_t)(quarter / 2 * 4) & 15;
        vb high = load_bytes(w + 128 + side * 32 + 16 * i) >> (uint8_t)(quarter * 2) & 3;
        v[i] = splat(d * (float)(int8_t)w[192 + 2 * group + i]) * floats(widened(low | high << 4) - 32);
    }
}

/// Every stored type: its number, decoder, elements and bytes of a block. Plain types may end inside a block.
#define STORED_TYPES(X) \
    X(MLOPS_F32, f32, 32, 128) X(MLOPS_F16, f16, 32, 64) X(MLOPS_BF16, bf16, 32, 64) X(MLOPS_Q4_0, q4_0, 32, 18) \
    X(MLOPS_Q4_1, q4_1, 32, 20) X(MLOPS_Q5_0, q5_0, 32, 22) X(MLOPS_Q5_1, q5_1, 32, 24) X(MLOPS_Q8_0, q8_0, 32, 34) \
    X(MLOPS_Q2_K, q2_k, 256, 84) X(MLOPS_Q3_K, q3_k, 256, 110) X(MLOPS_Q4_K, q4_k, 256, 144) X(MLOPS_Q5_K, q5_k, 256, 176) \
    X(MLOPS_Q6_K, q6_k, 256, 210)

/// The last `rest` elements of a plain row as a block of 32, zeros behind.
INLINE void last_block(const uint8_t *w, long rest, long block_bytes, uint8_t *block) {
    memset(block, 0, (size_t)block_bytes);
    memcpy(block, w, (size_t)(rest * block_bytes / 32));
}

/// y = the n elements of a stored row from `column` on, a multiple of 256.
INLINE void convert_part(int type, const uint8_t *row, long column, long n, float *y) {
    switch (type) {
#define CASE(type, name, elements, bytes) \
    case type: { \
        const uint8_t *w = row + column / elements * bytes; \
        long i = 0; \
        for (; i + elements <= n; i += elements, w += bytes) \
            UNROLL for (int group = 0; group < elements / 32; group++) { \
                vf v[2]; \
                decode_##name(w, group, v); \
                store(y + i + 32 * group, v[0]); \
                store(y + i + 32 * group + LANES, v[1]); \
            } \
        if (elements == 32 && i < n) { \
            uint8_t block[bytes]; \
            vf v[2]; \
            last_block(w, n - i, bytes, block); \
            decode_##name(block, 0, v); \
            store_part(y + i, v[0], n - i); \
            store_part(y + i + LANES, v[1], n - i - LANES); \
        } \
        break; \
    }
        STORED_TYPES(CASE)
#undef CASE
    }
}

/// y = the n elements of a stored row from `column` on, a multiple of 32.
INLINE void convert_groups(int type, const uint8_t *row, long column, long n, float *y) {
    switch (type) {
#define CASE(type, name, elements, bytes) \
    case type: \
        for (long i = 0; i < n; i += 32) { \
            const uint8_t *w = row + (column + i) / elements * bytes; \
            uint8_t block[elements == 32 ? bytes : 1]; \
            vf v[2]; \
            if (elements == 32 && n - i < 32) { \
                last_block(w, n - i, bytes, block); \
                w = block; \
            } \
            decode_##name(w, (int)((column + i) % elements / 32), v); \
            store_part(y + i, v[0], n - i); \
            store_part(y + i + LANES, v[1], n - i - LANES); \
        } \
        break;
        STORED_TYPES(CASE)
#undef CASE
    }
}

static void convert_rows(const void *arguments, long task) {
    const struct convert *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows);
    for (long i = task * BLOCK_ROWS; i < end; i++) {
        long row = a->ids ? a->ids[i] : a->first + i;
        convert_part(a->type, a->w + row * a->row_bytes, 0, a->columns, a->y + i * a->ldy);
    }
}
