#include "data/checks_impl.h"

#include <math.h>

/* The second pass, over columns that the first one left in doubt: those whose lowest or highest
 * cell is an outlier, and those that may have one value in too many rows.  Most tables have
 * none.  Counts of whole numbers, so that each thread may keep its own. */

typedef struct exact {
    checking *k;
    bool *outliers, *same; /* [n_looks] what to count */
    column_facts *found;   /* [threads][n_looks] */
    double **values;       /* [threads] of [CHECK_BLOCK] */
} exact;

static double deviation(const cell_spread *s)
{
    return s->n > 1 ? sqrt(s->m2 / (double)(s->n - 1)) : 0;
}

static bool may_lie_out(const checking *k, const look *l, const column_facts *f)
{
    double far = k->s->outlier_deviations * deviation(&f->spread);
    bool counts = l->feature || (l->target && k->in->kind == TARGET_NUMBER);
    return k->s->outliers != POLICY_IGNORE && counts && !l->category &&
           k->in->file->columns[l->column].kind == COLUMN_NUMBER &&
           (f->high - f->spread.mean > far || f->spread.mean - f->low > far);
}

/* Has a value enough cells, as far as the first pass can tell? */
static bool may_be_constant(const checking *k, const column_facts *f)
{
    const majority *m = &f->majority;
    return !m->none &&
           (double)(m->count + m->cancelled) >= k->s->constant_share * (double)f->spread.n - 1e-6;
}

static void count_cells(exact *e, int at, int64_t row, int64_t n, const double *values,
                        column_facts *found)
{
    checking *k = e->k;
    const look *l = &k->looks[at];
    const column_facts *f = &k->facts[at];
    double far = k->s->outlier_deviations * deviation(&f->spread);
    bool drops = look_drops_outside(k, l);
    for (int64_t i = 0; i < n; i++) {
        double v = values[i];
        if (!isfinite(v) || (drops && (v < l->low || v > l->high)))
            continue;
        found->same += v == f->majority.value;
        if (!e->outliers[at] || !(fabs(v - f->spread.mean) > far))
            continue;
        found->outliers++;
        if (found->first_outlier < 0 || row + i < found->first_outlier)
            found->first_outlier = row + i;
        if (k->s->outliers == POLICY_DROP)
            rows_leave(k, row + i);
    }
}

static stint_status exact_chunk(void *self, int64_t chunk, int thread)
{
    exact *e = self;
    checking *k = e->k;
    int64_t rows = colfile_chunk_rows(k->in->file, chunk);
    for (int i = 0; i < k->n_looks; i++)
        for (int64_t from = 0; (e->outliers[i] || e->same[i]) && from < rows; from += CHECK_BLOCK) {
            int64_t n = rows - from < CHECK_BLOCK ? rows - from : CHECK_BLOCK;
            colfile_read(k->in->file, k->looks[i].column, chunk, from, n, e->values[thread], 1);
            count_cells(e, i, chunk * COLFILE_CHUNK_ROWS + from, n, e->values[thread],
                        &e->found[thread * k->n_looks + i]);
        }
    return STINT_OK;
}

static void exact_add(const exact *e, int threads)
{
    for (int t = 0; t < threads; t++)
        for (int i = 0; i < e->k->n_looks; i++) {
            const column_facts *f = &e->found[t * e->k->n_looks + i];
            column_facts *to = &e->k->facts[i];
            to->same += f->same;
            to->outliers += f->outliers;
            if (f->outliers && (to->first_outlier < 0 || f->first_outlier < to->first_outlier))
                to->first_outlier = f->first_outlier;
        }
}

static bool exact_init(exact *e, int threads)
{
    ctx *c = e->k->ctx;
    e->found = mem_new(c, TAG_TABLE, column_facts, (int64_t)threads * e->k->n_looks);
    e->values = mem_new(c, TAG_TABLE, double *, threads);
    bool whole = e->found && e->values;
    for (int i = 0; whole && i < threads; i++) {
        whole = (e->values[i] = mem_new(c, TAG_TABLE, double, CHECK_BLOCK));
        for (int j = 0; j < e->k->n_looks; j++)
            e->found[i * e->k->n_looks + j].first_outlier = -1;
    }
    return whole;
}

static stint_status exact_run(exact *e)
{
    int threads = pool_threads(e->k->pool);
    stint_status s = exact_init(e, threads) ? STINT_OK : STINT_ENOMEM;
    if (s == STINT_OK)
        s = parallel_for(e->k->pool, e->k->in->file->chunks, exact_chunk, e);
    if (s == STINT_OK)
        exact_add(e, threads);
    for (int i = 0; e->values && i < threads; i++)
        mem_free(e->values[i]);
    mem_free(e->values);
    mem_free(e->found);
    return s;
}

stint_status checks_exact(checking *k)
{
    exact e = {.k = k};
    bool any = false;
    if (!(k->only & CHECK_STATISTICS))
        return STINT_OK;
    e.outliers = mem_new(k->ctx, TAG_TABLE, bool, k->n_looks);
    e.same = mem_new(k->ctx, TAG_TABLE, bool, k->n_looks);
    stint_status s = e.outliers && e.same ? STINT_OK : STINT_ENOMEM;
    for (int i = 0; s == STINT_OK && i < k->n_looks; i++) {
        const column_facts *f = &k->facts[i];
        e.outliers[i] = may_lie_out(k, &k->looks[i], f);
        e.same[i] = k->looks[i].feature && f->low < f->high && k->s->constant != POLICY_IGNORE &&
                    k->s->constant_share < 1 && may_be_constant(k, f);
        any = any || e.outliers[i] || e.same[i];
    }
    if (s == STINT_OK && any)
        s = exact_run(&e);
    mem_free(e.outliers);
    mem_free(e.same);
    return s;
}
