#include "train/trainer.h"

#include "optim/optim.h"
#include "optim/schedule.h"

#include <string.h>

/* What a trainer is given: texts are copied, names become classes, and what has no meaning is
 * refused before anything is made. */

enum { DIR_MOST = 480 };

static stint_status copy_settings(stint_trainer *t, const stint_setting **settings, int n)
{
    stint_setting *copy = arena_new(&t->arena, stint_setting, n + 1);
    if (!copy)
        return STINT_ENOMEM;
    for (int i = 0; i < n; i++) {
        const stint_setting *s = &(*settings)[i];
        copy[i].key = arena_strdup(&t->arena, s->key);
        copy[i].value = s->value ? arena_strdup(&t->arena, s->value) : NULL;
        if (!copy[i].key || (s->value && !copy[i].value))
            return STINT_ENOMEM;
    }
    *settings = copy;
    return STINT_OK;
}

static stint_status copy_text(stint_trainer *t, const char **text, const char *otherwise)
{
    if (!*text && !otherwise)
        return STINT_OK;
    *text = arena_strdup(&t->arena, *text ? *text : otherwise);
    return *text ? STINT_OK : STINT_ENOMEM;
}

static stint_status copy_given(stint_trainer *t)
{
    stint_trainer_settings *g = &t->given;
    TRY(copy_text(t, &g->loss, "mse"));
    TRY(copy_text(t, &g->optimiser, "adam"));
    TRY(copy_text(t, &g->schedule, "constant"));
    TRY(copy_text(t, &g->dir, NULL));
    if (g->dir && strlen(g->dir) > DIR_MOST)
        return fail(t->ctx, STINT_EUSAGE, "trainer: a directory's name has at most %d bytes",
                    DIR_MOST);
    TRY(copy_settings(t, &g->loss_settings, g->n_loss));
    TRY(copy_settings(t, &g->optimiser_settings, g->n_optimiser));
    TRY(copy_settings(t, &g->schedule_settings, g->n_schedule));
    return copy_settings(t, &g->settings, g->n_settings);
}

static stint_status find_loss(stint_trainer *t)
{
    const stint_trainer_settings *g = &t->given;
    nearest_name near = nearest_begin(g->loss);
    for (int i = 0; loss_table[i]; i++)
        nearest_try(&near, loss_table[i]->name);
    t->loss = loss_find(g->loss);
    if (!t->loss)
        return fail(t->ctx, STINT_EUSAGE, "there is no loss \"%s\"%s%s%s", g->loss,
                    near.name ? "; did you mean \"" : "", near.name ? near.name : "",
                    near.name ? "\"?" : "");
    t->loss_self = arena_alloc(&t->arena, t->loss->size + 1);
    if (!t->loss_self)
        return STINT_ENOMEM;
    return params_read(t->ctx, g->loss, t->loss->params, g->loss_settings, g->n_loss, t->loss_self);
}

static stint_status make_optimiser(stint_trainer *t)
{
    const stint_trainer_settings *g = &t->given;
    t->optimiser = stint_optimiser_new(t->ctx, g->optimiser, g->n_optimiser, g->optimiser_settings);
    if (!t->optimiser)
        return ctx_status(t->ctx);
    const optim_class *class = optim_find(t->ctx, g->optimiser);
    if (class->minimise || class->curvature)
        return fail(t->ctx, STINT_EUSAGE,
                    "trainer: optimiser %s takes more than the gradients of batches; use sgd, "
                    "adam, adamw or rmsprop",
                    g->optimiser);
    t->base_rate = stint_optimiser_rate(t->optimiser);
    return STINT_OK;
}

stint_status schedule_begin(stint_trainer *t)
{
    const stint_trainer_settings *g = &t->given;
    stint_schedule_free(t->schedule);
    t->observed.n = 0;
    t->schedule = stint_schedule_new(t->ctx, g->schedule, g->n_schedule, g->schedule_settings);
    for (int i = 0; schedule_table[i]; i++)
        if (strcmp(schedule_table[i]->name, g->schedule) == 0)
            t->observes = schedule_table[i]->observe != NULL;
    return t->schedule ? STINT_OK : ctx_status(t->ctx);
}

static stint_status make_scaler(stint_trainer *t)
{
    char name[32];
    if (t->set.precision != PRECISION_F16)
        return STINT_OK;
    t->scaler = stint_scaler_new(t->ctx, 0, NULL);
    if (!t->scaler)
        return ctx_status(t->ctx);
    for (int i = 0; i < stint_scaler_states(t->scaler); i++)
        t->scaler_began[i] = stint_item(stint_scaler_state(t->scaler, i, name, sizeof name));
    return STINT_OK;
}

stint_status given_take(stint_trainer *t)
{
    TRY(copy_given(t));
    TRY(params_read(t->ctx, "trainer", train_params, t->given.settings, t->given.n_settings,
                    &t->set));
    t->seed = (int64_t)t->set.seed;
    TRY(find_loss(t));
    TRY(make_optimiser(t));
    TRY(schedule_begin(t));
    return make_scaler(t);
}
