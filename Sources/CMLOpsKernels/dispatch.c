// The public functions: parameters into a struct, work into tasks, tasks to the kernels of the best instruction set.
#if defined(__linux__)
#define _GNU_SOURCE  // for syscall
#endif
#include "dispatch.h"

#include <stdatomic.h>

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

/// What this thread's regions run with; -1: the best. A thread's own, so that tests of different sets may run side by side.
static _Thread_local int chosen = -1;

/// Whether the processor multiplies tiles of bf16 numbers, and Linux lets this process: it gives memory for a thread's tiles to those
/// who ask (Documentation/arch/x86/xstate.rst).
static int has_matrix_tiles(void) {
#if defined(__x86_64__) && defined(__linux__)
    enum { TILES = 1 << 24, BF16_TILES = 1 << 22, ASK_FOR_FEATURE = 0x1023, TILE_DATA = 18 };
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & TILES) || !(d & BF16_TILES)) return 0;
    return syscall(SYS_arch_prctl, ASK_FOR_FEATURE, TILE_DATA) == 0;
#else
    return 0;
#endif
}

/// Of processors with AVX-512. Intel's take two steps for a dot product of bf16 numbers (86 GFLOP/s where f32 does 175, on a Xeon of the
/// Emerald Rapids kind): those whose tiles this process may not use have nothing faster than f32 and whole numbers.
static int best_wide_set(void) {
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("avx512vnni")) return MLOPS_AVX512;
    if (!__builtin_cpu_supports("avx512bf16")) return MLOPS_AVX512_VNNI;
    return has_matrix_tiles() ? MLOPS_AMX : __builtin_cpu_is("intel") ? MLOPS_AVX512_VNNI : MLOPS_AVX512_BF16;
#else
    return MLOPS_PORTABLE;
#endif
}

static int best_instruction_set(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        return best_wide_set();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
        __builtin_cpu_supports("bmi2"))
        return MLOPS_AVX2;
#endif
    return MLOPS_PORTABLE;
}

int mlops_best_instruction_set(void) {
    static atomic_int best = -1;
    int set = atomic_load_explicit(&best, memory_order_relaxed);
    if (set >= 0) return set;
    // Whoever comes at the same time finds the same.
    set = best_instruction_set();
    atomic_store_explicit(&best, set, memory_order_relaxed);
    return set;
}

void mlops_use_instruction_set(int set) {
    int best = mlops_best_instruction_set();
    chosen = set < MLOPS_PORTABLE || set > best ? best : set;
}

const struct mlops_kernel_table *mlops_kernels(void) {
    if (chosen < 0) chosen = mlops_best_instruction_set();
    int set = chosen;
#if defined(__x86_64__)
    if (set == MLOPS_AMX) return &mlops_kernels_amx;
    if (set == MLOPS_AVX512_BF16) return &mlops_kernels_avx512bf16;
    if (set == MLOPS_AVX512_VNNI) return &mlops_kernels_avx512vnni;
    if (set == MLOPS_AVX512) return &mlops_kernels_avx512;
    if (set == MLOPS_AVX2) return &mlops_kernels_avx2;
#endif
    return &mlops_kernels_portable;
}

void mlops_add(float *y, const float *x, float s, long count) {
    struct flat a = {y, x, s, count};
    mlops_parallel(blocks(count, BLOCK_ELEMENTS), kernels()->add, &a);
}
void mlops_clear(float *y, long count) {
    struct flat a = {y, 0, 0, count};
    mlops_parallel(blocks(count, BLOCK_ELEMENTS), kernels()->clear, &a);
}
void mlops_scale(float *y, float s, long count) {
    struct flat a = {y, 0, s, count};
    mlops_parallel(blocks(count, BLOCK_ELEMENTS), kernels()->scale, &a);
}
void mlops_square_sums(const float *x, double *partial, long count) {
    struct square_sums a = {x, partial, count};
    mlops_parallel(blocks(count, BLOCK_ELEMENTS), kernels()->square_sums, &a);
}
void mlops_adamw(float *p, const float *g, float *m, float *v, mlops_adamw_rates rates, long count) {
    struct adamw a = {p, g, m, v, rates, count};
    mlops_parallel(blocks(count, BLOCK_ELEMENTS), kernels()->adamw, &a);
}
void mlops_add_row(float *y, long ldy, const float *b, long rows, long columns) {
    struct rows a = {y, ldy, b, 0, 1, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->add_row, &a);
}
void mlops_add_matrix(float *y, long ldy, const float *x, long ldx, float s, long rows, long columns) {
    struct rows a = {y, ldy, x, ldx, s, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->add_matrix, &a);
}
void mlops_multiply(float *y, long ldy, const float *x, long ldx, long rows, long columns) {
    struct rows a = {y, ldy, x, ldx, 1, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->multiply, &a);
}
void mlops_copy(float *y, long ldy, const float *x, long ldx, float s, long rows, long columns) {
    struct rows a = {y, ldy, x, ldx, s, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->copy, &a);
}
void mlops_collect_rows(const float *x, long ldx, const int32_t *ids, const long *starts, float *y, long ldy, long rows,
                        long columns) {
    struct collect_rows a = {x, ldx, ids, starts, y, ldy, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->collect_rows, &a);
}
void mlops_transpose(float *y, long ldy, const float *x, long ldx, float s, long rows, long columns) {
    struct rows a = {y, ldy, x, ldx, s, rows, columns};
    mlops_parallel(blocks(columns, BLOCK_ROWS), kernels()->transpose, &a);
}

void mlops_rmsnorm_forward(const float *x, long ldx, const float *w, float epsilon, mlops_output y, float *inverse, long rows,
                           long columns) {
    struct rmsnorm_forward a = {x, ldx, w, epsilon, y, inverse, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->rmsnorm_forward, &a);
}
void mlops_rmsnorm_backward(const float *dy, long lddy, const float *x, long ldx, const float *w, const float *inverse,
                            float *dx, long lddx, long rows, long columns) {
    struct rmsnorm_backward a = {dy, lddy, x, ldx, w, inverse, dx, lddx, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->rmsnorm_backward, &a);
}
void mlops_layernorm_forward(const float *x, long ldx, const float *w, const float *b, float epsilon, mlops_output y, float *inverse,
                             long rows, long columns) {
    struct layernorm_forward a = {x, ldx, w, b, epsilon, y, inverse, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->layernorm_forward, &a);
}
void mlops_layernorm_backward(const float *dy, long lddy, const float *x, long ldx, const float *w, const float *inverse, float *dx,
                              long lddx, long rows, long columns) {
    struct rmsnorm_backward a = {dy, lddy, x, ldx, w, inverse, dx, lddx, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->layernorm_backward, &a);
}
void mlops_rope(float *x, long ldx, const float *cosine, const float *sine, float direction, long rows, long heads,
                long head_size, long rotary, int neighbours, uint16_t *half, long ldh) {
    struct rope a = {x, ldx, cosine, sine, direction, rows, heads, head_size, rotary, neighbours, half, ldh};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->rope, &a);
}
void mlops_glu_forward(int activation, const float *gate, const float *up, long ldg, mlops_output y, long rows, long columns) {
    struct glu_forward a = {activation, gate, up, ldg, y, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->glu_forward, &a);
}
void mlops_glu_backward(int activation, const float *dy, long lddy, const float *gate, const float *up, long ldg,
                        mlops_output dgate, mlops_output dup, long rows, long columns) {
    struct glu_backward a = {activation, dy, lddy, gate, up, ldg, dgate, dup, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->glu_backward, &a);
}
void mlops_softcap(float *x, long ldx, float scale, float cap, float *slope, long lds, long rows, long columns) {
    struct softcap a = {x, ldx, scale, cap, slope, lds, columns};
    mlops_parallel(rows, kernels()->softcap, &a);
}
void mlops_bound(float *y, long ldy, const float *x, long ldx, const float *dy, long lddy, float c, long rows, long columns) {
    struct bound a = {y, ldy, x, ldx, dy, lddy, c, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->bound, &a);
}
void mlops_cross_entropy(float *logits, long ld, const int32_t *targets, float *loss, float scale, long rows, long columns) {
    struct cross_entropy a = {logits, ld, targets, loss, scale, rows, columns};
    mlops_parallel(rows, kernels()->cross_entropy, &a);
}

void mlops_lowrank_project(const float *x, long ldx, mlops_dropout drop, const float *at, float *y, long ldy, long rows,
                           long k, long p) {
    struct lowrank a = {.x = x, .ldx = ldx, .drop = drop, .y = at, .out = y, .ldo = ldy, .rows = rows, .k = k, .p = p};
    mlops_parallel(blocks(rows, 32), kernels()->lowrank_project, &a);
}
void mlops_lowrank_expand(const float *dxa, long lddxa, const float *weights, mlops_dropout drop, float *dx, long lddx,
                          long rows, long k, long r) {
    struct lowrank a = {.x = dxa, .ldx = lddxa, .drop = drop, .y = weights, .out = dx, .ldo = lddx, .rows = rows, .k = k, .r = r};
    mlops_parallel(blocks(rows, 32), kernels()->lowrank_expand, &a);
}
void mlops_lowrank_outer(const float *x, long ldx, mlops_dropout drop, const float *y, long ldy, float s, float *out,
                         long row_step, long column_step, long rows, long k, long r, long p) {
    struct lowrank a = {.x = x, .ldx = ldx, .drop = drop, .y = y, .ldy = ldy, .out = out, .s = s, .row_step = row_step,
                        .column_step = column_step, .rows = rows, .k = k, .r = r, .p = p};
    mlops_parallel(blocks(k, 64), kernels()->lowrank_outer, &a);
}

void mlops_adapter_pack(const mlops_adapter_module *modules, long count) {
    struct adapter_pack a = {modules};
    mlops_parallel(count, kernels()->adapter_pack, &a);
}
void mlops_lowrank_half_project(const uint16_t *x, long ldx, mlops_dropout drop, mlops_lowrank_pairs pairs, float *y, long ldy,
                                uint16_t *half, long rows) {
    struct lowrank_half_project a = {x, ldx, drop, pairs, y, ldy, half, rows};
    mlops_parallel(blocks(rows, 16), kernels()->lowrank_half_project, &a);
}
void mlops_lowrank_half_back(const mlops_lowrank_gradients *g, mlops_dropout drop, mlops_lowrank_pairs pairs) {
    struct lowrank_half_back a = {*g, drop, pairs};
    mlops_parallel(blocks(pairs.k, 32) + blocks(g->outputs, 32), kernels()->lowrank_half_back, &a);
}

void mlops_drop_rows(const float *x, long ldx, mlops_dropout drop, float *y, long ldy, int adding, long rows, long k) {
    struct lowrank a = {.x = x, .ldx = ldx, .drop = drop, .out = y, .ldo = ldy, .rows = rows, .k = k, .r = adding};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->drop_rows, &a);
}

void mlops_column_sums(const float *x, long ldx, const float *y, long ldy, const float *factor, float *out, long rows,
                       long columns) {
    struct column_sums a = {x, ldx, y, ldy, factor, out, rows, columns};
    mlops_parallel(blocks(columns, 64), kernels()->column_sums, &a);
}
void mlops_scale_columns(const float *x, long ldx, const float *factors, float *y, long ldy, int adding, long rows,
                         long columns) {
    struct scale_columns a = {x, ldx, factors, y, ldy, adding, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->scale_columns, &a);
}
void mlops_row_norms(const float *x, long ldx, float *norms, long rows, long columns) {
    struct rows a = {norms, 1, x, ldx, 1, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->row_norms, &a);
}

void mlops_bf16_convert(const float *x, long ldx, uint16_t *y, long ldy, long rows, long columns) {
    struct bf16_convert a = {y, ldy, x, ldx, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->bf16_convert, &a);
}
void mlops_bf16_pack(int type, const uint8_t *w, long row_bytes, long rows, long columns, uint16_t *panels) {
    struct bf16_pack a = {type, w, row_bytes, panels, rows, columns, mlops_thread_count()};
    mlops_parallel(blocks(rows, MLOPS_PANEL), kernels()->bf16_pack, &a);
}
void mlops_bf16_multiply(const uint16_t *x, long ldx, mlops_packed w1, mlops_packed w2, const float *base, long ldbase, float *y,
                         long ldy, long rows, long outputs) {
    // Blocks of equal length: threads that begin together end together.
    long count = blocks(rows, kernels()->half_rows), tasks = blocks(outputs, MLOPS_PANEL) * count;
    if (tasks == 0) return;
    struct bf16_multiply a = {x, ldx, w1, w2, base, ldbase, y, ldy, rows, outputs, count, blocks(blocks(rows, count), 8) * 8, tasks,
                              mlops_thread_count()};
    mlops_parallel(tasks, kernels()->bf16_multiply, &a);
}
void mlops_bf16_multiply_back(const uint16_t *x, long ldx, mlops_packed w1, mlops_packed w2, float *y, long ldy, long rows,
                              long outputs, int add) {
    // A panel is turned once a block of rows: few blocks, but enough tasks for a thin matrix too, and for the thin second one.
    long panels = blocks(w1.k, MLOPS_PANEL), thin = BF16_TASK_ROWS / 2;
    long count = blocks(rows, panels < 4 ? thin : 2 * BF16_TASK_ROWS), second = blocks(rows, thin);
    if (count == 0) return;
    struct bf16_multiply_back a = {x, ldx, w1, w2, y, ldy, rows, outputs, add, count, blocks(blocks(rows, count), 8) * 8,
                                   panels * count, second, blocks(blocks(rows, second), 8) * 8,
                                   blocks(w2.k, MLOPS_PANEL) * second, mlops_thread_count()};
    mlops_parallel(a.tasks + a.second_tasks, kernels()->bf16_multiply_back, &a);
}

void mlops_scaled_rows(const float *x, long ldx, uint16_t *y, long ldy, long rows, long columns) {
    struct scaled_rows a = {x, ldx, y, ldy, rows, columns};
    mlops_parallel(blocks(rows, BLOCK_ROWS), kernels()->scaled_rows, &a);
}
void mlops_scaled_pack(int type, const uint8_t *w, long row_bytes, long rows, long columns, uint16_t *panels, float *scales) {
    struct scaled_pack a = {type, w, row_bytes, panels, scales, rows, columns, mlops_thread_count()};
    mlops_parallel(scaled_blocks(rows), kernels()->scaled_pack, &a);
}
/// Tasks are blocks of rows of equal length, so that threads that begin together end together.
static void multiply_scaled(struct scaled_multiply a, long columns, long most, mlops_task task) {
    a.blocks = blocks(a.rows, most);
    a.tasks = blocks(columns, MLOPS_PANEL) * a.blocks;
    if (a.tasks == 0) return;
    a.block_rows = blocks(blocks(a.rows, a.blocks), 8) * 8;
    a.threads = mlops_thread_count();
    mlops_parallel(a.tasks, task, &a);
}
void mlops_scaled_multiply(const uint16_t *x, long ldx, mlops_scaled w, const float *base, long ldbase, float *y, long ldy, long rows,
                           long outputs) {
    struct scaled_multiply a = {x, ldx, w, base, ldbase, y, ldy, rows, outputs, 0, 0, 0, 0};
    multiply_scaled(a, outputs, kernels()->half_rows, kernels()->scaled_multiply);
}
void mlops_scaled_multiply_back(const uint16_t *x, long ldx, mlops_scaled w, float *y, long ldy, long rows, long outputs, int add) {
    struct scaled_multiply a = {x, ldx, w, add ? y : 0, ldy, y, ldy, rows, outputs, 0, 0, 0, 0};
    multiply_scaled(a, w.k, blocks(w.k, MLOPS_PANEL) < 4 ? BF16_TASK_ROWS / 2 : 2 * BF16_TASK_ROWS, kernels()->scaled_multiply_back);
}
