// Times single kernels on this processor, each the fastest of some runs:
//
//     clang -O2 -I Sources/CMLOpsKernels/include Benchmarks/kernels.c Sources/CMLOpsKernels/*.c -lpthread -lm -o kernels
//     ./kernels [THREADS] [INSTRUCTION_SET]     (0: portable, 1: AVX2, 2: AVX-512, 3: with VNNI, 4: and BF16, 5: AMX; the best unless given)
//
// Sizes are those of a layer of SmolLM2-135M. One row walks through 120 MB of weights, as generation does; more rows meet the same weights
// again, which then lie in a cache.
#include "CMLOpsKernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef void (*work)(void *arguments);

/// The fastest run of those that fit into a third of a second, three at least.
static double fastest(work work, void *arguments) {
    double best = 1e9, start = seconds();
    for (int i = 0; i < 3 || seconds() - start < 0.33; i++) {
        double before = seconds();
        work(arguments);
        double taken = seconds() - before;
        if (taken < best) best = taken;
    }
    return best;
}

static void *memory(long bytes) {
    void *p = aligned_alloc(64, (size_t)(bytes + 63) / 64 * 64);
    if (!p) abort();
    return p;
}
static float *numbers(long count) {
    float *p = memory(4 * count);
    for (long i = 0; i < count; i++) p[i] = (float)(i * 2654435761u >> 16 & 0xFFFF) / 327680.f - 0.1f;
    return p;
}

static const struct { int type; const char *name; long elements, bytes; } types[] = {
    {MLOPS_F32, "f32", 1, 4},      {MLOPS_F16, "f16", 1, 2},      {MLOPS_BF16, "bf16", 1, 2},    {MLOPS_Q4_0, "Q4_0", 32, 18},
    {MLOPS_Q4_1, "Q4_1", 32, 20},  {MLOPS_Q5_0, "Q5_0", 32, 22},  {MLOPS_Q5_1, "Q5_1", 32, 24},  {MLOPS_Q8_0, "Q8_0", 32, 34},
    {MLOPS_Q2_K, "Q2_K", 256, 84}, {MLOPS_Q3_K, "Q3_K", 256, 110}, {MLOPS_Q4_K, "Q4_K", 256, 144}, {MLOPS_Q5_K, "Q5_K", 256, 176},
    {MLOPS_Q6_K, "Q6_K", 256, 210}, {MLOPS_COMPACT, "12bit", 0, 0},
};

static long row_bytes(unsigned i, long k) {
    return types[i].type == MLOPS_COMPACT ? mlops_compact_row_bytes(k) : k / types[i].elements * types[i].bytes;
}
/// Small numbers in every format: no exponent is close to its greatest, and none of plain numbers is 0, which some processors take
/// a hundred times as long for.
static void fill(uint8_t *w, long size, unsigned type) {
    for (long j = 0; j < size; j++) w[j] = (uint8_t)(j * 2654435761u >> 13) & 0xBB;
    long bytes = types[type].bytes;
    for (long j = bytes - 1; types[type].elements == 1 && j < size; j += bytes) w[j] = (w[j] & 0x80) | 0x3C;
}
/// bf16 numbers from 2⁻⁷ to 2 in twelve bits each, which none is too small for.
static void fill_compact(uint8_t *w, long rows, long k) {
    uint8_t *plain = memory(2 * rows * k);
    int32_t *counts = memory(4 * rows);
    for (long j = 0; j < rows * k; j++) {
        uint32_t random = (uint32_t)(j * 2654435761u >> 7);
        uint16_t bits = (uint16_t)((random & 0x807F) | (120 + (random >> 16) % 8) << 7);
        plain[2 * j] = (uint8_t)bits, plain[2 * j + 1] = (uint8_t)(bits >> 8);
    }
    mlops_compact_count(plain, rows, k, counts);
    mlops_compact_pack(plain, rows, k, counts, 0, w);
    free(plain), free(counts);
}

// ── Products with stored weights ─────────────────────────────────────────────────────────────────────────────────────

struct stored { mlops_stored_product product; long rows, copies; };

static void forward(void *arguments) {
    struct stored *s = arguments;
    mlops_stored_product p = s->product;
    // Up to 24 rows are answers, 220 a batch of training.
    for (long i = 0; i < s->copies; i++, p.w += p.row_bytes * p.outputs) mlops_stored_multiply(&p, 1, s->rows, s->rows < 220);
}
static void backward(void *arguments) {
    struct stored *s = arguments;
    mlops_stored_product p = s->product;
    p.x = s->product.y, p.ldx = p.outputs, p.y = (float *)s->product.x, p.ldy = p.k;
    mlops_stored_multiply_back(&p, s->rows);
}

static void stored(void) {
    printf("stored weights [1536, 768], GFLOP/s\n        1 row     GB/s    4 rows    8 rows   24 rows   220 rows   220 rows back\n");
    for (unsigned i = 0; i < sizeof types / sizeof *types; i++) {
        long k = 768, outputs = 1536, row = row_bytes(i, k), size = row * outputs, copies = 120000000 / size + 1;
        uint8_t *w = memory(size * copies);
        if (types[i].type == MLOPS_COMPACT) fill_compact(w, outputs * copies, k);
        else fill(w, size * copies, i);
        struct stored one = {{types[i].type, w, row, numbers(220 * k), k, numbers(220 * outputs), outputs, outputs, k, 0, 0, 0, 0, 0, 0}, 1, copies};
        struct stored many = one;
        many.rows = 220, many.copies = 1;
        double flops = 2.0 * (double)(k * outputs), t = fastest(forward, &one) / (double)copies;
        printf("%-5s %7.1f %8.1f", types[i].name, flops / t / 1e9, (double)size / t / 1e9);
        for (long rows = 4; rows <= 24; rows += rows == 4 ? 4 : 16) {
            one.rows = rows;
            printf(" %9.1f", (double)rows * flops * (double)copies / fastest(forward, &one) / 1e9);
        }
        printf(" %10.1f", 220 * flops / fastest(forward, &many) / 1e9);
        printf(" %15.1f\n", 220 * flops / fastest(backward, &many) / 1e9);
        free(w), free((void *)one.product.x), free(one.product.y);
    }
}

// ── Products in bf16 ─────────────────────────────────────────────────────────────────────────────────────────────────

struct half { uint16_t *x, *dy; mlops_packed w; float *y; long rows, outputs, stride; uint16_t *panels; const uint8_t *stored; long copies; };

static void half_forward(void *arguments) {
    struct half *h = arguments;
    mlops_bf16_multiply(h->x, h->stride, h->w, (mlops_packed){0, 0}, 0, 0, h->y, h->outputs, h->rows, h->outputs);
}
/// With weights from memory: their stored copies are as good as packed ones.
static void half_forward_far(void *arguments) {
    struct half *h = arguments;
    for (long i = 0; i < h->copies; i++)
        mlops_bf16_multiply(h->x, h->stride, (mlops_packed){(const uint16_t *)h->stored + i * h->w.k * h->outputs, h->w.k}, (mlops_packed){0, 0}, 0, 0,
                            h->y, h->outputs, h->rows, h->outputs);
}
static void half_backward(void *arguments) {
    struct half *h = arguments;
    mlops_bf16_multiply_back(h->dy, h->outputs + 32, h->w, (mlops_packed){0, 0}, h->y, h->w.k, h->rows, h->outputs, 0);
}
static void half_backward_far(void *arguments) {
    struct half *h = arguments;
    for (long i = 0; i < h->copies; i++)
        mlops_bf16_multiply_back(h->dy, h->outputs + 32, (mlops_packed){(const uint16_t *)h->stored + i * h->w.k * h->outputs, h->w.k},
                                 (mlops_packed){0, 0}, h->y, h->w.k, h->rows, h->outputs, 0);
}
static void half_pack(void *arguments) {
    struct half *h = arguments;
    long size = 2 * h->w.k * h->outputs;
    for (long i = 0; i < h->copies; i++)
        mlops_bf16_pack(MLOPS_BF16, h->stored + i * size, 2 * h->w.k, h->outputs, h->w.k, h->panels);
}

static void halves(void) {
    static const long shapes[][3] = {{576, 576, 220}, {1536, 576, 220}, {576, 1536, 220}, {49152, 576, 96}};
    printf("bf16, GFLOP/s\noutputs      k   rows   forward   from memory   backward   from memory   packing from memory, ns an element\n");
    for (int i = 0; i < 4; i++) {
        long outputs = shapes[i][0], k = shapes[i][1], rows = shapes[i][2], copies = 120000000 / (2 * k * outputs) + 1;
        uint8_t *stored = memory(2 * k * outputs * copies);
        for (long j = 0; j < 2 * k * outputs * copies; j++) stored[j] = j % 2 ? 0x3C : (uint8_t)j;
        uint16_t *panels = memory(2 * (outputs + 47) / 48 * 48 * (k + 1));
        float *x = numbers(rows * (k > outputs ? k : outputs)), *y = numbers(rows * (k > outputs ? k : outputs));
        struct half h = {memory(2 * rows * (k + 32)), memory(2 * rows * (outputs + 32)), {panels, k}, y, rows, outputs, k + 32, panels, stored, copies};
        mlops_bf16_convert(x, k, h.x, k + 32, rows, k);
        mlops_bf16_convert(x, outputs, h.dy, outputs + 32, rows, outputs);
        double pack = fastest(half_pack, &h), flops = 2.0 * (double)(rows * k * outputs);
        double all = flops * (double)copies;
        printf("%7ld %6ld %6ld %9.1f %13.1f", outputs, k, rows, flops / fastest(half_forward, &h) / 1e9, all / fastest(half_forward_far, &h) / 1e9);
        printf(" %10.1f %13.1f %12.3f\n", flops / fastest(half_backward, &h) / 1e9, all / fastest(half_backward_far, &h) / 1e9,
               pack / (double)(copies * k * outputs) * 1e9);
        free(stored), free(panels), free(x), free(y), free(h.x), free(h.dy);
    }
}

// ── Products in whole numbers ────────────────────────────────────────────────────────────────────────────────────────

/// Of x and dy in f32, which are converted every time, as in training.
struct scaled { float *x, *dy, *y; uint16_t *left; mlops_scaled w; long rows, outputs, numbers, scales, copies; const uint8_t *stored; };

static long blocks_of(long count) { return (count + MLOPS_SCALED_BLOCK - 1) / MLOPS_SCALED_BLOCK; }
static long scaled_step(long count) { return (blocks_of(count) * (MLOPS_SCALED_BLOCK + 2) + 31) / 32 * 32 + 32; }
static mlops_scaled copy_of(const struct scaled *s, long i) {
    return (mlops_scaled){s->w.panels + i * s->numbers, s->w.scales + i * s->scales, s->w.k};
}
static void scaled_forward(void *arguments) {
    struct scaled *s = arguments;
    for (long i = 0; i < s->copies; i++) {
        mlops_scaled_rows(s->x, s->w.k, s->left, scaled_step(s->w.k), s->rows, s->w.k);
        mlops_scaled_multiply(s->left, scaled_step(s->w.k), copy_of(s, i), 0, 0, s->y, s->outputs, s->rows, s->outputs);
    }
}
static void scaled_backward(void *arguments) {
    struct scaled *s = arguments;
    for (long i = 0; i < s->copies; i++) {
        mlops_scaled_rows(s->dy, s->outputs, s->left, scaled_step(s->outputs), s->rows, s->outputs);
        mlops_scaled_multiply_back(s->left, scaled_step(s->outputs), copy_of(s, i), s->y, s->w.k, s->rows, s->outputs, 0);
    }
}
static void scaled_pack(void *arguments) {
    struct scaled *s = arguments;
    long size = 2 * s->w.k * s->outputs;
    for (long i = 0; i < s->copies; i++)
        mlops_scaled_pack(MLOPS_BF16, s->stored + i * size, 2 * s->w.k, s->outputs, s->w.k, (uint16_t *)copy_of(s, i).panels,
                          (float *)copy_of(s, i).scales);
}

static void whole_numbers(void) {
    static const long shapes[][3] = {{576, 576, 220}, {192, 576, 220}, {1536, 576, 220}, {576, 1536, 220}, {49152, 576, 96}};
    printf("whole numbers, weights from memory, GFLOP/s\noutputs      k   rows   forward   backward   packing, ns an element\n");
    for (int i = 0; i < 5; i++) {
        long outputs = shapes[i][0], k = shapes[i][1], rows = shapes[i][2], copies = 120000000 / (2 * k * outputs) + 1;
        long scales = blocks_of(outputs) * blocks_of(k), all = scales * MLOPS_SCALED_BLOCK * MLOPS_SCALED_BLOCK;
        uint8_t *stored = memory(2 * k * outputs * copies);
        for (long j = 0; j < 2 * k * outputs * copies; j++) stored[j] = j % 2 ? 0x3C : (uint8_t)j;
        long most = k > outputs ? k : outputs;
        struct scaled s = {numbers(rows * k), numbers(rows * outputs), numbers(rows * most), memory(2 * rows * scaled_step(most)),
                           {memory(2 * all * copies), memory(4 * scales * copies), k}, rows, outputs, all, scales, copies, stored};
        double flops = 2.0 * (double)(rows * k * outputs * copies), pack = fastest(scaled_pack, &s);
        printf("%7ld %6ld %6ld %9.1f %10.1f %12.3f\n", outputs, k, rows, flops / fastest(scaled_forward, &s) / 1e9,
               flops / fastest(scaled_backward, &s) / 1e9, pack / (double)(copies * k * outputs) * 1e9);
        free(stored), free(s.x), free(s.dy), free(s.y), free(s.left), free((void *)s.w.panels), free((void *)s.w.scales);
    }
}

// ── Adapters ─────────────────────────────────────────────────────────────────────────────────────────────────────────

struct adapter {
    long rows, k, outputs;
    mlops_dropout drop;
    float *x, *dy, *xa, *dxa, *dx, *at, *a, *da, *db;
    uint16_t *half_x, *half_dy;
    mlops_lowrank_pairs pairs;
};
enum { RANK = 16 };

static void adapter_forward(void *arguments) {
    struct adapter *a = arguments;
    mlops_lowrank_project(a->x, a->k, a->drop, a->at, a->xa, RANK, a->rows, a->k, RANK);
}
static void adapter_backward(void *arguments) {
    struct adapter *a = arguments;
    mlops_lowrank_outer(a->x, a->k, a->drop, a->dxa, RANK, 1, a->da, 1, a->k, a->rows, a->k, RANK, RANK);
    mlops_lowrank_outer(a->dy, a->outputs, (mlops_dropout){0, 0, 0, 1}, a->xa, RANK, 1, a->db, RANK, 1, a->rows, a->outputs, RANK, RANK);
    mlops_lowrank_expand(a->dxa, RANK, a->a, a->drop, a->dx, a->k, a->rows, a->k, RANK);
}
static void adapter_half_forward(void *arguments) {
    struct adapter *a = arguments;
    mlops_lowrank_half_project(a->half_x, a->k + 64, a->drop, a->pairs, a->xa, RANK, a->half_x + a->k, a->rows);
}
static void adapter_half_backward(void *arguments) {
    struct adapter *a = arguments;
    mlops_lowrank_gradients g = {a->half_x, a->k + 64, a->dxa, RANK, a->half_dy, a->outputs + 64, a->xa, RANK, a->da, a->db, a->dx, a->k,
                                 a->rows, RANK, a->outputs, 1};
    mlops_lowrank_half_back(&g, a->drop, a->pairs);
}

static void adapters(void) {
    static const long shapes[][2] = {{576, 576}, {576, 192}, {576, 1536}, {1536, 576}};
    printf("adapters of rank 16, 220 rows, dropout, microseconds\n     k outputs   f32 forward   backward   bf16 forward   backward\n");
    for (int i = 0; i < 4; i++) {
        long k = shapes[i][0], n = shapes[i][1], rows = 220;
        static uint64_t keys[220];
        for (long m = 0; m < rows; m++) keys[m] = (uint64_t)m * 0x123456789ABCDEF1u;
        uint16_t *pairs = memory(4 * RANK * (k + 32));
        struct adapter a = {rows, k, n, {keys, 3, 3277, 1.05f}, numbers(rows * k), numbers(rows * n), numbers(rows * RANK), numbers(rows * RANK),
                            numbers(rows * k), numbers(k * RANK), numbers(k * RANK), numbers(k * RANK), numbers(n * RANK),
                            memory(2 * rows * (k + 64)), memory(2 * rows * (n + 64)), {pairs, pairs + RANK * (k + 32), k, RANK}};
        mlops_bf16_convert(a.x, k, a.half_x, k + 64, rows, k);
        mlops_bf16_convert(a.dy, n, a.half_dy, n + 64, rows, n);
        mlops_adapter_module module = {a.a, a.db, RANK, k, n, RANK, 1, pairs, pairs + RANK * (k + 32), memory(2 * RANK * (n + 48))};
        mlops_adapter_pack(&module, 1);
        printf("%6ld %7ld %13.1f", k, n, 1e6 * fastest(adapter_forward, &a));
        printf(" %10.1f", 1e6 * fastest(adapter_backward, &a));
        printf(" %14.1f", 1e6 * fastest(adapter_half_forward, &a));
        printf(" %10.1f\n", 1e6 * fastest(adapter_half_backward, &a));
    }
}

// ── Attention ────────────────────────────────────────────────────────────────────────────────────────────────────────

struct attention { mlops_attention shape; float *q, *out, *sums, *dout, *delta, *dq, *dk, *dv; };

static void attention_forward(void *arguments) {
    struct attention *a = arguments;
    mlops_attention_forward(&a->shape, a->q, a->out, 576, a->sums, 0);
}
static void attention_backward(void *arguments) {
    struct attention *a = arguments;
    mlops_attention_backward(&a->shape, a->q, a->out, 576, a->sums, a->dout, 576, a->delta, a->dq, a->dk, a->dv);
}

static void attention(void) {
    printf("attention of a layer, 8192 tokens, 9 heads over 3 of 64, ms\ntokens a row   forward   backward   bf16 forward   backward\n");
    enum { TOKENS = 8192 };
    float *k = numbers(TOKENS * 192), *v = numbers(TOKENS * 192);
    struct attention a = {{0}, numbers(TOKENS * 576), numbers(TOKENS * 576), numbers(TOKENS * 9), numbers(TOKENS * 576),
                          numbers(TOKENS * 9), numbers(TOKENS * 576), numbers(TOKENS * 192), numbers(TOKENS * 192)};
    for (long length = 64; length <= TOKENS; length *= 4) {
        static mlops_sequence sequences[TOKENS / 64];
        for (long i = 0; i < TOKENS / length; i++)
            sequences[i] = (mlops_sequence){k + i * length * 192, v + i * length * 192, i * length, length, length, i * length};
        a.shape = (mlops_attention){sequences, TOKENS / length, 9, 3, 64, 576, 192, 0, 0.125f, 0, 0};
        double forth = fastest(attention_forward, &a), back = fastest(attention_backward, &a);
        a.shape.halves = 1;
        double half = fastest(attention_forward, &a);
        printf("%12ld %9.1f %10.1f %14.1f %10.1f\n", length, 1e3 * forth, 1e3 * back, 1e3 * half, 1e3 * fastest(attention_backward, &a));
    }
}

int main(int count, char **words) {
    if (count > 2) mlops_use_instruction_set(atoi(words[2]));
    mlops_set_thread_count(count > 1 ? atoi(words[1]) : 1);
    printf("%d thread(s), instruction set %d of %d\n", mlops_thread_count(), count > 2 ? atoi(words[2]) : mlops_best_instruction_set(),
           mlops_best_instruction_set());
    stored();
    halves();
    whole_numbers();
    adapters();
    attention();
}
