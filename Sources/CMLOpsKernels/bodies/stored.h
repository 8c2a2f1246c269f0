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

// One to four rows of x: plain weights go from their stored form to the sums, quantised ones by way of a block's bytes.
//
// A sum is one of 16 lanes. The bytes meet x; scale and least are applied to what 32 or 16 elements give, least to the sum of x
// there, which all outputs share.

/// Elements of a row that a product takes at a time, and the most sums of x there.
enum { FEW_WIDTH = 16384, SUMS_OF_X = FEW_WIDTH / 16 };

#define DOT(type, name, bytes) \
    INLINE void dot_##name(const int rows, const uint8_t *w, const float *x, long ldx, const float *sums_of_x, long k, float *dots) { \
        (void)sums_of_x; \
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

/// Some sums of rows, of 16 lanes each, and what is to be taken from them.
struct dots { vf sums[4]; vf8 below[4]; };

/// `count` blocks of weights times x. `group` elements, 32 or 16, have a scale of their own, and a least when `has_least`;
/// sums_of_x has one number for each.
#define DOT(type, name, elements, bytes, group, has_least) \
    INLINE void blocks_##name(const int rows, const int count, const uint8_t *w, const float *x, long ldx, const float *sums_of_x, \
                              struct dots *d) { \
        enum { GROUPS = elements / group }; \
        ALIGNED int8_t q[4 * elements]; \
        ALIGNED float scale[4 * GROUPS], least[4 * GROUPS]; \
        const int8_t *unpacked[4]; \
        UNROLL for (int b = 0; b < count; b++) \
            unpacked[b] = unpack_##name(w + b * bytes, q + b * elements, scale + b * GROUPS, least + b * GROUPS); \
        UNROLL for (int b = 0; b < count; b++) UNROLL for (int e = 0; e < elements; e += 32) { \
            vf v[2] = {numbers(unpacked[b] + e), numbers(unpacked[b] + e + LANES)}; \
            const float *s = scale + b * GROUPS + e / group; \
            UNROLL for (int i = 0; i < rows; i++) { \
                const float *p = x + i * ldx + b * elements + e; \
                if (group == 32) { \
                    d->sums[i] = d->sums[i] + splat(s[0]) * (v[0] * load(p) + v[1] * load(p + LANES)); \
                } else { \
                    d->sums[i] = d->sums[i] + splat(s[0]) * (v[0] * load(p)); \
                    d->sums[i] = d->sums[i] + splat(s[group == 16]) * (v[1] * load(p + LANES)); \
                } \
            } \
        } \
        if (has_least) UNROLL for (int i = 0; i < rows; i++) { \
            const float *s = sums_of_x + i * SUMS_OF_X; \
            UNROLL for (int g = 0; g < count * GROUPS; g += 8) { \
                vf8 a = {0}, b = {0}; \
                memcpy(&a, least + g, count * GROUPS < 8 ? count * GROUPS * sizeof *least : sizeof a); \
                memcpy(&b, s + g, count * GROUPS < 8 ? count * GROUPS * sizeof *least : sizeof b); \
                d->below[i] = d->below[i] + a * b; \
            } \
        } \
    } \
    INLINE void dot_##name(const int rows, const uint8_t *w, const float *x, long ldx, const float *sums_of_x, long k, float *dots) { \
        struct dots d = {0}; \
        const int count = elements == 32 ? 4 : 1; \
        long c = 0; \
        for (; c + count * elements <= k; c += count * elements, w += count * bytes) \
            blocks_##name(rows, count, w, x + c, ldx, sums_of_x + c / group, &d); \
        for (; c < k; c += elements, w += bytes) blocks_##name(rows, 1, w, x + c, ldx, sums_of_x + c / group, &d); \
        UNROLL for (int i = 0; i < rows; i++) { \
            dots[i] = sum(d.sums[i]); \
            if (has_least) { \
                vf8 b = d.below[i]; \
                dots[i] -= ((b[0] + b[4]) + (b[1] + b[5])) + ((b[2] + b[6]) + (b[3] + b[7])); \
            } \
        } \
    }
QUANTISED_TYPES(DOT)
#undef DOT

/// sums[i][g] = Σ of `group` elements of row i of x from g·group on.
INLINE void sum_groups(const float *x, long ldx, long rows, long k, long group, float *sums) {
    for (long i = 0; i < rows; i++)
        for (long g = 0; g < k / group; g++) {
            vf s = load(x + i * ldx + g * group);
            if (group == 32) s = s + load(x + i * ldx + g * group + LANES);
            sums[i * SUMS_OF_X + g] = sum(s);
        }
}

/// The outputs first…end for `rows` rows from m on, a stretch of k at a time.
#define FEW(name, elements, bytes, group, has_least) \
    INLINE void few_##name(const int rows, const struct stored_multiply *a, long first, long end, long m) { \
        ALIGNED float sums_of_x[has_least ? 4 * SUMS_OF_X : 1]; \
        for (long start = 0; start < a->k; start += FEW_WIDTH) { \
            long k = block_end(start, FEW_WIDTH, a->k) - start; \
            const float *x = a->x + m * a->ldx + start; \
            if (has_least) sum_groups(x, a->ldx, rows, k, group, sums_of_x); \
            for (long n = first; n < end; n++) { \
                float dots[4], *y = a->y + m * a->ldy + n; \
                dot_##name(rows, a->w + n * a->row_bytes + start / elements * bytes, x, a->ldx, sums_of_x, k, dots); \
                UNROLL for (int i = 0; i < rows; i++) \
                    y[i * a->ldy] = (a->add || start > 0 ? y[i * a->ldy] : 0) + dots[i]; \
            } \
        } \
    }
#define FEW_PLAIN(type, name, bytes) FEW(name, 32, bytes, 32, 0)
#define FEW_QUANTISED(type, name, elements, bytes, group, has_least) FEW(name, elements, bytes, group, has_least)
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
