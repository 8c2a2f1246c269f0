// Rows of bf16 numbers to the compact form (bodies/compact.h).
#include "../arguments.h"
#include "compact.h"

#include <math.h>

INLINE vh load_sixteen(const uint8_t *w) {
    vh v;
    memcpy(&v, w, sizeof v);
    return v;
}
INLINE int exponent_of(uint16_t bits) { return bits >> 7 & 255; }
/// The largest exponent of a row of bf16 numbers.
INLINE int largest_exponent(const uint8_t *w, long k) {
    vh most = {0};
    for (long c = 0; c < k; c += 16) most = __builtin_elementwise_max(most, load_sixteen(w + 2 * c) & 0x7FFF);
    return exponent_of(__builtin_reduce_max(most));
}
/// Which of 16 numbers are zero or too small for a row of that largest exponent: all ones, or zeros.
INLINE vh too_small(vh bits, int largest) {
    int least = largest - COMPACT_EXPONENTS + 1;
    return (vh)((bits & 0x7FFF) < (uint16_t)((least > 1 ? least : 1) << 7));
}
/// Which of them are not zero.
INLINE vh exceptions_among(vh bits, int largest) { return too_small(bits, largest) & (vh)((bits & 0x7FFF) != 0); }

/// The exceptions of rows, −1 where one cannot be written so.
static void compact_count(const void *arguments, long task) {
    const struct compact *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows);
    for (long n = task * BLOCK_ROWS; n < end; n++) {
        const uint8_t *w = a->w + 2 * n * a->k;
        int largest = largest_exponent(w, a->k);
        vh count = {0};
        // Counts every sixteenth column in 16 bits: rows have fewer than a million, as their caller sees to.
        for (long c = 0; c < a->k; c += 16) count -= exceptions_among(load_sixteen(w + 2 * c), largest);
        long sum = 0;
        for (int i = 0; i < 16; i++) sum += count[i];
        a->counts[n] = largest < COMPACT_HUGE ? (int32_t)sum : -1;
    }
}

/// The words of 16 columns: their numbers with small exponents, the halves of the columns interleaved.
INLINE vh compact_words(const uint8_t *w, int largest) {
    vh bits = load_sixteen(w), small = too_small(bits, largest);
    vh words = (bits & 0x807F) | ((bits & 0x7F80) - (uint16_t)((largest - COMPACT_EXPONENTS) * 128));
    // Zero keeps its sign, an exception has none.
    words = (words & ~small) | (bits & (vh)(bits == 0x8000));
    return __builtin_shufflevector(words, words, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
}

static void compact_pack(const void *arguments, long task) {
    const struct compact *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows), row_bytes = mlops_compact_row_bytes(a->k);
    for (long n = task * BLOCK_ROWS; n < end; n++) {
        const uint8_t *w = a->w + 2 * n * a->k;
        uint8_t *row = a->out + n * row_bytes, *out = row + sizeof(struct compact_head);
        int largest = largest_exponent(w, a->k);
        struct compact_head head = {ldexpf(1, largest - COMPACT_EXPONENTS), 0};
        if (a->counts[n] > 0) {
            uint8_t *exceptions = a->out + 8 * a->places[n];
            head.exceptions = (uint32_t)((exceptions - row) / 8);
            for (long c = 0; c < a->k; c++) {
                uint32_t bits = (uint32_t)(w[2 * c] | w[2 * c + 1] << 8) << 16;
                if (!exceptions_among((vh){(uint16_t)(bits >> 16)}, largest)[0]) continue;
                struct compact_exception e = {(int32_t)c, 0};
                memcpy(&e.value, &bits, sizeof bits);
                memcpy(exceptions, &e, sizeof e);
                exceptions += sizeof e;
            }
            memcpy(exceptions, &(struct compact_exception){-1, 0}, sizeof(struct compact_exception));
        }
        memcpy(row, &head, sizeof head);
        for (long c = 0; c < a->k; c += COMPACT_COLUMNS, out += COMPACT_BYTES) {
            vh q[4];
            UNROLL for (int i = 0; i < 4; i++) q[i] = compact_words(w + 2 * (c + 16 * i), largest);
            q[0] |= (q[3] & 0x0780) << 4;
            q[1] |= (q[3] & 0x0078) << 8;
            q[2] |= (q[3] & 0x0007) << 12 | (q[3] & 0x8000) >> 4;
            memcpy(out, q, COMPACT_BYTES);
        }
    }
}
