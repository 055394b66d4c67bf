#include "model/tensors.h"

#include "base/json.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HEADER_MOST = 1 << 20 }; /* bytes: a damaged length asks for no more */

static int64_t tensor_count(const tensor_f64 *t)
{
    return t->shape[0] * (t->axes == 2 ? t->shape[1] : 1);
}

static void header_write(str *out, const tensor_f64 *tensors, int n)
{
    json_out j = emit_begin(out, false);
    int64_t at = 0;
    emit_object(&j, NULL);
    for (int i = 0; i < n; i++) {
        emit_object(&j, tensors[i].name);
        emit_string(&j, "dtype", "F64");
        emit_array(&j, "shape");
        for (int a = 0; a < tensors[i].axes; a++)
            emit_int(&j, NULL, tensors[i].shape[a]);
        emit_array_end(&j);
        emit_array(&j, "data_offsets");
        emit_int(&j, NULL, at);
        at += tensor_count(&tensors[i]) * 8;
        emit_int(&j, NULL, at);
        emit_array_end(&j);
        emit_object_end(&j);
    }
    emit_object_end(&j);
    while (out->len % 8 != 0 && !out->failed)
        str_add(out, " ");
}

/* --- writing ----------------------------------------------------------------------------- */

struct tensors_writer {
    ctx *ctx;
    int fd, n;
    char path[4096], tmp[4096 + 8];
    struct progress {
        int64_t at, end; /* in the file: the next value's place, that behind the last */
    } * tensors;         /* [n] */
};

static stint_status writer_start(tensors_writer *w, const tensor_f64 *tensors, const str *header)
{
    uint64_t size = header->len;
    int64_t at = (int64_t)(8 + size);
    for (int i = 0; i < w->n; i++) {
        w->tensors[i].at = at;
        w->tensors[i].end = at += tensor_count(&tensors[i]) * 8;
    }
    w->fd = open(w->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (w->fd < 0)
        return fail_errno(w->ctx, "create", w->tmp);
    TRY(file_pwrite(w->ctx, w->fd, w->tmp, &size, sizeof size, 0));
    return file_pwrite(w->ctx, w->fd, w->tmp, header->at, header->len, sizeof size);
}

stint_status tensors_begin(ctx *c, const char *path, const tensor_f64 *tensors, int n,
                           tensors_writer **out)
{
    str header;
    tensors_writer *w = *out = mem_new(c, TAG_MODEL, tensors_writer, 1);
    if (!w)
        return STINT_ENOMEM;
    *w = (tensors_writer){.ctx = c, .fd = -1, .n = n};
    snprintf(w->path, sizeof w->path, "%s", path);
    snprintf(w->tmp, sizeof w->tmp, "%s.tmp", w->path);
    w->tensors = mem_new(c, TAG_MODEL, struct progress, n);
    str_init(&header, c, TAG_MODEL);
    header_write(&header, tensors, n);
    stint_status s = w->tensors ? str_status(&header) : STINT_ENOMEM;
    if (s == STINT_OK)
        s = writer_start(w, tensors, &header);
    str_deinit(&header);
    if (s == STINT_OK)
        return STINT_OK;
    tensors_abandon(w);
    *out = NULL;
    return s;
}

stint_status tensors_put(tensors_writer *w, int tensor, const double *values, int64_t count)
{
    struct progress *p = &w->tensors[tensor];
    assert(count * 8 <= p->end - p->at);
    TRY(file_pwrite(w->ctx, w->fd, w->tmp, values, (size_t)count * 8, p->at));
    p->at += count * 8;
    return STINT_OK;
}

stint_status tensors_end(tensors_writer *w)
{
    char dir[4096];
    path_dir(w->path, dir, sizeof dir);
    for (int i = 0; i < w->n; i++)
        assert(w->tensors[i].at == w->tensors[i].end);
    stint_status s = file_sync(w->ctx, w->fd, w->tmp);
    int fd = w->fd;
    w->fd = -1;
    if (close(fd) != 0 && s == STINT_OK)
        s = fail_errno(w->ctx, "close", w->tmp);
    if (s == STINT_OK && rename(w->tmp, w->path) != 0)
        s = fail_errno(w->ctx, "rename into", w->path);
    if (s == STINT_OK)
        s = file_sync_path(w->ctx, dir);
    tensors_abandon(w);
    return s;
}

void tensors_abandon(tensors_writer *w)
{
    if (!w)
        return;
    if (w->fd >= 0)
        close(w->fd);
    unlink(w->tmp); /* of a finished file there is none */
    mem_free(w->tensors);
    mem_free(w);
}

stint_status tensors_write(ctx *c, const char *path, const tensor_f64 *tensors, int n)
{
    tensors_writer *w;
    TRY(tensors_begin(c, path, tensors, n, &w));
    for (int i = 0; i < n; i++) {
        stint_status s = tensors_put(w, i, tensors[i].at, tensor_count(&tensors[i]));
        if (s != STINT_OK) {
            tensors_abandon(w);
            return s;
        }
    }
    return tensors_end(w);
}

/* --- reading ----------------------------------------------------------------------------- */

/* One tensor's entry; false when it is not a whole f64 tensor within `data` bytes. */
static bool entry_read(json_t *header, tensor_f64 *t, int64_t data, int64_t *from)
{
    json_t *entry = json_object_get(header, t->name), *shape = json_object_get(entry, "shape");
    json_t *offsets = json_object_get(entry, "data_offsets");
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    t->axes = (int)json_array_size(shape);
    if (!dtype || strcmp(dtype, "F64") != 0 || t->axes < 1 || t->axes > 2 ||
        json_array_size(offsets) != 2)
        return false;
    for (int a = 0; a < t->axes; a++)
        t->shape[a] = json_integer_value(json_array_get(shape, (size_t)a));
    int64_t begin = json_integer_value(json_array_get(offsets, 0));
    int64_t end = json_integer_value(json_array_get(offsets, 1));
    int64_t most = data / 8;
    if (t->shape[0] < 0 || t->shape[0] > most ||
        (t->axes == 2 && (t->shape[1] < 0 || t->shape[1] > most)))
        return false;
    *from = begin;
    return begin >= 0 && begin % 8 == 0 && end <= data && end - begin == tensor_count(t) * 8;
}

/* Those of a whole file's bytes; what they point to is the file's own. */
static stint_status tensors_find(ctx *c, const char *path, const uint8_t *file, int64_t bytes,
                                 tensor_f64 *wanted, int n, int64_t *data_at)
{
    uint64_t size = 0;
    if (bytes >= 8)
        memcpy(&size, file, 8);
    if (bytes < 8 || size > (uint64_t)bytes - 8 || size > HEADER_MOST)
        return fail(c, STINT_EDATA, "%s: not a safetensors file", path);
    if (size % 8 != 0)
        return fail(c, STINT_EDATA, "%s: its data are not aligned to 8 bytes", path);
    json_t *header = json_parse(c, path, (const char *)file + 8, size);
    if (!header)
        return STINT_EDATA;
    int64_t data = bytes - 8 - (int64_t)size, from = 0;
    *data_at = 8 + (int64_t)size;
    stint_status s = STINT_OK;
    for (int i = 0; s == STINT_OK && i < n; i++) {
        if (entry_read(header, &wanted[i], data, &from))
            wanted[i].at = (double *)(file + *data_at + from);
        else
            s = fail(c, STINT_EDATA, "%s: tensor \"%s\" is missing or damaged", path,
                     wanted[i].name);
    }
    json_decref(header);
    return s;
}

stint_status tensors_map(ctx *c, const char *path, tensor_f64 *wanted, int n, file_map *map)
{
    int64_t data_at;
    TRY(map_open(c, path, map));
    stint_status s = tensors_find(c, path, map->at, map->size, wanted, n, &data_at);
    if (s != STINT_OK)
        map_close(map);
    return s;
}

/* The data move to the front, where the header was. */
static void data_to_front(uint8_t *file, int64_t bytes, int64_t data_at, tensor_f64 *found, int n)
{
    memmove(file, file + data_at, (size_t)(bytes - data_at));
    for (int i = 0; i < n; i++)
        found[i].at = (double *)((uint8_t *)found[i].at - data_at);
}

stint_status tensors_read(ctx *c, const char *path, tensor_f64 *wanted, int n, double **block)
{
    str file;
    int64_t data_at = 0;
    str_init(&file, c, TAG_MODEL);
    *block = NULL;
    stint_status s = file_read(c, path, &file);
    int64_t bytes = (int64_t)file.len;
    if (s == STINT_OK)
        s = tensors_find(c, path, (const uint8_t *)file.at, bytes, wanted, n, &data_at);
    if (s == STINT_OK && !(*block = (double *)str_take(&file)))
        s = STINT_ENOMEM;
    if (s == STINT_OK)
        data_to_front((uint8_t *)*block, bytes, data_at, wanted, n);
    str_deinit(&file);
    return s;
}
