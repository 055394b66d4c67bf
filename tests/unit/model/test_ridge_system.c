/* The ridge system against normal equations, its scores from moments against those from rows. */
#include "model/ridge_system.h"

#include "base/rng.h"
#include "unit/fixture.h"

enum { ROWS = 90, D = 3, T = 2, FOLDS = 4, COLUMNS = D + T };

static const split_settings settings = {.test = 0.2, .folds = FOLDS, .seed = 1};

static void fill(double *x)
{
    for (int r = 0; r < ROWS; r++) {
        for (int j = 0; j < D; j++)
            x[j * ROWS + r] = (j + 1) * (10 + rng_normal((rng){1, (uint64_t)j}, (uint64_t)r));
        for (int k = 0; k < T; k++)
            x[(D + k) * ROWS + r] = 5 * k + x[0 * ROWS + r] - (k + 1) * x[2 * ROWS + r] / 3 +
                                    rng_normal((rng){1, (uint64_t)(10 + k)}, (uint64_t)r);
    }
}

static void prepare(fixture *t, const double *x, int held_out, bool scale, ridge_system *s)
{
    features_settings features = {.period = 360, .scale = scale ? SCALE_STANDARD : SCALE_NONE};
    fixture_table_of(t, x, COLUMNS, T, ROWS, &settings, &features);
    model_task task = {.table = &t->table, .dir = t->dir};
    pool *p = pool_new(t->ctx, 1);
    assert_int_equal(moments_gather(t->ctx, &task, 0, p), STINT_OK);
    pool_free(p);
    assert_int_equal(ridge_system_prepare(t->ctx, &task, held_out), STINT_OK);
    assert_int_equal(ridge_system_open(t->ctx, &task, held_out, s), STINT_OK);
    assert_int_equal(file_size(fixture_path(t, "table")) > 0, 1);
}

static bool trains(const fixture *t, int row, int held_out)
{
    int part = split_chunk(&t->split, 0)[row];
    return part != held_out && part != FOLDS;
}

/* (A'A + alpha I) w = A'b by elimination with pivots: A [n][d] is given by its products. */
static void solve(int d, double *m, double *b)
{
    for (int k = 0; k < d; k++) {
        int p = k;
        for (int i = k; i < d; i++)
            p = fabs(m[i * d + k]) > fabs(m[p * d + k]) ? i : p;
        for (int j = 0; j < d; j++) {
            double swap = m[k * d + j];
            m[k * d + j] = m[p * d + j], m[p * d + j] = swap;
        }
        double swap = b[k];
        b[k] = b[p], b[p] = swap;
        for (int i = k + 1; i < d; i++) {
            double f = m[i * d + k] / m[k * d + k];
            for (int j = k; j < d; j++)
                m[i * d + j] -= f * m[k * d + j];
            b[i] -= f * b[k];
        }
    }
    for (int k = d - 1; k >= 0; k--) {
        for (int j = k + 1; j < d; j++)
            b[k] -= m[k * d + j] * b[j];
        b[k] /= m[k * d + k];
    }
}

typedef struct solution {
    double coef[T][D], intercept[T];
} solution;

/* The textbook way: features centred and scaled row by row, then normal equations. */
static solution textbook(const fixture *t, const double *x, int held_out, bool scale,
                         bool intercept, double alpha)
{
    solution s = {0};
    double mean[COLUMNS] = {0}, deviation[D], n = 0;
    for (int r = 0; r < ROWS; r++)
        n += trains(t, r, held_out);
    for (int j = 0; j < COLUMNS; j++)
        for (int r = 0; r < ROWS; r++)
            mean[j] += trains(t, r, held_out) ? x[j * ROWS + r] / n : 0;
    for (int j = 0; j < D; j++) {
        double sum = 0;
        for (int r = 0; r < ROWS; r++)
            sum += trains(t, r, held_out) ? pow(x[j * ROWS + r] - mean[j], 2) : 0;
        deviation[j] = scale ? sqrt(sum / n) : 1;
    }
    bool centre = scale || intercept;
    for (int k = 0; k < T; k++) {
        double m[D * D] = {0};
        for (int r = 0; r < ROWS; r++)
            for (int i = 0; i < D && trains(t, r, held_out); i++) {
                double zi = (x[i * ROWS + r] - (centre ? mean[i] : 0)) / deviation[i];
                for (int j = 0; j < D; j++)
                    m[i * D + j] += zi * (x[j * ROWS + r] - (centre ? mean[j] : 0)) / deviation[j];
                s.coef[k][i] += zi * (x[(D + k) * ROWS + r] - (intercept ? mean[D + k] : 0));
            }
        for (int i = 0; i < D; i++)
            m[i * D + i] += alpha;
        solve(D, m, s.coef[k]);
        s.intercept[k] = intercept ? mean[D + k] : 0;
        for (int i = 0; i < D; i++) {
            s.coef[k][i] /= deviation[i];
            s.intercept[k] -= centre ? s.coef[k][i] * mean[i] : 0;
        }
    }
    return s;
}

typedef struct fitted {
    ridge_fit fit;
    double mean[D], offset[T], coef[T * D];
} fitted;

static void fit(const ridge_system *s, double alpha, bool intercept, fitted *f)
{
    f->fit = (ridge_fit){.mean = f->mean, .offset = f->offset, .coef = f->coef};
    ridge_solve(s, alpha, intercept, &f->fit);
}

static double predict(const fitted *f, const double *x, int row, int k)
{
    double sum = f->offset[k];
    for (int j = 0; j < D; j++)
        sum += f->coef[k * D + j] * (x[j * ROWS + row] - f->mean[j]);
    return sum;
}

static void against_normal_equations(void **state)
{
    fixture *t = *state;
    double *x = malloc(COLUMNS * ROWS * 8);
    fill(x);
    for (int way = 0; way < 4; way++)
        for (int held_out = 0; held_out <= FOLDS; held_out += 2)
            for (double alpha = 0; alpha < 2e3; alpha = alpha * 30 + 0.05) {
                bool scale = way & 1, intercept = way & 2;
                ridge_system s;
                fitted f;
                prepare(t, x, held_out, scale, &s);
                fit(&s, alpha, intercept, &f);
                solution want = textbook(t, x, held_out, scale, intercept, alpha);
                for (int k = 0; k < T; k++) {
                    double at_zero = f.offset[k];
                    for (int j = 0; j < D; j++) {
                        assert_near(f.coef[k * D + j], want.coef[k][j], 1e-9);
                        at_zero -= f.coef[k * D + j] * f.mean[j];
                    }
                    assert_true(fabs(at_zero - want.intercept[k]) < 1e-8);
                }
                ridge_system_close(&s);
            }
    free(x);
}

/* A column twice, no penalty: of all least-squares solutions, the shortest halves it. */
static void minimum_norm(void **state)
{
    fixture *t = *state;
    double *x = malloc(COLUMNS * ROWS * 8);
    ridge_system s;
    fitted twice;
    fill(x);
    memcpy(x + ROWS, x, ROWS * 8);
    prepare(t, x, 0, true, &s);
    fit(&s, 0, true, &twice);
    for (int k = 0; k < T; k++) {
        assert_true(isfinite(twice.coef[k * D]) && fabs(twice.coef[k * D]) < 10);
        assert_near(twice.coef[k * D], twice.coef[k * D + 1], 1e-9);
        /* with the gradient of the squares zero, it is a least-squares solution at all */
        double gradient = 0;
        for (int r = 0; r < ROWS; r++)
            if (trains(t, r, 0))
                gradient +=
                    (x[(D + k) * ROWS + r] - predict(&twice, x, r, k)) * (x[r] - twice.mean[0]);
        assert_true(fabs(gradient) < 1e-8);
    }
    ridge_system_close(&s);
    free(x);
}

static void residuals_from_moments_are_those_of_rows(void **state)
{
    fixture *t = *state;
    double *x = malloc(COLUMNS * ROWS * 8), y[ROWS], guess[ROWS];
    fill(x);
    for (int way = 0; way < 4; way++) {
        ridge_system s;
        fitted f;
        residuals got[T];
        prepare(t, x, 1, way & 1, &s);
        fit(&s, 3, way & 2, &f);
        assert_true(ridge_residuals(&s, &f.fit, got));
        for (int k = 0; k < T; k++) {
            int n = 0;
            for (int r = 0; r < ROWS; r++)
                if (split_chunk(&t->split, 0)[r] == 1) {
                    y[n] = x[(D + k) * ROWS + r];
                    guess[n++] = predict(&f, x, r, k);
                }
            residuals want = residuals_of(y, guess, n);
            assert_int_equal(got[k].n, n);
            assert_near(got[k].square_sum, want.square_sum, 1e-10);
            assert_near(got[k].y_mean, want.y_mean, 1e-13);
            assert_near(got[k].y_m2, want.y_m2, 1e-12);
        }
        ridge_system_close(&s);
    }
    free(x);
}

static void cancellation_is_told(void **state)
{
    fixture *t = *state;
    double *x = malloc(COLUMNS * ROWS * 8);
    ridge_system s;
    fitted f;
    residuals got[T];
    fill(x);
    for (int r = 0; r < ROWS; r++) /* targets that the features foretell to all digits */
        x[D * ROWS + r] = x[(D + 1) * ROWS + r] = 2 * x[r] - x[ROWS + r];
    prepare(t, x, 1, true, &s);
    fit(&s, 0, true, &f);
    assert_false(ridge_residuals(&s, &f.fit, got));
    ridge_system_close(&s);
    free(x);
}

static void a_constant_feature_is_not_scaled(void **state)
{
    fixture *t = *state;
    double *x = malloc(COLUMNS * ROWS * 8);
    ridge_system s;
    fitted f;
    fill(x);
    for (int r = 0; r < ROWS; r++)
        x[r] = 0.1;
    prepare(t, x, 0, true, &s);
    assert_true(s.scale[0] == 1);
    fit(&s, 0.5, true, &f);
    assert_true(f.coef[0] == 0 || fabs(f.coef[0]) < 1e-12);
    assert_true(isfinite(f.coef[1]));
    ridge_system_close(&s);
    free(x);
}

static void another_shape_is_refused(void **state)
{
    fixture *t = *state;
    double *x = malloc(COLUMNS * ROWS * 8);
    ridge_system s;
    fill(x);
    prepare(t, x, 0, true, &s);
    ridge_system_close(&s);
    fixture_table(t, x, COLUMNS, T, ROWS, &settings);
    model_task raw = {.table = &t->table, .dir = t->dir};
    assert_int_not_equal(ridge_system_open(t->ctx, &raw, 0, &s), STINT_OK);
    assert_message(t, "not a ridge system of 3 features and 2 targets");
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(against_normal_equations),
        FIXTURE_TEST(minimum_norm),
        FIXTURE_TEST(residuals_from_moments_are_those_of_rows),
        FIXTURE_TEST(cancellation_is_told),
        FIXTURE_TEST(a_constant_feature_is_not_scaled),
        FIXTURE_TEST(another_shape_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
