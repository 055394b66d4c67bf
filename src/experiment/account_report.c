#include "experiment/account_page.h"
#include "experiment/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The report from the account: JSON fields into the report's structs.  Texts live in the
 * account's JSON or in the arena until the page is closed. */

typedef struct maker {
    ctx *ctx;
    const account *a;
    arena arena;
    report page;
} maker;

#define PICTURES_MOST 16

static const char *text(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static int64_t whole(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

static report_fact *facts_new(maker *m, int n)
{
    return arena_new(&m->arena, report_fact, n);
}

/* --- by task ----------------------------------------------------------------------------- */

/* What a report says in words of a task; the first row is for a run that does not say. */
typedef struct task_row {
    const char *task, *baseline;
} task_row;

static const task_row task_rows[] = {
    {"regression", "predicting the training mean"},
    {"classification", "predicting the classes' shares of the training rows"},
    {"angle", "predicting the mean direction of the training rows"},
    {"labels", "predicting each label's share of the training rows"},
};

static const task_row *task_of(const maker *m)
{
    const char *task = text(json_object_get(m->a->metrics, "data"), "task");
    for (size_t i = 0; task && i < sizeof task_rows / sizeof *task_rows; i++)
        if (strcmp(task_rows[i].task, task) == 0)
            return &task_rows[i];
    return &task_rows[0];
}

/* --- verdict ----------------------------------------------------------------------------- */

static void make_scores(maker *m, report_verdict *v)
{
    json_t *test = json_object_get(m->a->metrics, "test"), *each;
    report_score *scores = arena_new(&m->arena, report_score, json_array_size(test) + 1);
    size_t i;
    v->test = v->test_low = v->test_high = v->baseline = v->improvement = NAN;
    if (!scores)
        return;
    json_array_foreach(test, i, each)
    {
        scores[i] = (report_score){text(each, "metric"),
                                   text(each, "title"),
                                   json_number_or_nan(each, "value"),
                                   json_number_or_nan(each, "low"),
                                   json_number_or_nan(each, "high"),
                                   json_number_or_nan(each, "baseline")};
        if (!v->metric || strcmp(v->metric, scores[i].name) != 0)
            continue;
        v->metric_title = scores[i].title;
        v->test = scores[i].value, v->test_low = scores[i].low, v->test_high = scores[i].high;
        v->baseline = scores[i].baseline;
    }
    v->scores = scores;
    v->n_scores = (int)json_array_size(test);
}

/* Labels are one target in many columns. */
static const char *target_text(maker *m, json_t *data)
{
    json_t *targets = json_object_get(data, "targets");
    const char *task = text(data, "task");
    size_t n = json_array_size(targets);
    if (n > 1 && task && strcmp(task, target_kind_name(TARGET_LABELS)) == 0)
        return arena_printf(&m->arena, "%zu labels", n);
    return json_string_value(json_array_get(targets, 0));
}

static void make_verdict(maker *m)
{
    report_verdict *v = &m->page.verdict;
    json_t *metrics = m->a->metrics, *best = json_object_get(metrics, "best");
    json_t *split = json_object_get(metrics, "split"), *data = json_object_get(metrics, "data");
    v->model = text(best, "model");
    v->params = text(best, "label");
    v->target = target_text(m, data);
    v->metric = text(m->a->summary, "metric");
    v->cv_mean = json_number_or_nan(best, "mean");
    v->cv_deviation = json_number_or_nan(best, "deviation");
    v->folds = (int)json_array_size(json_object_get(split, "fold_rows"));
    v->valid_rows =
        json_integer_value(json_object_get(json_object_get(metrics, "training"), "valid_rows"));
    v->test_rows = whole(split, "test_rows");
    v->baseline_name = task_of(m)->baseline;
    v->reproducible = json_is_true(json_object_get(m->a->summary, "reproducible"));
    v->complete = !json_is_false(json_object_get(m->a->summary, "complete"));
    v->reason = text(m->a->summary, "reason");
    make_scores(m, v);
    const metric_class *class = v->metric ? metric_find(v->metric) : NULL;
    v->greater_is_better = class && class->greater_is_better;
    if (v->baseline > 0 && !v->greater_is_better)
        v->improvement = 1 - v->test / v->baseline;
}

/* --- data -------------------------------------------------------------------------------- */

static const char *joined(maker *m, json_t *list)
{
    const char *all = "";
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i);
        const char *piece = json_is_string(one) ? json_string_value(one)
                                                : arena_printf(&m->arena, "%lld",
                                                               (long long)json_integer_value(one));
        all = arena_printf(&m->arena, "%s%s%s", all ? all : "", i ? ", " : "", piece);
    }
    return all;
}

static const char *count(maker *m, json_t *object, const char *key)
{
    return arena_printf(&m->arena, "%lld", (long long)whole(object, key));
}

/* "feature_facts": [{"name", "value", "note"}] */
static void make_features(maker *m, json_t *list)
{
    json_t *each;
    size_t i;
    report_fact *facts = facts_new(m, (int)json_array_size(list) + 1);
    if (!facts)
        return;
    json_array_foreach(list, i, each) facts[i] =
        (report_fact){text(each, "name"), text(each, "value"), text(each, "note")};
    m->page.data.features = facts;
    m->page.data.n_features = (int)json_array_size(list);
}

static void make_data(maker *m)
{
    report_data *d = &m->page.data;
    json_t *data = json_object_get(m->a->metrics, "data"),
           *split = json_object_get(m->a->metrics, "split");
    json_t *checks = json_object_get(data, "checks"), *each;
    report_fact *facts = facts_new(m, 6), *parts = facts_new(m, 6);
    report_check *check = arena_new(&m->arena, report_check, json_array_size(checks) + 1);
    size_t i;
    if (!data || !facts || !parts || !check)
        return;
    facts[0] = (report_fact){"source", text(data, "source"), NULL};
    facts[1] = (report_fact){"rows", count(m, data, "rows"), NULL};
    facts[2] = (report_fact){"columns", count(m, data, "columns"), NULL};
    facts[3] = (report_fact){"features", count(m, data, "features"), NULL};
    facts[4] = (report_fact){"target", joined(m, json_object_get(data, "targets")), NULL};
    facts[5] = (report_fact){"fingerprint", text(data, "fingerprint"), NULL};
    json_array_foreach(checks, i, each)
    {
        const char *result = text(each, "result");
        bool passed = result && strcmp(result, "passed") == 0;
        check[i] = (report_check){text(each, "name"), passed ? REPORT_PASS : REPORT_WARN,
                                  text(each, "details")};
    }
    parts[0] = (report_fact){"by", text(split, "by"), text(split, "column")};
    parts[1] = (report_fact){"test rows", count(m, split, "test_rows"), "never seen by the search"};
    parts[2] = (report_fact){"rows per fold", joined(m, json_object_get(split, "fold_rows")), NULL};
    parts[3] = (report_fact){"bins", count(m, split, "bins"),
                             "of numbers that are stratified by; 0 = none"};
    parts[4] = (report_fact){"rows stay together by", text(split, "group"), text(split, "notes")};
    parts[5] = (report_fact){"seed", count(m, split, "seed"), NULL};
    *d = (report_data){.facts = facts,
                       .n_facts = 6,
                       .checks = check,
                       .n_checks = (int)json_array_size(checks),
                       .split = parts,
                       .n_split = 6};
    make_features(m, json_object_get(data, "feature_facts"));
}

/* --- classes ----------------------------------------------------------------------------- */

static void make_classes(maker *m)
{
    json_t *classes = json_object_get(m->a->metrics, "classes"), *each;
    m->page.of_labels = !classes;
    classes = classes ? classes : json_object_get(m->a->metrics, "labels");
    report_class *all = arena_new(&m->arena, report_class, json_array_size(classes) + 1);
    size_t i;
    if (!all)
        return;
    json_array_foreach(classes, i, each) all[i] =
        (report_class){.name = text(each, "name"),
                       .rows = whole(each, "train_rows"),
                       .test_rows = whole(each, "test_rows"),
                       .precision = json_number_or_nan(each, "precision"),
                       .recall = json_number_or_nan(each, "recall"),
                       .f1 = json_number_or_nan(each, "f1")};
    m->page.classes = all;
    m->page.n_classes = (int)json_array_size(classes);
}

/* --- clusters ---------------------------------------------------------------------------- */

#define SIZES_SHOWN 20

static const char *sizes_text(maker *m, json_t *sizes, int64_t clusters)
{
    const char *all = "";
    int64_t n = (int64_t)json_array_size(sizes), shown = n < SIZES_SHOWN ? n : SIZES_SHOWN;
    for (int64_t i = 0; all && i < shown; i++)
        all = arena_printf(&m->arena, "%s%s%lld", all, i ? ", " : "",
                           (long long)json_integer_value(json_array_get(sizes, (size_t)i)));
    return clusters > shown && all
               ? arena_printf(&m->arena, "%s and %lld more", all, (long long)(clusters - shown))
               : all;
}

static void make_clusters(maker *m)
{
    json_t *found = json_object_get(m->a->metrics, "clusters");
    report_fact *facts = facts_new(m, 8);
    const char *notes = text(found, "notes");
    double inertia = json_number_or_nan(found, "inertia");
    int n = 0;
    if (!found || !facts)
        return;
    facts[n++] = (report_fact){"method", text(found, "title"), NULL};
    facts[n++] = (report_fact){"training rows", count(m, found, "rows"), NULL};
    facts[n++] = (report_fact){"clusters", count(m, found, "clusters"), NULL};
    facts[n++] = (report_fact){
        "rows of each", sizes_text(m, json_object_get(found, "sizes"), whole(found, "clusters")),
        NULL};
    if (!isnan(inertia))
        facts[n++] = (report_fact){"inertia", arena_printf(&m->arena, "%.8g", inertia), NULL};
    facts[n++] =
        (report_fact){"converged", json_is_true(json_object_get(found, "converged")) ? "yes" : "no",
                      json_is_true(json_object_get(found, "ambiguous")) ? "ambiguous" : NULL};
    if (notes && *notes)
        facts[n++] = (report_fact){"notes", notes, NULL};
    m->page.clusters = facts;
    m->page.n_clusters = n;
}

/* --- search ------------------------------------------------------------------------------ */

static void make_search(maker *m)
{
    report_search *s = &m->page.search;
    json_t *search = json_object_get(m->a->metrics, "search"),
           *top = json_object_get(search, "top"), *each;
    report_trial *trials = arena_new(&m->arena, report_trial, json_array_size(top) + 1);
    report_fact *facts = facts_new(m, 2);
    size_t i;
    if (!search || !trials || !facts)
        return;
    json_array_foreach(top, i, each) trials[i] =
        (report_trial){(int64_t)i + 1,
                       whole(each, "configuration") + 1,
                       text(each, "model"),
                       text(each, "label"),
                       json_number_or_nan(each, "mean"),
                       json_number_or_nan(each, "deviation"),
                       m->page.verdict.folds};
    facts[0] = (report_fact){"sampler", "grid", NULL};
    facts[1] = (report_fact){"scored by", m->page.verdict.metric_title, "mean over the folds"};
    *s = (report_search){whole(search, "configurations"),
                         whole(search, "fits"),
                         whole(search, "failed"),
                         facts,
                         2,
                         trials,
                         (int)json_array_size(top)};
}

/* --- plan against actual ----------------------------------------------------------------- */

static void make_budget(maker *m)
{
    report_stage *stages = arena_new(&m->arena, report_stage, STAGES);
    int n = 0;
    for (int i = 0; stages && i < STAGES; i++) {
        json_t *t = json_object_get(m->a->stages, stage_name((stage)i));
        if (!t)
            continue;
        double low = json_number_or_nan(t, "planned_seconds_low"),
               high = json_number_or_nan(t, "planned_seconds_high");
        stages[n++] = (report_stage){
            stage_name((stage)i),           whole(t, "fits"),      whole(t, "planned_peak_bytes"),
            whole(t, "peak_bytes"),         (low + high) / 2,      json_number_or_nan(t, "seconds"),
            whole(t, "planned_disk_bytes"), whole(t, "disk_bytes")};
    }
    int64_t limit = whole(m->a->environment, "memory_budget_bytes");
    m->page.budget =
        (report_budget){limit > 0 ? limit : 0, whole(m->a->environment, "peak_bytes"), stages, n};
}

/* --- pictures ---------------------------------------------------------------------------- */

typedef struct picture_row {
    const char *file, *title, *alt, *caption;
    report_place place;
} picture_row;

static const picture_row picture_rows[] = {
    {"predicted", "Actual against predicted",
     "Scatter of actual against predicted values of the test rows, with the line of equality",
     "Each point is a test row; on the line the prediction is exact.", REPORT_AT_PREDICTIONS},
    {"residuals", "Residuals", "Histogram of actual minus predicted on the test rows",
     "Centred on zero: no bias. The curve is the normal distribution of the same spread.",
     REPORT_AT_PREDICTIONS},
    {"confusion", "Confusion matrix",
     "Matrix of the test rows by actual class and predicted class, shaded by the share of the "
     "actual class",
     "Each row is an actual class; the diagonal is what was predicted right.",
     REPORT_AT_PREDICTIONS},
    {"roc", "ROC curve",
     "True positive rate over false positive rate as the threshold falls, by class, with the "
     "diagonal of chance",
     "Each class against the rest; the nearer to the upper left, the better.",
     REPORT_AT_PREDICTIONS},
    {"precision-recall", "Precision-recall curve",
     "Precision over recall as the threshold falls, by class",
     "Each class against the rest; the nearer to the upper right, the better.",
     REPORT_AT_PREDICTIONS},
    {"angles", "Actual against predicted",
     "Scatter of actual against predicted angles of the test rows, with the line of equality and "
     "lines 20 degrees beside it",
     "Each point is a test row, drawn the short way round; the lines in the corners are the same "
     "lines one turn on.",
     REPORT_AT_PREDICTIONS},
    {"angle-errors", "Errors of the angle",
     "Histogram of predicted minus actual angle on the test rows, with lines at 5, 10 and 20 "
     "degrees",
     "Taken the short way round. Centred on zero: no bias.", REPORT_AT_PREDICTIONS},
    {"label-scores", "Precision and recall of the most frequent labels",
     "Bars of precision and recall on the test rows, for the 30 most frequent labels",
     "Precision: of the rows given the label, the share that have it. Recall: of the rows that have "
     "it, the share given it.",
     REPORT_AT_PREDICTIONS},
    {"label-support", "F1 by frequency of the label",
     "Scatter of each label's F1 over the test rows that have it",
     "Each point is a label; those to the left are rare.", REPORT_AT_PREDICTIONS},
    {"history", "Search history", "Score of every configuration in order, with the best so far",
     NULL, REPORT_AT_SEARCH},
    {"learning", "Learning curves", "Training and validation loss over the epochs",
     "What is kept are the weights of the best epoch.", REPORT_AT_TRAINING},
    {"stream", "Test rows as they came", "Actual and predicted values, row after row", NULL,
     REPORT_AT_TRAINING},
};

static stint_status add_picture(maker *m, report_picture *to, const picture_row *row)
{
    char path[4096];
    str png;
    snprintf(path, sizeof path, "%s/rounds/001/plots/%s.png", m->a->dir, row->file);
    if (!file_exists(path))
        return STINT_OK;
    str_init(&png, m->ctx, TAG_REPORT);
    stint_status s = file_read(m->ctx, path, &png);
    void *bytes = s == STINT_OK ? arena_alloc(&m->arena, png.len) : NULL;
    if (bytes) {
        memcpy(bytes, png.at, png.len);
        *to = (report_picture){row->place, row->title, row->alt, row->caption, bytes, png.len};
        m->page.n_pictures++;
    }
    str_deinit(&png);
    return s != STINT_OK ? s : bytes ? STINT_OK : STINT_ENOMEM;
}

typedef struct parameter_pictures {
    maker *m;
    report_picture *pictures;
} parameter_pictures;

static stint_status add_parameter(void *self, const char *name, bool is_dir)
{
    parameter_pictures *p = self;
    maker *m = p->m;
    size_t n = strlen(name);
    if (is_dir || strncmp(name, "parameter-", 10) != 0 || n < 14 ||
        m->page.n_pictures == PICTURES_MOST)
        return STINT_OK;
    char *file = arena_strdup(&m->arena, name);
    if (!file)
        return STINT_ENOMEM;
    file[n - 4] = '\0';
    picture_row row = {file, arena_printf(&m->arena, "Score over %s", file + 10),
                       arena_printf(&m->arena, "Cross-validated score over %s", file + 10),
                       "The band is one standard deviation over the folds.", REPORT_AT_SEARCH};
    return add_picture(m, &p->pictures[m->page.n_pictures], &row);
}

static stint_status make_pictures(maker *m)
{
    char plots[4096];
    report_picture *pictures = arena_new(&m->arena, report_picture, PICTURES_MOST);
    if (!pictures)
        return STINT_ENOMEM;
    m->page.pictures = pictures;
    for (size_t i = 0; i < sizeof picture_rows / sizeof *picture_rows; i++)
        TRY(add_picture(m, &pictures[m->page.n_pictures], &picture_rows[i]));
    snprintf(plots, sizeof plots, "%s/rounds/001/plots", m->a->dir);
    if (!file_exists(plots))
        return STINT_OK;
    return dir_list(m->ctx, plots, add_parameter, &(parameter_pictures){m, pictures});
}

/* --- reproduce --------------------------------------------------------------------------- */

static stint_status make_reproduce(maker *m)
{
    char path[4096];
    str yaml;
    json_t *e = m->a->environment;
    report_fact *facts = facts_new(m, 6);
    snprintf(path, sizeof path, "%s/experiment.yaml", m->a->dir);
    str_init(&yaml, m->ctx, TAG_REPORT);
    stint_status s = file_exists(path) ? file_read(m->ctx, path, &yaml) : STINT_OK;
    const char *config = arena_strdup(&m->arena, yaml.at);
    str_deinit(&yaml);
    TRY(s);
    if (!facts || !config)
        return STINT_ENOMEM;
    facts[0] = (report_fact){"Stint", text(e, "version"), NULL};
    facts[1] = (report_fact){"experiment", text(e, "experiment"), "hash of the settings below"};
    facts[2] = (report_fact){"data", text(e, "fingerprint"), "hash of the content"};
    facts[3] = (report_fact){"split seed",
                             count(m, json_object_get(m->a->metrics, "split"), "seed"), NULL};
    facts[4] = (report_fact){"instruction set", text(e, "isa"), NULL};
    facts[5] = (report_fact){
        "workers and threads",
        arena_printf(&m->arena, "%s, %s each", count(m, e, "workers"), count(m, e, "threads")),
        "results do not depend on them"};
    m->page.reproduce = (report_reproduce){text(e, "command"), facts, 6, "experiment.yaml", config};
    return STINT_OK;
}

/* --- the page ---------------------------------------------------------------------------- */

static stint_status make_page(maker *m)
{
    const char *name = text(m->a->environment, "name"), *when = text(m->a->environment, "finished");
    m->page.name = name ? name : path_name(m->a->dir);
    m->page.subtitle = when ? arena_printf(&m->arena, "finished %s", when) : NULL;
    m->page.task = task_of(m)->task;
    make_verdict(m);
    make_data(m);
    make_classes(m);
    make_clusters(m);
    make_search(m);
    account_training(m->a->metrics, &m->arena, &m->page);
    make_budget(m);
    TRY(make_pictures(m));
    return make_reproduce(m);
}

stint_status account_page_open(ctx *c, const account *a, account_page *out)
{
    maker m = {.ctx = c, .a = a};
    arena_init(&m.arena, c, TAG_REPORT);
    stint_status s = make_page(&m);
    if (s == STINT_OK)
        s = ctx_status(c);
    *out = (account_page){m.page, m.arena};
    if (s != STINT_OK)
        account_page_close(out);
    return s;
}

void account_page_close(account_page *p)
{
    arena_deinit(&p->arena);
    p->report = (report){0};
}
