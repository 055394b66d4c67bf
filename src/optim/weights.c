#include "optim/weights.h"

#include "base/mem.h"

#include <string.h>

static size_t bytes_of(const stint_tensor *w)
{
    return (size_t)stint_tensor_count(w) * stint_dtype_bytes(stint_tensor_dtype(w));
}

stint_status weights_init(weights *s)
{
    size_t most = 1;
    for (int i = 0; i < s->n; i++)
        most = bytes_of(s->weight[i]) > most ? bytes_of(s->weight[i]) : most;
    s->gradient = mem_new(s->ctx, TAG_MODEL, stint_tensor *, 2 * (int64_t)s->n + 1);
    if (s->gradient)
        s->together = s->gradient + s->n;
    s->values = mem_alloc(s->ctx, TAG_MODEL, most);
    return s->gradient && s->values ? STINT_OK : STINT_ENOMEM;
}

void weights_deinit(weights *s)
{
    mem_free(s->gradient);
    mem_free(s->values);
}

int64_t weights_count(const weights *s)
{
    int64_t n = 0;
    for (int i = 0; i < s->n; i++)
        n += stint_tensor_count(s->weight[i]);
    return n;
}

/* A tensor's numbers into x, through s->values where they are f32. */
static stint_status read_one(const weights *s, stint_tensor *t, double *x)
{
    if (stint_tensor_dtype(t) == STINT_F64)
        return stint_read(t, x, bytes_of(t));
    const float *from = s->values;
    TRY(stint_read(t, s->values, bytes_of(t)));
    for (int64_t i = 0; i < stint_tensor_count(t); i++)
        x[i] = from[i];
    return STINT_OK;
}

static stint_status write_one(const weights *s, stint_tensor *t, double *x)
{
    if (stint_tensor_dtype(t) == STINT_F64)
        return stint_write(t, x, bytes_of(t));
    float *to = s->values;
    for (int64_t i = 0; i < stint_tensor_count(t); i++)
        x[i] = to[i] = (float)x[i];
    return stint_write(t, to, bytes_of(t));
}

stint_status weights_get(const weights *s, double *x)
{
    for (int i = 0; i < s->n; x += stint_tensor_count(s->weight[i++]))
        TRY(read_one(s, s->weight[i], x));
    return STINT_OK;
}

stint_status weights_put(const weights *s, double *x)
{
    for (int i = 0; i < s->n; x += stint_tensor_count(s->weight[i++]))
        TRY(write_one(s, s->weight[i], x));
    return STINT_OK;
}

/* Loss and gradients are computed by one plan: reading them one by one would repeat the forward
 * part for each. */
static stint_status evaluate(const weights *s, double *f, double *gradient)
{
    stint_tensor *loss = s->loss(s->loss_self);
    int all = 0;
    TRY(ctx_status(s->ctx));
    if (!loss)
        return fail(s->ctx, STINT_EUSAGE, "minimise: the loss is NULL");
    TRY(stint_gradients(1, &loss, NULL, s->n, s->weight, s->gradient));
    s->together[all++] = loss;
    for (int i = 0; i < s->n; i++)
        if (s->gradient[i])
            s->together[all++] = s->gradient[i];
    TRY(stint_realise(all, s->together));
    *f = stint_item(loss);
    for (int i = 0; i < s->n; gradient += stint_tensor_count(s->weight[i++]))
        if (s->gradient[i])
            TRY(read_one(s, s->gradient[i], gradient));
        else
            memset(gradient, 0, (size_t)stint_tensor_count(s->weight[i]) * sizeof *gradient);
    return ctx_status(s->ctx);
}

static void penalise(double decay, int64_t n, const double *x, double *f, double *gradient)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        sum += x[i] * x[i];
        gradient[i] += decay * x[i];
    }
    *f += decay / 2 * sum;
}

stint_status weights_value(void *self, double *x, double *f, double *gradient)
{
    weights *s = self;
    TRY(weights_put(s, x));
    stint_scope *scope = stint_scope_open(s->ctx);
    if (!scope)
        return ctx_status(s->ctx);
    stint_status status = evaluate(s, f, gradient), closed = stint_scope_close(scope);
    TRY(status);
    TRY(closed);
    if (s->decay != 0)
        penalise(s->decay, weights_count(s), x, f, gradient);
    return STINT_OK;
}
