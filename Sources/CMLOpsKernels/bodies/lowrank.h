// Products with the thin matrices of low-rank adapters, with dropout of their inputs made on the fly.
//
// A row's mask is a function of its key, the module and the column: 32 columns take 16 hashes of 32 bits, whose lower half
// decides column i of the first 16 and whose upper half that of the second. So nothing is stored, and the mask does not depend
// on which rows are computed together.
#include "../arguments.h"
#include "tile.h"

enum { LOWRANK_ROWS = 32, LOWRANK_COLUMNS = 64 };

INLINE uint64_t mixed(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

INLINE uint64_t module_key(uint64_t module) { return mixed(module * 0x9E3779B97F4A7C15u + 1); }

/// What decides about 32 columns from `column`, a multiple of 32: the lower half of word i about column i, its upper half about
/// column 16 + i.
INLINE vu mask_words(uint64_t key, long column) {
    const vu lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    vu h = (lane + (uint32_t)(column / 2)) * 0x9E3779B1u + (uint32_t)key;
    h = (h ^ (h >> 16)) * 0x7FEB352Du;
    h = (h ^ (h >> 15)) * 0x846CA68Bu;
    h = ((h ^ (h >> 16)) ^ (uint32_t)(key >> 32)) * 0x9E3779B1u;
    return h ^ (h >> 15);
}

/// x[columns] ∘ mask · scale for `columns` (≤ 64) from `start`, a multiple of 32; zeros up to `width`, a multiple of 16.
INLINE void drop_row(const float *x, const mlops_dropout *drop, uint64_t row_key, long start, long columns, float *y,
                     long width) {
    if (!drop->keys) {
        for (long j = 0; j < width; j += LANES) store(y + j, load_part(x + j, columns - j));
        return;
    }
    uint64_t key = mixed(row_key ^ module_key(drop->module));
    const vu threshold = (vu){0} + drop->threshold;
    for (long j = 0; j < width; j += 2 * LANES) {
        vu h = mask_words(key, start + j);
        vi first = (vi)((h & 0xFFFF) >= threshold), second = (vi)((h >> 16) >= threshold);
        store(y + j, (vf)(first & (vi)(load_part(x + j, columns - j) * splat(drop->scale))));
        if (j + LANES < width)
            store(y + j + LANES, (vf)(second & (vi)(load_part(x + j + LANES, columns - j - LANES) * splat(drop->scale))));
    }
}

/// y = drop(x)·at; a task is 32 rows.
static void lowrank_project(const void *arguments, long task) {
    const struct lowrank *a = arguments;
    long start = task * LOWRANK_ROWS, rows = block_end(start, LOWRANK_ROWS, a->rows) - start;
    ALIGNED float tile[LOWRANK_ROWS * LOWRANK_COLUMNS];
    float *out = a->out + start * a->ldo;
    for (long k0 = 0; k0 < a->k; k0 += LOWRANK_COLUMNS) {
        long columns = block_end(k0, LOWRANK_COLUMNS, a->k) - k0;
        const float *x = a->x + start * a->ldx + k0;
        long step = a->ldx;
        if (a->drop.keys) {
            for (long i = 0; i < rows; i++)
                drop_row(x + i * a->ldx, &a->drop, a->drop.keys[start + i], k0, columns, tile + i * LOWRANK_COLUMNS,
                         rounded_up(columns));
            x = tile;
            step = LOWRANK_COLUMNS;
        }
        tile_product(x, step, 1, a->y + k0 * a->p, a->p, out, a->ldo, rows, a->p, columns, k0 > 0);
    }
}

/// out += drop(x·y), x [rows, r] and y [r, k]; a task is 32 rows.
static void lowrank_expand(const void *arguments, long task) {
    const struct lowrank *a = arguments;
    long start = task * LOWRANK_ROWS, rows = block_end(start, LOWRANK_ROWS, a->rows) - start;
    ALIGNED float tile[LOWRANK_ROWS * LOWRANK_COLUMNS], row[LOWRANK_COLUMNS], right[LOWRANK_COLUMNS * LOWRANK_COLUMNS];
    for (long k0 = 0; k0 < a->k; k0 += LOWRANK_COLUMNS) {
        long columns = block_end(k0, LOWRANK_COLUMNS, a->k) - k0, width = rounded_up(columns);
        for (long r0 = 0; r0 < a->r; r0 += LOWRANK_COLUMNS) {
            long ranks = block_end(r0, LOWRANK_COLUMNS, a->r) - r0;
            const float *y = a->y + r0 * a->k + k0;
            long step = a->k;
            if (width != columns) {
                tile_load(y, a->k, right, LOWRANK_COLUMNS, ranks, columns);
                y = right;
                step = LOWRANK_COLUMNS;
            }
            tile_product(a->x + start * a->ldx + r0, a->ldx, 1, y, step, tile, LOWRANK_COLUMNS, rows, width, ranks, r0 > 0);
        }
        for (long i = 0; i < rows; i++) {
            float *out = a->out + (start + i) * a->ldo + k0;
            drop_row(tile + i * LOWRANK_COLUMNS, &a->drop, a->drop.keys ? a->drop.keys[start + i] : 0, k0, columns, row, width);
            for (long j = 0; j < columns; j += LANES)
                store_part(out + j, load_part(out + j, columns - j) + load(row + j), columns - j);
        }
    }
}

/// y += s·x
INLINE void add_row_part(float *y, const float *x, float s, long count) {
    for (long j = 0; j < count; j += LANES)
        store_part(y + j, load_part(y + j, count - j) + splat(s) * load(x + j), count - j);
}

/// out += s·drop(x)ᵀ·y, or its transpose, whichever has neighbours in memory; a task is 64 columns of x.
static void lowrank_outer(const void *arguments, long task) {
    const struct lowrank *a = arguments;
    long k0 = task * LOWRANK_COLUMNS, columns = block_end(k0, LOWRANK_COLUMNS, a->k) - k0, across = rounded_up(columns);
    int turned = a->column_step != 1;
    ALIGNED float tile[LOWRANK_ROWS * LOWRANK_COLUMNS], sums[LOWRANK_COLUMNS * LOWRANK_COLUMNS];
    for (long r0 = 0; r0 < a->r; r0 += LOWRANK_COLUMNS) {
        long ranks = block_end(r0, LOWRANK_COLUMNS, a->r) - r0, width = block_end(r0, LOWRANK_COLUMNS, a->p) - r0;
        for (long m = 0; m < a->rows; m += LOWRANK_ROWS) {
            long rows = block_end(m, LOWRANK_ROWS, a->rows) - m;
            const float *x = a->x + m * a->ldx + k0, *y = a->y + m * a->ldy + r0;
            long step = a->ldx;
            if (a->drop.keys) {
                for (long i = 0; i < rows; i++)
                    drop_row(x + i * a->ldx, &a->drop, a->drop.keys[m + i], k0, columns, tile + i * LOWRANK_COLUMNS, across);
            } else if (turned && across != columns) {
                tile_load(x, a->ldx, tile, LOWRANK_COLUMNS, rows, columns);
            }
            if (a->drop.keys || (turned && across != columns)) {
                x = tile;
                step = LOWRANK_COLUMNS;
            }
            if (turned) tile_product(y, 1, a->ldy, x, step, sums, LOWRANK_COLUMNS, ranks, across, rows, m > 0);
            else tile_product(x, 1, step, y, a->ldy, sums, LOWRANK_COLUMNS, columns, width, rows, m > 0);
        }
        if (turned)
            for (long j = 0; j < ranks; j++)
                add_row_part(a->out + (r0 + j) * a->column_step + k0, sums + j * LOWRANK_COLUMNS, a->s, columns);
        else
            for (long i = 0; i < columns; i++)
                add_row_part(a->out + (k0 + i) * a->row_step + r0, sums + i * LOWRANK_COLUMNS, a->s, ranks);
    }
}
