#include "data/jsonl.h"
#include "base/utf8.h"

#include <string.h>

/* RFC 8259, one flat object. */

enum { NEST_MOST = 1000 };

json_line json_line_begin(const char *at, int64_t bytes, char *room)
{
    return (json_line){.from = at, .at = at, .end = at + bytes, .room = room};
}

static bool stop(json_line *r, const char *why)
{
    if (!r->error)
        r->error = why;
    return false;
}

static void skip_spaces(json_line *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\r' || *r->at == '\n'))
        r->at++;
}

static char peek(json_line *r)
{
    skip_spaces(r);
    return r->at < r->end ? *r->at : '\0';
}

static bool take(json_line *r, char c)
{
    if (peek(r) != c)
        return false;
    r->at++;
    return true;
}

bool json_line_blank(const char *at, int64_t bytes)
{
    json_line r = json_line_begin(at, bytes, NULL);
    skip_spaces(&r);
    return r.at == r.end;
}

/* --- strings ------------------------------------------------------------------------------- */

static bool take_hex(json_line *r, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        char c = r->at < r->end ? *r->at++ : '\0';
        int value = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (value < 0)
            return stop(r, "\\u wants four hexadecimal digits");
        *out = *out << 4 | (uint32_t)value;
    }
    return true;
}

/* Behind "\u"; a character beyond 0xFFFF is written as two. */
static bool take_unicode(json_line *r)
{
    uint32_t code, low;
    if (!take_hex(r, &code))
        return false;
    if (code >= 0xD800 && code < 0xDC00 && r->end - r->at >= 2 && r->at[0] == '\\' &&
        r->at[1] == 'u') {
        r->at += 2;
        if (!take_hex(r, &low))
            return false;
        if (low < 0xDC00 || low > 0xDFFF)
            return stop(r, "\\u names half a character");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    int n = code ? utf8_put(r->room, code) : 0;
    r->room += n;
    return n > 0 || stop(r, code ? "\\u names half a character" : "a text holds a zero byte");
}

static bool take_escape(json_line *r)
{
    static const char letters[] = "\"\\/bfnrt", codes[] = "\"\\/\b\f\n\r\t";
    char c = r->at < r->end ? *r->at++ : '\0';
    if (c == 'u')
        return take_unicode(r);
    const char *letter = c ? strchr(letters, c) : NULL;
    if (!letter)
        return stop(r, "a backslash before a letter that it does not go with");
    *r->room++ = codes[letter - letters];
    return true;
}

/* The rest of a string with escapes goes into the room, from its beginning on. */
static bool unescape(json_line *r, const char *from, cell_text *out)
{
    out->at = r->room;
    memcpy(r->room, from, (size_t)(r->at - from));
    r->room += r->at - from;
    while (r->at < r->end && *r->at != '"') {
        if ((unsigned char)*r->at < 0x20)
            return stop(r, "a control character in a text");
        if (*r->at != '\\')
            *r->room++ = *r->at++;
        else if (r->at++, !take_escape(r))
            return false;
    }
    out->len = r->room - out->at;
    return true;
}

static bool take_string(json_line *r, cell_text *out)
{
    if (!take(r, '"'))
        return stop(r, "a key in double quotes is expected");
    const char *from = r->at;
    while (r->at < r->end && *r->at != '"' && *r->at != '\\' && (unsigned char)*r->at >= 0x20)
        r->at++;
    *out = (cell_text){from, r->at - from};
    if (r->at < r->end && *r->at != '"' && *r->at != '\\')
        return stop(r, "a control character in a text");
    if (r->at < r->end && *r->at == '\\' && !unescape(r, from, out))
        return false;
    if (r->at >= r->end)
        return stop(r, "a text does not end");
    r->at++;
    return utf8_valid(out->at, out->len) || stop(r, "not UTF-8 text");
}

/* --- other values -------------------------------------------------------------------------- */

static bool take_digits(json_line *r)
{
    const char *from = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return r->at > from;
}

static bool take_number(json_line *r, json_field *out)
{
    const char *from = r->at;
    out->type = JSON_CELL_INTEGER;
    if (*r->at == '-')
        r->at++;
    const char *digits = r->at;
    if (!take_digits(r) || (*digits == '0' && r->at > digits + 1))
        return stop(r, "a value is expected");
    if (r->at < r->end && *r->at == '.') {
        r->at++;
        out->type = JSON_CELL_NUMBER;
        if (!take_digits(r))
            return stop(r, "digits are expected behind a point");
    }
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        out->type = JSON_CELL_NUMBER;
        if (r->at < r->end && (*r->at == '+' || *r->at == '-'))
            r->at++;
        if (!take_digits(r))
            return stop(r, "digits are expected behind an e");
    }
    out->text = (cell_text){from, r->at - from};
    return true;
}

static bool take_word(json_line *r, json_field *out)
{
    static const struct {
        const char *word;
        json_cell type;
    } words[] = {
        {"null", JSON_CELL_NULL}, {"true", JSON_CELL_BOOL},       {"false", JSON_CELL_BOOL},
        {"NaN", JSON_CELL_NULL},  {"Infinity", JSON_CELL_NUMBER}, {"-Infinity", JSON_CELL_NUMBER},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i].word);
        if ((size_t)(r->end - r->at) < n || memcmp(r->at, words[i].word, n) != 0)
            continue;
        out->type = words[i].type;
        out->text = (cell_text){r->at, (int64_t)n};
        r->at += n;
        return true;
    }
    return false;
}

/* Step over an object or a list, by its brackets. */
static bool skip_nested(json_line *r, json_field *out)
{
    int depth = 0;
    out->type = *r->at == '{' ? JSON_CELL_OBJECT : JSON_CELL_LIST;
    do {
        char c = peek(r);
        cell_text text;
        if (r->at == r->end || depth > NEST_MOST)
            return stop(r, "an object or a list does not end");
        if (c == '"') {
            if (!take_string(r, &text))
                return false;
            continue;
        }
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        r->at++;
    } while (depth > 0);
    return true;
}

static bool take_value(json_line *r, json_field *out)
{
    char c = peek(r);
    if (c == '"') {
        out->type = JSON_CELL_TEXT;
        return take_string(r, &out->text);
    }
    if (c == '{' || c == '[')
        return skip_nested(r, out);
    if (r->at < r->end && take_word(r, out))
        return true;
    if (c == '-' || (c >= '0' && c <= '9'))
        return take_number(r, out);
    return stop(r, "a value is expected");
}

bool json_line_next(json_line *r, json_field *out)
{
    if (r->error)
        return false;
    if (!r->begun && !take(r, '{'))
        return stop(r, "an object is expected, {\"column\": value, …}");
    bool first = !r->begun;
    r->begun = true;
    if (take(r, '}')) {
        skip_spaces(r);
        return r->at == r->end ? false : stop(r, "something follows the object: one a line");
    }
    if (!first && !take(r, ','))
        return stop(r, "a comma or } is expected");
    if (!take_string(r, &out->key))
        return false;
    if (!take(r, ':'))
        return stop(r, "a colon is expected behind a key");
    return take_value(r, out);
}
