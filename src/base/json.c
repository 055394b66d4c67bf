#include "base/json.h"

#include <math.h>
#include <string.h>

json_out emit_begin(str *to, bool pretty)
{
    return (json_out){.to = to, .indent = pretty ? 2 : -1};
}

/* ---- strings: escaped, and made valid UTF-8 ---- */

/* What the first byte of a UTF-8 sequence (RFC 3629) says of its length; 0 = not a first. */
static int utf8_promise(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* The length of the valid sequence at s, which ends in NUL; 0 when it is not one. */
static int utf8_length(const unsigned char *s)
{
    int n = utf8_promise(s[0]);
    for (int i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xED && s[1] > 0x9F, beyond = s[0] == 0xF4 && s[1] > 0x8F;
    return overlong || surrogate || beyond ? 0 : n;
}

static void add_char(str *to, const char *s, int n)
{
    static const char *const escapes[128] = {
        ['"'] = "\\\"", ['\\'] = "\\\\", ['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t",
    };
    unsigned char first = (unsigned char)*s;
    if (n == 0)
        str_add(to, "\xEF\xBF\xBD"); /* U+FFFD for a byte that is not UTF-8 */
    else if (n == 1 && escapes[first])
        str_add(to, escapes[first]);
    else if (first < 0x20)
        str_addf(to, "\\u%04x", first);
    else
        str_add_bytes(to, s, (size_t)n);
}

static void add_string(str *to, const char *s)
{
    str_add(to, "\"");
    while (*s) {
        int n = utf8_length((const unsigned char *)s);
        add_char(to, s, n);
        s += n ? n : 1;
    }
    str_add(to, "\"");
}

/* ---- structure ---- */

static void new_line(const json_out *j)
{
    if (j->indent >= 0 && j->depth > 0)
        str_addf(j->to, "\n%*s", j->indent * j->depth, "");
}

/* The comma, the line and the key that come before any value. */
static void before_value(json_out *j, const char *key)
{
    if (j->comma)
        str_add(j->to, ",");
    new_line(j);
    if (key) {
        add_string(j->to, key);
        str_add(j->to, j->indent >= 0 ? ": " : ":");
    }
    j->comma = true;
}

static void open_bracket(json_out *j, const char *key, const char *bracket)
{
    before_value(j, key);
    str_add(j->to, bracket);
    j->depth++;
    j->comma = false;
}

static void close_bracket(json_out *j, const char *bracket)
{
    bool is_empty = !j->comma;
    j->depth--;
    if (!is_empty && j->indent >= 0)
        str_addf(j->to, "\n%*s", j->indent * j->depth, "");
    str_add(j->to, bracket);
    j->comma = true;
}

void emit_object(json_out *j, const char *key)
{
    open_bracket(j, key, "{");
}

void emit_object_end(json_out *j)
{
    close_bracket(j, "}");
}

void emit_array(json_out *j, const char *key)
{
    open_bracket(j, key, "[");
}

void emit_array_end(json_out *j)
{
    close_bracket(j, "]");
}

/* ---- values ---- */

void emit_string(json_out *j, const char *key, const char *value)
{
    before_value(j, key);
    if (value)
        add_string(j->to, value);
    else
        str_add(j->to, "null");
}

void emit_str(json_out *j, const char *key, const str *value)
{
    emit_string(j, key, value->at);
    j->to->failed = j->to->failed || value->failed;
}

void emit_int(json_out *j, const char *key, int64_t value)
{
    before_value(j, key);
    str_addf(j->to, "%lld", (long long)value);
}

void emit_double(json_out *j, const char *key, double value)
{
    char text[STR_DOUBLE_SIZE] = "null";
    if (isfinite(value))
        str_format_double(text, value);
    before_value(j, key);
    str_add(j->to, text);
}

void emit_bool(json_out *j, const char *key, bool value)
{
    before_value(j, key);
    str_add(j->to, value ? "true" : "false");
}

json_t *json_parse(ctx *c, const char *name, const char *text, size_t len)
{
    json_error_t error;
    json_t *tree = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!tree)
        fail(c, STINT_EDATA, "%s:%d:%d: %s", name, error.line, error.column, error.text);
    return tree;
}

double json_number_or_nan(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}
