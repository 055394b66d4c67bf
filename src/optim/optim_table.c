#include "optim/optim.h"

#include "base/str.h"

#include <string.h>

const optim_class *const optim_table[] = {
    &optim_sgd,      &optim_adam,  &optim_adamw,     &optim_rmsprop,
    &optim_diagonal, &optim_lbfgs, &optim_newton_cg, NULL,
};

const optim_class *optim_find(ctx *c, const char *name)
{
    nearest_name near = nearest_begin(name);
    for (int i = 0; optim_table[i]; i++) {
        if (strcmp(optim_table[i]->name, name) == 0)
            return optim_table[i];
        nearest_try(&near, optim_table[i]->name);
    }
    if (near.name)
        fail(c, STINT_EUSAGE, "there is no optimiser \"%s\"; did you mean \"%s\"?", name,
             near.name);
    else
        fail(c, STINT_EUSAGE, "there is no optimiser \"%s\"", name);
    return NULL;
}
