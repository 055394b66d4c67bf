#include "linalg/lanczos.h"

#include "base/rng.h"
#include "linalg/symmetric.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The basis V [basis+1][n] is orthonormal, and A Vᵀ = Vᵀ T + w, w the last row.  T is full for
 * simplicity's sake: after a restart it is the kept Ritz values, with an arrow to the next vector.
 *
 * A run finds the largest pairs outside of what is locked.  The first run finds all that are
 * wanted; each further one looks for one pair more, and ends the search when its value is below
 * all that are held. */

enum { BLOCK = 1024, SPARE = 20, PROOFS_MOST = 64, LOOK_EVERY = 10 };

typedef struct krylov {
    const lanczos_settings *s;
    pool *pool;
    int basis;
    int64_t blocks, products;
    uint64_t starts;    /* vectors drawn */
    const double *lock; /* rows that everything is orthogonal to, beside s->locked */
    int locks;
    double *v;    /* [basis+1][n] */
    double *t;    /* [basis][basis] */
    double *y;    /* [basis][basis] its eigenvectors as rows */
    double *ritz; /* [basis] */
    double *work; /* [3][basis] */
    double *part; /* [blocks][most rows] partial sums of products */
    double *sum;  /* [most rows] */
    double *turn; /* [threads][basis][BLOCK] */
} krylov;

static int basis_of(const lanczos_settings *s)
{
    int64_t basis = s->basis ? s->basis : 2 * (int64_t)s->wanted + SPARE;
    int64_t left = s->n - s->known;
    return (int)(basis < left ? basis : left);
}

/* --- loops over blocks of the vectors ------------------------------------------------------ */

typedef struct rows_of {
    krylov *k;
    const double *rows; /* [m][n] */
    int m;
    double *x; /* [n] */
    int to;    /* of a turn: rows that come out */
} rows_of;

static int64_t block_length(const krylov *k, int64_t block)
{
    int64_t left = k->s->n - block * BLOCK;
    return left < BLOCK ? left : BLOCK;
}

static void each_block(krylov *k, pool_item *run, rows_of *self)
{
    if (k->pool && k->blocks > 1)
        (void)parallel_for(k->pool, k->blocks, run, self); /* no item fails */
    for (int64_t b = 0; !(k->pool && k->blocks > 1) && b < k->blocks; b++)
        (void)run(self, b, 0);
}

static stint_status dots_of_block(void *self, int64_t block, int thread)
{
    const rows_of *r = self;
    int64_t n = r->k->s->n, from = block * BLOCK, length = block_length(r->k, block);
    (void)thread;
    for (int i = 0; i < r->m; i++) {
        const double *v = r->rows + i * n + from, *x = r->x + from;
        double sum[4] = {0};
        int64_t j = 0;
        for (; j + 4 <= length; j += 4)
            for (int l = 0; l < 4; l++)
                sum[l] += v[j + l] * x[j + l];
        for (; j < length; j++)
            sum[0] += v[j] * x[j];
        r->k->part[block * r->m + i] = sum[0] + sum[1] + (sum[2] + sum[3]);
    }
    return STINT_OK;
}

/* k->sum[i] = rows[i] · x */
static void dots(krylov *k, const double *rows, int m, double *x)
{
    rows_of r = {k, rows, m, x, 0};
    each_block(k, dots_of_block, &r);
    for (int i = 0; i < m; i++) {
        k->sum[i] = 0;
        for (int64_t b = 0; b < k->blocks; b++)
            k->sum[i] += k->part[b * m + i];
    }
}

static stint_status subtract_block(void *self, int64_t block, int thread)
{
    const rows_of *r = self;
    int64_t n = r->k->s->n, from = block * BLOCK, length = block_length(r->k, block);
    (void)thread;
    for (int i = 0; i < r->m; i++) {
        const double *v = r->rows + i * n + from;
        double w = r->k->sum[i], *x = r->x + from;
        for (int64_t j = 0; j < length; j++)
            x[j] -= w * v[j];
    }
    return STINT_OK;
}

/* x -= Σ_i sum[i] rows[i] */
static void subtract(krylov *k, const double *rows, int m, double *x)
{
    rows_of r = {k, rows, m, x, 0};
    each_block(k, subtract_block, &r);
}

static double length_of(krylov *k, double *x)
{
    dots(k, x, 1, x);
    return sqrt(k->sum[0]);
}

static void scale(krylov *k, double by, double *x)
{
    for (int64_t i = 0; i < k->s->n; i++)
        x[i] *= by;
}

/* The first `to` rows of V become y V, y [to][m] with rows `basis` apart. */
static stint_status turn_block(void *self, int64_t block, int thread)
{
    const rows_of *r = self;
    krylov *k = r->k;
    int64_t n = k->s->n, from = block * BLOCK, length = block_length(k, block);
    double *out = k->turn + (int64_t)thread * k->basis * BLOCK;
    memset(out, 0, (size_t)(r->to * BLOCK) * sizeof *out);
    for (int i = 0; i < r->to; i++)
        for (int m = 0; m < r->m; m++) {
            double w = r->rows[(int64_t)i * k->basis + m];
            const double *v = k->v + m * n + from;
            for (int64_t j = 0; j < length; j++)
                out[i * BLOCK + j] += w * v[j];
        }
    for (int i = 0; i < r->to; i++)
        memcpy(k->v + i * n + from, out + i * BLOCK, (size_t)length * sizeof *out);
    return STINT_OK;
}

/* --- the Krylov space ---------------------------------------------------------------------- */

/* x becomes orthogonal to all that is locked and to the first m of the basis; what it had along
 * these is added to h unless NULL.  Twice, as once leaves rounding behind. */
static void orthogonalise(krylov *k, int m, double *x, double *h)
{
    for (int pass = 0; pass < 2; pass++) {
        dots(k, k->s->locked, k->s->known, x);
        subtract(k, k->s->locked, k->s->known, x);
        dots(k, k->lock, k->locks, x);
        subtract(k, k->lock, k->locks, x);
        dots(k, k->v, m, x);
        subtract(k, k->v, m, x);
        for (int i = 0; h && i < m; i++)
            h[i] += k->sum[i];
    }
}

/* A vector of no direction in particular, outside of the first m of the basis. */
static void draw(krylov *k, int m, double *x)
{
    double length = 0;
    while (length < 1e-8) {
        rng r = {k->s->seed, RNG_LANCZOS};
        for (int64_t i = 0; i < k->s->n; i++)
            x[i] = rng_normal(r, k->starts * (uint64_t)k->s->n + (uint64_t)i);
        k->starts++;
        scale(k, 1 / length_of(k, x), x);
        orthogonalise(k, m, x, NULL);
        length = length_of(k, x);
    }
    scale(k, 1 / length, x);
}

/* Row j of T and vector j + 1, from A v_j; *beta = what T has beside them. */
static stint_status extend(krylov *k, int j, double *beta)
{
    double *v = k->v + j * k->s->n, *next = v + k->s->n, *h = k->t + (int64_t)j * k->basis;
    TRY(k->s->apply(k->s->self, v, next));
    k->products++;
    double before = length_of(k, next);
    memset(h, 0, (size_t)k->basis * sizeof *h);
    orthogonalise(k, j + 1, next, h);
    for (int i = 0; i < j; i++)
        k->t[(int64_t)i * k->basis + j] = h[i];
    *beta = length_of(k, next);
    if (*beta > 16 * DBL_EPSILON * before) {
        scale(k, 1 / *beta, next);
        return STINT_OK;
    }
    *beta = 0; /* the space is closed under A: go on elsewhere, if there is an elsewhere */
    if (j + 1 + k->locks + k->s->known < k->s->n)
        draw(k, j + 1, next);
    return STINT_OK;
}

/* Ritz values of the first m of the basis, ascending, as symmetric_eigen leaves them. */
static bool solve(krylov *k, int m)
{
    double *y = k->y;
    for (int i = 0; i < m; i++)
        memcpy(y + (int64_t)i * m, k->t + (int64_t)i * k->basis, (size_t)m * sizeof *y);
    if (!symmetric_eigen(m, y, k->ritz, k->work))
        return false;
    for (int i = m - 1; i >= 0 && m < k->basis; i--) /* rows as far apart as turn_block has them */
        memmove(y + (int64_t)i * k->basis, y + (int64_t)i * m, (size_t)m * sizeof *y);
    return true;
}

/* The largest first. */
static void reverse(krylov *k, int m)
{
    for (int i = 0, j = m - 1; i < j; i++, j--) {
        double value = k->ritz[i];
        k->ritz[i] = k->ritz[j];
        k->ritz[j] = value;
        double *a = k->y + (int64_t)i * k->basis, *b = k->y + (int64_t)j * k->basis;
        for (int x = 0; x < m; x++) {
            value = a[x];
            a[x] = b[x];
            b[x] = value;
        }
    }
}

static void keep_ritz(krylov *k, int m, int kept)
{
    rows_of r = {k, k->y, m, NULL, kept};
    each_block(k, turn_block, &r);
    if (kept < m)
        memcpy(k->v + kept * k->s->n, k->v + m * k->s->n, (size_t)k->s->n * sizeof *k->v);
}

static int firm_of(const krylov *k)
{
    return k->s->firm ? k->s->firm : k->s->wanted;
}

/* How far from true Ritz pair i may be. */
static double allowed(const krylov *k, int i)
{
    int firm = firm_of(k);
    return i < firm
               ? k->s->tolerance
               : fmax(k->s->tolerance, sqrt(k->s->tolerance) * (k->ritz[firm - 1] - k->ritz[i]));
}

/* How many of the first `wanted` Ritz pairs have come near enough. */
static int near_enough(const krylov *k, int m, int wanted, double beta)
{
    int n = 0;
    while (n < wanted && n < m && fabs(beta * k->y[(int64_t)n * k->basis + m - 1]) <= allowed(k, n))
        n++;
    return n;
}

/* What a run is for: so many pairs, or none when all that there can be is below `floor`. */
typedef struct aim {
    int wanted;
    double floor;
} aim;

/* Is the run at its end with the first m of the basis?  *got of the pairs are near enough. */
static stint_status judge(ctx *c, krylov *k, const aim *a, int m, double beta, int *got, bool *end)
{
    if (!solve(k, m))
        return fail(c, STINT_EFAIL,
                    "an eigen-decomposition of %d x %d did not converge: the operator has values "
                    "that are not finite",
                    m, m);
    reverse(k, m);
    double reach = fabs(beta * k->y[m - 1]);
    bool below = k->ritz[0] + reach < a->floor && reach < 0.1 * fabs(a->floor - k->ritz[0]);
    *got = below ? 0 : near_enough(k, m, a->wanted, beta);
    *end = below || *got == a->wanted;
    return STINT_OK;
}

/* T and the basis shrink to the Ritz pairs that are kept of m; returns how many. */
static int restart(krylov *k, const aim *a, int m, int got)
{
    int kept = got + (m - got) / 2;
    kept = kept < a->wanted ? a->wanted : kept;
    kept = kept < m ? kept : m - 1;
    keep_ritz(k, m, kept);
    memset(k->t, 0, (size_t)k->basis * (size_t)k->basis * sizeof *k->t);
    for (int i = 0; i < kept; i++)
        k->t[(int64_t)i * k->basis + i] = k->ritz[i];
    return kept;
}

/* The `wanted` largest pairs outside of what is locked become the first of V and ritz, or, when
 * `floor` is above all that there can be, none: *got. */
static stint_status run(ctx *c, krylov *k, aim a, int *got)
{
    int64_t n = k->s->n, most = k->s->most ? k->s->most : 100 * n;
    int64_t room = n - k->s->known - k->locks;
    int m = k->basis < room ? k->basis : (int)room, from = 0;
    bool end = false;
    a.wanted = a.wanted < m ? a.wanted : m;
    *got = 0;
    memset(k->t, 0, (size_t)k->basis * (size_t)k->basis * sizeof *k->t);
    if (m < 1)
        return STINT_OK;
    draw(k, 0, k->v);
    for (;;) {
        int held = from;
        for (double beta; held < m && !end;) {
            TRY(extend(k, held++, &beta));
            bool look = (held - from) % LOOK_EVERY == 0 && held > a.wanted;
            if (look || held == m)
                TRY(judge(c, k, &a, held, beta, got, &end));
        }
        if (m == room && held == m && !(end && *got == 0)) {
            *got = a.wanted; /* the space is all there is */
            end = true;
        }
        if (end || k->products >= most) {
            keep_ritz(k, held, a.wanted);
            return STINT_OK;
        }
        from = restart(k, &a, m, *got);
    }
}

/* --- what was found ------------------------------------------------------------------------ */

typedef struct held {
    double *values, *vectors;
    int n, room;
} held;

/* Take pair i of the run in, by its value; when there is no room, instead of the least. */
static void hold(const krylov *k, held *h, int i)
{
    int64_t n = k->s->n;
    size_t bytes = (size_t)n * sizeof(double);
    int at = h->n < h->room ? h->n++ : h->room - 1;
    for (; at > 0 && h->values[at - 1] < k->ritz[i]; at--) {
        h->values[at] = h->values[at - 1];
        memcpy(h->vectors + at * n, h->vectors + (at - 1) * n, bytes);
    }
    h->values[at] = k->ritz[i];
    memcpy(h->vectors + at * n, k->v + i * n, bytes);
}

/* Is there another pair beyond the least firm one that is held? */
static stint_status look_past(ctx *c, krylov *k, held *h)
{
    for (int proof = 0; proof < PROOFS_MOST; proof++) {
        int got;
        k->lock = h->vectors;
        k->locks = h->n;
        double least = h->values[h->n < firm_of(k) ? h->n - 1 : firm_of(k) - 1];
        TRY(run(c, k, (aim){1, least - k->s->tolerance}, &got));
        if (got == 0 || k->ritz[0] <= least)
            break;
        hold(k, h, 0);
    }
    return STINT_OK;
}

static stint_status measure(krylov *k, const held *h, lanczos_found *found)
{
    int64_t n = k->s->n;
    found->residual = k->s->unmeasured ? NAN : 0;
    for (int i = 0; i < h->n; i++) {
        double *v = h->vectors + i * n, *image = k->v;
        symmetric_fix_sign(n, v);
        if (k->s->unmeasured)
            continue;
        TRY(k->s->apply(k->s->self, v, image));
        k->products++;
        k->sum[0] = h->values[i];
        subtract(k, v, 1, image);
        found->residual = fmax(found->residual, length_of(k, image));
    }
    found->products = k->products;
    return STINT_OK;
}

static stint_status search(ctx *c, krylov *k, double *values, double *vectors, lanczos_found *found)
{
    held h = {values, vectors, 0, k->s->wanted};
    int64_t left = k->s->n - k->s->known;
    int wanted = k->s->wanted < left ? k->s->wanted : (int)left;
    TRY(run(c, k, (aim){wanted, -INFINITY}, &found->converged));
    for (int i = 0; i < wanted; i++)
        hold(k, &h, i);
    if (found->converged == wanted && wanted > 0)
        TRY(look_past(c, k, &h));
    return measure(k, &h, found);
}

/* --- memory -------------------------------------------------------------------------------- */

static int64_t most_rows(const lanczos_settings *s)
{
    int64_t most = basis_of(s);
    most = most > s->known ? most : s->known;
    return most > s->wanted ? most : s->wanted;
}

int64_t lanczos_bytes(const lanczos_settings *s, int threads)
{
    int64_t basis = basis_of(s), blocks = (s->n + BLOCK - 1) / BLOCK;
    return 8 * ((basis + 1) * s->n + 2 * basis * basis + 4 * basis + (blocks + 1) * most_rows(s) +
                threads * basis * BLOCK) +
           8 * 128;
}

static stint_status room(ctx *c, krylov *k, int threads)
{
    int64_t basis = k->basis, most = most_rows(k->s);
    k->v = mem_new(c, TAG_MODEL, double, (basis + 1) * k->s->n);
    k->t = mem_new(c, TAG_MODEL, double, basis *basis);
    k->y = mem_new(c, TAG_MODEL, double, basis *basis);
    k->ritz = mem_new(c, TAG_MODEL, double, basis);
    k->work = mem_new(c, TAG_MODEL, double, 3 * basis);
    k->part = mem_new(c, TAG_MODEL, double, k->blocks *most);
    k->sum = mem_new(c, TAG_MODEL, double, most);
    k->turn = mem_new(c, TAG_MODEL, double, threads *basis *BLOCK);
    return k->v && k->t && k->y && k->ritz && k->work && k->part && k->sum && k->turn
               ? STINT_OK
               : STINT_ENOMEM;
}

stint_status lanczos_largest(ctx *c, const lanczos_settings *s, pool *p, double *values,
                             double *vectors, lanczos_found *found)
{
    krylov k = {.s = s, .pool = p, .basis = basis_of(s), .blocks = (s->n + BLOCK - 1) / BLOCK};
    *found = (lanczos_found){0};
    if (k.basis < 1)
        return STINT_OK;
    stint_status status = room(c, &k, p ? pool_threads(p) : 1);
    if (status == STINT_OK)
        status = search(c, &k, values, vectors, found);
    void *blocks[] = {k.v, k.t, k.y, k.ritz, k.work, k.part, k.sum, k.turn};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mem_free(blocks[i]);
    return status;
}
