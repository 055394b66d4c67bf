#include "profile/bench.h"
#include "base/os/os.h"

#include <math.h>

/* Running a case.  Memory for the times is taken before the first of them. */

static int or_default(int a, int b, int c)
{
    return a > 0 ? a : b > 0 ? b : c;
}

static stint_status iterate(ctx *c, const bench_case *b, int n, double *seconds)
{
    for (int i = 0; i < n; ++i) {
        if (b->before)
            TRY(b->before(c, b->self));
        double start = clock_seconds();
        TRY(b->run(c, b->self));
        if (seconds)
            seconds[i] = clock_seconds() - start;
    }
    return STINT_OK;
}

static stint_status run_into(ctx *c, const bench_case *b, const bench_settings *s,
                             bench_result *out)
{
    int n = or_default(s->iterations, b->iterations, BENCH_ITERATIONS);
    out->times.name = mem_strdup(c, b->name);
    out->times.seconds = mem_new(c, TAG_BASE, double, n);
    if (!out->times.name || !out->times.seconds)
        return STINT_ENOMEM;
    TRY(iterate(c, b, or_default(s->warmup, b->warmup, BENCH_WARMUP), NULL));
    TRY(iterate(c, b, n, out->times.seconds));
    out->times.n = n;
    out->stats = bench_measure(out->times.seconds, n);
    if (b->peer && s->with_peer)
        TRY(bench_run_peer(c, b->peer, &out->peer));
    return STINT_OK;
}

stint_status bench_run_case(ctx *c, const bench_case *b, const bench_settings *s, bench_result *out)
{
    *out = (bench_result){.of = b};
    stint_status status = run_into(c, b, s, out);
    if (status != STINT_OK)
        bench_result_free(out);
    return status;
}

void bench_times_free(bench_times *t)
{
    mem_free(t->name);
    mem_free(t->seconds);
    *t = (bench_times){0};
}

void bench_result_free(bench_result *r)
{
    bench_times_free(&r->times);
    bench_times_free(&r->peer);
    bench_times_free(&r->past);
}

bool bench_is_regression(const bench_result *r)
{
    if (r->past.n == 0 || r->times.n == 0)
        return false;
    double past = bench_measure(r->past.seconds, r->past.n).p50;
    return r->stats.p50 > BENCH_SLOWER * past &&
           bench_same(r->times.seconds, r->times.n, r->past.seconds, r->past.n) < BENCH_CHANCE;
}
