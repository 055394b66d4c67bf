/* The budget tree: who may hold how many bytes, who holds them now, and the most they held.
 *
 * Invariants:
 *   - live(node) = sum of its own blocks and of its children's, and never exceeds limit(node);
 *   - a reservation is charged to the node and to every ancestor, or to none of them;
 *   - peaks are kept per node and, for the root, per tag.
 * All counters are atomic; a node may be charged from several threads. */
#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUDGET_TAG_LIST(X)                                                                         \
    X(BASE, "base")   /* contexts, pools, strings */                                               \
    X(TABLE, "table") /* column chunks in flight */                                                \
    X(CONFIG, "config")                                                                            \
    X(CACHE, "cache")                                                                              \
    X(SPLIT, "split")                                                                              \
    X(MODEL, "model")   /* statistics, decompositions, coefficients */                             \
    X(SEARCH, "search") /* sampler, store, best k */                                               \
    X(JOURNAL, "journal")                                                                          \
    X(MESSAGE, "message") /* worker protocol */                                                    \
    X(PLOT, "plot")                                                                                \
    X(REPORT, "report")                                                                            \
    X(TENSOR, "tensor")   /* values of tensors */                                                  \
    X(GRAPH, "graph")     /* nodes, handles, traces */                                             \
    X(PLAN, "plan")       /* plans and their slabs */                                              \
    X(DEVICE, "device")   /* scratch of threads */                                                 \
    X(LIBRARY, "library") /* shares of libraries that allocate on their own */

typedef enum budget_tag {
#define X(name, text) TAG_##name,
    BUDGET_TAG_LIST(X)
#undef X
        BUDGET_TAGS
} budget_tag;

typedef struct budget budget;

const char *budget_tag_name(budget_tag tag);

/* A root (parent NULL) or child node; `limit_bytes` 0 = unlimited.  NULL when the system
 * has no memory.  Nodes are few and live in plain malloc memory of their own.  A node is
 * freed after its children and its blocks; what it still has reserved is released. */
budget *budget_new(budget *parent, const char *name, int64_t limit_bytes);
void budget_free(budget *b);

/* Charge or return bytes.  Reserve answers false, and charges nothing, when the node or an
 * ancestor has not that much left. */
bool budget_reserve(budget *b, budget_tag tag, int64_t bytes);
void budget_release(budget *b, budget_tag tag, int64_t bytes);

const char *budget_name(const budget *b);
int64_t budget_limit(const budget *b); /* INT64_MAX = unlimited */
int64_t budget_live(const budget *b);
int64_t budget_peak(const budget *b);
int64_t budget_left(const budget *b); /* the least over the node and its ancestors */
int64_t budget_live_tag(const budget *b, budget_tag tag);
int64_t budget_peak_tag(const budget *b, budget_tag tag);

/* The node or ancestor that has the least left: the one a refusal is about. */
const budget *budget_tightest(const budget *b);

/* The three largest holders at or below `b`, as text:
 * "table 12.0 MiB in ingest, model 3.1 MiB in worker 1". */
void budget_holders(const budget *b, char *out, size_t size);

#endif
