/* The clustering that a config asks for beside its models: rounds/001/clusters.parquet, row and
 * label of every training row, and "clusters" of metrics.json. */
#ifndef EXPERIMENT_ROUND_CLUSTERS_H
#define EXPERIMENT_ROUND_CLUSTERS_H

#include "base/json.h"
#include "experiment/round.h"

#define ROUND_CLUSTERS_SHOWN 1000 /* sizes in metrics.json */

/* Name of the scratch column file. */
#define ROUND_CLUSTERS_FILE "clusters.safetensors"

/* Of so many rows and features, within `memory` if that can be: upper bounds, and the least. */
typedef struct round_clusters_cost {
    int64_t bytes, least_bytes, disk_bytes;
    int64_t fit_bytes; /* of `bytes`, the fit's alone */
    double seconds;
} round_clusters_cost;
void round_clusters_plan(const config *cfg, int64_t rows, int64_t features, int64_t memory,
                         round_clusters_cost *out);
/* What the result holds until the round is whole. */
int64_t round_clusters_kept(const config *cfg, int64_t rows, int64_t features);

/* Parameters against the table, before the search: STINT_EUSAGE, STINT_EDATA. */
stint_status round_check_clusters(ctx *c, const config *cfg, const table *t);

/* Cluster, and write the column file at `path`. */
stint_status round_write_clusters(ctx *c, const round_input *in, const char *path,
                                  stint_clustering **out);
void round_emit_clusters(const stint_clustering *m, json_out *j);

#endif
