// Calls every public kernel with random shapes, on every instruction set and on one and several threads.
//
// Built with a sanitizer by scripts/sanitize-kernels.sh. Every buffer is exactly as long as its shape says, so that a step beyond
// it is seen; what lies between the columns of a row and the next row must stay as it was; and the results must be the same bits
// on any number of threads.
//   fuzz ROUNDS SEED
#include "../../Sources/CMLOpsKernels/include/CMLOpsKernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MATRICES = 64 };
static const float GUARD = 12345.5f;
static uint64_t state;
static const char *kernel;
static int failures;

static uint64_t bits(void) {
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}
static long below(long n) { return (long)(bits() % (uint64_t)n); }
static float number(void) { return (float)((double)(bits() >> 40) / 8388608 - 1); }
/// Mostly small, now and then past the sizes of blocks and tiles.
static long size(void) {
    static const long edges[] = {1, 2, 3, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 95, 97, 127, 128, 129, 200};
    return edges[below(sizeof edges / sizeof *edges)];
}

struct matrix {
    float *p;
    long rows, columns, ld;
};
static struct matrix matrices[MATRICES];
static int matrix_count;
static void *blocks[MATRICES];
static int block_count;

static void *memory(size_t bytes) {
    void *p = malloc(bytes ? bytes : 1);
    if (!p) abort();
    return blocks[block_count++] = p;
}

/// A matrix that ends with its last row's last column.
static struct matrix matrix(long rows, long columns) {
    struct matrix m = {0, rows, columns, columns + (below(2) ? below(20) : 0)};
    long count = rows == 0 ? 0 : (rows - 1) * m.ld + columns;
    m.p = memory((size_t)count * sizeof(float));
    for (long i = 0; i < count; i++) m.p[i] = i % m.ld < columns ? number() : GUARD;
    return matrices[matrix_count++] = m;
}
static struct matrix flat(long count) {
    struct matrix m = {memory((size_t)count * sizeof(float)), 1, count, count};
    for (long i = 0; i < count; i++) m.p[i] = number();
    return matrices[matrix_count++] = m;
}

static mlops_output output(struct matrix m) { return (mlops_output){m.p, 0, m.ld}; }
/// A result in bf16, with rows of whole vectors.
static mlops_output half_output(long rows, long columns) {
    long ld = (columns + 15) / 16 * 16;
    return (mlops_output){0, memory((size_t)(rows * ld) * sizeof(uint16_t)), ld};
}

/// Checks the guards, gives a hash of all matrices' bytes, and frees them.
static uint64_t finish(void) {
    uint64_t hash = 1469598103934665603u;
    for (int k = 0; k < matrix_count; k++) {
        struct matrix m = matrices[k];
        for (long i = 0; i < m.rows; i++) {
            for (long j = 0; j < m.ld; j++) {
                if (j >= m.columns && i == m.rows - 1) break;
                float value = m.p[i * m.ld + j];
                if (j >= m.columns && value != GUARD) {
                    fprintf(stderr, "%s: wrote beside the columns of matrix %d at [%ld, %ld]\n", kernel, k, i, j);
                    failures++;
                }
                uint32_t word;
                memcpy(&word, &value, 4);
                hash = (hash ^ word) * 1099511628211u;
            }
        }
    }
    for (int i = 0; i < block_count; i++) free(blocks[i]);
    matrix_count = block_count = 0;
    return hash;
}

// ── One call of each kernel with a random shape ──────────────────────────────────────────────────────────────────────

static void flat_kernels(void) {
    long n = below(3) ? size() : 4096 * (1 + below(3)) + below(40);
    struct matrix a = flat(n), b = flat(n), c = flat(n), d = flat(n);
    mlops_add(a.p, b.p, 0.5f, n);
    mlops_scale(b.p, 1.5f, n);
    double *partial = memory((size_t)((n + 4095) / 4096) * sizeof(double));
    mlops_square_sums(c.p, partial, n);
    for (long i = 0; i < n; i++) d.p[i] *= d.p[i];
    mlops_adamw_rates rates = {0.99f, 0.01f, 1.1f, 0.1f, 0.999f, 0.001f, 1e-8f, 0.5f};
    mlops_clear(a.p, below(n + 1));
    mlops_adamw(a.p, b.p, c.p, d.p, rates, n);
}

static void matrix_kernels(void) {
    long m = size(), n = size();
    struct matrix y = matrix(m, n), x = matrix(m, n), row = flat(n), t = matrix(n, m), out = flat(n), norms = flat(m);
    mlops_add_row(y.p, y.ld, row.p, m, n);
    mlops_add_matrix(y.p, y.ld, x.p, x.ld, 0.3f, m, n);
    mlops_multiply(y.p, y.ld, x.p, x.ld, m, n);
    mlops_transpose(t.p, t.ld, x.p, x.ld, 2, m, n);
    mlops_column_sums(x.p, x.ld, below(2) ? y.p : 0, y.ld, below(2) ? norms.p : 0, out.p, m, n);
    mlops_scale_columns(x.p, x.ld, row.p, y.p, y.ld, (int)below(2), m, n);
    mlops_row_norms(x.p, x.ld, norms.p, m, n);
    mlops_copy(y.p, y.ld, x.p, x.ld, below(2) ? 1 : 0.5f, m, n);
    long *starts = memory((size_t)(m + 1) * sizeof(long));
    for (long i = starts[0] = 0; i < m; i++) starts[i + 1] = starts[i] + 1 + below(3);
    int32_t *ids = memory((size_t)starts[m] * sizeof(int32_t));
    for (long i = 0; i < starts[m]; i++) ids[i] = (int32_t)below(m);
    mlops_collect_rows(x.p, x.ld, ids, starts, y.p, y.ld, m, n);
}

static void norms(void) {
    long m = size(), n = size();
    struct matrix x = matrix(m, n), w = flat(n), y = matrix(m, n), inverse = flat(m), dx = matrix(m, n);
    mlops_rmsnorm_forward(x.p, x.ld, w.p, 1e-5f, output(y), inverse.p, m, n);
    mlops_rmsnorm_forward(x.p, x.ld, w.p, 1e-5f, half_output(m, n), inverse.p, m, n);
    struct matrix b = flat(n);
    mlops_layernorm_forward(x.p, x.ld, w.p, b.p, 1e-5f, below(2) ? output(y) : half_output(m, n), inverse.p, m, n);
    mlops_layernorm_backward(y.p, y.ld, x.p, x.ld, w.p, inverse.p, dx.p, dx.ld, m, n);
    mlops_rmsnorm_backward(y.p, y.ld, x.p, x.ld, w.p, inverse.p, dx.p, dx.ld, m, n);
}

static void rope(void) {
    long rows = size(), heads = 1 + below(5), half = 1 + below(40), rotary = 2 * (1 + below(half));
    struct matrix x = matrix(rows, heads * 2 * half), c = flat(rows * rotary / 2), s = flat(rows * rotary / 2);
    mlops_output halves = half_output(rows, heads * 2 * half);
    mlops_rope(x.p, x.ld, c.p, s.p, below(2) ? 1 : -1, rows, heads, 2 * half, rotary, (int)below(2), below(2) ? halves.half : 0, halves.ld);
}

static void glu(void) {
    long m = size(), n = size();
    int activation = (int)below(4);
    struct matrix gate = matrix(m, n), y = matrix(m, n), dgate = matrix(m, n);
    // Gate and up, and their gradients, have one distance of rows.
    struct matrix up = gate, dup = dgate;
    long count = (m - 1) * gate.ld + n, gradients = (m - 1) * dgate.ld + n;
    up.p = memory((size_t)count * sizeof(float));
    memcpy(up.p, gate.p, (size_t)count * sizeof(float));
    dup.p = memory((size_t)gradients * sizeof(float));
    memcpy(dup.p, dgate.p, (size_t)gradients * sizeof(float));
    matrices[matrix_count++] = up;
    matrices[matrix_count++] = dup;
    mlops_glu_forward(activation, gate.p, up.p, gate.ld, output(y), m, n);
    mlops_glu_forward(activation, gate.p, up.p, gate.ld, half_output(m, n), m, n);
    mlops_glu_backward(activation, y.p, y.ld, gate.p, up.p, gate.ld, output(dgate), output(dup), m, n);
    mlops_glu_backward(activation, y.p, y.ld, gate.p, up.p, gate.ld, half_output(m, n), half_output(m, n), m, n);
}

static void losses(void) {
    long m = 1 + below(9), n = size() + (below(4) == 0 ? 3000 : 0);
    struct matrix x = matrix(m, n), slope = matrix(m, n), loss = flat(m);
    int32_t *targets = memory((size_t)m * sizeof(int32_t));
    for (long i = 0; i < m; i++) targets[i] = (int32_t)below(n);
    mlops_softcap(x.p, x.ld, 0.7f, 3, below(2) ? slope.p : 0, slope.ld, m, n);
    mlops_bound(slope.p, slope.ld, x.p, x.ld, below(2) ? slope.p : 0, slope.ld, 0.5f, m, n);
    mlops_cross_entropy(x.p, x.ld, targets, loss.p, below(2) ? 0.25f : 0, m, n);
}

static void attention(void) {
    static const long head_sizes[] = {2, 4, 6, 8, 16, 30, 64, 80, 128, 256};
    long groups = 1 + below(3), kv_heads = 1 + below(3), heads = groups * kv_heads;
    long head_size = head_sizes[below(10)], count = 1 + below(4);
    mlops_sequence sequences[4];
    long queries = 0, keys = 0;
    int few = below(3) == 0;
    for (long i = 0; i < count; i++) {
        long q = few ? 1 + below(4) : 1 + below(150), past = below(2) ? below(100) : 0;
        sequences[i] = (mlops_sequence){0, 0, queries, q, q + past, keys};
        queries += q;
        keys += q + past;
    }
    struct matrix q = matrix(queries, heads * head_size), out = matrix(queries, heads * head_size);
    struct matrix dout = matrix(queries, heads * head_size), lse = flat(queries * heads), delta = flat(queries * heads);
    struct matrix k = matrix(keys, kv_heads * head_size);
    struct matrix v = k, dk = k, dv = k, dq = q;
    struct matrix *copies[] = {&v, &dk, &dv, &dq};
    for (int i = 0; i < 4; i++) {
        struct matrix *m = copies[i];
        size_t bytes = (size_t)((m->rows - 1) * m->ld + m->columns) * sizeof(float);
        float *p = memory(bytes);
        memcpy(p, m->p, bytes);
        m->p = p;
        matrices[matrix_count++] = *m;
    }
    for (long i = 0; i < count; i++) {
        sequences[i].keys = k.p + sequences[i].key_start * k.ld;
        sequences[i].values = v.p + sequences[i].key_start * v.ld;
    }
    mlops_attention a = {sequences, count, heads, kv_heads, head_size, q.ld, k.ld, below(2) ? 1 + below(70) : 0, 0.2f,
                         below(3) == 0 ? 5.0f : 0, below(2)};
    struct matrix scratch = matrix(1, mlops_attention_scratch(&a));
    mlops_attention_forward(&a, q.p, out.p, out.ld, lse.p, scratch.p);
    mlops_attention_backward(&a, q.p, out.p, out.ld, lse.p, dout.p, dout.ld, delta.p, dq.p, dk.p, dv.p);
}

static void low_rank(void) {
    long rows = size(), k = size(), r = 1 + below(40), p = (r + 15) / 16 * 16;
    struct matrix x = matrix(rows, k), at = flat(k * p), y = matrix(rows, p), a = flat(r * k), out = flat(k * r);
    uint64_t *keys = memory((size_t)rows * sizeof(uint64_t));
    for (long i = 0; i < rows; i++) keys[i] = bits();
    mlops_dropout drop = {below(2) ? keys : 0, (uint64_t)below(50), (uint32_t)below(65536), 1.25f};
    mlops_lowrank_project(x.p, x.ld, drop, at.p, y.p, y.ld, rows, k, p);
    int transposed = (int)below(2);
    mlops_lowrank_outer(x.p, x.ld, drop, y.p, y.ld, 0.5f, out.p, transposed ? 1 : r, transposed ? k : 1, rows, k, r, p);
    mlops_lowrank_expand(y.p, y.ld, a.p, drop, x.p, x.ld, rows, k, r);
    // The same in bf16. Rows of the left sides are readable up to whole vectors, and have room for the projected ranks.
    long outputs = size(), even = (k + 1) / 2 * 2, ldx = (even + p + 31) / 32 * 32 + 32, lddy = (outputs + 31) / 32 * 32;
    long across = (k + 31) / 32 * 32;
    uint16_t *by_inputs = memory((size_t)(p * across) * 2), *by_ranks = memory((size_t)(p * across) * 2);
    uint16_t *hx = memory((size_t)(rows * ldx) * 2), *hdy = memory((size_t)(rows * lddy) * 2);
    memset(hx, 0, (size_t)(rows * ldx) * 2), memset(hdy, 0, (size_t)(rows * lddy) * 2);
    mlops_bf16_convert(x.p, x.ld, hx, ldx, rows, k);
    uint16_t *panels = memory((size_t)((outputs + 47) / 48 * 48 * p) * 2);
    struct matrix b = flat(outputs * r);
    mlops_adapter_module module = {a.p, b.p, r, k, outputs, p, 0.5f, by_inputs, by_ranks, panels};
    mlops_adapter_pack(&module, 1);
    mlops_lowrank_pairs pairs = {by_inputs, by_ranks, k, p};
    mlops_lowrank_half_project(hx, ldx, drop, pairs, y.p, y.ld, hx + even, rows);
    struct matrix xa = matrix(rows, p), db = flat(outputs * r), da = flat(r * k);
    mlops_lowrank_gradients g = {hx, ldx, y.p, y.ld, hdy, lddy, xa.p, xa.ld, da.p, db.p, x.p, x.ld, rows, r, outputs, 0.5f};
    mlops_lowrank_half_back(&g, drop, pairs);
    struct matrix d = matrix(rows, k);
    mlops_drop_rows(x.p, x.ld, drop, d.p, d.ld, (int)below(2), rows, k);
}

static const struct { long elements, bytes; } stored_types[] = {
    {1, 4}, {1, 2}, {1, 2}, {32, 18}, {32, 20}, {32, 22}, {32, 24}, {32, 34}, {256, 84}, {256, 110}, {256, 144}, {256, 176}, {256, 210},
};

/// Random bf16 numbers in the compact form, now and then one that is too small for it, or a row of zeros; the memory ends with the last
/// list of those.
static const uint8_t *compact(long rows, long columns, long *row_bytes) {
    uint8_t *w = memory((size_t)(2 * rows * columns));
    for (long i = 0; i < rows * columns; i++) {
        uint64_t random = bits();
        long exponent = 120 - (long)(random >> 32) % (random >> 60 == 0 ? 40 : 15);
        uint16_t word = below(30) == 0 || i / columns % 17 == 3 ? 0 : (uint16_t)((random & 0x807F) | (uint64_t)exponent << 7);
        memcpy(w + 2 * i, &word, sizeof word);
    }
    *row_bytes = mlops_compact_row_bytes(columns);
    int32_t *counts = memory((size_t)rows * sizeof *counts);
    long *places = memory((size_t)rows * sizeof *places), end = rows * *row_bytes / 8;
    mlops_compact_count(w, rows, columns, counts);
    for (long n = 0; n < rows; n++) {
        places[n] = end;
        if (counts[n] > 0) end += counts[n] + 1;
    }
    uint8_t *out = memory((size_t)(8 * end));
    mlops_compact_pack(w, rows, columns, counts, places, out);
    return out;
}

/// A stored matrix of random bytes; of floats, of random numbers.
static const uint8_t *stored(int type, long rows, long columns, long *row_bytes) {
    if (type == MLOPS_COMPACT) return compact(rows, columns, row_bytes);
    *row_bytes = columns / stored_types[type].elements * stored_types[type].bytes;
    size_t count = (size_t)(rows * *row_bytes);
    uint8_t *w = memory(count);
    for (size_t i = 0; i < count; i++) w[i] = (uint8_t)bits();
    if (type == MLOPS_F32)
        for (size_t i = 0; i < count / 4; i++) ((float *)w)[i] = number();
    return w;
}
static long stored_columns(int type) {
    if (type == MLOPS_COMPACT) return 64 * (1 + below(5));
    long block = stored_types[type].elements;
    return block == 1 ? size() : block * (1 + below(block == 32 ? 5 : 2));
}

static void stored_weights(void) {
    int type = (int)below(MLOPS_COMPACT + 1);
    long rows = size(), columns = stored_columns(type), row_bytes, few = 1 + below(below(2) ? 70 : 300);
    const uint8_t *w = stored(type, rows, columns, &row_bytes);
    long first = below(rows), count = 1 + below(rows - first);
    struct matrix y = matrix(count, columns), gathered = matrix(few, columns);
    mlops_convert_rows(type, w, row_bytes, first, y.p, y.ld, count, columns);
    int32_t *ids = memory((size_t)few * sizeof(int32_t));
    for (long i = 0; i < few; i++) ids[i] = (int32_t)below(rows);
    mlops_gather_rows(type, w, row_bytes, ids, gathered.p, gathered.ld, few, columns);
    // Parts of the matrix as matrices of their own, side by side.
    struct matrix x = matrix(few, columns), product = matrix(few, rows);
    mlops_stored_product products[MLOPS_STORED_GROUP];
    long parts = 1 + below(MLOPS_STORED_GROUP), rank = size();
    struct matrix tail = matrix(few, rank), factors = matrix(rows, rank);
    for (long i = 0; i < parts; i++) {
        long start = rows * i / parts, end = rows * (i + 1) / parts;
        products[i] = (mlops_stored_product){type,       w + start * row_bytes, row_bytes,   x.p,     x.ld, product.p + start,
                                             product.ld, end - start,           columns,     (int)below(2),
                                             tail.p,     tail.ld,               factors.p + start * factors.ld,
                                             factors.ld, below(2) ? rank : 0};
    }
    mlops_stored_multiply(products, parts, few, (int)below(2));
    struct matrix left = matrix(few, rows), back = matrix(few, columns);
    mlops_stored_product other = {type, w, row_bytes, left.p, left.ld, back.p, back.ld, rows, columns, (int)below(2), 0, 0, 0, 0, 0};
    mlops_stored_multiply_back(&other, few);
}

static long packed_count(long outputs, long k) { return (outputs + 47) / 48 * 48 * ((k + 1) / 2 * 2); }

/// Packed matrices begin at a whole cache line, as their one caller makes them.
static uint16_t *aligned(long count) {
    void *p = aligned_alloc(64, (size_t)(count * 2 + 63) / 64 * 64);
    if (!p) abort();
    return blocks[block_count++] = p;
}

static void half_products(void) {
    int type = (int)below(13);
    long outputs = size(), columns = stored_columns(type), row_bytes, rows = size();
    const uint8_t *w = stored(type, outputs, columns, &row_bytes);
    long k1 = columns, k2 = below(2) ? 16 * (1 + below(3)) : 0;
    uint16_t *packed = aligned(packed_count(outputs, k1)), *tail = 0;
    mlops_bf16_pack(type, w, row_bytes, outputs, columns, packed);
    if (k2) {
        struct matrix b = flat(outputs * k2);
        tail = aligned(packed_count(outputs, k2));
        mlops_bf16_pack(MLOPS_F32, (const uint8_t *)b.p, 4 * k2, outputs, k2, tail);
    }
    long even = (k1 + 1) / 2 * 2, width = even + k2, stride = (width + 31) / 32 * 32 + 32;
    struct matrix x = matrix(rows, k1), y = matrix(rows, outputs), other = matrix(rows, outputs);
    const struct matrix *base = below(2) ? &other : &y;
    uint16_t *half = aligned(rows * stride);
    mlops_bf16_convert(x.p, x.ld, half, stride, rows, k1);
    if (k2) {
        struct matrix xa = matrix(rows, k2);
        mlops_bf16_convert(xa.p, xa.ld, half + even, stride, rows, k2);
    }
    mlops_bf16_multiply(half, stride, (mlops_packed){packed, k1}, (mlops_packed){tail, k2}, below(2) ? base->p : 0, base->ld, y.p, y.ld, rows,
                        outputs);

    struct matrix dy = matrix(rows, outputs), dx = matrix(rows, k1 + k2);
    long back_stride = (outputs + 31) / 32 * 32 + 32;
    uint16_t *back = aligned(rows * back_stride);
    mlops_bf16_convert(dy.p, dy.ld, back, back_stride, rows, outputs);
    mlops_bf16_multiply_back(back, back_stride, (mlops_packed){packed, k1}, (mlops_packed){tail, k2}, dx.p, dx.ld, rows, outputs,
                             (int)below(2));
}

static long blocks_of(long count) { return (count + MLOPS_SCALED_BLOCK - 1) / MLOPS_SCALED_BLOCK; }

/// Rows of x in whole numbers, as far apart as their numbers and scales need.
static uint16_t *scaled(struct matrix x, long *step) {
    *step = blocks_of(x.columns) * (MLOPS_SCALED_BLOCK + 2);
    uint16_t *y = aligned(x.rows * *step);
    mlops_scaled_rows(x.p, x.ld, y, *step, x.rows, x.columns);
    return y;
}

static void scaled_products(void) {
    int type = (int)below(13);
    long outputs = size(), k = stored_columns(type), row_bytes, rows = size(), step, back_step;
    const uint8_t *w = stored(type, outputs, k, &row_bytes);
    long all = blocks_of(outputs) * blocks_of(k);
    uint16_t *panels = aligned(all * MLOPS_SCALED_BLOCK * MLOPS_SCALED_BLOCK);
    float *scales = flat(all).p;
    mlops_scaled_pack(type, w, row_bytes, outputs, k, panels, scales);
    mlops_scaled packed = {panels, scales, k};
    struct matrix x = matrix(rows, k), y = matrix(rows, outputs), other = matrix(rows, outputs);
    const struct matrix *base = below(2) ? &other : &y;
    const uint16_t *left = scaled(x, &step);
    mlops_scaled_multiply(left, step, packed, below(2) ? base->p : 0, base->ld, y.p, y.ld, rows, outputs);
    struct matrix dy = matrix(rows, outputs), dx = matrix(rows, k);
    const uint16_t *back = scaled(dy, &back_step);
    mlops_scaled_multiply_back(back, back_step, packed, dx.p, dx.ld, rows, outputs, (int)below(2));
}

static const struct { const char *name; void (*call)(void); } calls[] = {
    {"flat", flat_kernels}, {"matrix", matrix_kernels}, {"norm", norms}, {"rope", rope}, {"glu", glu}, {"loss", losses},
    {"attention", attention}, {"low rank", low_rank}, {"stored", stored_weights}, {"bf16", half_products},
    {"whole numbers", scaled_products},
};

int check_regions(void);  // regions.c

int main(int argc, char **argv) {
    long rounds = argc > 1 ? atol(argv[1]) : 20;
    uint64_t seed = argc > 2 ? strtoull(argv[2], 0, 10) : 1;
    static const int threads[] = {1, 2, 5};
    long done = 0;
    failures += check_regions();
    for (int set = 0; set <= mlops_best_instruction_set(); set++) {
        mlops_use_instruction_set(set);
        for (long round = 0; round < rounds; round++) {
            for (size_t c = 0; c < sizeof calls / sizeof *calls; c++) {
                uint64_t hashes[3];
                kernel = calls[c].name;
                for (int t = 0; t < 3; t++) {
                    state = seed * 1000003 + (uint64_t)round * 64 + c;
                    mlops_set_thread_count(threads[t]);
                    calls[c].call();
                    hashes[t] = finish();
                    done++;
                    if (hashes[t] != hashes[0]) {
                        fprintf(stderr, "%s: other bits on %d threads (set %d, round %ld)\n", kernel, threads[t], set, round);
                        failures++;
                    }
                }
            }
        }
    }
    printf("%ld calls, %d failures\n", done, failures);
    return failures != 0;
}
