#include "data/format.h"

#include <string.h>

static const source_format *const formats[] = {
    &format_parquet, &format_npy,  &format_hdf5, &format_columns,
    &format_jsonl,   &format_xlsx, &format_csv,
};

enum { FORMATS = sizeof formats / sizeof *formats };

static bool ends_in(const char *path, const char *const *endings)
{
    size_t n = strlen(path);
    for (; endings && *endings; endings++) {
        size_t m = strlen(*endings);
        if (n > m && strcasecmp(path + n - m, *endings) == 0)
            return true;
    }
    return false;
}

const source_format *format_of(const char *path, const uint8_t *head, int64_t n)
{
    for (int i = 0; i < FORMATS; i++)
        if (formats[i]->begins && formats[i]->begins(head, n))
            return formats[i];
    for (int i = 0; i < FORMATS; i++)
        if (ends_in(path, formats[i]->endings))
            return formats[i];
    return &format_csv;
}

const source_format *format_named(const char *name)
{
    for (int i = 0; i < FORMATS; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

stint_status format_line(ctx *c, const source_format *format, const char *path, int64_t row,
                         int columns, int64_t *line, bool *is_line)
{
    file_map m;
    int64_t found = 0;
    if (format->line) {
        TRY(map_open(c, path, &m));
        found = format->line(&m, row, columns);
        map_close(&m);
    }
    *is_line = found > 0;
    *line = found > 0 ? found : row + 1;
    return STINT_OK;
}
