// Stored weights to f32; a task is 16 rows.
#include "../arguments.h"
#include "compact.h"
#include "vector.h"

// ── Plain types: 32 elements in two vectors, the last of a row beside zeros ─────────────────────────────────────────

INLINE void decode_f32(const uint8_t *w, vf v[2]) {
    memcpy(v, w, 2 * sizeof *v);
}
INLINE void decode_f16(const uint8_t *w, vf v[2]) {
#ifdef HALF_CONVERSION
    typedef _Float16 halves __attribute__((vector_size(32)));
    halves h[2];
    memcpy(h, w, sizeof h);
    UNROLL for (int i = 0; i < 2; i++) v[i] = __builtin_convertvector(h[i], vf);
#else
    for (int i = 0; i < 32; i++) v[i / LANES][i % LANES] = half(read16(w + 2 * i));
#endif
}
INLINE void decode_bf16(const uint8_t *w, vf v[2]) {
    vh h[2];
    memcpy(h, w, sizeof h);
    UNROLL for (int i = 0; i < 2; i++) v[i] = (vf)(__builtin_convertvector(h[i], vu) << 16);
}

/// The plain types, as blocks of 32: number, name, bytes of a block.
#define PLAIN_TYPES(X) X(MLOPS_F32, f32, 128) X(MLOPS_F16, f16, 64) X(MLOPS_BF16, bf16, 64)

/// The last `rest` elements of a plain row as a block of 32, zeros behind.
INLINE void last_block(const uint8_t *w, long rest, long block_bytes, uint8_t *block) {
    memset(block, 0, (size_t)block_bytes);
    memcpy(block, w, (size_t)(rest * block_bytes / 32));
}

#define CONVERT(type, name, bytes) \
    INLINE void convert_##name(const uint8_t *row, long column, long n, float *y) { \
        const uint8_t *w = row + column / 32 * bytes; \
        vf v[2]; \
        long i = 0; \
        for (; i + 32 <= n; i += 32, w += bytes) { \
            decode_##name(w, v); \
            UNROLL for (int j = 0; j < 2; j++) store(y + i + j * LANES, v[j]); \
        } \
        if (i < n) { \
            uint8_t block[bytes]; \
            last_block(w, n - i, bytes, block); \
            decode_##name(block, v); \
            UNROLL for (int j = 0; j < 2; j++) store_part(y + i + j * LANES, v[j], n - i - j * LANES); \
        } \
    }
PLAIN_TYPES(CONVERT)
#undef CONVERT

#define CONVERT(type, name, elements, bytes, group, has_least) \
    INLINE void convert_##name(const uint8_t *row, long column, long n, float *y) { \
        for (long i = 0; i < n;) { \
            ALIGNED int8_t q[elements]; \
            ALIGNED float scale[elements / group], least[elements / group]; \
            const uint8_t *block = row + (column + i) / elements * bytes; \
            const int8_t *unpacked = from_memory(bytes_##name(block, q)); \
            scales_of_##name(block, 1, scale, least); \
            long first = (column + i) % elements, end = block_end(first, n - i, elements); \
            for (long e = first; e < end; e += LANES, i += LANES) { \
                vf v = splat(scale[e / group]) * numbers(unpacked + e); \
                store(y + i, has_least ? v - splat(least[e / group]) : v); \
            } \
        } \
    }
QUANTISED_TYPES(CONVERT)
#undef CONVERT

/// y = the n elements of a stored row from `column` on, a multiple of 32.
INLINE void convert_part(int type, const uint8_t *row, long column, long n, float *y) {
    switch (type) {
#define CASE(type, name, ...) \
    case type: convert_##name(row, column, n, y); break;
        PLAIN_TYPES(CASE)
        QUANTISED_TYPES(CASE)
        CASE(MLOPS_COMPACT, compact)
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
