/* Logistic regression on breast_cancer.csv: how many iterations gradient descent takes to the loss
 * that Newton's method by Hessian products reaches, and how sharp the loss is there:
 *     newton_cg examples/data/breast_cancer.csv */
#include "stint/stint.h"
#include <stdio.h>
#include <string.h>

enum { ROWS = 569, COLUMNS = 30 };
static double x[ROWS][COLUMNS], y[ROWS][1], zeros[COLUMNS];
typedef struct model {
    stint_tensor *x, *y, *w[2];
    stint_optimiser *descent;
} model;

/* The mean loss with a small penalty on the coefficients. */
static stint_tensor *loss_of(void *self)
{
    const model *m = self;
    stint_tensor *logits = stint_linear(m->x, m->w[0], m->w[1]);
    stint_tensor *penalty = stint_mean(stint_square(m->w[0]), STINT_ALL_AXES, false);
    stint_tensor *loss = stint_bce_with_logits(logits, m->y, STINT_REDUCE_MEAN);
    return stint_add(loss, stint_mul_number(penalty, 3e-3));
}

static stint_status step(void *self, stint_tensor *const *in, stint_tensor **loss)
{
    model *m = self;
    stint_tensor *gradient[2];
    (void)in; /* there are none */
    *loss = loss_of(m);
    stint_status s = stint_gradients(1, loss, NULL, 2, m->w, gradient);
    return s ? s : stint_optimiser_update(m->descent, 2, m->w, gradient);
}

static int read_rows(const char *path)
{
    char diagnosis[16] = "";
    FILE *f = fopen(path, "r");
    int ok = f && fscanf(f, "%*[^\n]") == 0;
    for (int i = 0; ok && i < ROWS; i++, y[i - 1][0] = strcmp(diagnosis, "malignant") == 0) {
        for (int j = 0; j < COLUMNS; j++)
            ok &= fscanf(f, "%lf,", &x[i][j]) == 1;
        ok &= fscanf(f, "%15s", diagnosis) == 1;
    }
    return ok;
}

int main(int argc, char **argv)
{
    int newton = 0, n = 0, ok = read_rows(argc > 1 ? argv[1] : "examples/data/breast_cancer.csv");
    stint_context *c = stint_open(NULL);
    stint_tensor *rows = stint_wrap(c, STINT_F64, STINT_SHAPE(ROWS, COLUMNS), NULL, x), *loss;
    stint_tensor *mean = stint_mean(rows, 0, true), *variance = stint_variance(rows, 0, 0, true);
    model m = {.x = stint_div(stint_sub(rows, mean), stint_sqrt(variance)),
               .y = stint_wrap(c, STINT_F64, STINT_SHAPE(ROWS, 1), NULL, y),
               .w = {stint_zeros(c, STINT_F64, STINT_SHAPE(COLUMNS, 1)),
                     stint_zeros(c, STINT_F64, STINT_SHAPE(1))},
               .descent = stint_optimiser_new(c, "sgd", 1, &(stint_setting){"learning_rate", "1"})};
    stint_optimiser *o = stint_optimiser_new(c, "newton_cg", 0, NULL);
    stint_fn *descend = stint_fn_new(c, step, &m, 0, 1);
    stint_status s = ok ? stint_realise(1, &m.x) : STINT_EDATA;
    s = s ? s : stint_optimiser_minimise(o, loss_of, &m, 2, m.w, &newton);
    stint_tensor *diagonal[2] = {NULL};
    double reached = 1e9, least = stint_item(loss_of(&m));
    s = s ? s : stint_hessian_diagonal(c, loss_of, &m, 2, m.w, diagonal);
    s = s ? s : stint_write(m.w[0], zeros, sizeof zeros);
    s = s ? s : stint_write(m.w[1], zeros, sizeof zeros[0]);
    for (; !s && n < 200000 && reached > least * 1.001; n++)
        reached = (s = stint_fn_call(descend, NULL, &loss)) ? 0 : stint_item(loss);
    printf("newton_cg: loss %.6f after %d iterations; gradient descent: %.6f after %d\n"
           "largest curvature: %.6f\n%s",
           least, newton, reached, n, stint_item(stint_max(diagonal[0], STINT_ALL_AXES, false)),
           stint_message(c));
    stint_fn_free(descend);
    stint_optimiser_free(m.descent);
    stint_optimiser_free(o);
    stint_close(c);
    return s != STINT_OK;
}
