#include "base/safetensors.h"

#include "base/json.h"
#include "base/map.h"
#include "base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* A tensor's place is known from the shapes alone, so that values are written where they belong
 * as they come. */

struct safetensors_writer {
    ctx *ctx;
    int fd, n;
    char path[PATH_MAX], tmp[PATH_MAX];
    struct place {
        int64_t at, end; /* in the file: the next value's place, that behind the last */
        int64_t item;    /* bytes of a value */
    } * places;          /* [n] */
};

static stint_status names_check(ctx *c, const char *path, const safetensor *tensors, int n)
{
    map seen;
    stint_status s = STINT_OK;
    map_init(&seen, c, TAG_MODEL);
    for (int i = 0; s == STINT_OK && i < n; i++) {
        const char *name = tensors[i].name;
        int64_t length = (int64_t)strlen(name);
        if (!strcmp(name, "__metadata__"))
            s = fail(c, STINT_EUSAGE, "%s: no tensor can be called \"%s\"", path, name);
        else if (!utf8_valid(name, length))
            s = fail(c, STINT_EUSAGE, "%s: the name of tensor %d is not UTF-8", path, i);
        else if (map_find(&seen, name, length))
            s = fail(c, STINT_EUSAGE, "%s: two tensors are called \"%s\"", path, name);
        else if (!map_add(&seen, name, length, i))
            s = STINT_ENOMEM;
    }
    map_deinit(&seen);
    return s;
}

void safetensors_emit(json_out *j, const safetensor *t, int64_t from)
{
    emit_object(j, t->name);
    emit_string(j, "dtype", safetensor_dtypes[t->dtype].name);
    emit_array(j, "shape");
    for (int a = 0; a < t->axes; a++)
        emit_int(j, NULL, t->shape[a]);
    emit_array_end(j);
    emit_array(j, "data_offsets");
    emit_int(j, NULL, from);
    emit_int(j, NULL, from + safetensor_bytes(t));
    emit_array_end(j);
    emit_object_end(j);
}

/* The header, and each tensor's place from where the values begin. */
static void header_write(str *out, const safetensor *tensors, int n, struct place *places)
{
    json_out j = emit_begin(out, false);
    int64_t at = 0;
    emit_object(&j, NULL);
    for (int64_t item = 8; item > 0; item /= 2)
        for (int i = 0; i < n; i++) {
            if (safetensor_dtypes[tensors[i].dtype].bytes != item)
                continue;
            assert(safetensor_bytes(&tensors[i]) >= 0);
            int64_t end = at + safetensor_bytes(&tensors[i]);
            places[i] = (struct place){.at = at, .end = end, .item = item};
            safetensors_emit(&j, &tensors[i], at);
            at = end;
        }
    emit_object_end(&j);
    while (out->len % 8 != 0 && !out->failed)
        str_add(out, " ");
}

static stint_status writer_open(safetensors_writer *w, const str *header)
{
    uint64_t size = header->len;
    for (int i = 0; i < w->n; i++) {
        w->places[i].at += (int64_t)(sizeof size + size);
        w->places[i].end += (int64_t)(sizeof size + size);
    }
    w->fd = open(w->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (w->fd < 0)
        return fail_errno(w->ctx, "create", w->tmp);
    TRY(file_pwrite(w->ctx, w->fd, w->tmp, &size, sizeof size, 0));
    return file_pwrite(w->ctx, w->fd, w->tmp, header->at, header->len, sizeof size);
}

static stint_status writer_start(safetensors_writer *w, const char *path, const safetensor *tensors)
{
    str header;
    if (str_print(w->path, sizeof w->path, "%s", path) >= (int)sizeof w->path ||
        str_print(w->tmp, sizeof w->tmp, "%s.tmp", path) >= (int)sizeof w->tmp) {
        w->tmp[0] = '\0';
        errno = ENAMETOOLONG;
        return fail_errno(w->ctx, "create", path);
    }
    TRY(names_check(w->ctx, path, tensors, w->n));
    w->places = mem_new(w->ctx, TAG_MODEL, struct place, w->n);
    if (!w->places)
        return STINT_ENOMEM;
    str_init(&header, w->ctx, TAG_MODEL);
    header_write(&header, tensors, w->n, w->places);
    stint_status s = str_status(&header);
    if (s == STINT_OK)
        s = writer_open(w, &header);
    str_deinit(&header);
    return s;
}

stint_status safetensors_begin(ctx *c, const char *path, const safetensor *tensors, int n,
                               safetensors_writer **out)
{
    safetensors_writer *w = *out = mem_new(c, TAG_MODEL, safetensors_writer, 1);
    if (!w)
        return STINT_ENOMEM;
    w->ctx = c;
    w->fd = -1;
    w->n = n;
    stint_status s = writer_start(w, path, tensors);
    if (s != STINT_OK) {
        safetensors_abandon(w);
        *out = NULL;
    }
    return s;
}

stint_status safetensors_put(safetensors_writer *w, int tensor, const void *values, int64_t count)
{
    struct place *p = &w->places[tensor];
    assert(count <= (p->end - p->at) / p->item);
    TRY(file_pwrite(w->ctx, w->fd, w->tmp, values, (size_t)(count * p->item), p->at));
    p->at += count * p->item;
    return STINT_OK;
}

stint_status safetensors_end(safetensors_writer *w)
{
    char dir[PATH_MAX];
    path_dir(w->path, dir, sizeof dir);
    for (int i = 0; i < w->n; i++)
        assert(w->places[i].at == w->places[i].end);
    stint_status s = file_sync(w->ctx, w->fd, w->tmp);
    int fd = w->fd;
    w->fd = -1;
    if (close(fd) != 0 && s == STINT_OK)
        s = fail_errno(w->ctx, "close", w->tmp);
    if (s == STINT_OK && rename(w->tmp, w->path) != 0)
        s = fail_errno(w->ctx, "rename into", w->path);
    if (s == STINT_OK)
        s = file_sync_path(w->ctx, dir);
    safetensors_abandon(w);
    return s;
}

void safetensors_abandon(safetensors_writer *w)
{
    if (!w)
        return;
    if (w->fd >= 0)
        close(w->fd);
    unlink(w->tmp); /* of a finished file there is none */
    mem_free(w->places);
    mem_free(w);
}

stint_status safetensors_write(ctx *c, const char *path, const safetensor *tensors, int n)
{
    safetensors_writer *w;
    TRY(safetensors_begin(c, path, tensors, n, &w));
    for (int i = 0; i < n; i++) {
        int64_t count = safetensor_bytes(&tensors[i]) / safetensor_dtypes[tensors[i].dtype].bytes;
        stint_status s = safetensors_put(w, i, tensors[i].at, count);
        if (s != STINT_OK) {
            safetensors_abandon(w);
            return s;
        }
    }
    return safetensors_end(w);
}
