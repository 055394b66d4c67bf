#include "data/table.h"

#include "base/pattern.h"
#include "data/exact.h"
#include "data/source.h"
#include "data/table_labels.h"
#include "data/text_column.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

stint_status table_fail(ctx *c, const colfile *f, int column, int64_t row, const char *fmt, ...)
{
    char file[1024], what[512];
    int64_t line;
    bool is_line;
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    TRY(source_line(c, f, row, file, sizeof file, &line, &is_line));
    return fail(c, STINT_EDATA, "%s:%s%lld: column \"%s\": %s", file, is_line ? "" : "row ",
                (long long)line, f->columns[column].name, what);
}

/* --- names ------------------------------------------------------------------------------ */

static stint_status fail_unknown(ctx *c, const colfile *f, const char *key, const char *name)
{
    nearest_name near = nearest_begin(name);
    for (int i = 0; i < f->n_columns; i++)
        nearest_try(&near, f->columns[i].name);
    if (near.name)
        return fail(c, STINT_EUSAGE, "%s: the table has no column \"%s\"; did you mean \"%s\"?",
                    key, name, near.name);
    return fail(c, STINT_EUSAGE,
                "%s: the table has no column \"%s\"; it has %d, from \"%s\" to \"%s\"", key, name,
                f->n_columns, f->columns[0].name, f->columns[f->n_columns - 1].name);
}

static stint_status find_all(ctx *c, const colfile *f, const char *key, const char *const *names,
                             char use, char *uses)
{
    for (int i = 0; names && names[i]; i++) {
        int column = colfile_find(f, names[i]);
        if (column < 0)
            return fail_unknown(c, f, key, names[i]);
        uses[column] = use;
    }
    return STINT_OK;
}

/* --- whole numbers ------------------------------------------------------------------------ */

stint_status table_check_exact(ctx *c, const colfile *f, int column)
{
    if (f->columns[column].kind != COLUMN_NUMBER)
        return STINT_OK;
    for (int64_t chunk = 0; chunk < f->chunks; chunk++) {
        const colfile_block *b = &f->blocks[chunk * f->n_columns + column];
        const int64_t *x = b->at;
        int64_t n = b->type == TYPE_I64 ? colfile_chunk_rows(f, chunk) : 0;
        for (int64_t i = 0; i < n; i++)
            if (x[i] > EXACT_MOST || x[i] < -EXACT_MOST)
                return table_fail(c, f, column, chunk * COLFILE_CHUNK_ROWS + i,
                                  "%lld is a whole number that no double holds exactly; list the "
                                  "column under data.text if it is a name, or under data.drop",
                                  (long long)x[i]);
    }
    return STINT_OK;
}

/* --- classes ----------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b, void *dictionary)
{
    const char *const *texts = dictionary;
    return strcmp(texts[*(const int32_t *)a], texts[*(const int32_t *)b]);
}

/* Cells of the rows that are kept: NaN where a row was left out. */
static void kept_cells(const colfile *f, const colfile *rows, int column, int64_t chunk,
                       double *cells, double *keep)
{
    int64_t n = colfile_chunk_rows(f, chunk);
    colfile_read(f, column, chunk, 0, n, cells, 1);
    if (!rows)
        return;
    colfile_read(rows, colfile_find(rows, "keep"), chunk, 0, n, keep, 1);
    for (int64_t i = 0; i < n; i++)
        cells[i] = keep[i] != 0 ? cells[i] : NAN;
}

/* Which texts stand in a row that is kept: seen [dictionary_n]. */
static stint_status texts_seen(ctx *c, const colfile *f, const colfile *rows, int column,
                               bool *seen)
{
    double *cells = mem_new(c, TAG_TABLE, double, 2 * COLFILE_CHUNK_ROWS);
    if (!cells)
        return STINT_ENOMEM;
    for (int64_t chunk = 0; chunk < f->chunks; chunk++) {
        kept_cells(f, rows, column, chunk, cells, cells + COLFILE_CHUNK_ROWS);
        for (int64_t i = 0; i < colfile_chunk_rows(f, chunk); i++)
            if (!isnan(cells[i]))
                seen[(int64_t)cells[i]] = true;
    }
    mem_free(cells);
    return STINT_OK;
}

/* Texts in ascending order: class_codes of each, -1 of those that were left out. */
static stint_status classes_of_texts(ctx *c, arena *a, const colfile *f, const colfile *rows,
                                     table *t)
{
    const colfile_column *column = &f->columns[t->targets[0]];
    int64_t all = column->dictionary_n;
    int32_t *order = arena_new(a, int32_t, all), *codes = arena_new(a, int32_t, all), n = 0;
    const char **names = arena_new(a, const char *, all);
    bool *seen = arena_new(a, bool, all);
    if (!order || !codes || !names || !seen)
        return STINT_ENOMEM;
    TRY(texts_seen(c, f, rows, t->targets[0], seen));
    for (int32_t i = 0; i < all; i++) {
        codes[i] = -1;
        if (seen[i])
            order[n++] = i;
    }
    qsort_r(order, (size_t)n, sizeof *order, by_text, (void *)(uintptr_t)column->dictionary);
    for (int32_t i = 0; i < n; i++) {
        codes[order[i]] = i;
        names[i] = column->dictionary[order[i]];
    }
    t->n_classes = (int)n;
    t->classes = names;
    t->class_codes = codes;
    return STINT_OK;
}

/* Put a value among the ascending ones; false when there is no room for another. */
static bool insert_value(double *values, int *n, double value)
{
    int low = 0, high = *n;
    while (low < high) {
        int middle = (low + high) / 2;
        if (values[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < *n && values[low] == value)
        return true;
    if (*n == CLASSES_MOST)
        return false;
    memmove(values + low + 1, values + low, (size_t)(*n - low) * sizeof *values);
    values[low] = value;
    (*n)++;
    return true;
}

static const char *value_name(arena *a, column_kind kind, double value)
{
    char text[STR_DOUBLE_SIZE];
    if (kind == COLUMN_BOOL)
        return value != 0 ? "true" : "false";
    str_format_double(text, value);
    return arena_strdup(a, text);
}

static stint_status classes_of_numbers(ctx *c, arena *a, const colfile *f, const colfile *rows,
                                       table *t)
{
    int column = t->targets[0];
    double *values = arena_new(a, double, CLASSES_MOST);
    double *cells = mem_new(c, TAG_TABLE, double, 2 * COLFILE_CHUNK_ROWS);
    bool few = true;
    for (int64_t chunk = 0; values && cells && few && chunk < f->chunks; chunk++) {
        int64_t n = colfile_chunk_rows(f, chunk);
        kept_cells(f, rows, column, chunk, cells, cells + COLFILE_CHUNK_ROWS);
        for (int64_t i = 0; few && i < n; i++)
            if (isfinite(cells[i]) && (i == 0 || cells[i] != cells[i - 1]))
                few = insert_value(values, &t->n_classes, cells[i]);
    }
    bool whole = values && cells;
    mem_free(cells);
    if (!whole)
        return STINT_ENOMEM;
    if (!few)
        return fail(c, STINT_EDATA,
                    "target \"%s\" has more than %d different values: that is no set of classes; "
                    "set data.task: regression",
                    f->columns[column].name, CLASSES_MOST);
    const char **names = arena_new(a, const char *, t->n_classes + 1);
    for (int i = 0; names && i < t->n_classes; i++)
        if (!(names[i] = value_name(a, f->columns[column].kind, values[i])))
            return STINT_ENOMEM;
    t->classes = names;
    t->class_values = values;
    return names ? STINT_OK : STINT_ENOMEM;
}

static stint_status take_classes(ctx *c, arena *a, const colfile *f, const colfile *rows, table *t)
{
    const colfile_column *column = &f->columns[t->targets[0]];
    if (column->kind == COLUMN_BITS)
        return fail(c, STINT_EDATA,
                    "target \"%s\" is bits, which are labels and no classes; set data.task: labels",
                    column->name);
    if (column->kind == COLUMN_HASH || column->dictionary_n > CLASSES_MOST)
        return fail(c, STINT_EDATA,
                    "target \"%s\" has more than %d different texts: that is no set of classes; "
                    "choose another data.target",
                    column->name, CLASSES_MOST);
    TRY((column->kind == COLUMN_TEXT ? classes_of_texts : classes_of_numbers)(c, a, f, rows, t));
    if (t->n_classes < 2)
        return fail(
            c, STINT_EDATA, "target \"%s\" is %s%s%s in all %lld rows: there is nothing to learn",
            column->name, t->n_classes ? "\"" : "missing", t->n_classes ? t->classes[0] : "",
            t->n_classes ? "\"" : "", (long long)f->rows);
    return STINT_OK;
}

/* --- opening ----------------------------------------------------------------------------- */

static stint_status find_one(ctx *c, const colfile *f, const char *key, const char *name,
                             char *uses)
{
    return find_all(c, f, key, *name ? (const char *const[]){name, NULL} : NULL, 's', uses);
}

static stint_status check_rivals(ctx *c, const colfile *f, const char *const *names, char *uses)
{
    TRY(find_all(c, f, "data.rivals", names, 'd', uses));
    for (int i = 0; names && names[i]; i++) {
        column_kind kind = f->columns[colfile_find(f, names[i])].kind;
        if (kind != COLUMN_NUMBER && kind != COLUMN_BOOL)
            return fail(c, STINT_EUSAGE,
                        "data.rivals: column \"%s\" holds no numbers, so it forecasts none",
                        names[i]);
    }
    return STINT_OK;
}

stint_status table_candidates(ctx *c, const colfile *f, const table_settings *s, int *targets,
                              int *n_targets, int *candidates, int *n_candidates)
{
    char *uses = mem_new(c, TAG_TABLE, char, f->n_columns + 1);
    if (!uses)
        return STINT_ENOMEM;
    stint_status status = check_rivals(c, f, s->rivals, uses);
    if (status == STINT_OK)
        status = find_all(c, f, "data.drop", s->drop, 'd', uses);
    if (status == STINT_OK)
        status = find_one(c, f, "split.group", s->group, uses);
    if (status == STINT_OK)
        status = find_one(c, f, "split.column", s->column, uses);
    if (status == STINT_OK)
        status = find_all(c, f, "data.target", s->targets, 't', uses);
    *n_targets = *n_candidates = 0;
    for (int i = 0; status == STINT_OK && s->targets[i]; i++)
        targets[(*n_targets)++] = colfile_find(f, s->targets[i]);
    for (int i = 0; status == STINT_OK && i < f->n_columns; i++)
        if (!uses[i])
            candidates[(*n_candidates)++] = i;
    mem_free(uses);
    return status;
}

/* Those of the columns [n] whose names the checks did not leave out, in place. */
static int without_names(const colfile *f, int *columns, int n, const char *const *without)
{
    int kept = 0;
    for (int i = 0; i < n; i++) {
        bool out = false;
        for (int k = 0; without && without[k] && !out; k++)
            out = strcmp(without[k], f->columns[columns[i]].name) == 0;
        if (!out)
            columns[kept++] = columns[i];
    }
    return kept;
}

static stint_status check_targets(ctx *c, const colfile *f, const table *t)
{
    bool numbers = t->kind != TARGET_CLASS && t->kind != TARGET_LABELS;
    for (int i = 0; numbers && i < t->n_targets; i++) {
        column_kind kind = f->columns[t->targets[i]].kind;
        if (kind != COLUMN_NUMBER && kind != COLUMN_BOOL)
            return fail_text_column(c, f, t->targets[i],
                                    "choose another data.target, or set data.task: classification");
    }
    return STINT_OK;
}

/* What tells series apart, and which features are 0 before their first rows. */
static stint_status take_series(ctx *c, arena *a, const table_settings *s, table *out)
{
    bool asked = s->zero && s->zero[0];
    uint8_t *zero = asked ? arena_new(a, uint8_t, out->n_features + 1) : NULL;
    out->series = s->series ? s->series : "";
    if (!asked)
        return STINT_OK;
    if (!zero)
        return STINT_ENOMEM;
    for (const char *const *pattern = s->zero; *pattern; pattern++) {
        bool any = false;
        for (int k = 0; k < out->n_features; k++)
            if (pattern_match(*pattern, features_name(out->features, k))) {
                zero[k] = 1;
                any = true;
            }
        if (!any)
            return fail(c, STINT_EUSAGE, "series.zero: no feature matches \"%s\"", *pattern);
    }
    out->series_zero = zero;
    return STINT_OK;
}

stint_status table_open(ctx *c, arena *a, const colfile *f, const table_settings *s,
                        const char *const *without, table *out)
{
    int *candidates = arena_new(a, int, f->n_columns + 1), n;
    int *targets = arena_new(a, int, f->n_columns + 1);
    features *columns;
    if (!candidates || !targets)
        return STINT_ENOMEM;
    *out = (table){.file = f, .kind = s->kind, .period = s->period, .targets = targets};
    TRY(table_candidates(c, f, s, targets, &out->n_targets, candidates, &n));
    n = without_names(f, candidates, n, without);
    TRY(check_targets(c, f, out));
    if (s->kind == TARGET_CLASS)
        TRY(take_classes(c, a, f, s->rows, out));
    if (s->kind == TARGET_LABELS)
        TRY(table_take_labels(c, a, s, out));
    TRY(features_open(c, a, f, s->features, candidates, n, &columns));
    out->features = columns;
    out->n_features = features_count(columns);
    TRY(take_series(c, a, s, out));
    if (out->n_features == 0)
        return fail(c, STINT_EDATA,
                    "no column is left as a feature; data.drop, data.target, the split and the "
                    "checks name all %d",
                    f->n_columns);
    return STINT_OK;
}

/* --- new data ----------------------------------------------------------------------------- */

static int class_named(const table *t, const char *name)
{
    for (int k = 0; k < t->n_classes; k++)
        if (strcmp(t->classes[k], name) == 0)
            return k;
    return -1;
}

/* Classes that the model knows by name, found again among this table's cells. */
static stint_status find_classes(arena *a, const colfile_column *column, table *t)
{
    int32_t *codes = arena_new(a, int32_t, column->dictionary_n + 1);
    double *values = arena_new(a, double, t->n_classes);
    if (!codes || !values)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < column->dictionary_n; i++)
        codes[i] = class_named(t, column->dictionary[i]);
    for (int k = 0; k < t->n_classes; k++)
        if (!str_parse_double(t->classes[k], &values[k]))
            values[k] = strcmp(t->classes[k], "true") == 0;
    t->class_codes = column->kind == COLUMN_TEXT ? codes : NULL;
    t->class_values = column->kind == COLUMN_TEXT ? NULL : values;
    return STINT_OK;
}

stint_status table_find_targets(ctx *c, arena *a, const char *const *names, int n, table *t)
{
    int *columns = arena_new(a, int, n);
    if (!columns)
        return STINT_ENOMEM;
    for (int i = 0; i < n; i++) {
        columns[i] = colfile_find(t->file, names[i]);
        if (columns[i] < 0)
            return STINT_OK;
        column_kind kind = t->file->columns[columns[i]].kind;
        if (t->kind == TARGET_LABELS)
            continue;
        if (kind == COLUMN_HASH || kind == COLUMN_BITS ||
            (t->kind != TARGET_CLASS && kind == COLUMN_TEXT))
            return fail_text_column(c, t->file, columns[i],
                                    "leave the target out: it is what is predicted");
    }
    if (t->kind == TARGET_CLASS)
        TRY(find_classes(a, &t->file->columns[columns[0]], t));
    else if (t->kind == TARGET_LABELS)
        TRY(table_find_labels(c, columns, n, t));
    t->targets = columns;
    t->n_targets = n;
    return STINT_OK;
}

/* --- targets ----------------------------------------------------------------------------- */

int table_outputs(const table *t)
{
    switch (t->kind) {
    case TARGET_NUMBER: return t->n_targets;
    case TARGET_ANGLE: return 2;
    case TARGET_LABELS: return t->n_labels;
    default: return 1;
    }
}

int table_predictions(const table *t)
{
    return t->kind == TARGET_CLASS ? t->n_classes : table_outputs(t);
}

const char *table_target_name(const table *t, int target)
{
    return t->file->columns[t->targets[target]].name;
}

static int class_of(const table *t, double cell)
{
    int low = 0, high = t->n_classes;
    if (t->class_codes)
        return t->class_codes[(int64_t)cell];
    if (cell < t->class_values[0])
        return -1;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (t->class_values[middle] <= cell)
            low = middle;
        else
            high = middle;
    }
    return t->class_values[low] == cell ? low : -1;
}

/* A row without a class is in no part, so nobody asks for it. */
static void cells_to_classes(const table *t, int64_t n, double *y, int64_t stride)
{
    for (int64_t i = 0; i < n; i++)
        if (!isnan(y[i * stride]))
            y[i * stride] = class_of(t, y[i * stride]);
}

static void angles_to_sines(double period, int64_t n, double *out, int64_t column_stride,
                            int64_t row_stride)
{
    double turn = 2 * 3.14159265358979323846 / period;
    for (int64_t i = 0; i < n; i++) {
        double *y = out + i * row_stride, angle = *y * turn;
        y[0] = sin(angle);
        y[column_stride] = cos(angle);
    }
}

void table_targets(const table *t, int64_t chunk, const int32_t *rows, int64_t n, double *out,
                   int64_t column_stride, int64_t row_stride)
{
    if (t->n_targets == 0)
        return;
    if (t->kind == TARGET_LABELS) {
        table_labels(t, chunk, rows, n, out, column_stride, row_stride);
        return;
    }
    for (int k = 0; k < t->n_targets; k++)
        colfile_gather(t->file, t->targets[k], chunk, rows, n, out + k * column_stride, row_stride);
    if (t->kind == TARGET_CLASS)
        cells_to_classes(t, n, out, row_stride);
    else if (t->kind == TARGET_ANGLE && t->n_targets == 1)
        angles_to_sines(t->period, n, out, column_stride, row_stride);
}
