/* The account of a run, from its directory alone: verdict text, status, report.html and
 * report.xlsx. */
#ifndef EXPERIMENT_ACCOUNT_H
#define EXPERIMENT_ACCOUNT_H

#include "base/json.h"
#include "base/os/os.h"

#define ACCOUNT_PAGE     "report.html"
#define ACCOUNT_WORKBOOK "report.xlsx"

/* Every file that tells of a run, parsed; a field is NULL when its file is not there. */
typedef struct account {
    char dir[2048];
    json_t *summary, *metrics, *plan, *environment;
    json_t *stages; /* the last timing line of each stage: name → object */
} account;

stint_status account_open(ctx *c, const char *dir, account *out);
void account_close(account *a);

/* The verdict for people: a few lines. */
void account_verdict(const account *a, str *out);

/* summary.json beside what was measured, one object. */
void account_json(const account *a, str *out);

/* The tables of the workbook as column files, by path; one that is NULL or not there is read from
 * rounds/001/NAME.parquet, where that is, by an ingest child within `memory_bytes` (0 = half the
 * machine's). */
typedef struct account_tables {
    const char *predictions, *search, *importance;
    int64_t memory_bytes;
} account_tables;

/* DIR/report.html, then DIR/report.xlsx, each atomically, on at most so many threads, fewer where
 * there is little to write.  `tables` NULL = all from Parquet. */
stint_status account_report(ctx *c, const account *a, int threads, const account_tables *tables);

/* What making the report takes, of so many predictions and tables of at most so many columns:
 * private memory (upper bound; an ingest child's is its own), disk (the same), time. */
int64_t account_bytes(int64_t rows, int columns, int threads);
int64_t account_disk_bytes(int64_t rows, int columns);
double account_seconds(int64_t rows, int columns);

#endif
