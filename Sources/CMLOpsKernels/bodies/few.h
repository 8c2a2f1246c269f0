// Products of one to four rows with a stored matrix, y = x·wᵀ: plain weights and compact ones (bodies/compact.h) go from their form to
// the sums, quantised ones as whole numbers (bodies/whole.h).
//
// Walking the stored rows one after another is what the memory likes: a token's step is bound by how fast weights arrive, if
// arithmetic keeps up. A sum runs over lanes and then over those, four outputs' side by side, in an order that depends neither on the
// other rows nor on the number of threads.
#include "../arguments.h"
#include "vector.h"

#include <stdatomic.h>

#define DOT(type, name, bytes) \
    INLINE void dot_##name(const int rows, const uint8_t *w, const float *x, long ldx, long k, vf8 *dots) { \
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
        UNROLL for (int i = 0; i < rows; i++) dots[i] = halves_added(sums[i][0] + sums[i][1]); \
    }
PLAIN_TYPES(DOT)
#undef DOT

/// Bytes between what is multiplied and what is asked for: the processor itself sees memory coming too late where arithmetic fills
/// its window. More bytes of a row than ASKED_AT_ONCE would be too many requests beside the little that one row has to do.
enum { ASKED_AHEAD = 4096, ASKED_AT_ONCE = 4096 };

/// A stretch of a later row's bytes is asked for, into the second cache: the few places that wait for the first one are those of what
/// is multiplied now.
INLINE void ask_for_row(const struct stored_multiply *a, long later, long from, long bytes) {
    if (later >= a->outputs) return;
    const uint8_t *w = a->w + later * a->row_bytes + from;
    for (long b = 0; b < bytes; b += 64) __builtin_prefetch(w + b, 0, 2);
}

/// x·2⁶⁰ for compact weights, of each 32 columns the first 8, the third, the second and the last.
struct raised { ALIGNED float rows[4][WHOLE_WIDTH]; };

/// What some columns of one to four rows of x became for a product: what one unit of outputs needed serves the next.
struct prepared {
    const struct stored_multiply *product;  // nil: nothing yet
    long row, column;                       // the first ones
    union { struct whole whole; struct raised raised; };
};

/// Whether that is not there; what is said then makes it so.
INLINE int takes_new(struct prepared *p, const struct stored_multiply *a, long m, long start) {
    if (p->product == a && p->row == m && p->column == start) return 0;
    p->product = a;
    p->row = m;
    p->column = start;
    return 1;
}

/// The sums of eight lanes: lanes are added to those four further on, then to neighbours first, or last.
INLINE float folded(vf8 s, const int neighbours_first) {
    vf4 t = __builtin_shufflevector(s, s, 0, 1, 2, 3) + __builtin_shufflevector(s, s, 4, 5, 6, 7);
    return neighbours_first ? (t[0] + t[1]) + (t[2] + t[3]) : (t[0] + t[2]) + (t[1] + t[3]);
}
/// The same of four at once.
INLINE vf4 four_folded(const vf8 s[4], const int neighbours_first) {
    vf4 t[4], two[2];
    UNROLL for (int i = 0; i < 4; i++)
        t[i] = __builtin_shufflevector(s[i], s[i], 0, 1, 2, 3) + __builtin_shufflevector(s[i], s[i], 4, 5, 6, 7);
    UNROLL for (int i = 0; i < 2; i++)
        two[i] = neighbours_first ? __builtin_shufflevector(t[2 * i], t[2 * i + 1], 0, 2, 4, 6) +
                                        __builtin_shufflevector(t[2 * i], t[2 * i + 1], 1, 3, 5, 7)
                                  : __builtin_shufflevector(t[2 * i], t[2 * i + 1], 0, 1, 4, 5) +
                                        __builtin_shufflevector(t[2 * i], t[2 * i + 1], 2, 3, 6, 7);
    return __builtin_shufflevector(two[0], two[1], 0, 2, 4, 6) + __builtin_shufflevector(two[0], two[1], 1, 3, 5, 7);
}

/// Outputs of one row that are folded together.
enum { FOLDED_OUTPUTS = 4 };

/// The outputs first…end for `rows` rows from m on, a stretch of k at a time. DOT leaves the rows' sums with the weights at w in `dots`,
/// and what to multiply them by in `unit`.
#define FEW(name, elements, bytes, neighbours_first, PREPARE, DOT, FOUR) \
    INLINE void few_##name(const int rows, const struct stored_multiply *a, long first, long end, long m, struct prepared *p) { \
        for (long start = 0; start < a->k; start += WHOLE_WIDTH) { \
            long k = block_end(start, WHOLE_WIDTH, a->k) - start, from = start * a->row_bytes / a->k; \
            long size = (start + k) * a->row_bytes / a->k - from, ahead = (ASKED_AHEAD + size - 1) / size; \
            int asks = rows > 1 || size <= ASKED_AT_ONCE, adds = a->add || start > 0; \
            const float *x = a->x + m * a->ldx + start; \
            PREPARE \
            long n = first; \
            vf8 dots[4]; \
            for (; rows == 1 && n + FOLDED_OUTPUTS <= end; n += FOLDED_OUTPUTS) { \
                const uint8_t *w = a->w + n * a->row_bytes + start / elements * bytes; \
                ALIGNED float units[FOLDED_OUTPUTS] = {1, 1, 1, 1}; \
                FOUR \
                vf4 outputs = four_folded(dots, neighbours_first), unit; \
                memcpy(&unit, units, sizeof unit); \
                outputs = unit * outputs; \
                float *y = a->y + m * a->ldy + n; \
                if (adds) { \
                    vf4 before; \
                    memcpy(&before, y, sizeof before); \
                    outputs = before + outputs; \
                } \
                memcpy(y, &outputs, sizeof outputs); \
            } \
            for (; n < end; n++) { \
                const uint8_t *w = a->w + n * a->row_bytes + start / elements * bytes; \
                float unit = 1, *y = a->y + m * a->ldy + n; \
                if (asks) ask_for_row(a, n + ahead, from, size); \
                DOT \
                UNROLL for (int i = 0; i < rows; i++) \
                    y[i * a->ldy] = (adds ? y[i * a->ldy] : 0) + unit * folded(dots[i], neighbours_first); \
            } \
        } \
    }
/// Some outputs after others, each with its request: more of these at once would stop the processor. Not unrolled, as that is much code.
#define IN_TURN(step, call) \
    _Pragma("clang loop unroll(disable)") for (int o = 0; o < FOLDED_OUTPUTS; o += step, w += step * a->row_bytes) { \
        for (int i = 0; asks && i < step; i++) ask_for_row(a, n + o + i + ahead, from, size); \
        call \
    }
#define FEW_PLAIN(type, name, bytes) \
    FEW(name, 32, bytes, 0, (void)p;, dot_##name(rows, w, x, a->ldx, k, dots);, IN_TURN(1, dot_##name(1, w, x, a->ldx, k, dots + o);))
#define FEW_QUANTISED(type, name, elements, bytes, group, has_least) \
    FEW(name, elements, bytes, 1, if (takes_new(p, a, m, start)) whole_rows(x, a->ldx, rows, k, group, &p->whole);, \
        dot_##name(rows, w, &p->whole, k, dots);, IN_TURN(1, dot_##name(1, w, &p->whole, k, dots + o);))
PLAIN_TYPES(FEW_PLAIN)
QUANTISED_TYPES(FEW_QUANTISED)
#undef FEW_PLAIN
#undef FEW_QUANTISED

/// What rows of x are multiplied by, so that products with numbers of the smallest exponents are normal ones.
#define COMPACT_RAISE 0x1p60f
/// Where the eight columns 8j… of a block are in such a row.
#define RAISED_PLACE(j) ((j) % 4 == 1 ? (j) + 1 : (j) % 4 == 2 ? (j) - 1 : (j))

/// Exceptions from `*e` on that lie before column `end` take their places among the 64 numbers of a block, `column` the first.
INLINE void put_exceptions(struct compact_exception *e, const uint8_t **list, long column, long end, vf8 v[8]) {
    ALIGNED float numbers[COMPACT_COLUMNS];
    memcpy(numbers, v, sizeof numbers);
    for (; e->column >= 0 && e->column < end; *e = next_exception(list)) numbers[e->column - column] = e->value;
    memcpy(v, numbers, sizeof numbers);
}

/// `rows` rows of x times columns start…start + k of a row. Sums run as those of plain bf16 weights do, so they are the same to the bit:
/// without exceptions of the weights' 1/unit times x·2⁶⁰, whatever a power of two does not change, else of the weights.
INLINE void dot_compact(const int rows, const uint8_t *row, const float *x, long ldx, const float *raised, long start, long k, vf8 *dots,
                        float *unit) {
    struct compact_head head = compact_head(row);
    const uint8_t *w = row + sizeof head + start / COMPACT_COLUMNS * COMPACT_BYTES;
    vf8 sums[4][4] = {0}, v[8];
#define SUM(x, ldx, place) \
    UNROLL for (int j = 0; j < 8; j++) \
        UNROLL for (int i = 0; i < rows; i++) sums[i][j % 4] = sums[i][j % 4] + v[j] * load_eight((x) + i * (ldx) + c + 8 * (place));
    if (!head.exceptions) {
        for (long c = 0; c < k; c += COMPACT_COLUMNS, w += COMPACT_BYTES) {
            compact_block(w, v);
            SUM(raised, WHOLE_WIDTH, RAISED_PLACE(j))
        }
    } else {
        const uint8_t *list = row + 8 * (long)head.exceptions;
        struct compact_exception e = next_exception(&list);
        while (e.column >= 0 && e.column < start) e = next_exception(&list);
        for (long c = 0; c < k; c += COMPACT_COLUMNS, w += COMPACT_BYTES) {
            compact_block(w, v);
            UNROLL for (int j = 0; j < 8; j++) v[j] = v[j] * splat_eight(head.unit);
            if (e.column >= 0 && e.column < start + c + COMPACT_COLUMNS)
                put_exceptions(&e, &list, start + c, start + c + COMPACT_COLUMNS, v);
            SUM(x, ldx, j)
        }
    }
#undef SUM
    *unit = head.exceptions ? 1 : head.unit * (1 / COMPACT_RAISE);
    UNROLL for (int i = 0; i < rows; i++) dots[i] = (sums[i][0] + sums[i][2]) + (sums[i][1] + sums[i][3]);
}

/// dot_compact of one row of x, for two of weights without exceptions: a row's sums alone would wait for themselves.
INLINE void dot_compact_two(const uint8_t *row, long row_bytes, const float *raised, long start, long k, vf8 *dots, float *units) {
    const uint8_t *w = row + sizeof(struct compact_head) + start / COMPACT_COLUMNS * COMPACT_BYTES;
    vf sums[2][2], v[4];
    UNROLL for (int i = 0; i < 2; i++) sums[i][0] = sums[i][1] = zero();
    for (long c = 0; c < k; c += COMPACT_COLUMNS, w += COMPACT_BYTES) {
        UNROLL for (int i = 0; i < 2; i++) {
            compact_block_raised(w + i * row_bytes, v);
            UNROLL for (int j = 0; j < 4; j++) sums[i][j % 2] = sums[i][j % 2] + v[j] * load(raised + c + j * LANES);
        }
    }
    UNROLL for (int i = 0; i < 2; i++) {
        dots[i] = halves_added(sums[i][0]) + halves_added(sums[i][1]);
        units[i] = compact_head(row + i * row_bytes).unit * (1 / COMPACT_RAISE);
    }
}

INLINE void raise_rows(const float *x, long ldx, const int rows, long k, struct raised *r) {
    UNROLL for (int i = 0; i < rows; i++)
        for (long c = 0; c < k; c += COMPACT_COLUMNS)
            UNROLL for (int j = 0; j < 8; j++) {
                vf8 v = load_eight(x + i * ldx + c + 8 * j) * splat_eight(COMPACT_RAISE);
                memcpy(r->rows[i] + c + 8 * RAISED_PLACE(j), &v, sizeof v);
            }
}
/// Two rows of weights, with exceptions or without.
INLINE void dot_compact_pair(const struct stored_multiply *a, const uint8_t *w, const float *x, const float *raised, long start, long k,
                             vf8 *dots, float *units) {
    if (!compact_head(w).exceptions && !compact_head(w + a->row_bytes).exceptions)
        return dot_compact_two(w, a->row_bytes, raised, start, k, dots, units);
    for (int i = 0; i < 2; i++) dot_compact(1, w + i * a->row_bytes, x, a->ldx, raised, start, k, dots + i, units + i);
}
FEW(compact, 1, 0, 0, if (takes_new(p, a, m, start)) raise_rows(x, a->ldx, rows, k, &p->raised);,
    dot_compact(rows, w, x, a->ldx, p->raised.rows[0], start, k, dots, &unit);,
    IN_TURN(2, dot_compact_pair(a, w, x, p->raised.rows[0], start, k, dots + o, units + o);))
#undef IN_TURN
#undef FEW

/// All rows of the outputs first…end.
static void few_outputs(const struct stored_multiply *a, long first, long end, struct prepared *p) {
    long m = 0;
    switch (a->type) {
#define CASE(type, name, ...) \
    case type: \
        for (; m + 4 <= a->rows; m += 4) few_##name(4, a, first, end, m, p); \
        if (m + 2 <= a->rows) { \
            few_##name(2, a, first, end, m, p); \
            m += 2; \
        } \
        if (m < a->rows) few_##name(1, a, first, end, m, p); \
        break;
        PLAIN_TYPES(CASE)
        QUANTISED_TYPES(CASE)
        CASE(MLOPS_COMPACT, compact)
#undef CASE
    }
}

/// A task is a share of the outputs of all products, walked through a unit at a time, and then what others have left of theirs.
static void stored_multiply_few(const void *arguments, long task) {
    const struct stored_few *a = arguments;
    struct prepared prepared;
    prepared.product = 0;
    for (long i = 0; i < a->shares; i++) {
        long share = (task + i) % a->shares, end = a->units * (share + 1) / a->shares;
        for (;;) {
            long unit = atomic_fetch_add_explicit(&a->next[share].unit, 1, memory_order_relaxed);
            if (unit >= end) break;
            long product = a->count - 1;
            while (unit < a->starts[product]) product--;
            const struct stored_multiply *p = a->products + product, *tail = a->tails + product;
            long first = (unit - a->starts[product]) * p->block, last = block_end(first, p->block, p->outputs);
            few_outputs(p, first, last, &prepared);
            // The same part of y, which is still near.
            if (tail->k > 0) few_outputs(tail, first, last, &prepared);
        }
    }
}
