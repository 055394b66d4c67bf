#include "data/split_impl.h"
#include "data/table.h"

#include <string.h>

/* Whole groups to one part.  The largest first, equally large ones by random number, each goes
 * to the part that lacks most of what the group holds: the one for which
 *
 *     sum over strata s of (rows of s in p - share of p * rows of s)^2 / rows of s
 *
 * ends lowest over all parts.  What a group adds to one part or another differs by the sum over
 * its rows of have[p][s] / rows[s] - share[p], which is what is compared, in whole numbers; of
 * equal parts the first is taken.  When as many groups are left as parts are empty, they go to
 * the empty parts: no part stays empty. */

/* A share of everything.  A row's term is within one of it, and there are less than 2^32 rows,
 * so that sums stay within 63 bits. */
#define SHARE_ONE (INT64_C(1) << 31)

typedef struct assigning {
    split_job *job;
    uint32_t *starts; /* [groups + 2] group g's rows are rows[starts[g]] … */
    uint32_t *rows;   /* [kept rows], by group */
    uint32_t *order;  /* [groups] */
    uint32_t *have;   /* [parts + 1][strata] */
    uint32_t *all;    /* [strata] rows of each */
    int64_t share[SPLIT_FOLDS_MOST + 2];
    int64_t groups_in[SPLIT_FOLDS_MOST + 2];
} assigning;

/* --- numbering the groups --------------------------------------------------------------------- */

/* The cells of kept rows, each once, ascending; *n of them. */
static stint_status group_cells(split_job *j, uint64_t *cells, int64_t *n)
{
    int64_t m = 0;
    for (int64_t chunk = 0; chunk < j->in->file->chunks; chunk++) {
        int64_t base = chunk * COLFILE_CHUNK_ROWS;
        split_cells(j, j->group_column, chunk);
        for (int64_t i = 0; i < colfile_chunk_rows(j->in->file, chunk); i++) {
            if (j->part[base + i] == SPLIT_NONE)
                continue;
            if (j->cells[i] == CELL_MISSING)
                return table_fail(j->ctx, j->in->file, j->group_column, base + i,
                                  "the cell is missing, so the row belongs to no group; fill it "
                                  "in, or leave the row out");
            cells[m++] = j->cells[i];
        }
    }
    split_sort(cells, m);
    *n = split_unique(cells, m);
    return STINT_OK;
}

static void number_by_value(split_job *j, const uint64_t *cells)
{
    for (int64_t chunk = 0; chunk < j->in->file->chunks; chunk++) {
        int64_t base = chunk * COLFILE_CHUNK_ROWS;
        split_cells(j, j->group_column, chunk);
        for (int64_t i = 0; i < colfile_chunk_rows(j->in->file, chunk); i++)
            if (j->part[base + i] != SPLIT_NONE)
                j->group[base + i] = (uint32_t)split_rank(cells, j->groups, j->cells[i]);
    }
}

/* By appearance instead of by value, so that texts and numbers that say the same do the same. */
static stint_status number_by_appearance(split_job *j)
{
    uint32_t *number = mem_new(j->ctx, TAG_SPLIT, uint32_t, j->groups);
    uint32_t seen = 0; /* numbers count from 1 here */
    if (!number)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < j->n; i++) {
        if (j->part[i] == SPLIT_NONE)
            continue;
        uint32_t *of = &number[j->group[i]];
        *of = *of ? *of : ++seen;
        j->group[i] = *of - 1;
    }
    mem_free(number);
    return STINT_OK;
}

stint_status split_groups_open(split_job *j)
{
    TRY(split_column_find(j, "split.group", j->settings->group, &j->group_column));
    uint64_t *cells = mem_new(j->ctx, TAG_SPLIT, uint64_t, j->n);
    j->group = mem_new(j->ctx, TAG_SPLIT, uint32_t, j->n);
    stint_status s = cells && j->group ? group_cells(j, cells, &j->groups) : STINT_ENOMEM;
    if (s == STINT_OK)
        number_by_value(j, cells);
    mem_free(cells);
    if (s == STINT_OK && j->groups < 2)
        s = fail(j->ctx, STINT_EDATA,
                 "split.group: all rows are of one group, as column \"%s\" has one value; choose "
                 "another column",
                 j->settings->group);
    return s == STINT_OK ? number_by_appearance(j) : s;
}

/* --- refusals ---------------------------------------------------------------------------------- */

static stint_status fail_apart(split_job *j, int64_t first, int64_t second)
{
    char a[600], b[600], x[SPLIT_TEXT_SIZE], y[SPLIT_TEXT_SIZE];
    TRY(split_row_text(j, first, a, sizeof a));
    TRY(split_row_text(j, second, b, sizeof b));
    return fail(j->ctx, STINT_EDATA,
                "%s and %s are equal but of the groups %s and %s of column \"%s\"; leave one out, "
                "or set split.duplicates: allow",
                a, b, split_cell_text(j, j->group_column, first, x),
                split_cell_text(j, j->group_column, second, y), j->settings->group);
}

/* Equal rows that have to stay together cannot be of different groups. */
static stint_status equal_rows(split_job *j)
{
    if (!j->in->rows || j->settings->duplicates != SPLIT_TOGETHER)
        return STINT_OK;
    for (int64_t chunk = 0; chunk < j->in->rows->chunks; chunk++) {
        int64_t base = chunk * COLFILE_CHUNK_ROWS;
        split_first_rows(j, chunk);
        for (int64_t i = 0; i < colfile_chunk_rows(j->in->rows, chunk); i++) {
            int64_t row = base + i, first = (int64_t)j->values[i];
            if (j->part[row] != SPLIT_NONE && j->part[first] != SPLIT_NONE &&
                j->group[row] != j->group[first])
                return fail_apart(j, first, row);
        }
    }
    return STINT_OK;
}

static stint_status few_groups(const split_job *j)
{
    if (j->groups > j->parts)
        return STINT_OK;
    return fail(j->ctx, STINT_EDATA,
                "split.group: the %lld groups of column \"%s\" are fewer than the %d parts (%d "
                "folds and the test); ask for fewer folds, or choose another column",
                (long long)j->groups, j->settings->group, j->parts + 1, j->folds);
}

/* --- assigning --------------------------------------------------------------------------------- */

static uint32_t stratum_of(const split_job *j, uint32_t row)
{
    return j->stratum ? j->stratum[row] : 0;
}

static void rows_by_group(assigning *a)
{
    const split_job *j = a->job;
    for (int64_t i = 0; i < j->n; i++)
        if (j->part[i] != SPLIT_NONE)
            a->starts[j->group[i] + 2]++;
    for (int64_t g = 2; g < j->groups + 2; g++)
        a->starts[g] += a->starts[g - 1];
    for (int64_t i = 0; i < j->n; i++)
        if (j->part[i] != SPLIT_NONE)
            a->rows[a->starts[j->group[i] + 1]++] = (uint32_t)i;
}

static void shares(assigning *a)
{
    const split_job *j = a->job;
    int64_t test = (int64_t)(j->settings->test * (double)SHARE_ONE + 0.5);
    for (int p = 0; p < j->folds; p++)
        a->share[p] = (SHARE_ONE - test) * (p + 1) / j->folds - (SHARE_ONE - test) * p / j->folds;
    a->share[j->parts] = test;
}

/* How much more than its share part p has of what the group holds. */
static int64_t surplus(const assigning *a, uint32_t group, int p)
{
    const split_job *j = a->job;
    const uint32_t *have = a->have + (int64_t)p * j->strata;
    int64_t sum = 0;
    for (uint32_t i = a->starts[group]; i < a->starts[group + 1]; i++) {
        uint32_t s = stratum_of(j, a->rows[i]);
        sum += (int64_t)have[s] * SHARE_ONE / a->all[s] - a->share[p];
    }
    return sum;
}

static void group_to(assigning *a, uint32_t group, int p)
{
    split_job *j = a->job;
    for (uint32_t i = a->starts[group]; i < a->starts[group + 1]; i++) {
        a->have[(int64_t)p * j->strata + stratum_of(j, a->rows[i])]++;
        j->part[a->rows[i]] = (uint8_t)p;
    }
    a->groups_in[p]++;
}

static void groups_deal(assigning *a)
{
    const split_job *j = a->job;
    int64_t empty = j->parts + 1;
    for (int64_t i = 0; i < j->groups; i++) {
        bool must_fill = j->groups - i <= empty;
        int64_t least = 0;
        int best = -1;
        for (int p = 0; p <= j->parts; p++) {
            if (must_fill && a->groups_in[p] > 0)
                continue;
            int64_t now = surplus(a, a->order[i], p);
            if (best < 0 || now < least) {
                best = p;
                least = now;
            }
        }
        empty -= a->groups_in[best] == 0;
        group_to(a, a->order[i], best);
    }
}

static stint_status order_open(assigning *a)
{
    const split_job *j = a->job;
    uint64_t *ids = mem_new(j->ctx, TAG_SPLIT, uint64_t, j->groups);
    a->order = mem_new(j->ctx, TAG_SPLIT, uint32_t, j->groups);
    bool whole = ids && a->order;
    if (whole) {
        for (int64_t g = 0; g < j->groups; g++)
            ids[g] = (uint64_t)g;
        split_shuffle(ids, j->groups, (rng){j->settings->seed, RNG_SPLIT}, a->starts);
        for (int64_t g = 0; g < j->groups; g++)
            a->order[g] = (uint32_t)ids[g];
    }
    mem_free(ids);
    return whole ? STINT_OK : STINT_ENOMEM;
}

static stint_status assign(assigning *a)
{
    split_job *j = a->job;
    ctx *c = j->ctx;
    a->starts = mem_new(c, TAG_SPLIT, uint32_t, j->groups + 2);
    a->rows = mem_new(c, TAG_SPLIT, uint32_t, j->n);
    if (!a->starts || !a->rows)
        return STINT_ENOMEM;
    rows_by_group(a);
    mem_free(j->group);
    j->group = NULL;
    TRY(order_open(a));
    a->have = mem_new(c, TAG_SPLIT, uint32_t, (j->parts + 1) * j->strata);
    a->all = mem_new(c, TAG_SPLIT, uint32_t, j->strata);
    if (!a->have || !a->all)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < a->starts[j->groups]; i++)
        a->all[stratum_of(j, a->rows[i])]++;
    shares(a);
    groups_deal(a);
    return STINT_OK;
}

stint_status split_by_groups(split_job *j)
{
    assigning a = {.job = j};
    TRY(few_groups(j));
    TRY(equal_rows(j));
    TRY(split_strata(j));
    stint_status s = assign(&a);
    mem_free(a.starts);
    mem_free(a.rows);
    mem_free(a.order);
    mem_free(a.have);
    mem_free(a.all);
    return s;
}
