#include "data/xlsx_read_impl.h"

#include <string.h>

/* The texts that cells share, xl/sharedStrings.xml: held once, packed, as the sheets refer to
 * them in any order. */

enum { SST, SI, SI_T, SI_R, SI_R_T };

/* --- escapes ------------------------------------------------------------------------------ */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The character of "_xHHHH_"; 0 = it is no such escape.  Zero and halves of surrogate pairs
 * are no text. */
static unsigned escaped(const char *p, size_t len)
{
    unsigned code = 0;
    if (len < 7 || p[0] != '_' || p[1] != 'x' || p[6] != '_')
        return 0;
    for (int i = 2; i < 6; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return 0;
        code = 16 * code + (unsigned)digit;
    }
    return code >= 0xD800 && code <= 0xDFFF ? 0 : code;
}

static size_t put_utf8(char *to, unsigned code)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xC0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    to[0] = (char)(0xE0 | code >> 12);
    to[1] = (char)(0x80 | (code >> 6 & 0x3F));
    to[2] = (char)(0x80 | (code & 0x3F));
    return 3;
}

size_t text_unescape(char *text, size_t len)
{
    const char *p = memchr(text, '_', len), *end = text + len;
    if (!p)
        return len;
    char *to = text + (p - text);
    while (p < end) {
        unsigned code = escaped(p, (size_t)(end - p));
        if (code)
            to += put_utf8(to, code);
        else
            *to++ = *p;
        p += code ? 7 : 1;
    }
    *to = '\0';
    return (size_t)(to - text);
}

bool text_append(str *to, const char *bytes, int n)
{
    if (to->len + (size_t)n > XLSX_TEXT_MOST)
        return false;
    str_add_bytes(to, bytes, (size_t)n);
    return true;
}

/* --- the table ---------------------------------------------------------------------------- */

static stint_status on_text(void *self, const char *bytes, int n)
{
    xlsx_strings *s = self;
    if (!text_append(&s->text, bytes, n))
        return fail(s->ctx, STINT_EDATA,
                    "%s: the shared text %lld is longer than 1 MiB: shorten it, or save the sheet "
                    "as CSV",
                    s->path, (long long)s->texts.n);
    return str_status(&s->text);
}

static stint_status on_item_start(void *self, const char **attributes)
{
    xlsx_strings *s = self;
    (void)attributes;
    str_clear(&s->text);
    return STINT_OK;
}

static stint_status too_many(const xlsx_strings *s)
{
    char most[STR_SIZE_SIZE];
    return fail(s->ctx, STINT_EPLAN,
                "%s: its texts take more than %s of memory: give the run a larger memory budget, "
                "or save the sheet as CSV",
                s->path, str_format_bytes(most, s->most_bytes));
}

static stint_status on_item_end(void *self)
{
    xlsx_strings *s = self;
    uint32_t len = (uint32_t)text_unescape(s->text.at, s->text.len);
    size_t bytes = sizeof len + len + 1;
    /* with its place in the arena, and its pointer in an array that doubles */
    s->bytes += (int64_t)bytes + 16 + 3 * (int64_t)sizeof(char *);
    if (s->bytes > s->most_bytes)
        return too_many(s);
    char *at = arena_alloc(&s->arena, bytes);
    if (!at)
        return STINT_ENOMEM;
    memcpy(at, &len, sizeof len);
    memcpy(at + sizeof len, s->text.at, len);
    return vec_push(s->ctx, TAG_LIBRARY, &s->texts, at);
}

static const xml_rule rules[] = {
    [SST] = {"sst", XML_ROOT},
    [SI] = {"si", SST, on_item_start, on_item_end},
    [SI_T] = {"t", SI, .text = on_text},
    [SI_R] = {"r", SI},
    [SI_R_T] = {"t", SI_R, .text = on_text},
};

void strings_init(xlsx_strings *s, ctx *c, const char *path, int64_t most_bytes)
{
    *s = (xlsx_strings){.ctx = c, .path = path, .most_bytes = most_bytes};
    arena_init(&s->arena, c, TAG_LIBRARY);
    str_init(&s->text, c, TAG_LIBRARY);
}

void strings_deinit(xlsx_strings *s)
{
    arena_deinit(&s->arena);
    vec_free(&s->texts);
    str_deinit(&s->text);
}

stint_status strings_read(xlsx_strings *s, archive *a, const char *part)
{
    return xml_read(a, part, rules, sizeof rules / sizeof *rules, s);
}
