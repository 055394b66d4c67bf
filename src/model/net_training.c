#include "model/net_fit_impl.h"
#include "model/net_kind.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The parameters that are worth searching, as the settings of a trainer. */

enum { OPTIMISER_ADAM, OPTIMISER_ADAMW, OPTIMISER_SGD, OPTIMISER_RMSPROP };
const char *const net_optimisers[] = {[OPTIMISER_ADAM] = "adam",
                                      [OPTIMISER_ADAMW] = "adamw",
                                      [OPTIMISER_SGD] = "sgd",
                                      [OPTIMISER_RMSPROP] = "rmsprop",
                                      NULL};

enum {
    SCHEDULE_CONSTANT,
    SCHEDULE_COSINE,
    SCHEDULE_STEP,
    SCHEDULE_EXPONENTIAL,
    SCHEDULE_PLATEAU,
    SCHEDULE_ONE_CYCLE
};
const char *const net_schedules[] = {[SCHEDULE_CONSTANT] = "constant",
                                     [SCHEDULE_COSINE] = "cosine",
                                     [SCHEDULE_STEP] = "step",
                                     [SCHEDULE_EXPONENTIAL] = "exponential",
                                     [SCHEDULE_PLATEAU] = "plateau",
                                     [SCHEDULE_ONE_CYCLE] = "one_cycle",
                                     NULL};

enum { LOSS_AUTO };
const char *const net_losses[] = {
    [LOSS_AUTO] = "auto",      "mse", "mae", "huber", "bce", "soft_margin",
    "multi_label_soft_margin", NULL};
const char *const net_precisions[] = {"f32", "bf16", "f16", NULL};

/* --- losses ------------------------------------------------------------------------------- */

#define NUMBERS (TARGET_BIT(TARGET_NUMBER) | TARGET_BIT(TARGET_ANGLE))
#define LABELS  TARGET_BIT(TARGET_LABELS)

/* By net_losses: the trainer's name, and what it is for. */
static const struct {
    const char *name;
    unsigned kinds;
} losses[] = {
    {NULL, ~0u},
    {"mse", NUMBERS},
    {"mae", NUMBERS},
    {"huber", NUMBERS},
    {"bce_with_logits", LABELS},
    {"soft_margin", LABELS},
    {"multi_label_soft_margin", LABELS},
};

const char *net_loss_of(target_kind kind)
{
    static const char *const by_kind[TARGET_KINDS] = {
        [TARGET_NUMBER] = "mse",
        [TARGET_CLASS] = "cross_entropy",
        [TARGET_ANGLE] = "mse",
        [TARGET_LABELS] = "bce_with_logits",
    };
    return by_kind[kind];
}

static stint_status take_loss(ctx *c, const net_training *p, const net_data *d, const char **out)
{
    int which = (int)p->loss;
    if (!(losses[which].kinds & TARGET_BIT(d->kind)))
        return fail(c, STINT_EUSAGE, "loss: %s is none of %s; write auto", net_losses[which],
                    target_kind_name(d->kind));
    *out = which == LOSS_AUTO ? net_loss_of(d->kind) : losses[which].name;
    return STINT_OK;
}

/* --- settings ------------------------------------------------------------------------------- */

enum { SETTINGS_MOST = 16 };

typedef struct settings {
    arena *arena;
    stint_setting *at; /* [SETTINGS_MOST] */
    int n;
} settings;

static void add_text(settings *s, const char *key, const char *value)
{
    if (s->at)
        s->at[s->n++] = (stint_setting){key, value};
}

static void add(settings *s, const char *key, double value)
{
    char text[STR_DOUBLE_SIZE];
    str_format_double(text, value);
    add_text(s, key, arena_strdup(s->arena, text));
}

static settings settings_new(arena *a)
{
    return (settings){a, arena_new(a, stint_setting, SETTINGS_MOST), 0};
}

static settings optimiser_settings(arena *a, const net_training *p)
{
    settings s = settings_new(a);
    add(&s, "learning_rate", p->learning_rate);
    add(&s, "weight_decay", p->weight_decay);
    if (p->optimiser == OPTIMISER_SGD || p->optimiser == OPTIMISER_RMSPROP)
        add(&s, "momentum", p->momentum);
    return s;
}

static settings schedule_settings(arena *a, const net_training *p)
{
    settings s = settings_new(a);
    double third = ceil(p->epochs / 3), borne = p->schedule_epochs ? p->schedule_epochs : third;
    switch ((int)p->schedule) {
    case SCHEDULE_COSINE: add(&s, "steps", p->epochs); break;
    case SCHEDULE_STEP:
        add(&s, "step_size", borne);
        add(&s, "gamma", p->schedule_factor);
        break;
    case SCHEDULE_EXPONENTIAL: add(&s, "gamma", pow(p->schedule_factor, 1 / p->epochs)); break;
    case SCHEDULE_PLATEAU:
        add(&s, "factor", p->schedule_factor);
        add(&s, "patience", borne);
        break;
    case SCHEDULE_ONE_CYCLE: add(&s, "total_steps", p->epochs > 2 ? p->epochs : 2); break;
    default: break;
    }
    return s;
}

/* Batches are filled by the thread that trains: copying rows takes a small part of a step, and the
 * cores are taken by trials. */
static settings own_settings(arena *a, const net_training *p)
{
    settings s = settings_new(a);
    add(&s, "epochs", p->epochs);
    add(&s, "batch_size", p->batch_size);
    add(&s, "accumulate", p->accumulate);
    add(&s, "seed", p->seed);
    add(&s, "patience", p->validation > 0 ? p->patience : 0);
    add_text(&s, "restore_best", p->validation > 0 ? "true" : "false");
    add_text(&s, "clip", p->clip > 0 ? "norm" : "none");
    if (p->clip > 0)
        add(&s, "clip_at", p->clip);
    add_text(&s, "precision", net_precisions[(int)p->precision]);
    add(&s, "log_every", 0);
    add(&s, "workers", 0);
    add(&s, "prefetch", 0);
    return s;
}

stint_status net_training_settings(ctx *c, arena *a, const net_training *p, const net_data *d,
                                   stint_trainer_settings *out)
{
    TRY(take_loss(c, p, d, &out->loss));
    settings optimiser = optimiser_settings(a, p), schedule = schedule_settings(a, p);
    settings own = own_settings(a, p);
    out->optimiser = net_optimisers[(int)p->optimiser];
    out->schedule = net_schedules[(int)p->schedule];
    out->optimiser_settings = optimiser.at;
    out->n_optimiser = optimiser.n;
    out->schedule_settings = schedule.at;
    out->n_schedule = schedule.n;
    out->settings = own.at;
    out->n_settings = own.n;
    return ctx_status(c);
}
