/* The benchmark harness.
 *
 * A case is a name and a callback that does one iteration; the harness warms up, times
 * iterations one by one, and keeps every time, so that medians, percentiles and tests of
 * significance need no assumption about their distribution.  Results print as a table, go
 * into a JSON file, and are compared with such a file or with a peer: another program that
 * does the same work and prints {"name": "…", "seconds": [0.1, …]} as a line of its output.
 *
 * Nothing here prints; bench_main.h, included by bench executables, does. */
#ifndef PROFILE_BENCH_H
#define PROFILE_BENCH_H

#include "base/str.h"

/* One iteration; what it makes is its own to undo or to reuse. */
typedef stint_status bench_run(ctx *c, void *self);

typedef struct bench_case {
    const char *name;
    bench_run *run;
    bench_run *before; /* untimed, before every iteration; NULL = nothing */
    void *self;
    int warmup, iterations; /* 0 = BENCH_WARMUP, BENCH_ITERATIONS */
    double items;           /* done by an iteration, for the throughput; 0 = none to state */
    const char *item;       /* what they are: "rows", "flop" */
    double bytes;           /* read or written by an iteration; 0 = none to state */
    const char *peer;       /* shell command that times the same work; NULL = none */
} bench_case;

enum { BENCH_WARMUP = 3, BENCH_ITERATIONS = 20 };

/* Of n times in seconds; percentiles interpolate linearly between order statistics
 * (Hyndman & Fan 1996, type 7), σ divides by n - 1.  All NaN when n is 0. */
typedef struct bench_stats {
    int n;
    double mean, deviation, min, p50, p90, p99;
} bench_stats;

/* Sorts `seconds` in place. */
bench_stats bench_measure(double *seconds, int n);

/* Two-sided p of the Mann–Whitney U test that a and b are of one distribution: normal
 * approximation, corrected for ties and continuity; 1 when either is empty.  Both sorted. */
double bench_same(const double *a, int na, const double *b, int nb);

typedef struct bench_times {
    char *name;      /* owned, as are the times */
    double *seconds; /* [n] ascending */
    int n;
} bench_times;
void bench_times_free(bench_times *t);

typedef struct bench_result {
    const bench_case *of;
    bench_times times;
    bench_stats stats;
    bench_times peer; /* n 0 = none */
    bench_times past; /* from the file compared with; n 0 = none */
} bench_result;
void bench_result_free(bench_result *r);

/* Run one case: settings of 0 keep the case's own.  A failing iteration fails it. */
typedef struct bench_settings {
    int warmup, iterations;
    bool with_peer;
} bench_settings;
stint_status bench_run_case(ctx *c, const bench_case *b, const bench_settings *s,
                            bench_result *out);

/* A regression: slower than the past by more than BENCH_SLOWER at the median, and not by
 * chance (p < BENCH_CHANCE). */
#define BENCH_SLOWER 1.10
#define BENCH_CHANCE 0.01
bool bench_is_regression(const bench_result *r);

/* Results as an aligned table; as JSON; a saved file's times into results of equal name. */
void bench_table(str *out, const bench_result *results, int n);
void bench_json(str *out, const bench_result *results, int n);
stint_status bench_compare(ctx *c, const char *file, bench_result *results, int n);

/* The times of the last line of `text` that is a peer's JSON; fails when there is none. */
stint_status bench_parse_peer(ctx *c, const char *what, const char *text, bench_times *out);

/* Run a shell command and take its times. */
stint_status bench_run_peer(ctx *c, const char *command, bench_times *out);

/* What a bench executable does with its flags:
 *
 *     --iterations N   --warmup N   --only NAME (a part of the case's name)
 *     --json FILE      --compare FILE (regressions make STINT_EFAIL)
 *     --no-peer        --list       --help
 *
 * The table, or the help, is appended to `out`; a line a case goes to the log as it runs. */
stint_status bench_command(ctx *c, int argc, const char *const argv[], const bench_case *cases,
                           int n, str *out);

#endif
