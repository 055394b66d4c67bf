#include "profile/bench_main.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/os/os.h"
#include "base/rng.h"
#include "data/colfile.h"
#include "experiment/journal.h"
#include "experiment/trials.h"

#include <stdlib.h>

/* What a run is made of besides arithmetic: random numbers, hashing, the journal, the trial
 * store, the column file. */

enum {
    NUMBERS = 100000,
    HASHED = 1 << 24,
    RECORDS = 1000, /* as a worker sends them */
    RESULTS = 50,   /* that are synced */
    FOLDS = 5,
    COLUMNS = 16,
    ROWS = 2 * COLFILE_CHUNK_ROWS
};

typedef struct work {
    char dir[64];
    ctx *ctx; /* holds what follows */
    volatile double sink;
    uint8_t *bytes; /* [HASHED] */
    record records[RECORDS];
    journal journal;
    trials trials;
    double *numbers; /* [COLFILE_CHUNK_ROWS] */
    colfile file;
} work;

static work shared;

/* --- cases ------------------------------------------------------------------------------- */

static stint_status run_uniform(ctx *c, void *self)
{
    work *w = self;
    double sum = 0;
    (void)c;
    for (uint64_t i = 0; i < NUMBERS; i++)
        sum += rng_uniform((rng){1, RNG_SPLIT}, i);
    w->sink = sum;
    return STINT_OK;
}

static stint_status run_normal(ctx *c, void *self)
{
    work *w = self;
    double sum = 0;
    (void)c;
    for (uint64_t i = 0; i < NUMBERS; i++)
        sum += rng_normal((rng){1, RNG_GENERATE}, i);
    w->sink = sum;
    return STINT_OK;
}

static stint_status run_hash(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    w->sink = (double)(hash64(w->bytes, HASHED) >> 11);
    return STINT_OK;
}

static stint_status run_journal_append(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    return journal_append(&w->journal, w->records, RECORDS);
}

/* The same records, one at a time. */
static stint_status run_journal_singly(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    for (int i = 0; i < RECORDS; i++)
        TRY(journal_append(&w->journal, &w->records[i], 1));
    return STINT_OK;
}

static stint_status run_journal_sync(ctx *c, void *self)
{
    work *w = self;
    TRY(journal_append(&w->journal, w->records, RECORDS));
    (void)c;
    return journal_sync(&w->journal);
}

/* Results made durable one by one, and as a batch. */
static stint_status run_results_singly(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    for (int i = 0; i < RESULTS; i++) {
        TRY(journal_append(&w->journal, &w->records[i], 1));
        TRY(journal_sync(&w->journal));
    }
    return STINT_OK;
}

static stint_status run_results_batch(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    TRY(journal_append(&w->journal, w->records, RESULTS));
    return journal_sync(&w->journal);
}

static stint_status run_trials_put(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    for (int i = 0; i < RECORDS; i++)
        TRY(trials_put(&w->trials, &w->records[i]));
    return STINT_OK;
}

static stint_status run_trials_best(ctx *c, void *self)
{
    work *w = self;
    configuration best[10];
    (void)c;
    w->sink = trials_best(&w->trials, &metric_rmse, 10, best);
    return STINT_OK;
}

static stint_status write_colfile(ctx *c, const work *w, const char *path)
{
    column_spec specs[COLUMNS];
    column_chunk chunk[COLUMNS];
    char names[COLUMNS][8];
    for (int j = 0; j < COLUMNS; j++) {
        snprintf(names[j], sizeof names[j], "x%d", j);
        specs[j] = (column_spec){.name = names[j], .kind = COLUMN_NUMBER};
        chunk[j] = (column_chunk){.numbers = w->numbers};
    }
    colfile_writer *writer = colfile_create(c, path, specs, COLUMNS, ROWS);
    if (!writer)
        return ctx_status(c);
    for (int i = 0; i < ROWS / COLFILE_CHUNK_ROWS; i++)
        TRY(colfile_put(writer, chunk, COLFILE_CHUNK_ROWS));
    return colfile_finish(writer, NULL);
}

static stint_status run_colfile_write(ctx *c, void *self)
{
    const work *w = self;
    char path[96];
    snprintf(path, sizeof path, "%s/written.tmp", w->dir);
    return write_colfile(c, w, path);
}

static stint_status run_colfile_open(ctx *c, void *self)
{
    const work *w = self;
    colfile file;
    char path[96];
    snprintf(path, sizeof path, "%s/table", w->dir);
    TRY(colfile_open(c, path, &file));
    colfile_close(&file);
    return STINT_OK;
}

static stint_status run_colfile_read(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    for (int64_t i = 0; i < w->file.chunks; i++)
        for (int j = 0; j < COLUMNS; j++)
            colfile_read(&w->file, j, i, 0, colfile_chunk_rows(&w->file, i), w->numbers, 1);
    return STINT_OK;
}

#define CASE(id, ...)                                                                              \
    {                                                                                              \
        .name = #id, .run = run_##id, .self = &shared, __VA_ARGS__                                 \
    }
#define TABLE_BYTES ((double)ROWS * COLUMNS * sizeof(double))

static const bench_case cases[] = {
    CASE(uniform, .items = NUMBERS, .item = "numbers"),
    CASE(normal, .items = NUMBERS, .item = "numbers"),
    CASE(hash, .bytes = HASHED),
    CASE(journal_append, .items = RECORDS, .item = "records"),
    CASE(journal_singly, .items = RECORDS, .item = "records"),
    CASE(results_singly, .items = RESULTS, .item = "records"),
    CASE(results_batch, .items = RESULTS, .item = "records"),
    CASE(journal_sync, .items = RECORDS, .item = "records"),
    CASE(trials_put, .items = RECORDS, .item = "records"),
    CASE(trials_best, .items = RECORDS / FOLDS, .item = "configurations"),
    CASE(colfile_write, .bytes = TABLE_BYTES),
    CASE(colfile_open, 0),
    CASE(colfile_read, .bytes = TABLE_BYTES),
};

/* --- what they work on -------------------------------------------------------------------- */

static stint_status take_nothing(void *self, const record *r)
{
    (void)self;
    (void)r;
    return STINT_OK;
}

static stint_status make(work *w)
{
    ctx *c = w->ctx;
    char path[96];
    w->bytes = mem_alloc(c, TAG_BASE, HASHED);
    w->numbers = mem_new(c, TAG_BASE, double, COLFILE_CHUNK_ROWS);
    if (!w->bytes || !w->numbers)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < COLFILE_CHUNK_ROWS; i++)
        w->numbers[i] = rng_normal((rng){1, RNG_GENERATE}, (uint64_t)i);
    for (int i = 0; i < RECORDS; i++)
        w->records[i] = (record){i, w->numbers[i] + 10, 1e-6, TRIAL_OK, 1};
    snprintf(path, sizeof path, "%s/journal.jsonl", w->dir);
    TRY(journal_open(c, path, &(journal_owner){"bench", "bench", "isa"}, take_nothing, NULL,
                     &w->journal));
    TRY(trials_open(c, w->dir, RECORDS / FOLDS, FOLDS, &w->trials));
    snprintf(path, sizeof path, "%s/table", w->dir);
    TRY(write_colfile(c, w, path));
    return colfile_open(c, path, &w->file);
}

int main(int argc, char **argv)
{
    work *w = &shared;
    snprintf(w->dir, sizeof w->dir, "build/bench-XXXXXX");
    w->ctx = stint_open(NULL);
    if (!w->ctx)
        return stint_status_exit(STINT_ENOMEM);
    if (!mkdtemp(w->dir)) {
        fprintf(stderr, "run it in the checkout: no directory can be made below build/\n");
        return stint_status_exit(STINT_EIO);
    }
    stint_status s = make(w);
    int code = stint_status_exit(s);
    if (s == STINT_OK) {
        code = bench_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
        colfile_close(&w->file);
        trials_close(&w->trials);
        journal_close(&w->journal);
    } else {
        fprintf(stderr, "%s\n", stint_message(w->ctx));
    }
    mem_free(w->bytes);
    mem_free(w->numbers);
    if (dir_remove(w->ctx, w->dir) != STINT_OK && s == STINT_OK)
        code = stint_status_exit(STINT_EIO);
    stint_close(w->ctx);
    return code;
}
