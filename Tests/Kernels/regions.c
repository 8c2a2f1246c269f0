// Regions of the pool: every task runs once, whoever runs it, and what a kernel asks for ahead is the next task of the same share.
#include "../../Sources/CMLOpsKernels/arguments.h"

#include <stdatomic.h>
#include <stdio.h>

enum { MOST = 3000 };

struct counts { atomic_int *runs; long slow; };

/// Tasks before `slow` take long, so that others take some of that share.
static void count_run(const void *arguments, long task) {
    const struct counts *c = arguments;
    atomic_fetch_add(&c->runs[task], 1);
    for (volatile long i = 0; task < c->slow && i < 2000; i++) continue;
}

/// A region within a region runs on its caller alone.
static void count_within(const void *arguments, long task) {
    (void)task;
    const struct counts *c = arguments;
    mlops_parallel(3, count_run, c);
}

static int runs_are(atomic_int *runs, long count, int wanted) {
    for (long i = 0; i < MOST; i++)
        if (atomic_load(&runs[i]) != (i < count ? wanted : 0)) return 0;
    return 1;
}

/// Failures, of which it says where.
int check_regions(void) {
    static const long counts[] = {0, 1, 2, 3, 5, 6, 7, 64, 1001, MOST};
    static atomic_int runs[MOST];
    int failures = 0;
    for (int threads = 1; threads <= 6; threads++) {
        mlops_set_thread_count(threads);
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            for (int slow = 0; slow < 2; slow++) {
                for (long t = 0; t < MOST; t++) atomic_store(&runs[t], 0);
                struct counts c = {runs, slow ? counts[i] / threads : 0};
                mlops_parallel(counts[i], count_run, &c);
                if (runs_are(runs, counts[i], 1)) continue;
                fprintf(stderr, "a region of %ld tasks on %d threads does not run each once\n", counts[i], threads);
                failures++;
            }
        for (long t = 0; t < MOST; t++) atomic_store(&runs[t], 0);
        struct counts c = {runs, 0};
        mlops_parallel(50, count_within, &c);
        if (!runs_are(runs, 3, 50)) fprintf(stderr, "regions within a region on %d threads\n", threads), failures++;

        for (long tasks = 1; tasks < 100; tasks++)
            for (long share = 0; share < threads; share++)
                for (long t = tasks * share / threads, end = tasks * (share + 1) / threads; t < end; t++) {
                    if (next_task(t, tasks, threads) == (t + 1 < end ? t + 1 : tasks)) continue;
                    fprintf(stderr, "behind task %ld of %ld on %d threads\n", t, tasks, threads);
                    failures++;
                }
    }
    return failures;
}
