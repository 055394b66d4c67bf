/* The parser at work: what expressions (formula_parse.c) and calls (formula_call.c) share. */
#ifndef DATA_FORMULA_PARSER_H
#define DATA_FORMULA_PARSER_H

#include "data/formula_functions.h"
#include "data/formula_tokens.h"

/* How tightly operators bind. */
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

stint_status parser_next(parser *p);
bool parser_is(const parser *p, const char *text); /* the token at hand: that mark or word? */
stint_status parser_expected(parser *p, const char *what);
stint_status parser_take_mark(parser *p, const char *mark, const char *what);

stint_status parser_add_node(parser *p, formula_node node, int *out);
/* The column of that name and way of reading, added unless it is there. */
stint_status parser_column(parser *p, const char *name, bool as_time, int at, int *out);

/* An expression of operators that bind at least as tightly as `least`. */
stint_status parser_expression(parser *p, int least, int *out);
/* A call of the function `name`; its parenthesis is the token at hand. */
stint_status parser_call(parser *p, token name, int *out);

#endif
