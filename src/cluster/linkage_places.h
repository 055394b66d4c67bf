/* Rows arranged in space: near ones share a panel of APART_PANEL places, sixteen panels a group,
 * sixteen groups a block, each with the box around its rows.  A search goes from boxes of groups to
 * boxes of panels to rows, and leaves out what is too far.
 *
 *     x      [panels][d][16]    a panel is 16 places
 *     panel  [groups][d][16]    boxes of a group's 16 panels
 *     group  [blocks][d][16]    boxes of a block's 16 groups
 *
 * The arrangement is that of a k-d tree whose cuts fall on whole groups and panels.  What is found
 * does not depend on it. */
#ifndef CLUSTER_LINKAGE_PLACES_H
#define CLUSTER_LINKAGE_PLACES_H

#include "cluster/linkage.h"

typedef struct linkage_boxes {
    double *low, *high;
} linkage_boxes;

typedef struct linkage_places {
    int64_t d, rows; /* arranged at first */
    int64_t panels, groups, blocks;
    double *x;
    linkage_boxes panel, group;
    int32_t *who;   /* [panels][16] the slot in a place; -1 = none */
    int32_t *where; /* [n] the place of a slot */
    int32_t *order; /* [n] scratch: slots */
} linkage_places;

stint_status linkage_places_open(linkage_places *p, linkage_run *r);
void linkage_places_close(linkage_places *p);
int64_t linkage_places_bytes(int64_t n, int64_t d);

/* Arrange rows x[slot][d] of the `count` slots in p->order. */
void linkage_arrange(linkage_places *p, const double *x, int64_t count);

/* A place gets another row, or none (slot -1); the boxes around it fit again after
 * linkage_refit. */
void linkage_place(linkage_places *p, int32_t place, int32_t slot, const double *row);
void linkage_refit(linkage_places *p, int32_t place);

#endif
