// Rotary position embedding: element i of a head turns with element i + rotary/2, or each even element with the odd one behind it.
// A task is 16 rows.
#include "../arguments.h"
#include "half.h"
#include "vector.h"

static void rope(const void *arguments, long task) {
    const struct rope *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows), half = a->rotary / 2;
    for (long m = task * BLOCK_ROWS; m < end; m++) {
        const float *cosine = a->cosine + m * half, *sine = a->sine + m * half;
        for (long h = 0; h < a->heads; h++) {
            float *x = a->x + m * a->ldx + h * a->head_size, *z = x + half;
            if (a->neighbours) {
                for (long i = 0; i < half; i++) {
                    float c = cosine[i], s = a->direction * sine[i], even = x[2 * i], odd = x[2 * i + 1];
                    x[2 * i] = even * c - odd * s;
                    x[2 * i + 1] = odd * c + even * s;
                }
                continue;
            }
            for (long i = 0; i < half; i++) {
                float c = cosine[i], s = a->direction * sine[i], left = x[i], right = z[i];
                x[i] = left * c - right * s;
                z[i] = right * c + left * s;
            }
        }
        if (a->half) row_to_bf16(a->x + m * a->ldx, a->half + m * a->ldh, a->heads * a->head_size);
    }
}
