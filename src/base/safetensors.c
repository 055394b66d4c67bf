#include "base/safetensors.h"

#include "base/json.h"
#include "base/vec.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Reading: the ranges of all tensors are held against the file first, then each tensor wanted
 * against its range. */

enum { HEADER_MOST = 1 << 24 }; /* bytes: a damaged length asks for no more */

const safetensor_dtype safetensor_dtypes[] = {
#define X(name, type, bytes, text) [STINT_##name] = {#name, bytes},
    STINT_DTYPE_LIST(X)
#undef X
};

int64_t safetensor_bytes(const safetensor *t)
{
    int64_t bytes = safetensor_dtypes[t->dtype].bytes;
    for (int a = 0; a < t->axes; a++)
        if (t->shape[a] < 0 || __builtin_mul_overflow(bytes, t->shape[a], &bytes))
            return -1;
    return bytes;
}

typedef struct source {
    ctx *ctx;
    const char *path;
    const uint8_t *file; /* [data_at + data] */
    int64_t data_at, data;
    json_t *header;
} source;

static stint_status damaged(const source *s, const char *name, const char *why)
{
    return fail(s->ctx, STINT_EDATA, "%s: tensor \"%s\" is damaged: %s", s->path, name, why);
}

/* --- ranges ------------------------------------------------------------------------------ */

typedef struct range {
    const char *name;
    int64_t from, end; /* in the data */
} range;

static bool read_size(const json_t *array, size_t i, int64_t *out)
{
    const json_t *value = json_array_get(array, i);
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= 0;
}

static stint_status range_read(const source *s, const char *name, const json_t *entry, range *out)
{
    const json_t *offsets = json_object_get(entry, "data_offsets");
    out->name = name;
    if (json_array_size(offsets) != 2 || !read_size(offsets, 0, &out->from) ||
        !read_size(offsets, 1, &out->end) || out->from > out->end)
        return damaged(s, name, "its data_offsets are no range");
    if (out->end > s->data)
        return fail(s->ctx, STINT_EDATA,
                    "%s: tensor \"%s\" is damaged: it ends at byte %" PRId64 " of %" PRId64,
                    s->path, name, out->end, s->data);
    return STINT_OK;
}

static int by_place(const void *a, const void *b)
{
    const range *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static stint_status ranges_check(const source *s, range *ranges, int64_t n)
{
    int64_t end = 0;
    if (n > 0)
        qsort(ranges, (size_t)n, sizeof *ranges, by_place);
    for (int64_t i = 0; i < n; i++) {
        if (ranges[i].from < end)
            return damaged(s, ranges[i].name, "it overlaps another");
        if (ranges[i].from > end)
            return damaged(s, ranges[i].name, "there is a hole before it");
        end = ranges[i].end;
    }
    if (end != s->data)
        return fail(s->ctx, STINT_EDATA, "%s: %" PRId64 " bytes at its end belong to no tensor",
                    s->path, s->data - end);
    return STINT_OK;
}

static stint_status ranges_read(const source *s)
{
    VEC(range) ranges = {0};
    const char *name;
    json_t *entry;
    stint_status status = STINT_OK;
    json_object_foreach(s->header, name, entry)
    {
        range r;
        if (!strcmp(name, "__metadata__"))
            continue;
        status = range_read(s, name, entry, &r);
        if (status == STINT_OK)
            status = vec_push(s->ctx, TAG_MODEL, &ranges, r);
        if (status != STINT_OK)
            break;
    }
    if (status == STINT_OK)
        status = ranges_check(s, ranges.at, ranges.n);
    vec_free(&ranges);
    return status;
}

/* --- tensors ----------------------------------------------------------------------------- */

static bool dtype_read(const json_t *entry, stint_dtype *out)
{
    const char *name = json_string_value(json_object_get(entry, "dtype"));
    for (int d = 0; name && d <= STINT_BOOL; d++)
        if (!strcmp(name, safetensor_dtypes[d].name)) {
            *out = (stint_dtype)d;
            return true;
        }
    return false;
}

static bool shape_read(const json_t *shape, safetensor *t)
{
    if (!json_is_array(shape) || json_array_size(shape) > STINT_AXES)
        return false;
    t->axes = (int)json_array_size(shape);
    for (int a = 0; a < t->axes; a++)
        if (!read_size(shape, (size_t)a, &t->shape[a]))
            return false;
    return true;
}

static bool holds_booleans(const uint8_t *at, int64_t n)
{
    uint8_t all = 0;
    for (int64_t i = 0; i < n; i++)
        all |= at[i];
    return all <= 1;
}

static stint_status tensor_find(const source *s, safetensor *t)
{
    json_t *entry = json_object_get(s->header, t->name);
    range r;
    if (!entry || !strcmp(t->name, "__metadata__"))
        return fail(s->ctx, STINT_EDATA, "%s: tensor \"%s\" is missing", s->path, t->name);
    TRY(range_read(s, t->name, entry, &r));
    if (!dtype_read(entry, &t->dtype))
        return damaged(s, t->name, "its dtype is none that is read here");
    if (!shape_read(json_object_get(entry, "shape"), t))
        return damaged(s, t->name, "its shape is none of at most 8 axes");
    if (safetensor_bytes(t) != r.end - r.from)
        return damaged(s, t->name, "its shape and its data_offsets do not agree");
    int64_t item = safetensor_dtypes[t->dtype].bytes;
    assert(item > 0);
    if ((s->data_at + r.from) % item != 0)
        return damaged(s, t->name, "it is not aligned to its values");
    t->at = s->file + s->data_at + r.from;
    if (t->dtype == STINT_BOOL && !holds_booleans(t->at, r.end - r.from))
        return damaged(s, t->name, "a bool is neither 0 nor 1");
    return STINT_OK;
}

/* Those of a whole file's bytes; what they point to is the file's own. */
static stint_status tensors_find(source *s, int64_t bytes, safetensor *wanted, int n)
{
    uint64_t size = 0;
    if (bytes >= 8)
        memcpy(&size, s->file, 8);
    if (bytes < 8 || size > (uint64_t)bytes - 8 || size > HEADER_MOST)
        return fail(s->ctx, STINT_EDATA, "%s: not a safetensors file", s->path);
    s->data_at = 8 + (int64_t)size;
    s->data = bytes - s->data_at;
    s->header = json_parse(s->ctx, s->path, (const char *)s->file + 8, size);
    if (!s->header)
        return STINT_EDATA;
    stint_status status = json_is_object(s->header)
                              ? ranges_read(s)
                              : fail(s->ctx, STINT_EDATA, "%s: not a safetensors file", s->path);
    for (int i = 0; status == STINT_OK && i < n; i++)
        status = tensor_find(s, &wanted[i]);
    json_decref(s->header);
    return status;
}

stint_status safetensors_map(ctx *c, const char *path, safetensor *wanted, int n, file_map *map)
{
    TRY(map_open(c, path, map));
    source s = {.ctx = c, .path = path, .file = map->at};
    stint_status status = tensors_find(&s, map->size, wanted, n);
    if (status != STINT_OK)
        map_close(map);
    return status;
}

/* The data move to the front, where the header was, by whole 8 bytes: what was aligned stays so. */
static void data_to_front(const source *s, uint8_t *file, safetensor *found, int n)
{
    int64_t by = s->data_at / 8 * 8;
    memmove(file, file + by, (size_t)(s->data_at - by + s->data));
    for (int i = 0; i < n; i++)
        found[i].at = (const uint8_t *)found[i].at - by;
}

stint_status safetensors_read(ctx *c, const char *path, safetensor *wanted, int n, void **block)
{
    str file;
    str_init(&file, c, TAG_MODEL);
    *block = NULL;
    stint_status status = file_read(c, path, &file);
    source s = {.ctx = c, .path = path, .file = (const uint8_t *)file.at};
    if (status == STINT_OK)
        status = tensors_find(&s, (int64_t)file.len, wanted, n);
    if (status == STINT_OK && !(*block = str_take(&file)))
        status = STINT_ENOMEM;
    if (status == STINT_OK)
        data_to_front(&s, *block, wanted, n);
    str_deinit(&file);
    return status;
}
