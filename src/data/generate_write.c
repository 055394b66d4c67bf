#include "base/progress.h"
#include "data/export.h"
#include "data/generate.h"
#include "data/table_write.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Where a made-up table goes: batch by batch into text or a column file, and under its name
 * only when it is whole.  A format is a row with what file names end in. */

stint_status generate_batches(generated *g, const generator_class *class, int64_t room,
                              generate_put *put, void *self)
{
    double *x = mem_new(g->ctx, TAG_TABLE, double, room * g->n_columns);
    stint_status s = x ? STINT_OK : STINT_ENOMEM;
    progress p;
    progress_begin(&p, g->ctx, "generate", g->rows);
    for (int64_t from = 0, n; from < g->rows && s == STINT_OK; from += n) {
        n = g->rows - from < room ? g->rows - from : room;
        class->fill(g, from, n, x, room);
        s = put(self, g, x, n, room);
        if (s == STINT_OK && ctx_interrupted(g->ctx) && from + n < g->rows)
            s = fail(g->ctx, STINT_EINTERRUPT, "generate was stopped; nothing was kept");
        progress_at(&p, from + n);
    }
    progress_end(&p);
    mem_free(x);
    return s;
}

/* --- formats --------------------------------------------------------------------------------- */

typedef struct output {
    generated *g;
    const generator_class *class;
    const char *to, *tmp, *extra; /* the final name, the one to write to */
} output;

static stint_status write_text(const output *o, char delimiter)
{
    ctx *c = o->g->ctx;
    int fd = open(o->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail_errno(c, "create", o->tmp);
    stint_status s = generate_text(o->g, o->class, fd, o->tmp, delimiter);
    if (s == STINT_OK)
        s = file_sync(c, fd, o->tmp);
    if (close(fd) != 0 && s == STINT_OK)
        s = fail_errno(c, "close", o->tmp);
    return s;
}

static stint_status write_csv(const output *o)
{
    return write_text(o, ',');
}

static stint_status write_tsv(const output *o)
{
    return write_text(o, '\t');
}

static stint_status write_columns(const output *o)
{
    return generate_colfile(o->g, o->class, o->tmp, o->extra);
}

static stint_status write_parquet(const output *o)
{
    char columns[4096];
    child exporter;
    ctx *c = o->g->ctx;
    if (snprintf(columns, sizeof columns, "%s.columns.tmp", o->to) >= (int)sizeof columns)
        return fail(c, STINT_EUSAGE, "%s: the name is too long", o->to);
    TRY(generate_colfile(o->g, o->class, columns, o->extra));
    stint_status s = export_begin(c, &(export_item){columns, o->tmp}, 1, 0, &exporter);
    if (s == STINT_OK)
        s = export_end(c, &exporter);
    unlink(columns);
    return s == STINT_OK ? file_sync_path(c, o->tmp) : s;
}

static const struct {
    const char *ending;
    stint_status (*write)(const output *o);
} formats[] = {
    {".csv", write_csv},
    {".tsv", write_tsv},
    {".parquet", write_parquet},
    {".safetensors", write_columns},
};
enum { FORMATS = sizeof formats / sizeof *formats };

/* FORMATS = none */
static int format_of(const char *to)
{
    int i = 0;
    while (i < FORMATS && !table_write_ends(to, formats[i].ending))
        i++;
    return i;
}

stint_status generate_check_name(ctx *c, const char *to)
{
    if (format_of(to) < FORMATS)
        return STINT_OK;
    return fail(c, STINT_EUSAGE,
                "%s: no format goes by this name; let it end in .csv, .tsv, .parquet or "
                ".safetensors",
                to);
}

stint_status generate_write(generated *g, const generator_class *class, const char *to, int fd,
                            const char *extra)
{
    char tmp[4096];
    ctx *c = g->ctx;
    if (!to)
        return generate_text(g, class, fd, "the output", ',');
    if (snprintf(tmp, sizeof tmp, "%s.tmp", to) >= (int)sizeof tmp)
        return fail(c, STINT_EUSAGE, "%s: the name is too long", to);
    output o = {g, class, to, tmp, extra};
    stint_status s = formats[format_of(to)].write(&o);
    if (s == STINT_OK)
        s = dir_rename(c, tmp, to);
    if (s != STINT_OK)
        unlink(tmp);
    return s;
}
