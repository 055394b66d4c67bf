#include "model/model.h"

#include <string.h>

const model_class *const model_table[] = {
    &model_baseline, &model_linear, &model_ridge, &model_logistic, &model_neighbours, NULL,
};

const model_class *model_find(const char *name)
{
    for (int i = 0; model_table[i]; i++)
        if (strcmp(model_table[i]->name, name) == 0)
            return model_table[i];
    return NULL;
}
