#include "nn/saved_net.h"

#include "base/os/os.h"
#include "base/safetensors.h"

#include <string.h>

static stint_status collect(void *self, layer *l)
{
    saved_net *s = self;
    for (int64_t i = 0; i < l->weights.n + l->states.n; i++) {
        const layer_tensor *t =
            i < l->weights.n ? &l->weights.at[i] : &l->states.at[i - l->weights.n];
        s->names[s->n] = t->name;
        s->tensors[s->n++] = t->at;
    }
    return STINT_OK;
}

stint_status saved_net_of(stint_net *n, saved_net *out)
{
    int64_t count = stint_net_weights(n) + stint_net_states(n) + 1;
    *out = (saved_net){.names = mem_new(n->ctx, TAG_MODEL, const char *, count),
                       .tensors = mem_new(n->ctx, TAG_MODEL, stint_tensor *, count)};
    return out->names && out->tensors ? net_each(n, collect, out) : STINT_ENOMEM;
}

void saved_net_free(saved_net *s)
{
    mem_free(s->names);
    mem_free(s->tensors);
}

/* ---- reading: what a file has and the net has not, or the other way round ---- */

/* Up to so many of each kind are named. */
enum { NAMED = 5 };

typedef struct differences {
    int count;
    str names;
} differences;

static void differ(differences *d, const char *name, const char *how)
{
    if (d->count++ < NAMED)
        str_addf(&d->names, "%s%s%s", d->count > 1 ? ", " : "", name, how);
}

static void add_kind(str *text, const char *kind, const differences *d)
{
    if (!d->count)
        return;
    str_addf(text, "; %s: %s", kind, d->names.at);
    if (d->count > NAMED)
        str_addf(text, " and %d more", d->count - NAMED);
}

/* The header alone: {name: {"dtype", "shape", ..}}.  Whether the rest is whole shows when tensors
 * are read. */
static json_t *header_of(ctx *c, const char *path)
{
    file_map map;
    json_t *out = NULL;
    uint64_t n = 0;
    if (map_open(c, path, &map) != STINT_OK)
        return NULL;
    if (map.size >= 8)
        memcpy(&n, map.at, sizeof n);
    if (map.size < 8 || n > (uint64_t)map.size - 8)
        fail(c, STINT_EDATA, "%s: not a safetensors file: its header is cut off", path);
    else
        out = json_parse(c, path, (const char *)map.at + 8, (size_t)n);
    map_close(&map);
    return out;
}

static bool is_like(const json_t *entry, const stint_tensor *t)
{
    const json_t *shape = json_object_get(entry, "shape");
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    bool same = dtype && strcmp(dtype, safetensor_dtypes[stint_tensor_dtype(t)].name) == 0 &&
                json_array_size(shape) == (size_t)stint_tensor_axes(t);
    for (int a = 0; same && a < stint_tensor_axes(t); a++)
        same = json_integer_value(json_array_get(shape, (size_t)a)) == stint_tensor_size(t, a);
    return same;
}

/* ": F32 [3,4], the net's F32 [3,8]" */
static void say_shapes(const json_t *entry, const stint_tensor *t, char *out, size_t size)
{
    char own[SAMPLE_SHAPE_SIZE], theirs[SAMPLE_SHAPE_SIZE];
    const json_t *shape = json_object_get(entry, "shape");
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    size_t axes = json_array_size(shape);
    sample_shape mine = {.axes = stint_tensor_axes(t)};
    sample_shape file = {.axes = axes < STINT_AXES ? (int)axes : STINT_AXES};
    for (int a = 0; a < mine.axes; a++)
        mine.size[a] = stint_tensor_size(t, a);
    for (int a = 0; a < file.axes; a++)
        file.size[a] = json_integer_value(json_array_get(shape, (size_t)a));
    str_print(out, size, " is %.8s %s, the net's %s %s", dtype ? dtype : "?",
              sample_text(&file, theirs), safetensor_dtypes[stint_tensor_dtype(t)].name,
              sample_text(&mine, own));
}

/* A checkpoint holds more than the net, under names that begin with a letter. */
static bool is_of_a_net(const char *name)
{
    return *name >= '0' && *name <= '9';
}

static bool has(const saved_net *s, const char *name)
{
    for (int i = 0; i < s->n; i++)
        if (strcmp(s->names[i], name) == 0)
            return true;
    return false;
}

static stint_status compare(ctx *c, const char *path, const saved_net *net, json_t *header)
{
    differences missing = {0}, unknown = {0}, shapes = {0};
    differences *all[] = {&missing, &unknown, &shapes};
    char how[2 * SAMPLE_SHAPE_SIZE + 64];
    const char *name;
    json_t *value;
    str text;
    for (int i = 0; i < 3; i++)
        str_init(&all[i]->names, c, TAG_MODEL);
    str_init(&text, c, TAG_MODEL);
    for (int i = 0; i < net->n; i++) {
        const json_t *entry = json_object_get(header, net->names[i]);
        if (!entry)
            differ(&missing, net->names[i], "");
        else if (!is_like(entry, net->tensors[i])) {
            say_shapes(entry, net->tensors[i], how, sizeof how);
            differ(&shapes, net->names[i], how);
        }
    }
    json_object_foreach(header, name, value) if (is_of_a_net(name) && !has(net, name))
        differ(&unknown, name, "");
    add_kind(&text, "missing", &missing);
    add_kind(&text, "unknown", &unknown);
    add_kind(&text, "shapes differ", &shapes);
    stint_status s = STINT_OK;
    if (missing.count || unknown.count || shapes.count)
        s = fail(c, STINT_EDATA, "%s: the tensors of another net%s", path, text.at);
    for (int i = 0; i < 3; i++)
        str_deinit(&all[i]->names);
    str_deinit(&text);
    return s;
}

static stint_status copy_into(stint_tensor *to, stint_tensor *from, void *values)
{
    TRY(stint_read(from, values, tensor_bytes(to)));
    return stint_write(to, values, tensor_bytes(to));
}

/* All are read before the first is written. */
static stint_status read_into(ctx *c, const char *path, const saved_net *net)
{
    size_t most = 1;
    for (int i = 0; i < net->n; i++) {
        size_t bytes = tensor_bytes(net->tensors[i]);
        most = bytes > most ? bytes : most;
    }
    stint_tensor **loaded = mem_new(c, TAG_MODEL, stint_tensor *, (int64_t)net->n + 1);
    void *values = loaded ? mem_alloc(c, TAG_MODEL, most) : NULL;
    stint_status s =
        values ? stint_tensors_load(c, path, net->n, net->names, loaded) : STINT_ENOMEM;
    for (int i = 0; i < net->n && s == STINT_OK; i++)
        s = copy_into(net->tensors[i], loaded[i], values);
    for (int i = 0; loaded && i < net->n; i++)
        stint_drop(loaded[i]);
    mem_free(values);
    mem_free(loaded);
    return s;
}

stint_status stint_net_read(stint_net *n, const char *path)
{
    saved_net net;
    if (!n)
        return STINT_EUSAGE;
    TRY(ctx_status(n->ctx));
    json_t *header = header_of(n->ctx, path);
    if (!header)
        return ctx_status(n->ctx);
    stint_status s = saved_net_of(n, &net);
    if (s == STINT_OK)
        s = compare(n->ctx, path, &net, header);
    if (s == STINT_OK)
        s = read_into(n->ctx, path, &net);
    saved_net_free(&net);
    json_decref(header);
    return s;
}
