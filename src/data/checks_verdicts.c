#include "data/checks_impl.h"

#include "data/table.h"

#include <math.h>
#include <stdio.h>

/* What the facts mean under each policy.  The lines' order is that of the calls in checks_judge.
 * A warning names rows by their number; a failure names file and line. */

static stint_status say(checking *k, const char *name, check_result result, const char *details)
{
    if (!details)
        return STINT_ENOMEM;
    k->out->at[k->out->n++] = (check){name, result, details};
    return STINT_OK;
}

static check_result result_of(check_policy policy)
{
    return policy == POLICY_WARN ? CHECK_WARNED : CHECK_MENDED;
}

#define VALUE_SIZE 96

/* A cell as its column writes it. */
static const char *value_text(const checking *k, const look *l, double value, char out[VALUE_SIZE])
{
    const colfile_column *info = &k->in->file->columns[l->column];
    if (isnan(value))
        snprintf(out, VALUE_SIZE, "missing");
    else if (info->kind == COLUMN_BOOL)
        snprintf(out, VALUE_SIZE, "%s", value != 0 ? "true" : "false");
    else if (info->kind == COLUMN_TEXT && value >= 0 && value < (double)info->dictionary_n)
        snprintf(out, VALUE_SIZE, "\"%.80s\"", info->dictionary[(int64_t)value]);
    else
        str_format_double(out, value);
    return out;
}

static double cell_at(const checking *k, const look *l, int64_t row)
{
    double value;
    colfile_read(k->in->file, l->column, row / COLFILE_CHUNK_ROWS, row % COLFILE_CHUNK_ROWS, 1,
                 &value, 1);
    return value;
}

static const char *plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

/* Cells of some kind in all columns: how many, in how many columns, which is the first. */
typedef struct cell_count {
    int64_t cells, row;
    int columns;
    const look *first;
} cell_count;

static void count_cells(cell_count *to, const look *l, int64_t cells, int64_t row)
{
    if (cells == 0)
        return;
    if (!to->first || row < to->row) {
        to->first = l;
        to->row = row;
    }
    to->cells += cells;
    to->columns++;
}

/* --- types --------------------------------------------------------------------------------- */

static stint_status judge_types(checking *k)
{
    const colfile *f = k->in->file;
    int n = 0, first = -1, targets = k->in->n_targets;
    for (int i = f->n_columns - 1; i >= 0; i--)
        if (k->dropped[i]) {
            n++;
            first = i;
        }
    if (n > 0)
        return say(k, "types", CHECK_MENDED,
                   arena_printf(&k->out->arena,
                                "%d column%s of text that nothing encodes left out, the first is "
                                "\"%s\"; %d features are looked at",
                                n, plural(n), f->columns[first].name, k->n_features));
    int texts = 0, packed = 0;
    for (int i = 0; i < k->n_looks; i++) {
        texts += k->looks[i].feature && !k->looks[i].number;
        packed += k->looks[i].packed_feature;
    }
    if (packed > 0)
        return say(k, "types", CHECK_PASSED,
                   arena_printf(&k->out->arena,
                                "%d columns: %d of numbers, %d of text to encode, %d of bits",
                                k->n_features, k->n_features - texts - packed, texts, packed));
    if (texts > 0)
        return say(k, "types", CHECK_PASSED,
                   arena_printf(&k->out->arena, "%d features: %d of numbers, %d of text to encode",
                                k->n_features, k->n_features - texts, texts));
    if (k->in->kind == TARGET_LABELS)
        return say(k, "types", CHECK_PASSED,
                   arena_printf(&k->out->arena, "%d features are numbers, the target is labels",
                                k->n_features));
    const char *what = targets == 1 && !k->looks[0].number ? "texts" : "numbers";
    return say(k, "types", CHECK_PASSED,
               what[0] == 't'
                   ? arena_printf(&k->out->arena, "%d features are numbers, the target is text",
                                  k->n_features)
                   : arena_printf(&k->out->arena, "%d features and %d target%s are numbers",
                                  k->n_features, targets, plural(targets)));
}

/* --- ranges -------------------------------------------------------------------------------- */

static stint_status fail_range(checking *k, const look *l, const column_facts *f)
{
    char value[VALUE_SIZE], low[STR_DOUBLE_SIZE], high[STR_DOUBLE_SIZE];
    value_text(k, l, cell_at(k, l, f->first_outside), value);
    str_format_double(low, l->low);
    str_format_double(high, l->high);
    return table_fail(k->ctx, k->in->file, l->column, f->first_outside,
                      "%s lies outside of [%s, %s] (%lld such in this column); correct the cells, "
                      "or set checks.outside: drop or warn",
                      value, low, high, (long long)f->outside);
}

static stint_status judge_ranges(checking *k)
{
    cell_count bad = {0};
    char value[VALUE_SIZE];
    int ranged = 0;
    for (int i = 0; i < k->n_looks; i++) {
        const look *l = &k->looks[i];
        ranged += l->ranged;
        if (k->s->outside == POLICY_ERROR && k->facts[i].outside > 0)
            return fail_range(k, l, &k->facts[i]);
        count_cells(&bad, l, k->facts[i].outside, k->facts[i].first_outside);
    }
    arena *a = &k->out->arena;
    if (ranged == 0)
        return say(k, "ranges", CHECK_PASSED, arena_strdup(a, "none are given"));
    if (bad.cells == 0)
        return say(k, "ranges", CHECK_PASSED,
                   arena_printf(a, "every cell of %d column%s lies within its range", ranged,
                                plural(ranged)));
    value_text(k, bad.first, cell_at(k, bad.first, bad.row), value);
    return say(
        k, "ranges", result_of(k->s->outside),
        arena_printf(a, "%lld cell%s of %d column%s outside, the first in row %lld: \"%s\" is %s%s",
                     (long long)bad.cells, plural(bad.cells), bad.columns, plural(bad.columns),
                     (long long)bad.row + 1, look_name(k, bad.first), value,
                     k->s->outside == POLICY_DROP ? "; their rows are left out" : ""));
}

/* --- missing or infinite ------------------------------------------------------------------- */

static stint_status fail_cells(checking *k, const look *l, const column_facts *f, bool missing,
                               bool infinite)
{
    int64_t n = (missing ? f->missing : 0) + (infinite ? f->infinite : 0);
    int64_t row = missing ? f->first_missing : f->first_infinite;
    if (missing && infinite && f->first_infinite < row)
        row = f->first_infinite;
    const char *what = !infinite ? "missing" : !missing ? "infinite" : "missing or infinite";
    return table_fail(k->ctx, k->in->file, l->column, row,
                      "%s (%lld such in this column); fill the cells, leave the rows out by "
                      "checks.%s: drop%s",
                      what, (long long)n, missing ? "missing" : "infinite",
                      l->target ? "" : ", or list the column under data.drop");
}

static stint_status judge_column_cells(checking *k, const look *l, const column_facts *f)
{
    bool missing =
        f->missing > 0 && (k->s->missing == POLICY_ERROR || k->s->missing == POLICY_WARN ||
                           (k->s->missing == POLICY_IGNORE && l->target));
    bool infinite = f->infinite > 0 && k->s->infinite != POLICY_DROP;
    if (f->missing == k->in->file->rows)
        return fail(k->ctx, STINT_EDATA, "column \"%s\" is missing in all %lld rows; %s",
                    look_name(k, l), (long long)f->missing,
                    l->target ? "choose another data.target" : "list it under data.drop");
    return missing || infinite ? fail_cells(k, l, f, missing, infinite) : STINT_OK;
}

static const char *cells_text(const checking *k, const cell_count *n, const char *what,
                              const char *done)
{
    return arena_printf(
        &k->out->arena, "%lld %s cell%s of %d column%s %s %s, the first in row %lld: \"%s\"",
        (long long)n->cells, what, plural(n->cells), n->columns, plural(n->columns),
        n->cells == 1 ? "is" : "are", done, (long long)n->row + 1, look_name(k, n->first));
}

static stint_status judge_missing(checking *k)
{
    static const char name[] = "missing or infinite cells";
    cell_count missing = {0}, infinite = {0};
    arena *a = &k->out->arena;
    for (int i = 0; i < k->n_looks; i++) {
        const look *l = &k->looks[i];
        const column_facts *f = &k->facts[i];
        TRY(judge_column_cells(k, l, f));
        count_cells(&missing, l, f->missing, f->first_missing);
        count_cells(&infinite, l, f->infinite, f->first_infinite);
    }
    if (missing.cells + infinite.cells == 0)
        return say(k, name, CHECK_PASSED,
                   arena_printf(a, "none in %lld rows", (long long)k->in->file->rows));
    const char *leave = "left out with their rows", *of_missing = "", *of_infinite = "";
    if (missing.cells)
        of_missing =
            cells_text(k, &missing, "missing", k->s->missing == POLICY_DROP ? leave : "filled");
    if (infinite.cells)
        of_infinite = cells_text(k, &infinite, "infinite", leave);
    if (!of_missing || !of_infinite)
        return STINT_ENOMEM;
    return say(k, name, CHECK_MENDED,
               arena_printf(a, "%s%s%s", of_missing, *of_missing && *of_infinite ? "; " : "",
                            of_infinite));
}

/* --- duplicates ---------------------------------------------------------------------------- */

static stint_status judge_duplicates(checking *k, duplicate_facts *d)
{
    static const char name[] = "duplicate rows";
    arena *a = &k->out->arena;
    *d = (duplicate_facts){0, -1, -1};
    if (!k->rows)
        return say(k, name, CHECK_PASSED, arena_strdup(a, "not looked for"));
    TRY(rows_repeats(k, k->rows, k->s->duplicates == POLICY_DROP, d));
    if (d->duplicates == 0)
        return say(k, name, CHECK_PASSED, arena_strdup(a, "no two rows are equal"));
    if (k->s->duplicates == POLICY_ERROR)
        return table_fail(k->ctx, k->in->file,
                          k->looks[k->n_features ? k->in->n_targets : 0].column, d->second,
                          "the row repeats row %lld (%lld such rows); remove them, or set "
                          "checks.duplicates: drop or warn",
                          (long long)d->first + 1, (long long)d->duplicates);
    return say(k, name, result_of(k->s->duplicates),
               arena_printf(
                   a, "%lld row%s an earlier one, the first is row %lld, which repeats row %lld%s",
                   (long long)d->duplicates, d->duplicates == 1 ? " repeats" : "s repeat",
                   (long long)d->second + 1, (long long)d->first + 1,
                   k->s->duplicates == POLICY_DROP ? "; left out" : ""));
}

static stint_status judge_key(checking *k, duplicate_facts *d)
{
    static const char name[] = "repeated keys";
    arena *a = &k->out->arena;
    *d = (duplicate_facts){0, -1, -1};
    if (!k->keys)
        return say(k, name, CHECK_PASSED, arena_strdup(a, "no key is given"));
    TRY(rows_repeats(k, k->keys, k->s->repeated_key == POLICY_DROP, d));
    if (d->duplicates == 0)
        return say(k, name, CHECK_PASSED, arena_strdup(a, "every row has a key of its own"));
    if (k->s->repeated_key == POLICY_ERROR)
        return table_fail(k->ctx, k->in->file, colfile_find(k->in->file, k->s->key[0]), d->second,
                          "the key is that of row %lld (%lld rows have one that was there before); "
                          "correct it, or set checks.key.repeats: drop or warn",
                          (long long)d->first + 1, (long long)d->duplicates);
    return say(
        k, name, result_of(k->s->repeated_key),
        arena_printf(
            a,
            "%lld row%s the key of an earlier one, the first is row %lld, which has that of row %lld%s",
            (long long)d->duplicates, d->duplicates == 1 ? " has" : "s have",
            (long long)d->second + 1, (long long)d->first + 1,
            k->s->repeated_key == POLICY_DROP ? "; left out" : ""));
}

/* Rows that the key left out may have been the first of their kind. */
static stint_status judge_rows(checking *k, bool *repeated)
{
    duplicate_facts rows, keys;
    TRY(judge_duplicates(k, &rows));
    TRY(judge_key(k, &keys));
    bool left = k->keys && k->s->repeated_key == POLICY_DROP && keys.duplicates > 0;
    if (rows.duplicates > 0 && left && k->s->duplicates != POLICY_DROP)
        TRY(rows_repeats(k, k->rows, false, &rows));
    *repeated = rows.duplicates > 0 && k->s->duplicates != POLICY_DROP;
    return STINT_OK;
}

/* --- constant columns ---------------------------------------------------------------------- */

static stint_status judge_target(checking *k, const look *l, const column_facts *f)
{
    char value[VALUE_SIZE];
    if (f->low < f->high || f->spread.n == 0)
        return STINT_OK;
    value_text(k, l, f->low, value);
    return fail(k->ctx, STINT_EDATA,
                "target \"%s\" is %s in all %lld rows: %sthere is nothing to learn",
                look_name(k, l), value, (long long)k->in->file->rows,
                k->in->kind == TARGET_CLASS ? "of one class " : "");
}

/* Some labels may never come, or always; not all of them. */
static stint_status judge_labels(checking *k)
{
    const look *first = NULL;
    char value[VALUE_SIZE];
    int n = 0, targets = k->in->n_targets;
    for (int i = targets - 1; i >= 0; i--)
        if (!k->looks[i].packed && !(k->facts[i].low < k->facts[i].high)) {
            first = &k->looks[i];
            value_text(k, first, k->facts[i].low, value);
            n++;
        }
    if (n == 0)
        return STINT_OK;
    if (n == targets)
        return fail(k->ctx, STINT_EDATA,
                    "target \"%s\" is %s in all %lld rows%s: there is nothing to learn",
                    look_name(k, first), value, (long long)k->in->file->rows,
                    n > 1 ? ", and so is each label the same in all of them" : "");
    return say(k, "constant labels", CHECK_WARNED,
               arena_printf(&k->out->arena,
                            "%d of %d labels %s the same in every row, the first: \"%s\" is %s", n,
                            targets, n == 1 ? "is" : "are", look_name(k, first), value));
}

static stint_status judge_targets(checking *k)
{
    if (k->in->kind == TARGET_LABELS)
        return judge_labels(k);
    for (int i = 0; i < k->in->n_targets; i++)
        TRY(judge_target(k, &k->looks[i], &k->facts[i]));
    return STINT_OK;
}

static bool is_constant(const checking *k, const look *l, const column_facts *f)
{
    if (!l->feature)
        return false;
    if (!(f->low < f->high))
        return true;
    return (double)f->same >= k->s->constant_share * (double)f->spread.n - 1e-6 &&
           2 * f->same > f->spread.n;
}

/* "4 in every row", "4 in 999 of 1000 rows" */
static const char *constant_text(const checking *k, const look *l, const column_facts *f)
{
    char value[VALUE_SIZE];
    bool always = !(f->low < f->high);
    value_text(k, l, !always ? f->majority.value : f->spread.n ? f->low : NAN, value);
    if (always)
        return arena_printf(&k->out->arena, "\"%s\" is %s in every row", look_name(k, l), value);
    return arena_printf(&k->out->arena, "\"%s\" is %s in %lld of %lld rows", look_name(k, l), value,
                        (long long)f->same, (long long)f->spread.n);
}

static stint_status say_constant(checking *k, int n, const char *first, bool nearly)
{
    const char *end = k->s->constant == POLICY_DROP ? "left out"
                      : nearly                      ? "of little help"
                                                    : "no help";
    if (!first)
        return STINT_ENOMEM;
    const char *text =
        n == 1 ? arena_printf(&k->out->arena, "%s: %s", first, end)
               : arena_printf(&k->out->arena, "%d columns are constant%s, the first: %s: %s", n,
                              nearly ? " or nearly so" : "", first, end);
    return say(k, "constant columns", result_of(k->s->constant), text);
}

static stint_status judge_constant(checking *k)
{
    const char *first = NULL;
    bool nearly = false;
    int n = 0;
    TRY(judge_targets(k));
    for (int i = 0; i < k->n_looks && k->s->constant != POLICY_IGNORE; i++) {
        const look *l = &k->looks[i];
        const column_facts *f = &k->facts[i];
        if (!is_constant(k, l, f))
            continue;
        first = n++ == 0 ? constant_text(k, l, f) : first;
        nearly = nearly || f->low < f->high;
        if (k->s->constant == POLICY_ERROR)
            return first ? fail(k->ctx, STINT_EDATA,
                                "column %s; list it under data.drop, or set checks.constant: drop",
                                first)
                         : STINT_ENOMEM;
        k->dropped[l->column] = k->dropped[l->column] || k->s->constant == POLICY_DROP;
    }
    if (n > 0)
        return say_constant(k, n, first, nearly);
    return say(k, "constant columns", CHECK_PASSED,
               arena_strdup(&k->out->arena, k->s->constant == POLICY_IGNORE
                                                ? "not looked for"
                                                : "every column varies"));
}

/* --- outliers ------------------------------------------------------------------------------ */

static stint_status fail_outlier(checking *k, const look *l, const column_facts *f)
{
    char value[VALUE_SIZE], mean[STR_DOUBLE_SIZE], far[STR_DOUBLE_SIZE];
    value_text(k, l, cell_at(k, l, f->first_outlier), value);
    str_format_double(mean, f->spread.mean);
    str_format_double(far, k->s->outlier_deviations);
    return table_fail(k->ctx, k->in->file, l->column, f->first_outlier,
                      "%s is more than %s deviations from the mean, %s (%lld such in this column); "
                      "correct the cells, or set checks.outliers: drop or warn",
                      value, far, mean, (long long)f->outliers);
}

static stint_status judge_outliers(checking *k)
{
    cell_count bad = {0};
    char value[VALUE_SIZE], far[STR_DOUBLE_SIZE];
    arena *a = &k->out->arena;
    str_format_double(far, k->s->outlier_deviations);
    if (k->s->outliers == POLICY_IGNORE)
        return say(k, "outliers", CHECK_PASSED, arena_strdup(a, "not looked for"));
    for (int i = 0; i < k->n_looks; i++) {
        if (k->s->outliers == POLICY_ERROR && k->facts[i].outliers > 0)
            return fail_outlier(k, &k->looks[i], &k->facts[i]);
        count_cells(&bad, &k->looks[i], k->facts[i].outliers, k->facts[i].first_outlier);
    }
    if (bad.cells == 0)
        return say(
            k, "outliers", CHECK_PASSED,
            arena_printf(a, "no cell is more than %s deviations from its column's mean", far));
    value_text(k, bad.first, cell_at(k, bad.first, bad.row), value);
    return say(
        k, "outliers", result_of(k->s->outliers),
        arena_printf(a,
                     "%lld cell%s of %d column%s more than %s deviations from the mean, the first "
                     "in row %lld: \"%s\" is %s%s",
                     (long long)bad.cells, plural(bad.cells), bad.columns, plural(bad.columns), far,
                     (long long)bad.row + 1, look_name(k, bad.first), value,
                     k->s->outliers == POLICY_DROP ? "; their rows are left out" : ""));
}

/* --- leakage ------------------------------------------------------------------------------- */

static const char *suspect_text(const checking *k, int at)
{
    const suspect *s = &k->suspects[at];
    const char *name = look_name(k, &k->looks[at]), *target = look_name(k, &k->looks[s->target]);
    char r[32];
    str_print(r, sizeof r, "%.6g", s->correlation);
    if (s->by == SUSPECT_EQUAL)
        return arena_printf(&k->out->arena, "\"%s\" equals the target \"%s\" in every row", name,
                            target);
    if (s->by == SUSPECT_CLASS)
        return arena_printf(&k->out->arena,
                            "each value of \"%s\" stands for one class of \"%s\" alone", name,
                            target);
    return arena_printf(&k->out->arena, "\"%s\" and the target \"%s\" have a correlation of %s",
                        name, target, r);
}

static const char *nothing_leaks(const checking *k)
{
    arena *a = &k->out->arena;
    int looked = checks_correlated(k), packed = looked == 0 && k->in->n_targets > 0;
    if (packed)
        return arena_strdup(a, "not looked for, as the target is bits");
    if (looked < k->in->n_targets)
        return arena_printf(a, "no feature gives one of the first %d labels away", looked);
    return arena_strdup(a, "no feature gives a target away");
}

static stint_status judge_leakage(checking *k)
{
    const char *first = NULL;
    arena *a = &k->out->arena;
    int n = 0;
    for (int i = 0; i < k->n_looks; i++) {
        if (!k->suspects[i].by)
            continue;
        first = n++ == 0 ? suspect_text(k, i) : first;
        if (!first)
            return STINT_ENOMEM;
        if (k->s->leakage == POLICY_ERROR)
            return fail(k->ctx, STINT_EDATA,
                        "%s: it gives the target away; list it under data.drop, or set "
                        "checks.leakage: drop or warn",
                        first);
        if (k->s->leakage == POLICY_DROP)
            k->dropped[k->looks[i].column] = true;
    }
    if (k->s->leakage == POLICY_IGNORE)
        return say(k, "leakage", CHECK_PASSED, arena_strdup(a, "not looked for"));
    if (n == 0)
        return say(k, "leakage", CHECK_PASSED, nothing_leaks(k));
    const char *end = k->s->leakage == POLICY_DROP ? "left out" : "is it known beforehand?";
    return say(k, "leakage", result_of(k->s->leakage),
               n == 1
                   ? arena_printf(a, "%s: %s", first, end)
                   : arena_printf(a, "%d features give a target away, the first: %s: %s", n, first,
                                  n > 1 && end[0] == 'i' ? "are they known beforehand?" : end));
}

/* --- all of them --------------------------------------------------------------------------- */

static stint_status judge_statistics(checking *k)
{
    TRY(judge_constant(k));
    TRY(judge_outliers(k));
    return judge_leakage(k);
}

/* Something has to be left to learn from. */
static stint_status judge_rest(checking *k)
{
    int left = 0;
    for (int i = 0; i < k->n_looks; i++)
        left +=
            k->looks[i].packed_feature || (k->looks[i].feature && !k->dropped[k->looks[i].column]);
    if (left == 0 && k->n_features > 0)
        return fail(k->ctx, STINT_EDATA,
                    "the checks leave no feature: all of them are text, constant, or give the "
                    "target away; see checks.types, checks.constant and checks.leakage");
    if (rows_left_out(k) == k->in->file->rows)
        return fail(k->ctx, STINT_EDATA,
                    "the checks leave no row: each of %lld is left out by checks.missing, "
                    "checks.infinite, checks.outside or checks.outliers",
                    (long long)k->in->file->rows);
    return STINT_OK;
}

stint_status checks_judge(checking *k, bool *repeated)
{
    *repeated = false;
    if (k->only & CHECK_TYPES)
        TRY(judge_types(k));
    if (k->only & CHECK_RANGES)
        TRY(judge_ranges(k));
    if (k->only & CHECK_MISSING)
        TRY(judge_missing(k));
    if (k->only & CHECK_DUPLICATES)
        TRY(judge_rows(k, repeated));
    if (k->only & CHECK_STATISTICS)
        TRY(judge_statistics(k));
    return judge_rest(k);
}
