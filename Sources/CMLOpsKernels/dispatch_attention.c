// Attention's public functions: which tasks a shape is divided into.
#include "dispatch.h"
#include "expect.h"

static long longest_queries(const mlops_attention *shape) {
    long longest = 0;
    for (long i = 0; i < shape->sequence_count; i++)
        if (shape->sequences[i].query_count > longest) longest = shape->sequences[i].query_count;
    return longest;
}
static long longest_keys(const mlops_attention *shape) {
    long longest = 0;
    for (long i = 0; i < shape->sequence_count; i++)
        if (shape->sequences[i].key_count > longest) longest = shape->sequences[i].key_count;
    return longest;
}
/// The most queries of a sequence for which its keys are walked through once a query.
enum { FEW_QUERIES = 4 };
/// Floats of a part: a vector for its sums, then its values, which lie where their weights did.
static long part_size(const mlops_attention *shape) {
    long values = blocks(shape->head_size, 16) * 16;
    return 16 + (values > FEW_KEYS ? values : FEW_KEYS);
}
/// Whether the backward pass makes a task of each key/value head: not where threads would have no work for long.
static int heads_fill_threads(long heads) {
    long threads = mlops_thread_count(), rounds = blocks(heads, threads);
    return heads >= 2 * threads && 4 * rounds * threads <= 5 * heads;
}
long mlops_attention_scratch(const mlops_attention *shape) {
    long queries = longest_queries(shape);
    if (queries > FEW_QUERIES) return 0;
    return shape->sequence_count * queries * blocks(longest_keys(shape), FEW_KEYS) * shape->heads * part_size(shape);
}
/// What threads that wait for this attention the next time ask for: the keys, and values that lie beside them.
static void reads(const mlops_attention *shape) {
    uintptr_t starts[EXPECTED_THREADS] = {0};
    long threads = mlops_thread_count(), bytes = shape->sequences->key_count * shape->key_ld * (long)sizeof(float) / threads;
    for (int i = 0; i < EXPECTED_THREADS && i < threads; i++) starts[i] = (uintptr_t)shape->sequences->keys + (uintptr_t)(i * bytes);
    mlops_reads(starts, bytes);
}
void mlops_attention_forward(const mlops_attention *shape, const float *q, float *output, long output_ld,
                             float *log_sum_exp, float *scratch) {
    long queries = longest_queries(shape), few = queries <= FEW_QUERIES;
    struct attention a = {.shape = *shape, .blocks = few ? blocks(longest_keys(shape), FEW_KEYS) : blocks(queries, TILE),
                          .queries = queries, .parts = scratch, .part = part_size(shape), .q = q, .out = output, .output_ld = output_ld,
                          .log_sum_exp = log_sum_exp};
    const struct mlops_kernel_table *k = kernels();
    if (!few) {
        mlops_task tile = shape->halves ? k->attention_half_forward : k->attention_forward;
        return mlops_parallel(shape->sequence_count * a.blocks * shape->heads, tile, &a);
    }
    if (shape->sequence_count == 1) reads(shape);
    mlops_parallel(shape->sequence_count * a.blocks, k->attention_few, &a);
    mlops_parallel(shape->sequence_count, k->attention_join, &a);
}
void mlops_attention_backward(const mlops_attention *shape, const float *q, const float *output, long output_ld,
                              const float *log_sum_exp, const float *doutput, long doutput_ld, float *delta, float *dq,
                              float *dk, float *dv) {
    struct attention a = {.shape = *shape, .blocks = blocks(longest_keys(shape), TILE), .q = q, .output = output, .doutput = doutput,
                          .output_ld = output_ld, .doutput_ld = doutput_ld, .log_sum_exp = (float *)log_sum_exp,
                          .delta = delta, .dq = dq, .dk = dk, .dv = dv};
    const struct mlops_kernel_table *k = kernels();
    mlops_parallel(shape->sequence_count * a.blocks * shape->heads, k->attention_delta, &a);
    long heads = shape->sequence_count * shape->key_value_heads;
    if (heads_fill_threads(heads)) return mlops_parallel(heads, shape->halves ? k->attention_half_heads : k->attention_heads, &a);
    mlops_task queries = shape->halves ? k->attention_half_queries : k->attention_queries;
    mlops_parallel(shape->sequence_count * a.blocks * shape->heads, queries, &a);
    mlops_parallel(heads * a.blocks, shape->halves ? k->attention_half_keys : k->attention_keys, &a);
}
