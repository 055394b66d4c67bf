#include "data/formula_parser.h"

#include "base/str.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

/* Calls of functions: which one a name means, its arguments, the constants that have to be written
 * out, and what the call costs. */

/* The function that a name is a slip or, else, a short form of; NULL = none. */
static const char *nearest_function(const char *name)
{
    nearest_name near = nearest_begin(name);
    size_t most = 3;
    const char *begins = NULL;
    for (const formula_function *f = formula_functions; f->name; f++) {
        size_t same = 0;
        while (name[same] && name[same] == f->name[same])
            same++;
        nearest_try(&near, f->name);
        begins = same > most ? f->name : begins;
        most = same > most ? same : most;
    }
    return near.name ? near.name : begins;
}

static stint_status unknown_function(parser *p, token t)
{
    char name[FORMULA_SNIPPET_SIZE];
    token_shorten(p->f->text + t.at, t.end - t.at, name, sizeof name);
    const char *near = nearest_function(name);
    if (near)
        return formula_fail(p->ctx, p->f, t.at, "unknown function \"%s\"; did you mean \"%s\"?",
                            name, near);
    return formula_fail(p->ctx, p->f, t.at,
                        "unknown function \"%s\"; docs/design/series.md lists them", name);
}

/* "moving_average(x, n)" */
static const char *signature(const formula_function *f, char *out, size_t size)
{
    static const char *const cells[] = {"x", "y", "z"};
    assert(f->cells <= 3);
    size_t n = (size_t)snprintf(out, size, "%s(", f->name);
    for (int i = 0; i < f->cells && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s", i ? ", " : "", cells[i]);
    for (int i = 0; i < FORMULA_ARGS_MOST - 1 && f->constants[i].name && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, f->constants[i].fallback ? " [, %s]" : ", %s",
                              f->constants[i].name);
    if (n < size)
        snprintf(out + n, size - n, ")");
    return out;
}

static stint_status wrong_count(parser *p, const formula_function *f, int at)
{
    char is[96];
    return formula_fail(p->ctx, p->f, at, "it is written %s", signature(f, is, sizeof is));
}

/* An argument that has to be written out: 12, -1, 0.5.  Its nodes are gone again. */
static stint_status take_constant(parser *p, const formula_function *f, int i, double *out)
{
    const function_constant *k = &f->constants[i];
    int before = p->f->n, at = p->token.at, node = 0;
    TRY(parser_expression(p, BIND_OR, &node));
    const formula_node *n = &p->f->nodes[node];
    bool minus = n->kind == FORMULA_CALL && n->function == formula_operator("negate");
    const formula_node *number = minus ? &p->f->nodes[n->args[0]] : n;
    *out = minus ? -number->number : number->number;
    p->f->n = before;
    bool fits = k->whole ? *out >= k->low && *out <= k->high && *out == floor(*out)
                         : *out > k->low && *out < k->high;
    if (number->kind == FORMULA_NUMBER && fits)
        return STINT_OK;
    return formula_fail(p->ctx, p->f, at,
                        k->whole ? "%s of %s is a whole number from %.0f to %.0f, written out"
                                 : "%s of %s is a number between %.0f and %.0f, written out",
                        k->name, f->name, k->low, k->high);
}

static stint_status take_constants(parser *p, formula_node *n, int at)
{
    const formula_function *f = n->function;
    const char *wrong;
    for (int i = 0; i < FORMULA_ARGS_MOST - 1 && f->constants[i].name; i++) {
        bool given = parser_is(p, ",");
        if (!given && !f->constants[i].fallback)
            return wrong_count(p, f, at);
        n->constants[i] = given ? 0 : *f->constants[i].fallback;
        if (!given)
            continue;
        TRY(parser_next(p));
        TRY(take_constant(p, f, i, &n->constants[i]));
    }
    if (f->check && (wrong = f->check(n->constants)))
        return formula_fail(p->ctx, p->f, at, "%s: %s", f->name, wrong);
    return STINT_OK;
}

static stint_status take_time(parser *p, formula_node *call)
{
    formula_node *n = &p->f->nodes[call->args[0]];
    if (n->kind != FORMULA_COLUMN)
        return formula_fail(p->ctx, p->f, n->at, "%s takes a column of times, by its name",
                            call->function->name);
    return parser_column(p, p->f->columns[n->column].name, true, n->at, &n->column);
}

static stint_status count_cost(parser *p, const formula_node *n)
{
    const formula_function *f = n->function;
    p->steps += f->steps ? f->steps(n->constants) : 1;
    if (f->causal && f->causal->bytes)
        p->rows += (int64_t)fabs(f->constants[0].whole ? n->constants[0] : 0);
    if (p->steps > FORMULA_STEPS_MOST)
        return formula_fail(p->ctx, p->f, n->at, "the formula takes more than %d steps a row",
                            FORMULA_STEPS_MOST);
    if (p->rows > 4 * FORMULA_WINDOW_MOST)
        return formula_fail(p->ctx, p->f, n->at,
                            "the windows of the formula hold more than %d rows",
                            4 * FORMULA_WINDOW_MOST);
    return STINT_OK;
}

stint_status parser_call(parser *p, token name, int *out)
{
    formula_node n = {.kind = FORMULA_CALL, .at = name.at};
    n.function = formula_function_find(p->f->text + name.at, name.end - name.at);
    if (!n.function)
        return unknown_function(p, name);
    TRY(parser_next(p)); /* the parenthesis */
    for (n.n_args = 0; n.n_args < n.function->cells;) {
        if (n.n_args > 0 && !parser_is(p, ","))
            return parser_is(p, ")") ? wrong_count(p, n.function, name.at)
                                     : parser_expected(p, "\",\"");
        if (n.n_args > 0)
            TRY(parser_next(p));
        TRY(parser_expression(p, BIND_OR, &n.args[n.n_args++]));
    }
    TRY(take_constants(p, &n, name.at));
    if (n.function->kind == FUNCTION_TIME)
        TRY(take_time(p, &n));
    if (parser_is(p, ","))
        return wrong_count(p, n.function, name.at);
    n.end = p->token.end;
    TRY(parser_take_mark(p, ")", "\")\""));
    TRY(count_cost(p, &n));
    return parser_add_node(p, n, out);
}
