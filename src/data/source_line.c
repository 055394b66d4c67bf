#include "data/format.h"
#include "data/source.h"

#include <stdio.h>

/* From a table row back to the line of its file, for messages only. */

static const json_t *file_of_row(const colfile *f, int64_t row)
{
    size_t i;
    const json_t *file;
    json_array_foreach(json_object_get(f->extra, "files"), i, file)
    {
        int64_t first = json_integer_value(json_object_get(file, "first_row"));
        if (row >= first && row - first < json_integer_value(json_object_get(file, "rows")))
            return file;
    }
    return NULL;
}

stint_status source_line(ctx *c, const colfile *f, int64_t row, char *file, size_t file_size,
                         int64_t *line, bool *is_line)
{
    const json_t *entry = file_of_row(f, row);
    const char *path = json_string_value(json_object_get(entry, "path"));
    const char *name = json_string_value(json_object_get(f->extra, "format"));
    const source_format *format = name ? format_named(name) : NULL;
    if (!path || !format)
        return fail(c, STINT_EFAIL, "row %lld: the column file does not say where it came from",
                    (long long)row + 1);
    /* a derived table has more columns than the file */
    const json_t *columns = json_object_get(f->extra, "columns");
    int own = columns ? (int)json_integer_value(columns) : f->n_columns;
    row -= json_integer_value(json_object_get(entry, "first_row"));
    snprintf(file, file_size, "%s", path);
    return format_line(c, format, path, row, own, line, is_line);
}
