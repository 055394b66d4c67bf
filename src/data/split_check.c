#include "data/split_impl.h"

#include <string.h>

/* Whether parts are fit to learn from and to be measured on, seen from the parts alone, however
 * they were made: none empty, no group in two, each class wherever it is learned or measured, equal
 * rows together.  Groups and classes are read from the columns again. */

static stint_status sizes(split_job *j)
{
    const split_settings *set = j->settings;
    int64_t in[SPLIT_FOLDS_MOST + 2] = {0}, rows = 0;
    for (int64_t i = 0; i < j->n; i++)
        if (j->part[i] != SPLIT_NONE) {
            if (j->part[i] > j->parts)
                return fail(j->ctx, STINT_EFAIL, "row %lld was given part %d of %d",
                            (long long)i + 1, j->part[i], j->parts);
            in[j->part[i]]++;
            rows++;
        }
    for (int p = 0; p < j->parts; p++)
        if (in[p] == 0 && set->kind == SPLIT_TIME)
            return fail(j->ctx, STINT_EDATA,
                        "split.folds: %lld rows have too few different times for %d folds, which "
                        "take %d parts and the test: part %d is empty; ask for fewer folds",
                        (long long)rows, j->folds, j->parts, p);
        else if (in[p] == 0)
            return fail(j->ctx, STINT_EDATA,
                        "split.folds: %d folds of %lld rows, %g of them for the test, leave fold "
                        "%d empty; ask for fewer folds",
                        j->folds, (long long)rows, set->test, p);
    if (in[j->parts] >= 2)
        return STINT_OK;
    if (set->kind == SPLIT_COLUMN)
        return fail(j->ctx, STINT_EDATA,
                    "split.column: \"%s\" gives %lld rows to the test; it needs at least 2",
                    set->column, (long long)in[j->parts]);
    return fail(j->ctx, STINT_EDATA,
                "split.test: a share of %g of %lld rows leaves %lld for the test; it needs at "
                "least 2",
                set->test, (long long)rows, (long long)in[j->parts]);
}

/* --- groups --------------------------------------------------------------------------------- */

static stint_status fail_group(split_job *j, int64_t row)
{
    char group[SPLIT_TEXT_SIZE], a[SPLIT_TEXT_SIZE], b[SPLIT_TEXT_SIZE], x[600], y[600];
    int64_t other = 0;
    while (j->part[other] == SPLIT_NONE || j->group[other] != j->group[row])
        other++;
    TRY(split_row_text(j, other, x, sizeof x));
    TRY(split_row_text(j, row, y, sizeof y));
    return fail(j->ctx, STINT_EDATA,
                "split.group: group %s of column \"%s\" is in two parts: %s in %s, %s in %s; "
                "choose another way to split, or no group",
                split_cell_text(j, j->group_column, row, group), j->settings->group, x,
                split_part_text(j, j->part[other], a), y, split_part_text(j, j->part[row], b));
}

static stint_status groups_whole(split_job *j)
{
    if (!j->settings->group || !j->settings->group[0])
        return STINT_OK;
    if (!j->group)
        TRY(split_groups_open(j));
    uint8_t *of = mem_new(j->ctx, TAG_SPLIT, uint8_t, j->groups);
    int64_t bad = -1;
    if (!of)
        return STINT_ENOMEM;
    memset(of, SPLIT_NONE, (size_t)j->groups);
    for (int64_t i = 0; bad < 0 && i < j->n; i++) {
        if (j->part[i] == SPLIT_NONE)
            continue;
        uint8_t *part = &of[j->group[i]];
        *part = *part == SPLIT_NONE ? j->part[i] : *part;
        bad = *part == j->part[i] ? -1 : i;
    }
    mem_free(of);
    return bad < 0 ? STINT_OK : fail_group(j, bad);
}

/* --- classes -------------------------------------------------------------------------------- */

typedef struct part_set {
    uint64_t bits[2]; /* SPLIT_FOLDS_MOST + 2 parts */
} part_set;

static bool has(const part_set *s, int part)
{
    return s->bits[part / 64] >> (part % 64) & 1;
}

static stint_status fail_class(split_job *j, const split_levels *l, int64_t class,
                               const char *where)
{
    char text[SPLIT_TEXT_SIZE];
    return fail(j->ctx, STINT_EDATA,
                "class %s of column \"%s\" is missing in %s; ask for fewer folds%s, or set "
                "split.missing_class: allow",
                split_cell_text(j, l->column, l->first.at[class], text),
                j->in->file->columns[l->column].name, where,
                j->settings->kind == SPLIT_RANDOM ? " or another split.seed" : "");
}

static stint_status class_everywhere(split_job *j, const split_levels *l, const part_set *in,
                                     int64_t class)
{
    char text[SPLIT_TEXT_SIZE], where[SPLIT_TEXT_SIZE + 32];
    split shape = {.kind = j->settings->kind, .folds = j->folds, .parts = j->parts};
    if (!has(in, j->parts))
        return fail_class(j, l, class, "the test part");
    for (int fold = 0; fold < j->folds; fold++) {
        int held = split_held_out(&shape, fold);
        bool trained = false;
        for (int p = 0; p < j->parts; p++)
            trained = trained || (has(in, p) && split_trains(&shape, fold, p));
        if (!has(in, held))
            return fail_class(j, l, class, split_part_text(j, held, text));
        str_print(where, sizeof where, "the rows that fold %d is trained on", fold);
        if (!trained)
            return fail_class(j, l, class, where);
    }
    return STINT_OK;
}

static stint_status classes_look(split_job *j, const split_levels *l, part_set *in)
{
    for (int64_t chunk = 0; chunk < j->in->file->chunks; chunk++) {
        const uint8_t *part = j->part + chunk * COLFILE_CHUNK_ROWS;
        split_cells(j, l->column, chunk);
        for (int64_t i = 0; i < colfile_chunk_rows(j->in->file, chunk); i++)
            if (part[i] != SPLIT_NONE)
                in[split_level(l, j->cells[i])].bits[part[i] / 64] |= (uint64_t)1 << part[i] % 64;
    }
    for (int64_t class = 0; class < l->ids.n; class ++)
        TRY(class_everywhere(j, l, &in[class], class));
    return STINT_OK;
}

static stint_status classes_present(split_job *j)
{
    split_levels l;
    if (j->in->kind != TARGET_CLASS || j->settings->missing_class)
        return STINT_OK;
    stint_status s = split_levels_open(j, j->in->targets[0], &l);
    part_set *in = s == STINT_OK ? mem_new(j->ctx, TAG_SPLIT, part_set, l.ids.n) : NULL;
    if (s == STINT_OK)
        s = in ? classes_look(j, &l, in) : STINT_ENOMEM;
    mem_free(in);
    split_levels_close(&l);
    return s;
}

/* --- equal rows ----------------------------------------------------------------------------- */

static stint_status fail_equal(split_job *j, int64_t first, int64_t second, int a, int b)
{
    char x[600], y[600], p[SPLIT_TEXT_SIZE], q[SPLIT_TEXT_SIZE];
    TRY(split_row_text(j, first, x, sizeof x));
    TRY(split_row_text(j, second, y, sizeof y));
    return fail(j->ctx, STINT_EDATA,
                "%s and %s are equal but in two parts, %s and %s; leave one out, or set "
                "split.duplicates: allow",
                x, y, split_part_text(j, a, p), split_part_text(j, b, q));
}

/* A first row that is left out notes, for the time of the check, the part of those that repeat it. */
#define NOTED 128

static stint_status equal_rows_together(split_job *j)
{
    stint_status s = STINT_OK;
    if (!j->in->rows || j->settings->duplicates == SPLIT_ALLOW)
        return STINT_OK;
    for (int64_t chunk = 0; s == STINT_OK && chunk < j->in->rows->chunks; chunk++) {
        int64_t base = chunk * COLFILE_CHUNK_ROWS, n = colfile_chunk_rows(j->in->rows, chunk);
        split_first_rows(j, chunk);
        for (int64_t i = 0; s == STINT_OK && i < n; i++) {
            uint8_t mine = j->part[base + i], *first = &j->part[(int64_t)j->values[i]];
            if (mine >= NOTED)
                continue;
            if (*first == SPLIT_NONE)
                *first = NOTED | mine;
            else if ((*first & ~NOTED) != mine)
                s = fail_equal(j, (int64_t)j->values[i], base + i, *first & ~NOTED, mine);
        }
    }
    for (int64_t i = 0; i < j->n; i++)
        if (j->part[i] >= NOTED)
            j->part[i] = SPLIT_NONE;
    return s;
}

stint_status split_check(split_job *j)
{
    TRY(sizes(j));
    TRY(groups_whole(j));
    TRY(classes_present(j));
    return equal_rows_together(j);
}
