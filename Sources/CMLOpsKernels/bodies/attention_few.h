// Attention of sequences with few queries, as in generation: keys and values are read where they lie, 256 at a time.
//
// The formulas are those of attention.h; a task is a head of a sequence.
#include "../arguments.h"
#include "vector.h"

#include <math.h>

/// Keys of a block, and how many keys ahead the next ones are called: a head's part of each lies apart from the others', which
/// the processor does not foresee.
enum { KEY_BLOCK = 256, KEYS_AHEAD = 16 };

INLINE void call_ahead(const float *row, long ld, long d) {
    for (long c = 0; c < d; c += LANES) __builtin_prefetch(row + KEYS_AHEAD * ld + c);
}

/// scores = cap(scale·q·kᵀ) of `count` keys; returns the largest.
INLINE float few_scores(const float *q, const float *keys, const mlops_attention *shape, long count, float *scores) {
    float top = -INFINITY, scale = shape->scale, cap = shape->softcap;
    long d = shape->head_size, key_ld = shape->key_ld;
    for (long j = 0; j < count; j++) {
        vf dots = zero();
        call_ahead(keys + j * key_ld, key_ld, d);
        for (long c = 0; c < d; c += LANES) dots = dots + load_part(q + c, d - c) * load_part(keys + j * key_ld + c, d - c);
        scores[j] = scale * sum(dots);
        top = scores[j] > top ? scores[j] : top;
    }
    if (cap <= 0) return top;
    top = -INFINITY;
    for (long j = 0; j < count; j += LANES)
        store_part(scores + j, splat(cap) * hyperbolic_tangent(load_part(scores + j, count - j) / splat(cap)), count - j);
    for (long j = 0; j < count; j++) top = scores[j] > top ? scores[j] : top;
    return top;
}

static void attention_few(const void *arguments, long task) {
    const struct attention *a = arguments;
    const mlops_attention *shape = &a->shape;
    const mlops_sequence *s = shape->sequences + task / shape->heads;
    long head = task % shape->heads, d = shape->head_size;
    long kv = head / (shape->heads / shape->key_value_heads);
    ALIGNED float scores[KEY_BLOCK], sums[MLOPS_MAXIMUM_HEAD_SIZE];
    for (long i = 0; i < s->query_count; i++) {
        long row = s->query_start + i, end = end_key(s, i);
        const float *q = a->q + row * shape->query_ld + head * d;
        float top = -INFINITY, total = 0;
        for (long c = 0; c < d; c += LANES) store(sums + c, zero());
        for (long k0 = first_key(shape, s, i); k0 < end; k0 += KEY_BLOCK) {
            long count = block_end(k0, KEY_BLOCK, end) - k0;
            const float *values = s->values + k0 * shape->key_ld + kv * d;
            float peak = few_scores(q, s->keys + k0 * shape->key_ld + kv * d, shape, count, scores);
            float m = peak > top ? peak : top, shrink = top == -INFINITY ? 0 : expf(top - m);
            for (long c = 0; c < d; c += LANES) store(sums + c, load(sums + c) * splat(shrink));
            vf part = zero();
            for (long j = 0; j < count; j += LANES) {
                vf e = exponential(load_part(scores + j, count - j) - splat(m));
                store(scores + j, e);
                for (long l = 0; l < LANES && count - j < LANES; l++) e[l] = l < count - j ? e[l] : 0;
                part = part + e;
            }
            total = total * shrink + sum(part);
            top = m;
            for (long j = 0; j < count; j++) {
                call_ahead(values + j * shape->key_ld, shape->key_ld, d);
                for (long c = 0; c < d; c += LANES)
                    store(sums + c, load(sums + c) + splat(scores[j]) * load_part(values + j * shape->key_ld + c, d - c));
            }
        }
        float *out = a->out + row * a->output_ld + head * d;
        for (long c = 0; c < d; c += LANES) store_part(out + c, load(sums + c) * splat(1.f / total), d - c);
        if (a->log_sum_exp) a->log_sum_exp[row * shape->heads + head] = top + logf(total);
    }
}
