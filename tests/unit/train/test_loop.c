/* Training against loops written by hand with eager operations: the same losses and weights, bit
 * for bit, for optimisers, clipping, schedules and orders. */
#include "training.h"

enum { EPOCHS = 4, BATCH = 8, MOST_WEIGHTS = 256 };

typedef struct by_hand {
    double loss[EPOCHS]; /* of training */
    float weights[MOST_WEIGHTS];
    int n;
} by_hand;

typedef struct loop_case {
    const char *name, *layers, *loss, *optimiser, *optimiser_settings, *settings;
    const char *schedule, *schedule_settings;
    double clip_norm, clip_value;
    bool by_step, adaptive;
} loop_case;

static const loop_case cases[] = {
    {"sgd", training_layers, "mse", "sgd", "learning_rate 0.1 momentum 0.9", ""},
    {"adam", training_layers, "mse", "adam", "learning_rate 0.01", ""},
    {"adamw, mae", training_layers, "mae", "adamw", "learning_rate 0.01", ""},
    {"rmsprop, huber", training_layers, "huber", "rmsprop", "learning_rate 0.01", ""},
    {"in order", training_layers, "mse", "adam", "learning_rate 0.01", "shuffle false"},
    {"dropout", training_dropout, "mse", "adam", "learning_rate 0.01", ""},
    {"clip by norm", training_layers, "mse", "sgd", "learning_rate 0.1", "clip norm clip_at 0.3",
     .clip_norm = 0.3},
    {"clip by value", training_layers, "mse", "sgd", "learning_rate 0.1", "clip value clip_at 0.05",
     .clip_value = 0.05},
    {"clip adaptively", training_layers, "mse", "sgd", "learning_rate 0.1", "clip adaptive",
     .adaptive = true},
    {"schedule by epoch", training_layers, "mse", "sgd", "learning_rate 0.1", "", "step",
     "step_size 2 gamma 0.5"},
    {"schedule by step", training_layers, "mse", "sgd", "learning_rate 0.1", "schedule_by step",
     "exponential", "gamma 0.95", .by_step = true},
    {"warm restarts", training_layers, "mse", "sgd", "learning_rate 0.1", "schedule_by step",
     "cosine_restarts", "steps 5 multiple 2", .by_step = true},
    {"cyclic", training_layers, "mse", "sgd", "learning_rate 0.1", "schedule_by step", "cyclic",
     "step_size_up 6", .by_step = true},
    {"plateau", training_layers, "mse", "sgd", "learning_rate 0.1", "", "plateau",
     "patience 0 threshold 0.9 factor 0.5"},
};

static stint_status clip(const loop_case *k, int n, stint_tensor **g, stint_tensor *history)
{
    if (k->clip_norm > 0)
        return stint_clip_by_norm(n, g, k->clip_norm, NULL);
    if (k->clip_value > 0)
        return stint_clip_by_value(n, g, k->clip_value);
    return k->adaptive ? stint_clip_adaptive(n, g, history, 20, NULL) : STINT_OK;
}

static void loop(ctx *c, training *r, const loop_case *k, by_hand *out)
{
    stint_tensor *w[8], *g[8];
    stint_setting settings[4];
    char name[64];
    int n = stint_net_weights(r->net), given = training_split(k->optimiser_settings, settings);
    stint_optimiser *o = stint_optimiser_new(c, k->optimiser, given, settings);
    given = k->schedule ? training_split(k->schedule_settings, settings) : 0;
    stint_schedule *schedule =
        stint_schedule_new(c, k->schedule ? k->schedule : "constant", given, settings);
    double base = stint_optimiser_rate(o);
    bool shuffle = !strstr(k->settings, "shuffle false");
    stint_loader *l = stint_loader_new(
        c, &r->samples, &(stint_loader_settings){.batch = BATCH, .shuffle = shuffle});
    const stint_batch *b;
    stint_tensor *history = stint_keep(stint_zeros(c, STINT_F32, STINT_SHAPE(3)));
    for (int i = 0; i < n; i++)
        w[i] = stint_net_weight(r->net, i, name, sizeof name);
    int64_t step = 0;
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        double sum = 0;
        stint_loader_seek(l, epoch, 0);
        while (stint_loader_next(l, &b) == STINT_OK && b) {
            stint_scope *s = stint_scope_open(c);
            stint_tensor *x = stint_tensor_new(c, STINT_F32, STINT_SHAPE(b->rows, IN), b->data[0]);
            stint_tensor *y = stint_tensor_new(c, STINT_F32, STINT_SHAPE(b->rows, OUT), b->data[1]);
            stint_tensor *loss =
                stint_loss_of(k->loss, 0, NULL, stint_net_apply(r->net, x, true), y);
            double factor = stint_schedule_factor(schedule, k->by_step ? step : epoch);
            step++;
            assert_int_equal(stint_optimiser_set_rate(o, base * factor), STINT_OK);
            assert_int_equal(stint_gradients(1, &loss, NULL, n, w, g), STINT_OK);
            assert_int_equal(clip(k, n, g, history), STINT_OK);
            assert_int_equal(stint_optimiser_update(o, n, w, g), STINT_OK);
            sum += stint_item(loss) * (double)b->rows;
            assert_int_equal(stint_realise(n, w), STINT_OK);
            assert_int_equal(stint_scope_close(s), STINT_OK);
        }
        out->loss[epoch] = sum / N;
        stint_schedule_observe(schedule, out->loss[epoch]);
    }
    out->n = training_weights(r->net, out->weights);
    stint_drop(history);
    stint_loader_free(l);
    stint_schedule_free(schedule);
    stint_optimiser_free(o);
}

static stint_status keep_loss(void *self, const stint_epoch *e)
{
    by_hand *out = self;
    out->loss[e->epoch] = e->train_loss;
    return STINT_OK;
}

static void run_case(ctx *c, const loop_case *k)
{
    training r;
    by_hand want = {0}, got = {0};
    char settings[256];
    training_init(&r, c, k->layers, "");
    loop(c, &r, k, &want);
    training_end(&r);
    snprintf(settings, sizeof settings, "epochs %d batch_size %d restore_best false %s", EPOCHS,
             BATCH, k->settings);
    training_init(&r, c, k->layers, settings);
    training_optimiser(&r, k->optimiser, k->optimiser_settings);
    if (k->schedule)
        training_schedule(&r, k->schedule, k->schedule_settings);
    r.given.loss = k->loss;
    r.given.on_epoch = keep_loss;
    r.given.self = &got;
    training_run(&r, c, false);
    got.n = training_weights(r.net, got.weights);
    for (int i = 0; i < EPOCHS; i++)
        if (got.loss[i] != want.loss[i])
            fail_msg("%s: epoch %d: %.17g, by hand %.17g", k->name, i, got.loss[i], want.loss[i]);
    assert_int_equal(got.n, want.n);
    for (int i = 0; i < got.n; i++)
        if (got.weights[i] != want.weights[i])
            fail_msg("%s: weight %d: %.9g, by hand %.9g", k->name, i, (double)got.weights[i],
                     (double)want.weights[i]);
    assert_true(want.loss[EPOCHS - 1] < want.loss[0]);
    training_end(&r);
}

static void equals_loops_by_hand(void **state)
{
    fixture *t = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        run_case(t->ctx, &cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(equals_loops_by_hand)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
