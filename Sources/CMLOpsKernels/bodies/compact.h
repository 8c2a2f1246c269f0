// Weights of bf16 in twelve bits each, nothing lost: a token's step is bound by how fast weights arrive, and a quarter less of them
// arrives a quarter sooner.
//
// A bf16 number is a sign, an exponent of 8 bits and 7 bits behind the point. In a row of weights nearly every exponent is one of the
// 15 from the largest down, so 4 bits say which: 1 to 15, and 0 is for zero. A row is 8 bytes, then blocks of 64 columns, each three
// planes of 16 words. A word is a bf16 number whose exponent has 4 bits, and the 4 bits that leaves hold a part of a fourth number:
//
//   bit     15     14…11                                     10…7       6…0
//           sign   of the fourth: its exponent in plane 0,   exponent   behind the point
//                  bits 6…3 in plane 1; 2…0 and sign in 2
//
// So one `and` makes three of four numbers bf16 again, with a smaller exponent; the row's unit, 2^(largest − 15), makes up for it.
// Plane p, and the fourth number as p = 3, has the columns 16p + j of the block in its words 2j, and 16p + 8 + j in 2j + 1.
// Numbers other than zero that are too small are zero in the planes and listed behind all rows: column and value, to a column of −1.
#ifndef MLOPS_COMPACT_H
#define MLOPS_COMPACT_H

#include "../arguments.h"
#include "vector.h"

typedef uint32_t vu8 __attribute__((vector_size(32)));

enum { COMPACT_COLUMNS = 64, COMPACT_BYTES = 96, COMPACT_EXPONENTS = 15 };
/// Exponents from here on are not written so: units, and products with what is scaled for them, stay finite.
enum { COMPACT_HUGE = 141 };

/// What a row begins with.
struct compact_head { float unit; uint32_t exceptions; };  // where they are, in 8 bytes from the row's begin; 0: none
struct compact_exception { int32_t column; float value; };

INLINE struct compact_head compact_head(const uint8_t *row) {
    struct compact_head head;
    memcpy(&head, row, sizeof head);
    return head;
}
INLINE struct compact_exception next_exception(const uint8_t **list) {
    struct compact_exception e;
    memcpy(&e, *list, sizeof e);
    *list += sizeof e;
    return e;
}

/// The fourth number of each three.
INLINE vh fourth_plane(const vh p[3]) {
    return (p[0] >> 4 & 0x0780) | (p[1] >> 8 & 0x0078) | (p[2] >> 12 & 0x0007) | (p[2] << 4 & 0x8000);
}
/// The 64 numbers of a block, 1/unit of what they are, in the order of columns.
INLINE void compact_block(const uint8_t *w, vf8 v[8]) {
    vh p[3], q[4];
    memcpy(p, w, sizeof p);
    UNROLL for (int i = 0; i < 3; i++) q[i] = p[i] & 0x87FF;
    q[3] = fourth_plane(p);
    UNROLL for (int i = 0; i < 4; i++) {
        v[2 * i] = (vf8)((vu8)q[i] << 16);
        v[2 * i + 1] = (vf8)((vu8)q[i] & 0xFFFF0000u);
    }
}

/// The same sixteen at a time, as they come: of each 32 columns the first 8 and the third, the second and the last.
INLINE void compact_block_raised(const uint8_t *w, vf v[4]) {
    vu planes[2];
    vh p[3];
    memcpy(planes, w, sizeof *planes);
    memcpy(p, w, sizeof p);
    planes[1] = (vu)__builtin_shufflevector(p[2], fourth_plane(p), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
                                            19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
    UNROLL for (int i = 0; i < 2; i++) {
        v[2 * i] = (vf)(planes[i] << 16 & 0x87FF0000u);
        v[2 * i + 1] = (vf)(planes[i] & 0x87FF0000u);
    }
}

/// y = the n numbers of a row from `column` on.
static void convert_compact(const uint8_t *row, long column, long n, float *y) {
    struct compact_head head = compact_head(row);
    vf8 unit = splat_eight(head.unit);
    for (long i = 0; i < n;) {
        vf8 v[8];
        long first = (column + i) % COMPACT_COLUMNS, count = block_end(first, n - i, COMPACT_COLUMNS) - first;
        compact_block(row + sizeof head + (column + i) / COMPACT_COLUMNS * COMPACT_BYTES, v);
        UNROLL for (int j = 0; j < 8; j++) v[j] = v[j] * unit;
        memcpy(y + i, (const float *)v + first, (size_t)count * sizeof *y);
        i += count;
    }
    if (!head.exceptions) return;
    const uint8_t *list = row + 8 * (long)head.exceptions;
    for (struct compact_exception e; (e = next_exception(&list)).column >= 0;)
        if (e.column >= column && e.column < column + n) y[e.column - column] = e.value;
}

#endif
