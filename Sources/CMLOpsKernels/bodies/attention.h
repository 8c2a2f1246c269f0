// Causal attention over tiles of 64 queries × 64 keys, with grouped key/value heads: memory stays linear in length.
//
// Forward, a head (online softmax, m running maximum, l running sum):
//   s = cap(scale·q·kᵀ)    m′ = max(m, max s)    p = e^(s−m′)    l = l·e^(m−m′) + Σp    o = o·e^(m−m′) + p·v    at the end o/l, L = m + ln l
// where cap(x) = c·tanh(x/c), or x without a bound c.
// Backward, with δ = Σ(do∘o):
//   p = e^(s−L)    dp = do·vᵀ    ds = scale·cap′∘p∘(dp−δ)    dq = ds·k    dk = dsᵀ·q    dv = pᵀ·do
// dq is made a tile of queries at a time, dk and dv a tile of keys at a time: no two tasks write the same memory. Where there are
// heads enough for all threads, one task makes all three of a head.
#include "../arguments.h"
#include "tile.h"

#include <math.h>

/// A tile of one head of one sequence, from a task number.
struct place {
    const mlops_sequence *sequence;
    long head, start, count;  // of queries, or of keys
};

INLINE struct place place_of(const mlops_attention *shape, long task, long blocks, long heads, int of_keys) {
    struct place p;
    p.sequence = shape->sequences + task / (blocks * heads);
    p.head = task / blocks % heads;
    long length = of_keys ? p.sequence->key_count : p.sequence->query_count;
    p.start = task % blocks * TILE;
    p.count = p.start >= length ? 0 : block_end(p.start, TILE, length) - p.start;
    return p;
}
/// The first key that query i (counted in its sequence) sees, and the first it does not.
INLINE long first_key(const mlops_attention *shape, const mlops_sequence *s, long i) {
    long last = s->key_count - s->query_count + i + 1;
    return shape->window > 0 && last > shape->window ? last - shape->window : 0;
}
INLINE long end_key(const mlops_sequence *s, long i) { return s->key_count - s->query_count + i + 1; }

/// Which of 16 keys from j on a query sees that sees low to below high: all ones, or zeros.
INLINE vi seen(long j, long low, long high) {
    const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return (lane >= (int32_t)(low - j)) & (lane < (int32_t)(high - j));
}

/// A product of query and key, scaled, as a bounded score.
INLINE vf bounded_score(const mlops_attention *shape, vf product) {
    vf score = product * splat(shape->scale);
    if (shape->softcap <= 0) return score;
    return splat(shape->softcap) * hyperbolic_tangent(score / splat(shape->softcap));
}

/// The running maximum and sum of each query of a tile.
struct running { ALIGNED float top[TILE], total[TILE]; };

INLINE void begin_rows(struct running *r, long rows, float *sums, long width) {
    for (long i = 0; i < TILE; i += LANES) {
        store(r->top + i, splat(-INFINITY));
        store(r->total + i, zero());
    }
    for (long i = 0; i < rows * width; i += LANES) store(sums + i, zero());
}

/// Products of the tile's queries with `count` keys from k0 become their weights; what was summed before is scaled to them.
INLINE void soften_rows(const mlops_attention *shape, struct place p, long k0, long count, float *scores, float *sums, long width,
                        struct running *running) {
    const mlops_sequence *s = p.sequence;
    long across = rounded_up(count);
    ALIGNED float tops[TILE], shrink[TILE];
    for (long i = 0; i < TILE; i += LANES) store(tops + i, load(running->top + i));
    for (long i = 0; i < p.count; i++) {
        long low = first_key(shape, s, p.start + i) - k0, high = end_key(s, p.start + i) - k0;
        if (low < 0) low = 0;
        if (high > count) high = count;
        float *x = scores + i * TILE;
        vf peak = splat(tops[i]);
        for (long j = 0; j < across; j += LANES) {
            vf score = bounded_score(shape, load(x + j));
            if (j < low || j + LANES > high) score = blend(seen(j, low, high), score, splat(-INFINITY));
            store(x + j, score);
            peak = larger(score, peak);
        }
        tops[i] = maximum(peak);
    }
    // Of sixteen queries at a time: e⁰ is exactly 1, and a query that has seen nothing keeps nothing.
    for (long i = 0; i < TILE; i += LANES) {
        vf before = load(running->top + i), after = load(tops + i);
        store(shrink + i, blend(before == splat(-INFINITY), zero(), exponential(before - after)));
        store(running->top + i, after);
    }
    for (long i = 0; i < p.count; i++) {
        float *x = scores + i * TILE;
        vf part = zero();
        for (long j = 0; j < across; j += LANES) {
            vf value = load(x + j);
            vf e = blend(value == splat(-INFINITY), zero(), exponential(value - splat(tops[i])));
            store(x + j, e);
            part = part + e;
        }
        running->total[i] = running->total[i] * shrink[i] + sum(part);
        if (shrink[i] == 1) continue;
        for (long j = 0; j < width; j += LANES) store(sums + i * width + j, load(sums + i * width + j) * splat(shrink[i]));
    }
}

INLINE void finish_rows(const struct attention *a, struct place p, const float *sums, long width, const struct running *running) {
    long d = a->shape.head_size, row = p.sequence->query_start + p.start;
    for (long i = 0; i < p.count; i++) {
        float *out = a->out + (row + i) * a->output_ld + p.head * d;
        vf inverse = splat(1.f / running->total[i]);
        for (long j = 0; j < d; j += LANES) store_part(out + j, load(sums + i * width + j) * inverse, d - j);
        if (a->log_sum_exp) a->log_sum_exp[(row + i) * a->shape.heads + p.head] = running->top[i] + logf(running->total[i]);
    }
}

static void attention_forward(const void *arguments, long task) {
    const struct attention *a = arguments;
    const mlops_attention *shape = &a->shape;
    struct place p = place_of(shape, task, a->blocks, shape->heads, 0);
    if (p.count == 0) return;
    const mlops_sequence *s = p.sequence;
    long d = shape->head_size, width = rounded_up(d);
    long kv = p.head / (shape->heads / shape->key_value_heads);
    const float *q = a->q + (s->query_start + p.start) * shape->query_ld + p.head * d;

    ALIGNED float keys[MLOPS_MAXIMUM_HEAD_SIZE * TILE], values[TILE * MLOPS_MAXIMUM_HEAD_SIZE];
    ALIGNED float scores[TILE * TILE], sums[TILE * MLOPS_MAXIMUM_HEAD_SIZE];
    struct running running;
    begin_rows(&running, p.count, sums, width);
    long first = first_key(shape, s, p.start) / TILE * TILE, end = end_key(s, p.start + p.count - 1);
    for (long k0 = first; k0 < end; k0 += TILE) {
        long count = block_end(k0, TILE, end) - k0, across = rounded_up(count);
        tile_load_transposed(s->keys + k0 * shape->key_ld + kv * d, shape->key_ld, keys, TILE, count, d);
        tile_load(s->values + k0 * shape->key_ld + kv * d, shape->key_ld, values, width, count, d);
        tile_product(q, shape->query_ld, 1, keys, TILE, scores, TILE, p.count, across, d, 0);
        soften_rows(shape, p, k0, count, scores, sums, width, &running);
        tile_product(scores, TILE, 1, values, width, sums, width, p.count, width, count, 1);
    }
    finish_rows(a, p, sums, width, &running);
}

/// δ of 64 queries of a head.
static void attention_delta(const void *arguments, long task) {
    const struct attention *a = arguments;
    const mlops_attention *shape = &a->shape;
    struct place p = place_of(shape, task, a->blocks, shape->heads, 0);
    long d = shape->head_size;
    for (long i = 0; i < p.count; i++) {
        long row = p.sequence->query_start + p.start + i;
        const float *o = a->output + row * a->output_ld + p.head * d;
        const float *g = a->doutput + row * a->doutput_ld + p.head * d;
        vf dots = zero();
        for (long j = 0; j < d; j += LANES) dots = dots + load_part(o + j, d - j) * load_part(g + j, d - j);
        a->delta[row * shape->heads + p.head] = sum(dots);
    }
}

/// p and ds of a tile in place of s and dp: rows are queries from `start`, columns keys from `k0`.
INLINE void score_gradients(const struct attention *a, const mlops_sequence *s, long head, long start, long rows, long k0,
                            long count, float *scores, float *gradients) {
    const mlops_attention *shape = &a->shape;
    for (long i = 0; i < rows; i++) {
        long row = (s->query_start + start + i) * shape->heads + head;
        long low = first_key(shape, s, start + i) - k0, high = end_key(s, start + i) - k0;
        float *x = scores + i * TILE, *g = gradients + i * TILE;
        for (long j = 0; j < count; j += LANES) {
            vf score = bounded_score(shape, load(x + j));
            vf e = exponential(score - splat(a->log_sum_exp[row]));
            if (j < low || j + LANES > high) e = (vf)(seen(j, low, high) & (vi)e);
            vf slope = splat(shape->scale);
            if (shape->softcap > 0) {
                vf t = score / splat(shape->softcap);
                slope = slope * (splat(1.f) - t * t);
            }
            store(x + j, e);
            store(g + j, slope * e * (load(g + j) - splat(a->delta[row])));
        }
    }
}

static void attention_queries(const void *arguments, long task) {
    const struct attention *a = arguments;
    const mlops_attention *shape = &a->shape;
    struct place p = place_of(shape, task, a->blocks, shape->heads, 0);
    if (p.count == 0) return;
    const mlops_sequence *s = p.sequence;
    long d = shape->head_size, width = rounded_up(d);
    long kv = p.head / (shape->heads / shape->key_value_heads);
    long row = s->query_start + p.start;
    const float *q = a->q + row * shape->query_ld + p.head * d;
    const float *dout = a->doutput + row * a->doutput_ld + p.head * d;

    ALIGNED float turned[MLOPS_MAXIMUM_HEAD_SIZE * TILE], keys[TILE * MLOPS_MAXIMUM_HEAD_SIZE];
    ALIGNED float scores[TILE * TILE], gradients[TILE * TILE], sums[TILE * MLOPS_MAXIMUM_HEAD_SIZE];
    for (long i = 0; i < p.count * width; i += LANES) store(sums + i, zero());
    long first = first_key(shape, s, p.start) / TILE * TILE, end = end_key(s, p.start + p.count - 1);
    for (long k0 = first; k0 < end; k0 += TILE) {
        long count = block_end(k0, TILE, end) - k0, across = rounded_up(count);
        const float *k = s->keys + k0 * shape->key_ld + kv * d, *v = s->values + k0 * shape->key_ld + kv * d;
        tile_load_transposed(k, shape->key_ld, turned, TILE, count, d);
        tile_product(q, shape->query_ld, 1, turned, TILE, scores, TILE, p.count, across, d, 0);
        tile_load_transposed(v, shape->key_ld, turned, TILE, count, d);
        tile_product(dout, a->doutput_ld, 1, turned, TILE, gradients, TILE, p.count, across, d, 0);
        score_gradients(a, s, p.head, p.start, p.count, k0, across, scores, gradients);
        tile_load(k, shape->key_ld, keys, width, count, d);
        tile_product(gradients, TILE, 1, keys, width, sums, width, p.count, width, count, 1);
    }
    for (long i = 0; i < p.count; i++) {
        float *dq = a->dq + (row + i) * shape->query_ld + p.head * d;
        for (long j = 0; j < d; j += LANES) store_part(dq + j, load(sums + i * width + j), d - j);
    }
}

INLINE void store_key_gradients(const struct attention *a, struct place p, const float *key_sums, const float *value_sums, long width) {
    long d = a->shape.head_size;
    for (long i = 0; i < p.count; i++) {
        long row = (p.sequence->key_start + p.start + i) * a->shape.key_ld + p.head * d;
        for (long j = 0; j < d; j += LANES) {
            store_part(a->dk + row + j, load(key_sums + i * width + j), d - j);
            store_part(a->dv + row + j, load(value_sums + i * width + j), d - j);
        }
    }
}

/// dk and dv of a tile of keys and, when `with_queries`, what the tile gives to dq.
INLINE void keys_tile(const struct attention *a, struct place p, const int with_queries) {
    const mlops_attention *shape = &a->shape;
    const mlops_sequence *s = p.sequence;
    long d = shape->head_size, width = rounded_up(d), group = shape->heads / shape->key_value_heads;
    long across = rounded_up(p.count);
    const float *k = s->keys + p.start * shape->key_ld + p.head * d, *v = s->values + p.start * shape->key_ld + p.head * d;

    ALIGNED float keys[MLOPS_MAXIMUM_HEAD_SIZE * TILE], values[MLOPS_MAXIMUM_HEAD_SIZE * TILE], right[TILE * MLOPS_MAXIMUM_HEAD_SIZE];
    ALIGNED float scores[TILE * TILE], gradients[TILE * TILE], upright[with_queries ? TILE * MLOPS_MAXIMUM_HEAD_SIZE : 1];
    ALIGNED float key_sums[TILE * MLOPS_MAXIMUM_HEAD_SIZE], value_sums[TILE * MLOPS_MAXIMUM_HEAD_SIZE];
    for (long i = 0; i < p.count * width; i += LANES) {
        store(key_sums + i, zero());
        store(value_sums + i, zero());
    }
    tile_load_transposed(k, shape->key_ld, keys, TILE, p.count, d);
    tile_load_transposed(v, shape->key_ld, values, TILE, p.count, d);
    if (with_queries) tile_load(k, shape->key_ld, upright, width, p.count, d);
    long before = s->key_count - s->query_count;  // keys that every query sees
    long first = p.start > before ? (p.start - before) / TILE * TILE : 0;
    for (long head = p.head * group; head < (p.head + 1) * group; head++) {
        for (long q0 = first; q0 < s->query_count; q0 += TILE) {
            if (first_key(shape, s, q0) >= p.start + p.count) break;  // the window has moved past these keys
            long count = block_end(q0, TILE, s->query_count) - q0, row = s->query_start + q0;
            const float *q = a->q + row * shape->query_ld + head * d;
            const float *dout = a->doutput + row * a->doutput_ld + head * d;
            tile_product(q, shape->query_ld, 1, keys, TILE, scores, TILE, count, across, d, 0);
            tile_product(dout, a->doutput_ld, 1, values, TILE, gradients, TILE, count, across, d, 0);
            score_gradients(a, s, head, q0, count, p.start, across, scores, gradients);
            tile_load(dout, a->doutput_ld, right, width, count, d);
            tile_product(scores, 1, TILE, right, width, value_sums, width, p.count, width, count, 1);
            tile_load(q, shape->query_ld, right, width, count, d);
            tile_product(gradients, 1, TILE, right, width, key_sums, width, p.count, width, count, 1);
            if (!with_queries) continue;
            float *dq = a->dq + row * shape->query_ld + head * d;
            if (width == d) {
                tile_product(gradients, TILE, 1, upright, width, dq, shape->query_ld, count, width, p.count, 1);
                continue;
            }
            tile_load(dq, shape->query_ld, right, width, count, d);
            tile_product(gradients, TILE, 1, upright, width, right, width, count, width, p.count, 1);
            for (long i = 0; i < count; i++)
                for (long j = 0; j < d; j += LANES) store_part(dq + i * shape->query_ld + j, load(right + i * width + j), d - j);
        }
    }
    store_key_gradients(a, p, key_sums, value_sums, width);
}

static void attention_keys(const void *arguments, long task) {
    const struct attention *a = arguments;
    struct place p = place_of(&a->shape, task, a->blocks, a->shape.key_value_heads, 1);
    if (p.count > 0) keys_tile(a, p, 0);
}

/// The beginning of a key/value head of a sequence: dq, which its tiles add to, is cleared.
INLINE struct place begin_head(const struct attention *a, long task) {
    const mlops_attention *shape = &a->shape;
    struct place p = {shape->sequences + task / shape->key_value_heads, task % shape->key_value_heads, 0, 0};
    long columns = shape->heads / shape->key_value_heads * shape->head_size;
    for (long i = 0; i < p.sequence->query_count; i++)
        memset(a->dq + (p.sequence->query_start + i) * shape->query_ld + p.head * columns, 0, (size_t)columns * sizeof *a->dq);
    return p;
}

/// All of a key/value head of a sequence, tile after tile: s and dp are computed once instead of twice, and every sum runs in the
/// order in which it does in the two tasks above.
static void attention_heads(const void *arguments, long task) {
    const struct attention *a = arguments;
    struct place p = begin_head(a, task);
    for (; p.start < p.sequence->key_count; p.start += TILE) {
        p.count = block_end(p.start, TILE, p.sequence->key_count) - p.start;
        keys_tile(a, p, 1);
    }
}
