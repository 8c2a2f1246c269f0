// Arithmetic on the caller's memory: no allocation, no I/O, no state except the thread pool and a cached CPU-feature check.
//
// Matrices are row-major; `ld…` is the distance between rows in elements. Every function splits its work into tasks that do not
// depend on the number of threads and that write disjoint memory, so results are the same for any number of threads.
// Shapes are the caller's duty: nothing here is checked (Sources/MLOpsTraining/Kernels does).
#ifndef CMLOPS_KERNELS_H
#define CMLOPS_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// ── Threads (pool.c) ─────────────────────────────────────────────────────────────────────────────────────────────────

/// One piece of a parallel region: reads what `arguments` points to, and knows its number.
typedef void (*mlops_task)(const void *arguments, long task);
/// Runs task(arguments, 0) … task(arguments, count − 1), in any order, on all threads, and returns when all are done.
void mlops_parallel(long count, mlops_task task, const void *arguments);
enum { MLOPS_MAXIMUM_THREADS = 256 };
/// Sets how many threads take part, 1 to the most. Not while a region runs.
void mlops_set_thread_count(int count);
int mlops_thread_count(void);

// ── Instruction sets (dispatch.c) ────────────────────────────────────────────────────────────────────────────────────

enum { MLOPS_PORTABLE = 0, MLOPS_AVX2 = 1, MLOPS_AVX512 = 2, MLOPS_AVX512_VNNI = 3, MLOPS_AVX512_BF16 = 4, MLOPS_AMX = 5 };
/// The best instruction set of this CPU that this library has a path for.
int mlops_best_instruction_set(void);
/// Chooses a path for the regions this thread starts, for tests; -1, or one that this CPU lacks, is the best.
void mlops_use_instruction_set(int set);

// ── Element-wise (bodies/elementwise.h) ──────────────────────────────────────────────────────────────────────────────

/// y[i] += s · x[i]
void mlops_add(float *y, const float *x, float s, long count);
/// y = 0
void mlops_clear(float *y, long count);
/// y[i] *= s
void mlops_scale(float *y, float s, long count);
/// y[m,n] += b[n]
void mlops_add_row(float *y, long ldy, const float *b, long rows, long columns);
/// y[m,n] += s · x[m,n]
void mlops_add_matrix(float *y, long ldy, const float *x, long ldx, float s, long rows, long columns);
/// y[m,n] *= x[m,n]
void mlops_multiply(float *y, long ldy, const float *x, long ldx, long rows, long columns);
/// y = s·x
void mlops_copy(float *y, long ldy, const float *x, long ldx, float s, long rows, long columns);
/// y[m] = Σ x[ids[i]] for i from starts[m] to below starts[m + 1], at least one, in order.
void mlops_collect_rows(const float *x, long ldx, const int32_t *ids, const long *starts, float *y, long ldy, long rows,
                        long columns);
/// y[n,m] = s · x[m,n]; columns m…ldy of y are left alone.
void mlops_transpose(float *y, long ldy, const float *x, long ldx, float s, long rows, long columns);
/// The sums of squares of blocks of 4,096 elements, in double precision; partial[ceil(count / 4096)].
void mlops_square_sums(const float *x, double *partial, long count);

/// AdamW on one flat buffer; see MLOpsTraining/Optimization/AdamW.swift for the formula. Gradients count times their scale.
typedef struct {
    float shrink, rate, root, beta1_complement, beta2, beta2_complement, epsilon, gradient_scale;
} mlops_adamw_rates;
void mlops_adamw(float *p, const float *g, float *m, float *v, mlops_adamw_rates rates, long count);

// ── Layers (bodies/norm.h, rope.h, glu.h) ─────────────────────────────────────────────────────────────────────────

/// Where a result goes: as f32, or in bf16, whose rows have room for their columns rounded up to 16, which are filled with zeros.
typedef struct {
    float *f32;  // or null
    uint16_t *half;
    long ld;
} mlops_output;

/// y = x · r · w with r = 1/√(mean(x²) + epsilon), kept in inverse[rows].
void mlops_rmsnorm_forward(const float *x, long ldx, const float *w, float epsilon, mlops_output y, float *inverse, long rows,
                           long columns);
/// dx += r·(w∘dy) − x·r³/n·Σ(w∘dy∘x)
void mlops_rmsnorm_backward(const float *dy, long lddy, const float *x, long ldx, const float *w, const float *inverse,
                            float *dx, long lddx, long rows, long columns);
/// y = (x − mean(x)) · r · w + b with r = 1/√(mean((x − mean(x))²) + epsilon), kept in inverse[rows].
void mlops_layernorm_forward(const float *x, long ldx, const float *w, const float *b, float epsilon, mlops_output y, float *inverse,
                             long rows, long columns);
/// dx += r·(g − mean(g) − z·mean(g∘z)) with g = w∘dy and z = (x − mean(x))·r
void mlops_layernorm_backward(const float *dy, long lddy, const float *x, long ldx, const float *w, const float *inverse, float *dx,
                              long lddx, long rows, long columns);
/// Turns the pairs (i, i + rotary/2) of each head, or with `neighbours` (2i, 2i + 1), by the angles of the row: cosine, sine [rows, rotary/2].
/// direction +1 turns forth, −1 back (which is the backward pass). With `half`, the rows are left there in bf16 too.
void mlops_rope(float *x, long ldx, const float *cosine, const float *sine, float direction, long rows, long heads,
                long head_size, long rotary, int neighbours, uint16_t *half, long ldh);
/// y = min(max(x, −c), c); with dy, which is not null then, y = dy where |x| < c and 0 elsewhere. y may be x or dy.
void mlops_bound(float *y, long ldy, const float *x, long ldx, const float *dy, long lddy, float c, long rows, long columns);
/// What is applied to the gate.
enum { MLOPS_SILU = 0, MLOPS_GELU_TANH = 1, MLOPS_GELU = 2, MLOPS_SQUARED_RELU = 3, MLOPS_RELU = 4 };
/// y = a(gate) ∘ up; gate and up have the same distance of rows.
void mlops_glu_forward(int activation, const float *gate, const float *up, long ldg, mlops_output y, long rows, long columns);
/// dgate = dy ∘ up ∘ a′(gate), dup = dy ∘ a(gate).
void mlops_glu_backward(int activation, const float *dy, long lddy, const float *gate, const float *up, long ldg,
                        mlops_output dgate, mlops_output dup, long rows, long columns);
/// The numbers of xIELU (xielu.c).
typedef struct {
    float positive, negative, beta, epsilon;
} mlops_xielu_numbers;
/// y = xielu(x).
void mlops_xielu_forward(mlops_xielu_numbers n, const float *x, long ldx, float *y, long ldy, long rows, long columns);
/// dx = dy ∘ xielu′(x); sums[2·row] and the one behind it: Σ dy·x² where x > 0, Σ dy·(e^min(x, ε) − 1 − x) elsewhere.
void mlops_xielu_backward(mlops_xielu_numbers n, const float *dy, long lddy, const float *x, long ldx, float *dx, long lddx,
                          double *sums, long rows, long columns);

// ── Loss (bodies/crossentropy.h, softcap.h) ─────────────────────────────────────────────────────────────────────────────────────

/// loss[m] = log Σ exp(logits[m]) − logits[m, targets[m]]; then, unless scale is 0, logits = scale · (softmax(logits) − onehot).
void mlops_cross_entropy(float *logits, long ld, const int32_t *targets, float *loss, float scale, long rows, long columns);

/// x = cap · tanh(scale · x / cap); what its gradient is multiplied by goes to slope, unless that is null.
void mlops_softcap(float *x, long ldx, float scale, float cap, float *slope, long lds, long rows, long columns);

// ── Attention (bodies/attention.h) ───────────────────────────────────────────────────────────────────────────────────

/// The longest head the attention kernels take.
enum { MLOPS_MAXIMUM_HEAD_SIZE = 256 };

/// Rows of queries and the keys and values they may see. The last query sees all keys, each one before it one key less.
typedef struct {
    const float *keys, *values;
    long query_start, query_count, key_count;
    long key_start;  // where the gradients of its keys and values begin, in rows of dk and dv
} mlops_sequence;

typedef struct {
    const mlops_sequence *sequences;
    long sequence_count;
    long heads, key_value_heads, head_size;
    long query_ld, key_ld;  // of q, output and their gradients; of keys, values and their gradients
    long window;            // a query sees at most this many keys; 0: all
    float scale;
    float softcap;  // c of c·tanh(score/c); 0: scores are not bounded
    int halves;     // products of more than four queries are of numbers rounded to bf16 (bodies/attention_half.h)
} mlops_attention;

/// output = softmax(cap(scale · q·kᵀ))·v a head; log_sum_exp[row, head] is kept for the backward pass.
void mlops_attention_forward(const mlops_attention *a, const float *q, float *output, long output_ld, float *log_sum_exp,
                             float *scratch);
/// The floats of scratch that the forward pass needs.
long mlops_attention_scratch(const mlops_attention *a);
/// dq, dk, dv from doutput. Sequence s has the rows key_start … of dk and dv for itself.
/// delta[rows, heads] is scratch. Gradients are written, not added.
void mlops_attention_backward(const mlops_attention *a, const float *q, const float *output, long output_ld,
                              const float *log_sum_exp, const float *doutput, long doutput_ld, float *delta, float *dq,
                              float *dk, float *dv);

// ── Low-rank adapters (bodies/lowrank.h) ─────────────────────────────────────────────────────────────────────────────

/// Which inputs of an adapter are dropped: element j of row m is kept when a hash of (key[m], module, j) says so.
typedef struct {
    const uint64_t *keys;  // one a row; null: nothing is dropped
    uint64_t module;
    uint32_t threshold;  // of 65,536: elements whose 16 bits are below are dropped
    float scale;         // what kept elements are multiplied by
} mlops_dropout;

/// y[m,p] = drop(x)[m,k]·at[k,p]; p is a multiple of 16.
void mlops_lowrank_project(const float *x, long ldx, mlops_dropout drop, const float *at, float *y, long ldy, long rows,
                           long k, long p);
/// dx[m,k] += drop(dxa[m,r]·a[r,k])
void mlops_lowrank_expand(const float *dxa, long lddxa, const float *a, mlops_dropout drop, float *dx, long lddx,
                          long rows, long k, long r);
/// out[i·row_step + j·column_step] += s · Σ_m drop(x)[m,i]·y[m,j]; y has p columns (a multiple of 16) of which r are used.
void mlops_lowrank_outer(const float *x, long ldx, mlops_dropout drop, const float *y, long ldy, float s, float *out,
                         long row_step, long column_step, long rows, long k, long r, long p);

// ── The same in bf16 (bodies/lowrank_half.h) ─────────────────────────────────────────────────────────────────────────

/// A [rank, k] of an adapter as pairs of bf16 numbers, with the rank padded by zeros to p, a multiple of 16, and k to a multiple of
/// 32: (a[j,2i] a[j,2i+1]) at pair i·p + j, and (a[2j,i] a[2j+1,i]) at pair j·k + i. Each takes p · k numbers.
typedef struct {
    const uint16_t *by_inputs, *by_ranks;
    long k, p;
} mlops_lowrank_pairs;
/// A and scale·B of an adapted layer, and where they go: A as above, B [outputs, rank] as a packed matrix of sums over p.
typedef struct {
    const float *a, *b;
    long rank, k, outputs, p;
    float scale;
    uint16_t *by_inputs, *by_ranks, *panels;
} mlops_adapter_module;
void mlops_adapter_pack(const mlops_adapter_module *modules, long count);
/// y[m,p] = drop(x)·Aᵀ in f32, and in bf16 at `half`, whose rows are as far apart as those of x.
void mlops_lowrank_half_project(const uint16_t *x, long ldx, mlops_dropout drop, mlops_lowrank_pairs a, float *y, long ldy,
                                uint16_t *half, long rows);
/// What the way back reads and adds to. Rows of x and dy are readable up to a multiple of 32 columns.
typedef struct {
    const uint16_t *x;  // [rows, k]
    long ldx;
    const float *dxa;  // [rows, p]
    long lddxa;
    const uint16_t *dy;  // [rows, outputs]
    long lddy;
    const float *xa;  // [rows, p]
    long ldxa;
    float *da;  // [rank, k]
    float *db;  // [outputs, rank]
    float *dx;  // [rows, k]
    long lddx;
    long rows, rank, outputs;
    float s;
} mlops_lowrank_gradients;
/// da += dxaᵀ·drop(x), dx += drop(dxa·A), db += s·dyᵀ·xa
void mlops_lowrank_half_back(const mlops_lowrank_gradients *g, mlops_dropout drop, mlops_lowrank_pairs a);

/// y[m,k] = drop(x)[m,k], or y += drop(x).
void mlops_drop_rows(const float *x, long ldx, mlops_dropout drop, float *y, long ldy, int adding, long rows, long k);

// ── Columns and rows (bodies/columns.h) ──────────────────────────────────────────────────────────────────────────────

/// out[n] += Σ_m x[m,n]·y[m,n]·factor[m]; without y or factor, ones stand for them.
void mlops_column_sums(const float *x, long ldx, const float *y, long ldy, const float *factor, float *out, long rows,
                       long columns);
/// y[m,n] = factors[n]·x[m,n], or y += factors·x.
void mlops_scale_columns(const float *x, long ldx, const float *factors, float *y, long ldy, int adding, long rows,
                         long columns);
/// norms[m] = √Σ_n x[m,n]²
void mlops_row_norms(const float *x, long ldx, float *norms, long rows, long columns);

// ── Stored weights (bodies/convert.h) ────────────────────────────────────────────────────────────────────────────────

enum {
    MLOPS_F32, MLOPS_F16, MLOPS_BF16, MLOPS_Q4_0, MLOPS_Q4_1, MLOPS_Q5_0, MLOPS_Q5_1, MLOPS_Q8_0,
    MLOPS_Q2_K, MLOPS_Q3_K, MLOPS_Q4_K, MLOPS_Q5_K, MLOPS_Q6_K,
    MLOPS_COMPACT  // in memory alone (bodies/compact.h)
};
/// y[i,columns] = the row first + i of a stored matrix, in f32; row_bytes is the length of a stored row.
void mlops_convert_rows(int type, const uint8_t *w, long row_bytes, long first, float *y, long ldy, long rows, long columns);
/// y[i,columns] = the row ids[i] of a stored matrix, in f32.
void mlops_gather_rows(int type, const uint8_t *w, long row_bytes, const int32_t *ids, float *y, long ldy, long rows,
                       long columns);

/// Copies bytes, on all threads.
void mlops_copy_bytes(const void *from, void *to, size_t count);
/// Bytes of a row of k numbers in the compact form, k a multiple of 64.
long mlops_compact_row_bytes(long k);
/// counts[n] = how many numbers of row n of a bf16 matrix [rows, k], k at most 2¹⁹, the compact form lists, −1 where it cannot hold the row.
void mlops_compact_count(const uint8_t *w, long rows, long k, int32_t *counts);
/// Writes the rows in the compact form; none has a count of −1. places[n] is where the list of row n goes, in 8 bytes from `out`, and
/// has room for one more than it counts; those of rows without are not read.
void mlops_compact_pack(const uint8_t *w, long rows, long k, int32_t *counts, const long *places, uint8_t *out);

/// y[rows, outputs] = x[rows, k]·wᵀ, or y += … with `add`; w is a stored matrix [outputs, k]. Unless tail_k is 0,
/// + tail_x[rows, tail_k]·tail_wᵀ.
typedef struct {
    int type;
    const uint8_t *w;
    long row_bytes;
    const float *x;
    long ldx;
    float *y;
    long ldy;
    long outputs, k;
    int add;
    const float *tail_x;
    long tail_ldx;
    const float *tail_w;
    long tail_ldw, tail_k;
} mlops_stored_product;
/// The most products of one call.
enum { MLOPS_STORED_GROUP = 4 };
/// Computes products of the same number of rows, none of which reads what another writes (bodies/few.h, some.h, stored.h, panels.h). Up to
/// four rows meet quantised weights as whole numbers of 16 bits; more do when asked to, where that is faster.
void mlops_stored_multiply(const mlops_stored_product *products, long count, long rows, int in_whole_numbers);
/// The other way, without a tail: y[rows, k] = x[rows, outputs]·w, or y += … (bodies/panels.h).
void mlops_stored_multiply_back(const mlops_stored_product *product, long rows);

// ── Products in bf16 (bodies/bf16.h) ─────────────────────────────────────────────────────────────────────────────────

/// Outputs of a panel of a packed matrix.
enum { MLOPS_PANEL = 48 };
/// A packed matrix of some outputs and sums over k: ceil(outputs / 48) panels of 48 × (k rounded up to even) elements.
typedef struct {
    const uint16_t *panels;
    long k;
} mlops_packed;

/// y = x in bf16; rows of y have room for their columns rounded up to 16, which are filled with zeros.
void mlops_bf16_convert(const float *x, long ldx, uint16_t *y, long ldy, long rows, long columns);
/// Packs a stored matrix of `rows` outputs.
void mlops_bf16_pack(int type, const uint8_t *w, long row_bytes, long rows, long columns, uint16_t *panels);
/// y[rows, outputs] = base + [x₁ | x₂]·[w₁ | w₂]ᵀ: x₁ is x's first k₁ columns, x₂ the k₂ that begin at k₁ rounded up to even; with
/// k₂ = 0, w₁ alone. The base may be y itself; null: nothing is added.
void mlops_bf16_multiply(const uint16_t *x, long ldx, mlops_packed w1, mlops_packed w2, const float *base, long ldbase, float *y,
                         long ldy, long rows, long outputs);
/// The other way: y[rows, k₁ + k₂] = [x·w₁ | x·w₂] for packed matrices of as many outputs, over which the sums run; `add` concerns
/// the first k₁ columns alone.
void mlops_bf16_multiply_back(const uint16_t *x, long ldx, mlops_packed w1, mlops_packed w2, float *y, long ldy, long rows,
                              long outputs, int add);

// ── Products of whole numbers with scales (bodies/scaled.h) ──────────────────────────────────────────────────────────

/// Numbers of a row of x that share a scale, and rows and columns of w; two panels.
enum { MLOPS_SCALED_BLOCK = 2 * MLOPS_PANEL };
/// A packed matrix of some outputs and sums over k, both rounded up to whole blocks: panels of whole numbers, as of a packed matrix in
/// bf16, and scales, ceil(outputs / 96) rows of ceil(k / 96).
typedef struct {
    const uint16_t *panels;
    const float *scales;
    long k;
} mlops_scaled;

/// y = x as whole numbers; a row of y has ceil(columns / 96) · 96 of them and, in two elements each, as many scales as blocks. Rows are an
/// even number of elements apart, at an address that floats may have.
void mlops_scaled_rows(const float *x, long ldx, uint16_t *y, long ldy, long rows, long columns);
/// Packs a stored matrix of `rows` outputs.
void mlops_scaled_pack(int type, const uint8_t *w, long row_bytes, long rows, long columns, uint16_t *panels, float *scales);
/// y[rows, outputs] = base + x·wᵀ. The base may be y itself; null: nothing is added.
void mlops_scaled_multiply(const uint16_t *x, long ldx, mlops_scaled w, const float *base, long ldbase, float *y, long ldy, long rows,
                           long outputs);
/// The other way: y[rows, k] = x·w, or y += …, with sums over the outputs.
void mlops_scaled_multiply_back(const uint16_t *x, long ldx, mlops_scaled w, float *y, long ldy, long rows, long outputs, int add);

#endif
