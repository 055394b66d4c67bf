#include "data/table.h"

#include "data/source.h"

#include <stdio.h>
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

/* --- text where numbers are needed ------------------------------------------------------- */

static bool is_number(const char *text)
{
    double x;
    return str_parse_double(text, &x);
}

/* The first row with a text that is not a number; -1 when all are. */
static int64_t first_text_row(ctx *c, const colfile *f, int column, const char **text)
{
    const colfile_column *info = &f->columns[column];
    double *codes = mem_new(c, TAG_TABLE, double, COLFILE_CHUNK_ROWS);
    int64_t found = codes ? -1 : 0;
    for (int64_t chunk = 0; codes && found < 0 && chunk < f->chunks; chunk++) {
        int64_t n = colfile_chunk_rows(f, chunk);
        colfile_read(f, column, chunk, 0, n, codes, 1);
        for (int64_t i = 0; found < 0 && i < n; i++) {
            int64_t code = codes[i] >= 0 ? (int64_t)codes[i] : -1;
            if (code >= 0 && code < info->dictionary_n && !is_number(info->dictionary[code])) {
                *text = info->dictionary[code];
                found = chunk * COLFILE_CHUNK_ROWS + i;
            }
        }
    }
    mem_free(codes);
    return found;
}

static stint_status fail_text(ctx *c, const colfile *f, int column, const char *remedy)
{
    const colfile_column *info = &f->columns[column];
    int64_t numbers = 0;
    for (int64_t i = 0; i < info->dictionary_n; i++)
        numbers += is_number(info->dictionary[i]);
    const char *text = NULL;
    int64_t row = info->kind == COLUMN_TEXT ? first_text_row(c, f, column, &text) : -1;
    if (ctx_status(c) != STINT_OK)
        return ctx_status(c);
    if (text && 2 * numbers >= info->dictionary_n)
        return table_fail(c, f, column, row, "\"%s\" is not a number; correct the cell, or %s",
                          text, remedy);
    return fail(c, STINT_EDATA, "column \"%s\" is text%s%s%s, and models here take numbers; %s",
                info->name, text ? " (\"" : "", text ? text : "", text ? "\")" : "", remedy);
}

/* --- opening ----------------------------------------------------------------------------- */

static stint_status take_columns(ctx *c, const colfile *f, const char *uses, char use, int *out,
                                 int *n)
{
    *n = 0;
    for (int i = 0; i < f->n_columns; i++) {
        if (uses[i] != use)
            continue;
        if (f->columns[i].kind != COLUMN_NUMBER && f->columns[i].kind != COLUMN_BOOL)
            return fail_text(c, f, i, "list the column under data.drop");
        out[(*n)++] = i;
    }
    return STINT_OK;
}

/* Targets keep the order in which the config names them. */
static stint_status take_targets(ctx *c, const colfile *f, const char *const *names, int *out,
                                 int *n)
{
    for (*n = 0; names[*n]; (*n)++) {
        int column = colfile_find(f, names[*n]);
        if (f->columns[column].kind != COLUMN_NUMBER && f->columns[column].kind != COLUMN_BOOL)
            return fail_text(c, f, column, "choose another data.target");
        out[*n] = column;
    }
    return STINT_OK;
}

stint_status table_open(ctx *c, arena *a, const colfile *f, const char *const *targets,
                        const char *const *drop, table *out)
{
    char *uses = arena_new(a, char, f->n_columns + 1);
    int *features = arena_new(a, int, f->n_columns), *target = arena_new(a, int, f->n_columns);
    if (!uses || !features || !target)
        return STINT_ENOMEM;
    memset(uses, 'f', (size_t)f->n_columns);
    TRY(find_all(c, f, "data.drop", drop, 'd', uses));
    TRY(find_all(c, f, "data.target", targets, 't', uses));
    *out = (table){.file = f, .features = features, .targets = target};
    TRY(take_targets(c, f, targets, target, &out->n_targets));
    TRY(take_columns(c, f, uses, 'f', features, &out->n_features));
    if (out->n_features == 0)
        return fail(c, STINT_EDATA,
                    "no column is left as a feature; data.drop and data.target name all %d",
                    f->n_columns);
    return STINT_OK;
}
