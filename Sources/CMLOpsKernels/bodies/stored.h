// Products of more rows than four with a stored matrix, y = x·wᵀ in f32, where those of bodies/panels.h do not pay: 16 outputs at a
// time are converted, and meet the rows of x a few at a time. A sum runs over 16 lanes and then over those, in an order that depends
// neither on the other rows nor on the number of threads.
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
    UNROLL for (int i = 0; i < rows; i++) {
        vf4 all = four_sums(sums[i]), before = {0};
        size_t bytes = (outputs < STORED_GROUP ? (size_t)outputs : STORED_GROUP) * sizeof *y;
        if (add) memcpy(&before, y + i * ldy, bytes);
        all = before + all;
        memcpy(y + i * ldy, &all, bytes);
    }
}

/// Stored bytes that are converted next: asked for a few lines at a time between products, as memory is slow beside both, and more
/// requests than the processor keeps in flight would stop it.
struct coming { const uint8_t *rows; long row_bytes, lines, count, next; };

INLINE struct coming coming_rows(const struct stored_multiply *a, long n, long end, long column, long width) {
    long rows = n < end ? block_end(n, STORED_OUTPUTS, end) - n : 0;
    // Every type has the same number of bytes for each stretch of 256 elements.
    long from = column * a->row_bytes / a->k, bytes = block_end(column, width, a->k) * a->row_bytes / a->k - from;
    long lines = (bytes + 63) / 64;
    return (struct coming){a->w + n * a->row_bytes + from, a->row_bytes, lines, rows * lines, 0};
}
INLINE void ask_for(struct coming *c, long count) {
    for (; count > 0 && c->next < c->count; count--, c->next++)
        __builtin_prefetch(c->rows + c->next / c->lines * c->row_bytes + c->next % c->lines * 64, 0, 2);
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
            struct coming coming = c + width < a->k ? coming_rows(a, n, end, c + width, STORED_WIDTH)
                                                    : coming_rows(a, n + STORED_OUTPUTS, end, 0, STORED_WIDTH);
            long blocks = (a->rows + STORED_ROWS - 1) / STORED_ROWS * (STORED_OUTPUTS / STORED_GROUP);
            long share = (coming.count + blocks - 1) / blocks, m = 0;
#define TAKE(count) \
    { \
        for (long g = 0; g < outputs; g += STORED_GROUP) { \
            ask_for(&coming, share); \
            stored_block(count, a->x + m * a->ldx + c, a->ldx, w + g * STORED_STEP, a->y + m * a->ldy + n + g, a->ldy, width, \
                         outputs - g, add); \
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
