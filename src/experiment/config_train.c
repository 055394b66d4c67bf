/* What `stint train` takes besides the data: the model, how it is trained, how it is tested row by
 * row.
 *
 *     model: {lstm: {hidden: 64, window: 104}}
 *     train: {epochs: 40, batch_size: 64, optimiser: {adamw: {learning_rate: 2.0e-3}}, patience: 8}
 *     stream: {warm_up: 52}
 */
#include "experiment/config_impl.h"

#include "model/net_fit.h"
#include "nn/net.h"
#include "optim/optim.h"
#include "optim/schedule.h"
#include "train/train.h"

#include <string.h>

/* --- the model -------------------------------------------------------------------------------- */

static bool model_at(int i, config_class *out)
{
    const model_class *class = net_class_at(i);
    if (class)
        *out = (config_class){class->name, class->params, class};
    return class != NULL;
}

static const config_classes models = {model_at, "model", "{lstm: {hidden: 64}}"};

/* Training parameters of the class are what a search varies; here they have one place. */
static stint_status refuse_training(config_loader *l, const config_key *k, const config_node *map)
{
    for (const config_node *n = map ? map->first : NULL; n; n = n->next)
        if (net_is_training(n->key))
            return config_key_fail(l, k, n, "%s belongs under train: here", n->key);
    return STINT_OK;
}

/* A net of the config's own layers: {net: {window: 50, layers: [{lstm: {hidden: 8}}, last]}} */

static void layers_text(const config_node *n, str *out)
{
    char text[STR_DOUBLE_SIZE];
    double number;
    if (n->kind == NODE_LIST || n->kind == NODE_MAP) {
        str_add(out, n->kind == NODE_LIST ? "[" : "{");
        for (const config_node *i = n->first; i; i = i->next) {
            str_add(out, i == n->first ? "" : ", ");
            if (n->kind == NODE_MAP)
                str_addf(out, "\"%s\": ", i->key);
            layers_text(i, out);
        }
        str_add(out, n->kind == NODE_LIST ? "]" : "}");
    } else if (n->kind == NODE_NULL) {
        str_add(out, "{}");
    } else if (config_number(n, &number)) { /* YAML has more ways to write one than JSON */
        str_format_double(text, number);
        str_add(out, text);
    } else if (config_is_word(n, "true") || config_is_word(n, "false")) {
        str_add(out, n->text);
    } else {
        str_addf(out, "\"%s\"", n->text);
    }
}

/* Names of layers and parameters are words: what would have to be escaped is none. */
static stint_status check_words(config_loader *l, const config_key *k, const config_node *n)
{
    char quoted[CONFIG_QUOTE_SIZE];
    const char *const words[] = {n->key, n->kind == NODE_SCALAR ? n->text : NULL};
    for (int i = 0; i < 2; i++)
        if (words[i] && strpbrk(words[i], "\"\\\n\t"))
            return config_key_fail(l, k, n, "%s is no layer and no parameter",
                                   config_quote(quoted, words[i]));
    for (const config_node *i = n->first; i; i = i->next)
        TRY(check_words(l, k, i));
    return STINT_OK;
}

static stint_status take_net(config_loader *l, const config_key *k, const config_node *map)
{
    static const char *const others[] = {"layers", NULL};
    config *cfg = l->config;
    const config_node *layers = config_child(map, "layers");
    str text;
    TRY(config_params_take(l, k, "net", model_net.params, others, map, &cfg->model_space));
    if (!layers || layers->kind != NODE_LIST || layers->n == 0)
        return config_key_fail(l, k, map,
                               "net takes a list of layers: {net: {layers: [{linear: "
                               "{units: 64}}, relu]}}");
    TRY(check_words(l, k, layers));
    str_init(&text, l->ctx, TAG_CONFIG);
    layers_text(layers, &text);
    stint_status s = str_status(&text);
    cfg->layers = s == STINT_OK ? arena_strdup(&cfg->arena, text.at) : NULL;
    str_deinit(&text);
    cfg->model = &model_net;
    return cfg->layers ? STINT_OK : STINT_ENOMEM;
}

stint_status config_model_take(config_loader *l, const config_key *k, const config_node *n)
{
    config *cfg = l->config;
    config_class row;
    const config_node *params = n->kind == NODE_MAP && n->n == 1 ? n->first : NULL;
    if (config_is_word(n, k->word))
        return STINT_OK;
    if (params && params->kind == NODE_MAP && strcmp(params->key, "net") == 0)
        return take_net(l, k, params);
    if (params && params->kind == NODE_MAP)
        TRY(refuse_training(l, k, params));
    TRY(config_class_take(l, k, n, &models, &row, &cfg->model_space));
    cfg->model = row.class;
    return STINT_OK;
}

void config_model_text(const config *cfg, str *out)
{
    str_addf(out, "{%s: {", cfg->model->name);
    config_space_text(&cfg->model_space, cfg->layers ? NULL : net_is_training, out);
    if (cfg->layers)
        str_addf(out, ", layers: %s", cfg->layers);
    str_add(out, "}}");
}

/* --- training --------------------------------------------------------------------------------- */

enum { LOSS, OPTIMISER, SCHEDULE, CHOSEN };

static bool loss_at(int i, config_class *out)
{
    const loss_class *class = loss_table[i];
    if (class)
        *out = (config_class){class->name, class->params, class};
    return class != NULL;
}

/* Those that work step by step. */
static bool optimiser_at(int i, config_class *out)
{
    for (int row = 0; optim_table[row]; row++)
        if (!optim_table[row]->minimise && !optim_table[row]->curvature && i-- == 0) {
            *out =
                (config_class){optim_table[row]->name, optim_table[row]->params, optim_table[row]};
            return true;
        }
    return false;
}

static bool schedule_at(int i, config_class *out)
{
    const schedule_class *class = schedule_table[i];
    if (class)
        *out = (config_class){class->name, class->params, class};
    return class != NULL;
}

static const struct {
    const char *key;
    config_classes classes;
    size_t offset; /* in config_train */
} chosen[CHOSEN] = {
    [LOSS] = {"loss", {loss_at, "loss", "{huber: {delta: 0.5}}"}, offsetof(config_train, loss)},
    [OPTIMISER] = {"optimiser",
                   {optimiser_at, "optimiser", "{adamw: {learning_rate: 1.0e-3}}"},
                   offsetof(config_train, optimiser)},
    [SCHEDULE] = {"schedule",
                  {schedule_at, "schedule", "{cosine: {steps: 100}}"},
                  offsetof(config_train, schedule)},
};

static const char *const chosen_keys[] = {"loss", "optimiser", "schedule", "fold", NULL};

static const param fold_params[] = {
    PARAM_INT(config_train, fold, -1, -1, SPLIT_FOLDS_MOST - 1,
              "fold that validates, the others train; -1: the last in order of time, else the "
              "first"),
    PARAM_END,
};

static stint_status take_chosen(config_loader *l, const config_key *k, const config_node *map,
                                int which)
{
    config *cfg = l->config;
    config_chosen *out = (config_chosen *)((char *)&cfg->train + chosen[which].offset);
    const config_node *n = map ? config_child(map, chosen[which].key) : NULL;
    config_class row;
    if (!n)
        return STINT_OK;
    TRY(config_class_take(l, k, n, &chosen[which].classes, &row, &out->space));
    out->name = row.name;
    return config_space_settings(&cfg->arena, &out->space, &out->settings, &out->n);
}

stint_status config_train_take(config_loader *l, const config_key *k, const config_node *n)
{
    config_train *t = &l->config->train;
    const config_node *map = n->kind == NODE_MAP ? n : NULL, *fold;
    dimension at;
    char is[CONFIG_QUOTE_SIZE];
    if (!map && n->kind != NODE_NULL)
        return config_key_fail(l, k, n, "%s is no set of parameters; write {epochs: 20}",
                               config_describe(is, n));
    TRY(config_params_take(l, k, "train", train_params, chosen_keys, map, &t->space));
    TRY(config_space_settings(&l->config->arena, &t->space, &t->settings, &t->n));
    for (int i = 0; i < CHOSEN; i++)
        TRY(take_chosen(l, k, map, i));
    fold = map ? config_child(map, "fold") : NULL;
    TRY(config_dimension(l->ctx, &l->config->arena, "train", fold_params, fold, &at));
    t->fold = at.list[0];
    return STINT_OK;
}

void config_train_text(const config *cfg, str *out)
{
    const config_train *t = &cfg->train;
    str_add(out, "{");
    config_space_text(&t->space, train_decides_nothing, out);
    for (int i = 0; i < CHOSEN; i++) {
        const config_chosen *c = (const config_chosen *)((const char *)t + chosen[i].offset);
        if (!c->name)
            continue;
        str_addf(out, ", %s: {%s: {", chosen[i].key, c->name);
        config_space_text(&c->space, NULL, out);
        str_add(out, "}}");
    }
    str_addf(out, ", fold: %d}", (int)t->fold);
}

/* --- the streaming test ------------------------------------------------------------------------ */

static const char *const filters[] = {"none", "ema", "butterworth", NULL};

const param stream_params[] = {
    PARAM_INT(
        config_stream, warm_up, 0, 0, 1e9,
        "rows of a series before the first that counts, from those before the test part where "
        "there are such"),
    PARAM_CHOICE(config_stream, filter, 0, filters, "what smooths the predictions as they come"),
    PARAM_F64(config_stream, alpha, 0.5, 1e-6, 1, "of ema: weight of the newest prediction"),
    PARAM_INT(config_stream, order, 2, 1, 8, "of butterworth, a causal low-pass"),
    PARAM_F64(config_stream, cutoff, 0.1, 1e-6, 0.999999,
              "of butterworth: share of the Nyquist frequency"),
    PARAM_END,
};

stint_status config_stream_take(config_loader *l, const config_key *k, const config_node *n)
{
    config_stream *s = &l->config->stream;
    char is[CONFIG_QUOTE_SIZE];
    double values[sizeof stream_params / sizeof *stream_params];
    if (config_is_word(n, k->word))
        return STINT_OK;
    if (n->kind != NODE_MAP)
        return config_key_fail(l, k, n, "%s is no set of parameters; write {warm_up: 50}",
                               config_describe(is, n));
    TRY(config_params_take(l, k, "stream", stream_params, NULL, n, &s->space));
    for (int i = 0; stream_params[i].name; i++)
        values[i] = s->space.dimensions[i].list[0];
    params_store(stream_params, values, s);
    s->given = true;
    return STINT_OK;
}
