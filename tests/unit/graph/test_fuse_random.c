/* Random graphs computed at once, and traced, against the same graphs computed node by node: the
 * same bits, whatever was fused, shared, left out, reordered or computed in place.
 *
 * A graph is a list of instructions on slots.  It is made while the first way runs it, which
 * realises each result as it is made; the others replay the list. */
#include "base/rng.h"
#include "stint/fn.h"
#include "unit/fixture.h"
#include "unit/graph/elements.h"

enum { GRAPHS = 400, SLOTS = 64, LENGTH = 56, LEAVES = 8 };

typedef enum kind {
    UNARY,
    BINARY,
    COMPARE,
    CHOOSE,
    NUMBER,
    CAST,
    VIEW,
    REDUCE,
    MATMUL,
    ROWS,
    JOIN,
    PICK,
    IN_PLACE,
    DROP,
    PEEK,
    KINDS
} kind;

/* How often each is tried. */
static const int weight[KINDS] = {
    [UNARY] = 6, [BINARY] = 9, [COMPARE] = 1,  [CHOOSE] = 2, [NUMBER] = 3,
    [CAST] = 3,  [VIEW] = 4,   [REDUCE] = 3,   [MATMUL] = 2, [ROWS] = 1,
    [JOIN] = 1,  [PICK] = 1,   [IN_PLACE] = 4, [DROP] = 4,   [PEEK] = 1};

typedef struct instruction {
    kind kind;
    int which, a, b, c, out; /* out -1 = none */
} instruction;

typedef struct slot {
    stint_tensor *t;
    int memory; /* the slot whose memory it may share */
} slot;

typedef struct program {
    stint_context *ctx;
    instruction list[LENGTH];
    int n;
    int64_t rows, columns;
    rng random;
    uint64_t drawn;
    slot slots[SLOTS];
    int used;
    bool eager, traced;
} program;

static int draw(program *p, int below)
{
    return (int)rng_below(p->random, p->drawn++, (uint64_t)below);
}

/* ---- operations */

typedef stint_tensor *unary(stint_tensor *);
typedef stint_tensor *binary(stint_tensor *, stint_tensor *);

static unary *const of_floats[] = {stint_tanh,       stint_sigmoid, stint_exp,
                                   stint_sin,        stint_erf,     stint_sqrt,
                                   stint_reciprocal, stint_log1p,   stint_softplus};
static unary *const of_numbers[] = {stint_neg, stint_abs, stint_relu, stint_square, stint_sign};
static binary *const pairs[] = {stint_add, stint_sub,     stint_mul,    stint_add,
                                stint_mul, stint_maximum, stint_minimum};
static binary *const comparisons[] = {stint_less, stint_equal, stint_greater_equal};
static binary *const changes[] = {stint_add_, stint_sub_, stint_mul_, stint_assign};
static const stint_dtype dtypes[] = {STINT_F32, STINT_F64, STINT_I32, STINT_I64, STINT_F16};

enum { TRANSPOSE, SLICE, STEP, FLATTEN, BROADCAST, EXPAND, VIEWS };

static stint_tensor *view(const program *p, int which, stint_tensor *x)
{
    int axes = stint_tensor_axes(x);
    switch (which) {
    case TRANSPOSE: return axes < 2 ? NULL : stint_transpose(x, 0, axes - 1);
    case SLICE: return axes < 1 ? NULL : stint_slice(x, -1, 1, INT64_MAX, 1);
    case STEP: return axes < 1 ? NULL : stint_slice(x, 0, 0, INT64_MAX, 2);
    case FLATTEN: return stint_reshape(x, 1, (int64_t[]){-1});
    case BROADCAST:
        return axes == 0 || (axes == 1 && stint_tensor_size(x, 0) == p->columns)
                   ? stint_broadcast(x, STINT_SHAPE(p->rows, p->columns))
                   : NULL;
    default: return axes > 3 ? NULL : stint_expand_axis(x, 0);
    }
}

/* Multiples of 1/16 up to 32: their sums are exact in any order, since the order of a reduction
 * may depend on how its operand lies. */
static stint_tensor *settled(stint_tensor *x)
{
    double step = stint_tensor_dtype(x) == STINT_F32 ? 0x1.8p19 : 0x1.8p48; /* whose ulp is 1/16 */
    return stint_add_number(stint_add_number(stint_clamp(x, -32, 32), step), -step);
}

static stint_tensor *reduce(int which, stint_tensor *x)
{
    static stint_tensor *(*const over[])(stint_tensor *, int, bool) = {stint_sum, stint_mean,
                                                                       stint_max};
    int axes = stint_tensor_axes(x);
    int axis = which / 8 % 3 == 2 ? STINT_ALL_AXES : which / 8 % 3 ? axes - 1 : 0;
    bool is_float = stint_tensor_dtype(x) <= STINT_F64;
    if (is_float && which % 3 < 2)
        x = settled(x);
    return axes ? over[is_float ? which % 3 : 0](x, axis, which >> 2 & 1) : NULL;
}

/* The tensor it makes; for in-place work its own operand; NULL = nothing came of it. */
static stint_tensor *apply(program *p, const instruction *i)
{
    stint_tensor *a = p->slots[i->a].t, *b = p->slots[i->b].t, *c = p->slots[i->c].t;
    int w = i->which;
    switch (i->kind) {
    case UNARY:
        return stint_tensor_dtype(a) <= STINT_F64 && w & 1
                   ? of_floats[w / 2 % (int)(sizeof of_floats / sizeof *of_floats)](a)
                   : of_numbers[w / 2 % (int)(sizeof of_numbers / sizeof *of_numbers)](a);
    case BINARY: return pairs[w % (int)(sizeof pairs / sizeof *pairs)](a, b);
    case COMPARE: return comparisons[w % 3](a, b);
    case CHOOSE: return stint_where(c, a, b);
    case NUMBER:
        return w & 1 ? stint_add_number(a, w % 5 - 1) : stint_mul_number(a, w % 3 ? 0.5 : 1);
    case CAST: return stint_cast(a, dtypes[w % 5]);
    case VIEW: return view(p, w % VIEWS, a);
    case REDUCE: return reduce(w, a);
    case MATMUL: return stint_matmul(a, w & 1 ? stint_transpose(b, 0, 1) : b);
    case ROWS: return w & 1 ? stint_softmax(a, -1) : stint_log_sum_exp(a, -1, w & 2);
    case JOIN:
        return w & 1 ? stint_concat(2, (stint_tensor *[]){a, b}, 0) : stint_pad(a, -1, 1, 2, w % 7);
    case PICK: return stint_gather(a, stint_arange(p->ctx, STINT_I64, 2 + w % 3), 0);
    case IN_PLACE: return changes[w % 4](a, b);
    case PEEK: return p->traced || stint_realise(1, &a) == STINT_OK ? a : NULL;
    default: return NULL;
    }
}

/* ---- which operands suit */

static bool broadcasts(const stint_tensor *a, const stint_tensor *b, bool into_a)
{
    int n = stint_tensor_axes(a), m = stint_tensor_axes(b);
    for (int k = 1; k <= n && k <= m; k++) {
        int64_t x = stint_tensor_size(a, n - k), y = stint_tensor_size(b, m - k);
        if (x != y && y != 1 && (into_a || x != 1))
            return false;
    }
    return !into_a || m <= n;
}

static bool suits(const program *p, const instruction *i)
{
    const slot *s = &p->slots[i->a];
    const stint_tensor *a = s->t, *b = p->slots[i->b].t, *c = p->slots[i->c].t;
    bool numbers = stint_tensor_dtype(a) != STINT_BOOL, wide = stint_tensor_dtype(a) <= STINT_F64;
    bool like = stint_tensor_dtype(a) == stint_tensor_dtype(b);
    int axes = stint_tensor_axes(a), last = axes - 1;
    switch (i->kind) {
    case UNARY:
    case NUMBER:
    case REDUCE: return numbers && stint_tensor_dtype(a) != STINT_F16;
    case BINARY: return numbers && like && broadcasts(a, b, false);
    case COMPARE: return like && numbers && broadcasts(a, b, false);
    case CHOOSE:
        return like && numbers && stint_tensor_dtype(c) == STINT_BOOL && broadcasts(a, b, true) &&
               broadcasts(a, c, true);
    case MATMUL:
        return like && wide && axes == 2 && stint_tensor_axes(b) == 2 &&
               stint_tensor_size(b, i->which & 1) == stint_tensor_size(a, last);
    case ROWS: return wide && axes > 0;
    case JOIN:
        return axes == 2 && numbers &&
               (!(i->which & 1) || (like && stint_tensor_axes(b) == 2 &&
                                    stint_tensor_size(b, 1) == stint_tensor_size(a, 1)));
    case PICK: return axes > 0 && stint_tensor_size(a, 0) > 4;
    case IN_PLACE: /* what may be a view, or be seen through one that is used below, is not */
        return like && numbers && s->memory == i->a && broadcasts(a, b, true);
    case DROP: return i->a >= 3; /* something stays */
    default: return true;
    }
}

static bool small(const stint_tensor *t)
{
    return stint_tensor_count(t) > 0 && stint_tensor_count(t) <= 20000;
}

/* ---- running */

static void forget(program *p, int slot)
{
    stint_drop(p->slots[slot].t);
    p->slots[slot].t = NULL;
}

static bool step(program *p, instruction *i)
{
    if (i->kind == DROP) {
        forget(p, i->a);
        return true;
    }
    stint_tensor *made = apply(p, i);
    if (!made)
        return false;
    i->out = -1;
    for (int k = 0; i->kind == IN_PLACE && k < p->used; k++) /* other handles of the old value */
        if (k != i->a && p->slots[k].t && p->slots[k].memory == i->a)
            forget(p, k);
    if (i->kind != IN_PLACE && i->kind != PEEK) {
        i->out = p->used++;
        bool may_share = i->kind == VIEW || i->kind == CAST || i->kind == NUMBER;
        p->slots[i->out] = (slot){made, may_share ? p->slots[i->a].memory : i->out};
    }
    if (p->eager)
        assert_int_equal(stint_realise(1, &made), STINT_OK);
    return true;
}

static kind draw_kind(program *p)
{
    int total = 0, k = 0;
    for (int i = 0; i < KINDS; i++)
        total += weight[i];
    for (int at = draw(p, total); at >= weight[k]; k++)
        at -= weight[k];
    return (kind)k;
}

static int draw_slot(program *p)
{
    int i;
    do {
        int back = draw(p, 3) ? p->used < 10 ? p->used : 10 : p->used; /* often a late one */
        i = p->used - 1 - draw(p, back);
    } while (!p->slots[i].t);
    return i;
}

static void make_leaves(program *p)
{
    double x[64 * 64];
    const struct {
        stint_dtype dtype;
        int axes;
        int64_t shape[2];
    } leaf[LEAVES] = {{STINT_F32, 0, {0}},
                      {STINT_F32, 2, {p->rows, p->columns}},
                      {STINT_F64, 2, {p->rows, p->columns}},
                      {STINT_F32, 1, {p->columns}},
                      {STINT_F32, 2, {p->columns, p->rows}},
                      {STINT_F64, 1, {p->columns}},
                      {STINT_I32, 2, {p->rows, 1}},
                      {STINT_F32, 2, {p->rows, p->columns}}};
    for (int i = 0; i < 64 * 64; i++)
        x[i] = (double)((i * 37 + 11) % 101 - 50) / 16;
    for (int i = 0; i < 64 * 64; i++)
        x[i] = i % 3 ? x[i] : (double)(int)x[i];
    p->used = 0;
    for (int i = 0; i < LEAVES; i++) {
        double whole[64 * 64];
        for (int k = 0; k < 64 * 64; k++)
            whole[k] = leaf[i].dtype == STINT_I32 ? floor(x[k] * 3e8) : x[(k + 97 * i) % 4096];
        p->slots[p->used] = (slot){
            elements_tensor(p->ctx, leaf[i].dtype, leaf[i].axes, leaf[i].shape, whole), p->used};
        p->used++;
    }
}

/* The list, while it runs eagerly. */
static void make_program(program *p)
{
    static const int64_t sizes[][2] = {{4, 6}, {5, 5}, {40, 33}, {1, 7}, {60, 64}};
    int which = draw(p, 5);
    p->rows = sizes[which][0];
    p->columns = sizes[which][1];
    make_leaves(p);
    while (p->n < LENGTH && p->used < SLOTS) {
        instruction i = {.kind = draw_kind(p), .which = draw(p, 64), .out = -1};
        i.a = draw_slot(p);
        for (int tries = 0; tries < 6; tries++) {
            i.b = draw_slot(p);
            i.c = draw_slot(p);
            if (suits(p, &i))
                break;
        }
        if (!suits(p, &i))
            continue;
        if (!step(p, &i)) {
            stint_clear(p->ctx);
            continue;
        }
        p->list[p->n++] = i;
        if (i.out >= 0 && !small(p->slots[i.out].t)) {
            p->list[p->n - 1].kind = KINDS; /* it is made nowhere else */
            forget(p, i.out);
        }
    }
}

static void replay(program *p)
{
    for (int k = 0; k < p->n; k++) {
        instruction i = p->list[k];
        if (i.kind == KINDS)
            p->slots[p->used++] = (slot){0};
        else if (!step(p, &i))
            fail_msg("instruction %d: %s", k, stint_message(p->ctx));
    }
}

static bool same_value(stint_dtype d, const void *a, const void *b, int64_t i, size_t item)
{
    if (memcmp((const char *)a + i * (int64_t)item, (const char *)b + i * (int64_t)item, item) == 0)
        return true;
    return isnan(element_get(d, a, i)) && isnan(element_get(d, b, i)); /* by any payload */
}

static void compare(uint64_t seed, const char *way, const program *want, const program *got)
{
    assert_int_equal(want->used, got->used);
    for (int k = 0; k < want->used; k++) {
        stint_tensor *x = want->slots[k].t, *y = got->slots[k].t;
        assert_int_equal(!x, !y);
        if (!x)
            continue;
        void *a = elements_bytes(x), *b = elements_bytes(y);
        stint_dtype d = stint_tensor_dtype(x);
        if (!a || !b)
            fail_msg("graph %d, %s, slot %d: %s", (int)seed, way, k, stint_message(want->ctx));
        for (int64_t i = 0; i < stint_tensor_count(x); i++)
            if (!same_value(d, a, b, i, stint_dtype_bytes(d)))
                fail_msg("graph %d, %s, slot %d (%s), element %d: %.17g, node by node %.17g",
                         (int)seed, way, k, stint_dtype_text(d), (int)i, element_get(d, b, i),
                         element_get(d, a, i));
        free(a);
        free(b);
    }
}

static void start_like(program *p, const program *like)
{
    *p = *like;
    p->eager = false;
    make_leaves(p);
}

static void at_once(void **state)
{
    fixture *t = *state;
    for (uint64_t seed = 0; seed < GRAPHS; seed++) {
        stint_scope *s = stint_scope_open(t->ctx);
        program want = {.ctx = t->ctx, .random = {seed, 1}, .eager = true}, got;
        make_program(&want);
        start_like(&got, &want);
        replay(&got);
        if (seed & 1) { /* by one plan; else as they are read */
            stint_tensor *all[SLOTS];
            int n = 0;
            for (int k = 0; k < got.used; k++)
                if (got.slots[k].t)
                    all[n++] = got.slots[k].t;
            assert_int_equal(stint_realise(n, all), STINT_OK);
        }
        compare(seed, "at once", &want, &got);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

static stint_status body(void *self, stint_tensor *const *in, stint_tensor **out)
{
    program *p = self;
    (void)in;
    replay(p);
    for (int k = 0, n = 0; k < p->used; k++)
        if (p->slots[k].t)
            out[n++] = p->slots[k].t;
    return STINT_OK;
}

static void traced(void **state)
{
    fixture *t = *state;
    for (uint64_t seed = GRAPHS; seed < 2 * GRAPHS; seed++) {
        stint_scope *s = stint_scope_open(t->ctx);
        program want = {.ctx = t->ctx, .random = {seed, 1}, .eager = true}, got;
        stint_tensor *out[SLOTS];
        int n = 0;
        make_program(&want);
        start_like(&got, &want);
        got.traced = true;
        for (int k = 0; k < want.used; k++)
            n += want.slots[k].t != NULL;
        stint_fn *f = stint_fn_new(t->ctx, body, &got, 0, n);
        if (stint_fn_call(f, NULL, out) != STINT_OK)
            fail_msg("graph %d: %s", (int)seed, stint_message(t->ctx));
        for (int k = 0, at = 0; k < got.used; k++)
            if (got.slots[k].t)
                got.slots[k].t = out[at++];
        compare(seed, "traced", &want, &got);
        stint_fn_free(f);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(at_once),
        FIXTURE_TEST(traced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
