// What decomposed adapters and weight gradients need of columns and rows.
#include "../arguments.h"
#include "vector.h"

enum { COLUMNS = 64 };

/// A task is 64 columns, all rows in order.
static void column_sums(const void *arguments, long task) {
    const struct column_sums *a = arguments;
    long n0 = task * COLUMNS, columns = block_end(n0, COLUMNS, a->columns) - n0;
    vf sums[COLUMNS / LANES] = {0};
    for (long m = 0; m < a->rows; m++) {
        const float *x = a->x + m * a->ldx + n0, *y = a->y ? a->y + m * a->ldy + n0 : 0;
        vf factor = splat(a->factor ? a->factor[m] : 1.f);
        for (long i = 0; i < COLUMNS / LANES; i++) {
            vf v = load_part(x + i * LANES, columns - i * LANES) * factor;
            if (y) v = v * load_part(y + i * LANES, columns - i * LANES);
            sums[i] = sums[i] + v;
        }
    }
    for (long i = 0; i < COLUMNS / LANES; i++) {
        float *out = a->out + n0 + i * LANES;
        store_part(out, load_part(out, columns - i * LANES) + sums[i], columns - i * LANES);
    }
}

/// A task is 16 rows.
static void scale_columns(const void *arguments, long task) {
    const struct scale_columns *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows);
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        const float *x = a->x + m * a->ldx;
        float *y = a->y + m * a->ldy;
        for (long n = 0; n < a->columns; n += LANES) {
            long rest = a->columns - n;
            vf v = load_part(x + n, rest) * load_part(a->factors + n, rest);
            if (a->adding) v = load_part(y + n, rest) + v;
            store_part(y + n, v, rest);
        }
    }
}

/// A task is 16 rows.
static void row_norms(const void *arguments, long task) {
    const struct rows *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows);
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        const float *x = a->x + m * a->ldx;
        vf squares = zero();
        for (long n = 0; n < a->columns; n += LANES) {
            vf v = load_part(x + n, a->columns - n);
            squares = squares + v * v;
        }
        a->y[m] = __builtin_elementwise_sqrt(sum(squares));
    }
}

/// A task is 16 rows.
static void drop_rows(const void *arguments, long task) {
    const struct lowrank *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows);
    float row[COLUMNS];
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        for (long n = 0; n < a->k; n += COLUMNS) {
            long columns = block_end(n, COLUMNS, a->k) - n;
            float *out = a->out + m * a->ldo + n;
            drop_row(a->x + m * a->ldx + n, &a->drop, a->drop.keys ? a->drop.keys[m] : 0, n, columns, row,
                     rounded_up(columns));
            for (long j = 0; j < columns; j += LANES) {
                vf v = load(row + j);
                if (a->r) v = load_part(out + j, columns - j) + v;
                store_part(out + j, v, columns - j);
            }
        }
    }
}
