// Attention as attention.h describes it, with products of bf16 numbers and f32 sums: queries, keys, values, p and ds are rounded,
// scores and their exponentials are not.
//
// Products sum over pairs of neighbours. Where they sum over the head's columns, rows are pairs already; where they sum over keys or
// over queries, the right side is pairs of neighbouring rows.
#include "../arguments.h"
#include "tile.h"

/// The longest head in whole vectors, and the numbers of a tile of such rows.
enum { HALF_HEAD = (MLOPS_MAXIMUM_HEAD_SIZE + 31) / 32 * 32, HALF_TILE = TILE * HALF_HEAD };

INLINE long whole_halves(long n) { return (n + HALF_COLUMNS - 1) / HALF_COLUMNS * HALF_COLUMNS; }

#ifdef MATRIX_TILES
#include "attention_tiles.h"
#else
#include "attention_vectors.h"
#endif

/// y[rows up to a multiple of HALF_MULTIPLE, width] = x[rows, d] in bf16, zeros around.
INLINE void half_rows(const float *x, long ldx, long rows, long d, uint16_t *y, long width) {
    for (long i = 0; i < rows; i++)
        for (long j = 0; j < width; j += LANES) store_bf16(y + i * width + j, load_part(x + i * ldx + j, d - j));
    memset(y + rows * width, 0, (size_t)((filled_up(rows) - rows) * width) * sizeof *y);
}
/// Pairs of neighbouring rows [rows/2, width].
INLINE void half_row_pairs(const uint16_t *x, long rows, long width, uint16_t *y) {
    for (long i = 0; i < filled_up(rows); i += 2)
        for (long j = 0; j < width; j += HALF_COLUMNS) {
            vh32 even = load_halves(x + i * width + j, HALF_COLUMNS), odd = load_halves(x + (i + 1) * width + j, HALF_COLUMNS);
            vh32 low = PAIRS_OF_ROWS(even, odd, 0), high = PAIRS_OF_ROWS(even, odd, 16);
            memcpy(y + i * width + 2 * j, &low, sizeof low);
            memcpy(y + i * width + 2 * j + HALF_COLUMNS, &high, sizeof high);
        }
}
/// Pairs of neighbouring columns, transposed: [width/2, 64].
INLINE void half_column_pairs(const uint16_t *x, long rows, long width, uint16_t *y) {
    for (long i = 0; i < rows; i += LANES)
        for (long j = 0; j < width; j += HALF_COLUMNS) {
            vu block[LANES];
            UNROLL for (int r = 0; r < LANES; r++) block[r] = load_pairs(x + (i + r) * width + j);
            transpose_pairs(block, y + (j / 2 * TILE + i) * 2, 2 * TILE);
        }
}

static void attention_half_forward(const void *arguments, long task) {
    const struct attention *a = arguments;
    const mlops_attention *shape = &a->shape;
    struct place p = place_of(shape, task, a->blocks, shape->heads, 0);
    if (p.count == 0) return;
    const mlops_sequence *s = p.sequence;
    long d = shape->head_size, width = whole_halves(d), pairs = (d + 1) / 2;
    long kv = p.head / (shape->heads / shape->key_value_heads), row = s->query_start + p.start;

    ALIGNED uint16_t q[HALF_TILE], part[HALF_TILE], right[HALF_TILE], p16[TILE * TILE];
    ALIGNED float scores[TILE * TILE], sums[HALF_TILE];
    struct running running;
    begin_tiles();
    begin_rows(&running, p.count, sums, width);
    half_rows(a->q + row * shape->query_ld + p.head * d, shape->query_ld, p.count, d, q, width);
    long first = first_key(shape, s, p.start) / TILE * TILE, end = end_key(s, p.start + p.count - 1);
    for (long k0 = first; k0 < end; k0 += TILE) {
        long count = block_end(k0, TILE, end) - k0, across = rounded_up(count);
        half_rows(s->keys + k0 * shape->key_ld + kv * d, shape->key_ld, count, d, part, width);
        half_column_pairs(part, count, width, right);
        half_tile_product(q, width / 2, right, TILE, scores, TILE, p.count, across, pairs, 0);
        soften_rows(shape, p, k0, count, scores, sums, width, &running);
        half_scores(scores, p.count, across, p16, 0);
        half_rows(s->values + k0 * shape->key_ld + kv * d, shape->key_ld, count, d, part, width);
        half_row_pairs(part, count, width, right);
        half_tile_product(p16, TILE / 2, right, width, sums, width, p.count, rounded_up(d), (count + 1) / 2, 1);
    }
    end_tiles();
    finish_rows(a, p, sums, width, &running);
}

/// Products of queries and their gradients with keys and values: p and ds in place of s and dp.
INLINE void half_score_gradients(const struct attention *a, const mlops_sequence *s, long head, long start, long rows, long k0,
                                 long across, const uint16_t *q, const uint16_t *dout, const uint16_t *keys, const uint16_t *values,
                                 float *scores, float *gradients) {
    long d = a->shape.head_size, width = whole_halves(d), pairs = (d + 1) / 2;
    half_tile_product(q, width / 2, keys, TILE, scores, TILE, rows, across, pairs, 0);
    half_tile_product(dout, width / 2, values, TILE, gradients, TILE, rows, across, pairs, 0);
    score_gradients(a, s, head, start, rows, k0, across, scores, gradients);
}

static void attention_half_queries(const void *arguments, long task) {
    const struct attention *a = arguments;
    const mlops_attention *shape = &a->shape;
    struct place p = place_of(shape, task, a->blocks, shape->heads, 0);
    if (p.count == 0) return;
    const mlops_sequence *s = p.sequence;
    long d = shape->head_size, width = whole_halves(d);
    long kv = p.head / (shape->heads / shape->key_value_heads), row = s->query_start + p.start;

    ALIGNED uint16_t q[HALF_TILE], dout[HALF_TILE], part[HALF_TILE], keys[HALF_TILE], values[HALF_TILE], ds[TILE * TILE];
    ALIGNED float scores[TILE * TILE], gradients[TILE * TILE], sums[HALF_TILE];
    begin_tiles();
    for (long i = 0; i < p.count * width; i += LANES) store(sums + i, zero());
    half_rows(a->q + row * shape->query_ld + p.head * d, shape->query_ld, p.count, d, q, width);
    half_rows(a->doutput + row * a->doutput_ld + p.head * d, a->doutput_ld, p.count, d, dout, width);
    long first = first_key(shape, s, p.start) / TILE * TILE, end = end_key(s, p.start + p.count - 1);
    for (long k0 = first; k0 < end; k0 += TILE) {
        long count = block_end(k0, TILE, end) - k0, across = rounded_up(count);
        half_rows(s->values + k0 * shape->key_ld + kv * d, shape->key_ld, count, d, part, width);
        half_column_pairs(part, count, width, values);
        half_rows(s->keys + k0 * shape->key_ld + kv * d, shape->key_ld, count, d, part, width);
        half_column_pairs(part, count, width, keys);
        half_score_gradients(a, s, p.head, p.start, p.count, k0, across, q, dout, keys, values, scores, gradients);
        half_scores(gradients, p.count, across, ds, 0);
        half_row_pairs(part, count, width, keys);
        half_tile_product(ds, TILE / 2, keys, width, sums, width, p.count, rounded_up(d), (count + 1) / 2, 1);
    }
    end_tiles();
    for (long i = 0; i < p.count; i++) {
        float *dq = a->dq + (row + i) * shape->query_ld + p.head * d;
        for (long j = 0; j < d; j += LANES) store_part(dq + j, load(sums + i * width + j), d - j);
    }
}

/// dk and dv of a tile of keys and, when `with_queries`, what the tile gives to dq.
INLINE void half_keys_tile(const struct attention *a, struct place p, const int with_queries) {
    const mlops_attention *shape = &a->shape;
    const mlops_sequence *s = p.sequence;
    long d = shape->head_size, width = whole_halves(d), group = shape->heads / shape->key_value_heads;
    long across = rounded_up(p.count), columns = rounded_up(d);

    ALIGNED uint16_t keys[HALF_TILE], values[HALF_TILE], upright[HALF_TILE];  // k and v transposed, pairs of k's rows
    ALIGNED uint16_t q[HALF_TILE], dout[HALF_TILE], part[HALF_TILE], ds[TILE * TILE], turned[TILE * TILE];
    ALIGNED float scores[TILE * TILE], gradients[TILE * TILE], right[with_queries ? HALF_TILE : 1];
    ALIGNED float key_sums[HALF_TILE], value_sums[HALF_TILE];
    begin_tiles();
    for (long i = 0; i < p.count * width; i += LANES) {
        store(key_sums + i, zero());
        store(value_sums + i, zero());
    }
    half_rows(s->values + p.start * shape->key_ld + p.head * d, shape->key_ld, p.count, d, part, width);
    half_column_pairs(part, p.count, width, values);
    half_rows(s->keys + p.start * shape->key_ld + p.head * d, shape->key_ld, p.count, d, part, width);
    half_column_pairs(part, p.count, width, keys);
    if (with_queries) half_row_pairs(part, p.count, width, upright);
    long before = s->key_count - s->query_count;  // keys that every query sees
    long first = p.start > before ? (p.start - before) / TILE * TILE : 0;
    for (long head = p.head * group; head < (p.head + 1) * group; head++) {
        for (long q0 = first; q0 < s->query_count; q0 += TILE) {
            if (first_key(shape, s, q0) >= p.start + p.count) break;  // the window has moved past these keys
            long count = block_end(q0, TILE, s->query_count) - q0, row = s->query_start + q0;
            half_rows(a->q + row * shape->query_ld + head * d, shape->query_ld, count, d, q, width);
            half_rows(a->doutput + row * a->doutput_ld + head * d, a->doutput_ld, count, d, dout, width);
            half_score_gradients(a, s, head, q0, count, p.start, across, q, dout, keys, values, scores, gradients);
            half_scores(scores, count, across, 0, turned);
            half_row_pairs(dout, count, width, part);
            half_upright_product(turned, part, width, value_sums, width, p.count, columns, (count + 1) / 2, 1);
            half_scores(gradients, count, across, ds, turned);
            half_row_pairs(q, count, width, part);
            half_upright_product(turned, part, width, key_sums, width, p.count, columns, (count + 1) / 2, 1);
            if (!with_queries) continue;
            float *dq = a->dq + row * shape->query_ld + head * d;
            if (columns == d && count % HALF_WRITTEN == 0) {
                half_tile_product(ds, TILE / 2, upright, width, dq, shape->query_ld, count, d, (p.count + 1) / 2, 1);
                continue;
            }
            tile_load(dq, shape->query_ld, right, width, count, d);
            half_tile_product(ds, TILE / 2, upright, width, right, width, count, columns, (p.count + 1) / 2, 1);
            for (long i = 0; i < count; i++)
                for (long j = 0; j < d; j += LANES) store_part(dq + i * shape->query_ld + j, load(right + i * width + j), d - j);
        }
    }
    end_tiles();
    store_key_gradients(a, p, key_sums, value_sums, width);
}

static void attention_half_keys(const void *arguments, long task) {
    const struct attention *a = arguments;
    struct place p = place_of(&a->shape, task, a->blocks, a->shape.key_value_heads, 1);
    if (p.count > 0) half_keys_tile(a, p, 0);
}

static void attention_half_heads(const void *arguments, long task) {
    const struct attention *a = arguments;
    struct place p = begin_head(a, task);
    for (; p.start < p.sequence->key_count; p.start += TILE) {
        p.count = block_end(p.start, TILE, p.sequence->key_count) - p.start;
        half_keys_tile(a, p, 1);
    }
}
