/* The tokens that a formula is written in, and messages that point at them. */
#ifndef DATA_FORMULA_TOKENS_H
#define DATA_FORMULA_TOKENS_H

#include "data/formula.h"

typedef enum token_kind {
    TOKEN_END,
    TOKEN_NUMBER,
    TOKEN_NAME,
    TOKEN_QUOTED,
    TOKEN_MARK
} token_kind;

typedef struct token {
    token_kind kind;
    int at, end; /* in the text */
} token;

/* The token behind `t`.  STINT_EUSAGE: a backquote that is not closed, or has no name in it. */
stint_status token_next(ctx *c, const formula *f, token *t);

/* Is it that mark or word? */
bool token_is(const formula *f, token t, const char *text);

/* "the formula ends where WHAT is expected" */
stint_status token_expected(ctx *c, const formula *f, token t, const char *what);

/* The first `len` bytes from `from` on, shortened to whole characters. */
const char *token_shorten(const char *from, int len, char *out, size_t size);

#endif
