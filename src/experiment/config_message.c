/* What the config's messages are made of: places, quoted values, ranges. */
#include "experiment/config_impl.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

stint_status config_fail(ctx *c, config_place place, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (place.line == 0)
        return fail(c, STINT_EUSAGE, "%s: %s", place.origin, text);
    return fail(c, STINT_EUSAGE, "%s:%d:%d: %s", place.origin, place.line, place.column, text);
}

/* Whole characters of UTF-8 only, none of them a control. */
const char *config_quote(char out[CONFIG_QUOTE_SIZE], const char *text)
{
    enum { ROOM = CONFIG_QUOTE_SIZE - 8 }; /* two quotes, an ellipsis of three bytes, NUL */
    size_t n = strlen(text);
    bool cut = n > ROOM;
    if (cut)
        for (n = ROOM; n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80;)
            n--;
    char *to = out;
    *to++ = '"';
    for (size_t i = 0; i < n; i++)
        *to++ = (unsigned char)text[i] < 0x20 || text[i] == 0x7F ? '?' : text[i];
    snprintf(to, (size_t)(out + CONFIG_QUOTE_SIZE - to), "%s\"", cut ? "…" : "");
    return out;
}

const char *config_describe(char out[CONFIG_QUOTE_SIZE], const config_node *n)
{
    switch (n->kind) {
    case NODE_SCALAR: return config_quote(out, n->text);
    case NODE_LIST: return "a list";
    case NODE_MAP: return "a map";
    case NODE_NULL: break;
    }
    return "an empty value";
}

const char *config_range(char out[CONFIG_RANGE_SIZE], double low, double high)
{
    char a[STR_DOUBLE_SIZE], b[STR_DOUBLE_SIZE];
    str_format_double(a, low);
    str_format_double(b, high);
    snprintf(out, CONFIG_RANGE_SIZE, "%s…%s", a, b);
    return out;
}
