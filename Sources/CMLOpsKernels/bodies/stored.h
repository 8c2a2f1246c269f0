// Products of more rows than four with a stored matrix, y = x·wᵀ in f32, where those of bodies/panels.h do not pay: 8 outputs at a
// time are converted, and meet the rows of x a few at a time. A sum runs over 16 lanes and then over those, in an order that depends
// neither on the other rows nor on the number of threads.
#include "../arguments.h"
#include "ahead.h"
#include "vector.h"

/// What is converted at a time stays in the first cache beside some rows of x; its rows lie a little apart from a power of two, so that
/// they do not fall on each other there. SHARE: elements of k between two requests for what is converted next.
enum { STORED_OUTPUTS = 8, STORED_GROUP = 4, STORED_WIDTH = 768, STORED_STEP = STORED_WIDTH + 16, STORED_SHARE = 4 * LANES };

INLINE void stored_block(const int rows, const float *x, long ldx, const float *w, float *y, long ldy, long k, long outputs,
                         int add, struct ahead *ahead, long share) {
    vf sums[6][STORED_GROUP];
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < STORED_GROUP; j++) sums[i][j] = zero();
    long c = 0, whole = k / LANES * LANES;
    for (long start = 0; start < whole; start += STORED_SHARE) {
        ask(ahead, share);
        for (long end = block_end(start, STORED_SHARE, whole); c < end; c += LANES) {
            vf right[STORED_GROUP];
            UNROLL for (int j = 0; j < STORED_GROUP; j++) right[j] = load(w + j * STORED_STEP + c);
            UNROLL for (int i = 0; i < rows; i++) {
                vf left = load(x + i * ldx + c);
                UNROLL for (int j = 0; j < STORED_GROUP; j++) sums[i][j] = sums[i][j] + left * right[j];
            }
        }
    }
    if (c < k)
        UNROLL for (int i = 0; i < rows; i++)
            UNROLL for (int j = 0; j < STORED_GROUP; j++)
                sums[i][j] = sums[i][j] + load_part(x + i * ldx + c, k - c) * load_part(w + j * STORED_STEP + c, k - c);
    UNROLL for (int i = 0; i < rows; i++) {
        vf4 all = four_sums(sums[i]), before = {0};
        size_t bytes = (outputs < STORED_GROUP ? (size_t)outputs : STORED_GROUP) * sizeof *y;
        if (add) memcpy(&before, y + i * ldy, bytes);
        all = before + all;
        memcpy(y + i * ldy, &all, bytes);
    }
}

/// Stored bytes that are converted next: some columns of rows n … n + 7, as far as they are before `end`.
INLINE struct ahead coming_rows(const struct stored_multiply *a, long n, long end, long column, long width) {
    long rows = n < end ? block_end(n, STORED_OUTPUTS, end) - n : 0;
    // Every type has the same number of bytes for each stretch of 256 elements.
    long from = column * a->row_bytes / a->k, bytes = block_end(column, width, a->k) * a->row_bytes / a->k - from;
    return (struct ahead){a->w + n * a->row_bytes + from, a->row_bytes, rows, (bytes + LINE_BYTES - 1) / LINE_BYTES, 0};
}

/// A task is a block of outputs.
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
            struct ahead coming = c + width < a->k ? coming_rows(a, n, end, c + width, STORED_WIDTH)
                                                   : coming_rows(a, n + STORED_OUTPUTS, end, 0, STORED_WIDTH);
            long blocks = (a->rows + STORED_ROWS - 1) / STORED_ROWS * (STORED_OUTPUTS / STORED_GROUP);
            long share = share_of(&coming, blocks * ((width + STORED_SHARE - 1) / STORED_SHARE)), m = 0;
#define TAKE(count) \
    { \
        for (long g = 0; g < outputs; g += STORED_GROUP) { \
            stored_block(count, a->x + m * a->ldx + c, a->ldx, w + g * STORED_STEP, a->y + m * a->ldy + n + g, a->ldy, width, \
                         outputs - g, add, &coming, share); \
        } \
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
