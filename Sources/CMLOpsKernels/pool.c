// The one place that knows threads: a process-wide pool that spins for a moment between regions, then sleeps.
//
// A step of a small model has thousands of regions of some 100 µs. Waking a sleeping thread costs 35 µs, so workers look for
// the next region about 20,000 pauses long before they sleep; the bound keeps an oversubscribed machine usable.
// Tasks are claimed one by one from a counter: which thread runs a task never changes its result.
// A region started while another runs (a second trainer in the process, a task that starts tasks) is run by its caller alone.
#include "include/CMLOpsKernels.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
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
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
static atomic_uint generation;    // counts regions
static atomic_int sleepers;       // workers asleep on `wake`
static atomic_int pending;        // workers that have not finished the region
static atomic_int caller_sleeps;  // whether the caller is asleep on `finished`
static atomic_long next_task;
static atomic_int thread_count;  // 0: not chosen yet
static int workers;              // started; guarded by `region`

// The running region; written before `generation` moves, read after.
static mlops_task job_task;
static const void *job_arguments;
static long job_count;
static int job_threads;

static void run_tasks(void) {
    for (;;) {
        long task = atomic_fetch_add_explicit(&next_task, 1, memory_order_relaxed);
        if (task >= job_count) return;
        job_task(job_arguments, task);
    }
}

static void wait_for_region(unsigned seen) {
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load_explicit(&generation, memory_order_acquire) != seen) return;
        PAUSE();
    }
    pthread_mutex_lock(&sleep_lock);
    atomic_fetch_add(&sleepers, 1);
    while (atomic_load(&generation) == seen) pthread_cond_wait(&wake, &sleep_lock);
    atomic_fetch_sub(&sleepers, 1);
    pthread_mutex_unlock(&sleep_lock);
}

struct start {
    int index;
    unsigned seen;
};
static struct start starts[MAXIMUM_THREADS];

static void *worker(void *argument) {
    const struct start *start = argument;
    unsigned seen = start->seen;
    for (;;) {
        wait_for_region(seen);
        seen++;
        if (start->index < job_threads) run_tasks();
        if (atomic_fetch_sub(&pending, 1) == 1 && atomic_load(&caller_sleeps)) {
            pthread_mutex_lock(&sleep_lock);
            pthread_cond_signal(&finished);
            pthread_mutex_unlock(&sleep_lock);
        }
    }
    return 0;
}

static void start_workers(int wanted) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    while (workers < wanted) {
        pthread_t thread;
        starts[workers] = (struct start){workers + 1, atomic_load(&generation)};
        if (pthread_create(&thread, &attributes, worker, &starts[workers]) != 0) break;  // then fewer take part
        workers++;
    }
    pthread_attr_destroy(&attributes);
}

int mlops_thread_count(void) {
    int count = atomic_load(&thread_count);
    if (count > 0) return count;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    count = online < 1 ? 1 : online > MAXIMUM_THREADS ? MAXIMUM_THREADS : (int)online;
    atomic_store(&thread_count, count);
    return count;
}

void mlops_set_thread_count(int count) {
    atomic_store(&thread_count, count < 1 ? 1 : count > MAXIMUM_THREADS ? MAXIMUM_THREADS : count);
}

void mlops_parallel(long count, mlops_task task, const void *arguments) {
    int threads = mlops_thread_count();
    if (threads > count) threads = (int)count;
    if (threads <= 1 || pthread_mutex_trylock(&region) != 0) {
        for (long i = 0; i < count; i++) task(arguments, i);
        return;
    }
    start_workers(threads - 1);
    job_task = task;
    job_arguments = arguments;
    job_count = count;
    job_threads = threads;
    atomic_store(&next_task, 0);
    atomic_store(&pending, workers);
    atomic_fetch_add(&generation, 1);
    if (atomic_load(&sleepers) > 0) {
        pthread_mutex_lock(&sleep_lock);
        pthread_cond_broadcast(&wake);
        pthread_mutex_unlock(&sleep_lock);
    }
    run_tasks();
    for (int i = 0; i < SPINS && atomic_load_explicit(&pending, memory_order_acquire) > 0; i++) PAUSE();
    if (atomic_load(&pending) > 0) {
        pthread_mutex_lock(&sleep_lock);
        atomic_store(&caller_sleeps, 1);
        while (atomic_load(&pending) > 0) pthread_cond_wait(&finished, &sleep_lock);
        atomic_store(&caller_sleeps, 0);
        pthread_mutex_unlock(&sleep_lock);
    }
    pthread_mutex_unlock(&region);
}
