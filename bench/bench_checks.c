#include "profile/bench_main.h"

#include "base/mem.h"
#include "base/rng.h"
#include "data/checks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The checks of a table of 1 000 000 rows and 20 columns: all at once, the five kinds one after
 * another, and from the cache.  "one-by-one" is to "at-once" what reading the table five times is
 * to reading it once.  A column file of random numbers is made in build/bench-data. */

enum { ROWS = 1000000, COLUMNS = 20, CHECK_KINDS = 5, CASES = CHECK_KINDS + 3 };

#define DATA_DIR   "build/bench-data"
#define TABLE_PATH DATA_DIR "/checks.columns"
#define CACHE_DIR  DATA_DIR "/checks-cache"

static const char *const kinds[CHECK_KINDS] = {"types", "ranges", "missing", "duplicates",
                                               "statistics"};

typedef struct work {
    ctx *own; /* has a cache of its own */
    const colfile *file;
    pool *pool;
    bool cached;                /* leave what the iteration before made */
    unsigned only[CHECK_KINDS]; /* runs of an iteration, 0 behind the last; CHECK_ALL */
} work;

static const check_range ranges[] = {{"*", -100, 100}};

static const checks_settings settings = {
    .types = POLICY_ERROR,
    .missing = POLICY_ERROR,
    .infinite = POLICY_ERROR,
    .ranges = ranges,
    .n_ranges = 1,
    .outside = POLICY_ERROR,
    .duplicates = POLICY_WARN,
    .repeated_key = POLICY_ERROR,
    .constant = POLICY_WARN,
    .constant_share = 0.999,
    .outliers = POLICY_WARN,
    .outlier_deviations = 10,
    .leakage = POLICY_WARN,
    .leakage_correlation = 0.9999,
};

static stint_status run_one(work *w, unsigned only)
{
    static const features_settings features;
    int columns[COLUMNS];
    checks out;
    for (int i = 0; i < COLUMNS; i++)
        columns[i] = i;
    checks_input in = {.file = w->file,
                       .fingerprint = "bench",
                       .targets = columns + COLUMNS - 1,
                       .n_targets = 1,
                       .candidates = columns,
                       .n_candidates = COLUMNS - 1,
                       .features = &features,
                       .only = only};
    TRY(checks_run(w->own, &in, &settings, CACHE_DIR, w->pool, &out));
    bool good = out.cached == w->cached;
    checks_close(&out);
    return good ? STINT_OK : fail(w->own, STINT_EDATA, "the cache is not as the bench left it");
}

static stint_status run_checks(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    for (int i = 0; i < CHECK_KINDS && w->only[i]; i++)
        TRY(run_one(w, w->only[i]));
    return STINT_OK;
}

static stint_status forget(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    return w->cached ? STINT_OK : dir_remove(w->own, CACHE_DIR "/checks");
}

/* The first run makes what the others find. */
static stint_status fill_cache(ctx *c, void *self)
{
    work *w = self, once = *w;
    (void)c;
    once.cached = false;
    if (run_one(&once, CHECK_ALL) != STINT_OK)
        stint_clear(w->own); /* it was there */
    return STINT_OK;
}

static double cell(int64_t i)
{
    return rng_normal((rng){1, RNG_GENERATE}, (uint64_t)i);
}

static stint_status make_table(ctx *c)
{
    char names[COLUMNS][8];
    column_spec specs[COLUMNS];
    column_chunk chunks[COLUMNS];
    double *x = mem_new(c, TAG_BASE, double, COLUMNS *COLFILE_CHUNK_ROWS);
    TRY(dir_make(c, CACHE_DIR));
    for (int j = 0; j < COLUMNS; j++) {
        snprintf(names[j], sizeof names[j], "x%d", j);
        specs[j] = (column_spec){.name = names[j], .kind = COLUMN_NUMBER};
        chunks[j] = (column_chunk){.numbers = x + j * COLFILE_CHUNK_ROWS};
    }
    colfile_writer *w = x ? colfile_create(c, TABLE_PATH, specs, COLUMNS, ROWS) : NULL;
    stint_status s = w ? STINT_OK : STINT_ENOMEM;
    for (int64_t from = 0; s == STINT_OK && from < ROWS; from += COLFILE_CHUNK_ROWS) {
        int64_t n = ROWS - from < COLFILE_CHUNK_ROWS ? ROWS - from : COLFILE_CHUNK_ROWS;
        for (int j = 0; j < COLUMNS; j++)
            for (int64_t i = 0; i < n; i++)
                x[j * COLFILE_CHUNK_ROWS + i] = cell(j * (int64_t)ROWS + from + i);
        s = colfile_put(w, chunks, n);
    }
    mem_free(x);
    if (s == STINT_OK)
        return colfile_finish(w, NULL);
    if (w)
        colfile_abandon(w);
    return s;
}

static int make_cases(const work *base, work works[CASES], bench_case cases[CASES])
{
    static char names[CASES][48];
    for (int i = 0; i < CASES; i++) {
        works[i] = *base;
        cases[i] = (bench_case){.name = names[i],
                                .run = run_checks,
                                .before = forget,
                                .self = &works[i],
                                .items = (double)ROWS * COLUMNS,
                                .item = "cells"};
    }
    for (int i = 0; i < CHECK_KINDS; i++) {
        snprintf(names[i], sizeof names[i], "checks-%s", kinds[i]);
        works[i].only[0] = works[CHECK_KINDS].only[i] = 1u << i;
    }
    strcpy(names[CHECK_KINDS], "checks-one-by-one");
    strcpy(names[CHECK_KINDS + 1], "checks-at-once");
    strcpy(names[CHECK_KINDS + 2], "checks-cached");
    works[CHECK_KINDS + 1].only[0] = works[CHECK_KINDS + 2].only[0] = CHECK_ALL;
    works[CHECK_KINDS + 2].cached = true;
    cases[CHECK_KINDS + 2].before = fill_cache;
    return CASES;
}

int main(int argc, char **argv)
{
    static work works[CASES];
    static bench_case cases[CASES];
    colfile file;
    ctx *c = stint_open(&(stint_options){.cache_dir = CACHE_DIR});
    if (!c)
        return stint_status_exit(STINT_ENOMEM);
    stint_status s = make_table(c);
    if (s == STINT_OK)
        s = colfile_open(c, TABLE_PATH, &file);
    if (s != STINT_OK) {
        fprintf(stderr, "%s\n", stint_message(c));
        return stint_status_exit(s);
    }
    work base = {.own = c, .file = &file, .pool = pool_new(c, cpu_count())};
    int code = bench_main(argc, argv, cases, make_cases(&base, works, cases));
    pool_free(base.pool);
    colfile_close(&file);
    stint_close(c);
    return code;
}
