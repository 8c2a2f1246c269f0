// Every body, and the table of them under the name TABLE: included once for each instruction set.
#include "elementwise.h"
#include "norm.h"
#include "rope.h"
#include "glu.h"
#include "crossentropy.h"
#include "softcap.h"
#include "bound.h"
#include "attention.h"
#include "attention_few.h"
#include "lowrank.h"
#include "columns.h"
#include "unpack.h"
#include "convert.h"
#include "compact_write.h"
#include "bf16.h"
#include "bf16_back.h"
#include "lowrank_half.h"
#include "attention_half.h"
#include "whole.h"
#include "few.h"
#include "stored.h"
#include "panels.h"
#include "some.h"
#include "scaled.h"

const struct mlops_kernel_table TABLE = {
#define MEMBER(name) .name = name,
    MLOPS_KERNELS(MEMBER)
#undef MEMBER
    .panels_from = PANELS_FROM,
    .half_rows = PRODUCT_ROWS,
    .some_lanes = SOME_LANES,
    .some_plain_from = SOME_PLAIN_FROM,
    .some_plain_to = SOME_PLAIN_TO,
    .some_whole_from = SOME_WHOLE_FROM,
};
