// A hard bound, y = min(max(x, −c), c), and what passes of a gradient: dy where |x| < c. A task is 16 rows.
#include "../arguments.h"
#include "vector.h"

static void bound(const void *arguments, long task) {
    const struct bound *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows);
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        const float *x = a->x + m * a->ldx, *dy = a->dy ? a->dy + m * a->lddy : 0;
        float *y = a->y + m * a->ldy, c = a->c;
        for (long i = 0; i < a->columns; i++) {
            float value = x[i];
            // What is no number stays none.
            if (dy) y[i] = value < c && value > -c ? dy[i] : 0.f;
            else y[i] = value > c ? c : value < -c ? -c : value;
        }
    }
}
