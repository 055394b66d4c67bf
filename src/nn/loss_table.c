#include "nn/losses.h"

#include <assert.h>
#include <string.h>

const loss_class *const loss_table[] = {
    &loss_mse,
    &loss_mae,
    &loss_huber,
    &loss_cross_entropy,
    &loss_bce_with_logits,
    &loss_soft_margin,
    &loss_multi_label_soft_margin,
    NULL,
};

const param loss_no_params[] = {PARAM_END};

enum { PARAMS_BYTES = 64 }; /* of the largest class's struct */

const loss_class *loss_find(const char *name)
{
    for (int i = 0; loss_table[i]; i++)
        if (strcmp(loss_table[i]->name, name) == 0)
            return loss_table[i];
    return NULL;
}

static const loss_class *class_of(ctx *c, const char *name)
{
    nearest_name near = nearest_begin(name);
    for (int i = 0; loss_table[i]; i++)
        nearest_try(&near, loss_table[i]->name);
    const loss_class *class = loss_find(name);
    if (class)
        return class;
    if (near.name)
        fail(c, STINT_EUSAGE, "there is no loss \"%s\"; did you mean \"%s\"?", name, near.name);
    else
        fail(c, STINT_EUSAGE, "there is no loss \"%s\"", name);
    return NULL;
}

stint_tensor *stint_loss_of(const char *name, int n_settings, const stint_setting *settings,
                            stint_tensor *output, stint_tensor *target)
{
    ctx *c = stint_tensor_context(output);
    const loss_class *class = c && target && ctx_status(c) == STINT_OK ? class_of(c, name) : NULL;
    double self[PARAMS_BYTES / sizeof(double)];
    if (!class || params_read(c, name, class->params, settings, n_settings, self) != STINT_OK)
        return NULL;
    assert(class->size <= sizeof self);
    return class->apply(self, output, target);
}
