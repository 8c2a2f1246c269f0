// Products of a few rows with a stored matrix, y = x·wᵀ in f32: the weights are read once, from where they lie.
//
// Walking the stored rows one after another is what the memory likes: a token's step is bound by how fast weights arrive. A sum
// runs over 16 lanes and then over those, in an order that depends neither on the other rows nor on the number of threads.
#include "../arguments.h"
#include "vector.h"

/// Rows lie a little apart from a power of two, so that they do not fall on each other in the cache.
enum { STORED_OUTPUTS = 16, STORED_GROUP = 4, STORED_WIDTH = 1024, STORED_STEP = STORED_WIDTH + 16 };

INLINE void stored_block(const int rows, const float *x, long ldx, const float *w, float *y, long ldy, long k, long outputs,
                         int add) {
    vf sums[6][STORED_GROUP];
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < STORED_GROUP; j++) sums[i][j] = zero();
    long c = 0;
    for (; c + LANES <= k; c += LANES) {
        vf right[STORED_GROUP];
        UNROLL for (int j = 0; j < STORED_GROUP; j++) right[j] = load(w + j * STORED_STEP + c);
        UNROLL for (int i = 0; i < rows; i++) {
            vf left = load(x + i * ldx + c);
            UNROLL for (int j = 0; j < STORED_GROUP; j++) sums[i][j] = sums[i][j] + left * right[j];
        }
    }
    if (c < k)
        UNROLL for (int i = 0; i < rows; i++)
            UNROLL for (int j = 0; j < STORED_GROUP; j++)
                sums[i][j] = sums[i][j] + load_part(x + i * ldx + c, k - c) * load_part(w + j * STORED_STEP + c, k - c);
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < STORED_GROUP; j++)
            if (j < outputs) y[i * ldy + j] = (add ? y[i * ldy + j] : 0) + sum(sums[i][j]);
}

// One to four rows of x: the weights go from their stored form to the sums without a stop in memory.
#define DOT(type, name, elements, bytes) \
    INLINE void dot_##name(const int rows, const uint8_t *w, const float *x, long ldx, long k, float *y, long ldy, int add) { \
        vf sums[4][2]; \
        UNROLL for (int i = 0; i < rows; i++) sums[i][0] = sums[i][1] = zero(); \
        long c = 0; \
        for (; c + elements <= k; c += elements, w += bytes) \
            UNROLL for (int group = 0; group < elements / 32; group++) { \
                vf v[2]; \
                decode_##name(w, group, v); \
                UNROLL for (int i = 0; i < rows; i++) \
                    UNROLL for (int j = 0; j < 2; j++) \
                        sums[i][j] = sums[i][j] + v[j] * load(x + i * ldx + c + 32 * group + j * LANES); \
            } \
        if (elements == 32 && c < k) { \
            uint8_t block[bytes]; \
            vf v[2]; \
            last_block(w, k - c, bytes, block); \
            decode_##name(block, 0, v); \
            UNROLL for (int i = 0; i < rows; i++) \
                UNROLL for (int j = 0; j < 2; j++) \
                    sums[i][j] = sums[i][j] + v[j] * load_part(x + i * ldx + c + j * LANES, k - c - j * LANES); \
        } \
        UNROLL for (int i = 0; i < rows; i++) y[i * ldy] = (add ? y[i * ldy] : 0) + sum(sums[i][0] + sums[i][1]); \
    }
STORED_TYPES(DOT)
#undef DOT

/// A task is a block of outputs.
static void stored_multiply_few(const void *arguments, long task) {
    const struct stored_multiply *a = arguments;
    long end = block_end(task * a->block, a->block, a->outputs);
    switch (a->type) {
#define CASE(type, name, elements, bytes) \
    case type: \
        for (long n = task * a->block; n < end; n++) { \
            const uint8_t *w = a->w + n * a->row_bytes; \
            const float *x = a->x; \
            float *y = a->y + n; \
            long m = 0; \
            for (; m + 4 <= a->rows; m += 4) dot_##name(4, w, x + m * a->ldx, a->ldx, a->k, y + m * a->ldy, a->ldy, a->add); \
            if (m + 2 <= a->rows) { \
                dot_##name(2, w, x + m * a->ldx, a->ldx, a->k, y + m * a->ldy, a->ldy, a->add); \
                m += 2; \
            } \
            if (m < a->rows) dot_##name(1, w, x + m * a->ldx, a->ldx, a->k, y + m * a->ldy, a->ldy, a->add); \
        } \
        break;
        STORED_TYPES(CASE)
#undef CASE
    }
}

/// More rows of x: 16 outputs at a time are converted, and meet the rows of x a few at a time. A task is a block of outputs.
static void stored_multiply_many(const void *arguments, long task) {
    const struct stored_multiply *a = arguments;
    ALIGNED float w[STORED_OUTPUTS * STORED_STEP];
    long end = block_end(task * a->block, a->block, a->outputs);
    for (long n = task * a->block; n < end; n += STORED_OUTPUTS) {
        long outputs = block_end(n, STORED_OUTPUTS, end) - n;
        for (long c = 0; c < a->k; c += STORED_WIDTH) {
            long width = block_end(c, STORED_WIDTH, a->k) - c;
            int add = a->add || c > 0;
            for (long j = 0; j < outputs; j++) convert_part(a->type, a->w + (n + j) * a->row_bytes, c, width, w + j * STORED_STEP);
            for (long j = outputs; j % STORED_GROUP != 0; j++) memset(w + j * STORED_STEP, 0, (size_t)width * 4);
            long m = 0;
#define TAKE(count) \
    { \
        for (long g = 0; g < outputs; g += STORED_GROUP) \
            stored_block(count, a->x + m * a->ldx + c, a->ldx, w + g * STORED_STEP, a->y + m * a->ldy + n + g, a->ldy, width, \
                         outputs - g, add); \
        m += count; \
    }
            while (m + STORED_ROWS <= a->rows) TAKE(STORED_ROWS)
            if (STORED_ROWS > 4 && m + 4 <= a->rows) TAKE(4)
            if (STORED_ROWS > 2 && m + 2 <= a->rows) TAKE(2)
            while (m < a->rows) TAKE(1)
#undef TAKE
        }
    }
}
