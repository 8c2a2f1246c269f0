// Matrix products of bf16 numbers with f32 sums: y = x·wᵀ, where w is packed once in the order in which it is read.
//
// A packed matrix is a row of panels of 48 outputs; in a panel, pairs of neighbours along the sum follow each other, each pair for
// all 48 outputs: element (n, k) is at panel n/48, pair k/2, output n%48, half k%2. Outputs and k are filled up with zeros.
// One step of the inner loop then is one load, and one dot product of pairs, for 16 outputs.
#include "../arguments.h"
#include "ahead.h"
#include "half.h"
#include "vector.h"

/// sums[l] += a.low·b[l].low + a.high·b[l].high, each number a bf16.
INLINE vf add_pairs(vf sums, vu a, vu b) {
#ifdef BF16_DOT
    return (vf)_mm512_dpbf16_ps((__m512)sums, (__m512bh)a, (__m512bh)b);
#else
    sums = sums + (vf)(a << 16) * (vf)(b << 16);
    return sums + (vf)(a & 0xFFFF0000u) * (vf)(b & 0xFFFF0000u);
#endif
}

static void bf16_convert(const void *arguments, long task) {
    const struct bf16_convert *a = arguments;
    long end = block_end(task * BLOCK_ROWS, BLOCK_ROWS, a->rows);
    for (long m = task * BLOCK_ROWS; m < end; m++) row_to_bf16(a->x + m * a->ldx, a->y + m * a->ldy, a->columns);
}

// ── The product ──────────────────────────────────────────────────────────────────────────────────────────────────────

INLINE vu load_pairs(const uint16_t *p) {
    vu v;
    memcpy(&v, p, sizeof v);
    return v;
}
INLINE vu splat_pair(const uint16_t *p) {
    uint32_t pair;
    memcpy(&pair, p, sizeof pair);
    return (vu){pair, pair, pair, pair, pair, pair, pair, pair, pair, pair, pair, pair, pair, pair, pair, pair};
}

/// A stretch of the sum: columns of x and the panel's pairs that belong to them.
struct stretch { const uint16_t *x, *w; long pairs; };

/// Lines of a panel's pair, and pairs between two requests for what is read later.
enum { PAIR_LINES = 4 * MLOPS_PANEL / LINE_BYTES, PAIRS_OF_SHARE = 8 };

/// Adds some pairs of the sum.
INLINE void add_part_of_sum(const int rows, const int vectors, vf sums[8][3], const uint16_t *x, long ldx, const uint16_t *pairs, long count) {
    for (long k = 0; k < count; k++) {
        vu w[3];
        UNROLL for (int j = 0; j < vectors; j++) w[j] = load_pairs(pairs + k * 2 * MLOPS_PANEL + j * 2 * LANES);
        UNROLL for (int i = 0; i < rows; i++) {
            vu pair = splat_pair(x + i * ldx + 2 * k);
            UNROLL for (int j = 0; j < vectors; j++) sums[i][j] = add_pairs(sums[i][j], pair, w[j]);
        }
    }
}

/// What a product is added to, y itself at times; without rows, nothing.
struct base { const float *rows; long ld; };

INLINE struct base base_from(struct base b, long row, long column) {
    return (struct base){b.rows ? b.rows + row * b.ld + column : 0, b.ld};
}

/// rows × 16·vectors outputs, of which `columns` exist; of `ahead`, a share is asked for at each of some pairs.
INLINE void bf16_block(const int rows, const int vectors, struct stretch first, struct stretch second, long ldx, struct base base, float *y,
                       long ldy, long columns, struct ahead *ahead, long share) {
    vf sums[8][3];
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < vectors; j++)
            sums[i][j] = base.rows ? load_part(base.rows + i * base.ld + j * LANES, columns - j * LANES) : zero();
    for (int part = 0; part < 2; part++) {
        struct stretch s = part == 0 ? first : second;
        long some = share > 0 ? PAIRS_OF_SHARE : s.pairs;
        for (long k = 0; k < s.pairs; k += some) {
            ask(ahead, share);
            add_part_of_sum(rows, vectors, sums, s.x + 2 * k, ldx, s.w + k * 2 * MLOPS_PANEL, block_end(k, some, s.pairs) - k);
        }
    }
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < vectors; j++) store_part(y + i * ldy + j * LANES, sums[i][j], columns - j * LANES);
}

INLINE void bf16_rows(const int vectors, struct stretch first, struct stretch second, long ldx, struct base base, float *y, long ldy,
                      long rows, long columns, struct ahead *ahead, long share) {
    long i = 0;
#define TAKE(count) \
    { \
        bf16_block(count, vectors, first, second, ldx, base_from(base, i, 0), y + i * ldy, ldy, columns, ahead, share); \
        i += count; \
        first.x += count * ldx; \
        second.x += count * ldx; \
    }
    while (i + BF16_ROWS <= rows) TAKE(BF16_ROWS)
    if (BF16_ROWS > 4 && i + 4 <= rows) TAKE(4)
    if (i + 2 <= rows) TAKE(2)
    while (i < rows) TAKE(1)
#undef TAKE
}

#ifdef MATRIX_TILES
#include "bf16_tiles.h"
#else
/// All rows of as many outputs as are taken together.
INLINE void bf16_product(struct stretch first, struct stretch second, long ldx, struct base base, float *y, long ldy, long rows,
                         long columns, struct ahead *ahead) {
    long parts = (rows + BF16_ROWS - 1) / BF16_ROWS * ((first.pairs + PAIRS_OF_SHARE - 1) / PAIRS_OF_SHARE);
    bf16_rows(BF16_VECTORS, first, second, ldx, base, y, ldy, rows, columns, ahead, parts > 0 ? share_of(ahead, parts) : 0);
}
#endif

/// A task is some rows of a panel's outputs. Sums run over k in order, in stretches that depend on the shape alone.
static void bf16_multiply(const void *arguments, long task) {
    const struct bf16_multiply *a = arguments;
    long panel = task / a->blocks, later = next_task(task, a->tasks, a->threads) / a->blocks, m = task % a->blocks * a->block_rows;
    if (m >= a->rows) return;
    long rows = block_end(m, a->block_rows, a->rows) - m, columns = block_end(panel * MLOPS_PANEL, MLOPS_PANEL, a->outputs) - panel * MLOPS_PANEL;
    long pairs = (a->first.k + 1) / 2, more = (a->second.k + 1) / 2;
    const uint16_t *w = a->first.panels + panel * pairs * 2 * MLOPS_PANEL;
    // Without a second part there are no panels of it to point into.
    const uint16_t *tail = more > 0 ? a->second.panels + panel * more * 2 * MLOPS_PANEL : w;
    const uint16_t *x = a->x + m * a->ldx;
    float *y = a->y + m * a->ldy + panel * MLOPS_PANEL;
    long stretches = (pairs + BF16_PAIRS - 1) / BF16_PAIRS;
    for (long s = 0; s < stretches; s++) {
        long start = pairs * s / stretches, end = pairs * (s + 1) / stretches;
        struct stretch first = {x + 2 * start, w + start * 2 * MLOPS_PANEL, end - start};
        struct stretch second = {x + 2 * pairs, tail, s + 1 == stretches ? more : 0};
        struct base base = s > 0 ? (struct base){y, a->ldy} : base_from((struct base){a->base, a->ldbase}, m, panel * MLOPS_PANEL);
        // The same stretch of the panel that this thread takes next.
        struct ahead ahead = {0};
        if (later > panel && later * a->blocks < a->tasks)
            ahead = (struct ahead){first.w + (later - panel) * pairs * 2 * MLOPS_PANEL, 0, 1, (end - start) * PAIR_LINES, 0};
        for (int j = 0; j < MLOPS_PANEL / LANES; j += BF16_VECTORS) {
            if (columns <= j * LANES) break;
            bf16_product(first, second, a->ldx, base_from(base, 0, j * LANES), y + j * LANES, a->ldy, rows, columns - j * LANES, &ahead);
            first.w += BF16_VECTORS * 2 * LANES;
            second.w += BF16_VECTORS * 2 * LANES;
        }
    }
}

// ── Packing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/// Transposes 16 × 16 pairs: out[i · step] = column i of the rows.
INLINE void transpose_pairs(vu r[16], uint16_t *out, long step) {
    vu t[16];
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOW_TWO(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define HIGH_TWO(a, b) __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define EVEN_FOURS(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define ODD_FOURS(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
    UNROLL for (int i = 0; i < 8; i++) {
        t[2 * i] = LOW(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = HIGH(r[2 * i], r[2 * i + 1]);
    }
    // Rows 4g…4g+3 side by side: r[4g + c] holds column c of each group of four columns.
    UNROLL for (int g = 0; g < 4; g++) {
        r[4 * g] = LOW_TWO(t[4 * g], t[4 * g + 2]);
        r[4 * g + 1] = HIGH_TWO(t[4 * g], t[4 * g + 2]);
        r[4 * g + 2] = LOW_TWO(t[4 * g + 1], t[4 * g + 3]);
        r[4 * g + 3] = HIGH_TWO(t[4 * g + 1], t[4 * g + 3]);
    }
    UNROLL for (int c = 0; c < 4; c++) {
        // Even fours are columns c and c + 8, odd ones c + 4 and c + 12.
        vu a = EVEN_FOURS(r[c], r[4 + c]), b = EVEN_FOURS(r[8 + c], r[12 + c]);
        vu d = ODD_FOURS(r[c], r[4 + c]), e = ODD_FOURS(r[8 + c], r[12 + c]);
        vu columns[4] = {EVEN_FOURS(a, b), EVEN_FOURS(d, e), ODD_FOURS(a, b), ODD_FOURS(d, e)};
        UNROLL for (int q = 0; q < 4; q++) memcpy(out + (c + 4 * q) * step, &columns[q], sizeof(vu));
    }
#undef LOW
#undef HIGH
#undef LOW_TWO
#undef HIGH_TWO
#undef EVEN_FOURS
#undef ODD_FOURS
}

/// Stored elements of a row from `column`, a multiple of 256, in bf16.
INLINE void part_to_bf16(int type, const uint8_t *row, long column, long n, float *scratch, uint16_t *y) {
    if (type == MLOPS_BF16) {
        memcpy(y, row + 2 * column, (size_t)n * 2);
        for (long i = n; i % LANES != 0; i++) y[i] = 0;
        return;
    }
    convert_part(type, row, column, n, scratch);
    row_to_bf16(scratch, y, n);
}

/// Rows of a panel that are packed later, from a column on: asked for two at a time between blocks of work.
struct later { const uint8_t *rows; long row_bytes, count, bytes; };

INLINE struct later later_rows(const struct bf16_pack *a, long first, long column, long width) {
    long count = first < a->rows ? block_end(first, MLOPS_PANEL, a->rows) - first : 0;
    if (column + width > a->columns) width = a->columns - column;
    // Every type has the same number of bytes for each stretch of 256 elements.
    return (struct later){a->w + first * a->row_bytes + column * a->row_bytes / a->columns, a->row_bytes, count,
                          width * a->row_bytes / a->columns};
}
INLINE void ask_for_two(const struct later *l, long row) {
    for (long i = row; i < row + 2 && i < l->count; i++)
        for (long b = 0; b < l->bytes; b += 64) __builtin_prefetch(l->rows + i * l->row_bytes + b, 0, 2);
}

/// A task is a panel.
static void bf16_pack(const void *arguments, long task) {
    const struct bf16_pack *a = arguments;
    enum { WIDTH = 256 };
    ALIGNED uint16_t tile[MLOPS_PANEL * WIDTH];
    ALIGNED float scratch[WIDTH];
    long first = task * MLOPS_PANEL, rows = block_end(first, MLOPS_PANEL, a->rows) - first, pairs = (a->columns + 1) / 2;
    long next = next_task(task, (a->rows + MLOPS_PANEL - 1) / MLOPS_PANEL, a->threads) * MLOPS_PANEL;
    uint16_t *panel = a->panels + task * pairs * 2 * MLOPS_PANEL;
    if (rows < MLOPS_PANEL) memset(tile, 0, sizeof tile);
    for (long k = 0; k < a->columns; k += WIDTH) {
        long width = block_end(k, WIDTH, a->columns) - k;
        for (long i = 0; i < rows; i++)
            part_to_bf16(a->type, a->w + (first + i) * a->row_bytes, k, width, scratch, tile + i * WIDTH);
        // The next columns, or the first ones of the next task.
        struct later later = k + WIDTH < a->columns ? later_rows(a, first, k + WIDTH, WIDTH) : later_rows(a, next, 0, WIDTH);
        long asked = 0;
        for (long p = 0; p < (width + 1) / 2; p += LANES) {
            long count = block_end(p, LANES, (width + 1) / 2) - p;
            for (long g = 0; g < MLOPS_PANEL; g += LANES) {
                vu rows[16];
                uint16_t columns[16 * 2 * LANES], *out = panel + ((k / 2 + p) * MLOPS_PANEL + g) * 2;
                UNROLL for (int i = 0; i < 16; i++) rows[i] = load_pairs(tile + (g + i) * WIDTH + 2 * p);
                ask_for_two(&later, asked);
                asked += 2;
                if (count == LANES) {
                    transpose_pairs(rows, out, 2 * MLOPS_PANEL);
                    continue;
                }
                transpose_pairs(rows, columns, 2 * LANES);
                for (long q = 0; q < count; q++) memcpy(out + q * 2 * MLOPS_PANEL, columns + q * 2 * LANES, 4 * LANES);
            }
        }
    }
}
