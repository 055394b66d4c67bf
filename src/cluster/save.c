#include "cluster/saved.h"

#include "base/json.h"

#include <string.h>

/* Every array that the clustering has is a tensor; what is known beside them is JSON, as the bytes
 * of one more. */

const saved_array saved_arrays[SAVED_ARRAYS] = {
#define ARRAY(field, dtype, tensor)                                                                \
    {                                                                                              \
        tensor, dtype, offsetof(stint_clustering, field)                                           \
    }
    ARRAY(labels, STINT_I32, "labels"),           ARRAY(sizes, STINT_I64, "sizes"),
    ARRAY(centers, STINT_F64, "centers"),         ARRAY(embedding, STINT_F64, "embedding"),
    ARRAY(eigenvalues, STINT_F64, "eigenvalues"), ARRAY(children, STINT_I64, "children"),
    ARRAY(distances, STINT_F64, "distances"),     ARRAY(merged, STINT_I64, "merged_rows"),
#undef ARRAY
};

void saved_shapes(const stint_clustering *m, int64_t merges, safetensor *out)
{
    const stint_cluster_facts *f = &m->facts;
    const int64_t shapes[SAVED_ARRAYS][2] = {
        {f->n},          {f->n_clusters},    {f->n_clusters, f->d},
        {f->n, m->wide}, {m->n_eigenvalues}, {merges, 2},
        {merges},        {merges},
    };
    for (int i = 0; i < SAVED_ARRAYS; i++) {
        bool table = shapes[i][1] > 0;
        out[i] = (safetensor){.name = saved_arrays[i].tensor,
                              .dtype = saved_arrays[i].dtype,
                              .axes = table ? 2 : 1,
                              .shape = {shapes[i][0], shapes[i][1]}};
    }
}

static void write_facts(const stint_clustering *m, str *out)
{
    const stint_cluster_facts *f = &m->facts;
    json_out j = emit_begin(out, false);
    emit_object(&j, NULL);
    emit_int(&j, "version", SAVED_VERSION);
    emit_string(&j, "method", f->method);
    emit_string(&j, "variant", f->variant);
    emit_string(&j, "device", f->device);
    emit_string(&j, "why", f->why);
    emit_string(&j, "notes", f->notes);
    emit_int(&j, "rows", f->n);
    emit_int(&j, "columns", f->d);
    emit_int(&j, "n_clusters", f->n_clusters);
    emit_double(&j, "inertia", f->inertia);
    emit_int(&j, "iterations", f->iterations);
    emit_bool(&j, "converged", f->converged);
    emit_bool(&j, "ambiguous", f->ambiguous);
    emit_double(&j, "residual", f->residual);
    emit_int(&j, "components", f->components);
    emit_int(&j, "peak_bytes", f->peak_bytes);
    emit_bool(&j, "directions", m->directions);
    emit_int(&j, "wide", m->wide);
    emit_int(&j, "n_eigenvalues", m->n_eigenvalues);
    emit_int(&j, "merges", m->tree.leaves > 0 ? m->tree.merges : -1);
    emit_array(&j, "arrays");
    for (int i = 0; i < SAVED_ARRAYS; i++)
        if (saved_at(m, i))
            emit_string(&j, NULL, saved_arrays[i].tensor);
    emit_array_end(&j);
    emit_object_end(&j);
}

const void *saved_at(const stint_clustering *m, int array)
{
    const void *at;
    memcpy(&at, (const char *)m + saved_arrays[array].offset, sizeof at); /* of several types */
    return at;
}

stint_status stint_cluster_save(stint_context *ctx, const stint_clustering *m, const char *path)
{
    safetensor all[SAVED_ARRAYS], tensors[SAVED_ARRAYS + 1];
    int n = 1;
    str facts;
    if (!m || !path)
        return fail(ctx, STINT_EUSAGE, "save: there is no %s", m ? "path" : "clustering");
    saved_shapes(m, m->tree.merges, all);
    for (int i = 0; i < SAVED_ARRAYS; i++)
        if ((all[i].at = saved_at(m, i)))
            tensors[n++] = all[i];
    str_init(&facts, ctx, TAG_MODEL);
    write_facts(m, &facts);
    tensors[0] = (safetensor){.name = SAVED_FACTS,
                              .dtype = STINT_U8,
                              .axes = 1,
                              .shape = {(int64_t)facts.len},
                              .at = facts.at};
    stint_status s = str_status(&facts);
    if (s == STINT_OK)
        s = safetensors_write(ctx, path, tensors, n);
    str_deinit(&facts);
    return s;
}
