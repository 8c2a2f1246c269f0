// What the kernels say to the pool of threads beside their regions.
#ifndef MLOPS_POOL_H
#define MLOPS_POOL_H

#include "include/CMLOpsKernels.h"

#include <stdint.h>

/// Threads that are told what to expect, and the most bytes that each asks for: half of a small second cache.
enum { EXPECTED_THREADS = 8, EXPECTED_BYTES = 256 << 10 };

/// The memory that `count` threads will read next, `bytes` each from their start on: who waits asks for it meanwhile.
void mlops_expect(const uintptr_t *starts, int count, long bytes);

#endif
