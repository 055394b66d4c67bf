#include "data/delimited.h"

#include "base/os/os.h"

#include <string.h>

/* Cells gather in a string that goes out whenever it is long. */

#define FLUSH_BYTES (1 << 16)

void delimited_begin(delimited *d, ctx *c, int fd, const char *path, char delimiter)
{
    *d = (delimited){.fd = fd, .path = path, .delimiter = delimiter, .blank = true};
    str_init(&d->text, c, TAG_TABLE);
}

void delimited_missing(delimited *d)
{
    str_add_bytes(&d->text, &d->delimiter, d->cells++ > 0);
}

/* A cell that holds something. */
static void begin_cell(delimited *d)
{
    delimited_missing(d);
    d->blank = false;
}

void delimited_text(delimited *d, const char *text)
{
    const char special[] = {d->delimiter, '"', '\n', '\r', '\0'};
    begin_cell(d);
    if (*text && !strpbrk(text, special)) {
        str_add(&d->text, text);
        return;
    }
    str_add(&d->text, "\"");
    for (const char *at = text; *at; at++)
        str_add_bytes(&d->text, *at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1);
    str_add(&d->text, "\"");
}

void delimited_bool(delimited *d, bool x)
{
    begin_cell(d);
    str_add(&d->text, x ? "true" : "false");
}

void delimited_number(delimited *d, double x)
{
    char number[STR_DOUBLE_SIZE];
    if (x != x) {
        delimited_missing(d);
        return;
    }
    begin_cell(d);
    str_format_double(number, x);
    str_add(&d->text, number);
}

void delimited_integer(delimited *d, int64_t x)
{
    begin_cell(d);
    str_addf(&d->text, "%lld", (long long)x);
}

static stint_status flush(delimited *d)
{
    TRY(str_status(&d->text));
    TRY(file_write(d->text.ctx, d->fd, d->path, d->text.at, d->text.len));
    str_clear(&d->text);
    return STINT_OK;
}

stint_status delimited_end_row(delimited *d)
{
    if (d->cells == 1 && d->blank)
        str_add(&d->text, "\"\"");
    str_add(&d->text, "\n");
    d->cells = 0;
    d->blank = true;
    return d->text.len >= FLUSH_BYTES ? flush(d) : STINT_OK;
}

stint_status delimited_end(delimited *d, stint_status s)
{
    if (s == STINT_OK)
        s = flush(d);
    str_deinit(&d->text);
    return s;
}
