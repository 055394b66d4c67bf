#include "train/trainer.h"

#include "optim/optim.h"
#include "optim/schedule.h"

#include <string.h>

/* Whose a directory of checkpoints is: the net and every setting that decides results, as JSON.
 * What decides nothing (train_decides_nothing) may differ on resume. */

static void emit_params(json_out *j, const param *table, const void *self,
                        bool (*without)(const char *name))
{
    for (const param *p = table; p->name; p++) {
        char text[PARAM_TEXT_SIZE];
        double x;
        if (without && without(p->name))
            continue;
        memcpy(&x, (const char *)self + p->offset, sizeof x);
        param_text(p, x, text);
        if (p->type == PARAM_TYPE_CHOICE || p->type == PARAM_TYPE_BOOL)
            emit_string(j, p->name, text);
        else
            emit_double(j, p->name, x);
    }
}

static stint_status emit_class(stint_trainer *t, json_out *j, const char *key, const char *name,
                               const param *table, size_t size, const stint_setting *settings,
                               int n)
{
    void *self = mem_alloc(t->ctx, TAG_MODEL, size + 1);
    if (!self)
        return STINT_ENOMEM;
    stint_status s = params_read(t->ctx, name, table, settings, n, self);
    if (s == STINT_OK) {
        emit_object(j, key);
        emit_string(j, "class", name);
        emit_params(j, table, self, NULL);
        emit_object_end(j);
    }
    mem_free(self);
    return s;
}

static const schedule_class *schedule_of(const char *name)
{
    int i = 0;
    while (strcmp(schedule_table[i]->name, name) != 0)
        i++;
    return schedule_table[i];
}

static void emit_samples(json_out *j, const char *key, const stint_samples *s)
{
    emit_object(j, key);
    emit_int(j, "n", s ? s->n : 0);
    for (int a = 0; s && a < 2; a++) {
        emit_array(j, a == 0 ? "input" : "target");
        emit_string(j, NULL, stint_dtype_text(s->array[a].dtype));
        for (int i = 0; i < s->array[a].axes; i++)
            emit_int(j, NULL, s->array[a].shape[i]);
        emit_array_end(j);
    }
    emit_object_end(j);
}

/* The seed is the trainer's, which renew changes. */
static bool is_elsewhere(const char *name)
{
    return train_decides_nothing(name) || strcmp(name, "seed") == 0;
}

static stint_status emit_training(stint_trainer *t, json_out *j)
{
    const stint_trainer_settings *g = &t->given;
    const optim_class *optimiser = optim_find(t->ctx, g->optimiser);
    const schedule_class *schedule = schedule_of(g->schedule);
    emit_object(j, NULL);
    emit_params(j, train_params, &t->set, is_elsewhere);
    emit_int(j, "seed", t->seed);
    TRY(emit_class(t, j, "loss", g->loss, t->loss->params, t->loss->size, g->loss_settings,
                   g->n_loss));
    TRY(emit_class(t, j, "optimiser", g->optimiser, optimiser->params, optimiser->size,
                   g->optimiser_settings, g->n_optimiser));
    TRY(emit_class(t, j, "schedule", g->schedule, schedule->params, schedule->size,
                   g->schedule_settings, g->n_schedule));
    emit_samples(j, "samples", t->train.samples);
    emit_samples(j, "validation", t->valid.samples);
    emit_object_end(j);
    return STINT_OK;
}

stint_status identity_new(stint_trainer *t)
{
    stint_text net;
    str text;
    TRY(stint_net_describe(t->net, &net));
    str_init(&text, t->ctx, TAG_MODEL);
    str_addf(&text, "{\"net\":%s,\"training\":", net.at);
    stint_text_free(&net);
    json_out j = emit_begin(&text, false);
    stint_status s = emit_training(t, &j);
    str_add(&text, "}");
    if (s == STINT_OK)
        s = str_status(&text);
    mem_free(t->identity);
    t->identity = s == STINT_OK ? str_take(&text) : NULL;
    str_deinit(&text);
    return s;
}

/* ---- differences ---- */

typedef struct difference {
    str text;
    int n;
} difference;

enum { DIFFERENCES = 8 };

static const char *value_text(const json_t *x, char *out, size_t size)
{
    char number[STR_DOUBLE_SIZE];
    if (!x)
        return "nothing";
    if (json_is_string(x))
        return json_string_value(x);
    if (json_is_integer(x))
        str_print(out, size, "%lld", (long long)json_integer_value(x));
    else if (json_is_real(x)) {
        str_format_double(number, json_real_value(x));
        str_print(out, size, "%s", number);
    } else
        str_print(out, size, "%s",
                  json_is_true(x)     ? "true"
                  : json_is_false(x)  ? "false"
                  : json_is_array(x)  ? "a list"
                  : json_is_object(x) ? "an object"
                                      : "null");
    return out;
}

static void note(difference *d, const char *path, const json_t *was, const json_t *is)
{
    char a[64], b[64];
    if (++d->n <= DIFFERENCES)
        str_addf(&d->text, "%s%s: was %s, is %s", d->n > 1 ? "; " : "", path,
                 value_text(was, a, sizeof a), value_text(is, b, sizeof b));
}

static void compare(difference *d, const char *path, const json_t *was, const json_t *is);

static void compare_objects(difference *d, const char *path, const json_t *was, const json_t *is)
{
    const char *key;
    json_t *value;
    char inner[256];
    json_object_foreach((json_t *)was, key, value)
    {
        str_print(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", key);
        compare(d, inner, value, json_object_get(is, key));
    }
    json_object_foreach((json_t *)is, key, value)
    {
        str_print(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", key);
        if (!json_object_get(was, key))
            note(d, inner, NULL, value);
    }
}

static void compare(difference *d, const char *path, const json_t *was, const json_t *is)
{
    char inner[256];
    if (json_is_object(was) && json_is_object(is)) {
        compare_objects(d, path, was, is);
        return;
    }
    if (!json_is_array(was) || !json_is_array(is)) {
        if (!is || !json_equal(was, is))
            note(d, path, was, is);
        return;
    }
    size_t n = json_array_size(was), m = json_array_size(is);
    for (size_t i = 0; i < n || i < m; i++) {
        const json_t *a = json_array_get(was, i), *b = json_array_get(is, i);
        str_print(inner, sizeof inner, "%s[%zu]", path, i);
        if (a)
            compare(d, inner, a, b);
        else
            note(d, inner, NULL, b);
    }
}

static stint_status refuse(stint_trainer *t, const char *path, const json_t *was, const json_t *is)
{
    difference d = {.n = 0};
    str_init(&d.text, t->ctx, TAG_BASE);
    compare(&d, "", was, is);
    if (d.n > DIFFERENCES)
        str_addf(&d.text, "; and %d more", d.n - DIFFERENCES);
    stint_status s = str_status(&d.text);
    if (s == STINT_OK)
        s = fail(t->ctx, STINT_EMISMATCH, "%s is of another training: %s", path, d.text.at);
    str_deinit(&d.text);
    return s;
}

stint_status identity_check(stint_trainer *t, const char *path, const char *saved, size_t len)
{
    if (strlen(t->identity) == len && memcmp(t->identity, saved, len) == 0)
        return STINT_OK;
    json_t *was = json_parse(t->ctx, path, saved, len);
    json_t *is = was ? json_parse(t->ctx, "trainer", t->identity, strlen(t->identity)) : NULL;
    stint_status s = was && is ? refuse(t, path, was, is) : ctx_status(t->ctx);
    json_decref(was);
    json_decref(is);
    return s;
}
