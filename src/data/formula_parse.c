#include "data/formula_parser.h"

#include "base/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A parser by precedence climbing (Pratt 1973, "Top Down Operator Precedence"): what binds at
 * least as tightly as `least` belongs to the expression at hand.  Nodes come out with arguments
 * before what uses them; the recursion is as deep as parentheses, calls and prefixes, and bounded. */

stint_status parser_next(parser *p)
{
    return token_next(p->ctx, p->f, &p->token);
}

bool parser_is(const parser *p, const char *text)
{
    return token_is(p->f, p->token, text);
}

stint_status parser_expected(parser *p, const char *what)
{
    return token_expected(p->ctx, p->f, p->token, what);
}

stint_status parser_take_mark(parser *p, const char *mark, const char *what)
{
    return parser_is(p, mark) ? parser_next(p) : parser_expected(p, what);
}

/* --- nodes ------------------------------------------------------------------------------------------ */

stint_status parser_add_node(parser *p, formula_node node, int *out)
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
    return parser_add_node(p, n, out);
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
    TRY(parser_next(p));
    return parser_add_node(p, n, out);
}

stint_status parser_column(parser *p, const char *name, bool as_time, int at, int *out)
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
    TRY(parser_add_node(p, n, out)); /* which bounds the columns too */
    return parser_column(p, name, false, t.at, &p->f->nodes[*out].column);
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
    TRY(parser_next(p));
    TRY(parser_expression(p, bind, &of));
    return add_operator(p, name, at, of, -1, out);
}

static stint_status parenthesis(parser *p, int *out)
{
    int at = p->token.at;
    TRY(parser_next(p));
    TRY(parser_expression(p, BIND_OR, out));
    p->f->nodes[*out].at = at;
    p->f->nodes[*out].end = p->token.end;
    return parser_take_mark(p, ")", "\")\"");
}

static stint_status primary(parser *p, int *out)
{
    token t = p->token;
    if (t.kind == TOKEN_NUMBER)
        return number_node(p, out);
    if (parser_is(p, "-"))
        return prefix(p, "negate", BIND_SIGN, out);
    if (parser_is(p, "not"))
        return prefix(p, "not", BIND_NOT, out);
    if (parser_is(p, "("))
        return parenthesis(p, out);
    if ((t.kind != TOKEN_NAME && t.kind != TOKEN_QUOTED) || parser_is(p, "and") ||
        parser_is(p, "or"))
        return parser_expected(p, "a number, a column, a function or \"(\"");
    TRY(parser_next(p));
    return t.kind == TOKEN_NAME && parser_is(p, "(") ? parser_call(p, t, out)
                                                     : column_node(p, t, out);
}

/* The binary operator at hand, -1 = none. */
static int binary_here(const parser *p)
{
    for (int k = 0; binaries[k].name; k++)
        if (parser_is(p, binaries[k].name))
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
        TRY(parser_next(p));
        /* a power's exponent may have a sign, and powers group from the right */
        TRY(parser_expression(p, bind == BIND_POWER ? BIND_SIGN : bind + 1, &right));
        TRY(add_operator(p, binaries[k].name, at, *out, right, out));
    }
    return parser_is(p, "=") ? formula_fail(p->ctx, p->f, p->token.at, "equality is written \"==\"")
                             : STINT_OK;
}

stint_status parser_expression(parser *p, int least, int *out)
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
    TRY(parser_next(p));
    TRY(parser_expression(p, BIND_OR, &p->f->root));
    return p->token.kind == TOKEN_END ? STINT_OK
                                      : parser_expected(p, "an operator or the end of the formula");
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
