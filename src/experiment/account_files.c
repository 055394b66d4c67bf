#include "data/source.h"
#include "experiment/account_page.h"
#include "report/workbook.h"

#include <stdio.h>

/* report.html and report.xlsx.  The workbook's tables are column files: the round's own while they
 * are there, else its Parquet files read back. */

enum { PREDICTIONS, SEARCH, IMPORTANCE, TABLES };

static const char *const table_names[TABLES] = {
    [PREDICTIONS] = "predictions", [SEARCH] = "search", [IMPORTANCE] = "importance"};

typedef struct open_tables {
    colfile files[TABLES];
    bool opened[TABLES];
} open_tables;

static void tables_close(open_tables *t)
{
    for (int i = 0; i < TABLES; i++)
        if (t->opened[i])
            colfile_close(&t->files[i]);
}

/* A table that is nowhere is none. */
static stint_status table_open_any(ctx *c, const account *a, const char *name, const char *path,
                                   int64_t memory_bytes, colfile *out, bool *opened)
{
    char parquet[4096];
    ingest_result r;
    if (path && file_exists(path)) {
        TRY(colfile_open(c, path, out));
    } else {
        snprintf(parquet, sizeof parquet, "%s/rounds/001/%s.parquet", a->dir, name);
        if (!file_exists(parquet))
            return STINT_OK;
        TRY(source_open(c, &(source){.path = parquet}, memory_bytes, 0, &r, out));
    }
    *opened = true;
    return STINT_OK;
}

static stint_status tables_open(ctx *c, const account *a, const account_tables *from,
                                open_tables *t)
{
    static const account_tables none;
    from = from ? from : &none;
    const char *const paths[TABLES] = {from->predictions, from->search, from->importance};
    for (int i = 0; i < TABLES; i++)
        TRY(table_open_any(c, a, table_names[i], paths[i], from->memory_bytes, &t->files[i],
                           &t->opened[i]));
    return STINT_OK;
}

static const colfile *table_of(const open_tables *t, int i)
{
    return t->opened[i] ? &t->files[i] : NULL;
}

/* Threads cost memory each, and start-up: they pay for sheets of many cells. */
enum { CELLS_OF_A_THREAD = 1 << 18, THREADS_MOST = 4 };

static int useful_threads(int64_t rows, int columns, int most)
{
    int64_t n = 1 + rows * columns / CELLS_OF_A_THREAD;
    n = n < THREADS_MOST ? n : THREADS_MOST;
    return n < most ? (int)n : most;
}

static stint_status put_workbook(ctx *c, const account *a, int threads, const report *r,
                                 const report_tables *t)
{
    char path[4096];
    const colfile *f = t->predictions;
    pool *p = pool_new(c, f ? useful_threads(f->rows, f->n_columns, threads) : 1);
    if (!p)
        return STINT_ENOMEM;
    snprintf(path, sizeof path, "%s/" ACCOUNT_WORKBOOK, a->dir);
    stint_status s = report_workbook(c, p, r, t, path);
    pool_free(p);
    return s;
}

static stint_status write_workbook(ctx *c, const account *a, int threads, const report *r,
                                   const account_tables *from)
{
    open_tables t = {0};
    stint_status s = tables_open(c, a, from, &t);
    if (s == STINT_OK)
        s = put_workbook(c, a, threads, r,
                         &(report_tables){.predictions = table_of(&t, PREDICTIONS),
                                          .search = table_of(&t, SEARCH),
                                          .importance = table_of(&t, IMPORTANCE)});
    tables_close(&t);
    return s;
}

static stint_status write_html(ctx *c, const account *a, const report *r)
{
    str out;
    str_init(&out, c, TAG_REPORT);
    stint_status s = report_html(c, r, &out);
    if (s == STINT_OK)
        s = file_write_str(c, a->dir, ACCOUNT_PAGE, &out);
    str_deinit(&out);
    return s;
}

stint_status account_report(ctx *c, const account *a, int threads, const account_tables *tables)
{
    account_page page;
    TRY(account_page_open(c, a, &page));
    stint_status s = write_html(c, a, &page.report);
    if (s == STINT_OK)
        s = write_workbook(c, a, threads, &page.report, tables);
    account_page_close(&page);
    return s;
}

/* First the page that embeds the pictures, while it grows, then the workbook beside them. */
enum { PICTURES_BYTES = 7 << 20, PAGE_BYTES = 17 << 20 };

int64_t account_bytes(int64_t rows, int columns, int threads)
{
    int64_t book = report_workbook_bytes(columns, useful_threads(rows, columns, threads));
    return PICTURES_BYTES + (book > PAGE_BYTES ? book : PAGE_BYTES);
}

int64_t account_disk_bytes(int64_t rows, int columns)
{
    return ((int64_t)2 << 20) + report_workbook_disk_bytes(rows, columns);
}

double account_seconds(int64_t rows, int columns)
{
    return 0.006 + report_workbook_seconds(rows, columns);
}
