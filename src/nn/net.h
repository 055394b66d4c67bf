/* Layer classes and the net they stand in.
 *
 * A layer is built once, when it is added: from the shape of what it gets it tells the shape of
 * what it gives, and makes its weights and states.  Its graph is a composition of operations, built
 * at each apply. */
#ifndef NN_NET_H
#define NN_NET_H

#include "base/json.h"
#include "base/params.h"
#include "base/vec.h"
#include "stint/nn.h"

typedef struct layer layer;
typedef struct layer_class layer_class;

/* One sample's shape. */
typedef struct sample_shape {
    stint_dtype dtype;
    int axes;
    int64_t size[STINT_AXES];
} sample_shape;

/* Called with each layer's output. */
typedef void net_seen(void *self, const layer *l, stint_tensor *out);

/* What one apply is. */
typedef struct layer_pass {
    bool training;
    int64_t batch;
    net_seen *seen; /* NULL = nobody looks */
    void *self;
} layer_pass;

struct layer_class {
    const char *name;
    size_t size; /* of the struct of its parameters */
    const param *params;
    bool block;         /* holds layers */
    bool is_activation; /* element-wise, without weights: what saturates or dies is seen here */
    bool whole;         /* of series: looks at all of a sample's steps, or at several at once, and
                           carries nothing: steps that come one by one are something else to it */
    double saturated;   /* |y| from which an activation counts as saturated; 0 = it cannot be */
    /* out from in, weights and states made; STINT_EUSAGE where the shape cannot be taken. */
    stint_status (*build)(layer *l, const sample_shape *in, sample_shape *out);
    stint_tensor *(*apply)(layer *l, stint_tensor *x, const layer_pass *pass);
    const char *help;
};

typedef struct layer_tensor {
    char name[64]; /* "0.linear.weight" */
    stint_tensor *at;
    const char *init; /* of a weight: the initialiser's name */
    const char *key;  /* its setting, NULL = none, and the setting's value */
    char value[40];
    double fill;    /* of a state: every element, before training */
    bool generator; /* a state that is a generator */
    int64_t number; /* what seeds it, if anything does: the how manyth of the net */
    int axes;       /* of what is carried: its sizes without the batch */
    int64_t size[STINT_AXES];
    stint_tensor *next; /* what comes after it, while a change of all may still fail */
} layer_tensor;

typedef VEC(layer *) layer_list;

struct layer {
    stint_net *net;
    const layer_class *class;
    char path[32]; /* "0", "3.1" within a block */
    void *self;    /* parameters */
    sample_shape in, out;
    VEC(layer_tensor) weights, states;
    VEC(layer_tensor) carried; /* [batch, ..] each; `at` NULL while nothing is carried */
    layer_list inner;          /* of a block */
};

struct stint_net {
    ctx *ctx;
    bool planned; /* weights have no memory: their steps are planned and never run */
    int64_t seed;
    sample_shape in, out;
    layer_list layers;
    int64_t drawn; /* weights and generators so far */
    int64_t carry; /* rows of the batch; 0 = nothing is carried */
    void *zeros;   /* of the bytes of the largest carried tensor: what reset writes */
};

/* For `build`: a new weight drawn by an initialiser (setting NULL = none), a new state of one
 * value, a generator for random layers.  They are the layer's; handles to be used in `apply`. */
stint_status layer_weight(layer *l, const char *name, const char *init,
                          const stint_setting *setting, int axes, const int64_t *shape);
stint_status layer_state(layer *l, const char *name, double value, int axes, const int64_t *shape);
stint_status layer_generator(layer *l);
/* For `build` of what remembers: a tensor [batch, sizes..] to be carried from apply to apply. */
stint_status layer_remember(layer *l, const char *name, int axes, const int64_t *sizes);
/* For `apply`: the i-th of each kind. */
stint_tensor *layer_w(layer *l, int i);
stint_tensor *layer_s(layer *l, int i);
/* For `apply` of what remembers: its tensor i as the apply before left it, NULL when nothing is
 * carried; and what it shall be after this one (a no-op then). */
stint_tensor *layer_carried(layer *l, int i);
void layer_carry(layer *l, int i, stint_tensor *value);

/* Fail as "net: layer 3, conv2d: …". */
stint_status layer_fail(layer *l, const char *fmt, ...) STINT_PRINTF(2, 3);

extern const layer_class *const layer_table[]; /* ends in NULL */
const layer_class *layer_find(const char *name);

/* One layer by its settings, over samples of shape `in`, at path `path`; NULL after a failure. */
layer *layer_new(stint_net *n, const char *path, const char *class, int n_settings,
                 const stint_setting *settings, const sample_shape *in);
void layer_free(layer *l); /* takes NULL */
/* Append the layers of a JSON list, over samples `in` of which `out` are made; `path` is that of
 * the block they stand in, NULL = none, and `what` what messages call the text.  After a failure
 * some may have been appended. */
stint_status layer_list_add(stint_net *n, layer_list *to, const char *path, const char *what,
                            const json_t *list, const sample_shape *in, sample_shape *out);
void layer_list_cut(layer_list *list, int64_t n); /* free all but the first n */
stint_tensor *layer_run(layer *l, stint_tensor *x, const layer_pass *pass);
/* The seed of what is drawn as the net's `number`th. */
int64_t layer_seed(int64_t seed, int64_t number);

static inline size_t tensor_bytes(const stint_tensor *t)
{
    return (size_t)stint_tensor_count(t) * stint_dtype_bytes(stint_tensor_dtype(t));
}

/* Are its elements few enough that sums and products of sizes stay whole numbers? */
#define SAMPLE_MOST (INT64_C(1) << 40)
bool sample_fits(const sample_shape *s);

/* "[3,8,8]" */
#define SAMPLE_SHAPE_SIZE 128
const char *sample_text(const sample_shape *s, char out[SAMPLE_SHAPE_SIZE]);

/* Call `visit` with each layer, inner ones before their block, until one call fails. */
typedef stint_status layer_visit(void *self, layer *l);
stint_status net_each(stint_net *n, layer_visit *visit, void *self);

/* Does the net over [time, in] give the same for a series in one piece and in many, where state is
 * carried? */
bool net_streams(stint_net *n);

/* The graph of an apply, with each layer's output shown to `seen` in the order of apply, blocks'
 * inner ones before the block: for diagnosis.  Handles are left in the caller's scope. */
stint_tensor *net_apply_seen(stint_net *n, stint_tensor *x, bool training, net_seen *seen,
                             void *self);

/* --- losses -------------------------------------------------------------------------------- */

typedef struct loss_class {
    const char *name;
    size_t size;
    const param *params;
    bool labels; /* targets are i32 classes, not floats like the output */
    stint_tensor *(*apply)(const void *self, stint_tensor *output, stint_tensor *target);
    const char *help;
} loss_class;
extern const loss_class *const loss_table[]; /* ends in NULL */
const loss_class *loss_find(const char *name);

#endif
