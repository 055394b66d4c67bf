/* Recurrent nets over a sequence.  The products of all inputs are one, of time major rows; half
 * precisions are computed in f32 and rounded once. */
#include "graph/compose.h"
#include "graph/sequence.h"

typedef struct net {
    const char *what;
    sequence_cell cell;
    node *x, *w_input, *w, *bias, *recurrent_bias, *h0, *c0, *lengths; /* NULL = not given */
    int64_t batch, time, h;
} net;

/* ---- what callers give */

static bool fits(const net *r, const char *name, const node *n, int axes, int64_t a, int64_t b)
{
    char shape[NODE_SHAPE_SIZE], want[NODE_SHAPE_SIZE];
    int64_t sizes[2] = {a, b};
    if (!n)
        return true;
    if (n->dtype != r->x->dtype)
        return graph_fail(n->graph, "%s: %s is %s, x is %s", r->what, name,
                          stint_dtype_text((stint_dtype)n->dtype),
                          stint_dtype_text((stint_dtype)r->x->dtype));
    return node_has_shape(n, axes, sizes) ||
           graph_fail(n->graph, "%s: %s is %s, not %s", r->what, name,
                      shape_text(axes, sizes, want), node_shape_text(n, shape));
}

static bool lengths_fit(const net *r)
{
    const node *n = r->lengths;
    char shape[NODE_SHAPE_SIZE];
    if (!n || ((n->dtype == STINT_I32 || n->dtype == STINT_I64) && node_has_shape(n, 1, &r->batch)))
        return true;
    return graph_fail(n->graph, "%s: lengths are i32 or i64 [%lld], not %s %s", r->what,
                      (long long)r->batch, stint_dtype_text((stint_dtype)n->dtype),
                      node_shape_text(n, shape));
}

static bool net_fits(net *r)
{
    const node *x = r->x;
    char a[NODE_SHAPE_SIZE], b[NODE_SHAPE_SIZE];
    int gates = sequence_parts_of[r->cell].gates;
    if (x->axes != 3 || !node_is_float(x) || r->w->axes != 2)
        return graph_fail(x->graph,
                          "%s: of floats [batch, time, in] by w_recurrent [h, %d h], not "
                          "of %s %s by %s",
                          r->what, gates, stint_dtype_text((stint_dtype)x->dtype),
                          node_shape_text(x, a), node_shape_text(r->w, b));
    r->batch = x->shape[0];
    r->time = x->shape[1];
    r->h = r->w->shape[0];
    int64_t columns;
    if (__builtin_mul_overflow(r->h, (int64_t)gates, &columns))
        return graph_fail(x->graph, "%s: more elements than can be counted", r->what);
    if (r->c0 && r->cell != SEQUENCE_LSTM)
        return graph_fail(x->graph, "%s: c0 is an lstm's", r->what);
    return fits(r, "w_recurrent", r->w, 2, r->h, columns) &&
           fits(r, "w_input", r->w_input, 2, x->shape[2], columns) &&
           fits(r, "bias", r->bias, 1, columns, 0) &&
           fits(r, "bias_recurrent", r->recurrent_bias, 1, columns, 0) &&
           fits(r, "h0", r->h0, 2, r->batch, r->h) && fits(r, "c0", r->c0, 2, r->batch, r->h) &&
           lengths_fit(r);
}

/* ---- the net */

/* x [batch, time, in] with time first, its rows evenly apart */
static node *time_major(node *x)
{
    node *turned = build_swap(build_wide(x), 0, 1);
    if (!turned)
        return NULL;
    int64_t rows[2] = {turned->shape[0] * turned->shape[1], turned->shape[2]}, stride[STINT_AXES];
    return view_reshape(turned, 2, rows, stride) ? turned : build_unary(OP_COPY, turned);
}

static node *or_zeros(const net *r, node *given, int axes, int64_t a, int64_t b)
{
    if (given)
        return build_wide(given);
    int64_t shape[2] = {a, b};
    stint_dtype d = (stint_dtype)r->x->dtype;
    return build_full(r->x->graph, d == STINT_F64 ? d : STINT_F32, axes, shape, 0);
}

/* What the cell keeps, [time + 1, batch, kept h] */
static node *run(const net *r)
{
    int64_t columns = sequence_parts_of[r->cell].gates * r->h;
    int64_t rows[2] = {r->time * r->batch, r->x->shape[2]};
    int64_t steps[3] = {r->time, r->batch, columns};
    node *gates = build_matmul(build_reshape(time_major(r->x), 2, rows), build_wide(r->w_input));
    if (r->bias) /* as long as it is the product's shape, both are one step */
        gates = build_add(gates, build_wide(r->bias));
    gates = build_reshape(gates, 3, steps);
    node *in[SEQUENCE_INPUTS_MOST] = {
        gates, build_wide(r->w), or_zeros(r, r->h0, 2, r->batch, r->h),
        r->cell == SEQUENCE_LSTM ? or_zeros(r, r->c0, 2, r->batch, r->h)
                                 : or_zeros(r, r->recurrent_bias, 1, 3 * r->h, 0),
        r->lengths};
    return node_make(r->x->graph, r->cell == SEQUENCE_LSTM ? OP_LSTM : OP_GRU,
                     SEQUENCE_FORWARD_INPUTS + (r->lengths != NULL), in, NULL);
}

static node *part_of(const net *r, node *kept, int part)
{
    return sequence_part(kept, r->h, part, 1);
}

/* y [batch, time, h]: 0 beyond the lengths */
static node *output(const net *r, node *kept)
{
    int last = sequence_parts_of[r->cell].kept - 1;
    node *y = part_of(r, build_slice(kept, 0, 1, r->time + 1, 1), last);
    if (r->lengths && y) {
        node *step = build_expand(build_arange(y->graph, STINT_I64, r->time), 1);
        node *within = build_binary(OP_LESS, step, build_cast(r->lengths, STINT_I64));
        y = build_where(build_expand(within, 2), y, build_number(y, 0));
    }
    return build_cast(build_swap(y, 0, 1), (stint_dtype)r->x->dtype);
}

/* The state of this part after the last step, [batch, h] */
static node *last_of(const net *r, node *kept, int part)
{
    node *state = build_squeeze(part_of(r, build_slice(kept, 0, r->time, r->time + 1, 1), part), 0);
    return build_cast(state, (stint_dtype)r->x->dtype);
}

static stint_tensor *outputs(net *r, const stint_tensor *like, const stint_sequence *s)
{
    if (!net_fits(r))
        return NULL;
    int last = sequence_parts_of[r->cell].kept - 1;
    node *kept = run(r);
    node *made[3] = {output(r, kept), s->last_h ? last_of(r, kept, last) : NULL,
                     s->last_c ? last_of(r, kept, sequence_parts_of[r->cell].state) : NULL};
    stint_tensor **to[3] = {NULL, s->last_h, s->last_c}, *y = NULL;
    if (!made[0] || (s->last_h && !made[1]) || (s->last_c && !made[2]))
        return NULL;
    for (int i = 0; i < 3; i++)
        if (made[i])
            node_hold(made[i]); /* through the settling of the others */
    y = graph_tensor(like, made[0]);
    for (int i = 1; i < 3; i++)
        if (to[i]) {
            *to[i] = graph_tensor(like, made[i]);
            y = *to[i] ? y : NULL;
        }
    for (int i = 0; i < 3; i++)
        node_release(made[i]);
    return y;
}

/* ---- public */

static bool given(net *r, stint_tensor *const *t, node **const *n, int count)
{
    for (int i = 0; i < count; i++) {
        *n[i] = graph_node(t[i]);
        if (t[i] && !*n[i])
            return false;
    }
    return r->x && r->w_input && r->w;
}

static stint_tensor *run_net(net *r, stint_tensor *x, stint_tensor *w_input, stint_tensor *w,
                             stint_tensor *bias, stint_tensor *recurrent_bias,
                             const stint_sequence *s)
{
    static const stint_sequence none = {0};
    s = s ? s : &none;
    stint_tensor *t[] = {x, w_input, w, bias, recurrent_bias, s->h0, s->c0, s->lengths};
    node **n[] = {&r->x,  &r->w_input, &r->w,      &r->bias, &r->recurrent_bias,
                  &r->h0, &r->c0,      &r->lengths};
    if (s->last_h)
        *s->last_h = NULL;
    if (s->last_c)
        *s->last_c = NULL;
    if (!given(r, t, n, sizeof t / sizeof *t))
        return NULL;
    if (s->last_c && r->cell != SEQUENCE_LSTM) {
        graph_fail(r->x->graph, "%s: last_c is an lstm's", r->what);
        return NULL;
    }
    return outputs(r, x, s);
}

stint_tensor *stint_lstm(stint_tensor *x, stint_tensor *w_input, stint_tensor *w_recurrent,
                         stint_tensor *bias, const stint_sequence *s)
{
    net r = {.what = "lstm", .cell = SEQUENCE_LSTM};
    return run_net(&r, x, w_input, w_recurrent, bias, NULL, s);
}

stint_tensor *stint_gru(stint_tensor *x, stint_tensor *w_input, stint_tensor *w_recurrent,
                        stint_tensor *bias, stint_tensor *bias_recurrent, const stint_sequence *s)
{
    net r = {.what = "gru", .cell = SEQUENCE_GRU};
    return run_net(&r, x, w_input, w_recurrent, bias, bias_recurrent, s);
}
