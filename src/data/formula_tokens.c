#include "data/formula_tokens.h"

#include <stdio.h>
#include <string.h>

stint_status formula_fail(ctx *c, const formula *f, int at, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return fail(c, STINT_EUSAGE, "%s: columns.%s: position %d: %s", f->place, f->name, at + 1,
                text);
}

/* Whole characters of UTF-8, and at most `most` bytes. */
const char *token_shorten(const char *from, int len, char *out, size_t size)
{
    int most = (int)size - 4;
    bool cut = len > most;
    if (cut)
        for (len = most; len > 0 && ((unsigned char)from[len] & 0xC0) == 0x80;)
            len--;
    snprintf(out, size, "%.*s%s", len, from, cut ? "…" : "");
    for (char *s = out; *s; s++)
        *s = (unsigned char)*s < 0x20 || *s == 0x7F ? '?' : *s;
    return out;
}

const char *formula_snippet(const formula *f, int node, char out[FORMULA_SNIPPET_SIZE])
{
    const formula_node *n = &f->nodes[node];
    return token_shorten(f->text + n->at, n->end - n->at, out, FORMULA_SNIPPET_SIZE);
}

/* --- tokens --------------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int number_end(const char *s, int at)
{
    while (is_digit(s[at]) || s[at] == '.')
        at++;
    if (s[at] != 'e' && s[at] != 'E')
        return at;
    int sign = s[at + 1] == '+' || s[at + 1] == '-';
    if (!is_digit(s[at + 1 + sign]))
        return at;
    for (at += 1 + sign; is_digit(s[at]);)
        at++;
    return at;
}

stint_status token_next(ctx *c, const formula *f, token *last)
{
    const char *s = f->text;
    int at = last->end;
    while (s[at] == ' ' || s[at] == '\t' || s[at] == '\n' || s[at] == '\r')
        at++;
    token t = {.kind = TOKEN_MARK, .at = at, .end = at + 1};
    if (s[at] == '\0') {
        t = (token){TOKEN_END, at, at};
    } else if (is_digit(s[at]) || (s[at] == '.' && is_digit(s[at + 1]))) {
        t.kind = TOKEN_NUMBER;
        t.end = number_end(s, at);
    } else if (is_letter(s[at])) {
        t.kind = TOKEN_NAME;
        while (is_letter(s[t.end]) || is_digit(s[t.end]))
            t.end++;
    } else if (s[at] == '`') {
        const char *close = strchr(s + at + 1, '`');
        if (!close || close == s + at + 1)
            return formula_fail(c, f, at,
                                close ? "there is no name between the backquotes"
                                      : "the backquote is not closed");
        t.kind = TOKEN_QUOTED;
        t.end = (int)(close - s) + 1;
    } else if (strchr("<>=!", s[at]) && s[at + 1] == '=') {
        t.end++;
    }
    *last = t;
    return STINT_OK;
}

bool token_is(const formula *f, token t, const char *text)
{
    int len = t.end - t.at;
    return (t.kind == TOKEN_MARK || t.kind == TOKEN_NAME) && (int)strlen(text) == len &&
           memcmp(f->text + t.at, text, (size_t)len) == 0;
}

stint_status token_expected(ctx *c, const formula *f, token t, const char *what)
{
    char found[FORMULA_SNIPPET_SIZE];
    if (t.kind == TOKEN_END)
        return formula_fail(c, f, t.at, "the formula ends where %s is expected", what);
    /* a mark may be the first byte of a longer character */
    const char *s = f->text + t.at;
    int len = t.end - t.at;
    while (((unsigned char)s[len] & 0xC0) == 0x80)
        len++;
    return formula_fail(c, f, t.at, "\"%s\" where %s is expected",
                        token_shorten(s, len, found, sizeof found), what);
}
