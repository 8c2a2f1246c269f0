// What threads ask for that wait for the next region (pool.c): the memory that it is likely to read (expect.c).
#ifndef MLOPS_EXPECT_H
#define MLOPS_EXPECT_H

#include "include/CMLOpsKernels.h"

#include <stdint.h>

/// Threads that are told what to expect, and the most bytes that each asks for: half of a small second cache.
enum { EXPECTED_THREADS = 8, EXPECTED_BYTES = 256 << 10 };

/// A region is about to begin in which each thread reads `bytes` from its start on; 0: it reads nothing.
void mlops_reads(const uintptr_t starts[EXPECTED_THREADS], long bytes);

/// Each thread that waits asks for `bytes` from its start on.
void mlops_expect(const uintptr_t starts[EXPECTED_THREADS], long bytes);

#endif
