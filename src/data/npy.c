#include "data/npy.h"
#include "base/utf8.h"

#include <string.h>

/* A recursive descent over the header's text.  It nests by records within records alone, and
 * those only as deep as NEST_MOST; every number is bounded before it is multiplied. */

enum { NEST_MOST = 8, FIELDS_MOST = 1 << 20, BYTES_MOST = 1 << 28 };

const uint8_t npy_magic[NPY_MAGIC_BYTES] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

typedef struct header {
    const char *at, *end;
    bool latin1; /* versions 1 and 2 */
    ctx *ctx;
    arena *arena;
    const char *path;
    VEC(npy_field) fields;
    bool fortran, has_fortran, has_descr, has_shape;
    int dimensions;
    int64_t shape[2];
    int64_t item_bytes;
} header;

static stint_status npy_fail(const header *h, const char *what)
{
    return fail(h->ctx, STINT_EDATA, "%s: not a whole NumPy array: %s", h->path, what);
}

/* --- tokens -------------------------------------------------------------------------------- */

static void skip_spaces(header *h)
{
    while (h->at < h->end && (*h->at == ' ' || *h->at == '\n' || *h->at == '\t' || *h->at == '\r'))
        h->at++;
}

static bool take(header *h, const char *token)
{
    size_t n = strlen(token);
    skip_spaces(h);
    if ((size_t)(h->end - h->at) < n || memcmp(h->at, token, n) != 0)
        return false;
    h->at += n;
    return true;
}

static bool take_whole(header *h, int64_t *out)
{
    skip_spaces(h);
    const char *from = h->at;
    int64_t x = 0;
    while (h->at < h->end && *h->at >= '0' && *h->at <= '9' && x <= INT64_MAX / 16)
        x = x * 10 + (*h->at++ - '0');
    bool good = h->at > from && x <= INT64_MAX / 16;
    if (h->at < h->end && *h->at == 'L') /* as Python 2 wrote it */
        h->at++;
    *out = x;
    return good;
}

static bool take_hex(header *h, int digits, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++) {
        char c = h->at < h->end ? *h->at++ : '\0';
        int value = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (value < 0)
            return false;
        *out = *out << 4 | (uint32_t)value;
    }
    return true;
}

static bool take_escape(header *h, uint32_t *code)
{
    char c = h->at < h->end ? *h->at++ : '\0';
    switch (c) {
    case '\\':
    case '\'':
    case '"': *code = (uint8_t)c; return true;
    case 'n': *code = '\n'; return true;
    case 't': *code = '\t'; return true;
    case 'r': *code = '\r'; return true;
    case 'x': return take_hex(h, 2, code);
    case 'u': return take_hex(h, 4, code);
    case 'U': return take_hex(h, 8, code);
    default: return false;
    }
}

/* 'text' or "text", as UTF-8 in the arena */
static bool take_string(header *h, const char **out)
{
    skip_spaces(h);
    char quote = h->at < h->end ? *h->at : '\0';
    if (quote != '\'' && quote != '"')
        return false;
    const char *from = ++h->at;
    while (h->at < h->end && *h->at != quote)
        h->at += *h->at == '\\' && h->at + 1 < h->end ? 2 : 1;
    /* an escape takes no fewer bytes than what it stands for; a Latin-1 letter takes two */
    char *text = arena_alloc(h->arena, (size_t)(h->at - from) * 2 + 1), *to = text;
    const char *end = h->at;
    h->at = from;
    while (text && h->at < end) {
        uint32_t code = (uint8_t)*h->at++;
        bool raw = code != '\\' && !h->latin1; /* a byte of UTF-8 */
        if (code == '\\' && !take_escape(h, &code))
            return false;
        int n = raw ? 1 : utf8_put(to, code);
        if (raw)
            *to = (char)code;
        if (n == 0 || code == 0)
            return false;
        to += n;
    }
    *out = text;
    return text && h->at == end && h->at < h->end && *h->at++ == quote &&
           utf8_valid(text, to - text);
}

/* --- types --------------------------------------------------------------------------------- */

static bool is_swapped(char order)
{
    const uint16_t one = 1;
    bool little = *(const uint8_t *)&one == 1;
    return (order == '>' && little) || (order == '<' && !little);
}

/* "<f8": byte order, kind, bytes (characters for U), and whatever else in brackets */
static bool read_type_text(const char *text, npy_field *out)
{
    static const struct {
        char letter;
        element_kind kind;
        int unit;
    } kinds[] = {{'f', ELEMENT_FLOAT, 1}, {'i', ELEMENT_INT, 1},   {'u', ELEMENT_UINT, 1},
                 {'b', ELEMENT_BOOL, 1},  {'S', ELEMENT_BYTES, 1}, {'U', ELEMENT_UCS4, 4}};
    int64_t n = 0;
    int unit = 1;
    *out = (npy_field){.type = text};
    bool swapped = is_swapped(*text);
    if (*text && strchr("<>|=", *text))
        text++;
    char letter = *text ? *text++ : '\0';
    if (!letter || !strchr("fiubSUOMmcVat", letter))
        return false;
    for (; *text >= '0' && *text <= '9' && n < BYTES_MOST; text++)
        n = n * 10 + (*text - '0');
    if (n > BYTES_MOST / 4 || (*text && *text != '['))
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].letter == letter) {
            unit = kinds[i].unit;
            out->known = true;
            out->element = (element){kinds[i].kind, (int32_t)n * unit, swapped};
        }
    out->known = out->known && !*text && element_is_known(out->element);
    out->element.bytes = letter == 'O' ? 8 : (int32_t)n * unit;
    return true;
}

static bool take_record(header *h, int depth, int64_t *bytes);

/* "<f8" or a record's list, and behind it perhaps a shape */
static bool take_field_type(header *h, int depth, npy_field *out)
{
    int64_t bytes = 0, n;
    const char *text;
    if (take(h, "[")) {
        int64_t before = h->fields.n;
        if (depth >= NEST_MOST || !take_record(h, depth + 1, &bytes))
            return false;
        h->fields.n = before; /* a record within a record is skipped as a whole */
        *out = (npy_field){.type = "a record of its own"};
    } else {
        if (!take_string(h, &text) || !read_type_text(text, out))
            return false;
        bytes = out->element.bytes;
    }
    if (!take(h, ","))
        return out->element.bytes = (int32_t)bytes, true;
    out->known = false;
    if (!take(h, "("))
        return take_whole(h, &n) && n < BYTES_MOST && (bytes *= n) < BYTES_MOST &&
               (out->element.bytes = (int32_t)bytes, true);
    while (take_whole(h, &n)) {
        if (n >= BYTES_MOST || (bytes *= n) >= BYTES_MOST)
            return false;
        if (!take(h, ","))
            break;
    }
    out->element.bytes = (int32_t)bytes;
    return take(h, ")");
}

static bool take_field(header *h, int depth, int64_t *at)
{
    npy_field field;
    const char *title, *name;
    if (!take(h, "("))
        return false;
    bool titled = take(h, "(");
    if (titled && (!take_string(h, &title) || !take(h, ",")))
        return false;
    if (!take_string(h, &name) || (titled && !take(h, ")")) || !take(h, ",") ||
        !take_field_type(h, depth, &field) || !take(h, ")"))
        return false;
    field.name = name;
    field.offset = *at;
    *at += field.element.bytes;
    if (*at > BYTES_MOST || h->fields.n >= FIELDS_MOST)
        return false;
    if (!*name) /* what fills up to a boundary has none */
        return true;
    return vec_push(h->ctx, TAG_BASE, &h->fields, field) == STINT_OK;
}

/* ('a', '<f8'), ('b', '|S5')] */
static bool take_record(header *h, int depth, int64_t *bytes)
{
    *bytes = 0;
    while (!take(h, "]")) {
        if (!take_field(h, depth, bytes))
            return false;
        if (!take(h, ","))
            return take(h, "]");
    }
    return true;
}

static bool take_descr(header *h)
{
    npy_field field;
    const char *text;
    if (take(h, "["))
        return take_record(h, 0, &h->item_bytes);
    if (!take_string(h, &text) || !read_type_text(text, &field))
        return false;
    h->item_bytes = field.element.bytes;
    return vec_push(h->ctx, TAG_BASE, &h->fields, field) == STINT_OK;
}

/* --- the dict ------------------------------------------------------------------------------ */

static bool take_shape(header *h)
{
    int64_t n;
    if (!take(h, "("))
        return false;
    while (take_whole(h, &n)) {
        if (h->dimensions < 2)
            h->shape[h->dimensions] = n;
        h->dimensions++;
        if (!take(h, ","))
            break;
    }
    return take(h, ")");
}

static bool take_once(bool *has)
{
    bool first = !*has;
    *has = true;
    return first;
}

static bool take_entry(header *h, const char *key)
{
    if (strcmp(key, "descr") == 0)
        return take_once(&h->has_descr) && take_descr(h);
    if (strcmp(key, "shape") == 0)
        return take_once(&h->has_shape) && take_shape(h);
    if (strcmp(key, "fortran_order") != 0 || !take_once(&h->has_fortran))
        return false;
    h->fortran = take(h, "True");
    return h->fortran || take(h, "False");
}

static bool take_dict(header *h)
{
    const char *key;
    if (!take(h, "{"))
        return false;
    while (!take(h, "}")) {
        if (!take_string(h, &key) || !take(h, ":") || !take_entry(h, key))
            return false;
        if (!take(h, ",") && !take(h, "}"))
            return false;
        if (h->at[-1] == '}')
            break;
    }
    skip_spaces(h);
    return h->at == h->end && h->has_descr && h->has_shape && h->has_fortran;
}

/* --- what it means ------------------------------------------------------------------------- */

static stint_status check_dimensions(const header *h)
{
    bool record = h->fields.n > 0 && h->fields.at[0].name;
    if (h->fields.n == 0)
        return npy_fail(h, "its records have no fields");
    if (h->item_bytes == 0)
        return npy_fail(h, "its items have no bytes");
    if (h->dimensions < 1 || h->dimensions > (record ? 1 : 2))
        return fail(h->ctx, STINT_EDATA, "%s: the array has %d dimensions: %s are read: reshape it",
                    h->path, h->dimensions, record ? "records in one" : "one, or rows by columns,");
    if (!record && !h->fields.at[0].known)
        return fail(h->ctx, STINT_EDATA,
                    "%s: the array holds \"%s\": numbers, bools and texts are read: convert it",
                    h->path, h->fields.at[0].type);
    return STINT_OK;
}

static stint_status lay_out(const header *h, npy *out, int64_t size)
{
    TRY(check_dimensions(h));
    int64_t items;
    out->dimensions = h->dimensions;
    out->rows = h->shape[0];
    out->columns = h->dimensions == 2 ? h->shape[1] : 1;
    out->item_bytes = h->item_bytes;
    if (__builtin_mul_overflow(out->rows, out->columns, &items) ||
        __builtin_mul_overflow(items, h->item_bytes, &out->data_bytes) ||
        out->data_bytes > size - out->data_at)
        return fail(h->ctx, STINT_EDATA,
                    "%s: not a whole NumPy array: the header tells of %lld rows, for which the "
                    "file is too short",
                    h->path, (long long)out->rows);
    if (out->data_bytes < size - out->data_at)
        return fail(h->ctx, STINT_EDATA,
                    "%s: %lld bytes follow the array: one array a file is read", h->path,
                    (long long)(size - out->data_at - out->data_bytes));
    if (out->columns < 1 || out->columns > FIELDS_MOST)
        return fail(h->ctx, STINT_EDATA, "%s: the array has %lld columns", h->path,
                    (long long)out->columns);
    out->row_stride = h->fortran ? h->item_bytes : h->item_bytes * out->columns;
    out->column_stride = h->fortran ? h->item_bytes * out->rows : h->item_bytes;
    return STINT_OK;
}

static stint_status read_all(header *h, const uint8_t *bytes, int64_t size, npy *out)
{
    if (size < 10 || memcmp(bytes, npy_magic, NPY_MAGIC_BYTES) != 0)
        return npy_fail(h, "it does not begin as one");
    int major = bytes[6];
    if (major < 1 || major > 3)
        return fail(h->ctx, STINT_EDATA, "%s: NumPy format version %d; 1, 2 and 3 are read",
                    h->path, major);
    int length_bytes = major == 1 ? 2 : 4;
    int64_t length = 0;
    if (size < 8 + length_bytes)
        return npy_fail(h, "its header is cut off");
    for (int i = 0; i < length_bytes; i++)
        length |= (int64_t)bytes[8 + i] << (8 * i);
    out->data_at = 8 + length_bytes + length;
    if (out->data_at > size)
        return npy_fail(h, "its header is cut off");
    h->latin1 = major < 3;
    h->at = (const char *)bytes + 8 + length_bytes;
    h->end = (const char *)bytes + out->data_at;
    if (!take_dict(h))
        return ctx_status(h->ctx) != STINT_OK ? ctx_status(h->ctx)
                                              : npy_fail(h, "its header is damaged");
    return lay_out(h, out, size);
}

stint_status npy_read(ctx *c, arena *a, const char *path, const uint8_t *bytes, int64_t size,
                      npy *out)
{
    header h = {.ctx = c, .arena = a, .path = path};
    *out = (npy){0};
    stint_status s = read_all(&h, bytes, size, out);
    out->n_fields = (int)h.fields.n;
    out->fields = s == STINT_OK ? arena_new(a, npy_field, h.fields.n) : NULL;
    if (s == STINT_OK && !out->fields)
        s = STINT_ENOMEM;
    if (s == STINT_OK && h.fields.at)
        memcpy(out->fields, h.fields.at, (size_t)h.fields.n * sizeof *h.fields.at);
    vec_free(&h.fields);
    return s;
}
