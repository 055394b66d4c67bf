/* Where the series of a table begin, and that its rows are in order. */
#ifndef DATA_SERIES_ROWS_H
#define DATA_SERIES_ROWS_H

#include "data/spill.h"
#include "data/times.h"

typedef struct series_rows {
    int group, time; /* columns, -1 = none */
    times times;     /* of `time` */
    int64_t n;
    int64_t *start; /* [n + 1] first row of each series, ascending; then the rows of the table */
    spill room;
} series_rows;

/* A series is a run of rows equal in column `group` ("" = all rows are one), in the order of
 * column `time` ("" = as they are).  STINT_EUSAGE: no such column.  STINT_EDATA, with both rows: a
 * series that goes on behind another one, a row earlier than the row before it; with its row, a
 * missing group or time.  `plain`: as times_open. */
stint_status series_rows_open(ctx *c, const colfile *f, const char *group, const char *time,
                              bool plain, series_rows *out);
void series_rows_close(series_rows *s);

int64_t series_rows_bytes(void); /* private memory, at most */

/* The column of that name; else STINT_EUSAGE with the nearest one. */
stint_status series_column(ctx *c, const colfile *f, const char *key, const char *name, int *out);

#endif
