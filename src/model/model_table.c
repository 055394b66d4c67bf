#include "model/model.h"

#include "model/net_fit.h"

#include <string.h>

const model_class *const model_table[] = {
    &model_baseline, &model_linear, &model_ridge, &model_logistic, &model_neighbours,
    &model_mlp,      &model_lstm,   &model_gru,   &model_cnn,      NULL,
};

const model_class *model_find(const char *name)
{
    for (int i = 0; model_table[i]; i++)
        if (strcmp(model_table[i]->name, name) == 0)
            return model_table[i];
    return NULL;
}

const model_class *model_find_saved(const char *name)
{
    const model_class *found = model_find(name);
    return found || strcmp(name, model_net.name) != 0 ? found : &model_net;
}
