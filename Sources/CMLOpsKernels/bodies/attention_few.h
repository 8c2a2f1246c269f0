// Attention of sequences with few queries, as in generation, 32 keys at a time.
//
// A token's step reads all keys and values once, and is bound by how fast they arrive. So a task is a block of keys with all
// heads, whose memory lies together, and leaves a partial result for each head: the largest score m, Σ eˢ⁻ᵐ, and Σ eˢ⁻ᵐ·v.
// Another one joins a sequence's parts in order, with the formulas of attention.h. Blocks are counted from the first key of the
// sequence: a result depends neither on the threads nor on other sequences.
#include "../arguments.h"
#include "ahead.h"
#include "vector.h"

#include <math.h>

/// Keys whose scores are made together; vectors of a value that are summed in registers.
enum { KEY_GROUP = LANES, VALUE_VECTORS = 4 };

INLINE struct ahead rows_ahead(const float *rows, long ld, long columns, long count) {
    return (struct ahead){rows, ld * (long)sizeof(float), count, (columns * (long)sizeof(float) + LINE_BYTES - 1) / LINE_BYTES, 0};
}

/// sums[i] = the sum of v[i]'s elements: halves are added to halves, four times, so that all sixteen sums share the work.
INLINE vf sums_of(vf v[LANES]) {
    UNROLL for (int i = 0; i < 8; i++)
        v[i] = __builtin_shufflevector(v[i], v[i + 8], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
               __builtin_shufflevector(v[i], v[i + 8], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    UNROLL for (int i = 0; i < 4; i++)
        v[i] = __builtin_shufflevector(v[i], v[i + 4], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27) +
               __builtin_shufflevector(v[i], v[i + 4], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
    // Now lanes 0–3 are of v[i], 4–7 of v[i + 4], 8–11 of v[i + 8], 12–15 of v[i + 12].
    UNROLL for (int i = 0; i < 2; i++)
        v[i] = __builtin_shufflevector(v[i], v[i + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
               __builtin_shufflevector(v[i], v[i + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    // Lanes 0–1 of v[i], 2–3 of v[i + 2], 4–5 of v[i + 4], … in steps of two.
    vf all = __builtin_shufflevector(v[0], v[1], 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30) +
             __builtin_shufflevector(v[0], v[1], 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
    return all;
}

/// scores = cap(scale·q·kᵀ) of `count` keys; −∞ up to the end of the block. Returns the largest.
INLINE float few_scores(const mlops_attention *shape, const float *q, const float *keys, long count, float *scores) {
    long key_ld = shape->key_ld, d = shape->head_size;
    vf top = splat(-INFINITY);
    for (long j0 = 0; j0 < FEW_KEYS; j0 += KEY_GROUP) {
        const float *group = keys + j0 * key_ld;
        vf dots[KEY_GROUP];
        UNROLL for (int j = 0; j < KEY_GROUP; j++) dots[j] = zero();
        if (j0 + KEY_GROUP <= count)
            for (long c = 0; c < d; c += LANES) {
                vf left = load_part(q + c, d - c);
                UNROLL for (int j = 0; j < KEY_GROUP; j++) dots[j] = dots[j] + left * load_part(group + j * key_ld + c, d - c);
            }
        else
            for (long c = 0; c < d; c += LANES) {
                vf left = load_part(q + c, d - c);
                UNROLL for (int j = 0; j < KEY_GROUP; j++)
                    if (j0 + j < count) dots[j] = dots[j] + left * load_part(group + j * key_ld + c, d - c);
            }
        store(scores + j0, bounded_score(shape, sums_of(dots)));
        for (long j = count - j0 > 0 ? count - j0 : 0; j < KEY_GROUP; j++) scores[j0 + j] = -INFINITY;
        top = larger(load(scores + j0), top);
    }
    return maximum(top);
}

/// sums = Σ p·v of `count` values, some columns at a time.
INLINE void few_values(const mlops_attention *shape, const float *p, const float *values, long count, float *sums) {
    long value_ld = shape->key_ld, d = shape->head_size;
    long c = 0;
    for (; c + VALUE_VECTORS * LANES <= d; c += VALUE_VECTORS * LANES) {
        vf part[VALUE_VECTORS];
        UNROLL for (int i = 0; i < VALUE_VECTORS; i++) part[i] = zero();
        for (long j = 0; j < count; j++)
            UNROLL for (int i = 0; i < VALUE_VECTORS; i++)
                part[i] = part[i] + splat(p[j]) * load(values + j * value_ld + c + i * LANES);
        UNROLL for (int i = 0; i < VALUE_VECTORS; i++) store(sums + c + i * LANES, part[i]);
    }
    for (; c < d; c += LANES) {
        vf part = zero();
        for (long j = 0; j < count; j++) part = part + splat(p[j]) * load_part(values + j * value_ld + c, d - c);
        store(sums + c, part);
    }
}

/// The place of a head's partial result: m, the sum, and from the second vector on the values, or before them their weights.
INLINE float *few_part(const struct attention *a, long sequence, long query, long block, long head) {
    return a->parts + (((sequence * a->queries + query) * a->blocks + block) * a->shape.heads + head) * a->part;
}

/// A task is a block of a sequence's keys.
static void attention_few(const void *arguments, long task) {
    const struct attention *a = arguments;
    const mlops_attention *shape = &a->shape;
    long sequence = task / a->blocks, block = task % a->blocks, start = block * FEW_KEYS;
    const mlops_sequence *s = shape->sequences + sequence;
    long d = shape->head_size, group = shape->heads / shape->key_value_heads;
    if (start >= s->key_count) return;
    long height = block_end(start, FEW_KEYS, s->key_count) - start;
    const float *keys = s->keys + start * shape->key_ld, *values = s->values + start * shape->key_ld;
    struct ahead next_keys = rows_ahead(keys, shape->key_ld, shape->key_value_heads * d, height);
    struct ahead next_values = rows_ahead(values, shape->key_ld, shape->key_value_heads * d, height);
    long share = share_of(&next_values, shape->heads);
    ask(&next_keys, next_keys.count * next_keys.lines);

    for (long i = 0; i < s->query_count; i++) {
        long first = first_key(shape, s, i) - start, end = end_key(s, i) - start;
        if (first < 0) first = 0;
        if (end > height) end = height;
        if (first >= end) continue;
        const float *q = a->q + (s->query_start + i) * shape->query_ld;
        ALIGNED float scores[FEW_KEYS];
        for (long head = 0; head < shape->heads; head++) {
            ask(&next_values, share);
            long column = head / group * d;
            float *part = few_part(a, sequence, i, block, head);
            float top = few_scores(shape, q + head * d, keys + first * shape->key_ld + column, end - first, scores);
            vf total = zero();
            UNROLL for (long j = 0; j < FEW_KEYS; j += LANES) {
                vf x = load(scores + j), e = blend(x == splat(-INFINITY), zero(), exponential(x - splat(top)));
                store(part + LANES + j, e);
                total = total + e;
            }
            part[0] = top;
            part[1] = sum(total);
        }
        for (long head = 0; head < shape->heads; head++) {
            float *part = few_part(a, sequence, i, block, head);
            ALIGNED float weights[FEW_KEYS];
            memcpy(weights, part + LANES, sizeof weights);
            few_values(shape, weights, values + first * shape->key_ld + head / group * d, end - first, part + LANES);
        }
    }
}

/// A task is a sequence, whose parts are joined.
static void attention_join(const void *arguments, long task) {
    const struct attention *a = arguments;
    const mlops_attention *shape = &a->shape;
    const mlops_sequence *s = shape->sequences + task;
    long d = shape->head_size, size = a->part * shape->heads;
    for (long i = 0; i < s->query_count; i++) {
        long from = first_key(shape, s, i) / FEW_KEYS, to = (end_key(s, i) + FEW_KEYS - 1) / FEW_KEYS, row = s->query_start + i;
        for (long head = 0; head < shape->heads; head++) {
            const float *parts = few_part(a, task, i, 0, head);
            float top = -INFINITY, total = 0;
            for (long b = from; b < to; b++) top = parts[b * size] > top ? parts[b * size] : top;
            ALIGNED float sums[MLOPS_MAXIMUM_HEAD_SIZE];
            for (long c = 0; c < d; c += LANES) store(sums + c, zero());
            for (long b = from; b < to; b++) {
                const float *part = parts + b * size;
                float share = part[0] == top ? 1 : expf(part[0] - top);
                total += share * part[1];
                for (long c = 0; c < d; c += LANES) store(sums + c, load(sums + c) + splat(share) * load(part + LANES + c));
            }
            float *out = a->out + row * a->output_ld + head * d;
            for (long c = 0; c < d; c += LANES) store_part(out + c, load(sums + c) * splat(1.f / total), d - c);
            if (a->log_sum_exp) a->log_sum_exp[row * shape->heads + head] = top + logf(total);
        }
    }
}
