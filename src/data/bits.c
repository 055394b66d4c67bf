#include "data/bits_impl.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

/* What the kinds of encoders share. */

static const bits_class *const classes[] = {
    [BITS_STRING] = &bits_of_strings,
    [BITS_BLOOM] = &bits_of_blooms,
    [BITS_GRAMS] = &bits_of_grams,
};

enum { KINDS = sizeof classes / sizeof *classes, REPLACEMENT = 0xFFFD };

/* --- code points ---------------------------------------------------------------------------- */

uint32_t bits_code(const uint8_t **p, const uint8_t *end)
{
    static const uint8_t lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    const uint8_t *at = *p;
    int n = *at < 0x80 ? 1 : utf8_bytes(at, end);
    *p = at + (n ? n : 1);
    if (n == 0)
        return REPLACEMENT;
    uint32_t code = *at & lead[n];
    for (int i = 1; i < n; i++)
        code = code << 6 | (at[i] & 0x3F);
    return code;
}

int64_t bits_codes(const char *text, uint32_t *out, int64_t most)
{
    const uint8_t *p = (const uint8_t *)text, *end = p + strlen(text);
    int64_t n = 0;
    for (; p < end; n++) {
        uint32_t code = bits_code(&p, end);
        if (n < most)
            out[n] = code;
    }
    return n;
}

/* --- encoders -------------------------------------------------------------------------------- */

const char *bits_kind_name(bits_kind k)
{
    return classes[k]->name;
}

bool bits_check(const bits_encoder *e, char *why, size_t size)
{
    if (e->width < 0 || e->width > BITS_WIDTH_MOST) {
        snprintf(why, size, "%lld bits, where 1 to %d are possible", (long long)e->width,
                 BITS_WIDTH_MOST);
        return false;
    }
    const char *wrong = classes[e->kind]->check(e);
    if (wrong)
        snprintf(why, size, "%s", wrong);
    return !wrong;
}

static bool texts_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool bits_same(const bits_encoder *a, const bits_encoder *b)
{
    return a->kind == b->kind && a->width == b->width && a->hashes == b->hashes &&
           a->strict == b->strict && texts_equal(a->digest, b->digest) &&
           texts_equal(a->alphabet, b->alphabet);
}

stint_status bits_open(ctx *c, const bits_encoder *e, bits_work **out)
{
    char why[128];
    *out = NULL;
    if (!bits_check(e, why, sizeof why))
        return fail(c, STINT_EUSAGE, "data.%s: %s", classes[e->kind]->name, why);
    bits_work *w = mem_new(c, TAG_TABLE, bits_work, 1);
    if (!w)
        return STINT_ENOMEM;
    arena_init(&w->arena, c, TAG_TABLE);
    w->ctx = c;
    w->encoder = *e;
    w->class = classes[e->kind];
    stint_status s = w->class->open ? w->class->open(w) : STINT_OK;
    if (s == STINT_OK)
        *out = w;
    else
        bits_close(w);
    return s;
}

void bits_close(bits_work *w)
{
    if (!w)
        return;
    arena_deinit(&w->arena);
    mem_free(w);
}

int64_t bits_width(const bits_encoder *e, const char *text, int64_t len)
{
    (void)text;
    return e->width > 0 ? e->width : len;
}

bool bits_encode(bits_work *w, const char *text, int64_t len, int64_t width, uint8_t *out,
                 char *why, size_t size)
{
    return w->class->encode(w, text, len, width, out, why, size);
}

void bits_name(const bits_encoder *e, int64_t i, char *out, size_t size)
{
    classes[e->kind]->name_bit(e, i, out, size);
}

/* --- kept encoders ---------------------------------------------------------------------------- */

static void emit_members(json_out *j, const bits_encoder *e)
{
    if (e->column)
        emit_string(j, "column", e->column);
    emit_string(j, "kind", classes[e->kind]->name);
    if (e->width > 0)
        emit_int(j, "width", e->width);
    if (e->kind == BITS_BLOOM) {
        emit_int(j, "hashes", e->hashes);
        emit_string(j, "key", e->digest);
    }
    if (e->kind == BITS_GRAMS) {
        emit_string(j, "alphabet", e->alphabet);
        emit_bool(j, "strict", e->strict);
    }
}

void bits_emit(json_out *j, const char *name, const bits_encoder *e)
{
    emit_object(j, name);
    emit_members(j, e);
    emit_object_end(j);
}

void bits_emit_secret(json_out *j, const bits_encoder *e)
{
    emit_object(j, NULL);
    emit_members(j, e);
    if (e->kind == BITS_BLOOM && e->key)
        emit_string(j, "secret", e->key);
    if (e->optional)
        emit_bool(j, "optional", true);
    emit_object_end(j);
}

static bool is_digest(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && strlen(text) == BITS_DIGEST_SIZE - 1 &&
           strspn(text, "0123456789abcdef") == BITS_DIGEST_SIZE - 1;
}

static bool copy_take(arena *a, const json_t *value, const char **out)
{
    const char *text = json_string_value(value);
    *out = text ? arena_strdup(a, text) : NULL;
    return *out != NULL;
}

bool bits_take(arena *a, const json_t *saved, bits_encoder *out)
{
    const char *kind = json_string_value(json_object_get(saved, "kind"));
    const json_t *column = json_object_get(saved, "column");
    int k = 0;
    while (kind && k < KINDS && strcmp(classes[k]->name, kind) != 0)
        k++;
    if (!kind || k == KINDS)
        return false;
    *out = (bits_encoder){.kind = (bits_kind)k,
                          .width = json_integer_value(json_object_get(saved, "width")),
                          .hashes = json_integer_value(json_object_get(saved, "hashes")),
                          .strict = json_is_true(json_object_get(saved, "strict")),
                          .optional = json_is_true(json_object_get(saved, "optional"))};
    if (column && !copy_take(a, column, &out->column))
        return false;
    const json_t *digest = json_object_get(saved, "key");
    if (k == BITS_BLOOM && (!is_digest(digest) || !copy_take(a, digest, &out->digest)))
        return false;
    return k != BITS_GRAMS || copy_take(a, json_object_get(saved, "alphabet"), &out->alphabet);
}
