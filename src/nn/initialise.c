#include "nn/initialise.h"

#include "base/str.h"

#include <assert.h>
#include <string.h>

/* A new weight is memory of its own that values are drawn into at once: weights begin the same
 * whatever is computed in between. */

const init_class *const init_table[] = {
    &init_zeros,
    &init_ones,
    &init_constant,
    &init_uniform,
    &init_normal,
    &init_xavier_uniform,
    &init_xavier_normal,
    &init_kaiming_uniform,
    &init_kaiming_normal,
    &init_lecun_normal,
    &init_orthogonal,
    &init_forget_bias,
    NULL,
};

enum { PARAMS_BYTES = 64 }; /* of the largest class's struct */

static const init_class *find(ctx *c, const char *name)
{
    nearest_name near = nearest_begin(name);
    for (int i = 0; init_table[i]; i++) {
        if (strcmp(init_table[i]->name, name) == 0)
            return init_table[i];
        nearest_try(&near, init_table[i]->name);
    }
    if (near.name)
        fail(c, STINT_EUSAGE, "there is no initialiser \"%s\"; did you mean \"%s\"?", name,
             near.name);
    else
        fail(c, STINT_EUSAGE, "there is no initialiser \"%s\"", name);
    return NULL;
}

/* [in, out], or [out, in, ..] of a convolution, whose fans count the rest, too */
static void find_fans(init_weight *w)
{
    double rest = 1;
    if (w->axes < 2)
        return;
    for (int a = 2; a < w->axes; a++)
        rest *= (double)w->shape[a];
    w->fan_in = (double)w->shape[w->axes > 2 ? 1 : 0] * rest;
    w->fan_out = (double)w->shape[w->axes > 2 ? 0 : 1] * rest;
}

static stint_tensor *draw(const init_class *class, const void *self, const init_weight *w)
{
    stint_scope *s = stint_scope_open(w->ctx);
    stint_tensor *weight = stint_zeros(w->ctx, w->dtype, w->axes, w->shape);
    if (weight)
        weight = stint_keep(stint_assign(weight, class->draw(self, w)));
    stint_status status = weight ? stint_realise(1, &weight) : STINT_EFAIL;
    if (stint_scope_close(s) != STINT_OK || status != STINT_OK) {
        stint_drop(weight);
        return NULL;
    }
    stint_tensor *out = stint_alias(weight);
    stint_drop(weight);
    return out;
}

stint_tensor *stint_initialise(stint_tensor *generator, const char *name, int n,
                               const stint_setting *settings, stint_dtype d, int axes,
                               const int64_t *shape)
{
    ctx *c = stint_tensor_context(generator);
    const init_class *class = c && ctx_status(c) == STINT_OK ? find(c, name) : NULL;
    double self[PARAMS_BYTES / sizeof(double)];
    if (!class || params_read(c, name, class->params, settings, n, self) != STINT_OK)
        return NULL;
    assert(class->size <= sizeof self);
    if (axes < class->axes || d > STINT_BF16) {
        fail(c, STINT_EUSAGE, "%s: a weight is of floats and has at least %d axes; this is %s, %d",
             name, class->axes, stint_dtype_text(d), axes);
        return NULL;
    }
    init_weight w = {.ctx = c, .generator = generator, .dtype = d, .axes = axes, .shape = shape};
    find_fans(&w);
    return draw(class, self, &w);
}
