#include "data/formula_functions.h"

#include "base/str.h"
#include "data/formula_tokens.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A parser by precedence climbing (Pratt 1973, "Top Down Operator Precedence"): what binds at
 * least as tightly as `least` belongs to the expression at hand.  Nodes come out with arguments
 * before what uses them; the recursion is as deep as parentheses, calls and prefixes, and bounded. */

enum {
    BIND_OR = 1,
    BIND_AND,
    BIND_NOT,
    BIND_COMPARE,
    BIND_SUM,
    BIND_PRODUCT,
    BIND_SIGN,
    BIND_POWER
};

typedef struct parser {
    ctx *ctx;
    arena *arena;
    formula *f; /* nodes and columns have room for the most */
    token token;
    int depth;
    int64_t steps, rows;
} parser;

static stint_status next_token(parser *p)
{
    return token_next(p->ctx, p->f, &p->token);
}

static bool is_token(const parser *p, const char *text)
{
    return token_is(p->f, p->token, text);
}

static stint_status expected(parser *p, const char *what)
{
    return token_expected(p->ctx, p->f, p->token, what);
}

static stint_status take_mark(parser *p, const char *mark, const char *what)
{
    return is_token(p, mark) ? next_token(p) : expected(p, what);
}

/* --- nodes ------------------------------------------------------------------------------------------ */

static stint_status add_node(parser *p, formula_node node, int *out)
{
    if (p->f->n == FORMULA_NODES_MOST)
        return formula_fail(p->ctx, p->f, node.at, "the formula has more than %d operations",
                            FORMULA_NODES_MOST);
    *out = p->f->n;
    p->f->nodes[p->f->n++] = node;
    return STINT_OK;
}

static stint_status add_operator(parser *p, const char *name, int at, int a, int b, int *out)
{
    formula_node n = {.kind = FORMULA_CALL,
                      .function = formula_operator(name),
                      .n_args = b < 0 ? 1 : 2,
                      .args = {a, b},
                      .at = at,
                      .end = p->f->nodes[b < 0 ? a : b].end};
    p->steps++;
    return add_node(p, n, out);
}

static stint_status number_node(parser *p, int *out)
{
    char text[64];
    token t = p->token;
    formula_node n = {.kind = FORMULA_NUMBER, .at = t.at, .end = t.end};
    int len = t.end - t.at;
    snprintf(text, sizeof text, "%.*s", len, p->f->text + t.at);
    if (len >= (int)sizeof text || !str_parse_double(text, &n.number) || !isfinite(n.number))
        return formula_fail(p->ctx, p->f, t.at, "\"%s\" is not a number", text);
    TRY(next_token(p));
    return add_node(p, n, out);
}

static stint_status column_of(parser *p, const char *name, bool as_time, int at, int *out)
{
    formula *f = p->f;
    for (*out = 0; *out < f->n_columns; ++*out)
        if (strcmp(f->columns[*out].name, name) == 0 && f->columns[*out].as_time == as_time)
            return STINT_OK;
    f->columns[f->n_columns++] = (formula_column){name, as_time, at};
    return STINT_OK;
}

static stint_status column_node(parser *p, token t, int *out)
{
    int quote = t.kind == TOKEN_QUOTED;
    formula_node n = {.kind = FORMULA_COLUMN, .at = t.at, .end = t.end};
    const char *name =
        arena_printf(p->arena, "%.*s", t.end - t.at - 2 * quote, p->f->text + t.at + quote);
    if (!name)
        return STINT_ENOMEM;
    TRY(add_node(p, n, out)); /* which bounds the columns too */
    return column_of(p, name, false, t.at, &p->f->nodes[*out].column);
}

/* --- calls ------------------------------------------------------------------------------------------- */

static stint_status parse(parser *p, int least, int *out);

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
    TRY(parse(p, BIND_OR, &node));
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
        bool given = is_token(p, ",");
        if (!given && !f->constants[i].fallback)
            return wrong_count(p, f, at);
        n->constants[i] = given ? 0 : *f->constants[i].fallback;
        if (!given)
            continue;
        TRY(next_token(p));
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
    return column_of(p, p->f->columns[n->column].name, true, n->at, &n->column);
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

static stint_status call_node(parser *p, token name, int *out)
{
    formula_node n = {.kind = FORMULA_CALL, .at = name.at};
    n.function = formula_function_find(p->f->text + name.at, name.end - name.at);
    if (!n.function)
        return unknown_function(p, name);
    TRY(next_token(p)); /* the parenthesis */
    for (n.n_args = 0; n.n_args < n.function->cells;) {
        if (n.n_args > 0 && !is_token(p, ","))
            return is_token(p, ")") ? wrong_count(p, n.function, name.at) : expected(p, "\",\"");
        if (n.n_args > 0)
            TRY(next_token(p));
        TRY(parse(p, BIND_OR, &n.args[n.n_args++]));
    }
    TRY(take_constants(p, &n, name.at));
    if (n.function->kind == FUNCTION_TIME)
        TRY(take_time(p, &n));
    if (is_token(p, ","))
        return wrong_count(p, n.function, name.at);
    n.end = p->token.end;
    TRY(take_mark(p, ")", "\")\""));
    TRY(count_cost(p, &n));
    return add_node(p, n, out);
}

/* --- expressions --------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int bind;
} binaries[] = {{"or", BIND_OR},      {"and", BIND_AND},
                {"<=", BIND_COMPARE}, {">=", BIND_COMPARE},
                {"==", BIND_COMPARE}, {"!=", BIND_COMPARE},
                {"<", BIND_COMPARE},  {">", BIND_COMPARE},
                {"+", BIND_SUM},      {"-", BIND_SUM},
                {"*", BIND_PRODUCT},  {"/", BIND_PRODUCT},
                {"^", BIND_POWER},    {NULL, 0}};

static stint_status prefix(parser *p, const char *name, int bind, int *out)
{
    int at = p->token.at, of = 0;
    TRY(next_token(p));
    TRY(parse(p, bind, &of));
    return add_operator(p, name, at, of, -1, out);
}

static stint_status parenthesis(parser *p, int *out)
{
    int at = p->token.at;
    TRY(next_token(p));
    TRY(parse(p, BIND_OR, out));
    p->f->nodes[*out].at = at;
    p->f->nodes[*out].end = p->token.end;
    return take_mark(p, ")", "\")\"");
}

static stint_status primary(parser *p, int *out)
{
    token t = p->token;
    if (t.kind == TOKEN_NUMBER)
        return number_node(p, out);
    if (is_token(p, "-"))
        return prefix(p, "negate", BIND_SIGN, out);
    if (is_token(p, "not"))
        return prefix(p, "not", BIND_NOT, out);
    if (is_token(p, "("))
        return parenthesis(p, out);
    if ((t.kind != TOKEN_NAME && t.kind != TOKEN_QUOTED) || is_token(p, "and") || is_token(p, "or"))
        return expected(p, "a number, a column, a function or \"(\"");
    TRY(next_token(p));
    return t.kind == TOKEN_NAME && is_token(p, "(") ? call_node(p, t, out) : column_node(p, t, out);
}

/* The binary operator at hand, -1 = none. */
static int binary_here(const parser *p)
{
    for (int k = 0; binaries[k].name; k++)
        if (is_token(p, binaries[k].name))
            return k;
    return -1;
}

static stint_status parse_bounded(parser *p, int least, int *out)
{
    bool compared = false;
    TRY(primary(p, out));
    for (int k; (k = binary_here(p)) >= 0 && binaries[k].bind >= least;) {
        int bind = binaries[k].bind, at = p->f->nodes[*out].at, right = 0;
        if (bind == BIND_COMPARE && compared)
            return formula_fail(p->ctx, p->f, p->token.at,
                                "comparisons do not chain: write a < b and b < c");
        compared = bind == BIND_COMPARE;
        TRY(next_token(p));
        /* a power's exponent may have a sign, and powers group from the right */
        TRY(parse(p, bind == BIND_POWER ? BIND_SIGN : bind + 1, &right));
        TRY(add_operator(p, binaries[k].name, at, *out, right, out));
    }
    return is_token(p, "=") ? formula_fail(p->ctx, p->f, p->token.at, "equality is written \"==\"")
                            : STINT_OK;
}

static stint_status parse(parser *p, int least, int *out)
{
    if (++p->depth > FORMULA_DEPTH_MOST)
        return formula_fail(p->ctx, p->f, p->token.at, "more than %d levels within each other",
                            FORMULA_DEPTH_MOST);
    stint_status s = parse_bounded(p, least, out);
    p->depth--;
    return s;
}

/* --- all of it --------------------------------------------------------------------------------------------- */

static stint_status parse_all(parser *p)
{
    if (strlen(p->f->text) > FORMULA_TEXT_MOST)
        return formula_fail(p->ctx, p->f, FORMULA_TEXT_MOST, "the formula is longer than %d bytes",
                            FORMULA_TEXT_MOST);
    TRY(next_token(p));
    TRY(parse(p, BIND_OR, &p->f->root));
    return p->token.kind == TOKEN_END ? STINT_OK
                                      : expected(p, "an operator or the end of the formula");
}

/* Out of the parser's room into as much as it takes; columns that are only read as times are not
 * read as numbers too. */
static stint_status settle(arena *a, formula *f)
{
    formula_node *nodes = arena_new(a, formula_node, f->n);
    formula_column *columns = arena_new(a, formula_column, f->n_columns + 1);
    int n = 0;
    if (!nodes || !columns)
        return STINT_ENOMEM;
    memcpy(nodes, f->nodes, (size_t)f->n * sizeof *nodes);
    for (int k = 0; k < f->n_columns; k++) {
        bool used = false;
        for (int i = 0; i < f->n; i++)
            if (f->nodes[i].kind == FORMULA_COLUMN && f->nodes[i].column == k) {
                nodes[i].column = n;
                used = true;
            }
        if (used)
            columns[n++] = f->columns[k];
    }
    f->nodes = nodes;
    f->columns = columns;
    f->n_columns = n;
    return STINT_OK;
}

stint_status formula_parse(ctx *c, arena *a, const char *place, const char *name, const char *text,
                           formula **out)
{
    formula *f = arena_new(a, formula, 1);
    formula_node *nodes = mem_new(c, TAG_CONFIG, formula_node, FORMULA_NODES_MOST);
    formula_column *columns = mem_new(c, TAG_CONFIG, formula_column, FORMULA_NODES_MOST);
    stint_status s = f && nodes && columns ? STINT_OK : STINT_ENOMEM;
    if (s == STINT_OK) {
        *f = (formula){.place = arena_strdup(a, place ? place : "the formula"),
                       .name = arena_strdup(a, name),
                       .text = arena_strdup(a, text),
                       .nodes = nodes,
                       .columns = columns};
        s = f->place && f->name && f->text ? STINT_OK : STINT_ENOMEM;
    }
    if (s == STINT_OK)
        s = parse_all(&(parser){.ctx = c, .arena = a, .f = f});
    if (s == STINT_OK)
        s = settle(a, f);
    mem_free(columns);
    mem_free(nodes);
    *out = f;
    return s;
}
