// Stored weights to f32, a row at a time; a task is 16 rows. The block formats are those of GGUF (ggml's block_q… structures).
#include "../arguments.h"
#include "vector.h"

INLINE uint16_t read16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

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

INLINE void convert_f16(const uint8_t *w, float *y, long n) {
    for (long i = 0; i < n; i++) y[i] = half(read16(w + 2 * i));
}
INLINE void convert_bf16(const uint8_t *w, float *y, long n) {
    long i = 0;
    for (; i + LANES <= n; i += LANES) {
        vh h;
        memcpy(&h, w + 2 * i, sizeof h);
        store(y + i, (vf)(__builtin_convertvector(h, vu) << 16));
    }
    for (; i < n; i++) {
        uint32_t bits = (uint32_t)read16(w + 2 * i) << 16;
        memcpy(y + i, &bits, 4);
    }
}

INLINE vb load_bytes(const uint8_t *p) {
    vb v;
    memcpy(&v, p, sizeof v);
    return v;
}
// 32 elements a block: element i is in the lower half of byte i, element i + 16 in the upper half.
INLINE void convert_q4_0(const uint8_t *w, float *y) {
    vf d = splat(half(read16(w)));
    vb q = load_bytes(w + 2);
    store(y, d * floats(widened(q & 15) - 8));
    store(y + 16, d * floats(widened(q >> 4) - 8));
}
INLINE void convert_q4_1(const uint8_t *w, float *y) {
    vf d = splat(half(read16(w))), m = splat(half(read16(w + 2)));
    vb q = load_bytes(w + 4);
    store(y, d * floats(widened(q & 15)) + m);
    store(y + 16, d * floats(widened(q >> 4)) + m);
}
INLINE void convert_q5(const uint8_t *high, const uint8_t *low, float d, float m, float *y) {
    uint32_t bits;
    memcpy(&bits, high, 4);
    for (int i = 0; i < 16; i++) {
        y[i] = d * (float)((low[i] & 15) | ((bits >> i & 1) << 4)) + m;
        y[i + 16] = d * (float)((low[i] >> 4) | ((bits >> (i + 16) & 1) << 4)) + m;
    }
}
INLINE void convert_q5_0(const uint8_t *w, float *y) {
    float d = half(read16(w));
    convert_q5(w + 2, w + 6, d, -16 * d, y);
}
INLINE void convert_q5_1(const uint8_t *w, float *y) { convert_q5(w + 4, w + 8, half(read16(w)), half(read16(w + 2)), y); }
INLINE void convert_q8_0(const uint8_t *w, float *y) {
    vf d = splat(half(read16(w)));
    // A byte b with a sign is (b ^ 128) − 128 of the one without.
    store(y, d * floats(widened(load_bytes(w + 2) ^ 128) - 128));
    store(y + 16, d * floats(widened(load_bytes(w + 18) ^ 128) - 128));
}

// 256 elements a block, in groups of 16 or 32 with scales (and minima) of 4 or 6 bits.
/// ┌ 16 scale|min nibbles ┬ 64 bytes of 2-bit values ┬ d ┬ dmin ┐
INLINE void convert_q2_k(const uint8_t *w, float *y) {
    const uint8_t *q = w + 16;
    float d = half(read16(w + 80)), least = half(read16(w + 82));
    for (int group = 0; group < 16; group++) {
        float s = d * (float)(w[group] & 15), m = least * (float)(w[group] >> 4);
        const uint8_t *from = q + group / 8 * 32 + group % 2 * 16;
        int shift = group % 8 / 2 * 2;
        for (int i = 0; i < 16; i++) y[group * 16 + i] = s * (float)(from[i] >> shift & 3) - m;
    }
}
/// ┌ 32 bytes of third bits ┬ 64 bytes of 2-bit values ┬ 12 bytes of 6-bit scales ┬ d ┐
INLINE void convert_q3_k(const uint8_t *w, float *y) {
    const uint8_t *q = w + 32, *packed = w + 96;
    float d = half(read16(w + 108));
    for (int group = 0; group < 16; group++) {
        int low = group < 8 ? packed[group] & 15 : packed[group - 8] >> 4;
        int high = packed[8 + group % 4] >> (group / 4 * 2) & 3;
        float s = d * (float)((low | high << 4) - 32);
        const uint8_t *from = q + group / 8 * 32 + group % 2 * 16, *third = w + group % 2 * 16;
        int shift = group % 8 / 2 * 2, bit = group / 2;
        for (int i = 0; i < 16; i++) y[group * 16 + i] = s * (float)((from[i] >> shift & 3) - (third[i] >> bit & 1 ? 0 : 4));
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
INLINE void convert_q4_k(const uint8_t *w, float *y) {
    float d = half(read16(w)), least = half(read16(w + 2));
    for (int group = 0; group < 8; group++) {
        float s, m;
        six_bits(w + 4, group, &s, &m);
        s *= d;
        m *= least;
        const uint8_t *q = w + 16 + group / 2 * 32;
        int shift = group % 2 * 4;
        for (int i = 0; i < 32; i++) y[group * 32 + i] = s * (float)(q[i] >> shift & 15) - m;
    }
}
/// ┌ d ┬ dmin ┬ 12 bytes of scales and minima ┬ 32 bytes of fifth bits ┬ 128 bytes of 4-bit values ┐
INLINE void convert_q5_k(const uint8_t *w, float *y) {
    float d = half(read16(w)), least = half(read16(w + 2));
    for (int group = 0; group < 8; group++) {
        float s, m;
        six_bits(w + 4, group, &s, &m);
        s *= d;
        m *= least;
        const uint8_t *fifth = w + 16, *q = w + 48 + group / 2 * 32;
        int shift = group % 2 * 4;
        for (int i = 0; i < 32; i++) y[group * 32 + i] = s * (float)((q[i] >> shift & 15) | (fifth[i] >> group & 1) << 4) - m;
    }
}
/// ┌ 128 bytes of low nibbles ┬ 64 bytes of high bit pairs ┬ 16 signed scales ┬ d ┐
INLINE void convert_q6_k(const uint8_t *w, float *y) {
    float d = half(read16(w + 208));
    for (int group = 0; group < 16; group++) {
        // Group g of 16 elements: half g/8 of the block, quarter (g%8)/2 of that half, elements 16·(g%2)… of that quarter.
        int side = group / 8, quarter = group % 8 / 2, from = group % 2 * 16;
        const uint8_t *low = w + side * 64 + quarter % 2 * 32 + from, *high = w + 128 + side * 32 + from;
        int low_shift = quarter / 2 * 4, high_shift = quarter * 2;
        float s = d * (float)(int8_t)w[192 + group];
        for (int i = 0; i < 16; i++)
            y[group * 16 + i] = s * (float)(((low[i] >> low_shift & 15) | (high[i] >> high_shift & 3) << 4) - 32);
    }
}

INLINE void convert_row(int type, const uint8_t *w, float *y, long n) {
#define BLOCKS(name, elements, bytes) \
    for (long b = 0; b < n / elements; b++) convert_##name(w + b * bytes, y + b * elements); \
    break
    switch (type) {
        case MLOPS_F32: memcpy(y, w, (size_t)n * 4); break;
        case MLOPS_F16: convert_f16(w, y, n); break;
        case MLOPS_BF16: convert_bf16(w, y, n); break;
        case MLOPS_Q4_0: BLOCKS(q4_0, 32, 18);
        case MLOPS_Q4_1: BLOCKS(q4_1, 32, 20);
        case MLOPS_Q5_0: BLOCKS(q5_0, 32, 22);
        case MLOPS_Q5_1: BLOCKS(q5_1, 32, 24);
        case MLOPS_Q8_0: BLOCKS(q8_0, 32, 34);
        case MLOPS_Q2_K: BLOCKS(q2_k, 256, 84);
        case MLOPS_Q3_K: BLOCKS(q3_k, 256, 110);
        case MLOPS_Q4_K: BLOCKS(q4_k, 256, 144);
        case MLOPS_Q5_K: BLOCKS(q5_k, 256, 176);
        case MLOPS_Q6_K: BLOCKS(q6_k, 256, 210);
    }
#undef BLOCKS
}

/// y = the n elements of a stored row from `column` on, which begins a block.
INLINE void convert_part(int type, const uint8_t *row, long column, long n, float *y) {
    static const struct { int16_t elements, bytes; } blocks[] = {
        [MLOPS_F32] = {1, 4}, [MLOPS_F16] = {1, 2}, [MLOPS_BF16] = {1, 2}, [MLOPS_Q4_0] = {32, 18}, [MLOPS_Q4_1] = {32, 20},
        [MLOPS_Q5_0] = {32, 22}, [MLOPS_Q5_1] = {32, 24}, [MLOPS_Q8_0] = {32, 34}, [MLOPS_Q2_K] = {256, 84},
        [MLOPS_Q3_K] = {256, 110}, [MLOPS_Q4_K] = {256, 144}, [MLOPS_Q5_K] = {256, 176}, [MLOPS_Q6_K] = {256, 210}};
    convert_row(type, row + column / blocks[type].elements * blocks[type].bytes, y, n);
}

static void convert_rows(const void *arguments, long task) {
    const struct convert *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows);
    for (long i = task * BLOCK_ROWS; i < end; i++) {
        long row = a->ids ? a->ids[i] : a->first + i;
        convert_row(a->type, a->w + row * a->row_bytes, a->y + i * a->ldy, a->columns);
    }
}
