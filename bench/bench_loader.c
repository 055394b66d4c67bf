#include "profile/bench_main.h"

#include "base/json.h"
#include "data/order.h"
#include "fed.h"

/* Epochs of a loader alone, by where its samples come from and how many threads fill; and training
 * steps of a perceptron that a loader feeds.
 *
 *     bench_loader [FACTS.json] [flags of every benchmark]
 *
 * FACTS.json gets of each case of steps the share of the time that it waited for a batch, and that
 * the calls of the loader took in all: medians of its runs. */

enum {
    ROWS = 300000,
    WIDTH = 32,
    BATCH = FED_BATCH,
    SERIES = 100000, /* rows of a series of SERIES_WIDTH columns, in windows of LOOKBACK */
    SERIES_WIDTH = 3,
    LOOKBACK = 150,
    RECORDS = 50000, /* of RECORD_BITS bits and RECORD_LABELS labels */
    RECORD_BITS = 1000,
    RECORD_LABELS = 676,
    STEP_CASES = 4
};

static struct {
    float *x, *y, *series;
    double *weight;
    uint8_t *bits, *labels;
    stint_windows windows;
    stint_samples rows, series_rows, records;
    stint_context *engine;
} data;

/* --- what is loaded -------------------------------------------------------------------------- */

static void *filled(size_t bytes, uint64_t stream)
{
    uint32_t *at = malloc(bytes + 4);
    for (size_t i = 0; at && i < bytes / 4; i++)
        at[i] = (uint32_t)rng_u64((rng){stream, RNG_GENERATE}, i);
    return at;
}

static float *uniform(int64_t n, uint64_t stream)
{
    float *at = filled((size_t)n * sizeof *at, stream);
    for (int64_t i = 0; at && i < n; i++)
        at[i] = (float)rng_uniform((rng){stream, RNG_GENERATE}, (uint64_t)i);
    return at;
}

static bool make_data(void)
{
    data.x = uniform(ROWS * WIDTH, 1);
    data.y = uniform(ROWS, 2);
    data.series = uniform(SERIES * SERIES_WIDTH, 3);
    data.bits = filled(RECORDS * RECORD_BITS / 8, 4);
    data.labels = filled(RECORDS * (RECORD_LABELS + 7) / 8, 5);
    data.weight = malloc(ROWS * sizeof *data.weight);
    if (!data.x || !data.y || !data.series || !data.bits || !data.labels || !data.weight)
        return false;
    for (int64_t i = 0; i < ROWS; i++)
        data.weight[i] = 1.0 + (double)(i % 10);
    data.windows = (stint_windows){.x = data.series,
                                   .n = SERIES,
                                   .width = SERIES_WIDTH,
                                   .length = LOOKBACK,
                                   .y = {data.series, STINT_F32, 1, SERIES_WIDTH}};
    stint_rows rows[] = {{data.x, STINT_F32, WIDTH, 0}, {data.y, STINT_F32, 1, 0}};
    stint_bit_rows bits = {.at = data.bits,
                           .bytes = RECORD_BITS / 8,
                           .width = RECORD_BITS,
                           .y_bits = data.labels,
                           .y_bytes = (RECORD_LABELS + 7) / 8,
                           .y_width = RECORD_LABELS};
    return stint_samples_rows(2, rows, ROWS, &data.rows) == STINT_OK &&
           stint_samples_windows(&data.windows, &data.series_rows) == STINT_OK &&
           stint_samples_bits(&bits, RECORDS, &data.records) == STINT_OK;
}

/* --- epochs ---------------------------------------------------------------------------------- */

typedef struct epochs {
    const stint_samples *samples;
    stint_loader_settings settings;
    bool weighted;
    stint_loader *loader;
    int64_t epoch;
} epochs;

/* The loader stays, and its threads, as a trainer's does. */
static stint_status open_loader(ctx *c, epochs *e)
{
    if (e->loader)
        return STINT_OK;
    stint_loader_settings s = e->settings;
    s.weights = e->weighted ? data.weight : NULL;
    e->loader = stint_loader_new(data.engine, e->samples, &s);
    return e->loader ? STINT_OK : fail(c, STINT_EFAIL, "%s", stint_message(data.engine));
}

static stint_status prepare_epoch(ctx *c, void *self)
{
    return open_loader(c, self);
}

static stint_status run_epoch(ctx *c, void *self)
{
    epochs *e = self;
    const stint_batch *b;
    int64_t rows = 0;
    stint_loader_seek(e->loader, e->epoch++, 0);
    do {
        TRY(stint_loader_next(e->loader, &b));
        rows += b ? b->rows : 0;
    } while (b);
    return rows == e->samples->n ? STINT_OK
                                 : fail(c, STINT_EFAIL, "an epoch of %lld rows", (long long)rows);
}

/* The order alone, for scale. */
static stint_status run_order(ctx *c, void *self)
{
    static int64_t index[BATCH];
    int64_t *epoch = self, sum = 0;
    order o;
    order_init(&o, ROWS, 1, (uint64_t)(*epoch)++);
    for (int64_t i = 0; i < ROWS; i += BATCH) {
        int64_t n = ROWS - i < BATCH ? ROWS - i : BATCH;
        order_take(&o, i, n, index);
        sum += index[n - 1];
    }
    return sum > 0 ? STINT_OK : fail(c, STINT_EFAIL, "an order of nothing");
}

/* --- steps ----------------------------------------------------------------------------------- */

static stint_status prepare_steps(ctx *c, void *self)
{
    fed *f = self;
    (void)c;
    if (!f->loader)
        TRY(fed_open(data.engine, &data.rows, f));
    return fed_renew(f);
}

static stint_status run_steps(ctx *c, void *self)
{
    (void)c;
    return fed_run(self);
}

/* --- facts ----------------------------------------------------------------------------------- */

static void emit_facts(json_out *j, fed *f)
{
    emit_object(j, f->name);
    emit_int(j, "group", FED_STEPS);
    emit_int(j, "workers", stint_loader_report(f->loader).workers);
    emit_double(j, "wait_share", bench_measure(f->wait_share, f->runs).p50);
    emit_double(j, "call_share", bench_measure(f->call_share, f->runs).p50);
    emit_object_end(j);
}

static stint_status write_facts(ctx *c, fed *all, const char *path)
{
    str text;
    str_init(&text, c, TAG_BASE);
    json_out j = emit_begin(&text, true);
    emit_object(&j, NULL);
    for (int i = 0; i < STEP_CASES; i++)
        if (all[i].runs > 0)
            emit_facts(&j, &all[i]);
    emit_object_end(&j);
    stint_status s = str_status(&text);
    if (s == STINT_OK)
        s = file_write_atomic(c, path, text.at, text.len);
    str_deinit(&text);
    return s;
}

/* --- cases ----------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    const stint_samples *samples;
    int64_t rows;
    stint_loader_settings settings;
    bool weighted;
} loads[] = {
    {"epoch-rows-workers-0", &data.rows, ROWS, {.batch = BATCH, .shuffle = true}, false},
    {"epoch-rows-workers-1",
     &data.rows,
     ROWS,
     {.batch = BATCH, .shuffle = true, .workers = 1},
     false},
    {"epoch-rows-workers-2",
     &data.rows,
     ROWS,
     {.batch = BATCH, .shuffle = true, .workers = 2, .prefetch = 4},
     false},
    {"epoch-rows-in-order", &data.rows, ROWS, {.batch = BATCH}, false},
    {"epoch-rows-weighted", &data.rows, ROWS, {.batch = BATCH}, true},
    {"epoch-windows", &data.series_rows, SERIES, {.batch = BATCH, .shuffle = true}, false},
    {"epoch-bits", &data.records, RECORDS, {.batch = BATCH, .shuffle = true}, false},
};
enum { LOADS = sizeof loads / sizeof loads[0], CASES = LOADS + 1 + STEP_CASES };

static fed trained[STEP_CASES] = {
    {.name = "step-32-64-64-1-workers-0", .sizes = {WIDTH, 64, 64, 1}, .layers = 3},
    {.name = "step-32-64-64-1-workers-1", .sizes = {WIDTH, 64, 64, 1}, .layers = 3, .workers = 1},
    {.name = "step-32-256-256-1-workers-0", .sizes = {WIDTH, 256, 256, 1}, .layers = 3},
    {.name = "step-32-256-256-1-workers-1",
     .sizes = {WIDTH, 256, 256, 1},
     .layers = 3,
     .workers = 1},
};

static void make_cases(epochs *e, bench_case *cases)
{
    static int64_t order_epoch;
    for (int i = 0; i < LOADS; i++) {
        e[i] = (epochs){loads[i].samples, loads[i].settings, loads[i].weighted, NULL, 0};
        cases[i] = (bench_case){.name = loads[i].name,
                                .run = run_epoch,
                                .before = prepare_epoch,
                                .self = &e[i],
                                .items = (double)loads[i].rows,
                                .item = "row"};
    }
    cases[LOADS] = (bench_case){.name = "epoch-order",
                                .run = run_order,
                                .self = &order_epoch,
                                .items = ROWS,
                                .item = "row"};
    for (int i = 0; i < STEP_CASES; i++)
        cases[LOADS + 1 + i] = (bench_case){.name = trained[i].name,
                                            .run = run_steps,
                                            .before = prepare_steps,
                                            .self = &trained[i],
                                            .warmup = 1,
                                            .iterations = 7,
                                            .items = FED_STEPS,
                                            .item = "step"};
}

int main(int argc, char **argv)
{
    static epochs e[LOADS];
    static bench_case cases[CASES];
    const char *facts = NULL;
    data.engine = stint_open(&(stint_options){.sink = bench_print_line});
    if (!data.engine || !make_data())
        return stint_status_exit(STINT_ENOMEM);
    if (argc > 1 && argv[1][0] != '-') {
        facts = argv[1];
        argv[1] = argv[0];
        argc--, argv++;
    }
    make_cases(e, cases);
    int code = bench_main(argc, argv, cases, CASES);
    if (code == 0 && facts)
        code = stint_status_exit(write_facts(data.engine, trained, facts));
    for (int i = 0; i < LOADS; i++)
        stint_loader_free(e[i].loader);
    for (int i = 0; i < STEP_CASES; i++)
        fed_close(&trained[i]);
    if (*stint_message(data.engine))
        fprintf(stderr, "%s\n", stint_message(data.engine));
    stint_close(data.engine);
    free(data.x);
    free(data.y);
    free(data.series);
    free(data.bits);
    free(data.labels);
    free(data.weight);
    return code;
}
