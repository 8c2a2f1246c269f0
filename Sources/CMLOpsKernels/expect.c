// What a region will read, guessed from what came after its predecessor the last time: the regions of a token's step come in the same
// order every time. A wrong guess asks for memory that nobody needs, nothing else; so does whoever computes beside this one, as all of
// it may change while it is read.
#include "expect.h"

#include <stdatomic.h>

enum { FOLLOWERS = 2048 };

/// What each thread read first, in the region after the one that began at `of`.
static struct follower { _Atomic uintptr_t of, starts[EXPECTED_THREADS]; atomic_long bytes; } followers[FOLLOWERS];
/// Where the newest region began.
static _Atomic uintptr_t newest;

#define LOAD(place) atomic_load_explicit(place, memory_order_relaxed)
#define STORE(place, value) atomic_store_explicit(place, value, memory_order_relaxed)

static struct follower *follower(uintptr_t of) { return &followers[(uint64_t)(of >> 6) * 0x9E3779B97F4A7C15u >> 53]; }

void mlops_reads(const uintptr_t starts[EXPECTED_THREADS], long bytes) {
    uintptr_t of = LOAD(&newest);
    struct follower *f = follower(of);
    STORE(&newest, starts[0]);
    STORE(&f->of, of);
    STORE(&f->bytes, bytes);
    for (int i = 0; i < EXPECTED_THREADS; i++) STORE(&f->starts[i], starts[i]);
    f = follower(starts[0]);
    if (LOAD(&f->of) != starts[0]) return;
    uintptr_t next[EXPECTED_THREADS];
    for (int i = 0; i < EXPECTED_THREADS; i++) next[i] = LOAD(&f->starts[i]);
    mlops_expect(next, LOAD(&f->bytes));
}
