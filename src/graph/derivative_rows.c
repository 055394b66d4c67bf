#include "stint/derivatives.h"

#include "base/mem.h"
#include "graph/graph_impl.h"
#include "graph/storage.h"
#include "stint/fn.h"

#include <string.h>

/* Whole Jacobians and Hessians, and exact diagonals: a row is the product of a unit vector, and
 * comes from one traced step whose input is that vector.
 *
 *     row r of a Jacobian    gradients of f seeded by e_r, like f     [by source]
 *     row r of a Hessian     product with e_r, over all sources      [N], in pieces by source
 *
 * `put` says where a row's pieces go. */

typedef struct rows rows;
struct rows {
    ctx *ctx;
    stint_function *f;
    void *self;
    int n;
    stint_tensor *const *source;
    int64_t all;           /* N: elements of all sources */
    stint_tensor **piece;  /* [n] a row, as the step puts it out */
    stint_tensor **result; /* [n] */
    char *values;          /* of one piece */
    void (*put)(const rows *r, int64_t row, int i, int64_t before);
};

static size_t item_of(const stint_tensor *t)
{
    return stint_dtype_bytes(stint_tensor_dtype(t));
}

static char *memory_of(const stint_tensor *t)
{
    return graph_node(t)->root->value->at;
}

static stint_tensor *zeros_like(ctx *c, const stint_tensor *t)
{
    const node *n = graph_node(t);
    return n ? stint_full(c, (stint_dtype)n->dtype, n->axes, n->shape, 0) : NULL;
}

static stint_status function_of(const rows *r, stint_tensor **f)
{
    *f = r->f(r->self);
    if (*f)
        return STINT_OK;
    TRY(ctx_status(r->ctx));
    return fail(r->ctx, STINT_EUSAGE, "derivatives: the function is NULL");
}

static stint_status fill_gaps(const rows *r, stint_tensor **out)
{
    for (int i = 0; i < r->n; i++)
        if (!out[i] && !(out[i] = zeros_like(r->ctx, r->source[i])))
            return ctx_status(r->ctx);
    return STINT_OK;
}

static stint_status jacobian_row(void *self, stint_tensor *const *in, stint_tensor **out)
{
    const rows *r = self;
    stint_tensor *f;
    TRY(function_of(r, &f));
    TRY(stint_gradients(1, &f, in, r->n, r->source, out));
    return fill_gaps(r, out);
}

/* in[0] [N] */
static stint_status hessian_row(void *self, stint_tensor *const *in, stint_tensor **out)
{
    const rows *r = self;
    stint_tensor *f;
    TRY(function_of(r, &f));
    int64_t from = 0;
    for (int i = 0; i < r->n; i++) {
        const node *s = graph_node(r->source[i]);
        int64_t to = from + node_count(s);
        r->piece[i] = stint_reshape(stint_slice(in[0], 0, from, to, 1), s->axes, s->shape);
        if (!r->piece[i])
            return ctx_status(r->ctx);
        from = to;
    }
    TRY(stint_hessian_vector(f, r->n, r->source, r->piece, out));
    return fill_gaps(r, out);
}

/* ---- where rows go */

/* [row, ..] of result i */
static void put_apart(const rows *r, int64_t row, int i, int64_t before)
{
    (void)before;
    size_t bytes = (size_t)stint_tensor_count(r->source[i]) * item_of(r->source[i]);
    memcpy(memory_of(r->result[i]) + (size_t)row * bytes, r->values, bytes);
}

/* [row, before ..] of the one result */
static void put_together(const rows *r, int64_t row, int i, int64_t before)
{
    size_t item = item_of(r->source[i]);
    memcpy(memory_of(r->result[0]) + (size_t)(row * r->all + before) * item, r->values,
           (size_t)stint_tensor_count(r->source[i]) * item);
}

static void put_diagonal(const rows *r, int64_t row, int i, int64_t before)
{
    size_t item = item_of(r->source[i]);
    if (row >= before && row < before + stint_tensor_count(r->source[i]))
        memcpy(memory_of(r->result[i]) + (size_t)(row - before) * item,
               r->values + (size_t)(row - before) * item, item);
}

/* ---- replay */

static stint_status one_row(const rows *r, stint_fn *step, stint_tensor *unit, int64_t row)
{
    TRY(stint_fn_call(step, &unit, r->piece));
    int64_t before = 0;
    for (int i = 0; i < r->n; i++) {
        size_t bytes = (size_t)stint_tensor_count(r->source[i]) * item_of(r->source[i]);
        TRY(stint_read(r->piece[i], r->values, bytes));
        r->put(r, row, i, before);
        before += stint_tensor_count(r->source[i]);
    }
    return STINT_OK;
}

/* 1 or 0 at one place of `unit`, whose memory is its own. */
static void set_unit(stint_tensor *unit, int64_t at, bool to_one)
{
    static const uint16_t f16_one = 0x3c00, bf16_one = 0x3f80;
    static const float f32_one = 1;
    static const double f64_one = 1;
    static const void *const ones[] = {[STINT_F32] = &f32_one,
                                       [STINT_F64] = &f64_one,
                                       [STINT_F16] = &f16_one,
                                       [STINT_BF16] = &bf16_one};
    size_t item = item_of(unit);
    char *place = memory_of(unit) + (size_t)at * item;
    if (to_one)
        memcpy(place, ones[stint_tensor_dtype(unit)], item);
    else
        memset(place, 0, item);
}

static stint_status run_rows(rows *r, stint_fn_body *body, stint_tensor *unit)
{
    size_t most = 1;
    for (int i = 0; i < r->n; i++) {
        size_t bytes = (size_t)stint_tensor_count(r->source[i]) * item_of(r->source[i]);
        most = bytes > most ? bytes : most;
    }
    r->values = mem_alloc(r->ctx, TAG_TENSOR, most);
    stint_fn *step = r->values ? stint_fn_new(r->ctx, body, r, 1, r->n) : NULL;
    stint_status s = step ? STINT_OK : STINT_ENOMEM;
    for (int64_t row = 0; s == STINT_OK && row < stint_tensor_count(unit); row++) {
        set_unit(unit, row, true);
        s = one_row(r, step, unit, row);
        set_unit(unit, row, false);
    }
    stint_fn_free(step);
    mem_free(r->values);
    return s;
}

static stint_status check_sources(rows *r, bool one_dtype)
{
    for (int i = 0; i < r->n; i++) {
        const node *s = graph_node(r->source[i]);
        if (!s)
            return ctx_status(r->ctx) ? ctx_status(r->ctx) : STINT_EUSAGE;
        if (!node_is_float(s) || (one_dtype && s->dtype != graph_node(r->source[0])->dtype))
            return fail(r->ctx, STINT_EUSAGE, "derivatives: source %d is %s; sources are %s", i,
                        stint_dtype_text((stint_dtype)s->dtype),
                        one_dtype ? "floats of one dtype" : "floats");
        r->all += node_count(s);
    }
    return STINT_OK;
}

/* Work in a scope whose results go to the one around it. */
static stint_status in_scope(rows *r, stint_status (*work)(rows *r), int results,
                             stint_tensor **out)
{
    for (int i = 0; i < results; i++)
        out[i] = NULL;
    TRY(ctx_status(r->ctx));
    stint_scope *scope = stint_scope_open(r->ctx);
    r->piece = mem_new(r->ctx, TAG_GRAPH, stint_tensor *, 2 * (int64_t)r->n + 1);
    stint_status s = scope && r->piece ? STINT_OK : STINT_ENOMEM;
    if (s == STINT_OK) {
        r->result = r->piece + r->n;
        s = work(r);
    }
    for (int i = 0; s == STINT_OK && i < results; i++)
        stint_keep(r->result[i]);
    if (scope)
        (void)stint_scope_close(scope);
    for (int i = 0; s == STINT_OK && i < results; i++) {
        out[i] = stint_alias(r->result[i]);
        stint_drop(r->result[i]);
    }
    mem_free(r->piece);
    return s ? s : ctx_status(r->ctx);
}

/* ---- the three */

static stint_status jacobian_in_scope(rows *r)
{
    stint_tensor *f;
    TRY(check_sources(r, false));
    TRY(function_of(r, &f)); /* for its shape; nothing is computed */
    const node *target = graph_node(f);
    int64_t shape[2 * STINT_AXES];
    memcpy(shape, target->shape, sizeof target->shape);
    for (int i = 0; i < r->n; i++) {
        const node *s = graph_node(r->source[i]);
        if (target->axes + s->axes > STINT_AXES)
            return fail(r->ctx, STINT_EUSAGE,
                        "jacobian: %d axes of the function and %d of source "
                        "%d are more than %d",
                        target->axes, s->axes, i, STINT_AXES);
        memcpy(shape + target->axes, s->shape, sizeof s->shape[0] * s->axes);
        r->result[i] = stint_zeros(r->ctx, (stint_dtype)s->dtype, target->axes + s->axes, shape);
    }
    stint_tensor *unit =
        stint_zeros(r->ctx, (stint_dtype)target->dtype, target->axes, target->shape);
    TRY(ctx_status(r->ctx));
    if (!node_is_float(target))
        return fail(r->ctx, STINT_EUSAGE, "jacobian: the function is %s; only floats have one",
                    stint_dtype_text((stint_dtype)target->dtype));
    return run_rows(r, jacobian_row, unit);
}

static stint_tensor *unit_of_all(const rows *r)
{
    stint_dtype d = r->n ? stint_tensor_dtype(r->source[0]) : STINT_F32;
    return stint_zeros(r->ctx, d, STINT_SHAPE(r->all));
}

static stint_status hessian_in_scope(rows *r)
{
    TRY(check_sources(r, true));
    stint_tensor *unit = unit_of_all(r);
    r->result[0] = stint_zeros(r->ctx, stint_tensor_dtype(unit), STINT_SHAPE(r->all, r->all));
    TRY(ctx_status(r->ctx));
    return run_rows(r, hessian_row, unit);
}

static stint_status diagonal_in_scope(rows *r)
{
    TRY(check_sources(r, true));
    stint_tensor *unit = unit_of_all(r);
    for (int i = 0; i < r->n; i++) {
        const node *s = graph_node(r->source[i]);
        r->result[i] = stint_zeros(r->ctx, (stint_dtype)s->dtype, s->axes, s->shape);
    }
    TRY(ctx_status(r->ctx));
    return run_rows(r, hessian_row, unit);
}

stint_status stint_jacobian(stint_context *ctx, stint_function *f, void *self, int sources,
                            stint_tensor *const *source, stint_tensor **out)
{
    rows r = {.ctx = ctx, .f = f, .self = self, .n = sources, .source = source, .put = put_apart};
    return in_scope(&r, jacobian_in_scope, sources, out);
}

stint_status stint_hessian(stint_context *ctx, stint_function *f, void *self, int sources,
                           stint_tensor *const *source, stint_tensor **out)
{
    rows r = {
        .ctx = ctx, .f = f, .self = self, .n = sources, .source = source, .put = put_together};
    return in_scope(&r, hessian_in_scope, 1, out);
}

stint_status stint_hessian_diagonal(stint_context *ctx, stint_function *f, void *self, int sources,
                                    stint_tensor *const *source, stint_tensor **out)
{
    rows r = {
        .ctx = ctx, .f = f, .self = self, .n = sources, .source = source, .put = put_diagonal};
    return in_scope(&r, diagonal_in_scope, sources, out);
}
