/* Which rows may merge: the graph of a fit with connectivity, and the merges along it.
 *
 * The graph joins each row to its k nearest, or is given; either is made symmetric.  Components
 * are joined by edges between their nearest rows: of every two components where these are no more
 * than the edges there are, as scikit-learn does, else along a minimum spanning tree of them. */
#ifndef CLUSTER_LINKAGE_GRAPH_H
#define CLUSTER_LINKAGE_GRAPH_H

#include "cluster/linkage.h"

typedef struct linkage_graph {
    linkage_run *run;
    int64_t k;          /* neighbours; 0 = the graph is given */
    int32_t (*edge)[2]; /* [edges] rows, the lower first */
    int64_t edges, room;
    int64_t components; /* before they were joined */
    int64_t added;      /* edges that join them */
} linkage_graph;

stint_status linkage_graph_open(linkage_graph *g, linkage_run *r, int64_t k);
void linkage_graph_close(linkage_graph *g);

/* The same, in parts: every row's edges; then those between components. */
stint_status linkage_neighbours(linkage_graph *g);
stint_status linkage_join_components(linkage_graph *g);
stint_status linkage_edges_room(linkage_graph *g, int64_t more);
void linkage_edge_add(linkage_graph *g, int64_t a, int64_t b);

int64_t linkage_graph_most(const linkage_run *r, int64_t k); /* edges, those added too */
int64_t linkage_graph_bytes(const linkage_run *r, int64_t k);

/* Merge the nearest clusters that an edge joins, again and again. */
stint_status linkage_contract(linkage_run *r, const linkage_graph *g);
int64_t linkage_contract_bytes(const linkage_run *r, int64_t edges);

#endif
