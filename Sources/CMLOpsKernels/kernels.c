#include "CMLOpsKernels.h"
