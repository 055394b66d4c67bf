#include "experiment/cluster_work.h"

#include "data/export.h"
#include "data/cache.h"
#include "data/table_write.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Labels on disk: a column file of row and label, written out in the format that is asked for;
 * JSON, which tables are not written in otherwise, as a list of objects. */

static bool is_json(const char *to)
{
    return table_write_ends(to, ".json");
}

stint_status cluster_labels_check(ctx *c, const char *to)
{
    if (is_json(to) || table_write_ends(to, ".csv") || table_write_ends(to, ".tsv") ||
        table_write_ends(to, ".xlsx") || table_write_ends(to, ".parquet") ||
        table_write_ends(to, ".safetensors"))
        return STINT_OK;
    return fail(c, STINT_EUSAGE,
                "%s: no format goes by this name; let it end in .csv, .tsv, .xlsx, .parquet, "
                ".json or .safetensors",
                to);
}

int64_t cluster_labels_bytes(const char *to, int threads)
{
    int64_t columns = 2, chunks = COLFILE_CHUNK_ROWS * 32 + ((int64_t)1 << 20);
    if (table_write_ends(to, ".parquet"))
        return export_bytes((int)columns) + chunks;
    if (table_write_ends(to, ".xlsx"))
        return table_write_bytes((int)columns, threads) + chunks;
    return chunks;
}

/* --- the column file ---------------------------------------------------------------------------- */

static stint_status put_rows(colfile_writer *w, const int64_t *numbers, const int32_t *labels,
                             int64_t n, int64_t *room)
{
    for (int64_t from = 0; from < n; from += COLFILE_CHUNK_ROWS) {
        int64_t *row = room, *label = room + COLFILE_CHUNK_ROWS;
        int64_t rows = n - from < COLFILE_CHUNK_ROWS ? n - from : COLFILE_CHUNK_ROWS;
        for (int64_t i = 0; i < rows; i++) {
            row[i] = numbers ? numbers[from + i] : from + i;
            label[i] = labels[from + i];
        }
        const column_chunk chunk[] = {{.integers = row}, {.integers = label}};
        TRY(colfile_put(w, chunk, rows));
    }
    return STINT_OK;
}

stint_status cluster_columns_write(ctx *c, const char *path, const int64_t *rows,
                                   const int32_t *labels, int64_t n)
{
    static const column_spec columns[] = {{.name = "row", .kind = COLUMN_NUMBER},
                                          {.name = "label", .kind = COLUMN_NUMBER}};
    int64_t *room = mem_new(c, TAG_TABLE, int64_t, 2 * COLFILE_CHUNK_ROWS);
    colfile_writer *w = room ? colfile_create(c, path, columns, 2, n) : NULL;
    stint_status s = w ? put_rows(w, rows, labels, n, room) : STINT_ENOMEM;
    mem_free(room);
    if (!w)
        return ctx_status(c);
    if (s == STINT_OK)
        return colfile_finish(w, NULL);
    colfile_abandon(w);
    return s;
}

/* --- JSON ----------------------------------------------------------------------------------------- */

enum { JSON_PIECE = 1 << 16 };

static stint_status put_json(ctx *c, int fd, const char *path, const int32_t *labels, int64_t n,
                             str *text)
{
    for (int64_t i = 0; i < n; i++) {
        str_addf(text, "%s{\"row\":%lld,\"label\":%d}", i ? ",\n" : "[\n", (long long)i, labels[i]);
        if (text->len < JSON_PIECE)
            continue;
        TRY(str_status(text));
        TRY(file_write(c, fd, path, text->at, text->len));
        str_clear(text);
    }
    str_add(text, "\n]\n");
    TRY(str_status(text));
    TRY(file_write(c, fd, path, text->at, text->len));
    return file_sync(c, fd, path);
}

static stint_status write_json(ctx *c, const char *to, const int32_t *labels, int64_t n)
{
    char tmp[4096];
    str text;
    if (snprintf(tmp, sizeof tmp, "%s.tmp", to) >= (int)sizeof tmp)
        return fail(c, STINT_EUSAGE, "%s: the name is too long", to);
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail_errno(c, "create", tmp);
    str_init(&text, c, TAG_TABLE);
    stint_status s = put_json(c, fd, tmp, labels, n, &text);
    str_deinit(&text);
    if (close(fd) != 0 && s == STINT_OK)
        s = fail_errno(c, "close", tmp);
    if (s == STINT_OK)
        s = dir_rename(c, tmp, to);
    if (s != STINT_OK)
        unlink(tmp);
    return s;
}

/* --- under its name ----------------------------------------------------------------------------- */

stint_status cluster_labels_write(cluster_work *w, const char *to)
{
    char dir[4096], scratch[4200];
    const int32_t *labels = w->found->labels;
    int64_t n = w->found->facts.n;
    if (is_json(to))
        return write_json(w->ctx, to, labels, n);
    TRY(cache_dir(w->ctx, dir, sizeof dir));
    snprintf(scratch, sizeof scratch, "%s/labels.%d.tmp", dir, (int)getpid());
    stint_status s = cluster_columns_write(w->ctx, scratch, NULL, labels, n);
    if (s == STINT_OK)
        s = table_write(w->ctx, scratch, to,
                        &(table_write_settings){.sheet = "Clusters", .threads = cpu_count()});
    unlink(scratch);
    return s;
}
