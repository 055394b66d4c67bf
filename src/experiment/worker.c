#include "experiment/worker.h"

#include "base/fault.h"
#include "base/json.h"
#include "base/pool.h"
#include "experiment/config.h"
#include "experiment/evaluate.h"
#include "experiment/grid.h"
#include "model/saved.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

typedef struct worker {
    ctx *ctx;
    int fd;
    arena arena;
    config config;
    colfile file;
    split split;
    table table;
    features_states states;
    model_task task;
    grid grid;
    pool *pool;
    void **shared; /* [n_models] what a class opened of its prepared files, NULL = not yet */
    str reply;     /* of the running task, empty = none */
    message_type reply_type;
} worker;

/* --- hello ------------------------------------------------------------------------------- */

static const char *hello_text(ctx *c, json_t *hello, const char *key)
{
    const char *text = json_string_value(json_object_get(hello, key));
    if (!text)
        (void)fail(c, STINT_EFAIL, "the coordinator's hello has no \"%s\"", key);
    return text;
}

/* The columns that the checks left out. */
static stint_status without_of(worker *w, json_t *hello, const char *const **out)
{
    const json_t *list = json_object_get(hello, "without");
    size_t n = json_array_size(list);
    const char **names = arena_new(&w->arena, const char *, n + 1);
    for (size_t i = 0; names && i < n; i++)
        names[i] = arena_strdup(&w->arena, json_string_value(json_array_get(list, i)));
    *out = names;
    return names ? ctx_status(w->ctx) : STINT_ENOMEM;
}

static stint_status open_table(worker *w, json_t *hello)
{
    ctx *c = w->ctx;
    const char *file = hello_text(c, hello, "column_file"), *parts = hello_text(c, hello, "split");
    const char *states = hello_text(c, hello, "states"), *rows = hello_text(c, hello, "rows");
    const char *const *without;
    colfile kept;
    if (!file || !parts || !states || !rows)
        return STINT_EFAIL;
    table_settings settings = config_table(&w->config);
    TRY(colfile_open(c, file, &w->file));
    TRY(without_of(w, hello, &without));
    if (*rows) {
        TRY(colfile_open(c, rows, &kept));
        settings.rows = &kept;
    }
    stint_status s = table_open(c, &w->arena, &w->file, &settings, without, &w->table);
    if (*rows)
        colfile_close(&kept);
    TRY(s);
    TRY(split_open_file(c, parts, w->file.rows, &w->split));
    w->table.split = &w->split;
    return features_states_open_file(c, states, w->table.features, w->split.folds, &w->states);
}

static stint_status worker_open(worker *w, json_t *hello)
{
    ctx *c = w->ctx;
    const char *text = hello_text(c, hello, "config"), *scratch = hello_text(c, hello, "scratch");
    if (!text || !scratch)
        return STINT_EFAIL;
    TRY(config_parse(c, "experiment.yaml", text, strlen(text), NULL, 0, &w->config));
    TRY(open_table(w, hello));
    const char *dir = arena_strdup(&w->arena, scratch);
    w->shared = arena_new(&w->arena, void *, w->config.n_models);
    int threads = (int)json_integer_value(json_object_get(hello, "threads"));
    w->pool = pool_new(c, threads);
    ctx_use_threads(c, threads);
    if (!dir || !w->shared || !w->pool)
        return STINT_ENOMEM;
    w->task = (model_task){&w->table, w->states.at ? &w->states : NULL, dir, &w->config.derive};
    w->grid = grid_of(&w->config);
    return STINT_OK;
}

static stint_status worker_hello(worker *w, const str *payload)
{
    json_t *hello = json_parse(w->ctx, "hello", payload->at, payload->len);
    if (!hello)
        return STINT_EFAIL;
    stint_status s = worker_open(w, hello);
    json_decref(hello);
    return s;
}

static void worker_close(worker *w)
{
    for (int i = 0; w->shared && i < w->config.n_models; i++)
        if (w->shared[i])
            w->config.models[i].class->close(w->shared[i]);
    pool_free(w->pool);
    features_states_close(&w->states);
    split_close(&w->split);
    colfile_close(&w->file);
    config_free(&w->config);
    arena_deinit(&w->arena);
}

/* --- tasks ------------------------------------------------------------------------------- */

/* Results wait until the task's context is found empty: a task that leaks has none. */
static stint_status reply_hold(worker *w, message_type type, const void *bytes, size_t n)
{
    w->reply_type = type;
    str_add_bytes(&w->reply, bytes, n);
    return str_status(&w->reply);
}

/* Prepared files stay open from one task to the next, so they are held by the worker, not
 * by the task's own context. */
static stint_status shared_of(worker *w, int model, void **out)
{
    if (!w->shared[model] && w->config.models[model].class->open)
        TRY(w->config.models[model].class->open(w->ctx, &w->task, &w->shared[model]));
    *out = w->shared[model];
    return STINT_OK;
}

typedef struct trial_run {
    worker *w;
    ctx *ctx;
    const task *task;
    char *params;    /* [count] structs of the class */
    double *scores;  /* [count] */
    record *records; /* [count] */
} trial_run;

/* The trials of one fold, fitted and scored together. */
static stint_status run_fold(trial_run *r, int fold)
{
    worker *w = r->w;
    const model_class *class = w->config.models[r->task->model].class;
    int folds = w->split.folds;
    int64_t n = 0;
    double began = clock_seconds();
    void *shared;
    for (int64_t i = 0; i < r->task->count; i++)
        if ((r->task->item + i) % folds == fold) {
            r->records[i].trial = r->task->item + i;
            TRY(grid_params(r->ctx, &w->grid, r->records[i].trial / folds,
                            r->params + n++ * (int64_t) class->size));
        }
    if (n == 0)
        return STINT_OK;
    TRY(shared_of(w, r->task->model, &shared));
    TRY(class->score(r->ctx, shared, &w->task, r->params, n, fold, w->config.metric, r->scores));
    double each = (clock_seconds() - began) / (double)n;
    n = 0;
    for (int64_t i = 0; i < r->task->count; i++)
        if ((r->task->item + i) % folds == fold) {
            double score = r->scores[n++];
            r->records[i].score = score;
            r->records[i].seconds = each;
            r->records[i].status = isfinite(score) ? TRIAL_OK : TRIAL_FAILED;
            r->records[i].attempts = 1;
        }
    return STINT_OK;
}

static stint_status run_trials(worker *w, ctx *c, const task *t)
{
    size_t size = w->config.models[t->model].class->size;
    trial_run r = {w, c, t, NULL, NULL, NULL};
    r.params = mem_alloc(c, TAG_SEARCH, (size_t)t->count * size);
    r.scores = mem_new(c, TAG_SEARCH, double, t->count);
    r.records = mem_new(c, TAG_SEARCH, record, t->count);
    stint_status s = r.params && r.scores && r.records ? STINT_OK : STINT_ENOMEM;
    for (int fold = 0; s == STINT_OK && fold < w->split.folds; fold++)
        s = run_fold(&r, fold);
    if (s == STINT_OK)
        s = reply_hold(w, MESSAGE_RECORDS, r.records, (size_t)t->count * sizeof(record));
    mem_free(r.params);
    mem_free(r.scores);
    mem_free(r.records);
    return s;
}

static stint_status run_save(worker *w, ctx *c, const task *t)
{
    const model_class *class = w->config.models[t->model].class;
    void *shared = NULL, *params = mem_alloc(c, TAG_SEARCH, class->size);
    stint_status s = params ? grid_params(c, &w->grid, t->item, params) : STINT_ENOMEM;
    if (s == STINT_OK)
        s = shared_of(w, t->model, &shared);
    if (s == STINT_OK)
        s = model_save(c, class, shared, &w->task, params, t->dir);
    mem_free(params);
    return s;
}

static stint_status run_evaluate(worker *w, ctx *c, const task *t)
{
    int n = metrics_count();
    metric_score *scores = mem_new(c, TAG_MODEL, metric_score, n);
    stint_status s = scores ? evaluate_test(c, &w->task, t->dir, scores) : STINT_ENOMEM;
    if (s == STINT_OK)
        s = reply_hold(w, MESSAGE_SCORES, scores, (size_t)n * sizeof *scores);
    mem_free(scores);
    return s;
}

static stint_status run_task(worker *w, ctx *c, const task *t)
{
    const model_class *class = w->config.models[t->model].class;
    switch ((task_kind)t->kind) {
    case TASK_PREPARE_PART: return class->statistics->part(c, &w->task, t->item, w->pool);
    case TASK_PREPARE_END: return class->statistics->end(c, &w->task, (int)t->item);
    case TASK_TRIALS: return run_trials(w, c, t);
    case TASK_SAVE: return run_save(w, c, t);
    case TASK_EVALUATE: return run_evaluate(w, c, t);
    }
    return fail(c, STINT_EFAIL, "a task of unknown kind %d", t->kind);
}

static stint_status send_failure(worker *w, stint_status s)
{
    char text[1100] = {0};
    uint32_t status = s;
    memcpy(text, &status, sizeof status);
    size_t n = strlen(stint_message(w->ctx));
    n = n < sizeof text - 5 ? n : sizeof text - 5;
    memcpy(text + 4, stint_message(w->ctx), n);
    stint_clear(w->ctx);
    return message_send(w->ctx, w->fd, MESSAGE_FAILED, text, 4 + n);
}

/* Within the memory that the task's class estimated; a leak fails the task. */
static stint_status worker_task(worker *w, const str *payload)
{
    task t;
    if (payload->len != sizeof t)
        return fail(w->ctx, STINT_EFAIL, "a task of %zu bytes, not %zu", payload->len, sizeof t);
    memcpy(&t, payload->at, sizeof t);
    if (t.kind == TASK_TRIALS && fault_now(FAULT_CRASH))
        raise(SIGKILL);
    str_clear(&w->reply);
    ctx *own = ctx_child(w->ctx, "task", t.memory_bytes);
    stint_status s = own ? run_task(w, own, &t) : STINT_ENOMEM;
    if (own)
        ctx_free_child(own);
    s = s == STINT_OK ? ctx_status(w->ctx) : s;
    if (s != STINT_OK)
        return send_failure(w, s);
    if (w->reply.len > 0)
        TRY(message_send(w->ctx, w->fd, w->reply_type, w->reply.at, w->reply.len));
    return message_send(w->ctx, w->fd, MESSAGE_DONE, NULL, 0);
}

stint_status worker_serve(ctx *c, int fd)
{
    worker w = {.ctx = c, .fd = fd, .states.lock = -1};
    str payload;
    message_type type;
    bool closed = false;
    arena_init(&w.arena, c, TAG_BASE);
    str_init(&payload, c, TAG_MESSAGE);
    str_init(&w.reply, c, TAG_MESSAGE);
    stint_status s = STINT_OK;
    while (s == STINT_OK) {
        s = message_receive(c, fd, &type, &payload, &closed);
        if (s != STINT_OK || closed)
            break;
        s = type == MESSAGE_HELLO ? worker_hello(&w, &payload) : worker_task(&w, &payload);
        if (s != STINT_OK && ctx_status(c) != STINT_OK)
            (void)send_failure(&w, s); /* the coordinator may be gone already */
    }
    str_deinit(&payload);
    str_deinit(&w.reply);
    worker_close(&w);
    return s;
}
