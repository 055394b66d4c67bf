#include "experiment/round_files.h"

#include "base/arena.h"
#include "plot/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Pictures of the first target.  Rows beyond PLOT_ROWS_MOST are thinned evenly: a scatter of
 * more is a density anyway, and memory stays flat. */
#define PLOT_ROWS_MOST           200000
#define PLOT_CONFIGURATIONS_MOST 20000

static stint_status write_png(ctx *c, const char *dir, const char *name, const str *png)
{
    char file[1024];
    snprintf(file, sizeof file, "plots/%s.png", name);
    return file_write_str(c, dir, file, png);
}

/* --- predictions ------------------------------------------------------------------------- */

typedef struct pairs {
    double *actual, *predicted;
    int64_t n;
} pairs;

static stint_status read_pairs(ctx *c, const char *path, pairs *out)
{
    colfile f;
    TRY(colfile_open(c, path, &f));
    int64_t step = (f.rows + PLOT_ROWS_MOST - 1) / PLOT_ROWS_MOST;
    out->actual = mem_new(c, TAG_PLOT, double, f.rows / step + 1);
    out->predicted = mem_new(c, TAG_PLOT, double, f.rows / step + 1);
    for (int64_t row = 0; out->actual && out->predicted && row < f.rows; row += step) {
        int64_t chunk = row / COLFILE_CHUNK_ROWS, in = row % COLFILE_CHUNK_ROWS;
        colfile_read(&f, 1, chunk, in, 1, &out->actual[out->n], 1);
        colfile_read(&f, 2, chunk, in, 1, &out->predicted[out->n++], 1);
    }
    colfile_close(&f);
    return out->actual && out->predicted ? STINT_OK : STINT_ENOMEM;
}

typedef stint_status draw_predictions(ctx *c, const plot_predictions *p, str *out);

static stint_status write_prediction_plot(ctx *c, const round_input *in, const char *dir,
                                          const char *name, draw_predictions *draw, const pairs *p)
{
    str png;
    str_init(&png, c, TAG_PLOT);
    stint_status s = draw(c,
                          &(plot_predictions){.target = in->config->targets[0],
                                              .actual = p->actual,
                                              .predicted = p->predicted,
                                              .n = p->n},
                          &png);
    if (s == STINT_OK)
        s = write_png(c, dir, name, &png);
    str_deinit(&png);
    return s;
}

static stint_status plot_predictions_of(ctx *c, const round_input *in, const char *dir,
                                        const char *predictions)
{
    pairs p = {0};
    stint_status s = read_pairs(c, predictions, &p);
    if (s == STINT_OK)
        s = write_prediction_plot(c, in, dir, "predicted", plot_predicted, &p);
    if (s == STINT_OK)
        s = write_prediction_plot(c, in, dir, "residuals", plot_residuals, &p);
    mem_free(p.actual);
    mem_free(p.predicted);
    return s;
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

int64_t round_plots_bytes(int64_t test_rows, int64_t configurations)
{
    int64_t rows = test_rows < PLOT_ROWS_MOST ? test_rows : PLOT_ROWS_MOST;
    int64_t points =
        configurations < PLOT_CONFIGURATIONS_MOST ? configurations : PLOT_CONFIGURATIONS_MOST;
    plot_figure largest = {.width = 640, .height = 640};
    return plot_peak_bytes(&largest) + rows * 40 + points * 64 + ((int64_t)1 << 20);
}
