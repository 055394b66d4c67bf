/* A flow inside: what is measured, and what the measurements say.
 *
 *     probe      one value a step: log10 of a layer's gradient norm, or a share of an activation
 *     account    of all values of a probe: count, mean, extremes, a history of bounded length
 *     finding    what an account shows that is not healthy */
#ifndef TRAIN_FLOW_IMPL_H
#define TRAIN_FLOW_IMPL_H

#include "train/flow.h"

enum { FLOW_HISTORY = 256 }; /* even */

/* Norms are √ Σ g² in f32: below the first exponent squares are 0, above the second infinite.
 * What is not finite counts as the second. */
#define FLOW_LOG_LEAST (-23.0)
#define FLOW_LOG_MOST  20.0

/* Shares from which units that are 0 for a whole batch, and outputs at a bound, are a finding: of
 * a healthy layer some always are. */
#define FLOW_SHARE 0.3

typedef enum flow_measure { FLOW_NORM, FLOW_DEAD, FLOW_SATURATED, FLOW_MEASURES } flow_measure;

/* In files, and for people. */
typedef struct flow_measure_name {
    const char *key, *title;
} flow_measure_name;
extern const flow_measure_name flow_names[FLOW_MEASURES];

/* Point i of the history is the mean of values i·every … (i+1)·every - 1; when all are full, pairs
 * become one and `every` doubles. */
typedef struct flow_account {
    int64_t n, not_finite;
    double last, mean, least, most;
    double recent; /* a mean that forgets: of about the last four */
    int64_t every;
    double history[FLOW_HISTORY];
} flow_account;

typedef struct flow_probe {
    const layer *layer;
    flow_measure measure;
    stint_tensor *measured; /* f32 scalar, assigned at each step: Σ g² of norms, else the share */
    flow_account account;
} flow_probe;

struct flow {
    ctx *ctx;
    VEC(flow_probe) probes;        /* in the order of apply */
    VEC(int) owner;                /* [weights of the net] the probe of each one's layer */
    int64_t first_step, last_step; /* of those taken; -1 before */
};

void flow_account_add(flow_account *a, double value);
int64_t flow_account_points(const flow_account *a); /* of the history; the last may be partial */

enum { FLOW_LABEL_SIZE = 80, FLOW_VALUE_SIZE = 32 };
void flow_label(const flow_probe *p, char out[FLOW_LABEL_SIZE]); /* "0 linear" */
/* A value of this measure for people: "1.3e-05", "12 %". */
void flow_value(flow_measure m, double value, char out[FLOW_VALUE_SIZE]);

typedef struct flow_finding {
    const char *kind;   /* "vanishing" …; NULL = none */
    double severity;    /* 0 … 1 */
    const char *advice; /* what usually helps */
} flow_finding;
flow_finding flow_find(const flow_probe *p);
/* 1 - the worst severity, weighted by its kind; 1 before anything was measured. */
double flow_health(const flow *f);
const char *flow_verdict(double health); /* "good", "fair", "poor" */
/* Probes with findings, the worst first, into order [probes]; returns how many. */
int flow_worst(const flow *f, int *order);

void flow_write_text(const flow *f, str *out);
void flow_write_json(const flow *f, str *out);
void flow_write_dot(const flow *f, str *out);
void flow_write_svg(const flow *f, str *out);

#endif
