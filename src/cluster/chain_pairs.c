#include "cluster/chain_pairs.h"

#include "cluster/chain_again.h"
#include "cluster/chain_matrix.h"

#include <math.h>

typedef struct pairs {
    linkage_run *run;
    chain chain;
    linkage_rows rows;
    chain_again again;
    chain_matrix matrix;
} pairs;

/* Rows of the clusters that are left, one after the other. */
static stint_status fill_from_again(pairs *p)
{
    const double *apart;
    for (int64_t i = 0; i < p->matrix.count; i++) {
        double *row = chain_matrix_row(&p->matrix, i);
        TRY(chain_again_apart(&p->again, p->matrix.slot[i], &apart));
        for (int64_t j = 0; j < i; j++)
            row[j] = apart[p->matrix.slot[j]];
    }
    return STINT_OK;
}

/* Distances again until the clusters that are left are `kept`, whose pairs are then filled in. */
static stint_status run_again(pairs *p, int64_t kept)
{
    chain_source source = {chain_again_nearest, chain_again_join, linkage_rows_height, &p->again};
    TRY(chain_again_open(&p->again, p->run, &p->chain, &p->rows));
    TRY(chain_run(&p->chain, &source, kept));
    if (p->chain.active == 1)
        return STINT_OK;
    TRY(chain_matrix_open(&p->matrix, p->run, &p->chain, kept));
    return fill_from_again(p);
}

static stint_status begin_matrix(pairs *p)
{
    TRY(chain_matrix_open(&p->matrix, p->run, &p->chain, p->run->n));
    return linkage_rows_triangle(&p->rows, p->matrix.m);
}

static stint_status run_pairs(pairs *p, int64_t kept)
{
    chain_source source = {chain_matrix_nearest, chain_matrix_join, linkage_rows_height,
                           &p->matrix};
    TRY(chain_open(&p->chain, p->run));
    TRY(linkage_rows_open(&p->rows, p->run));
    TRY(kept < p->run->n ? run_again(p, kept) : begin_matrix(p));
    return p->chain.active > 1 ? chain_run(&p->chain, &source, 1) : STINT_OK;
}

stint_status chain_pairs(linkage_run *r, int64_t kept)
{
    pairs p = {.run = r};
    stint_status s = run_pairs(&p, kept);
    chain_close(&p.chain);
    chain_again_close(&p.again);
    chain_matrix_close(&p.matrix);
    linkage_rows_close(&p.rows);
    return s;
}

/* --- what it takes ------------------------------------------------------------------------- */

/* The most clusters whose pairs fit into so many bytes, from 1 = none to n. */
static int64_t most_kept(int64_t n, int64_t bytes)
{
    int64_t low = 1, high = n;
    while (low < high) {
        int64_t half = low + (high - low + 1) / 2;
        if (chain_matrix_bytes(n, half) <= bytes)
            low = half;
        else
            high = half - 1;
    }
    return low;
}

/* Searches are 2.5 a merge, in which a cluster has n / m rows when m are left; then each row once
 * more, for the pairs that are kept. */
static double again_operations(int64_t n, int64_t d, int64_t kept)
{
    double rows = 2.5 * (double)n * log((double)n / (double)kept) + (double)n;
    return rows * (double)n * (3 * (double)d + 12);
}

chain_pairs_plan chain_pairs_planned(const linkage_run *r, int64_t memory)
{
    int64_t n = r->n, threads = r->pool ? pool_threads(r->pool) : 1;
    int64_t both = chain_bytes(n) + linkage_rows_bytes(n, r->d);
    int64_t whole = both + chain_matrix_bytes(n, n) + linkage_triangle_bytes(r->d, (int)threads);
    int64_t least = both + chain_again_bytes(n, r->d);
    double merging = 3 * (double)n * (double)n;
    if (whole <= memory || whole <= least)
        return (chain_pairs_plan){n, whole, whole < least ? whole : least,
                                  1.5 * (double)n * (double)n * ((double)r->d + 1) + merging};
    int64_t kept = most_kept(n, memory - least);
    return (chain_pairs_plan){kept, least + (kept > 1 ? chain_matrix_bytes(n, kept) : 0), least,
                              again_operations(n, r->d, kept) + merging};
}
