// The kernels of a region, and how work is counted in tasks.
#ifndef MLOPS_DISPATCH_H
#define MLOPS_DISPATCH_H

#include "arguments.h"

/// The table of the instruction set that this thread's regions run with.
const struct mlops_kernel_table *mlops_kernels(void);
static inline const struct mlops_kernel_table *kernels(void) { return mlops_kernels(); }

static inline long blocks(long count, long block) { return (count + block - 1) / block; }

#endif
