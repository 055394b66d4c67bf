/* The report as a workbook (report.xlsx): sheets Summary, Top trials, Predictions, Importance,
 * Settings.  A sheet of a table that is not given, and one of no trials, is left out.
 *
 * The same report and tables give the same bytes, for any number of threads.  Texts that are too
 * long for a cell are cut. */
#ifndef REPORT_WORKBOOK_H
#define REPORT_WORKBOOK_H

#include "base/pool.h"
#include "data/colfile.h"
#include "report/report.h"

/* NULL = there is none. */
typedef struct report_tables {
    const colfile *predictions; /* every column; of more rows than a sheet holds, the first ones */
    const colfile *search;      /* a row per configuration, by number: what was searched is read
                                   from its columns, and fold_0 … */
    const colfile *importance;
} report_tables;

/* Appears under its name whole or not at all.  `tables` may be NULL. */
stint_status report_workbook(ctx *c, pool *p, const report *r, const report_tables *tables,
                             const char *path);

/* What that takes at most, for tables of up to so many columns, see table_sheet_bytes. */
int64_t report_workbook_bytes(int columns, int threads);

/* How large the file becomes at most with so many predictions, and about how long that takes. */
int64_t report_workbook_disk_bytes(int64_t rows, int columns);
double report_workbook_seconds(int64_t rows, int columns);

#endif
