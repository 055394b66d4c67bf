#include "experiment/round_files.h"

#include "model/predictions.h"
#include "plot/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Pictures of the predictions, by kind of target, and of the search.  Of several number targets the
 * first is drawn.
 *
 * What grows with rows is thinned evenly: points beyond PLOT_ROWS_MOST (a scatter of more is a
 * density anyway), and curves, which are drawn class by class, beyond CURVE_ROWS_MOST rows or
 * CURVE_VALUES_MOST probabilities in all.  The confusion counts every row. */
#define PLOT_ROWS_MOST           200000
#define PLOT_CONFIGURATIONS_MOST 20000
#define CURVE_ROWS_MOST          1000000
#define CURVE_VALUES_MOST        10000000

enum { BLOCK = 1024, CURVE_POINTS = 400, FIRST_PROBABILITY = 3 };

static stint_status write_png(ctx *c, const char *dir, const char *name, const str *png)
{
    char file[1024];
    snprintf(file, sizeof file, "plots/%s.png", name);
    return file_write_str(c, dir, file, png);
}

/* --- numbers and angles ------------------------------------------------------------------- */

/* The column file of predictions, see model/predictions.h: row, actual, predicted, … */
typedef struct source_file {
    ctx *ctx;
    const round_input *in;
    const char *dir;
    colfile file;
    const char *target;
    double *actual, *predicted; /* [n] pairs, thinned */
    int64_t n;
} source_file;

static stint_status read_pairs(source_file *s)
{
    const colfile *f = &s->file;
    int64_t step = (f->rows + PLOT_ROWS_MOST - 1) / PLOT_ROWS_MOST;
    step = step < 1 ? 1 : step;
    s->actual = mem_new(s->ctx, TAG_PLOT, double, f->rows / step + 1);
    s->predicted = mem_new(s->ctx, TAG_PLOT, double, f->rows / step + 1);
    if (!s->actual || !s->predicted)
        return STINT_ENOMEM;
    for (int64_t row = 0; row < f->rows; row += step, s->n++) {
        int64_t chunk = row / COLFILE_CHUNK_ROWS, in = row % COLFILE_CHUNK_ROWS;
        colfile_read(f, 1, chunk, in, 1, &s->actual[s->n], 1);
        colfile_read(f, 2, chunk, in, 1, &s->predicted[s->n], 1);
    }
    return STINT_OK;
}

static plot_predictions pairs_of(const source_file *s)
{
    return (plot_predictions){
        .target = s->target, .actual = s->actual, .predicted = s->predicted, .n = s->n};
}

static stint_status draw_predicted(const source_file *s, str *png)
{
    plot_predictions p = pairs_of(s);
    return plot_predicted(s->ctx, &p, png);
}

static stint_status draw_residuals(const source_file *s, str *png)
{
    plot_predictions p = pairs_of(s);
    return plot_residuals(s->ctx, &p, png);
}

static plot_angles angles_of(const source_file *s)
{
    return (plot_angles){.target = s->target,
                         .actual = s->actual,
                         .predicted = s->predicted,
                         .n = s->n,
                         .period = s->in->config->period};
}

static stint_status draw_angles(const source_file *s, str *png)
{
    plot_angles p = angles_of(s);
    return plot_predicted_angles(s->ctx, &p, png);
}

static stint_status draw_angle_errors(const source_file *s, str *png)
{
    plot_angles p = angles_of(s);
    return plot_angle_errors(s->ctx, &p, png);
}

/* --- classes ------------------------------------------------------------------------------ */

static int classes_of(const source_file *s)
{
    return (int)s->file.columns[1].dictionary_n;
}

static void count_chunk(const colfile *f, int64_t chunk, int classes, int64_t *counts)
{
    double actual[BLOCK], predicted[BLOCK];
    int64_t rows = colfile_chunk_rows(f, chunk);
    for (int64_t from = 0; from < rows; from += BLOCK) {
        int64_t n = rows - from < BLOCK ? rows - from : BLOCK;
        colfile_read(f, 1, chunk, from, n, actual, 1);
        colfile_read(f, 2, chunk, from, n, predicted, 1);
        for (int64_t i = 0; i < n; i++)
            if (actual[i] >= 0 && predicted[i] >= 0)
                counts[(int64_t)actual[i] * classes + (int64_t)predicted[i]]++;
    }
}

static stint_status draw_confusion(const source_file *s, str *png)
{
    int classes = classes_of(s);
    int64_t *counts = mem_new(s->ctx, TAG_PLOT, int64_t, (int64_t)classes * classes + 1);
    if (!counts)
        return STINT_ENOMEM;
    for (int64_t chunk = 0; chunk < s->file.chunks; chunk++)
        count_chunk(&s->file, chunk, classes, counts);
    stint_status status = plot_confusion(s->ctx,
                                         &(plot_classes){.target = s->target,
                                                         .names = s->file.columns[1].dictionary,
                                                         .counts = counts,
                                                         .n = classes},
                                         png);
    mem_free(counts);
    return status;
}

/* The curves of one kind, for all classes; of two classes those of the second alone. */
typedef struct curve_kind {
    int (*points)(const outcomes *o, int class, int most, double *x, double *y);
    const metric_class *area;
    stint_status (*draw)(ctx *c, const plot_curves *p, str *out);
} curve_kind;

static int64_t curve_step(int64_t rows, int classes)
{
    int64_t most = CURVE_VALUES_MOST / (classes < 1 ? 1 : classes);
    most = most < CURVE_ROWS_MOST ? most : CURVE_ROWS_MOST;
    return rows > most ? (rows + most - 1) / most : 1;
}

static outcome_shape curve_shape(int64_t rows, int classes)
{
    return (outcome_shape){.kind = TARGET_CLASS,
                           .targets = 1,
                           .classes = 2,
                           .rows = rows / curve_step(rows, classes) + 1,
                           .keep = true};
}

/* Every step-th row, the class as 1 and the rest as 0. */
static void add_class(const source_file *s, int class, int64_t step, outcomes *o)
{
    const colfile *f = &s->file;
    int32_t rows[BLOCK];
    double y[BLOCK], p[2][BLOCK];
    for (int64_t row = 0; row < f->rows;) {
        int64_t chunk = row / COLFILE_CHUNK_ROWS, n = 0;
        for (; n < BLOCK && row < f->rows && row / COLFILE_CHUNK_ROWS == chunk; row += step)
            rows[n++] = (int32_t)(row % COLFILE_CHUNK_ROWS);
        colfile_gather(f, 1, chunk, rows, n, y, 1);
        colfile_gather(f, FIRST_PROBABILITY + class, chunk, rows, n, p[1], 1);
        for (int64_t i = 0; i < n; i++) {
            y[i] = y[i] == class;
            p[0][i] = 1 - p[1][i];
        }
        outcomes_add(o, y, p[0], n, BLOCK);
    }
}

typedef struct curve_points {
    double x[CURVE_POINTS], y[CURVE_POINTS];
} curve_points;

static stint_status draw_curves_of(const source_file *s, const curve_kind *k, outcomes *o,
                                   plot_curve *curves, curve_points *points, str *png)
{
    char note[96];
    int classes = classes_of(s), first = classes == 2;
    int64_t step = curve_step(s->file.rows, classes);
    for (int i = first; i < classes; i++) {
        outcomes_clear(o);
        add_class(s, i, step, o);
        curves[i - first] =
            (plot_curve){.name = s->file.columns[1].dictionary[i],
                         .x = points[i].x,
                         .y = points[i].y,
                         .n = k->points(o, 1, CURVE_POINTS, points[i].x, points[i].y),
                         .area = k->area->value(o)};
    }
    snprintf(note, sizeof note, "from 1 in %lld of %lld rows", (long long)step,
             (long long)s->file.rows);
    plot_curves p = {.note = step > 1 ? note : NULL, .curves = curves, .n = classes - first};
    return k->draw(s->ctx, &p, png);
}

/* Too many classes for a column each have no curves. */
static stint_status draw_curves(const source_file *s, const curve_kind *k, str *png)
{
    int classes = classes_of(s);
    outcome_shape shape = curve_shape(s->file.rows, classes);
    outcomes *o = NULL;
    if (s->file.n_columns != FIRST_PROBABILITY + classes || classes > PREDICTIONS_CLASSES)
        return STINT_OK;
    plot_curve *curves = mem_new(s->ctx, TAG_PLOT, plot_curve, classes);
    curve_points *points = mem_new(s->ctx, TAG_PLOT, curve_points, classes);
    stint_status status = curves && points ? outcomes_new(s->ctx, &shape, &o) : STINT_ENOMEM;
    if (status == STINT_OK)
        status = draw_curves_of(s, k, o, curves, points, png);
    outcomes_free(o);
    mem_free(points);
    mem_free(curves);
    return status;
}

static stint_status draw_roc(const source_file *s, str *png)
{
    return draw_curves(s, &(curve_kind){outcomes_roc, &metric_roc_auc, plot_roc}, png);
}

static stint_status draw_precision(const source_file *s, str *png)
{
    return draw_curves(s, &(curve_kind){outcomes_pr, &metric_pr_auc, plot_precision}, png);
}

/* --- labels ------------------------------------------------------------------------------- */

static void read_counts(const json_t *extra, const char *what, int64_t n, int64_t *out)
{
    const json_t *list = json_object_get(extra, what);
    for (int64_t k = 0; k < n; k++)
        out[k] = json_integer_value(json_array_get(list, (size_t)k));
}

typedef stint_status draw_scores(ctx *c, const plot_label_scores *p, str *out);

/* Counts of every label are in the file already, see model/predictions.h. */
static stint_status draw_labels_by(const source_file *s, draw_scores *draw, str *png)
{
    const table *t = s->in->table;
    int64_t n = t->n_labels, *counts = mem_new(s->ctx, TAG_PLOT, int64_t, 3 * n);
    if (!counts)
        return STINT_ENOMEM;
    read_counts(s->file.extra, "came", n, counts);
    read_counts(s->file.extra, "predicted", n, counts + n);
    read_counts(s->file.extra, "hit", n, counts + 2 * n);
    stint_status status = draw(s->ctx,
                               &(plot_label_scores){.names = t->labels,
                                                    .came = counts,
                                                    .predicted = counts + n,
                                                    .hit = counts + 2 * n,
                                                    .n = n},
                               png);
    mem_free(counts);
    return status;
}

static stint_status draw_labels(const source_file *s, str *png)
{
    return draw_labels_by(s, plot_labels, png);
}

static stint_status draw_label_support(const source_file *s, str *png)
{
    return draw_labels_by(s, plot_label_support, png);
}

/* --- by kind ------------------------------------------------------------------------------ */

/* A picture that cannot be had of this file leaves `png` empty. */
typedef struct picture {
    const char *file;
    stint_status (*draw)(const source_file *s, str *png);
} picture;

static const picture number_pictures[] = {
    {"predicted", draw_predicted},
    {"residuals", draw_residuals},
    {NULL, NULL},
};
static const picture class_pictures[] = {
    {"confusion", draw_confusion},
    {"roc", draw_roc},
    {"precision-recall", draw_precision},
    {NULL, NULL},
};
static const picture angle_pictures[] = {
    {"angles", draw_angles},
    {"angle-errors", draw_angle_errors},
    {NULL, NULL},
};

static const picture label_pictures[] = {
    {"label-scores", draw_labels},
    {"label-support", draw_label_support},
    {NULL, NULL},
};

typedef struct kind_row {
    bool pairs; /* actual and predicted are read for all its pictures */
    const picture *pictures;
} kind_row;

static const kind_row kinds[TARGET_KINDS] = {
    [TARGET_NUMBER] = {true, number_pictures},
    [TARGET_CLASS] = {false, class_pictures},
    [TARGET_ANGLE] = {true, angle_pictures},
    [TARGET_LABELS] = {false, label_pictures},
};

static stint_status write_picture(const source_file *s, const picture *p)
{
    str png;
    str_init(&png, s->ctx, TAG_PLOT);
    stint_status status = p->draw(s, &png);
    if (status == STINT_OK && png.len > 0)
        status = write_png(s->ctx, s->dir, p->file, &png);
    str_deinit(&png);
    return status;
}

static stint_status plot_predictions_of(ctx *c, const round_input *in, const char *dir,
                                        const char *predictions)
{
    const kind_row *kind = &kinds[in->config->task];
    source_file s = {.ctx = c, .in = in, .dir = dir};
    TRY(colfile_open(c, predictions, &s.file));
    s.target = s.file.columns[1].name;
    stint_status status = kind->pairs ? read_pairs(&s) : STINT_OK;
    for (const picture *p = kind->pictures; p->file && status == STINT_OK; p++)
        status = write_picture(&s, p);
    mem_free(s.actual);
    mem_free(s.predicted);
    colfile_close(&s.file);
    return status;
}

/* --- search ------------------------------------------------------------------------------ */

typedef struct search_arrays {
    double *mean, *deviation, *values; /* [n] */
    int64_t n, best, step;
} search_arrays;

static void read_search(const round_input *in, const round_best *best, search_arrays *a)
{
    for (int64_t i = 0; i < in->trials->configurations; i += a->step) {
        configuration k = trials_configuration(in->trials, i);
        if (i <= best->top[0].number && best->top[0].number < i + a->step) {
            k = best->top[0]; /* thinning must not lose the one to look at */
            a->best = a->n;
        }
        a->mean[a->n] = k.mean;
        a->deviation[a->n++] = k.deviation;
    }
}

static stint_status draw_search(ctx *c, const char *dir, const char *name, const plot_search *s,
                                stint_status (*draw)(ctx *, const plot_search *, str *))
{
    str png;
    str_init(&png, c, TAG_PLOT);
    stint_status status = draw(c, s, &png);
    if (status == STINT_OK)
        status = write_png(c, dir, name, &png);
    str_deinit(&png);
    return status;
}

/* How many values of the model's parameters vary, and which one does last. */
static int varying(const config_model *m, int *which)
{
    int n = 0;
    for (int i = 0; m->class->params[i].name; i++)
        if (m->space.dimensions[i].n > 1) {
            *which = i;
            n++;
        }
    return n;
}

/* Score over a parameter: where one model is searched over numbers. */
static stint_status plot_parameters(ctx *c, const round_input *in, const char *dir,
                                    const search_arrays *a, plot_search *s)
{
    const config_model *m = &in->config->models[0];
    int which = 0, count = varying(m, &which);
    s->curve = count == 1;
    s->values = a->values;
    for (int p = 0; in->config->n_models == 1 && m->class->params[p].name; p++) {
        char name[128];
        if (m->space.dimensions[p].n < 2 || m->class->params[p].type == PARAM_TYPE_CHOICE)
            continue;
        for (int64_t i = 0, k = 0; i < in->trials->configurations; i += a->step, k++) {
            double own[PARAM_MOST];
            grid_values_of(in->grid, i, own);
            a->values[k] = own[p];
        }
        s->parameter = m->class->params[p].name;
        snprintf(name, sizeof name, "parameter-%s", s->parameter);
        TRY(draw_search(c, dir, name, s, plot_parameter));
    }
    return STINT_OK;
}

static stint_status plot_search_of(ctx *c, const round_input *in, const char *dir,
                                   const round_best *best)
{
    int64_t n = in->trials->configurations;
    search_arrays a = {.step = (n + PLOT_CONFIGURATIONS_MOST - 1) / PLOT_CONFIGURATIONS_MOST,
                       .best = -1};
    a.mean = mem_new(c, TAG_PLOT, double, n / a.step + 1);
    a.deviation = mem_new(c, TAG_PLOT, double, n / a.step + 1);
    a.values = mem_new(c, TAG_PLOT, double, n / a.step + 1);
    stint_status s = a.mean && a.deviation && a.values ? STINT_OK : STINT_ENOMEM;
    if (s == STINT_OK) {
        char metric[64];
        read_search(in, best, &a);
        snprintf(metric, sizeof metric, "%s (cross-validation)", in->config->metric->name);
        plot_search search = {.metric = metric,
                              .mean = a.mean,
                              .deviation = a.deviation,
                              .n = a.n,
                              .best = a.best,
                              .greater_is_better = in->config->metric->greater_is_better};
        s = draw_search(c, dir, "history", &search, plot_history);
        if (s == STINT_OK)
            s = plot_parameters(c, in, dir, &a, &search);
    }
    mem_free(a.mean);
    mem_free(a.deviation);
    mem_free(a.values);
    return s;
}

stint_status round_write_plots(ctx *c, const round_input *in, const char *dir,
                               const char *predictions, const round_best *best)
{
    char plots[4096];
    snprintf(plots, sizeof plots, "%s/plots", dir);
    TRY(dir_make(c, plots));
    TRY(plot_predictions_of(c, in, dir, predictions));
    return plot_search_of(c, in, dir, best);
}

int64_t round_plots_bytes(target_kind kind, int classes, int64_t test_rows, int64_t configurations)
{
    int64_t rows = test_rows < PLOT_ROWS_MOST ? test_rows : PLOT_ROWS_MOST;
    int64_t points =
        configurations < PLOT_CONFIGURATIONS_MOST ? configurations : PLOT_CONFIGURATIONS_MOST;
    plot_figure largest = {.width = 640, .height = 700};
    int64_t bytes = plot_peak_bytes(&largest) + rows * 40 + points * 64 + ((int64_t)1 << 20);
    if (kind == TARGET_LABELS) /* counts in the file's JSON, and read; see round_classes.c too */
        return bytes + (int64_t)classes * (3 * 64 + 3 * 8 + 16 + 256 * 8);
    if (kind != TARGET_CLASS)
        return bytes;
    int64_t curved = classes <= PREDICTIONS_CLASSES ? classes : 0;
    outcome_shape shape = curve_shape(test_rows, classes);
    return bytes + (int64_t)classes * classes * (int64_t)sizeof(int64_t) +
           (curved ? outcomes_bytes(&shape) : 0) +
           curved * (int64_t)(sizeof(plot_curve) + sizeof(curve_points));
}
