// The kernels for CPUs with AVX2, fused multiply-add and half-precision conversion.
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
#define HALF_CONVERSION  // the processor converts half precision
#define PAIR_PRODUCTS  // and sums products of neighbours
#define TABLE mlops_kernels_avx2
#define TILE_ROWS 6
#define TILE_VECTORS 1
#define STORED_ROWS 2
#define PANELS_FROM 12
#define BF16_ROWS 4
#define BF16_VECTORS 1
#define SOME_LANES 8
#define SOME_PLAIN_FROM 12
#define SOME_PLAIN_TO 95
#define SOME_WHOLE_FROM 5
#define PRODUCT_ROWS 128
#include "bodies/all.h"
#pragma clang attribute pop
#endif
