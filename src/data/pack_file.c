#include "base/json.h"
#include "data/pack_impl.h"

#include <stdio.h>
#include <string.h>

/* Layout of a pack's file, and its reading. */

static safetensor array_of(const char *name, stint_dtype d, int64_t rows, int64_t width)
{
    safetensor t = {.name = name, .dtype = d, .axes = width < 0 ? 1 : 2, .shape = {rows}};
    if (width >= 0)
        t.shape[1] = width;
    return t;
}

void pack_arrays(const pack *p, safetensor *out)
{
    int64_t classes = p->kind == TARGET_CLASS;
    int64_t label_bytes = p->kind == TARGET_LABELS ? (p->outputs + 7) / 8 : 0;
    int64_t y = p->kind == TARGET_CLASS || p->kind == TARGET_LABELS ? 0 : p->outputs;
    out[PACK_FACTS] = array_of("facts", STINT_I64, PACK_FACTS_N, -1);
    out[PACK_SHIFT] = array_of("shift", STINT_F64, p->features, -1);
    out[PACK_SCALE] = array_of("scale", STINT_F64, p->features, -1);
    out[PACK_Y_SHIFT] = array_of("y_shift", STINT_F64, p->outputs, -1);
    out[PACK_Y_SCALE] = array_of("y_scale", STINT_F64, p->outputs, -1);
    out[PACK_START] = array_of("start", STINT_I64, p->rows, -1);
    out[PACK_ROW] = array_of("row", STINT_I64, p->rows, -1);
    out[PACK_TRAIN] = array_of("train", STINT_I64, p->n_train, -1);
    out[PACK_HELD_OUT] = array_of("held_out", STINT_I64, p->n_held_out, -1);
    out[PACK_TEST] = array_of("test", STINT_I64, p->n_test, -1);
    out[PACK_X] = array_of("x", STINT_F32, p->rows, p->features);
    out[PACK_Y] = array_of("y", STINT_F32, p->rows, y);
    out[PACK_CLASSES] = array_of("classes", STINT_I32, classes ? p->rows : 0, -1);
    out[PACK_X_BITS] = array_of("x_bits", STINT_U8, p->rows, p->bits_bytes);
    out[PACK_Y_BITS] = array_of("y_bits", STINT_U8, p->rows, label_bytes);
}

stint_status pack_header(const safetensor *arrays, str *out, int64_t at[PACK_ARRAYS + 1])
{
    json_out j = emit_begin(out, false);
    at[0] = 0;
    emit_object(&j, NULL);
    for (int i = 0; i < PACK_ARRAYS; i++) {
        safetensors_emit(&j, &arrays[i], at[i]);
        at[i + 1] = at[i] + safetensor_bytes(&arrays[i]);
    }
    emit_object_end(&j);
    while ((out->len + sizeof(uint64_t)) % 64 != 0 && !out->failed)
        str_add(out, " ");
    for (int i = 0; i <= PACK_ARRAYS; i++)
        at[i] += (int64_t)(out->len + sizeof(uint64_t));
    return str_status(out);
}

/* --- reading ------------------------------------------------------------------------------ */

static bool has_shapes(const safetensor *found, const pack *p)
{
    safetensor want[PACK_ARRAYS];
    pack_arrays(p, want);
    for (int i = 0; i < PACK_ARRAYS; i++)
        if (found[i].axes != want[i].axes || found[i].dtype != want[i].dtype ||
            memcmp(found[i].shape, want[i].shape, (size_t)want[i].axes * sizeof(int64_t)) != 0)
            return false;
    return true;
}

static stint_status pack_take(ctx *c, const safetensor *found, pack *p)
{
    const int64_t *facts = found[PACK_FACTS].at;
    if (found[PACK_FACTS].axes != 1 || found[PACK_FACTS].shape[0] != PACK_FACTS_N ||
        facts[FACT_FORMAT] != PACK_FORMAT || facts[FACT_KIND] < 0 ||
        facts[FACT_KIND] >= TARGET_KINDS || found[PACK_X].axes != 2)
        return fail(c, STINT_EDATA, "%s: not packed rows of format %d", p->path, PACK_FORMAT);
    p->kind = (target_kind)facts[FACT_KIND];
    p->bits = facts[FACT_BITS];
    p->bits_bytes = (p->bits + 7) / 8;
    p->outputs = facts[FACT_OUTPUTS];
    p->rows = found[PACK_X].shape[0];
    p->features = found[PACK_X].shape[1];
    p->n_train = found[PACK_TRAIN].shape[0];
    p->n_held_out = found[PACK_HELD_OUT].shape[0];
    p->n_test = found[PACK_TEST].shape[0];
    if (!has_shapes(found, p))
        return fail(c, STINT_EDATA, "%s: the shapes of packed rows do not agree", p->path);
    p->shift = found[PACK_SHIFT].at;
    p->scale = found[PACK_SCALE].at;
    p->y_shift = found[PACK_Y_SHIFT].at;
    p->y_scale = found[PACK_Y_SCALE].at;
    p->start = found[PACK_START].at;
    p->row = found[PACK_ROW].at;
    p->train = found[PACK_TRAIN].at;
    p->held_out = found[PACK_HELD_OUT].at;
    p->test = found[PACK_TEST].at;
    p->x = found[PACK_X].at;
    p->y = found[PACK_Y].at;
    p->classes = found[PACK_CLASSES].at;
    p->x_bits = found[PACK_X_BITS].at;
    p->y_bits = found[PACK_Y_BITS].at;
    return STINT_OK;
}

stint_status pack_open_file(ctx *c, const char *path, pack *out)
{
    safetensor wanted[PACK_ARRAYS];
    *out = (pack){.lock = -1};
    pack_arrays(out, wanted);
    snprintf(out->path, sizeof out->path, "%s", path);
    TRY(lock_share(c, path, &out->lock));
    stint_status s = safetensors_map(c, path, wanted, PACK_ARRAYS, &out->map);
    if (s == STINT_OK)
        s = pack_take(c, wanted, out);
    if (s != STINT_OK)
        pack_close(out);
    return s;
}

void pack_close(pack *p)
{
    map_close(&p->map);
    lock_drop(p->lock);
    *p = (pack){.lock = -1};
}
