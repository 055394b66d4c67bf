#include "model/ridge_system.h"

#include "base/fault.h"
#include "kernel/kernel.h"
#include "linalg/eigen.h"

#include <fcntl.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HEAD_MAGIC, HEAD_D, HEAD_T, HEAD_N, HEAD_RAW, HEAD_SIZE = KERNEL_LANES };
static const double magic = 20719.0;

/* Where half a part in 10⁶ of the variance is left, 16 digits less 6.3 leave the scores
 * good to 1e-9; below that, rows are read. */
static const double cancelled = 5e-7;

/* --- layout ----------------------------------------------------------------------------- */

static double *piece(double **at, int64_t n)
{
    double *here = *at;
    *at += kernel_pad(n);
    return here;
}

static ridge_spectrum spectrum_at(double **at, int64_t d, int64_t t)
{
    ridge_spectrum s;
    s.values = piece(at, d);
    s.vectors = piece(at, d * d);
    s.q = piece(at, d * t);
    return s;
}

static ridge_system system_at(double *at, int d, int t, bool raw)
{
    ridge_system s = {.d = d, .t = t};
    s.head = piece(&at, HEAD_SIZE);
    s.mean = piece(&at, d);
    s.scale = piece(&at, d);
    s.target_mean = piece(&at, t);
    s.centred = spectrum_at(&at, d, t);
    if (raw)
        s.raw = spectrum_at(&at, d, t);
    s.held_out = moments_at(at, d + t);
    return s;
}

int64_t ridge_system_doubles(int d, int t, bool scale)
{
    int64_t spectrum = kernel_pad(d) + kernel_pad((int64_t)d * d) + kernel_pad((int64_t)d * t);
    return HEAD_SIZE + 2 * kernel_pad(d) + kernel_pad(t) + (scale ? 1 : 2) * spectrum +
           moments_doubles(d + t);
}

bool ridge_system_standard(const model_task *t)
{
    return features_scale(t->table->features) == SCALE_STANDARD;
}

static void system_path(const model_task *t, int set, char *path, size_t size)
{
    snprintf(path, size, "%s/ridge-%03d.bin", t->dir, set);
}

/* --- preparing -------------------------------------------------------------------------- */

/* The training set's moments: its parts, ascending. */
static stint_status training_moments(ctx *c, const model_task *t, int set, moments *sum,
                                     moments *one)
{
    const split *s = t->table->split;
    bool backwards = fault_now(FAULT_MERGE_ORDER);
    for (int i = 0; i < s->parts; i++) {
        int part = backwards ? s->parts - 1 - i : i;
        if (!split_trains(s, set, part))
            continue;
        memset(one->n, 0, (size_t)moments_doubles(one->columns) * 8);
        TRY(moments_of_part(c, t, set, part, one));
        moments_merge(sum, one);
    }
    return STINT_OK;
}

/* Standard deviations; 1 for a feature whose variance is rounding noise about its mean. */
static void fit_scale(const moments *m, int d, double *scale)
{
    double n = *m->n;
    for (int i = 0; i < d; i++) {
        double variance = moments_m2(m, i, i) / n, noise = n * m->mean[i] * DBL_EPSILON;
        bool constant = variance <= n * DBL_EPSILON * variance + noise * noise;
        scale[i] = constant ? 1 : sqrt(variance);
    }
}

/* Z'Z into vectors and Z'y into q, then the decomposition in place.  `about` is 1 for
 * products about zero (features as they are), 0 for products about the mean. */
static stint_status decompose(ctx *c, const moments *m, const ridge_system *s, double about,
                              ridge_spectrum *out)
{
    int d = s->d, t = s->t;
    double n = *m->n * about;
    double *xy = mem_new(c, TAG_MODEL, double, (int64_t)d *t);
    if (!xy)
        return STINT_ENOMEM;
    for (int i = 0; i < d; i++) {
        for (int j = 0; j < d; j++)
            out->vectors[(int64_t)i * d + j] =
                (moments_m2(m, i, j) + n * m->mean[i] * m->mean[j]) / (s->scale[i] * s->scale[j]);
        for (int k = 0; k < t; k++)
            xy[(int64_t)i * t + k] =
                (moments_m2(m, i, d + k) + n * m->mean[i] * m->mean[d + k]) / s->scale[i];
    }
    stint_status status = eigen_symmetric(c, d, out->vectors, out->values);
    for (int e = 0; status == STINT_OK && e < d; e++)
        for (int i = 0; i < d; i++)
            for (int k = 0; k < t; k++)
                out->q[(int64_t)e * t + k] +=
                    out->vectors[(int64_t)e * d + i] * xy[(int64_t)i * t + k];
    mem_free(xy);
    return status;
}

static stint_status system_fill(ctx *c, const model_task *t, int set, ridge_system *s,
                                moments *train, moments *part)
{
    const split *parts = t->table->split;
    bool is_fold = set < parts->folds, standard = ridge_system_standard(t);
    TRY(training_moments(c, t, set, train, part));
    if (is_fold)
        TRY(moments_of_part(c, t, set, split_held_out(parts, set), &s->held_out));
    s->head[HEAD_MAGIC] = magic;
    s->head[HEAD_D] = s->d;
    s->head[HEAD_T] = s->t;
    s->head[HEAD_N] = *train->n;
    s->head[HEAD_RAW] = s->raw.values != NULL;
    memcpy(s->mean, train->mean, (size_t)s->d * 8);
    memcpy(s->target_mean, train->mean + s->d, (size_t)s->t * 8);
    for (int i = 0; i < s->d; i++)
        s->scale[i] = 1;
    if (standard && fault_now(FAULT_SCALE_ALL) && is_fold)
        moments_merge(train, &s->held_out);
    if (standard)
        fit_scale(train, s->d, s->scale);
    TRY(decompose(c, train, s, 0, &s->centred));
    return s->raw.values ? decompose(c, train, s, 1, &s->raw) : STINT_OK;
}

static stint_status system_write(ctx *c, const model_task *t, int set, const double *at,
                                 int64_t doubles)
{
    char path[4096];
    system_path(t, set, path, sizeof path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return fail_errno(c, "create", path);
    stint_status s = file_pwrite(c, fd, path, at, (size_t)doubles * 8, 0);
    close(fd);
    return s;
}

stint_status ridge_system_prepare(ctx *c, const model_task *t, int set)
{
    int d = t->table->n_features, targets = table_outputs(t->table);
    bool standard = ridge_system_standard(t);
    int64_t doubles = ridge_system_doubles(d, targets, standard);
    double *at = mem_new(c, TAG_MODEL, double, doubles);
    double *sums = mem_new(c, TAG_MODEL, double, 2 * moments_doubles(d + targets));
    stint_status status = at && sums ? STINT_OK : STINT_ENOMEM;
    if (status == STINT_OK) {
        ridge_system s = system_at(at, d, targets, !standard);
        moments train = moments_at(sums, d + targets);
        moments fold = moments_at(sums + moments_doubles(d + targets), d + targets);
        status = system_fill(c, t, set, &s, &train, &fold);
    }
    if (status == STINT_OK)
        status = system_write(c, t, set, at, doubles);
    mem_free(sums);
    mem_free(at);
    return status;
}

stint_status ridge_system_open(ctx *c, const model_task *t, int set, ridge_system *out)
{
    char path[4096];
    file_map map;
    int d = t->table->n_features, targets = table_outputs(t->table);
    bool standard = ridge_system_standard(t);
    system_path(t, set, path, sizeof path);
    TRY(map_open(c, path, &map));
    double *at = (double *)(uintptr_t)map.at; /* mapped read-only, and only read from here on */
    if (map.size != ridge_system_doubles(d, targets, standard) * 8 || at[HEAD_MAGIC] != magic) {
        map_close(&map);
        return fail(c, STINT_EFAIL, "%s: not a ridge system of %d features and %d targets", path, d,
                    targets);
    }
    *out = system_at(at, d, targets, !standard);
    out->map = map;
    return STINT_OK;
}

void ridge_system_close(ridge_system *s)
{
    map_close(&s->map);
}

/* --- solving ---------------------------------------------------------------------------- */

/* Directions that the data do not determine: their eigenvalue is rounding noise.  With no
 * penalty they get none of the coefficient (the minimum-norm solution). */
static double shrink(double value, double top, double alpha, int d)
{
    double sum = (value > 0 ? value : 0) + alpha;
    return sum <= top * d * DBL_EPSILON ? 0 : 1 / sum;
}

void ridge_solve(const ridge_system *s, double alpha, bool intercept, ridge_fit *fit)
{
    bool raw = !intercept && s->head[HEAD_RAW] != 0;
    const ridge_spectrum *z = raw ? &s->raw : &s->centred;
    int d = s->d, t = s->t;
    double top = d > 0 ? z->values[d - 1] : 0;
    fit->d = d, fit->t = t;
    memset(fit->coef, 0, (size_t)d * (size_t)t * 8);
    for (int e = 0; e < d; e++) {
        double factor = shrink(z->values[e], top, alpha, d);
        for (int k = 0; k < t; k++)
            kernel()->axpy(factor * z->q[(int64_t)e * t + k], z->vectors + (int64_t)e * d, d,
                           fit->coef + (int64_t)k * d);
    }
    for (int k = 0; k < t; k++)
        for (int i = 0; i < d; i++)
            fit->coef[(int64_t)k * d + i] /= s->scale[i];
    for (int i = 0; i < d; i++)
        fit->mean[i] = raw ? 0 : s->mean[i];
    for (int k = 0; k < t; k++)
        fit->offset[k] = intercept ? s->target_mean[k] : 0;
}

/* Σe² = (y-Xw)'(y-Xw) about the fold's means, plus n ē². */
bool ridge_residuals(const ridge_system *s, const ridge_fit *fit, residuals *out)
{
    const moments *m = &s->held_out;
    int d = s->d;
    bool precise = true;
    for (int k = 0; k < s->t; k++) {
        const double *w = fit->coef + (int64_t)k * d;
        double n = *m->n, yy = moments_m2(m, d + k, d + k);
        double mean_error = m->mean[d + k] - fit->offset[k], square = yy;
        for (int i = 0; i < d; i++) {
            double row = 0;
            for (int j = i + 1; j < d; j++)
                row += m->m2[i * m->ld + j] * w[j];
            square += w[i] * (m->m2[i * m->ld + i] * w[i] + 2 * (row - m->m2[i * m->ld + d + k]));
            mean_error -= w[i] * (m->mean[i] - fit->mean[i]);
        }
        precise = precise && square > cancelled * yy;
        out[k] = (residuals){.n = (int64_t)n,
                             .square_sum = square + n * mean_error * mean_error,
                             .y_mean = m->mean[d + k],
                             .y_m2 = yy};
    }
    return precise;
}
