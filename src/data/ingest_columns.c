#include "base/pattern.h"
#include "data/ingest_impl.h"

#include <string.h>

/* The columns of a table that is being read: their names, which are read as text, and which of
 * them are wanted. */

/* --- names --------------------------------------------------------------------------------- */

static stint_status check_name(ingest *in, const char *where, map *seen, const char *name, int j)
{
    if (!*name)
        return fail(in->ctx, STINT_EDATA, "%s: column %d has no name: give it one", where, j + 1);
    const map_entry *e = map_add(seen, name, (int64_t)strlen(name), j);
    if (!e)
        return STINT_ENOMEM;
    return e->value == j ? STINT_OK
                         : fail(in->ctx, STINT_EDATA,
                                "%s: the column name \"%s\" stands twice, in columns %lld and %d: "
                                "rename one",
                                where, name, (long long)e->value + 1, j + 1);
}

stint_status ingest_name_columns(ingest *in, const char *where, const char *const *names, int n)
{
    map seen;
    stint_status s = STINT_OK;
    in->n_columns = n;
    in->columns = arena_new(&in->arena, ingest_column, n);
    if (!in->columns)
        return STINT_ENOMEM;
    map_init(&seen, in->ctx, TAG_BASE);
    for (int j = 0; j < n && s == STINT_OK; j++) {
        ingest_column *column = &in->columns[j];
        column->at = j;
        column->name =
            names ? arena_strdup(&in->arena, names[j]) : arena_printf(&in->arena, "c%d", j);
        s = column->name ? check_name(in, where, &seen, column->name, j) : STINT_ENOMEM;
    }
    map_deinit(&seen);
    return s;
}

stint_status ingest_same_columns(ingest *in, const ingest_file *file, const char *const *names,
                                 int n)
{
    if (n != in->n_columns)
        return fail(in->ctx, STINT_EDATA,
                    "%s: %d columns, where %s has %d: all files need the same columns", file->path,
                    n, in->files[0].path, in->n_columns);
    for (int j = 0; names && j < n; j++)
        if (strcmp(names[j], in->columns[j].name) != 0)
            return fail(in->ctx, STINT_EDATA,
                        "%s: column %d is \"%s\", where %s has \"%s\": all files need the same "
                        "columns",
                        file->path, j + 1, names[j], in->files[0].path, in->columns[j].name);
    return STINT_OK;
}

/* --- texts --------------------------------------------------------------------------------- */

static ingest_column *column_named(ingest *in, const char *name, nearest_name *near)
{
    *near = nearest_begin(name);
    for (int j = 0; j < in->n_columns; j++) {
        if (strcmp(in->columns[j].name, name) == 0)
            return &in->columns[j];
        nearest_try(near, in->columns[j].name);
    }
    return NULL;
}

stint_status ingest_apply_text(ingest *in)
{
    size_t i;
    const json_t *item;
    json_array_foreach(in->text, i, item)
    {
        nearest_name near = {0};
        const char *name = json_string_value(item);
        ingest_column *column = name ? column_named(in, name, &near) : NULL;
        if (!name)
            return fail(in->ctx, STINT_EUSAGE, "data.text: column names are needed");
        if (!column)
            return fail(in->ctx, STINT_EUSAGE, "data.text: %s has no column \"%s\"%s%s%s",
                        in->files[0].path, name, near.name ? "; did you mean \"" : "",
                        near.name ? near.name : "", near.name ? "\"?" : "");
        column->read = READ_TEXT;
        column->is_text = true;
        column->refused = column->mixed ? NULL : column->refused;
        column->unseen = false;
    }
    return STINT_OK;
}

/* --- choice --------------------------------------------------------------------------------- */

static bool any_matches(const json_t *patterns, const char *name)
{
    size_t i;
    const json_t *item;
    json_array_foreach(patterns, i, item)
    {
        const char *pattern = json_string_value(item);
        if (pattern && pattern_match(pattern, name))
            return true;
    }
    return false;
}

static bool any_equals(const json_t *names, const char *name)
{
    size_t i;
    const json_t *item;
    json_array_foreach(names, i, item)
    {
        const char *one = json_string_value(item);
        if (one && strcmp(one, name) == 0)
            return true;
    }
    return false;
}

static bool is_wanted(const ingest *in, const char *name)
{
    bool kept = json_array_size(in->keep) == 0 || any_matches(in->keep, name);
    return any_equals(in->always, name) || (kept && !any_matches(in->drop, name));
}

/* Columns keep their order; what cannot be read is only refused where it is wanted. */
stint_status ingest_choose(ingest *in)
{
    int n = 0;
    for (int j = 0; j < in->n_columns; j++)
        if (!in->format->chooses || is_wanted(in, in->columns[j].name))
            in->columns[n++] = in->columns[j];
    if (n == 0)
        return fail(in->ctx, STINT_EDATA,
                    "%s: none of its %d columns, from \"%s\" to \"%s\", is wanted: check "
                    "features.keep",
                    in->files[0].path, in->n_columns, in->columns[0].name,
                    in->columns[in->n_columns - 1].name);
    in->n_columns = n;
    for (int j = 0; j < n; j++)
        if (in->columns[j].refused)
            return fail(in->ctx, STINT_EDATA, "%s", in->columns[j].refused);
    return STINT_OK;
}
