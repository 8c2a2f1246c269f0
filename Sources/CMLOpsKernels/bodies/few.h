// Products of one to four rows with a stored matrix, y = x·wᵀ: plain weights go from their stored form to the sums, quantised ones as
// whole numbers (bodies/whole.h).
//
// Walking the stored rows one after another is what the memory likes: a token's step is bound by how fast weights arrive, if
// arithmetic keeps up. A sum runs over lanes and then over those, in an order that depends neither on the other rows nor on the
// number of threads.
#include "../arguments.h"
#include "vector.h"

#define DOT(type, name, bytes) \
    INLINE void dot_##name(const int rows, const uint8_t *w, const float *x, long ldx, long k, float *dots) { \
        vf sums[4][2]; \
        UNROLL for (int i = 0; i < rows; i++) sums[i][0] = sums[i][1] = zero(); \
        long c = 0; \
        for (; c + 32 <= k; c += 32, w += bytes) { \
            vf v[2]; \
            decode_##name(w, v); \
            UNROLL for (int i = 0; i < rows; i++) \
                UNROLL for (int j = 0; j < 2; j++) sums[i][j] = sums[i][j] + v[j] * load(x + i * ldx + c + j * LANES); \
        } \
        if (c < k) { \
            uint8_t block[bytes]; \
            vf v[2]; \
            last_block(w, k - c, bytes, block); \
            decode_##name(block, v); \
            UNROLL for (int i = 0; i < rows; i++) \
                UNROLL for (int j = 0; j < 2; j++) \
                    sums[i][j] = sums[i][j] + v[j] * load_part(x + i * ldx + c + j * LANES, k - c - j * LANES); \
        } \
        UNROLL for (int i = 0; i < rows; i++) dots[i] = sum(sums[i][0] + sums[i][1]); \
    }
PLAIN_TYPES(DOT)
#undef DOT

/// The outputs first…end for `rows` rows from m on, a stretch of k at a time.
#define FEW(name, elements, bytes, PREPARE, DOTS) \
    INLINE void few_##name(const int rows, const struct stored_multiply *a, long first, long end, long m) { \
        for (long start = 0; start < a->k; start += WHOLE_WIDTH) { \
            long k = block_end(start, WHOLE_WIDTH, a->k) - start; \
            const float *x = a->x + m * a->ldx + start; \
            PREPARE \
            for (long n = first; n < end; n++) { \
                const uint8_t *w = a->w + n * a->row_bytes + start / elements * bytes; \
                float dots[4], *y = a->y + m * a->ldy + n; \
                DOTS \
                UNROLL for (int i = 0; i < rows; i++) \
                    y[i * a->ldy] = (a->add || start > 0 ? y[i * a->ldy] : 0) + dots[i]; \
            } \
        } \
    }
#define FEW_PLAIN(type, name, bytes) FEW(name, 32, bytes, , dot_##name(rows, w, x, a->ldx, k, dots);)
#define FEW_QUANTISED(type, name, elements, bytes, group, has_least) \
    FEW(name, elements, bytes, struct whole whole; whole_rows(x, a->ldx, rows, k, group, &whole);, \
        dot_##name(rows, w, &whole, k, dots);)
PLAIN_TYPES(FEW_PLAIN)
QUANTISED_TYPES(FEW_QUANTISED)
#undef FEW_PLAIN
#undef FEW_QUANTISED
#undef FEW

/// A task is a block of outputs.
static void stored_multiply_few(const void *arguments, long task) {
    const struct stored_multiply *a = arguments;
    long first = task * a->block, end = block_end(first, a->block, a->outputs), m = 0;
    switch (a->type) {
#define CASE(type, name, ...) \
    case type: \
        for (; m + 4 <= a->rows; m += 4) few_##name(4, a, first, end, m); \
        if (m + 2 <= a->rows) { \
            few_##name(2, a, first, end, m); \
            m += 2; \
        } \
        if (m < a->rows) few_##name(1, a, first, end, m); \
        break;
        PLAIN_TYPES(CASE)
        QUANTISED_TYPES(CASE)
#undef CASE
    }
}
