/* Pictures of a clustering, each as a PNG in memory. */
#ifndef EXPERIMENT_CLUSTER_PICTURES_H
#define EXPERIMENT_CLUSTER_PICTURES_H

#include "experiment/cluster_work.h"

#define CLUSTER_PICTURES_MOST 6

typedef struct cluster_picture {
    const char *file; /* "plane.png" */
    const char *title, *alt, *caption;
    str png;
} cluster_picture;

typedef struct cluster_pictures {
    arena arena; /* of names */
    cluster_picture at[CLUSTER_PICTURES_MOST];
    int n;
} cluster_pictures;

/* Those that the method and what was measured allow. */
stint_status cluster_pictures_draw(cluster_work *w, cluster_pictures *out);
void cluster_pictures_free(cluster_pictures *p);

#endif
