#include "profile/bench_main.h"

#include "base/mem.h"
#include "stint/fn.h"
#include "unit/graph/elements.h"
#include "unit/graph/op_cases.h"

/* The time of every operation, by the table that its tests go by: its value, and where it has one
 * its gradient too, each as a replayed step in f32.  Element-wise ones work on ELEMENTS elements,
 * the others on the shapes of the table, where what is measured is what a small step costs. */

enum { ELEMENTS = 1 << 16, REPEATS = 50 };

typedef struct work {
    const op_case *c;
    bool gradient;
    stint_tensor *in[OP_INPUTS], *out;
    stint_fn *fn;
    char name[96];
} work;

static bool is_long(const op_case *c)
{
    return c->flags & OP_ELEMENTWISE;
}

/* The case's own values, over and over. */
static stint_tensor *long_input(ctx *c, const op_case *of, int i)
{
    double value[OP_MOST_ELEMENTS];
    int64_t n = op_input_count(&of->in[i]);
    stint_dtype d = op_input_dtype(&of->in[i], STINT_F32);
    double *x = mem_new(c, TAG_BASE, double, ELEMENTS);
    if (!x)
        return NULL;
    op_case_values(of, i, STINT_F32, value);
    for (int64_t k = 0; k < ELEMENTS; k++)
        x[k] = value[k % n];
    stint_tensor *t = elements_tensor(c, d, STINT_SHAPE(ELEMENTS), x);
    mem_free(x);
    return t;
}

static stint_status body(void *self, stint_tensor *const *in, stint_tensor **out)
{
    work *w = self;
    stint_tensor *source[OP_INPUTS];
    int n = 0;
    out[0] = op_case_build(w->c, in);
    if (!out[0] || !w->gradient)
        return out[0] ? STINT_OK : STINT_EUSAGE;
    for (int i = 0; i < w->c->inputs; i++)
        if (op_input_has_gradient(w->c, i))
            source[n++] = in[i];
    return stint_gradients(1, out, NULL, n, source, out + 1);
}

static int gradients_of(const op_case *c)
{
    int n = 0;
    for (int i = 0; i < c->inputs; i++)
        n += op_input_has_gradient(c, i);
    return n;
}

static stint_status run(ctx *c, void *self)
{
    work *w = self;
    stint_tensor *out[1 + OP_INPUTS];
    for (int i = 0; i < REPEATS; i++)
        TRY(stint_fn_call(w->fn, w->in, out));
    (void)c;
    return STINT_OK;
}

static bool work_init(work *w, ctx *c, const op_case *of, bool gradient)
{
    *w = (work){.c = of, .gradient = gradient};
    snprintf(w->name, sizeof w->name, "%s%s", of->name, gradient ? ", gradient" : "");
    if (is_long(of))
        for (int i = 0; i < of->inputs; i++)
            w->in[i] = long_input(c, of, i);
    else
        op_case_inputs(c, of, STINT_F32, w->in);
    w->fn = stint_fn_new(c, body, w, of->inputs, 1 + (gradient ? gradients_of(of) : 0));
    return w->fn && stint_fn_warm_up(w->fn, w->in) == STINT_OK;
}

/* What draws numbers or works in place is no function of its inputs alone. */
static bool is_measured(const op_case *c)
{
    return (c->dtypes & OP_F32) && !(c->flags & (OP_ORACLE | OP_IN_PLACE));
}

static bench_case case_of(work *w)
{
    int64_t elements = is_long(w->c) ? ELEMENTS : 1;
    return (bench_case){.name = w->name,
                        .run = run,
                        .self = w,
                        .items = (double)(REPEATS * elements),
                        .item = is_long(w->c) ? "element" : "call"};
}

int main(int argc, char **argv)
{
    ctx *c = stint_open(&(stint_options){.sink = bench_print_line, .threads = 1});
    int most = 2 * op_case_count(), n = 0, code = 1;
    work *works = c ? mem_new(c, TAG_BASE, work, most) : NULL;
    bench_case *cases = works ? mem_new(c, TAG_BASE, bench_case, most) : NULL;
    for (int i = 0; cases && i < op_case_count(); i++)
        for (int gradient = 0; gradient < 2; gradient++) {
            const op_case *of = op_case_at(i);
            if (!is_measured(of) || (gradient && !gradients_of(of)))
                continue;
            if (!work_init(&works[n], c, of, gradient)) {
                fprintf(stderr, "%s: %s\n", of->name, stint_message(c));
                stint_clear(c);
                stint_fn_free(works[n].fn);
                continue;
            }
            cases[n] = case_of(&works[n]);
            n++;
        }
    if (cases)
        code = bench_main(argc, argv, cases, n);
    for (int i = 0; i < n; i++)
        stint_fn_free(works[i].fn);
    mem_free(cases);
    mem_free(works);
    stint_close(c);
    return code;
}
