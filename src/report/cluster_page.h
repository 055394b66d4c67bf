/* The page of a clustering: plain facts in, one self-contained page out, as report.h has it. */
#ifndef REPORT_CLUSTER_PAGE_H
#define REPORT_CLUSTER_PAGE_H

#include "report/report.h"

/* A cluster; of several, those shown. */
typedef struct report_cluster {
    int64_t number, rows;
    double silhouette; /* mean of its rows; NaN = not known */
} report_cluster;

#define REPORT_CLUSTERS 100 /* so many are shown, the largest, and how many more there are */

typedef struct report_tried {
    int64_t clusters;
    double inertia, silhouette; /* NaN = not known */
    const char *mark;           /* "best silhouette"; NULL = none */
} report_tried;

typedef struct report_clustering {
    const char *name, *subtitle;
    const char *method; /* "k-means" */
    const char *lead;   /* the result in one sentence */
    const report_fact *tiles;
    int n_tiles;
    const report_picture *pictures; /* places are not looked at */
    int n_pictures;
    const report_cluster *clusters; /* [n_shown] by size, the largest first */
    int64_t n_shown, n_clusters;
    const report_tried *tried; /* of a sweep */
    int n_tried;
    const char *notes; /* lines */
    const report_fact *facts;
    int n_facts;
    report_reproduce reproduce;
} report_clustering;

stint_status report_clustering_html(const report_clustering *r, str *out);

#endif
