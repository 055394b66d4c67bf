#include "data/derive_impl.h"

#include "data/source.h"
#include "data/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One column by its formula: over all rows of each series in turn, block by block.  The argument of
 * a call that needs a series in one piece lies on disk, like the column itself, and is changed in
 * place by the call. */

typedef struct source_column {
    int column;  /* of the input, -1 = none */
    int made;    /* a column made before, -1 = none */
    times times; /* where as_time */
    bool has_times;
} source_column;

/* One column being made. */
typedef struct making {
    derivation *d;
    const formula *f;
    source_column *sources; /* [f->n_columns] */
    spill *whole;           /* [f->n] of calls that need a series */
    const double **at;      /* [f->n] the same, as the run takes them */
} making;

/* --- what a formula reads ------------------------------------------------------------------------ */

static stint_status sources_open(making *m, int k)
{
    derivation *d = m->d;
    for (int i = 0; i < m->f->n_columns; i++) {
        const formula_column *c = &m->f->columns[i];
        source_column *s = &m->sources[i];
        s->made = derive_made(d->settings, c->name, k);
        s->column = s->made < 0 ? colfile_find(d->in, c->name) : -1;
        if (!c->as_time || s->column < 0)
            continue;
        bool plain = d->resampled && strcmp(c->name, d->settings->time) == 0;
        TRY(times_open(d->ctx, d->in, s->column, plain, m->f->name, &s->times));
        s->has_times = true;
    }
    return STINT_OK;
}

static stint_status read_source(void *self, int column, int64_t row, int64_t n, double *out)
{
    const making *m = self;
    const source_column *s = &m->sources[column];
    int64_t chunk = row / COLFILE_CHUNK_ROWS, from = row % COLFILE_CHUNK_ROWS;
    if (s->made >= 0)
        memcpy(out, (const double *)m->d->values[s->made].at + row, (size_t)n * sizeof *out);
    else if (s->has_times)
        return times_read(m->d->ctx, &s->times, chunk, from, n, out);
    else
        colfile_read(m->d->in, s->column, chunk, from, n, out, 1);
    return STINT_OK;
}

/* --- what cannot be ----------------------------------------------------------------------------- */

/* "co2.csv:17: column "ratio": …" */
static stint_status fail_cell(const making *m, int64_t row, const char *text)
{
    char file[1024];
    int64_t line;
    bool is_line;
    TRY(source_line(m->d->ctx, m->d->in, row, file, sizeof file, &line, &is_line));
    return fail(m->d->ctx, STINT_EDATA, "%s:%s%lld: column \"%s\": %s", file, is_line ? "" : "row ",
                (long long)line, m->f->name, text);
}

static stint_status fail_refusal(const making *m, const formula_refusal *why)
{
    char node[FORMULA_SNIPPET_SIZE], operand[FORMULA_SNIPPET_SIZE], value[STR_DOUBLE_SIZE],
        text[512];
    const formula_node *n = &m->f->nodes[why->node];
    formula_snippet(m->f, why->node, node);
    if (why->operand < 0) {
        snprintf(text, sizeof text, "\"%s\" grows beyond the doubles (position %d)", node,
                 n->at + 1);
        return fail_cell(m, why->row, text);
    }
    int at = m->f->nodes[why->operand].at + 1;
    bool division = n->n_args == 2 && why->operand == n->args[1] && why->value == 0;
    formula_snippet(m->f, why->operand, operand);
    str_format_double(value, why->value);
    if (division)
        snprintf(text, sizeof text,
                 "division by zero: \"%s\" is 0 (position %d); guard it with if()", operand, at);
    else
        snprintf(text, sizeof text, "\"%s\" is no finite number where \"%s\" is %s (position %d)",
                 node, operand, value, at);
    return fail_cell(m, why->row, text);
}

static stint_status fail_short(const making *m, int node, int64_t row, int64_t run, int64_t needs)
{
    char call[FORMULA_SNIPPET_SIZE], text[512];
    snprintf(text, sizeof text,
             "\"%s\" needs %lld rows in one piece, and the piece that begins here has %lld: a "
             "series, or what missing cells leave of it (position %d)",
             formula_snippet(m->f, node, call), (long long)needs, (long long)run,
             m->f->nodes[node].at + 1);
    return fail_cell(m, row, text);
}

/* --- computing ------------------------------------------------------------------------------------ */

/* Rows [from, to) of one series, in blocks that do not cross a chunk. */
static stint_status run_series(const making *m, formula_run *r, int64_t from, int64_t to,
                               double *out)
{
    for (int64_t row = from, n; row < to; row += n) {
        formula_refusal why;
        int64_t left = COLFILE_CHUNK_ROWS - row % COLFILE_CHUNK_ROWS;
        n = to - row < FORMULA_BLOCK ? to - row : FORMULA_BLOCK;
        n = n < left ? n : left;
        if (left == COLFILE_CHUNK_ROWS && ctx_interrupted(m->d->ctx))
            return fail(m->d->ctx, STINT_EINTERRUPT, "stopped; run the same command to carry on");
        stint_status s = formula_run_rows(r, row, n, row == from, out + row, &why);
        if (s == STINT_EDATA && ctx_status(m->d->ctx) == STINT_OK)
            return fail_refusal(m, &why);
        TRY(s);
    }
    return STINT_OK;
}

/* What stands below `root`, in all rows. */
static stint_status compute(making *m, int root, double *out)
{
    derivation *d = m->d;
    stint_status s = STINT_OK;
    formula_run *r = formula_run_new(d->ctx, m->f, root, m->at, d->settings->seed, read_source, m);
    if (!r)
        return STINT_ENOMEM;
    for (int64_t i = 0; s == STINT_OK && i < d->series.n; i++)
        s = run_series(m, r, d->series.start[i], d->series.start[i + 1], out);
    formula_run_free(r);
    return s;
}

static stint_status change(making *m, int node, double *work, double *x)
{
    const series_rows *s = &m->d->series;
    bool column = formula_needs_column(m->f, node);
    int64_t from, run, needs;
    for (int64_t i = 0; i < (column ? 1 : s->n); i++) {
        int64_t begin = s->start[i], n = (column ? m->d->in->rows : s->start[i + 1]) - begin;
        if (!formula_series(m->f, node, work, x + begin, n, &from, &run, &needs))
            return fail_short(m, node, begin + from, run, needs);
    }
    return STINT_OK;
}

/* The first row that is infinite; -1 = none. */
static int64_t infinite_row(const making *m, const double *x)
{
    for (int64_t i = 0; i < m->d->in->rows; i++)
        if (isinf(x[i]))
            return i;
    return -1;
}

/* The values of a call that needs a whole series, into x. */
static stint_status compute_call(making *m, int node, double *x)
{
    int64_t doubles = formula_series_work(m->f, node), row;
    TRY(compute(m, m->f->nodes[node].args[0], x));
    bool was_infinite = infinite_row(m, x) >= 0;
    double *work = doubles ? mem_new(m->d->ctx, TAG_TABLE, double, doubles) : NULL;
    stint_status s = doubles && !work ? STINT_ENOMEM : change(m, node, work, x);
    mem_free(work);
    TRY(s);
    if (!was_infinite && (row = infinite_row(m, x)) >= 0)
        return fail_refusal(m, &(formula_refusal){.node = node, .operand = -1, .row = row});
    return STINT_OK;
}

/* Arguments come before what uses them, so inner calls are known when outer ones need them. */
static stint_status column_values(making *m, int k)
{
    double *out = m->d->values[k].at;
    int64_t bytes = m->d->in->rows * (int64_t)sizeof *out;
    for (int node = 0; node < m->f->root; node++) {
        if (!formula_needs_series(m->f, node))
            continue;
        TRY(spill_open(m->d->ctx, bytes, &m->whole[node]));
        TRY(compute_call(m, node, m->whole[node].at));
        m->at[node] = m->whole[node].at;
    }
    return formula_needs_series(m->f, m->f->root) ? compute_call(m, m->f->root, out)
                                                  : compute(m, m->f->root, out);
}

stint_status derive_column_make(void *self, int64_t item, int thread)
{
    derivation *d = self;
    int k = d->items[item];
    making m = {.d = d, .f = d->formulas[k]};
    (void)thread;
    m.sources = mem_new(d->ctx, TAG_TABLE, source_column, m.f->n_columns + 1);
    m.whole = mem_new(d->ctx, TAG_TABLE, spill, m.f->n);
    m.at = mem_new(d->ctx, TAG_TABLE, const double *, m.f->n);
    stint_status s = m.sources && m.whole && m.at ? STINT_OK : STINT_ENOMEM;
    if (s == STINT_OK)
        s = sources_open(&m, k);
    if (s == STINT_OK)
        s = spill_open(d->ctx, d->in->rows * (int64_t)sizeof(double), &d->values[k]);
    if (s == STINT_OK)
        s = column_values(&m, k);
    for (int i = 0; m.whole && i < m.f->n; i++)
        spill_close(&m.whole[i]);
    for (int i = 0; m.sources && i < m.f->n_columns; i++)
        times_close(&m.sources[i].times);
    mem_free(m.sources);
    mem_free(m.whole);
    mem_free(m.at);
    return s;
}
