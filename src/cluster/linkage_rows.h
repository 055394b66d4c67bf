/* Distances of one row to all rows, by the metric or from the matrix that was given; what pairs
 * of clusters are made of.
 *
 * Complete linkage compares sums of terms, which rise with the distance; average linkage needs
 * distances.  A merge of the slots a and b is, beside any third cluster,
 *
 *     complete    max(to a, to b)
 *     average     (|a| to a + |b| to b) / (|a| + |b|) */
#ifndef CLUSTER_LINKAGE_ROWS_H
#define CLUSTER_LINKAGE_ROWS_H

#include "cluster/linkage.h"

typedef struct linkage_rows {
    linkage_run *run;
    int64_t n, d, panels;
    double *x; /* [panels][d][16]; NULL = the matrix was given */
    apart_rows *apart;
    kernel_near *near;
    bool roots; /* distances are roots of sums */
} linkage_rows;

stint_status linkage_rows_open(linkage_rows *rows, linkage_run *r);
void linkage_rows_close(linkage_rows *rows);
int64_t linkage_rows_bytes(int64_t n, int64_t d); /* d = 0: of a matrix */

/* q [d] = row i */
void linkage_rows_take(const linkage_rows *rows, int64_t i, double *q);

/* Panels from … from+count-1 of the distances of row i, whose values are q, to all rows. */
void linkage_rows_apart(const linkage_rows *rows, int64_t i, const double *q, int64_t from,
                        int64_t count, double *out);

/* Rows i … of the lower triangle, m[i(i-1)/2 + j] for j < i: all of them, by the pool. */
stint_status linkage_rows_triangle(const linkage_rows *rows, double *m);
int64_t linkage_triangle_bytes(int64_t d, int threads); /* that it takes beside m */

/* The height of a merge at `apart`. */
double linkage_rows_height(const linkage_run *run, double apart);

#endif
