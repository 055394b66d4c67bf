/* Pictures of a training: its learning curves, and its streaming test over the rows. */
#include "experiment/train_job.h"

#include "plot/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static stint_status write_figure(ctx *c, const char *round, const char *name, const plot_figure *f)
{
    char plots[4300];
    str png;
    snprintf(plots, sizeof plots, "%s/plots", round);
    TRY(dir_make(c, plots));
    str_init(&png, c, TAG_PLOT);
    stint_status s = plot_png(c, f, &png);
    if (s == STINT_OK)
        s = file_write_str(c, plots, name, &png);
    str_deinit(&png);
    return s;
}

/* --- learning curves, from the log -------------------------------------------------------------- */

typedef struct train_curve {
    double *epoch, *train, *valid; /* [n] of all repetitions, one after the other */
    int64_t n;
} train_curve;

/* The next cell of a line of numbers; NaN where it is empty. */
static double next_cell(const char **at)
{
    char *end;
    double x = strtod(*at, &end);
    bool empty = end == *at;
    *at = end + strcspn(end, ",\n");
    *at += **at == ',';
    return empty ? (double)NAN : x;
}

static int column_of(const char *head, const char *name)
{
    size_t len = strlen(name);
    for (int i = 0;; i++) {
        size_t n = strcspn(head, ",\n");
        if (n == len && strncmp(head, name, n) == 0)
            return i;
        if (head[n] != ',')
            return -1;
        head += n + 1;
    }
}

static void read_lines(const char *text, train_curve *out)
{
    int train = column_of(text, "train_loss"), valid = column_of(text, "valid_loss");
    for (const char *line = strchrnul(text, '\n'); *line && line[1]; line = strchrnul(line, '\n')) {
        line++;
        for (int i = 0; *line && *line != '\n'; i++) {
            double x = next_cell(&line);
            if (i == train)
                out->train[out->n] = x;
            if (i == valid)
                out->valid[out->n] = x;
        }
        out->epoch[out->n] = (double)(out->n + 1);
        out->n++;
    }
}

static stint_status curve_read(ctx *c, const str *text, train_curve *out)
{
    int64_t lines = 1;
    for (const char *at = text->at; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    *out = (train_curve){.epoch = mem_new(c, TAG_PLOT, double, lines),
                         .train = mem_new(c, TAG_PLOT, double, lines),
                         .valid = mem_new(c, TAG_PLOT, double, lines)};
    if (!out->epoch || !out->train || !out->valid)
        return STINT_ENOMEM;
    read_lines(text->at, out);
    return STINT_OK;
}

static void curve_free(train_curve *v)
{
    mem_free(v->epoch);
    mem_free(v->train);
    mem_free(v->valid);
}

static bool all_positive(const train_curve *v)
{
    for (int64_t i = 0; i < v->n; i++)
        if (v->train[i] <= 0 || v->valid[i] <= 0)
            return false;
    return true;
}

static stint_status draw_curve(ctx *c, const train_job *j, const char *round, const train_curve *v)
{
    double best = (double)(j->result.best_epoch + 1);
    plot_mark marks[] = {
        {.class = &mark_line,
         .x = v->epoch,
         .y = v->train,
         .n = v->n,
         .colour = PLOT_FIRST,
         .label = "training"},
        {.class = &mark_line,
         .x = v->epoch,
         .y = v->valid,
         .n = v->n,
         .colour = PLOT_SECOND,
         .label = "validation"},
        {.class = &mark_vertical,
         .x = &best,
         .n = 1,
         .colour = PLOT_MUTED,
         .label = "best epoch",
         .dashed = true},
    };
    plot_figure f = {.title = "Learning curves",
                     .x = {.label = "epoch", .whole = true},
                     .y = {.label = "loss", .scale = all_positive(v) ? PLOT_LOG : PLOT_LINEAR},
                     .marks = marks,
                     .n_marks = train_repetitions(&j->run->config) == 1 ? 3 : 2};
    return write_figure(c, round, "learning.png", &f);
}

stint_status train_plot_epochs(ctx *c, const train_job *j, const char *round, const str *csv)
{
    train_curve v = {0};
    stint_status s = curve_read(c, csv, &v);
    if (s == STINT_OK)
        s = draw_curve(c, j, round, &v);
    curve_free(&v);
    return s;
}

/* --- the streaming test -------------------------------------------------------------------------- */

enum { STREAM_ROWS_MOST = 1000 }; /* more would be a band without a line */

/* The first target of the first rows: actual and predicted one above the other. */
static stint_status draw_stream(ctx *c, const char *round, const colfile *f, double *values)
{
    int64_t most = colfile_chunk_rows(f, 0), n = most < STREAM_ROWS_MOST ? most : STREAM_ROWS_MOST;
    double *actual = values, *predicted = values + n;
    char subtitle[64] = "";
    colfile_read(f, 1, 0, 0, n, actual, 1);
    colfile_read(f, 2, 0, 0, n, predicted, 1);
    if (n < f->rows)
        snprintf(subtitle, sizeof subtitle, "the first %lld of %lld rows", (long long)n,
                 (long long)f->rows);
    plot_mark marks[] = {
        {.class = &mark_line, .y = actual, .n = n, .colour = PLOT_FIRST, .label = "actual"},
        {.class = &mark_line, .y = predicted, .n = n, .colour = PLOT_SECOND, .label = "predicted"},
    };
    plot_figure figure = {.title = "Test rows as they came",
                          .subtitle = subtitle[0] ? subtitle : NULL,
                          .x = {.label = "row", .whole = true},
                          .y = {.label = f->columns[1].name},
                          .marks = marks,
                          .n_marks = 2};
    return write_figure(c, round, "stream.png", &figure);
}

stint_status train_plot_stream(ctx *c, const char *round, const char *columns)
{
    colfile f;
    double *values = mem_new(c, TAG_PLOT, double, 2 * STREAM_ROWS_MOST);
    if (!values)
        return STINT_ENOMEM;
    stint_status s = colfile_open(c, columns, &f);
    if (s == STINT_OK) {
        s = draw_stream(c, round, &f, values);
        colfile_close(&f);
    }
    mem_free(values);
    return s;
}
