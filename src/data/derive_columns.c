#include "data/derive_impl.h"

#include "base/progress.h"
#include "data/derive_write.h"
#include "data/table.h"

#include <string.h>

/* Column by column; each lies on disk (spill.h) until all are written together.  Columns that do
 * not read each other are made at once: those of a level, which is one more than the highest level
 * of what it reads. */

/* --- names -------------------------------------------------------------------------------------- */

stint_status derive_parse(ctx *c, arena *a, const derive_settings *s, formula ***out)
{
    *out = arena_new(a, formula *, s->n_columns + 1);
    if (!*out)
        return STINT_ENOMEM;
    for (int k = 0; k < s->n_columns; k++)
        TRY(formula_parse(c, a, s->columns[k].place, s->columns[k].name, s->columns[k].formula,
                          &(*out)[k]));
    return STINT_OK;
}

int derive_made(const derive_settings *s, const char *name, int before)
{
    for (int k = 0; k < before; k++)
        if (strcmp(s->columns[k].name, name) == 0)
            return k;
    return -1;
}

static stint_status fail_unknown(const derivation *d, int k, const formula_column *column)
{
    const formula *f = d->formulas[k];
    nearest_name near = nearest_begin(column->name);
    if (derive_made(d->settings, column->name, d->settings->n_columns) >= k)
        return formula_fail(d->ctx, f, column->at,
                            "the column \"%s\" is not made yet; put it before this one",
                            column->name);
    for (int i = 0; i < d->in->n_columns; i++)
        nearest_try(&near, d->in->columns[i].name);
    for (int i = 0; i < k; i++)
        nearest_try(&near, d->settings->columns[i].name);
    if (near.name)
        return formula_fail(d->ctx, f, column->at, "unknown column \"%s\"; did you mean \"%s\"?",
                            column->name, near.name);
    return formula_fail(d->ctx, f, column->at,
                        "unknown column \"%s\"; the table has %d, from \"%s\" to \"%s\"",
                        column->name, d->in->n_columns, d->in->columns[0].name,
                        d->in->columns[d->in->n_columns - 1].name);
}

/* What a formula computes with is a number, and exactly the one that is written. */
static stint_status check_source(const derivation *d, const formula *f, const formula_column *c,
                                 int column)
{
    column_kind kind = d->in->columns[column].kind;
    if (c->as_time)
        return STINT_OK;
    if (kind != COLUMN_NUMBER && kind != COLUMN_BOOL)
        return formula_fail(d->ctx, f, c->at, "the column \"%s\" is %s, where a number is needed",
                            c->name, kind == COLUMN_BITS ? "bits" : "text");
    return table_check_exact(d->ctx, d->in, column);
}

/* Level of formula k, whose columns are known. */
static stint_status take_level(derivation *d, int k)
{
    const formula *f = d->formulas[k];
    for (int i = 0; i < f->n_columns; i++) {
        int made = derive_made(d->settings, f->columns[i].name, k);
        int column = colfile_find(d->in, f->columns[i].name);
        if (made < 0 && column < 0)
            return fail_unknown(d, k, &f->columns[i]);
        if (made < 0)
            TRY(check_source(d, f, &f->columns[i], column));
        if (made >= 0 && d->levels[made] >= d->levels[k])
            d->levels[k] = d->levels[made] + 1;
    }
    return STINT_OK;
}

static stint_status check_name(const derivation *d, int k)
{
    const derive_column *column = &d->settings->columns[k];
    if (colfile_find(d->in, column->name) < 0 && derive_made(d->settings, column->name, k) < 0)
        return STINT_OK;
    return fail(d->ctx, STINT_EUSAGE,
                "%s: columns.%s: there is a column of that name already; choose another name",
                column->place ? column->place : "the formula", column->name);
}

static stint_status make_level(derivation *d, int n, pool *p)
{
    if (p)
        return parallel_for(p, n, derive_column_make, d);
    for (int i = 0; i < n; i++)
        TRY(derive_column_make(d, i, 0));
    return STINT_OK;
}

static stint_status make_columns(derivation *d, pool *p)
{
    int n = d->settings->n_columns;
    for (int k = 0; k < n; k++) {
        TRY(check_name(d, k));
        TRY(take_level(d, k));
    }
    progress bar;
    stint_status s = STINT_OK;
    progress_begin(&bar, d->ctx, "deriving columns", n);
    for (int done = 0, level = 0, items; s == STINT_OK && done < n; level++, done += items) {
        items = 0;
        for (int k = 0; k < n; k++)
            if (d->levels[k] == level)
                d->items[items++] = k;
        s = make_level(d, items, p);
        progress_at(&bar, done + items);
    }
    progress_end(&bar);
    return s;
}

/* --- all of it ---------------------------------------------------------------------------------- */

static stint_status write_all(derivation *d, arena *a, const char *path, const char *extra, pool *p)
{
    int own = d->in->n_columns, made = d->settings->n_columns;
    derived_column *columns = arena_new(a, derived_column, own + made);
    if (!columns)
        return STINT_ENOMEM;
    for (int j = 0; j < own; j++) {
        columns[j] = (derived_column){.spec = derived_spec(&d->in->columns[j]), .source = j};
    }
    for (int k = 0; k < made; k++)
        columns[own + k] = (derived_column){.spec = {d->settings->columns[k].name, COLUMN_NUMBER},
                                            .source = -1,
                                            .values = d->values[k].at};
    return derived_write(d->ctx, d->in, columns, own + made, d->in->rows, path, extra, p);
}

static stint_status derive_all(derivation *d, arena *a, const char *path, const char *extra,
                               pool *p)
{
    const derive_settings *s = d->settings;
    d->levels = arena_new(a, int, s->n_columns + 1);
    d->items = arena_new(a, int, s->n_columns + 1);
    d->values = arena_new(a, spill, s->n_columns + 1);
    if (!d->levels || !d->items || !d->values)
        return STINT_ENOMEM;
    TRY(derive_parse(d->ctx, a, s, &d->formulas));
    TRY(series_rows_open(d->ctx, d->in, s->group, s->time, d->resampled, &d->series));
    TRY(make_columns(d, p));
    return write_all(d, a, path, extra, p);
}

stint_status derive_columns_write(ctx *c, const colfile *in, const derive_settings *s,
                                  bool resampled, const char *path, const char *extra, pool *p)
{
    derivation d = {.ctx = c, .in = in, .settings = s, .resampled = resampled};
    arena a;
    arena_init(&a, c, TAG_TABLE);
    stint_status status = derive_all(&d, &a, path, extra, p);
    for (int k = 0; d.values && k < s->n_columns; k++)
        spill_close(&d.values[k]);
    series_rows_close(&d.series);
    arena_deinit(&a);
    return status;
}
