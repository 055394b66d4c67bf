#include "profile/bench_main.h"

#include "base/mem.h"
#include "base/os/os.h"
#include "base/pool.h"
#include "base/rng.h"
#include "data/xlsx_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Workbooks of 100 000 x 20 cells, synced to the disk: random numbers of 15 to 17 digits, and a
 * mix of kinds; by batches, row by row, and as pandas writes them.  The log tells what memory the
 * writing took beyond the table itself. */

enum { ROWS = 100000, COLUMNS = 20, BATCH = 4096, THREADS = 2, WORDS = 8 };

static const char *const words[WORDS] = {"red",  "green", "blue",           "black & white",
                                         "grey", "",      "a longer label", NULL};

typedef struct work {
    pool *pools[THREADS]; /* of 1, 2 … threads */
    double *numbers;      /* [COLUMNS][ROWS] */
    const char **texts;   /* [ROWS] */
    int8_t *bools;        /* [ROWS] */
    char dir[64], path[96];
} work;

typedef struct job {
    work *work;
    int threads;
    int64_t batch;
    bool mixed;
} job;

static work shared;

static xlsx_values column_at(const job *b, int j, int64_t from)
{
    const work *w = b->work;
    if (b->mixed && j % 5 == 3)
        return (xlsx_values){.texts = w->texts + from};
    if (b->mixed && j % 5 == 4)
        return (xlsx_values){.bools = w->bools + from};
    return (xlsx_values){.numbers = w->numbers + j * ROWS + from};
}

static stint_status write_rows(xlsx_writer *x, const job *b)
{
    char titles[COLUMNS][8];
    xlsx_column columns[COLUMNS];
    xlsx_values values[COLUMNS];
    for (int j = 0; j < COLUMNS; j++) {
        snprintf(titles[j], sizeof titles[j], "x%d", j);
        columns[j] = (xlsx_column){.title = titles[j]};
    }
    TRY(xlsx_sheet(x, &(xlsx_sheet_info){"table", columns, COLUMNS, false}));
    for (int64_t from = 0, n; from < ROWS; from += n) {
        n = ROWS - from < b->batch ? ROWS - from : b->batch;
        for (int j = 0; j < COLUMNS; j++)
            values[j] = column_at(b, j, from);
        TRY(xlsx_rows(x, values, n));
    }
    return STINT_OK;
}

static stint_status run_write(ctx *c, void *self)
{
    const job *b = self;
    xlsx_writer *x = xlsx_create(c, b->work->pools[b->threads - 1], b->work->path);
    if (!x)
        return ctx_status(c);
    stint_status s = write_rows(x, b);
    if (s == STINT_OK)
        return xlsx_finish(x);
    xlsx_abandon(x);
    return s;
}

/* Once, before the cases: what one writing adds to the process. */
static stint_status tell_memory(ctx *c, job *b)
{
    char grown[STR_SIZE_SIZE], peak[STR_SIZE_SIZE], bound[STR_SIZE_SIZE], size[STR_SIZE_SIZE];
    int64_t before = process_private_bytes(0), held = budget_live(ctx_budget(c));
    TRY(run_write(c, b));
    log_line(c,
             "memory: the process grew by %s, the budget's peak is %s over the table, bound %s; "
             "the file is %s",
             str_format_bytes(grown, process_private_bytes(0) - before),
             str_format_bytes(peak, budget_peak(ctx_budget(c)) - held),
             str_format_bytes(bound, xlsx_bytes(COLUMNS, b->threads)),
             str_format_bytes(size, file_size(b->work->path)));
    return STINT_OK;
}

static bool make_data(ctx *c, work *w)
{
    w->numbers = mem_new(c, TAG_BASE, double, COLUMNS *ROWS);
    w->texts = mem_new(c, TAG_BASE, const char *, ROWS);
    w->bools = mem_new(c, TAG_BASE, int8_t, ROWS);
    for (int i = 0; i < THREADS; i++)
        if (!(w->pools[i] = pool_new(c, i + 1)))
            return false;
    if (!w->numbers || !w->texts || !w->bools)
        return false;
    for (int64_t i = 0; i < COLUMNS * ROWS; i++)
        w->numbers[i] = rng_normal((rng){1, RNG_GENERATE}, (uint64_t)i);
    for (int64_t i = 0; i < ROWS; i++) {
        w->texts[i] = words[i % WORDS];
        w->bools[i] = (int8_t)(i % 2);
    }
    strcpy(w->dir, "bench-xlsx.XXXXXX");
    if (!mkdtemp(w->dir))
        return false;
    snprintf(w->path, sizeof w->path, "%s/table.xlsx", w->dir);
    return true;
}

static void drop_data(ctx *c, work *w)
{
    mem_free(w->numbers);
    mem_free(w->texts);
    mem_free(w->bools);
    for (int i = 0; i < THREADS; i++)
        pool_free(w->pools[i]);
    if (w->dir[0])
        (void)dir_remove(c, w->dir);
}

#define PEER "/usr/bin/python3 bench/peers/write_xlsx.py 100000 20"

int main(int argc, char **argv)
{
    static job jobs[] = {
        {&shared, 2, BATCH, false}, {&shared, 1, BATCH, false}, {&shared, 2, 1, false},
        {&shared, 1, 1, false},     {&shared, 2, BATCH, true},
    };
    static bench_case cases[] = {
        {.name = "numbers-2-threads", .peer = PEER},
        {.name = "numbers-1-thread"},
        {.name = "numbers-row-by-row-2-threads"},
        {.name = "numbers-row-by-row-1-thread"},
        {.name = "mixed-2-threads", .peer = PEER " --mixed"},
    };
    enum { CASES = sizeof cases / sizeof cases[0] };
    ctx *c = stint_open(&(stint_options){.sink = bench_print_line});
    if (!c || !make_data(c, &shared))
        return stint_status_exit(STINT_ENOMEM);
    for (int i = 0; i < CASES; i++) {
        cases[i].run = run_write;
        cases[i].self = &jobs[i];
        cases[i].items = (double)ROWS * COLUMNS;
        cases[i].item = "cells";
        cases[i].warmup = 1;
        cases[i].iterations = 5;
    }
    stint_status s = tell_memory(c, &jobs[0]);
    int code = s == STINT_OK ? bench_main(argc, argv, cases, CASES) : stint_status_exit(s);
    drop_data(c, &shared);
    stint_close(c);
    return code;
}
