// The shapes of AMX's eight tiles, and what is common to all who use them.
//
// A body sets the shapes before its first tile and releases them behind its last one, as a thread with tiles in use costs the
// system more to switch.
#ifndef MLOPS_TILES_H
#define MLOPS_TILES_H

#include "vector.h"

/// What _tile_loadconfig reads: bytes of a row, and rows, of each tile.
struct tile_shapes { uint8_t palette, start, none[14]; uint16_t bytes[16]; uint8_t rows[16]; };

/// All of 16 rows of 64 bytes.
INLINE struct tile_shapes whole_tiles(void) {
    struct tile_shapes s = {.palette = 1};
    for (int i = 0; i < 8; i++) s.bytes[i] = 64, s.rows[i] = 16;
    return s;
}

#endif
