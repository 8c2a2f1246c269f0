// Every body, and the table of them under the name TABLE: included once for each instruction set.
#include "elementwise.h"
#include "norm.h"
#include "rope.h"
#include "swiglu.h"
#include "crossentropy.h"
#include "attention.h"
#include "lowrank.h"
#include "columns.h"
#include "convert.h"

const struct mlops_kernel_table TABLE = {
#define MEMBER(name) .name = name,
    MLOPS_KERNELS(MEMBER)
#undef MEMBER
};
