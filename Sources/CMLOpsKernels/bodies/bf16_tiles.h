// Blocks of a bf16 product on the tiles of AMX (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18).
//
// A tile is 16 rows of 64 bytes. One instruction adds the product of 16 × 32 numbers and 16 pairs × 16 outputs, which is how a panel
// lies in memory, to 16 × 16 sums. Eight tiles: six of sums (32 rows × 48 outputs), one of x, one of w.
#include "../arguments.h"
#include "tiles.h"

enum { TILE_PAIRS = 16, TILES_ROWS = 32, W_BYTES = 4 * MLOPS_PANEL };

/// What the eight tiles hold: all 64 bytes of `rows` rows, those of w (the last one) of all 16.
INLINE void use_tiles(long rows) {
    struct tile_shapes shapes = whole_tiles();
    for (int i = 0; i < 7; i++) shapes.rows[i] = (uint8_t)rows;
    _tile_loadconfig(&shapes);
}

INLINE void load_sums(const int two, const int vectors, struct base base) {
    const float *y = base.rows;
    if (!y) {
        _tile_zero(0), _tile_zero(1), _tile_zero(2);
        if (two) _tile_zero(3), _tile_zero(4), _tile_zero(5);
        return;
    }
    size_t step = (size_t)base.ld * sizeof *y;
    _tile_loadd(0, y, step);
    if (vectors > 1) _tile_loadd(1, y + LANES, step);
    if (vectors > 2) _tile_loadd(2, y + 2 * LANES, step);
    if (!two) return;
    y += 16 * base.ld;
    _tile_loadd(3, y, step);
    if (vectors > 1) _tile_loadd(4, y + LANES, step);
    if (vectors > 2) _tile_loadd(5, y + 2 * LANES, step);
}
INLINE void store_sums(const int two, const int vectors, float *y, long ldy) {
    size_t step = (size_t)ldy * sizeof *y;
    _tile_stored(0, y, step);
    if (vectors > 1) _tile_stored(1, y + LANES, step);
    if (vectors > 2) _tile_stored(2, y + 2 * LANES, step);
    if (!two) return;
    y += 16 * ldy;
    _tile_stored(3, y, step);
    if (vectors > 1) _tile_stored(4, y + LANES, step);
    if (vectors > 2) _tile_stored(5, y + 2 * LANES, step);
}

/// Sixteen pairs of the sum.
INLINE void add_tiles(const int two, const int vectors, const uint16_t *x, long ldx, const uint16_t *w) {
    size_t step = (size_t)ldx * sizeof *x;
    _tile_loadd(6, x, step);
    _tile_loadd(7, w, W_BYTES);
    _tile_dpbf16ps(0, 6, 7);
    if (vectors > 1) {
        _tile_loadd(7, w + 2 * LANES, W_BYTES);
        _tile_dpbf16ps(1, 6, 7);
    }
    if (vectors > 2) {
        _tile_loadd(7, w + 4 * LANES, W_BYTES);
        _tile_dpbf16ps(2, 6, 7);
    }
    if (!two) return;
    _tile_loadd(6, x + 16 * ldx, step);
    // The other way round: the last tile of w is still there.
    if (vectors > 2) {
        _tile_dpbf16ps(5, 6, 7);
        _tile_loadd(7, w + 2 * LANES, W_BYTES);
    }
    if (vectors > 1) {
        _tile_dpbf16ps(4, 6, 7);
        _tile_loadd(7, w, W_BYTES);
    }
    _tile_dpbf16ps(3, 6, 7);
}

/// The pairs of a stretch behind its whole tiles, with zeros behind them.
struct rest { long pairs; ALIGNED uint16_t w[TILE_PAIRS * 2 * MLOPS_PANEL]; };

INLINE void rest_of(struct rest *r, struct stretch s) {
    r->pairs = s.pairs % TILE_PAIRS;
    if (r->pairs == 0) return;
    size_t bytes = (size_t)r->pairs * W_BYTES;
    memcpy(r->w, s.w + (s.pairs - r->pairs) * 2 * MLOPS_PANEL, bytes);
    memset((char *)r->w + bytes, 0, sizeof r->w - bytes);
}

INLINE void add_stretch(const int two, const int vectors, struct stretch s, const struct rest *r, long ldx, long rows, struct ahead *ahead,
                        long share) {
    long k = 0;
    for (; k + TILE_PAIRS <= s.pairs; k += TILE_PAIRS) {
        add_tiles(two, vectors, s.x + 2 * k, ldx, s.w + k * 2 * MLOPS_PANEL);
        ask(ahead, share);
    }
    if (r->pairs == 0) return;
    ALIGNED uint16_t x[TILES_ROWS * 2 * TILE_PAIRS];
    for (long i = 0; i < rows; i++) {
        __m512i v = _mm512_maskz_loadu_epi32((__mmask16)((1 << r->pairs) - 1), s.x + i * ldx + 2 * k);
        _mm512_store_si512(x + i * 2 * TILE_PAIRS, v);
    }
    add_tiles(two, vectors, x, 2 * TILE_PAIRS, r->w);
}

INLINE void tiles_block(const int two, const int vectors, struct stretch first, struct stretch second, const struct rest rests[2],
                        long ldx, struct base base, float *y, long ldy, long rows, long columns, struct ahead *ahead, long share) {
    ALIGNED float part[TILES_ROWS * MLOPS_PANEL];
    float *to = y;
    long step = ldy;
    if (columns % LANES != 0 && columns < MLOPS_PANEL) {
        // A tile is written in whole rows.
        to = part, step = MLOPS_PANEL;
        if (base.rows) {
            for (long i = 0; i < rows; i++) memcpy(part + i * step, base.rows + i * base.ld, (size_t)columns * sizeof *y);
            base = (struct base){part, step};
        }
    }
    load_sums(two, vectors, base);
    // Where new sums go is asked for while they are made.
    if (base.rows != to) for (long i = 0; i < rows; i++)
            UNROLL for (int j = 0; j < vectors; j++) __builtin_prefetch(to + i * step + j * LANES, 1, 2);
    add_stretch(two, vectors, first, &rests[0], ldx, rows, ahead, share);
    add_stretch(two, vectors, second, &rests[1], ldx, rows, ahead, share);
    store_sums(two, vectors, to, step);
    if (to == part) for (long i = 0; i < rows; i++) memcpy(y + i * ldy, part + i * step, (size_t)columns * sizeof *y);
}

INLINE void tiles_rows(const int vectors, struct stretch first, struct stretch second, long ldx, struct base base, float *y, long ldy,
                       long rows, long columns, struct ahead *ahead) {
    struct rest rests[2];
    long share = share_of(ahead, (rows + TILES_ROWS - 1) / TILES_ROWS * (first.pairs / TILE_PAIRS + 1));
    rest_of(&rests[0], first);
    rest_of(&rests[1], second);
    for (long i = 0, count; i < rows; i += count) {
        count = rows - i >= TILES_ROWS ? TILES_ROWS : rows - i >= 16 ? 16 : rows - i;
        if (i == 0 || count < 16) use_tiles(count < 16 ? count : 16);
        struct base from = base_from(base, i, 0);
        if (count == TILES_ROWS) tiles_block(1, vectors, first, second, rests, ldx, from, y + i * ldy, ldy, count, columns, ahead, share);
        else tiles_block(0, vectors, first, second, rests, ldx, from, y + i * ldy, ldy, count, columns, ahead, share);
        first.x += count * ldx;
        second.x += count * ldx;
    }
    _tile_release();
}

/// As many rows as there are of up to 48 outputs.
static void bf16_product(struct stretch first, struct stretch second, long ldx, struct base base, float *y, long ldy, long rows,
                         long columns, struct ahead *ahead) {
    if (columns > 2 * LANES) tiles_rows(3, first, second, ldx, base, y, ldy, rows, columns, ahead);
    else if (columns > LANES) tiles_rows(2, first, second, ldx, base, y, ldy, rows, columns, ahead);
    else tiles_rows(1, first, second, ldx, base, y, ldy, rows, columns, ahead);
}
