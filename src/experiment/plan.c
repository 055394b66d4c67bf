#include "experiment/plan.h"

#include "base/os/os.h"
#include "data/checks.h"
#include "data/export.h"
#include "experiment/account.h"
#include "experiment/evaluate.h"
#include "experiment/plan_model.h"
#include "experiment/trials.h"
#include "experiment/worker.h"
#include "experiment/round_clusters.h"
#include "experiment/round_files.h"

#include <math.h>
#include <string.h>

/* The run's own process: what it holds now, and what reading configs, journals, protocol and
 * the verdict add to it. */
#define COORDINATOR_GROWTH_BYTES ((int64_t)6 << 20)

/* In steps, so that the same plan comes out whatever this process happens to hold. */
static int64_t base_bytes(void)
{
    int64_t step = (int64_t)2 << 20;
    return (process_private_bytes(0) + COORDINATOR_GROWTH_BYTES + step - 1) / step * step;
}

/* A task should outlast its message by far, and yet leave work for every worker. */
static const double task_seconds = 0.02;
#define BATCH_CONFIGURATIONS_MOST 256

/* A worker takes this long to start; less work than that is done by fewer. */
static const double worker_start_seconds = 0.05;

#define JOURNAL_LINE_BYTES 160

const char *stage_name(stage s)
{
    static const char *const names[] = {
#define X(name, text) text,
        STAGE_LIST(X)
#undef X
    };
    return names[s];
}

/* Statistics that models share are prepared once. */
static bool is_counted(const config *cfg, int model)
{
    const model_statistics *own = cfg->models[model].class->statistics;
    for (int i = 0; own && i < model; i++)
        if (cfg->models[i].class->statistics == own)
            return true;
    return false;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The dearest model decides: what one task of any of them may take. */
static void take_worst(model_cost *worst, const model_cost *k)
{
#define WORST(field) worst->field = k->field > worst->field ? k->field : worst->field
    WORST(prepare_bytes);
    WORST(prepare_thread_bytes);
    WORST(task_bytes);
    WORST(fit_bytes);
    WORST(tensor_thread_bytes);
    WORST(save_bytes);
    WORST(model_bytes);
    WORST(predict_bytes);
    WORST(fit_seconds);
#undef WORST
}

static model_cost worst_cost(const config *cfg, const model_shape *shape, int64_t *held_thread)
{
    model_cost worst = {0};
    int64_t held = 0, thread = 0;
    for (int i = 0; i < cfg->n_models; i++) {
        model_cost k;
        if (cfg->training)
            train_cost(cfg, shape, &k);
        else
            plan_model_cost(&cfg->models[i], shape, &k);
        take_worst(&worst, &k);
        held += k.held_bytes; /* each model's is kept */
        thread += k.tensor_thread_bytes;
        if (is_counted(cfg, i))
            continue;
        worst.disk_bytes += k.disk_bytes;
        worst.prepare_seconds += k.prepare_seconds;
    }
    worst.held_bytes = held;
    *held_thread = thread;
    return worst;
}

typedef struct planner {
    const config *cfg;
    plan *out;
    model_cost cost;
    prediction_shape predictions;
    int64_t base, rows, columns, test_rows; /* columns: of the table that are read */
    int64_t held_thread;                    /* bytes of each thread of what models keep */
    int cores;
    round_clusters_cost clusters;       /* all 0 = none are asked for */
    int64_t cluster_peak, cluster_kept; /* of the round; while its tables are written */
} planner;

static int64_t round_up(int64_t bytes)
{
    return (bytes + 4095) / 4096 * 4096;
}

/* --- memory ------------------------------------------------------------------------------ */

static void plan_batch(planner *p)
{
    int64_t folds = p->out->shape.folds, most = BATCH_CONFIGURATIONS_MOST;
    int64_t by_time = (int64_t)(task_seconds / (p->cost.fit_seconds * (double)folds));
    int64_t by_memory = ((int64_t)4 << 20) / (larger(1, p->cost.fit_bytes) * folds);
    int64_t n = smaller(most, smaller(by_time, by_memory));
    p->out->batch = p->cfg->training ? 1 : larger(n, 1) * folds;
}

/* model.json, as text and as a tree. */
static int64_t schema_bytes(const planner *p)
{
    int64_t names = (int64_t)p->predictions.n_classes + p->predictions.n_labels;
    return p->out->shape.features * INT64_C(2048) + names * INT64_C(512);
}

static void plan_tasks(planner *p, int threads)
{
    plan *o = p->out;
    int64_t records = o->batch * (int64_t)(sizeof(record) + 16 + 64);
    int64_t overhead = (int64_t)1 << 18; /* block headers, paths, messages */
    o->task_bytes[PLAN_PREPARE] =
        round_up(p->cost.prepare_bytes + (threads - 1) * p->cost.prepare_thread_bytes + overhead);
    o->task_bytes[PLAN_TRIALS] =
        round_up(p->cost.task_bytes + o->batch * p->cost.fit_bytes + records + overhead);
    o->task_bytes[PLAN_SAVE] = round_up(p->cost.save_bytes + schema_bytes(p) + overhead);
    o->task_bytes[PLAN_EVALUATE] = round_up(
        p->cost.predict_bytes + threads * p->cost.tensor_thread_bytes +
        evaluate_bytes(&o->shape, p->test_rows, &p->predictions) + schema_bytes(p) + overhead);
}

/* What a worker holds of itself: its libraries, the table's header, the features' plan.  A training
 * has no workers: it holds its net. */
static int64_t own_bytes(const planner *p, int threads)
{
    int64_t net = p->cost.held_bytes + threads * p->held_thread;
    return p->cfg->training ? net
                            : net + WORKER_BASE_BYTES + p->columns * 1024 +
                                  p->out->shape.features * INT64_C(512);
}

static int64_t worker_bytes(const planner *p, int threads)
{
    int64_t most = 0;
    for (int i = 0; i < 4; i++)
        most = larger(most, p->out->task_bytes[i]);
    return own_bytes(p, threads) + most;
}

static int64_t search_bytes(const planner *p)
{
    return p->out->batch * (JOURNAL_LINE_BYTES + (int64_t)sizeof(record)) * 2;
}

/* Columns are derived once the ingest child is gone. */
static int64_t derived_bytes(const planner *p, int threads)
{
    const derive_settings *s = &p->cfg->derive;
    int64_t check = config_has_series(p->cfg) ? derive_bytes(s, 0, 1) : 0;
    return derive_is_needed(s) ? derive_bytes(s, (int)p->columns, threads) : check;
}

/* Peaks with so many workers and threads. */
static void plan_peaks(planner *p, int workers, int threads, int64_t peaks[STAGES])
{
    plan_tasks(p, threads);
    int64_t base = p->base, own = own_bytes(p, threads);
    const int64_t *each = p->out->task_bytes;
    peaks[STAGE_INGEST] = base + larger(p->out->ingest_bytes, derived_bytes(p, threads * workers));
    peaks[STAGE_CHECK] = base + checks_bytes((int)p->columns, p->rows, threads * workers);
    peaks[STAGE_SPLIT] = base + split_bytes(p->rows);
    peaks[STAGE_FEATURES] =
        base + (p->out->fits_features
                    ? features_fit_bytes(&p->cfg->features, (int)p->columns, p->out->shape.features,
                                         p->rows, p->out->shape.folds, threads * workers)
                    : 0);
    peaks[STAGE_PREPARE] = base + workers * (own + each[PLAN_PREPARE]);
    peaks[STAGE_SEARCH] = base + workers * (own + each[PLAN_TRIALS]) + search_bytes(p);
    /* the workers stand by, one of them evaluates; the search's table is written, then exported
     * beside the pictures */
    int64_t tables = larger(
        round_search_bytes(p->out->export_columns, p->out->configurations),
        export_bytes(p->out->export_columns) +
            round_plots_bytes(p->cfg->task, p->predictions.n_classes + p->predictions.n_labels,
                              p->test_rows, p->out->configurations));
    int64_t fits = larger(larger(each[PLAN_SAVE], each[PLAN_EVALUATE]), p->cluster_peak);
    peaks[STAGE_ROUND] = base + workers * own + larger(fits, tables + p->cluster_kept);
    peaks[STAGE_REPORT] =
        base + account_bytes(p->test_rows, p->out->export_columns, threads * workers);
}

static int64_t peak_of(const int64_t peaks[STAGES], stage from)
{
    int64_t most = 0;
    for (int s = from; s < STAGES; s++)
        most = larger(most, peaks[s]);
    return most;
}

/* What ingest may hold: as much as speeds it up, where the budget has that. */
static void plan_ingest(planner *p)
{
    const source_facts *f = &p->out->facts;
    int64_t left = p->cfg->memory_bytes ? p->cfg->memory_bytes - p->base : INT64_MAX;
    p->out->ingest_bytes = larger(f->ingest_bytes, smaller(f->ingest_most_bytes, left));
}

static double work_seconds(const planner *p)
{
    return p->cost.prepare_seconds + (double)p->out->fits * p->cost.fit_seconds;
}

/* A clustering takes what the budget leaves beside one worker; where that is too little, it is
 * planned at its least, and refused. */
static void plan_clusters(planner *p)
{
    const config *cfg = p->cfg;
    int64_t memory =
        cfg->memory_bytes ? cfg->memory_bytes - p->base - own_bytes(p, 1) : INT64_MAX / 4;
    int64_t rows = larger(p->rows - (cfg->split.kind == SPLIT_COLUMN ? 0 : p->test_rows), 1);
    if (!cfg->cluster)
        return;
    round_clusters_plan(cfg, rows, p->out->shape.features, memory, &p->clusters);
    int64_t reading = p->clusters.bytes - p->clusters.fit_bytes;
    round_clusters_plan(cfg, rows, p->out->shape.features, memory - reading, &p->clusters);
    p->out->cluster_bytes = larger(p->clusters.fit_bytes, 1);
    p->cluster_peak = p->clusters.bytes;
    p->cluster_kept = round_clusters_kept(cfg, rows, p->out->shape.features);
}

/* Fewer workers until the plan fits, then fewer threads.  Neither changes a result. */
static void plan_concurrency(planner *p)
{
    const config *cfg = p->cfg;
    int64_t peaks[STAGES], limit = cfg->memory_bytes ? cfg->memory_bytes : INT64_MAX;
    int64_t useful = (int64_t)ceil(work_seconds(p) / worker_start_seconds);
    int workers = cfg->training  ? 1
                  : cfg->workers ? cfg->workers
                                 : (int)larger(1, smaller(p->cores, useful));
    for (;; workers--) {
        plan_peaks(p, workers, 1, peaks);
        if (workers == 1 || peak_of(peaks, STAGE_CHECK) <= limit)
            break;
    }
    int threads = cfg->threads ? cfg->threads : (int)larger(1, p->cores / workers);
    for (;; threads--) {
        plan_peaks(p, workers, threads, peaks);
        if (threads == 1 || peak_of(peaks, STAGE_CHECK) <= limit)
            break;
    }
    p->out->workers = workers;
    p->out->threads = threads;
    p->out->worker_bytes = worker_bytes(p, threads);
    p->out->search_bytes = search_bytes(p);
    for (int s = 0; s < STAGES; s++)
        p->out->stages[s].peak_bytes = peaks[s];
}

static void plan_least(planner *p)
{
    int64_t peaks[STAGES];
    p->cluster_peak = p->clusters.least_bytes;
    plan_peaks(p, 1, 1, peaks);
    peaks[STAGE_INGEST] = p->base + larger(p->out->facts.ingest_bytes, derived_bytes(p, 1));
    for (int s = 0; s < STAGES; s++)
        p->out->stages[s].least_bytes = peaks[s];
    plan_tasks(p, p->out->threads);
}

/* --- time and disk ----------------------------------------------------------------------- */

static void plan_seconds(planner *p)
{
    plan *o = p->out;
    double cells = (double)p->rows * (double)p->columns, each = o->workers * o->threads;
    double start = 0.015; /* of the first worker: its process and its libraries */
    double rows = (double)p->rows;
    double likely[STAGES] = {
        [STAGE_INGEST] = o->facts.ingest_seconds +
                         (derive_is_needed(&p->cfg->derive)
                              ? derive_seconds(&p->cfg->derive, (int)p->columns, p->rows)
                              : 0),
        [STAGE_CHECK] = 0.002 + cells * 6e-9 / (p->cores < each ? p->cores : each),
        [STAGE_SPLIT] = 0.002 + rows * (log2(rows + 2) * 25e-9),
        [STAGE_FEATURES] =
            0.001 + (o->fits_features
                         ? features_fit_seconds(&p->cfg->features, p->rows, (int)p->columns,
                                                o->shape.features, o->shape.folds)
                         : 0),
        [STAGE_PREPARE] = start + p->cost.prepare_seconds / smaller(p->cores, (int64_t)each),
        [STAGE_SEARCH] =
            0.002 + (double)o->fits * (p->cost.fit_seconds + 4e-6) / smaller(o->workers, p->cores),
        [STAGE_ROUND] = 0.09 + (p->cfg->training ? 0 : p->cost.fit_seconds) + cells * 8e-9 +
                        (double)o->configurations * 4e-6 + (double)p->test_rows * 1e-6 +
                        p->clusters.seconds,
        [STAGE_REPORT] = account_seconds(p->test_rows, o->export_columns),
    };
    for (int s = 0; s < STAGES; s++) {
        o->stages[s].seconds_high = likely[s] * 2;
        o->stages[s].seconds_low = likely[s] / 3;
    }
}

#define CHECKPOINT_FILES 8 /* weights, twice for each of three states, and the best ones twice */
#define LOGS_BYTES       (1 << 20)
#define LABEL_TEXT_BYTES 64 /* of a row's labels, written twice, actual and predicted */

static void plan_disk(planner *p)
{
    plan *o = p->out;
    int64_t folds = o->shape.folds;
    const derive_settings *derive = &p->cfg->derive;
    o->stages[STAGE_INGEST].disk_bytes =
        o->facts.colfile_bytes +
        (derive_is_needed(derive) ? derive_disk_bytes(derive, (int)p->columns, p->rows) : 0);
    o->stages[STAGE_CHECK].disk_bytes = checks_disk_bytes(p->rows);
    o->stages[STAGE_SPLIT].disk_bytes = p->rows + 8192;
    o->stages[STAGE_FEATURES].disk_bytes =
        o->fits_features ? (folds + 1) * (o->shape.features * INT64_C(64) + 65536) : 0;
    o->stages[STAGE_PREPARE].disk_bytes = p->cost.disk_bytes;
    o->stages[STAGE_SEARCH].disk_bytes =
        o->fits * JOURNAL_LINE_BYTES + trials_bytes_on_disk(o->configurations, (int)folds) +
        (p->cfg->training ? CHECKPOINT_FILES * p->cost.model_bytes + LOGS_BYTES : 0);
    o->stages[STAGE_ROUND].disk_bytes =
        2 * p->test_rows * 8 * predictions_columns(&p->predictions) +
        (p->cfg->task == TARGET_LABELS ? 4 * p->test_rows * LABEL_TEXT_BYTES : 0) +
        2 * o->configurations * (folds + PARAM_MOST) * 8 + p->cost.model_bytes +
        ((int64_t)1 << 20) + p->clusters.disk_bytes;
    o->stages[STAGE_REPORT].disk_bytes = account_disk_bytes(p->test_rows, o->export_columns);
}

static void plan_totals(plan *o)
{
    o->peak_bytes = o->least_bytes = o->disk_bytes = 0;
    o->seconds_low = o->seconds_high = 0;
    for (int s = 0; s < STAGES; s++) {
        o->peak_bytes = larger(o->peak_bytes, o->stages[s].peak_bytes);
        o->least_bytes = larger(o->least_bytes, o->stages[s].least_bytes);
        o->disk_bytes += o->stages[s].disk_bytes;
        o->seconds_low += o->stages[s].seconds_low;
        o->seconds_high += o->stages[s].seconds_high;
    }
}

static int params_of(const config *cfg)
{
    int n = 0;
    for (int i = 0; i < cfg->n_models; i++)
        n += param_count(cfg->models[i].class->params);
    return n;
}

/* --- what is learned --------------------------------------------------------------------- */

#define CLASSES_GUESS    10
#define LABELS_GUESS     676 /* of one column of bits: all pairs of letters */
#define CATEGORIES_GUESS 16

static int count(const char *const *names)
{
    int n = 0;
    while (names[n])
        n++;
    return n;
}

/* Features from so many columns, where the table is not known: patterns are taken for one column
 * each, and products for those of four. */
static int guess_features(const features_settings *s, int columns)
{
    int onehot = count(s->onehot), bins = count(s->bins) * (s->bins_encode == BINS_ONEHOT);
    return columns + onehot * CATEGORIES_GUESS + count(s->angles) + bins * s->bins_n +
           s->n_interactions * 16;
}

static void guess_shape(const config *cfg, int columns, model_shape *out)
{
    int candidates = columns - cfg->n_targets - count(cfg->no_features);
    out->features = guess_features(&cfg->features, candidates > 1 ? candidates : 1);
    const int outputs[TARGET_KINDS] = {
        [TARGET_NUMBER] = cfg->n_targets,
        [TARGET_CLASS] = 1,
        [TARGET_ANGLE] = 2,
        [TARGET_LABELS] = cfg->n_targets > 1 ? cfg->n_targets : LABELS_GUESS,
    };
    out->outputs = outputs[cfg->task];
    out->predictions = cfg->task == TARGET_CLASS ? CLASSES_GUESS : out->outputs;
    out->fitted = cfg->features.fill != FILL_NONE || cfg->features.bins[0] ||
                  cfg->features.scale > SCALE_STANDARD;
}

static void plan_shape(planner *p, const table *t)
{
    const config *cfg = p->cfg;
    model_shape *s = &p->out->shape;
    *s = (model_shape){
        .rows = p->rows,
        .folds = t && t->split ? t->split->folds : cfg->split.folds,
        .kind = cfg->task,
        .standard = cfg->features.scale == SCALE_STANDARD,
        .needs_rows = cfg->metric->needs_rows,
        .keeps = cfg->metric->keeps,
    };
    s->parts = s->folds + (cfg->split.kind == SPLIT_TIME);
    s->split = t ? t->split : NULL;
    p->predictions = (prediction_shape){.kind = cfg->task,
                                        .n_targets = cfg->n_targets,
                                        .n_classes = cfg->task == TARGET_CLASS ? CLASSES_GUESS : 0,
                                        .actual = true,
                                        .rows = p->test_rows};
    if (!t) {
        guess_shape(cfg, p->out->facts.columns, s);
        p->predictions.n_labels = cfg->task == TARGET_LABELS ? s->outputs : 0;
    } else {
        s->features = t->n_features;
        s->outputs = table_outputs(t);
        s->predictions = table_predictions(t);
        s->fitted = features_fitted(t->features);
        p->predictions.n_classes = t->n_classes;
        p->predictions.n_labels = t->n_labels;
    }
    const features_settings *f = &cfg->features;
    p->out->fits_features = s->fitted || config_needs_standard(cfg) || f->log[0] || f->log1p[0] ||
                            f->power[0] || f->n_interactions > 0;
}

void plan_make(const config *cfg, const source_facts *facts, const table *t, plan *out)
{
    *out = (plan){.exact = facts->exact,
                  .facts = *facts,
                  .base_bytes = out->base_bytes ? out->base_bytes : base_bytes()};
    planner p = {
        .cfg = cfg,
        .out = out,
        .cores = cpu_count(),
        .base = out->base_bytes,
        .rows = facts->exact ? facts->rows : facts->rows_high,
        .columns = facts->columns,
    };
    p.test_rows = (int64_t)ceil((double)p.rows * cfg->split.test);
    plan_shape(&p, t);
    out->configurations = config_count(cfg);
    out->fits = cfg->training ? 1
                : out->configurations < INT64_MAX / SPLIT_FOLDS_MOST
                    ? out->configurations * out->shape.folds
                    : INT64_MAX;
    p.cost = worst_cost(cfg, &out->shape, &p.held_thread);
    out->stages[STAGE_SEARCH].fits = out->fits;
    out->stages[STAGE_ROUND].fits = 1;
    out->export_columns =
        (int)larger(5 + out->shape.folds + params_of(cfg), predictions_columns(&p.predictions));
    plan_batch(&p);
    plan_ingest(&p);
    plan_clusters(&p);
    plan_concurrency(&p);
    plan_least(&p);
    plan_seconds(&p);
    plan_disk(&p);
    plan_totals(out);
}
