#include "data/times.h"

#include "data/moment.h"
#include "data/table.h"

#include <math.h>

/* --- opening ---------------------------------------------------------------------------------- */

/* The first cell that is not missing; NaN = none. */
static double first_cell(const colfile *f, int column)
{
    for (int64_t chunk = 0; chunk < f->chunks; chunk++)
        for (int64_t i = 0; i < colfile_chunk_rows(f, chunk); i++) {
            double x;
            colfile_read(f, column, chunk, i, 1, &x, 1);
            if (x == x)
                return x;
        }
    return NAN;
}

static stint_status texts_open(ctx *c, times *t)
{
    const colfile_column *info = &t->file->columns[t->column];
    bool known = false;
    t->kind = TIMES_TEXTS;
    t->texts = mem_new(c, TAG_TABLE, double, info->dictionary_n + 1);
    for (int64_t i = 0; t->texts && i < info->dictionary_n; i++) {
        moment m;
        bool is_time = moment_of(info->dictionary[i], &m);
        if (is_time && !known)
            t->zoned = m.zoned;
        known = known || is_time;
        t->texts[i] = is_time && m.zoned == t->zoned ? moment_seconds(m) : NAN;
    }
    return t->texts ? STINT_OK : STINT_ENOMEM;
}

stint_status times_open(ctx *c, const colfile *f, int column, bool plain, const char *key,
                        times *out)
{
    double seconds;
    const colfile_column *info = &f->columns[column];
    *out = (times){.file = f, .column = column};
    if (info->kind == COLUMN_TEXT)
        return texts_open(c, out);
    if (info->kind == COLUMN_HASH)
        return fail(c, STINT_EDATA,
                    "%s: \"%s\" has more different texts than are kept; give the time as a number, "
                    "such as seconds",
                    key, info->name);
    if (info->kind != COLUMN_NUMBER)
        return fail(c, STINT_EDATA,
                    "%s: \"%s\" is true/false or bits, and time is a number, a date or a date and "
                    "time; choose another column",
                    key, info->name);
    if (!plain && moment_of_number(first_cell(f, column), &seconds))
        out->kind = TIMES_DAYS;
    return STINT_OK;
}

void times_close(times *t)
{
    mem_free(t->texts);
    t->texts = NULL;
}

/* --- reading ------------------------------------------------------------------------------------ */

static stint_status fail_text(ctx *c, const times *t, int64_t row, double code)
{
    moment m;
    const char *text = t->file->columns[t->column].dictionary[(int64_t)code];
    if (moment_of(text, &m))
        return table_fail(
            c, t->file, t->column, row,
            "\"%s\" has %s time zone and times before it have %s; write all in one way", text,
            m.zoned ? "a" : "no", m.zoned ? "none" : "one");
    return table_fail(c, t->file, t->column, row,
                      "\"%s\" is no time; write dates like 2024-12-31 and times like "
                      "2024-12-31T23:59:59",
                      text);
}

static stint_status fail_day(ctx *c, const times *t, int64_t row, double cell)
{
    return table_fail(c, t->file, t->column, row,
                      "%.17g is no day written YYYYMMDD, as those before it are", cell);
}

stint_status times_read(ctx *c, const times *t, int64_t chunk, int64_t from, int64_t n, double *out)
{
    colfile_read(t->file, t->column, chunk, from, n, out, 1);
    for (int64_t i = 0; t->kind != TIMES_NUMBERS && i < n; i++) {
        double cell = out[i];
        if (cell != cell)
            continue;
        int64_t row = chunk * COLFILE_CHUNK_ROWS + from + i;
        if (t->kind == TIMES_TEXTS)
            out[i] = t->texts[(int64_t)cell];
        if (out[i] != out[i])
            return fail_text(c, t, row, cell);
        if (t->kind == TIMES_DAYS && !moment_of_number(cell, &out[i]))
            return fail_day(c, t, row, cell);
    }
    return STINT_OK;
}
