// Arithmetic on the caller's memory: no allocation, no I/O, no state except the thread pool and a cached CPU-feature check.
#ifndef CMLOPS_KERNELS_H
#define CMLOPS_KERNELS_H
#endif
