#include "nn/net.h"

#include <stdio.h>
#include <string.h>

/* A net: layers, each over what the one before gives.  Floats and packed small numbers (u8, bool)
 * are f32 from the first layer on; i32 and i64 stay, for embeddings. */

static bool is_whole(stint_dtype d)
{
    return d == STINT_I32 || d == STINT_I64;
}

static stint_status take_shape(ctx *c, int axes, const int64_t *shape, sample_shape *out)
{
    char text[SAMPLE_SHAPE_SIZE];
    if (axes < 0 || axes >= STINT_AXES)
        return fail(c, STINT_EUSAGE, "net: samples have 0 to %d axes, not %d", STINT_AXES - 1,
                    axes);
    for (int a = 0; a < axes; a++)
        if (shape[a] < 1)
            return fail(c, STINT_EUSAGE, "net: a sample's size is at least 1, not %lld",
                        (long long)shape[a]);
    out->axes = axes;
    for (int a = 0; a < axes; a++)
        out->size[a] = shape[a];
    return sample_fits(out)
               ? STINT_OK
               : fail(c, STINT_EUSAGE, "net: samples of %s are too large", sample_text(out, text));
}

stint_net *stint_net_new(stint_context *ctx, stint_dtype d, int axes, const int64_t *shape,
                         int64_t seed)
{
    sample_shape in = {.dtype = d};
    if (!ctx || ctx_status(ctx) != STINT_OK || take_shape(ctx, axes, shape, &in) != STINT_OK)
        return NULL;
    stint_net *n = mem_new(ctx, TAG_MODEL, stint_net, 1);
    if (!n)
        return NULL;
    n->ctx = ctx;
    n->seed = seed;
    n->in = n->out = in;
    n->out.dtype = is_whole(d) ? d : STINT_F32;
    return n;
}

void stint_net_free(stint_net *n)
{
    if (!n)
        return;
    layer_list_cut(&n->layers, 0);
    vec_free(&n->layers);
    mem_free(n->zeros);
    mem_free(n);
}

stint_status stint_net_add(stint_net *n, const char *class, int n_settings,
                           const stint_setting *settings)
{
    char path[16];
    if (!n)
        return STINT_EUSAGE;
    TRY(ctx_status(n->ctx));
    if (n->carry)
        return fail(n->ctx, STINT_EUSAGE, "net: a layer is added before state is carried");
    int64_t drawn = n->drawn;
    snprintf(path, sizeof path, "%lld", (long long)n->layers.n);
    layer *l = layer_new(n, path, class, n_settings, settings, &n->out);
    if (!l || vec_push(n->ctx, TAG_MODEL, &n->layers, l) != STINT_OK) {
        layer_free(l);
        n->drawn = drawn;
        return ctx_status(n->ctx);
    }
    n->out = l->out;
    return STINT_OK;
}

int stint_net_output(const stint_net *n, int64_t *shape)
{
    if (!n)
        return -1;
    memcpy(shape, n->out.size, sizeof *shape * (size_t)n->out.axes);
    return n->out.axes;
}

/* ---- the graph ---- */

static stint_status check_input(const stint_net *n, const stint_tensor *x)
{
    char want[SAMPLE_SHAPE_SIZE], have[SAMPLE_SHAPE_SIZE];
    sample_shape got = {.dtype = stint_tensor_dtype(x), .axes = stint_tensor_axes(x) - 1};
    TRY(ctx_status(n->ctx));
    if (!x)
        return fail(n->ctx, STINT_EUSAGE, "net: there is no input");
    for (int a = 0; a < got.axes; a++)
        got.size[a] = stint_tensor_size(x, a + 1);
    if (n->carry && got.axes == 2 && n->in.axes == 2 && got.size[0] > 0)
        got.size[0] = n->in.size[0]; /* a series in pieces of any length */
    if (got.axes != n->in.axes || got.dtype != n->in.dtype ||
        memcmp(got.size, n->in.size, sizeof got.size) != 0)
        return fail(n->ctx, STINT_EUSAGE, "net: takes a batch of %s %s, not of %s %s",
                    stint_dtype_text(n->in.dtype), sample_text(&n->in, want),
                    stint_dtype_text(got.dtype), sample_text(&got, have));
    if (n->carry && stint_tensor_size(x, 0) != n->carry)
        return fail(n->ctx, STINT_EUSAGE,
                    "net: state is carried for batches of %lld rows, not of %lld",
                    (long long)n->carry, (long long)stint_tensor_size(x, 0));
    return STINT_OK;
}

/* Assign what layers shall remember, or forget it.  Gradients end at what was carried in: of an
 * earlier apply nothing is kept for them. */
static stint_status carry_on(void *self, layer *l)
{
    const bool *succeeded = self;
    bool assigned = true;
    for (int64_t i = 0; i < l->carried.n; i++) {
        layer_tensor *t = &l->carried.at[i];
        if (*succeeded && t->next)
            assigned = stint_assign(t->at, stint_detach(t->next)) && assigned;
        t->next = NULL;
    }
    return assigned ? STINT_OK : STINT_EFAIL;
}

stint_tensor *net_apply_seen(stint_net *n, stint_tensor *x, bool training, net_seen *seen,
                             void *self)
{
    if (!n || check_input(n, x) != STINT_OK)
        return NULL;
    layer_pass pass = {
        .training = training, .batch = stint_tensor_size(x, 0), .seen = seen, .self = self};
    x = is_whole(n->in.dtype) ? stint_alias(x) : stint_cast(x, STINT_F32);
    for (int64_t i = 0; x && i < n->layers.n; i++)
        x = layer_run(n->layers.at[i], x, &pass);
    bool succeeded = x && ctx_status(n->ctx) == STINT_OK;
    return net_each(n, carry_on, &succeeded) == STINT_OK && succeeded ? x : NULL;
}

stint_tensor *stint_net_apply(stint_net *n, stint_tensor *x, bool training)
{
    stint_scope *s = n ? stint_scope_open(n->ctx) : NULL;
    if (!s)
        return NULL;
    stint_tensor *y = stint_keep(stint_alias(net_apply_seen(n, x, training, NULL, NULL)));
    stint_status status = stint_scope_close(s);
    stint_tensor *out = status == STINT_OK ? stint_alias(y) : NULL;
    stint_drop(y);
    return out;
}

/* ---- layers and their tensors, in order ---- */

static stint_status each_of(layer *l, layer_visit *visit, void *self)
{
    for (int64_t i = 0; i < l->inner.n; i++)
        TRY(each_of(l->inner.at[i], visit, self));
    return visit(self, l);
}

stint_status net_each(stint_net *n, layer_visit *visit, void *self)
{
    for (int64_t i = 0; i < n->layers.n; i++)
        TRY(each_of(n->layers.at[i], visit, self));
    return STINT_OK;
}

/* The how manyth tensor of one kind; counts down to it. */
typedef struct search {
    bool weights;
    int64_t left, seen;
    const layer_tensor *found;
} search;

static stint_status look(void *self, layer *l)
{
    search *s = self;
    int64_t here = s->weights ? l->weights.n : l->states.n;
    const layer_tensor *at = s->weights ? l->weights.at : l->states.at;
    if (!s->found && s->left >= 0 && s->left < here)
        s->found = &at[s->left];
    s->left -= here;
    s->seen += here;
    return STINT_OK;
}

static int count(const stint_net *n, bool weights)
{
    search s = {.weights = weights, .left = -1};
    if (n)
        (void)net_each((stint_net *)(uintptr_t)n, look, &s);
    return (int)s.seen;
}

static stint_tensor *find(stint_net *n, bool weights, int i, char *name, size_t size)
{
    search s = {.weights = weights, .left = i};
    if (n)
        (void)net_each(n, look, &s);
    if (name && size)
        snprintf(name, size, "%s", s.found ? s.found->name : "");
    return s.found ? s.found->at : NULL;
}

int stint_net_weights(const stint_net *n)
{
    return count(n, true);
}

stint_tensor *stint_net_weight(stint_net *n, int i, char *name, size_t size)
{
    return find(n, true, i, name, size);
}

int stint_net_states(const stint_net *n)
{
    return count(n, false);
}

stint_tensor *stint_net_state(stint_net *n, int i, char *name, size_t size)
{
    return find(n, false, i, name, size);
}
