#include "data/formula_run.h"

#include "base/hash.h"
#include "base/rng.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* What the nodes of a formula do, by the kind of their function. */

/* --- what has no value ------------------------------------------------------------------------------ */

static bool is_wanted(const uint8_t *active, int64_t i)
{
    return !active || active[i];
}

static stint_status refuse(formula_run *r, int node, int operand, double value, int64_t i)
{
    *r->refusal = (formula_refusal){node, operand, value, r->row + i};
    return STINT_EDATA;
}

/* --- operations ---------------------------------------------------------------------------------------- */

static stint_status eval_one(formula_run *r, int node, const uint8_t *active, double *out)
{
    const formula_node *n = &r->f->nodes[node];
    double (*one)(double) = n->function->one;
    TRY(formula_eval(r, n->args[0], active, out));
    for (int64_t i = 0; i < r->n; i++) {
        double x = out[i];
        out[i] = one(x);
        if (isfinite(out[i]) || !isfinite(x))
            continue;
        if (is_wanted(active, i))
            return refuse(r, node, n->args[0], x, i);
        out[i] = NAN;
    }
    return STINT_OK;
}

/* NaN where the operation has no value. */
static double apply_two(double (*two)(double, double), double a, double b, bool *refused)
{
    if (a != a || b != b)
        return NAN;
    double y = two(a, b);
    *refused = y != y || (isinf(y) && !isinf(a) && !isinf(b));
    return *refused ? NAN : y;
}

static stint_status eval_two(formula_run *r, int node, const uint8_t *active, double *out)
{
    const formula_node *n = &r->f->nodes[node];
    TRY(formula_eval(r, n->args[0], active, out));
    double *b = r->buffers + FORMULA_BLOCK * r->buffer++;
    TRY(formula_eval(r, n->args[1], active, b));
    for (int64_t i = 0; i < r->n; i++) {
        bool refused = false;
        double a = out[i];
        out[i] = apply_two(n->function->two, a, b[i], &refused);
        if (refused && is_wanted(active, i))
            return b[i] == 0 ? refuse(r, node, n->args[1], b[i], i)
                             : refuse(r, node, n->args[0], a, i);
    }
    r->buffer--;
    return STINT_OK;
}

static stint_status eval_clip(formula_run *r, int node, const uint8_t *active, double *out)
{
    const formula_node *n = &r->f->nodes[node];
    TRY(formula_eval(r, n->args[0], active, out));
    double *low = r->buffers + FORMULA_BLOCK * r->buffer++;
    TRY(formula_eval(r, n->args[1], active, low));
    double *high = r->buffers + FORMULA_BLOCK * r->buffer++;
    TRY(formula_eval(r, n->args[2], active, high));
    for (int64_t i = 0; i < r->n; i++) {
        bool missing = out[i] != out[i] || low[i] != low[i] || high[i] != high[i];
        out[i] = missing ? NAN : out[i] < low[i] ? low[i] : out[i] > high[i] ? high[i] : out[i];
    }
    r->buffer -= 2;
    return STINT_OK;
}

/* --- what looks at one operand to tell whether another is wanted ------------------------------------------ */

typedef bool mask_test(double x);

static bool is_true(double x)
{
    return x == x && x != 0;
}

static bool is_false(double x)
{
    return x == 0;
}

static bool is_missing(double x)
{
    return x != x;
}

static void mask_of(const formula_run *r, const uint8_t *active, const double *x, mask_test *test,
                    uint8_t *mask)
{
    for (int64_t i = 0; i < r->n; i++)
        mask[i] = is_wanted(active, i) && test(x[i]);
}

static stint_status eval_if(formula_run *r, int node, const uint8_t *active, double *out)
{
    const formula_node *n = &r->f->nodes[node];
    double *condition = r->buffers + FORMULA_BLOCK * r->buffer++;
    double *other = r->buffers + FORMULA_BLOCK * r->buffer;
    uint8_t *mask = r->masks + FORMULA_BLOCK * r->mask++;
    TRY(formula_eval(r, n->args[0], active, condition));
    mask_of(r, active, condition, is_true, mask);
    TRY(formula_eval(r, n->args[1], mask, out));
    mask_of(r, active, condition, is_false, mask);
    r->buffer++;
    TRY(formula_eval(r, n->args[2], mask, other));
    for (int64_t i = 0; i < r->n; i++)
        out[i] = is_true(condition[i]) ? out[i] : is_false(condition[i]) ? other[i] : NAN;
    r->buffer -= 2;
    r->mask--;
    return STINT_OK;
}

/* The left side decides where it is decisive; elsewhere both have to be known. */
static stint_status eval_logic(formula_run *r, int node, const uint8_t *active, double *out)
{
    const formula_node *n = &r->f->nodes[node];
    bool is_and = n->function->kind == FUNCTION_AND;
    TRY(formula_eval(r, n->args[0], active, out));
    double *right = r->buffers + FORMULA_BLOCK * r->buffer++;
    uint8_t *mask = r->masks + FORMULA_BLOCK * r->mask++;
    mask_of(r, active, out, is_and ? is_true : is_false, mask);
    TRY(formula_eval(r, n->args[1], mask, right));
    for (int64_t i = 0; i < r->n; i++) {
        bool decided = is_and ? is_false(out[i]) : is_true(out[i]);
        double both = out[i] != out[i] || right[i] != right[i] ? NAN : is_true(right[i]);
        out[i] = decided ? !is_and : both;
    }
    r->buffer--;
    r->mask--;
    return STINT_OK;
}

static stint_status eval_fill(formula_run *r, int node, const uint8_t *active, double *out)
{
    const formula_node *n = &r->f->nodes[node];
    TRY(formula_eval(r, n->args[0], active, out));
    double *value = r->buffers + FORMULA_BLOCK * r->buffer++;
    uint8_t *mask = r->masks + FORMULA_BLOCK * r->mask++;
    mask_of(r, active, out, is_missing, mask);
    TRY(formula_eval(r, n->args[1], mask, value));
    for (int64_t i = 0; i < r->n; i++)
        out[i] = is_missing(out[i]) ? value[i] : out[i];
    r->buffer--;
    r->mask--;
    return STINT_OK;
}

/* --- rows -------------------------------------------------------------------------------------------------- */

/* A stream of its own for each call: far from those of rng.h, which are small numbers. */
static uint64_t noise_stream(const formula *f, int node)
{
    return hash64(f->name, strlen(f->name)) + (uint64_t)node;
}

static stint_status eval_noise(formula_run *r, int node, const uint8_t *active, double *out)
{
    rng stream = {r->seed, noise_stream(r->f, node)};
    TRY(formula_eval(r, r->f->nodes[node].args[0], active, out));
    for (int64_t i = 0; i < r->n; i++)
        out[i] *= rng_normal(stream, (uint64_t)(r->row + i));
    return STINT_OK;
}

static stint_status eval_causal(formula_run *r, int node, const uint8_t *active, double *out)
{
    const formula_node *n = &r->f->nodes[node];
    (void)active;
    TRY(formula_eval(r, n->args[0], NULL, out));
    for (int64_t i = 0; i < r->n; i++)
        r->infinite[node] = r->infinite[node] || isinf(out[i]);
    if (r->begins)
        n->function->causal->begin(r->states[node]);
    n->function->causal->step(r->states[node], out, r->n);
    for (int64_t i = 0; i < r->n; i++)
        if (isinf(out[i]) && !r->infinite[node])
            return refuse(r, node, -1, 0, i);
    return STINT_OK;
}

static stint_status eval_whole(formula_run *r, int node, double *out)
{
    assert(r->whole && r->whole[node]);
    memcpy(out, r->whole[node] + r->row, (size_t)r->n * sizeof *out);
    return STINT_OK;
}

static stint_status eval_call(formula_run *r, int node, const uint8_t *active, double *out)
{
    typedef stint_status eval_kind(formula_run *, int, const uint8_t *, double *);
    static eval_kind *const kinds[] = {
        [FUNCTION_ONE] = eval_one,       [FUNCTION_TWO] = eval_two,     [FUNCTION_CLIP] = eval_clip,
        [FUNCTION_IF] = eval_if,         [FUNCTION_AND] = eval_logic,   [FUNCTION_OR] = eval_logic,
        [FUNCTION_FILL] = eval_fill,     [FUNCTION_NOISE] = eval_noise, [FUNCTION_TIME] = eval_one,
        [FUNCTION_CAUSAL] = eval_causal,
    };
    const formula_node *n = &r->f->nodes[node];
    if (formula_function_ahead(n->function, n->constants))
        return eval_whole(r, node, out);
    return kinds[n->function->kind](r, node, active, out);
}

stint_status formula_eval(formula_run *r, int node, const uint8_t *active, double *out)
{
    const formula_node *n = &r->f->nodes[node];
    if (n->kind == FORMULA_CALL)
        return eval_call(r, node, active, out);
    if (n->kind == FORMULA_COLUMN)
        return r->read(r->self, n->column, r->row, r->n, out);
    for (int64_t i = 0; i < r->n; i++)
        out[i] = n->number;
    return STINT_OK;
}
