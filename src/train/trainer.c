#include "train/trainer.h"

#include "base/mem.h"
#include "train/flow.h"

#include <string.h>

/* Trainers from outside: what is asked for is checked at once, what training holds is made by the
 * warm-up. */

enum { OBSERVED = 1024 }; /* measures before their list grows */

/* ---- making ---- */

static stint_status check_all(stint_trainer *t)
{
    if (stint_net_weights(t->net) == 0)
        return fail(t->ctx, STINT_EUSAGE, "trainer: the net has no weights to be learned");
    if (t->net->carry)
        return fail(t->ctx, STINT_EUSAGE,
                    "trainer: the net carries state from batch to batch; batches of training are "
                    "independent (stint_net_carry(net, 0))");
    TRY(feed_check(t, t->train.samples, "training"));
    if (t->valid.samples)
        TRY(feed_check(t, t->valid.samples, "validation"));
    if (wants(t->set.drop_last) && t->train.samples->n < (int64_t)t->set.batch_size)
        return fail(t->ctx, STINT_EUSAGE,
                    "trainer: drop_last with fewer samples (%lld) than a batch has leaves none",
                    (long long)t->train.samples->n);
    return STINT_OK;
}

static stint_status make(stint_trainer *t)
{
    TRY(ctx_status(t->ctx));
    TRY(given_take(t));
    t->net_seed = t->net->seed;
    TRY(check_all(t));
    if (wants(t->set.flow) && !(t->flow = flow_new(t->ctx, t->net)))
        return ctx_status(t->ctx);
    position_begin(t);
    return identity_new(t);
}

stint_trainer *stint_trainer_new(stint_context *ctx, stint_net *net, const stint_samples *train,
                                 const stint_samples *validation,
                                 const stint_trainer_settings *settings)
{
    if (!ctx || !net || !settings)
        return NULL;
    stint_trainer *t = mem_new(ctx, TAG_MODEL, stint_trainer, 1);
    if (!t)
        return NULL;
    t->ctx = ctx;
    t->net = net;
    t->given = *settings;
    t->train.samples = train;
    t->valid.samples = validation;
    t->lock = -1;
    for (int i = 0; i < LOGS; i++)
        t->log[i].fd = -1;
    arena_init(&t->arena, ctx, TAG_MODEL);
    if (make(t) == STINT_OK)
        return t;
    stint_trainer_free(t);
    return NULL;
}

void stint_trainer_free(stint_trainer *t)
{
    if (!t)
        return;
    plan_forget(t);
    feed_close(&t->train);
    feed_close(&t->valid);
    stint_optimiser_free(t->optimiser);
    stint_schedule_free(t->schedule);
    stint_scaler_free(t->scaler);
    stint_accumulator_free(t->accumulator);
    for (int i = 0; t->state_began && i < t->states; i++)
        stint_drop(t->state_began[i]);
    stint_drop(t->clip_history);
    stint_drop(t->sums);
    stint_drop(t->places);
    stint_drop(t->valid_sums);
    flow_free(t->flow);
    logs_close(t);
    for (int i = 0; i < LOGS; i++)
        mem_free(t->log[i].held);
    vec_free(&t->observed);
    mem_free(t->turn_kept.at);
    mem_free(t->best_kept.at);
    mem_free(t->scratch);
    mem_free(t->identity);
    arena_deinit(&t->arena);
    mem_free(t);
}

/* ---- warm-up ---- */

static stint_status make_kept(stint_trainer *t)
{
    bool exploits = t->set.exploit_epochs > 0;
    if (!t->best_kept.at && (wants(t->set.restore_best) || exploits))
        TRY(kept_new(t, &t->best_kept));
    if (!t->turn_kept.at && exploits && t->set.repetitions > 1)
        TRY(kept_new(t, &t->turn_kept));
    return STINT_OK;
}

static stint_status warm_up(stint_trainer *t)
{
    TRY(plan_state(t));
    TRY(make_kept(t));
    if (t->observes)
        TRY(vec_reserve(t->ctx, TAG_MODEL, &t->observed, OBSERVED));
    if (!t->train.loader)
        TRY(feed_open(t, &t->train, t->train.samples, wants(t->set.shuffle)));
    if (t->valid.samples && !t->valid.loader)
        TRY(feed_open(t, &t->valid, t->valid.samples, false));
    return plan_steps(t);
}

stint_status stint_trainer_warm_up(stint_trainer *t)
{
    if (!t)
        return STINT_EUSAGE;
    if (t->is_ready)
        return STINT_OK;
    TRY(ctx_status(t->ctx));
    TRY(warm_up(t));
    t->is_ready = true;
    return STINT_OK;
}

/* ---- beginning again ---- */

static stint_status write_zeros(stint_trainer *t, stint_tensor *x)
{
    int64_t bytes = plan_tensor_bytes(x);
    char *zeros = mem_alloc(t->ctx, TAG_MODEL, (size_t)bytes);
    stint_status s = zeros ? stint_write(x, zeros, (size_t)bytes) : STINT_ENOMEM;
    mem_free(zeros);
    return s;
}

stint_status optimiser_begin(stint_trainer *t)
{
    char name[64];
    for (int i = 0; i < stint_optimiser_states(t->optimiser); i++)
        TRY(write_zeros(t, stint_optimiser_state(t->optimiser, i, name, sizeof name)));
    if (t->clip_history)
        TRY(write_zeros(t, t->clip_history));
    return STINT_OK;
}

/* All but the net's weights as at the first step. */
stint_status training_begin(stint_trainer *t)
{
    char name[64];
    TRY(optimiser_begin(t));
    for (int i = 0; i < stint_scaler_states(t->scaler); i++)
        TRY(stint_write(stint_scaler_state(t->scaler, i, name, sizeof name), &t->scaler_began[i],
                        sizeof(double)));
    TRY(schedule_begin(t));
    memset(t->sum, 0, sizeof t->sum);
    return t->sums ? sums_write(t) : STINT_OK;
}

stint_status stint_trainer_renew(stint_trainer *t, int64_t seed)
{
    if (!t)
        return STINT_EUSAGE;
    TRY(ctx_status(t->ctx));
    double batch = t->at.batch_size;
    TRY(stint_net_renew(t->net, seed));
    t->seed = t->net_seed = seed;
    TRY(training_begin(t));
    position_begin(t);
    t->cut_short = t->best_unsaved = false;
    if (t->is_ready) {
        const stint_samples *samples = t->train.samples;
        feed_close(&t->train);
        TRY(feed_open(t, &t->train, samples, wants(t->set.shuffle)));
        if (batch != t->at.batch_size) {
            plan_forget(t);
            TRY(plan_steps(t));
        }
    }
    return identity_new(t);
}

/* ---- questions ---- */

stint_status stint_trainer_result(const stint_trainer *t, stint_train_result *out)
{
    if (!t)
        return STINT_EUSAGE;
    const train_position *p = &t->at;
    *out = (stint_train_result){
        .epochs = (int64_t)p->epochs,
        .steps = (int64_t)(p->all_steps + p->steps),
        .best_repetition = (int64_t)p->best.repetition,
        .best_epoch = (int64_t)p->best.epoch,
        .best_loss = p->best.loss,
        .train_loss = p->best.train,
        .valid_loss = p->best.valid,
        .skipped = (int64_t)p->skipped,
        .stopped_early = p->stopped_early != 0,
        .reproducible = p->reproducible != 0 && !t->cut_short,
        .step_bytes = t->slab.bytes,
    };
    if (t->train.loader)
        out->loader = stint_loader_report(t->train.loader);
    return STINT_OK;
}

stint_status stint_trainer_loss(stint_trainer *t, const stint_samples *samples, double *out)
{
    train_feed f = {0};
    if (!t)
        return STINT_EUSAGE;
    TRY(ctx_status(t->ctx));
    TRY(feed_check(t, samples, "given"));
    TRY(plan_state(t));
    TRY(plan_loss(t));
    stint_status s = feed_open(t, &f, samples, false);
    if (s == STINT_OK)
        s = epoch_loss(t, &f, 0, out);
    feed_close(&f);
    return s;
}

stint_status stint_trainer_flow(stint_trainer *t, stint_flow_format how, stint_text *out)
{
    str text;
    if (!t)
        return STINT_EUSAGE;
    if (!t->flow)
        return fail(t->ctx, STINT_EUSAGE,
                    "trainer: the flow of gradients is recorded with flow = "
                    "true");
    str_init(&text, t->ctx, TAG_BASE);
    stint_status s = flow_report(t->flow, how, &text);
    if (s == STINT_OK)
        return text_take(&text, out);
    str_deinit(&text);
    return s;
}
