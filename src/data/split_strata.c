#include "data/split_impl.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* The stratum of each row that is dealt: the combination of some factors' codes.
 *
 *     class      a column's different cells, by appearance
 *     quantiles  bins of a number with as many rows each as equal values allow
 *     sectors    of an angle, equal in width
 *     magnitude  quantile bins of the length of (sine, cosine)
 *
 * Combinations are numbered in order of their codes, the first factor's first, as far as they
 * occur.  Those with fewer rows than there are parts cannot be shared out: they are merged
 * with the next ones, within one code of the first factor as long as that has rows enough.
 * A single factor's strata stay as they are, as dealing counts on from one to the next. */

typedef enum factor_kind {
    FACTOR_CLASS,
    FACTOR_QUANTILES,
    FACTOR_SECTORS,
    FACTOR_MAGNITUDE
} factor_kind;

typedef struct factor {
    factor_kind kind;
    int column, cosine; /* the cosine's column beside the sine's, -1 = the column is the angle */
    int64_t codes;
    split_levels levels; /* of a class */
    uint64_t *starts;    /* [bins] of quantiles */
} factor;

typedef struct strata {
    split_job *job;
    VEC(factor) factors;
    double *cosines; /* [COLFILE_CHUNK_ROWS], of an angle in two columns */
    bool of_class;   /* the first factor is the target's class */
} strata;

/* --- which factors ------------------------------------------------------------------------ */

static stint_status add(strata *s, factor_kind kind, int column, int cosine)
{
    return vec_push(s->job->ctx, TAG_SPLIT, &s->factors,
                    (factor){.kind = kind, .column = column, .cosine = cosine});
}

static stint_status add_listed(strata *s, const char *name)
{
    split_job *j = s->job;
    int column;
    TRY(split_column_find(j, "split.stratify.columns", name, &column));
    for (int64_t i = 0; i < s->factors.n; i++)
        if (s->factors.at[i].column == column)
            return STINT_OK;
    column_kind kind = j->in->file->columns[column].kind;
    if (kind == COLUMN_HASH)
        return fail(j->ctx, STINT_EDATA,
                    "split.stratify.columns: \"%s\" has more than %d different texts, too many to "
                    "stratify by; choose a column with fewer",
                    name, SPLIT_LEVELS);
    if (kind == COLUMN_BITS)
        return fail(j->ctx, STINT_EDATA,
                    "split.stratify.columns: \"%s\" holds bits, which are no classes; choose "
                    "another column",
                    name);
    if (kind != COLUMN_NUMBER)
        return add(s, FACTOR_CLASS, column, -1);
    if (j->settings->bins < 1)
        return fail(j->ctx, STINT_EUSAGE,
                    "split.stratify.columns: \"%s\" holds numbers, which are stratified by their "
                    "quantile bins; say how many with split.stratify.bins",
                    name);
    return add(s, FACTOR_QUANTILES, column, -1);
}

static stint_status add_targets(strata *s)
{
    const split_input *in = s->job->in;
    if (in->kind != TARGET_ANGLE) {
        for (int k = 0; k < in->n_targets; k++)
            TRY(add(s, FACTOR_QUANTILES, in->targets[k], -1));
        return STINT_OK;
    }
    TRY(add(s, FACTOR_SECTORS, in->targets[0], in->n_targets > 1 ? in->targets[1] : -1));
    return in->n_targets > 1 ? add(s, FACTOR_MAGNITUDE, in->targets[0], in->targets[1]) : STINT_OK;
}

static stint_status choose_factors(strata *s)
{
    const split_settings *set = s->job->settings;
    s->of_class = s->job->in->kind == TARGET_CLASS;
    if (s->of_class)
        TRY(add(s, FACTOR_CLASS, s->job->in->targets[0], -1));
    for (int i = 0; set->stratify && set->stratify[i]; i++)
        TRY(add_listed(s, set->stratify[i]));
    bool listed = set->stratify && set->stratify[0];
    bool targets = !s->of_class && s->job->in->kind != TARGET_LABELS;
    return targets && !listed && set->bins > 0 ? add_targets(s) : STINT_OK;
}

/* --- their codes ---------------------------------------------------------------------------- */

/* Sectors' bounds are points of this grid, which many numbers of sectors divide: an angle on a
 * bound falls to the same side however its last bit was rounded. */
#define SECTOR_GRID INT64_C(720720000)

static uint64_t sector_of(const split_job *j, double sine, double cosine, bool two)
{
    double period = j->in->period;
    double turns = (two ? angle_of(sine, cosine, period) : sine) / period;
    if (!isfinite(turns))
        return (uint64_t)j->settings->bins;
    int64_t at = llround((turns - floor(turns)) * (double)SECTOR_GRID) % SECTOR_GRID;
    return (uint64_t)(at * j->settings->bins / SECTOR_GRID);
}

/* A factor's numbers of one chunk into cells: what a code is made from.  Lengths are rounded
 * to single precision, so that those of one length do not differ by how they were computed. */
static void factor_cells(strata *s, const factor *f, int64_t chunk)
{
    split_job *j = s->job;
    int64_t n = colfile_chunk_rows(j->in->file, chunk);
    if (f->kind == FACTOR_CLASS)
        split_cells(j, f->column, chunk);
    else
        split_cells_ordered(j, f->column, chunk);
    if (f->cosine >= 0)
        colfile_read(j->in->file, f->cosine, chunk, 0, n, s->cosines, 1);
    if (f->kind == FACTOR_MAGNITUDE)
        for (int64_t i = 0; i < n; i++)
            j->cells[i] = split_ordered((float)hypot(j->values[i], s->cosines[i]));
    if (f->kind == FACTOR_SECTORS)
        for (int64_t i = 0; i < n; i++)
            j->cells[i] =
                sector_of(j, j->values[i], f->cosine < 0 ? 0 : s->cosines[i], f->cosine >= 0);
}

/* Bin i starts at the value of rank n i / bins; equal values are in one bin: the last that
 * starts at or below them. */
static stint_status quantiles_open(strata *s, factor *f)
{
    split_job *j = s->job;
    int bins = j->settings->bins;
    int64_t m = 0;
    uint64_t *values = mem_new(j->ctx, TAG_SPLIT, uint64_t, j->n);
    f->starts = mem_new(j->ctx, TAG_SPLIT, uint64_t, bins);
    if (values && f->starts) {
        for (int64_t chunk = 0; chunk < j->in->file->chunks; chunk++) {
            int64_t base = chunk * COLFILE_CHUNK_ROWS;
            factor_cells(s, f, chunk);
            for (int64_t i = 0; i < colfile_chunk_rows(j->in->file, chunk); i++)
                if (split_is_dealt(j->part[base + i]))
                    values[m++] = j->cells[i];
        }
        split_sort(values, m);
        for (int i = 0; i < bins && m > 0; i++)
            f->starts[i] = values[m * i / bins];
    }
    mem_free(values);
    f->codes = bins;
    return values && f->starts ? STINT_OK : STINT_ENOMEM;
}

static int64_t quantile_of(const factor *f, uint64_t cell)
{
    int64_t low = 0, high = f->codes;
    while (high - low > 1) {
        int64_t middle = (low + high) / 2;
        if (f->starts[middle] <= cell)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static stint_status factor_open(strata *s, factor *f)
{
    if (f->kind == FACTOR_CLASS) {
        TRY(split_levels_open(s->job, f->column, &f->levels));
        f->codes = f->levels.ids.n;
    } else if (f->kind == FACTOR_SECTORS) {
        f->codes = s->job->settings->bins + 1; /* the last for what is no angle */
    } else {
        TRY(quantiles_open(s, f));
    }
    return STINT_OK;
}

static uint64_t factor_code(const factor *f, uint64_t cell)
{
    if (f->kind == FACTOR_CLASS)
        return split_level(&f->levels, cell);
    return f->kind == FACTOR_SECTORS ? cell : (uint64_t)quantile_of(f, cell);
}

/* Call visit(…, row, code of the factor) for each row that is dealt. */
typedef void code_visit(strata *s, const factor *f, int64_t row, uint64_t code, void *to);

static void each_code(strata *s, const factor *f, code_visit *visit, void *to)
{
    split_job *j = s->job;
    for (int64_t chunk = 0; chunk < j->in->file->chunks; chunk++) {
        int64_t base = chunk * COLFILE_CHUNK_ROWS;
        factor_cells(s, f, chunk);
        for (int64_t i = 0; i < colfile_chunk_rows(j->in->file, chunk); i++)
            if (split_is_dealt(j->part[base + i]))
                visit(s, f, base + i, factor_code(f, j->cells[i]), to);
    }
}

/* --- combining -------------------------------------------------------------------------------- */

typedef struct combinations {
    uint64_t *at; /* those that occur, ascending */
    int64_t n;
} combinations;

static void note_first(strata *s, const factor *f, int64_t row, uint64_t code, void *to)
{
    (void)f;
    (void)to;
    s->job->stratum[row] = (uint32_t)code;
}

static uint64_t combined(const strata *s, const factor *f, int64_t row, uint64_t code)
{
    return (uint64_t)s->job->stratum[row] * (uint64_t)f->codes + code;
}

static void note_combination(strata *s, const factor *f, int64_t row, uint64_t code, void *to)
{
    combinations *all = to;
    all->at[all->n++] = combined(s, f, row, code);
}

static void number_combination(strata *s, const factor *f, int64_t row, uint64_t code, void *to)
{
    const combinations *all = to;
    s->job->stratum[row] = (uint32_t)split_rank(all->at, all->n, combined(s, f, row, code));
}

static stint_status combine(strata *s, const factor *f)
{
    combinations all = {mem_new(s->job->ctx, TAG_SPLIT, uint64_t, s->job->n), 0};
    if (!all.at)
        return STINT_ENOMEM;
    each_code(s, f, note_combination, &all);
    split_sort(all.at, all.n);
    all.n = split_unique(all.at, all.n);
    each_code(s, f, number_combination, &all);
    s->job->strata = all.n;
    mem_free(all.at);
    return STINT_OK;
}

/* --- merging rare combinations ------------------------------------------------------------------ */

typedef struct merging {
    uint32_t *rows;   /* [strata] */
    uint32_t *lead;   /* [strata] code of the first factor, ascending */
    uint32_t *number; /* [strata] what each becomes */
    int64_t rare;
} merging;

static void note_lead(strata *s, const factor *f, int64_t row, uint64_t code, void *to)
{
    merging *m = to;
    uint32_t stratum = s->job->stratum[row];
    (void)f;
    m->lead[stratum] = (uint32_t)code;
    m->rows[stratum]++;
}

/* Fill one stratum after the other with at least so many rows, within each run of equal `lead`
 * (NULL = all are one run).  What is left at a run's end joins the stratum before, if that is
 * in the run.  number[i] <= i is what stratum i becomes; returns how many there are then. */
static int64_t fill(const uint32_t *rows, const uint32_t *lead, int64_t n, int64_t least,
                    uint32_t *number)
{
    int64_t made = 0;
    for (int64_t from = 0, end; from < n; from = end) {
        int64_t first = made, filled = least;
        for (end = from; end < n && (!lead || lead[end] == lead[from]); end++) {
            if (filled >= least) {
                made++;
                filled = 0;
            }
            filled += rows[end];
            number[end] = (uint32_t)(made - 1);
        }
        if (filled >= least || made - first < 2)
            continue;
        made--;
        for (int64_t i = end - 1; number[i] == made; i--)
            number[i]--;
    }
    return made;
}

/* First within the codes of the first factor, then those that are too small as a whole with
 * the next.  So classes that have to be in every part stay apart: they have rows enough. */
static int64_t merge_rare(const split_job *j, merging *m)
{
    int64_t least = j->parts + 1;
    for (int64_t i = 0; i < j->strata; i++)
        m->rare += m->rows[i] < least;
    int64_t made = fill(m->rows, m->lead, j->strata, least, m->number);
    for (int64_t i = 0; i < j->strata; i++) {
        uint32_t rows = m->rows[i];
        m->rows[i] = 0;
        m->rows[m->number[i]] += rows;
    }
    made = fill(m->rows, NULL, made, least, m->lead);
    for (int64_t i = 0; i < j->strata; i++)
        m->number[i] = m->lead[m->number[i]];
    return made;
}

static stint_status merge(strata *s)
{
    split_job *j = s->job;
    merging m = {.rows = mem_new(j->ctx, TAG_SPLIT, uint32_t, j->strata),
                 .lead = mem_new(j->ctx, TAG_SPLIT, uint32_t, j->strata),
                 .number = mem_new(j->ctx, TAG_SPLIT, uint32_t, j->strata)};
    bool whole = m.rows && m.lead && m.number;
    if (whole) {
        each_code(s, &s->factors.at[0], note_lead, &m);
        int64_t before = j->strata;
        j->strata = merge_rare(j, &m);
        for (int64_t i = 0; i < j->n; i++)
            if (split_is_dealt(j->part[i]))
                j->stratum[i] = m.number[j->stratum[i]];
        if (j->strata < before)
            str_print(j->notes, sizeof j->notes,
                      "%lld of %lld strata had fewer than %d rows and were merged with others; "
                      "%lld are left",
                      (long long)m.rare, (long long)before, j->parts + 1, (long long)j->strata);
    }
    mem_free(m.rows);
    mem_free(m.lead);
    mem_free(m.number);
    return whole ? STINT_OK : STINT_ENOMEM;
}

/* --- classes ------------------------------------------------------------------------------------ */

static void note_class(strata *s, const factor *f, int64_t row, uint64_t code, void *to)
{
    int64_t *rows = to;
    (void)f;
    rows[code]++;
    s->job->class_of[s->job->stratum[row]] = (uint32_t)code;
}

static stint_status few_of_a_class(split_job *j, const factor *f, int64_t class, int64_t rows)
{
    char text[SPLIT_TEXT_SIZE];
    return fail(j->ctx, STINT_EDATA,
                "class %s of column \"%s\" has %lld row%s, fewer than the %d parts (%d folds and "
                "the test); give it more rows, ask for fewer folds, or set split.missing_class: "
                "allow",
                split_cell_text(j, f->column, f->levels.first.at[class], text),
                j->in->file->columns[f->column].name, (long long)rows, rows == 1 ? "" : "s",
                j->parts + 1, j->folds);
}

/* The class of each stratum; classes too small to be in every part are refused. */
static stint_status classes_note(strata *s)
{
    split_job *j = s->job;
    const factor *f = &s->factors.at[0];
    stint_status status = STINT_OK;
    int64_t *rows = mem_new(j->ctx, TAG_SPLIT, int64_t, f->codes);
    j->class_of = mem_new(j->ctx, TAG_SPLIT, uint32_t, j->strata);
    if (rows && j->class_of)
        each_code(s, f, note_class, rows);
    else
        status = STINT_ENOMEM;
    for (int64_t i = 0; status == STINT_OK && i < f->codes; i++)
        if (rows[i] > 0 && rows[i] <= j->parts)
            status = few_of_a_class(j, f, i, rows[i]);
    mem_free(rows);
    return status;
}

static stint_status strata_make(strata *s)
{
    split_job *j = s->job;
    TRY(choose_factors(s));
    if (s->factors.n == 0)
        return STINT_OK;
    j->stratum = mem_new(j->ctx, TAG_SPLIT, uint32_t, j->n);
    s->cosines = mem_new(j->ctx, TAG_SPLIT, double, COLFILE_CHUNK_ROWS);
    if (!j->stratum || !s->cosines)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < s->factors.n; i++)
        TRY(factor_open(s, &s->factors.at[i]));
    each_code(s, &s->factors.at[0], note_first, NULL);
    j->strata = s->factors.at[0].codes;
    for (int64_t i = 1; i < s->factors.n; i++)
        TRY(combine(s, &s->factors.at[i]));
    /* what parts have of each stratum is counted for groups, in no more memory than rows take */
    if (s->factors.n > 1 || (j->group && j->strata > j->n / (j->parts + 1)))
        TRY(merge(s));
    return s->of_class && !j->settings->missing_class ? classes_note(s) : STINT_OK;
}

stint_status split_strata(split_job *j)
{
    strata s = {.job = j};
    stint_status status = strata_make(&s);
    for (int64_t i = 0; i < s.factors.n; i++) {
        split_levels_close(&s.factors.at[i].levels);
        mem_free(s.factors.at[i].starts);
    }
    vec_free(&s.factors);
    mem_free(s.cosines);
    return status;
}
