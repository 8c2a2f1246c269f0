// The kernels for CPUs with AVX-512 (F, BW, VL, DQ) and its sums of products of whole numbers, without fast ones of bf16 pairs.
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
#define HALF_CONVERSION  // the processor converts half precision
#define BYTE_MASKS  // and has registers of a bit a byte
#define BYTE_PRODUCTS  // and sums products of bytes
#define TABLE mlops_kernels_avx512vnni
#define TILE_ROWS 8
#define TILE_VECTORS 2
#define STORED_ROWS 6
#define PANELS_FROM 96  // below, sums in 32 registers need no slices
#define BF16_ROWS 8
#define BF16_VECTORS 3
#define SOME_LANES 16
#define SOME_PLAIN_FROM SOME_NEVER  // 32 registers hold the sums of bodies/stored.h
#define SOME_PLAIN_TO 0
#define SOME_WHOLE_FROM 5
#define PRODUCT_ROWS 128
#include "bodies/all.h"
#pragma clang attribute pop
#endif
