/* The memory profiler's view of a graph: sites, checkpoints, suspects.
 *
 * A site is where the program called the library: a call stack.  Handles, nodes and what else can
 * pile up carry their site's number, 0 for what was made while the profiler was off.  Nothing is
 * counted as it is made: a checkpoint counts what is live. */
#ifndef GRAPH_PROFILE_H
#define GRAPH_PROFILE_H

#include "graph/graph_impl.h"
#include "stint/memory.h"

/* What is counted of a site: name, one of them, several */
#define MEASURE_LIST(X)                                                                            \
    X(TENSORS, "tensor", "tensors")                                                                \
    X(FNS, "stint_fn", "stint_fns")                                                                \
    X(VARIANTS, "traced shape", "traced shapes")                                                   \
    X(TAPES, "tape", "tapes")                                                                      \
    X(SCOPES, "open scope", "open scopes")                                                         \
    X(WATCHED, "watched value", "watched values")                                                  \
    X(NODES, "node", "nodes")                                                                      \
    X(PLANS, "cached plan", "cached plans")                                                        \
    X(VALUES, "byte", "bytes")

typedef enum measure {
#define X(name, one, several) MEASURE_##name,
    MEASURE_LIST(X)
#undef X
        MEASURES
} measure;

/* How a count went, from one checkpoint of a name to the next. */
typedef struct rise {
    int64_t now, peak;
    int64_t since, latest; /* checkpoints: the last fall, or the first sight; the last rise */
    int64_t rises;         /* above the peak, since */
} rise;

typedef struct site {
    uint64_t hash;
    int frames;
    const void *frame[STINT_MEMORY_FRAMES];
} site;

typedef struct totals {
    int64_t bytes, count[MEASURES];
} totals;

typedef struct growth {
    rise of[MEASURES];
} growth;

typedef struct checkpoint {
    char *name;
    int64_t times; /* how often */
    totals now, before;
    VEC(growth) sites;
} checkpoint;

/* A suspected leak, with its texts. */
typedef struct suspect {
    int32_t site, checkpoint;
    unsigned measures; /* bit m: that measure grows */
    int64_t rises;
    node *newest; /* of the site's nodes; not held */
    char what[160], made_by[256], holder[512];
} suspect;

struct profile {
    graph *g;
    int32_t latest;  /* site of the latest call: of fresh nodes that are settled */
    VEC(site) sites; /* by number; 0 is unknown */
    int32_t *slots;  /* [slot_count] open addressing: sites by hash; 0 = free */
    int64_t slot_count;
    VEC(int64_t) counts; /* [sites][MEASURES] of the checkpoint at work */
    VEC(checkpoint) checkpoints;
    VEC(suspect) suspects;
};

/* The number of the site of the call at work, innermost frames being this function's callers. */
int32_t profile_site(profile *p);

/* What each site has live, into p->counts; the sum over sites. */
stint_status profile_count(profile *p, totals *out);

/* Fill in p->suspects. */
stint_status profile_suspect(profile *p);

/* Room for sites to come, which cannot fail in between. */
stint_status profile_reserve(profile *p);

/* What keeps a suspect's things: text. */
void profile_holder(const profile *p, const suspect *s, char *out, size_t size);
/* Where the program called: the innermost frame that is not the library's; -1 = none. */
int profile_caller(const site *s);

#endif
