/* Trains a perceptron of one hidden layer on digits.csv, prints its plan and its test accuracy:
 *     train_digits examples/data/digits.csv */
#include "stint/stint.h"
#include <stdio.h>

enum { ROWS = 1797, PIXELS = 64, HIDDEN = 128, DIGITS = 10, BATCH = 48, TRAIN = 30 * BATCH };
static const int64_t shapes[4][2] = {{PIXELS, HIDDEN}, {HIDDEN}, {HIDDEN, DIGITS}, {DIGITS}};
static float pixels[ROWS][PIXELS];
static int32_t digits[ROWS];
static stint_tensor *w[4]; /* of the shapes above */

static stint_tensor *logits(stint_tensor *x)
{
    return stint_linear(stint_relu(stint_linear(x, w[0], w[1])), w[2], w[3]);
}

static stint_status step(void *self, stint_tensor *const *in, stint_tensor **loss)
{
    stint_tensor *gradient[4];
    *loss = stint_cross_entropy(logits(in[0]), in[1], STINT_REDUCE_MEAN);
    stint_status s = stint_gradients(1, loss, NULL, 4, w, gradient);
    return s ? s : stint_optimiser_update(self, 4, w, gradient);
}

int main(int argc, char **argv)
{
    FILE *f = fopen(argc > 1 ? argv[1] : "examples/data/digits.csv", "r");
    int ok = f && fscanf(f, "%*[^\n]") == 0;
    for (int i = 0, at = 0; ok && i < ROWS; i++, at = (at + 659) % ROWS) { /* rows shuffled */
        for (int j = 0; j < PIXELS; j++)
            ok &= fscanf(f, "%f,", &pixels[at][j]) == 1;
        ok &= fscanf(f, "%d", &digits[at]) == 1;
    }
    stint_context *c = stint_open(NULL);
    stint_tensor *x = stint_wrap(c, STINT_F32, STINT_SHAPE(ROWS, PIXELS), NULL, pixels), *loss;
    stint_tensor *y = stint_wrap(c, STINT_I32, STINT_SHAPE(ROWS), NULL, digits);
    for (int i = 0; i < 4; i++)
        w[i] = stint_initialise(stint_generator(c, i), i % 2 ? "zeros" : "kaiming_uniform", 0, NULL,
                                STINT_F32, 2 - i % 2, shapes[i]);
    stint_optimiser *adam = stint_optimiser_new(c, "adam", 0, NULL);
    stint_fn *train = stint_fn_new(c, step, adam, 2, 1);
    stint_status s = ok ? STINT_OK : STINT_EDATA;
    for (int64_t i = 0; i < 80 * TRAIN && !s; i += BATCH) {
        int64_t from = i % TRAIN, to = from + BATCH;
        stint_tensor *batch[] = {stint_slice(x, 0, from, to, 1), stint_slice(y, 0, from, to, 1)};
        s = stint_fn_call(train, batch, &loss);
    }
    stint_text plan = {0};
    s = s ? s : stint_plan_text(train, &plan);
    stint_tensor *best = stint_argmax(logits(stint_slice(x, 0, TRAIN, ROWS, 1)), -1, false);
    stint_tensor *hit = stint_equal(best, stint_cast(stint_slice(y, 0, TRAIN, ROWS, 1), STINT_I64));
    double accuracy = stint_item(stint_mean(stint_cast(hit, STINT_F32), STINT_ALL_AXES, false));
    printf("%stest accuracy %.4f\n%s", plan.at ? plan.at : "", accuracy, stint_message(c));
    stint_text_free(&plan);
    stint_fn_free(train);
    stint_optimiser_free(adam);
    stint_close(c);
    return s != STINT_OK;
}
