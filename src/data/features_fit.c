#include "data/feature_series.h"

#include <float.h>
#include <math.h>

/* The states of all training sets, columns in parallel, then features.
 *
 * A column: its fill, then the edges of its bins over filled cells, then a look at every cell.
 * A feature: its shift and scale, over values that use the fills and edges of the set.  What is
 * wrong is told afterwards, so that it is the first column's whatever thread was faster.
 *
 * Where values are the same in every set, one pass gathers each part's moments and each set
 * merges its parts; else each set takes a pass of its own.  Spreads merge chunk by chunk, then
 * part by part, ascending: one column is one thread's, so the number of threads changes nothing. */

typedef struct fit {
    ctx *ctx;
    const features *f;
    const split *split;
    bool standard;
    int sets;
    double *states; /* [sets][stride] */
    int64_t stride;
    double *largest;    /* [n_base] magnitudes */
    feature_seen *seen; /* [n_terms] */
    series_room *rooms; /* [threads] */
    int threads;
} fit;

static series series_of_column(const fit *fit, int thread, int column, double fill)
{
    return (series){fit->f, fit->split, &fit->rooms[thread], column, -1, fill, NULL};
}

static double *set_state(const fit *fit, int set)
{
    return fit->states + set * fit->stride;
}

/* --- columns --------------------------------------------------------------------------------- */

/* NaN where there is no cell to learn it from. */
static void column_fill(const fit *fit, int thread, const feature_term *t)
{
    series s = series_of_column(fit, thread, t->column, NAN);
    bool mean = fit->f->fill == FILL_MEAN;
    if (mean)
        series_take_parts(&s);
    for (int set = 0; set < fit->sets; set++) {
        double *out = set_state(fit, set) + t->fill_at;
        if (mean) {
            spread all = series_spread_of_parts(&s, set);
            *out = all.n > 0 ? all.mean : NAN;
        } else {
            series_quantiles(&s, set, 1, 1, 2, out);
        }
    }
}

/* Edges 0 … bins of which those within are kept, each once: x is in the bin of as many as are
 * at or below it. */
static void edges_settle(const double *all, int bins, double *out)
{
    int n = 0;
    for (int i = 1; i < bins; i++)
        if (all[i] > all[0] && all[i] < all[bins] && (n == 0 || all[i] > out[n - 1]))
            out[n++] = all[i];
    while (n < bins - 1)
        out[n++] = INFINITY;
}

static void edges_by_width(const spread *seen, int bins, double *all)
{
    double step = (seen->high - seen->low) / bins;
    for (int i = 0; i < bins; i++)
        all[i] = i * step + seen->low;
    all[bins] = seen->high;
}

static void column_edges(const fit *fit, int thread, const feature_term *t)
{
    double all[FEATURES_BINS_MOST + 1];
    for (int set = 0; set < fit->sets; set++) {
        double *state = set_state(fit, set);
        series s = series_of_column(fit, thread, t->column, feature_fill_of(fit->f, t, state));
        if (t->bins_by == BINS_WIDTH) {
            spread seen = series_spread(&s, set);
            edges_by_width(&seen, t->bins, all);
        } else {
            series_quantiles(&s, set, 0, t->bins + 1, t->bins, all);
        }
        edges_settle(all, t->bins, state + t->edges_at);
    }
}

/* The item is the first term of its column, of those that stand together; or nothing. */
static stint_status fit_column(void *self, int64_t item, int thread)
{
    const fit *fit = self;
    const features *f = fit->f;
    const feature_term *t = &f->terms[item], *end = f->terms + f->n_terms;
    int column = t->column;
    if (item > 0 && t[-1].column == column)
        return STINT_OK;
    if (t->fill_at >= 0)
        column_fill(fit, thread, t);
    for (; t < end && t->column == column; t++) {
        if (t->op->edges)
            column_edges(fit, thread, t);
        fit->seen[t - f->terms] = (feature_seen){.row = -1, .largest = 1};
        if (t->op->takes || f->n_products)
            fit->seen[t - f->terms] = feature_look(f, t, f->file, fit->split);
    }
    return STINT_OK;
}

static stint_status fail_no_cell(const fit *fit, int column, int set)
{
    char where[64] = "any training row";
    if (set < fit->sets - 1)
        str_print(where, sizeof where, "the training rows of fold %d", set);
    return fail(
        fit->ctx, STINT_EDATA,
        "checks.missing: column \"%s\" has no cell in %s to learn a fill from; list it under "
        "features.drop, or fill with a constant",
        fit->f->file->columns[column].name, where);
}

static stint_status term_judge(const fit *fit, const feature_term *t, feature_seen *seen)
{
    for (int set = 0; t->fill_at >= 0 && set < fit->sets; set++)
        if (isnan(set_state(fit, set)[t->fill_at]))
            return fail_no_cell(fit, t->column, set);
    TRY(feature_judge(fit->ctx, t, fit->f->file, seen));
    for (int set = 0; set < fit->sets; set++)
        TRY(feature_check_fill(fit->ctx, fit->f, t, set_state(fit, set), &seen->largest));
    for (int k = 0; k < t->n; k++)
        fit->largest[t->first + k] = seen->largest;
    return STINT_OK;
}

static stint_status columns_judge(const fit *fit)
{
    for (int i = 0; i < fit->f->n_terms; i++)
        TRY(term_judge(fit, &fit->f->terms[i], &fit->seen[i]));
    return feature_check_products(fit->ctx, fit->f, fit->largest);
}

/* --- features ---------------------------------------------------------------------------------- */

/* A variance that is rounding noise about the mean is none. */
static double deviation(const spread *s)
{
    double variance = s->m2 / s->n, noise = s->n * s->mean * DBL_EPSILON;
    bool constant = s->low == s->high || variance <= s->n * DBL_EPSILON * variance + noise * noise;
    return constant ? 1 : sqrt(variance);
}

static void scale_of_spread(feature_scale scale, const spread *s, double *shift, double *width)
{
    if (scale == SCALE_STANDARD) {
        *shift = s->low == s->high ? s->low : s->mean;
        *width = deviation(s);
    } else {
        *shift = s->low;
        *width = s->high > s->low ? s->high - s->low : 1;
    }
}

static void scale_of_quartiles(const series *s, int set, double *shift, double *width)
{
    double quartiles[3];
    series_quantiles(s, set, 1, 3, 4, quartiles);
    *shift = quartiles[1];
    *width = quartiles[2] > quartiles[0] ? quartiles[2] - quartiles[0] : 1;
}

static stint_status fit_feature(void *self, int64_t item, int thread)
{
    const fit *fit = self;
    const features *f = fit->f;
    bool varies = feature_varies(f, (int)item);
    series s = {f, fit->split, &fit->rooms[thread], -1, (int)item, NAN, NULL};
    if (!varies && f->scale != SCALE_ROBUST)
        series_take_parts(&s);
    for (int set = 0; set < fit->sets; set++) {
        double *shift = set_state(fit, set) + f->scales_at + item;
        double *width = shift + features_count(f);
        s.state = set_state(fit, set);
        if (f->scale == SCALE_ROBUST) {
            scale_of_quartiles(&s, set, shift, width);
            continue;
        }
        spread seen = varies ? series_spread(&s, set) : series_spread_of_parts(&s, set);
        scale_of_spread(f->scale, &seen, shift, width);
    }
    return STINT_OK;
}

static stint_status features_judge(const fit *fit)
{
    const features *f = fit->f;
    int64_t n = features_count(f);
    for (int64_t i = 0; i < n; i++)
        for (int set = 0; set < fit->sets; set++) {
            const double *shift = set_state(fit, set) + f->scales_at + i;
            if (!isfinite(shift[0]) || !isfinite(shift[n]))
                return fail(
                    fit->ctx, STINT_EDATA,
                    "features.scale: feature \"%s\" has values too large to be scaled; take their "
                    "logarithm, or leave the column out",
                    f->names[i]);
        }
    return STINT_OK;
}

/* Standard scaling that is not wanted: NaN, so that nothing can use it. */
static void scales_forget(const fit *fit)
{
    for (int set = 0; set < fit->sets; set++)
        for (int64_t i = fit->f->scales_at; i < fit->stride; i++)
            set_state(fit, set)[i] = NAN;
}

/* --- all of it ------------------------------------------------------------------------------------ */

bool features_need_fit(const features *f, bool standard)
{
    bool takes = false;
    for (int i = 0; i < f->n_terms; i++)
        takes = takes || f->terms[i].op->takes;
    return takes || f->n_products > 0 || features_fitted(f) ||
           (standard && f->scale == SCALE_STANDARD);
}

static stint_status fit_init(fit *fit)
{
    bool whole = true;
    fit->largest = mem_new(fit->ctx, TAG_TABLE, double, fit->f->n_base);
    fit->seen = mem_new(fit->ctx, TAG_TABLE, feature_seen, fit->f->n_terms);
    fit->rooms = mem_new(fit->ctx, TAG_TABLE, series_room, fit->threads);
    if (!fit->largest || !fit->seen || !fit->rooms)
        return STINT_ENOMEM;
    for (int i = 0; whole && i < fit->threads; i++)
        whole = series_room_init(fit->ctx, &fit->rooms[i]);
    return whole ? STINT_OK : STINT_ENOMEM;
}

static void fit_deinit(fit *fit)
{
    for (int i = 0; fit->rooms && i < fit->threads; i++)
        series_room_deinit(&fit->rooms[i]);
    mem_free(fit->rooms);
    mem_free(fit->seen);
    mem_free(fit->largest);
}

static stint_status fit_run(fit *fit, pool *p)
{
    const features *f = fit->f;
    TRY(parallel_for(p, f->n_terms, fit_column, fit));
    TRY(columns_judge(fit));
    if (f->scale == SCALE_NONE)
        return STINT_OK;
    if (f->scale == SCALE_STANDARD && !fit->standard) {
        scales_forget(fit);
        return STINT_OK;
    }
    TRY(parallel_for(p, features_count(f), fit_feature, fit));
    return features_judge(fit);
}

stint_status features_fit(ctx *c, const features *f, const split *s, bool standard, pool *p,
                          double *states)
{
    fit fit = {.ctx = c,
               .f = f,
               .split = s,
               .standard = standard,
               .sets = s->folds + 1,
               .states = states,
               .stride = features_state_doubles(f),
               .threads = pool_threads(p)};
    stint_status status = fit_init(&fit);
    if (status == STINT_OK)
        status = fit_run(&fit, p);
    fit_deinit(&fit);
    return status;
}
