// The kernels in the instruction set every CPU of the platform has (SSE2, NEON).
#include <math.h>
#define TABLE mlops_kernels_portable
#define TILE_ROWS 2
#define TILE_VECTORS 1
#define STORED_ROWS 1
#define PANELS_FROM 12
#define BF16_ROWS 2
#define BF16_VECTORS 1
#define SOME_LANES 8
#define SOME_PLAIN_FROM SOME_NEVER  // nothing sums products of neighbours, and floats gain nothing
#define SOME_PLAIN_TO 0
#define SOME_WHOLE_FROM SOME_NEVER
#define PRODUCT_ROWS 128
#include "bodies/all.h"
