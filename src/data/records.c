#include "data/records.h"

#include <stddef.h>
#include <string.h>

/* A quote opens a quoted cell only where a cell begins; but for finding a record's end it
 * is enough to know whether the number of quotes so far is odd, as a doubled quote changes
 * nothing and a stray one is an error that the reader reports. */

int64_t record_bytes(const char *at, const char *end, bool last, int64_t *lines)
{
    bool quoted = false;
    *lines = 0;
    for (const char *p = at; p < end; p++) {
        if (*p == '"') {
            quoted = !quoted;
            continue;
        }
        if (*p != '\n' && *p != '\r')
            continue;
        if (*p == '\r' && p + 1 == end && !last)
            return 0;
        if (*p == '\r' && p + 1 < end && p[1] == '\n')
            p++;
        ++*lines;
        if (!quoted)
            return p + 1 - at;
    }
    return last ? end - at : 0;
}

static const char *trim_line_end(const char *at, const char *end)
{
    while (end > at && (end[-1] == '\n' || end[-1] == '\r'))
        end--;
    return end;
}

bool record_blank(const char *at, int64_t bytes)
{
    return trim_line_end(at, at + bytes) == at;
}

void record_line_end(const char *at, int64_t bytes, char out[3])
{
    const char *end = at + bytes, *from = end;
    if (from > at && (from[-1] == '\n' || from[-1] == '\r'))
        from--;
    if (from > at && from < end && *from == '\n' && from[-1] == '\r')
        from--;
    memcpy(out, from, (size_t)(end - from));
    out[end - from] = '\0';
}

static const char *quoted_end(const char *p, const char *end)
{
    for (; p < end; p++) {
        if (*p != '"')
            continue;
        if (p + 1 < end && p[1] == '"')
            p++;
        else
            return p;
    }
    return end;
}

bool record_cell(const char **at, const char *end, char delimiter, const char **cell, int64_t *len)
{
    const char *p = *at;
    if (!p)
        return false;
    end = trim_line_end(p, end);
    if (p < end && *p == '"') {
        const char *close = quoted_end(p + 1, end);
        *cell = p + 1;
        *len = close - (p + 1);
        p = close;
    } else {
        *cell = p;
        *len = -1;
    }
    while (p < end && *p != delimiter)
        p++;
    if (*len < 0)
        *len = p - *cell;
    *at = p < end ? p + 1 : NULL;
    return true;
}

int record_cells(const char *at, int64_t bytes, char delimiter)
{
    const char *p = at, *cell;
    int64_t len;
    int n = 0;
    while (record_cell(&p, at + bytes, delimiter, &cell, &len))
        n++;
    return n;
}
