#include "model/tensors.h"

#include "base/json.h"

#include <string.h>

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

stint_status tensors_write(ctx *c, const char *path, const tensor_f64 *tensors, int n)
{
    str header, file;
    str_init(&header, c, TAG_MODEL);
    str_init(&file, c, TAG_MODEL);
    header_write(&header, tensors, n);
    uint64_t size = header.len;
    str_add_bytes(&file, &size, sizeof size);
    str_add_bytes(&file, header.at, header.len);
    for (int i = 0; i < n; i++)
        str_add_bytes(&file, tensors[i].at, (size_t)tensor_count(&tensors[i]) * 8);
    stint_status s = header.failed ? STINT_ENOMEM : str_status(&file);
    if (s == STINT_OK)
        s = file_write_atomic(c, path, file.at, file.len);
    str_deinit(&header);
    str_deinit(&file);
    return s;
}

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

static stint_status tensors_find(ctx *c, const char *path, const str *file, tensor_f64 *wanted,
                                 int n, double *block)
{
    uint64_t size = 0;
    if (file->len >= 8)
        memcpy(&size, file->at, 8);
    if (file->len < 8 || size > file->len - 8)
        return fail(c, STINT_EDATA, "%s: not a safetensors file", path);
    json_t *header = json_parse(c, path, file->at + 8, size);
    if (!header)
        return STINT_EDATA;
    int64_t data = (int64_t)(file->len - 8 - size), from = 0;
    stint_status s = STINT_OK;
    memcpy(block, file->at + 8 + size, (size_t)data);
    for (int i = 0; s == STINT_OK && i < n; i++) {
        if (entry_read(header, &wanted[i], data, &from))
            wanted[i].at = block + from / 8;
        else
            s = fail(c, STINT_EDATA, "%s: tensor \"%s\" is missing or damaged", path,
                     wanted[i].name);
    }
    json_decref(header);
    return s;
}

stint_status tensors_read(ctx *c, const char *path, tensor_f64 *wanted, int n, double **block)
{
    str file;
    str_init(&file, c, TAG_MODEL);
    stint_status s = file_read(c, path, &file);
    *block = NULL;
    if (s == STINT_OK && !(*block = mem_alloc(c, TAG_MODEL, file.len + 8)))
        s = STINT_ENOMEM;
    if (s == STINT_OK)
        s = tensors_find(c, path, &file, wanted, n, *block);
    str_deinit(&file);
    if (s != STINT_OK) {
        mem_free(*block);
        *block = NULL;
    }
    return s;
}
