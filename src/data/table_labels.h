/* Labels of a table: columns of 0 and 1, a label each, or one column of packed bits. */
#ifndef DATA_TABLE_LABELS_H
#define DATA_TABLE_LABELS_H

#include "data/table.h"

/* Names and decoding for the target columns that `t` has.  Cells of the rows that `rows` keeps
 * (NULL = all) that are neither 0 nor 1 are STINT_EDATA with their line. */
stint_status table_take_labels(ctx *c, arena *a, const table_settings *s, table *t);

/* Are the target columns of new data, `columns` [n], those of the labels that `t` knows?  Names
 * that it does not know, and cells as above, are STINT_EDATA. */
stint_status table_find_labels(ctx *c, const int *columns, int n, const table *t);

/* As table_targets. */
void table_labels(const table *t, int64_t chunk, const int32_t *rows, int64_t n, double *out,
                  int64_t column_stride, int64_t row_stride);

#endif
