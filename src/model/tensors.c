#include "model/tensors.h"

#include <assert.h>
#include <string.h>

static void to_base(const tensor_f64 *tensors, int n, safetensor out[TENSORS_MOST])
{
    assert(n <= TENSORS_MOST);
    for (int i = 0; i < n; i++) {
        out[i] = (safetensor){tensors[i].name, STINT_F64, tensors[i].axes, .at = tensors[i].at};
        memcpy(out[i].shape, tensors[i].shape, sizeof tensors[i].shape);
    }
}

/* --- writing ----------------------------------------------------------------------------- */

stint_status tensors_write(ctx *c, const char *path, const tensor_f64 *tensors, int n)
{
    safetensor base[TENSORS_MOST];
    to_base(tensors, n, base);
    return safetensors_write(c, path, base, n);
}

stint_status tensors_begin(ctx *c, const char *path, const tensor_f64 *tensors, int n,
                           tensors_writer **out)
{
    safetensor base[TENSORS_MOST];
    to_base(tensors, n, base);
    return safetensors_begin(c, path, base, n, out);
}

stint_status tensors_put(tensors_writer *w, int tensor, const double *values, int64_t count)
{
    return safetensors_put(w, tensor, values, count);
}

stint_status tensors_end(tensors_writer *w)
{
    return safetensors_end(w);
}

void tensors_abandon(tensors_writer *w)
{
    safetensors_abandon(w);
}

/* --- reading ----------------------------------------------------------------------------- */

static stint_status from_base(ctx *c, const char *path, const safetensor *base, tensor_f64 *out,
                              int n)
{
    for (int i = 0; i < n; i++) {
        if (base[i].dtype != STINT_F64 || base[i].axes < 1 || base[i].axes > 2)
            return fail(c, STINT_EDATA, "%s: tensor \"%s\" is damaged: %s of %d axes", path,
                        base[i].name, safetensor_dtypes[base[i].dtype].name, base[i].axes);
        memcpy(out[i].shape, base[i].shape, sizeof out[i].shape);
        out[i].axes = base[i].axes;
        out[i].at = (double *)base[i].at;
    }
    return STINT_OK;
}

stint_status tensors_read(ctx *c, const char *path, tensor_f64 *wanted, int n, double **block)
{
    safetensor base[TENSORS_MOST];
    void *values;
    *block = NULL;
    to_base(wanted, n, base);
    TRY(safetensors_read(c, path, base, n, &values));
    stint_status s = from_base(c, path, base, wanted, n);
    if (s == STINT_OK)
        *block = values;
    else
        mem_free(values);
    return s;
}

stint_status tensors_map(ctx *c, const char *path, tensor_f64 *wanted, int n, file_map *map)
{
    safetensor base[TENSORS_MOST];
    to_base(wanted, n, base);
    TRY(safetensors_map(c, path, base, n, map));
    stint_status s = from_base(c, path, base, wanted, n);
    if (s != STINT_OK)
        map_close(map);
    return s;
}
