/* The rows of k-means as its kernels want them: in panels of single precision, moved to their mean
 * and scaled by a power of two so that no element is beyond 1.  They are made once and kept, or,
 * where memory is short, made again at each pass: the same bits.
 *
 * Work goes by items, runs of rows cut by the number of columns alone. */
#ifndef CLUSTER_KMEANS_DATA_H
#define CLUSTER_KMEANS_DATA_H

#include "cluster/cluster.h"
#include "kernel/nearest.h"

/* What one thread needs to itself. */
typedef struct kmeans_scratch {
    double *rows;  /* [item][d] */
    float *x;      /* [item / NEAREST_ROWS] panels, where none are kept */
    float *norm;   /* [item] */
    float *panel;  /* [d][NEAREST_ROWS], of rows gathered */
    float *doubt;  /* [d][NEAREST_ROWS], of rows that single precision does not decide */
    double *exact; /* [NEAREST_ROWS][d], the same in doubles */
    int32_t *list; /* [item] */
    uint32_t *bits;
    float doubt_limit[NEAREST_ROWS];
    int64_t doubt_row[NEAREST_ROWS];
    int doubts;
} kmeans_scratch;

typedef struct kmeans_data {
    ctx *ctx;
    const points *points;
    points_directions directions;
    const double *weights; /* or NULL */
    const backend *backend;
    const nearest_class *nearest;
    int64_t n, d;
    int64_t item, items;  /* rows of one, a multiple of NEAREST_ROWS; how many */
    const double *direct; /* the rows as doubles where they lie in memory, or NULL */
    double *mean;         /* [d] */
    double variance;      /* mean of the columns' */
    double scale;
    float longest;     /* of the norms, or more */
    bool out_of_range; /* squares may leave the doubles: only exact arithmetic will do */
    float *x, *norm;   /* kept panels [n / NEAREST_ROWS][d][NEAREST_ROWS], norms; or NULL */
    int threads;
    kmeans_scratch *scratch; /* [threads] */
    int64_t centers;         /* that bits have room for */
} kmeans_data;

typedef struct kmeans_data_plan {
    int64_t n, d, centers; /* the most that one search is among */
    bool keep;
    int threads;
    bool direct;
} kmeans_data_plan;
int64_t kmeans_item_rows(int64_t d);
int64_t kmeans_data_bytes(const kmeans_data_plan *p);
bool kmeans_is_direct(const cluster_task *t, bool directions);

/* `p` may be NULL: the caller's thread does it. */
stint_status kmeans_data_open(ctx *c, const cluster_task *t, bool directions, bool keep,
                              int64_t centers, pool *p, kmeans_data *out);
void kmeans_data_close(kmeans_data *m);

/* Rows of an item. */
typedef struct kmeans_view {
    int64_t from, count;
    const float *x;     /* panels; lanes beyond count are zero */
    const float *norm;  /* |x| of each row, or a little more; 0 beyond */
    const double *rows; /* [count][d], or NULL: ask for each */
} kmeans_view;
stint_status kmeans_view_item(const kmeans_data *m, int64_t item, int thread, kmeans_view *v);
/* The rows of an item as doubles alone: v->x and v->norm are NULL. */
stint_status kmeans_view_rows(const kmeans_data *m, int64_t item, int thread, kmeans_view *v);
/* One row as doubles, valid until the thread's next. */
stint_status kmeans_row(const kmeans_data *m, const kmeans_view *v, int64_t row, int thread,
                        const double **x);
/* Some rows, at most NEAREST_ROWS, as one panel in the thread's scratch, and their norms. */
stint_status kmeans_gather(const kmeans_data *m, const int64_t *rows, int n, int thread,
                           float norm[NEAREST_ROWS]);

static inline double kmeans_weight(const kmeans_data *m, int64_t row)
{
    return m->weights ? m->weights[row] : 1;
}

/* Σ_j (x_j - c_j)², the expression that decides. */
static inline double kmeans_square(const double *x, const double *c, int64_t d)
{
    double sum = 0;
    for (int64_t j = 0; j < d; j++) {
        double e = x[j] - c[j];
        sum += e * e;
    }
    return sum;
}

/* Items on the pool, or one after another as the given thread. */
stint_status kmeans_each(pool *p, int thread, int64_t items, pool_item *run, void *self);

#endif
