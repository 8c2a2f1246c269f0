// Memory that is read later, asked for a line at a time between other work: more requests at once than the processor keeps in flight
// would stop it, and what it asks for by itself comes too late where arithmetic fills its window.
#ifndef MLOPS_AHEAD_H
#define MLOPS_AHEAD_H

#include "vector.h"

enum { LINE_BYTES = 64 };

/// Rows of some lines each, `step` bytes apart; `line` is the next one of the first row.
struct ahead { const void *rows; long step, count, lines, line; };

INLINE void ask(struct ahead *a, long requests) {
    for (; requests > 0 && a->count > 0; requests--) {
        __builtin_prefetch((const char *)a->rows + a->line * LINE_BYTES, 0, 2);
        if (++a->line < a->lines) continue;
        a->rows = (const char *)a->rows + a->step;
        a->count--;
        a->line = 0;
    }
}

/// What is asked for in each of some parts of the work.
INLINE long share_of(const struct ahead *a, long parts) { return (a->count * a->lines - a->line + parts - 1) / parts; }

/// Rows and columns of a stored matrix, as far as they exist.
struct stored_part { long first, rows, column, columns; };

/// The lines of a part of a stored matrix [rows, columns].
INLINE struct ahead coming_part(const uint8_t *w, long row_bytes, long rows, long columns, struct stored_part p) {
    if (p.first >= rows || p.column >= columns) return (struct ahead){0};
    if (p.rows > rows - p.first) p.rows = rows - p.first;
    if (p.columns > columns - p.column) p.columns = columns - p.column;
    // Every type has the same number of bytes for each stretch of 256 elements.
    long from = p.column * row_bytes / columns / LINE_BYTES * LINE_BYTES, end = (p.column + p.columns) * row_bytes / columns;
    return (struct ahead){w + p.first * row_bytes + from, row_bytes, p.rows, (end - from + LINE_BYTES - 1) / LINE_BYTES, 0};
}

#endif
