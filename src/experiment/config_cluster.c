/* The clustering of a config: "none", a method, or a method with its parameters. */
#include "experiment/config_impl.h"

static bool method_at(int i, config_class *out)
{
    const cluster_class *class = cluster_table[i];
    if (class)
        *out = (config_class){class->name, class->params, class};
    return class != NULL;
}

static const config_classes methods = {method_at, "method", "{kmeans: {n_clusters: 3}}"};

stint_status config_cluster_take(config_loader *l, const config_key *k, const config_node *n)
{
    config_class row;
    if (config_is_word(n, k->word))
        return STINT_OK;
    TRY(config_class_take(l, k, n, &methods, &row, &l->config->cluster_space));
    l->config->cluster = row.class;
    return STINT_OK;
}
