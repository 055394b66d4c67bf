/* First and second moments of a table's rows: counts, means, centred cross products.
 *
 * One set of moments per training part of the split, gathered over
 * groups of MOMENTS_GROUP chunks by tasks of their own; merged by Chan, Golub and LeVeque's
 * formula (1979), never subtracted, in one fixed order: chunks within a group, then groups,
 * then parts, ascending. */
#ifndef MODEL_MOMENTS_H
#define MODEL_MOMENTS_H

#include "model/model.h"

#define MOMENTS_GROUP 8 /* chunks in one task */

/* Columns are the features, then the targets, then zero padding up to ld.
 *
 *     [ n | mean [ld] | m2 [ld][ld], upper triangle ]   doubles, 64-byte aligned */
typedef struct moments {
    int columns;
    int64_t ld;
    double *n;    /* a count, exact below 2^53 */
    double *mean; /* [ld] */
    double *m2;   /* [ld][ld]: Σ (x - mean)(x - mean)' */
} moments;

/* Doubles that moments of so many columns take, and moments seen in that many at `at`. */
int64_t moments_doubles(int columns);
moments moments_at(double *at, int columns);

void moments_merge(moments *a, const moments *b);

/* m2[i][j], whichever triangle. */
static inline double moments_m2(const moments *m, int i, int j)
{
    return i <= j ? m->m2[i * m->ld + j] : m->m2[j * m->ld + i];
}

/* Gathering tasks: one for each group of chunks and, where features depend on the training set,
 * for each training set.  Each writes its group's moments of every part into a file in t->dir. */
int64_t moments_tasks(const model_task *t);
stint_status moments_gather(ctx *c, const model_task *t, int64_t task, pool *p);

/* The merged moments of one part, as training set `set` sees it, into zeroed `out`. */
stint_status moments_of_part(ctx *c, const model_task *t, int set, int part, moments *out);

/* Upper bounds: private memory of one gathering task, bytes of its file. */
int64_t moments_gather_bytes(int columns, int parts, int threads);
int64_t moments_file_bytes(int columns, int parts);
int64_t moments_disk_bytes(const model_shape *s);

#endif
