#include "profile/bench_main.h"

#include "base/json.h"
#include "base/os/os.h"
#include "base/rng.h"
#include "model/softmax_fit.h"

#include <math.h>
#include <string.h>

/* A path of penalties for logistic regression on the folds of one table, as the search fits it.
 *
 *     bench_logistic [ARRAYS.bin [SCORES.json [TOL]]] [flags of every benchmark]
 *
 * The arrays are bench/peers/logistic_path.py's, all doubles: folds, features, classes, alphas,
 * the alphas; then of each fold the numbers of training and of held-out rows, x [features][rows]
 * and y of the ones, x and y of the others.  Without them a table is made up.  SCORES.json gets
 * what the peer's --scores has. */

typedef struct part {
    int64_t rows;
    const double *x, *y; /* x [d][rows] */
} part;

typedef struct work {
    double *arrays;
    int folds, d, classes, alphas;
    const double *alpha;
    part train[16], held[16];
    double tol;
    int fold;          /* that is being read */
    softmax_fit *fits; /* [alphas][folds] */
    double *block;     /* [d][SOFTMAX_BLOCK] */
} work;

static stint_status each_block(ctx *c, void *self, softmax_visit *visit, void *visitor)
{
    work *w = self;
    const part *p = &w->train[w->fold];
    (void)c;
    for (int64_t from = 0; from < p->rows; from += SOFTMAX_BLOCK) {
        int64_t n = p->rows - from < SOFTMAX_BLOCK ? p->rows - from : SOFTMAX_BLOCK;
        for (int j = 0; j < w->d; j++)
            memcpy(w->block + (int64_t)j * SOFTMAX_BLOCK, p->x + j * p->rows + from,
                   (size_t)n * sizeof(double));
        TRY(visit(visitor, w->block, p->y + from, n));
    }
    return STINT_OK;
}

static stint_status run_path(ctx *c, void *self)
{
    work *w = self;
    softmax_rows rows = {each_block, w, w->d, w->classes};
    for (w->fold = 0; w->fold < w->folds; w->fold++) {
        softmax_set set;
        stint_status s = softmax_set_init(c, &rows, true, &set);
        TRY(s);
        for (int i = 0; s == STINT_OK && i < w->alphas; i++)
            s = softmax_fit_run(c, &set, &(softmax_settings){w->alpha[i], w->tol, 1000},
                                &w->fits[i * w->folds + w->fold]);
        softmax_set_deinit(&set);
        TRY(s);
    }
    return STINT_OK;
}

/* --- scores ------------------------------------------------------------------------------ */

/* -log p(y) of one row; *right: is y the likeliest class? */
static double row_loss(const work *w, const softmax_fit *f, const part *p, int64_t row, bool *right)
{
    double score[64] = {0}, top = -INFINITY, sum = 0;
    int best = 0, first = w->classes - f->columns;
    for (int k = 0; k < f->columns; k++) {
        double z = f->intercept[k];
        for (int j = 0; j < w->d; j++)
            z += f->coef[k * w->d + j] * p->x[j * p->rows + row];
        score[first + k] = z;
    }
    for (int k = 0; k < w->classes; k++)
        if (score[k] > top)
            top = score[k], best = k;
    for (int k = 0; k < w->classes; k++)
        sum += exp(score[k] - top);
    *right = best == (int)p->y[row];
    return fmin(top + log(sum) - score[(int)p->y[row]], 52 * log(2)); /* as the peer clips */
}

static void emit_fit(json_out *j, const work *w, int alpha, int fold)
{
    const softmax_fit *f = &w->fits[alpha * w->folds + fold];
    const part *p = &w->held[fold];
    double loss = 0, hits = 0;
    for (int64_t i = 0; i < p->rows; i++) {
        bool right;
        loss += row_loss(w, f, p, i, &right);
        hits += right;
    }
    emit_object(j, NULL);
    emit_double(j, "alpha", w->alpha[alpha]);
    emit_int(j, "fold", fold);
    emit_double(j, "log_loss", loss / (double)p->rows);
    emit_double(j, "accuracy", hits / (double)p->rows);
    emit_double(j, "objective", f->value);
    emit_double(j, "steepness", f->steepness);
    emit_int(j, "iterations", f->iterations);
    emit_bool(j, "converged", f->converged);
    emit_object_end(j);
}

static stint_status write_scores(ctx *c, const work *w, const char *path)
{
    str text;
    str_init(&text, c, TAG_BASE);
    json_out j = emit_begin(&text, true);
    emit_array(&j, NULL);
    for (int i = 0; i < w->alphas; i++)
        for (int k = 0; k < w->folds; k++)
            emit_fit(&j, w, i, k);
    emit_array_end(&j);
    stint_status s = str_status(&text);
    if (s == STINT_OK)
        s = file_write_atomic(c, path, text.at, text.len);
    str_deinit(&text);
    return s;
}

/* --- arrays ------------------------------------------------------------------------------ */

static part take_part(const double **at, int64_t rows, int d)
{
    part p = {rows, *at, *at + rows * d};
    *at += rows * (d + 1);
    return p;
}

static void place(work *w)
{
    const double *at = w->arrays;
    w->folds = (int)at[0], w->d = (int)at[1], w->classes = (int)at[2], w->alphas = (int)at[3];
    w->alpha = at + 4;
    at += 4 + w->alphas;
    for (int k = 0; k < w->folds; k++) {
        int64_t train = (int64_t)at[0], held = (int64_t)at[1];
        at += 2;
        w->train[k] = take_part(&at, train, w->d);
        w->held[k] = take_part(&at, held, w->d);
    }
}

enum { MADE_ROWS = 2000, MADE_D = 20, MADE_ALPHAS = 20 };

/* One fold of two classes that a plane divides but for noise. */
static stint_status make_up(ctx *c, work *w)
{
    int64_t size = 4 + MADE_ALPHAS + 2 + (int64_t)MADE_ROWS * (MADE_D + 1);
    double *at = w->arrays = mem_new(c, TAG_BASE, double, size);
    if (!at)
        return STINT_ENOMEM;
    at[0] = 1, at[1] = MADE_D, at[2] = 2, at[3] = MADE_ALPHAS;
    for (int i = 0; i < MADE_ALPHAS; i++)
        at[4 + i] = pow(10, -4 + 8.0 * i / (MADE_ALPHAS - 1));
    at += 4 + MADE_ALPHAS;
    at[0] = MADE_ROWS;
    double *x = at + 2, *y = x + (int64_t)MADE_ROWS * MADE_D;
    for (int64_t i = 0; i < (int64_t)MADE_ROWS * MADE_D; i++)
        x[i] = rng_normal((rng){1, RNG_GENERATE}, (uint64_t)i);
    for (int64_t i = 0; i < MADE_ROWS; i++)
        y[i] = x[i] + x[MADE_ROWS + i] + rng_normal((rng){2, RNG_GENERATE}, (uint64_t)i) > 0;
    return STINT_OK;
}

static stint_status read_arrays(ctx *c, const char *path, work *w)
{
    file_map map;
    TRY(map_open(c, path, &map));
    w->arrays = mem_new(c, TAG_BASE, double, map.size / 8);
    if (w->arrays)
        memcpy(w->arrays, map.at, (size_t)map.size);
    map_close(&map);
    return w->arrays ? STINT_OK : STINT_ENOMEM;
}

static stint_status prepare(ctx *c, work *w, const char *path)
{
    TRY(path ? read_arrays(c, path, w) : make_up(c, w));
    place(w);
    int fits = w->alphas * w->folds, columns = w->classes == 2 ? 1 : w->classes;
    w->block = mem_new(c, TAG_BASE, double, (int64_t)w->d *SOFTMAX_BLOCK);
    w->fits = mem_new(c, TAG_BASE, softmax_fit, fits);
    double *room = mem_new(c, TAG_BASE, double, (int64_t)fits *columns *(w->d + 1));
    if (!w->block || !w->fits || !room)
        return STINT_ENOMEM;
    for (int i = 0; i < fits; i++, room += columns * (w->d + 1))
        w->fits[i] = (softmax_fit){.coef = room, .intercept = room + columns * w->d};
    return STINT_OK;
}

int main(int argc, char **argv)
{
    work w = {.tol = 1e-4};
    const char *given[3] = {NULL};
    ctx *c = stint_open(NULL);
    int n = 0;
    for (; n < 3 && argc > 1 && argv[1][0] != '-'; n++, argc--, argv++) {
        given[n] = argv[1];
        argv[1] = argv[0];
    }
    if (given[2])
        w.tol = strtod(given[2], NULL);
    stint_status s = c ? prepare(c, &w, given[0]) : STINT_ENOMEM;
    bench_case path = {.name = "logistic-path",
                       .run = run_path,
                       .self = &w,
                       .items = (double)w.alphas * w.folds,
                       .item = "fit"};
    int code = s == STINT_OK ? bench_main(argc, argv, &path, 1) : stint_status_exit(s);
    if (code == 0 && given[1])
        code = stint_status_exit(write_scores(c, &w, given[1]));
    if (c && code)
        fprintf(stderr, "%s\n", stint_message(c));
    return code; /* the arrays live as long as the program */
}
