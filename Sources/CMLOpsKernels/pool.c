// The one place that knows threads: a process-wide pool that spins for a moment between regions, then sleeps.
//
// A step of a small model has thousands of regions of some 100 µs. Waking a sleeping thread costs 35 µs, so workers look for
// the next region about 20,000 pauses long before they sleep; the bound keeps an oversubscribed machine usable.
// Each thread has a share of the tasks, neighbours that it runs in order, so that from one region to the next it finds in its own cache
// what it wrote; whoever is done takes from the far end of another's share. Which thread runs a task never changes its result. A worker
// that has no core at the moment is not waited for: it signs up before it takes a task, and a region whose tasks are all taken is closed
// to it.
// A region started while another runs (a second trainer in the process, a task that starts tasks) is run by its caller alone.
#if defined(__linux__)
#define _GNU_SOURCE  // for sched_getaffinity
#endif
#include "expect.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define PAUSE() _mm_pause()
#elif defined(__aarch64__)
#define PAUSE() __asm__ volatile("yield")
#else
#define PAUSE() ((void)0)
#endif

enum { SPINS = 20000, MAXIMUM_THREADS = 256, STACK_BYTES = 4 << 20 };

static pthread_mutex_t region = PTHREAD_MUTEX_INITIALIZER;  // held by the caller of a running region
static pthread_mutex_t sleep_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
/// The newest region in one word, so that all of it changes at once: its number, from bit 32; how many threads may take part, 0
/// once it is closed, from bit 16; how many workers are in it.
static _Atomic uint64_t newest;
static atomic_int caller_sleeps;  // whether the caller is asleep on `finished`
static atomic_int thread_count;  // 0: not chosen yet

/// What the memory bus has nothing else to do for: the memory that each thread reads first in the next region that reads much, if the
/// guess is right. Read while it is written at worst, which asks for memory that nobody needs.
static struct { _Atomic uintptr_t starts[EXPECTED_THREADS]; atomic_long bytes; } expected;
/// A thread's way through its part of that.
struct early { uintptr_t start; long asked; };

void mlops_expect(const uintptr_t starts[EXPECTED_THREADS], long bytes) {
    atomic_store_explicit(&expected.bytes, bytes < EXPECTED_BYTES ? bytes : EXPECTED_BYTES, memory_order_relaxed);
    for (int i = 0; i < EXPECTED_THREADS; i++) atomic_store_explicit(&expected.starts[i], starts[i], memory_order_relaxed);
}

/// A thread that waits asks for some of it, or pauses. What lies there is never read, so it need not be there any more.
static void wait_a_moment(struct early *e, int index) {
    uintptr_t start = index < EXPECTED_THREADS ? atomic_load_explicit(&expected.starts[index], memory_order_relaxed) : 0;
    if (start != e->start) *e = (struct early){start, 0};
    if (!start || e->asked >= atomic_load_explicit(&expected.bytes, memory_order_relaxed)) {
        PAUSE();
        return;
    }
    for (int i = 0; i < 4; i++, e->asked += 64) __builtin_prefetch((const void *)(start + (uintptr_t)e->asked), 0, 2);
}

struct worker {
    int index;
    uint64_t seen;  // the number of the newest region when it was started
    struct early early;
    atomic_int sleeps;
    pthread_cond_t wake;
};
static struct worker crew[MAXIMUM_THREADS];
static int workers;  // started; guarded by `region`
static struct early callers;  // guarded by `region`

// The running region; written before it is opened, and not again before it is closed and empty.
static mlops_task job_task;
static const void *job_arguments;

/// What nobody has taken of a thread's tasks: the first one, and from bit 32 the one behind the last. Two lines of memory each, as
/// processors fetch pairs of them.
static struct share { _Alignas(128) _Atomic uint64_t left; } shares[MAXIMUM_THREADS];
static int share_count;

static void share_tasks(long count, int threads) {
    share_count = threads;
    for (int i = 0; i < threads; i++) {
        uint64_t start = (uint64_t)(count * i / threads), end = (uint64_t)(count * (i + 1) / threads);
        atomic_store_explicit(&shares[i].left, end << 32 | start, memory_order_relaxed);
    }
}

/// The first task of a share that is left, for its owner, or the last; -1: none.
static long take_task(struct share *s, int is_owner) {
    uint64_t left = atomic_load_explicit(&s->left, memory_order_relaxed), rest;
    do {
        if ((left & 0xFFFFFFFF) >= left >> 32) return -1;
        rest = is_owner ? left + 1 : left - ((uint64_t)1 << 32);
    } while (!atomic_compare_exchange_weak_explicit(&s->left, &left, rest, memory_order_relaxed, memory_order_relaxed));
    return is_owner ? (long)(left & 0xFFFFFFFF) : (long)(left >> 32) - 1;
}

static void run_tasks(int index) {
    for (int i = 0; i < share_count; i++)
        for (long task; (task = take_task(&shares[(index + i) % share_count], i == 0)) >= 0;) job_task(job_arguments, task);
}

static uint64_t number_of(uint64_t word) { return word >> 32; }
static int is_open_to(const struct worker *w, uint64_t word, uint64_t seen) {
    return number_of(word) != seen && w->index < (int)(word >> 16 & 0xFFFF);
}

/// Waits for a region that the worker has not seen and may take part in.
static uint64_t next_region(struct worker *w, uint64_t seen) {
    uint64_t word;
    for (int i = 0; i < SPINS; i++) {
        word = atomic_load_explicit(&newest, memory_order_acquire);
        if (is_open_to(w, word, seen)) return word;
        wait_a_moment(&w->early, w->index);
    }
    pthread_mutex_lock(&sleep_lock);
    // First the flag, then the look: whoever opens a region does it the other way round, so one of both notices.
    atomic_store(&w->sleeps, 1);
    while (!is_open_to(w, word = atomic_load(&newest), seen)) pthread_cond_wait(&w->wake, &sleep_lock);
    atomic_store(&w->sleeps, 0);
    pthread_mutex_unlock(&sleep_lock);
    return word;
}

static void *work(void *argument) {
    struct worker *w = argument;
    uint64_t seen = w->seen;
    for (;;) {
        uint64_t word = next_region(w, seen);
        // Signs up, unless the region was closed or another worker was quicker: then it looks again.
        if (!atomic_compare_exchange_strong(&newest, &word, word + 1)) continue;
        seen = number_of(word);
        run_tasks(w->index);
        uint64_t left = atomic_fetch_sub(&newest, 1) - 1;
        if ((left & 0xFFFFFFFF) == 0 && atomic_load(&caller_sleeps)) {
            pthread_mutex_lock(&sleep_lock);
            pthread_cond_signal(&finished);
            pthread_mutex_unlock(&sleep_lock);
        }
    }
    return 0;
}

/// Whether workers are still in the region.
static int is_occupied(void) { return (atomic_load(&newest) & 0xFFFF) != 0; }

static void start_workers(int wanted) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    while (workers < wanted) {
        pthread_t thread;
        struct worker *w = &crew[workers];
        w->index = workers + 1;
        w->seen = number_of(atomic_load(&newest));
        pthread_cond_init(&w->wake, 0);
        if (pthread_create(&thread, &attributes, work, w) != 0) break;  // then fewer take part
        workers++;
    }
    pthread_attr_destroy(&attributes);
}

/// What OMP_NUM_THREADS asks for, the variable that OpenBLAS and others obey too: a number, or a list that begins with one; 0
/// when it is not set or says something else.
static long wished_threads(void) {
    const char *text = getenv("OMP_NUM_THREADS");
    if (!text) return 0;
    char *end;
    long count = strtol(text, &end, 10);
    return end != text && (*end == 0 || *end == ',') && count > 0 ? count : 0;
}

/// The processors this process may use, as taskset and containers narrow them.
static long usable_processors(void) {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    return sysconf(_SC_NPROCESSORS_ONLN);
}

int mlops_thread_count(void) {
    int count = atomic_load(&thread_count);
    if (count > 0) return count;
    long wanted = wished_threads();
    if (wanted < 1) wanted = usable_processors();
    count = wanted < 1 ? 1 : wanted > MAXIMUM_THREADS ? MAXIMUM_THREADS : (int)wanted;
    atomic_store(&thread_count, count);
    return count;
}

void mlops_set_thread_count(int count) {
    atomic_store(&thread_count, count < 1 ? 1 : count > MAXIMUM_THREADS ? MAXIMUM_THREADS : count);
}

void mlops_parallel(long count, mlops_task task, const void *arguments) {
    int threads = mlops_thread_count();
    if (threads > count) threads = (int)count;
    // Shares count in 32 bits.
    if (threads <= 1 || count > INT32_MAX || pthread_mutex_trylock(&region) != 0) {
        for (long i = 0; i < count; i++) task(arguments, i);
        return;
    }
    start_workers(threads - 1);
    if (threads > workers + 1) threads = workers + 1;
    job_task = task;
    job_arguments = arguments;
    share_tasks(count, threads);
    atomic_store(&newest, (number_of(atomic_load(&newest)) + 1) << 32 | (uint64_t)threads << 16);
    for (int i = 0; i < threads - 1; i++) {
        if (!atomic_load(&crew[i].sleeps)) continue;
        pthread_mutex_lock(&sleep_lock);
        pthread_cond_signal(&crew[i].wake);
        pthread_mutex_unlock(&sleep_lock);
    }
    run_tasks(0);
    atomic_fetch_and(&newest, ~(uint64_t)0xFFFF0000);
    for (int i = 0; i < SPINS && is_occupied(); i++) wait_a_moment(&callers, 0);
    if (is_occupied()) {
        pthread_mutex_lock(&sleep_lock);
        atomic_store(&caller_sleeps, 1);
        while (is_occupied()) pthread_cond_wait(&finished, &sleep_lock);
        atomic_store(&caller_sleeps, 0);
        pthread_mutex_unlock(&sleep_lock);
    }
    pthread_mutex_unlock(&region);
}
