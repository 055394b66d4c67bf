#include "data/checks.h"

#include "data/duplicates.h"

#include <math.h>
#include <stdio.h>

/* One chunk of one column. */
typedef struct column_facts {
    int64_t missing, infinite;
    int64_t first_bad; /* table row of the first missing or infinite cell, -1 = none */
    double low, high;  /* of the finite cells; low > high when there is none */
} column_facts;

typedef struct pass {
    const table *t;
    int columns;
    column_facts *facts; /* [chunks][columns] */
    double **values;     /* [threads] of [COLFILE_CHUNK_ROWS] */
    uint64_t **hashes;   /* [threads] of [COLFILE_CHUNK_ROWS], NULL = duplicates are ignored */
    row_hashes *rows;
} pass;

static int checked_column(const table *t, int i)
{
    return i < t->n_features ? t->features[i] : t->targets[i - t->n_features];
}

static column_facts column_look(const double *values, int64_t n, int64_t first_row)
{
    column_facts f = {.first_bad = -1, .low = INFINITY, .high = -INFINITY};
    for (int64_t i = 0; i < n; i++) {
        double v = values[i];
        if (isfinite(v)) {
            f.low = v < f.low ? v : f.low;
            f.high = v > f.high ? v : f.high;
            continue;
        }
        f.missing += isnan(v) != 0;
        f.infinite += isinf(v) != 0;
        f.first_bad = f.first_bad < 0 ? first_row + i : f.first_bad;
    }
    return f;
}

static stint_status pass_chunk(void *self, int64_t chunk, int thread)
{
    pass *p = self;
    int64_t n = colfile_chunk_rows(p->t->file, chunk);
    double *values = p->values[thread];
    uint64_t *hashes = p->hashes ? p->hashes[thread] : NULL;
    if (hashes)
        row_hashes_clear(hashes, n);
    for (int i = 0; i < p->columns; i++) {
        colfile_read(p->t->file, checked_column(p->t, i), chunk, 0, n, values, 1);
        p->facts[chunk * p->columns + i] = column_look(values, n, chunk * COLFILE_CHUNK_ROWS);
        if (hashes)
            row_hashes_mix(hashes, values, n);
    }
    return hashes ? row_hashes_put(p->rows, chunk, hashes, n) : STINT_OK;
}

/* --- verdicts ---------------------------------------------------------------------------- */

static column_facts column_total(const pass *p, int column)
{
    column_facts sum = {.first_bad = -1, .low = INFINITY, .high = -INFINITY};
    for (int64_t chunk = 0; chunk < p->t->file->chunks; chunk++) {
        const column_facts *f = &p->facts[chunk * p->columns + column];
        sum.missing += f->missing;
        sum.infinite += f->infinite;
        sum.first_bad = sum.first_bad < 0 ? f->first_bad : sum.first_bad;
        sum.low = f->low < sum.low ? f->low : sum.low;
        sum.high = f->high > sum.high ? f->high : sum.high;
    }
    return sum;
}

/* A feature that never varies is good enough here: it is only warned of. */
static stint_status column_verdict(ctx *c, const table *t, int i, const column_facts *f)
{
    int column = checked_column(t, i);
    const char *name = t->file->columns[column].name;
    bool target = i >= t->n_features;
    const char *mend = target ? "" : ", or list the column under data.drop";
    if (f->missing == t->file->rows)
        return fail(c, STINT_EDATA, "column \"%s\" is missing in all %lld rows; %s", name,
                    (long long)f->missing,
                    target ? "choose another data.target" : "list it under data.drop");
    if (f->missing > 0 || f->infinite > 0)
        return table_fail(c, t->file, column, f->first_bad,
                          "%s (%lld such in this column); fill the cells, leave the rows out%s",
                          f->infinite == 0  ? "missing"
                          : f->missing == 0 ? "infinite"
                                            : "missing or infinite",
                          (long long)(f->missing + f->infinite), mend);
    if (target && !(f->low < f->high))
        return fail(c, STINT_EDATA,
                    "target \"%s\" is %g in all %lld rows: there is nothing to learn", name, f->low,
                    (long long)t->file->rows);
    return STINT_OK;
}

/* `first` of the `n` constant columns is `value` in every row. */
static void constant_verdict(const table *t, int n, int first, double value, checks *out)
{
    check *k = &out->at[CHECK_CONSTANT];
    char number[STR_DOUBLE_SIZE];
    const char *name = t->file->columns[checked_column(t, first)].name;
    k->result = CHECK_WARNED;
    str_format_double(number, value);
    if (n == 1)
        snprintf(k->details, sizeof k->details, "\"%s\" is %s in every row; it cannot help", name,
                 number);
    else
        snprintf(k->details, sizeof k->details,
                 "%d columns are constant, the first is \"%s\": %s in every row; they cannot help",
                 n, name, number);
}

static stint_status duplicates_verdict(ctx *c, const table *t, row_hashes *rows,
                                       duplicates_policy policy, checks *out)
{
    duplicate_facts d;
    check *k = &out->at[CHECK_DUPLICATES];
    TRY(row_hashes_count(rows, &d));
    if (d.duplicates == 0) {
        snprintf(k->details, sizeof k->details, "no two rows are equal");
        return STINT_OK;
    }
    if (policy == DUPLICATES_ERROR)
        return table_fail(
            c, t->file, checked_column(t, 0), d.second,
            "the row repeats row %lld (%lld such rows); remove them, or set data.duplicates: warn",
            (long long)d.first + 1, (long long)d.duplicates);
    k->result = CHECK_WARNED;
    snprintf(
        k->details, sizeof k->details,
        "%lld rows repeat an earlier one, first row %lld repeats row %lld; parts may share rows",
        (long long)d.duplicates, (long long)d.second + 1, (long long)d.first + 1);
    return STINT_OK;
}

static void checks_name(checks *out, const table *t)
{
    *out = (checks){.at = {
                        [CHECK_TYPES] = {.name = "types"},
                        [CHECK_MISSING] = {.name = "missing or infinite cells"},
                        [CHECK_CONSTANT] = {.name = "constant columns"},
                        [CHECK_DUPLICATES] = {.name = "duplicate rows"},
                    }};
    snprintf(out->at[CHECK_TYPES].details, 256, "%d features and %d target%s are numbers",
             t->n_features, t->n_targets, t->n_targets == 1 ? "" : "s");
    snprintf(out->at[CHECK_MISSING].details, 256, "none in %lld rows", (long long)t->file->rows);
    snprintf(out->at[CHECK_CONSTANT].details, 256, "every column varies");
    snprintf(out->at[CHECK_DUPLICATES].details, 256, "not looked for");
}

/* --- memory ------------------------------------------------------------------------------ */

int64_t checks_bytes(int columns, int64_t rows, int threads)
{
    int64_t chunks = rows / COLFILE_CHUNK_ROWS + 1;
    return threads * (int64_t)(COLFILE_CHUNK_ROWS * 16 + 512) +
           chunks * columns * (int64_t)sizeof(column_facts) + row_hashes_bytes(rows);
}

static bool pass_init(ctx *c, pass *p, int threads, bool hashes)
{
    p->facts = mem_new(c, TAG_TABLE, column_facts, p->t->file->chunks * p->columns);
    p->values = mem_new(c, TAG_TABLE, double *, threads);
    p->hashes = hashes ? mem_new(c, TAG_TABLE, uint64_t *, threads) : NULL;
    bool whole = p->facts && p->values && (p->hashes || !hashes);
    for (int i = 0; whole && i < threads; i++) {
        p->values[i] = mem_new(c, TAG_TABLE, double, COLFILE_CHUNK_ROWS);
        if (hashes)
            p->hashes[i] = mem_new(c, TAG_TABLE, uint64_t, COLFILE_CHUNK_ROWS);
        whole = p->values[i] && (!hashes || p->hashes[i]);
    }
    return whole;
}

static void pass_deinit(pass *p, int threads)
{
    for (int i = 0; i < threads; i++) {
        if (p->values)
            mem_free(p->values[i]);
        if (p->hashes)
            mem_free(p->hashes[i]);
    }
    mem_free(p->hashes);
    mem_free(p->values);
    mem_free(p->facts);
}

static stint_status checks_judge(ctx *c, const pass *p, duplicates_policy policy, checks *out)
{
    int constant = 0, first = 0;
    double value = 0;
    for (int i = 0; i < p->columns; i++) {
        column_facts f = column_total(p, i);
        TRY(column_verdict(c, p->t, i, &f));
        if (f.low < f.high)
            continue;
        first = constant == 0 ? i : first;
        value = constant == 0 ? f.low : value;
        constant++;
    }
    if (constant > 0)
        constant_verdict(p->t, constant, first, value, out);
    return p->rows ? duplicates_verdict(c, p->t, p->rows, policy, out) : STINT_OK;
}

stint_status checks_run(ctx *c, const table *t, duplicates_policy duplicates, const char *scratch,
                        pool *workers, checks *out)
{
    pass p = {.t = t, .columns = t->n_features + t->n_targets};
    int threads = pool_threads(workers);
    bool look = duplicates != DUPLICATES_IGNORE;
    checks_name(out, t);
    if (look)
        TRY(row_hashes_open(c, scratch, t->file->rows, &p.rows));
    stint_status s = pass_init(c, &p, threads, look) ? STINT_OK : STINT_ENOMEM;
    if (s == STINT_OK)
        s = parallel_for(workers, t->file->chunks, pass_chunk, &p);
    if (s == STINT_OK)
        s = checks_judge(c, &p, duplicates, out);
    pass_deinit(&p, threads);
    row_hashes_close(p.rows);
    return s;
}
