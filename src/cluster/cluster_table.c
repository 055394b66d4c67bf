#include "cluster/cluster.h"

#include <string.h>

const cluster_class *const cluster_table[] = {&cluster_kmeans, &cluster_agglomerative,
                                              &cluster_spectral, NULL};

const cluster_class *cluster_find(const char *name)
{
    for (const cluster_class *const *k = cluster_table; *k; k++)
        if (strcmp((*k)->name, name) == 0)
            return *k;
    return NULL;
}
