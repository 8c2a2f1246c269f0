// xIELU, the activation of Apertus' MLP (arXiv:2411.13010), whose two alphas are weights of each layer:
//   y = αp·x² + β·x                          x > 0
//   y = αn·(e^min(x, ε) − 1 − x) + β·x       elsewhere
// A task is one row; sums for the alphas are kept by row, so that results do not depend on threads.
#include "include/CMLOpsKernels.h"

#include <math.h>

struct xielu {
    mlops_xielu_numbers n;
    const float *x, *dy;
    float *y;
    double *sums;
    long ldx, lddy, ldy, columns;
};

static float below(const struct xielu *a, float x) { return expm1f(x < a->n.epsilon ? x : a->n.epsilon) - x; }

static void forward(const void *arguments, long row) {
    const struct xielu *a = arguments;
    const float *x = a->x + row * a->ldx;
    float *y = a->y + row * a->ldy;
    for (long i = 0; i < a->columns; i++) {
        float bent = x[i] > 0 ? a->n.positive * x[i] * x[i] : a->n.negative * below(a, x[i]);
        y[i] = bent + a->n.beta * x[i];
    }
}

static void backward(const void *arguments, long row) {
    const struct xielu *a = arguments;
    const float *x = a->x + row * a->ldx, *dy = a->dy + row * a->lddy;
    float *dx = a->y + row * a->ldy;
    double positive = 0, negative = 0;
    for (long i = 0; i < a->columns; i++) {
        float slope;
        if (x[i] > 0) {
            slope = 2 * a->n.positive * x[i];
            positive += (double)dy[i] * x[i] * x[i];
        } else {
            slope = a->n.negative * ((x[i] < a->n.epsilon ? expf(x[i]) : 0) - 1);
            negative += (double)dy[i] * below(a, x[i]);
        }
        dx[i] = dy[i] * (slope + a->n.beta);
    }
    a->sums[2 * row] = positive;
    a->sums[2 * row + 1] = negative;
}

void mlops_xielu_forward(mlops_xielu_numbers n, const float *x, long ldx, float *y, long ldy, long rows, long columns) {
    struct xielu a = {.n = n, .x = x, .y = y, .ldx = ldx, .ldy = ldy, .columns = columns};
    mlops_parallel(rows, forward, &a);
}

void mlops_xielu_backward(mlops_xielu_numbers n, const float *dy, long lddy, const float *x, long ldx, float *dx, long lddx,
                          double *sums, long rows, long columns) {
    struct xielu a = {.n = n, .x = x, .dy = dy, .y = dx, .sums = sums, .ldx = ldx, .lddy = lddy, .ldy = lddx, .columns = columns};
    mlops_parallel(rows, backward, &a);
}
