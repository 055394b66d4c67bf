#include "optim/weights.h"

#include "optim/optim.h"

#include "base/mem.h"
#include "stint/derivatives.h"

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
    s->gradient = mem_new(s->ctx, TAG_MODEL, stint_tensor *, 3 * (int64_t)s->n + 1);
    if (s->gradient) {
        s->vector = s->gradient + s->n;
        s->together = s->vector + s->n;
    }
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

static stint_status loss_of(const weights *s, stint_tensor **loss)
{
    *loss = s->loss(s->loss_self);
    TRY(ctx_status(s->ctx));
    return *loss ? STINT_OK : fail(s->ctx, STINT_EUSAGE, "minimise: the loss is NULL");
}

/* s->gradient, each like its weight, into a vector; NULLs are zeros. */
static stint_status read_all(const weights *s, double *x)
{
    for (int i = 0; i < s->n; x += stint_tensor_count(s->weight[i++]))
        if (s->gradient[i])
            TRY(read_one(s, s->gradient[i], x));
        else
            memset(x, 0, (size_t)stint_tensor_count(s->weight[i]) * sizeof *x);
    return ctx_status(s->ctx);
}

/* Loss and gradients are computed by one plan: reading them one by one would repeat the forward
 * part for each. */
static stint_status evaluate(const weights *s, double *f, double *gradient)
{
    stint_tensor *loss;
    int all = 0;
    TRY(loss_of(s, &loss));
    TRY(stint_gradients(1, &loss, NULL, s->n, s->weight, s->gradient));
    s->together[all++] = loss;
    for (int i = 0; i < s->n; i++)
        if (s->gradient[i])
            s->together[all++] = s->gradient[i];
    TRY(stint_realise(all, s->together));
    *f = stint_item(loss);
    return read_all(s, gradient);
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

static stint_tensor *vector_like(const weights *s, const stint_tensor *w, double *v)
{
    int64_t shape[STINT_AXES];
    int axes = optim_shape(w, shape);
    float *narrow = s->values;
    if (stint_tensor_dtype(w) == STINT_F64)
        return stint_tensor_new(s->ctx, STINT_F64, axes, shape, v);
    for (int64_t i = 0; i < stint_tensor_count(w); i++)
        narrow[i] = (float)v[i];
    return stint_tensor_new(s->ctx, STINT_F32, axes, shape, narrow);
}

static stint_status multiply(const weights *s, double *v, double *out)
{
    stint_tensor *loss;
    int all = 0;
    TRY(loss_of(s, &loss));
    for (int i = 0; i < s->n; v += stint_tensor_count(s->weight[i++]))
        s->vector[i] = vector_like(s, s->weight[i], v);
    TRY(ctx_status(s->ctx));
    TRY(stint_hessian_vector(loss, s->n, s->weight, s->vector, s->gradient));
    for (int i = 0; i < s->n; i++)
        if (s->gradient[i])
            s->together[all++] = s->gradient[i];
    TRY(stint_realise(all, s->together));
    return read_all(s, out);
}

stint_status weights_product(const weights *s, double *v, double *out)
{
    stint_scope *scope = stint_scope_open(s->ctx);
    if (!scope)
        return ctx_status(s->ctx);
    stint_status status = multiply(s, v, out), closed = stint_scope_close(scope);
    TRY(status);
    TRY(closed);
    int64_t n = s->decay != 0 ? weights_count(s) : 0;
    for (int64_t i = 0; i < n; i++)
        out[i] += s->decay * v[i];
    return STINT_OK;
}
