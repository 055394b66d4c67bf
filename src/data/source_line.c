#include "data/records.h"
#include "data/source.h"

#include <stdio.h>
#include <string.h>

/* From a table row back to the line of its file, for messages only: the file is read again
 * from its beginning, record by record, as quoted cells may hold line ends. */

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

/* The line where data record `row` begins; 0 when the file has fewer.  Record 0 is the
 * first behind the header. */
static int64_t line_of_record(const file_map *m, int64_t row, bool skip_blank)
{
    const char *at = (const char *)m->at, *end = at + m->size;
    int64_t line = 1, lines, n, record = -1;
    for (; at < end; at += n, line += lines) {
        n = record_bytes(at, end, true, &lines);
        if (skip_blank && record_blank(at, n))
            continue;
        if (record++ == row)
            return line;
    }
    return 0;
}

stint_status source_line(ctx *c, const colfile *f, int64_t row, char *file, size_t file_size,
                         int64_t *line, bool *is_line)
{
    const json_t *entry = file_of_row(f, row);
    const char *path = json_string_value(json_object_get(entry, "path"));
    const char *format = json_string_value(json_object_get(f->extra, "format"));
    if (!path || !format)
        return fail(c, STINT_EFAIL, "row %lld: the column file does not say where it came from",
                    (long long)row + 1);
    row -= json_integer_value(json_object_get(entry, "first_row"));
    snprintf(file, file_size, "%s", path);
    *line = row + 1;
    *is_line = false;
    if (strcmp(format, "csv") != 0)
        return STINT_OK;
    file_map m;
    TRY(map_open(c, path, &m));
    int64_t found = line_of_record(&m, row, f->n_columns > 1);
    map_close(&m);
    *is_line = found > 0;
    *line = found > 0 ? found : row + 1;
    return STINT_OK;
}
