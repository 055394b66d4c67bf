#include "nn/net.h"

#include "base/hash.h"
#include "graph/graph.h"
#include "stint/optim.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* One layer: made from a class and settings, and what classes build it with.
 *
 * Tensors are kept handles of the layer.  What is drawn takes the net's next number, and its seed
 * is a function of (the net's seed, that number), so that a layer's weights depend on those before
 * it by their count alone. */

int64_t layer_seed(int64_t seed, int64_t number)
{
    int64_t key[2] = {seed, number};
    return (int64_t)hash64(key, sizeof key);
}

const char *sample_text(const sample_shape *s, char out[SAMPLE_SHAPE_SIZE])
{
    size_t n = (size_t)snprintf(out, SAMPLE_SHAPE_SIZE, "[");
    for (int a = 0; a < s->axes; a++)
        n += (size_t)snprintf(out + n, SAMPLE_SHAPE_SIZE - n, "%s%lld", a ? "," : "",
                              (long long)s->size[a]);
    snprintf(out + n, SAMPLE_SHAPE_SIZE - n, "]");
    return out;
}

bool sample_fits(const sample_shape *s)
{
    int64_t n = 1;
    for (int a = 0; a < s->axes; a++)
        if (__builtin_mul_overflow(n, s->size[a], &n) || n > SAMPLE_MOST)
            return false;
    return true;
}

stint_status layer_fail(layer *l, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return fail(l->net->ctx, STINT_EUSAGE, "net: layer %s, %s: %s", l->path, l->class->name, text);
}

/* ---- what `build` makes ---- */

static stint_status put(layer *l, layer_tensor t, const char *name, void *tensors)
{
    VEC(layer_tensor) *to = tensors;
    int n = snprintf(t.name, sizeof t.name, "%s.%s.%s", l->path, l->class->name, name);
    assert(n < (int)sizeof t.name);
    (void)n;
    graph_own(t.at, "tensor of a net");
    if (vec_push(l->net->ctx, TAG_MODEL, to, t) == STINT_OK)
        return STINT_OK;
    stint_drop(t.at);
    return STINT_ENOMEM;
}

stint_status layer_weight(layer *l, const char *name, const char *init,
                          const stint_setting *setting, int axes, const int64_t *shape)
{
    stint_net *n = l->net;
    layer_tensor t = {.init = init, .number = n->drawn++};
    if (setting) {
        t.key = setting->key;
        snprintf(t.value, sizeof t.value, "%s", setting->value);
    }
    stint_scope *s = stint_scope_open(n->ctx);
    if (!s)
        return STINT_ENOMEM;
    if (n->planned) {
        t.at = stint_keep(stint_wrap(n->ctx, STINT_F32, axes, shape, NULL, NULL));
    } else {
        stint_tensor *generator = stint_generator(n->ctx, layer_seed(n->seed, t.number));
        t.at = stint_keep(
            stint_initialise(generator, init, setting != NULL, setting, STINT_F32, axes, shape));
    }
    stint_status status = stint_scope_close(s);
    if (!t.at)
        return status ? status : STINT_EFAIL;
    return put(l, t, name, &l->weights);
}

static stint_status failure(layer *l)
{
    stint_status s = ctx_status(l->net->ctx);
    return s ? s : STINT_ENOMEM;
}

stint_status layer_state(layer *l, const char *name, double value, int axes, const int64_t *shape)
{
    ctx *c = l->net->ctx;
    layer_tensor t = {.fill = value};
    stint_scope *s = stint_scope_open(c);
    if (!s)
        return STINT_ENOMEM;
    t.at = stint_keep(stint_zeros(c, STINT_F32, axes, shape));
    if (t.at && value != 0 &&
        (!stint_assign(t.at, stint_full(c, STINT_F32, STINT_SCALAR, value)) ||
         stint_realise(1, &t.at) != STINT_OK)) {
        stint_drop(t.at);
        t.at = NULL;
    }
    stint_status status = stint_scope_close(s);
    TRY(status);
    return t.at ? put(l, t, name, &l->states) : failure(l);
}

stint_status layer_generator(layer *l)
{
    stint_net *n = l->net;
    layer_tensor t = {.generator = true, .number = n->drawn++};
    t.at = stint_keep(stint_generator(n->ctx, layer_seed(n->seed, t.number)));
    return t.at ? put(l, t, "generator", &l->states) : failure(l);
}

stint_status layer_remember(layer *l, const char *name, int axes, const int64_t *sizes)
{
    layer_tensor t = {.axes = axes};
    memcpy(t.size, sizes, sizeof *sizes * (size_t)axes);
    return put(l, t, name, &l->carried);
}

/* ---- what `apply` uses ---- */

stint_tensor *layer_w(layer *l, int i)
{
    assert(i < l->weights.n);
    return l->weights.at[i].at;
}

stint_tensor *layer_s(layer *l, int i)
{
    assert(i < l->states.n);
    return l->states.at[i].at;
}

stint_tensor *layer_carried(layer *l, int i)
{
    assert(i < l->carried.n);
    return l->carried.at[i].at;
}

/* It waits for the apply to succeed: net_apply_seen. */
void layer_carry(layer *l, int i, stint_tensor *value)
{
    assert(i < l->carried.n);
    if (l->carried.at[i].at)
        l->carried.at[i].next = value;
}

stint_tensor *layer_run(layer *l, stint_tensor *x, const layer_pass *pass)
{
    stint_tensor *y = l->class->apply(l, x, pass);
    if (y && pass->seen)
        pass->seen(pass->self, l, y);
    return y;
}

/* ---- making ---- */

void layer_free(layer *l)
{
    if (!l)
        return;
    layer_list_cut(&l->inner, 0);
    for (int64_t i = 0; i < l->weights.n; i++)
        stint_drop(l->weights.at[i].at);
    for (int64_t i = 0; i < l->states.n; i++)
        stint_drop(l->states.at[i].at);
    for (int64_t i = 0; i < l->carried.n; i++)
        stint_drop(l->carried.at[i].at);
    vec_free(&l->weights);
    vec_free(&l->states);
    vec_free(&l->carried);
    vec_free(&l->inner);
    mem_free(l->self);
    mem_free(l);
}

static const layer_class *class_of(ctx *c, const char *path, const char *name)
{
    nearest_name near = nearest_begin(name);
    for (int i = 0; layer_table[i]; i++)
        nearest_try(&near, layer_table[i]->name);
    const layer_class *class = layer_find(name);
    if (class)
        return class;
    if (near.name)
        fail(c, STINT_EUSAGE, "net: layer %s: there is no layer \"%s\"; did you mean \"%s\"?", path,
             name, near.name);
    else
        fail(c, STINT_EUSAGE, "net: layer %s: there is no layer \"%s\"", path, name);
    return NULL;
}

/* A block's layers, from its setting "layers", which no parameter is: the last one of several. */
static stint_status inner_new(layer *l, const char *layers)
{
    char what[96];
    sample_shape out;
    snprintf(what, sizeof what, "net: layer %s, %s: layers", l->path, l->class->name);
    if (!layers)
        return layer_fail(l, "has no layers; write layers: [..]");
    json_t *list = json_parse(l->net->ctx, what, layers, strlen(layers));
    if (!list)
        return ctx_status(l->net->ctx);
    stint_status s = layer_list_add(l->net, &l->inner, l->path, what, list, &l->in, &out);
    json_decref(list);
    return s;
}

/* `owner` is what messages of parameters call the layer. */
static stint_status set_up(layer *l, int n_settings, const stint_setting *settings)
{
    char owner[SAMPLE_SHAPE_SIZE];
    const char *layers = NULL;
    stint_setting own[PARAM_MOST];
    int n = 0;
    snprintf(owner, sizeof owner, "net: layer %s, %s", l->path, l->class->name);
    for (int i = 0; i < n_settings; i++)
        if (l->class->block && strcmp(settings[i].key, "layers") == 0)
            layers = settings[i].value;
        else if (n < PARAM_MOST)
            own[n++] = settings[i];
        else
            return layer_fail(l, "has more than %d settings", PARAM_MOST);
    l->self = mem_alloc(l->net->ctx, TAG_MODEL, l->class->size);
    if (!l->self)
        return STINT_ENOMEM;
    TRY(params_read(l->net->ctx, owner, l->class->params, own, n, l->self));
    if (l->class->block)
        TRY(inner_new(l, layers));
    TRY(l->class->build(l, &l->in, &l->out));
    return sample_fits(&l->out) ? STINT_OK
                                : layer_fail(l, "makes samples of %s, which are too large",
                                             sample_text(&l->out, owner));
}

layer *layer_new(stint_net *n, const char *path, const char *class_name, int n_settings,
                 const stint_setting *settings, const sample_shape *in)
{
    const layer_class *class = class_of(n->ctx, path, class_name);
    layer *l = class ? mem_new(n->ctx, TAG_MODEL, layer, 1) : NULL;
    if (!l)
        return NULL;
    l->net = n;
    l->class = class;
    l->in = *in;
    snprintf(l->path, sizeof l->path, "%s", path);
    if (set_up(l, n_settings, settings) == STINT_OK)
        return l;
    layer_free(l);
    return NULL;
}
