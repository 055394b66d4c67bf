#include "cluster/model.h"
#include "cluster/saved.h"

#include "base/json.h"

#include <math.h>
#include <string.h>

/* Nothing in the file is believed: sizes are held against each other, each tensor's shape against
 * them, and values that are used as an index against their range. */

typedef struct reader {
    ctx *ctx;
    const char *path;
    const json_t *facts;
    int64_t merges; /* -1 = no dendrogram */
} reader;

static stint_status refuse(const reader *r, const char *why)
{
    return fail(r->ctx, STINT_EDATA, "%s: not a whole clustering: %s", r->path, why);
}

/* --- facts ------------------------------------------------------------------------------- */

static stint_status whole(const reader *r, const char *key, int64_t low, int64_t high, int64_t *out)
{
    const json_t *value = json_object_get(r->facts, key);
    *out = json_integer_value(value);
    if (json_is_integer(value) && *out >= low && *out <= high)
        return STINT_OK;
    return fail(r->ctx, STINT_EDATA, "%s: not a whole clustering: its \"%s\" is missing or wrong",
                r->path, key);
}

static stint_status text(const reader *r, const char *key, stint_clustering *m, const char **out)
{
    const char *value = json_string_value(json_object_get(r->facts, key));
    if (!value)
        return fail(r->ctx, STINT_EDATA, "%s: not a whole clustering: its \"%s\" is missing",
                    r->path, key);
    return (*out = arena_strdup(&m->text, value)) ? STINT_OK : STINT_ENOMEM;
}

static stint_status read_origin(const reader *r, stint_clustering *m)
{
    stint_cluster_facts *f = &m->facts;
    const char *notes;
    int64_t version;
    TRY(whole(r, "version", 0, INT64_MAX, &version));
    if (version != SAVED_VERSION)
        return fail(r->ctx, STINT_EDATA,
                    "%s: a clustering of version %lld, where this library reads version %d",
                    r->path, (long long)version, SAVED_VERSION);
    TRY(text(r, "method", m, &f->method));
    TRY(text(r, "variant", m, &f->variant));
    TRY(text(r, "device", m, &f->device));
    TRY(text(r, "why", m, &f->why));
    if (!(m->class = cluster_find(f->method)))
        return fail(r->ctx, STINT_EDATA, "%s: a clustering by \"%s\", which is not known here",
                    r->path, f->method);
    TRY(text(r, "notes", m, &notes));
    str_add(&m->notes, notes);
    f->notes = m->notes.at;
    return str_status(&m->notes);
}

static stint_status read_facts(reader *r, stint_clustering *m)
{
    stint_cluster_facts *f = &m->facts;
    TRY(read_origin(r, m));
    TRY(whole(r, "rows", 1, INT32_MAX, &f->n));
    TRY(whole(r, "columns", 0, INT32_MAX, &f->d));
    TRY(whole(r, "n_clusters", 1, f->n, &f->n_clusters));
    TRY(whole(r, "iterations", 0, INT64_MAX, &f->iterations));
    TRY(whole(r, "components", 0, f->n, &f->components));
    TRY(whole(r, "peak_bytes", 0, INT64_MAX, &f->peak_bytes));
    TRY(whole(r, "wide", 0, INT32_MAX, &m->wide));
    TRY(whole(r, "n_eigenvalues", 0, INT32_MAX, &m->n_eigenvalues));
    TRY(whole(r, "merges", -1, f->n - 1, &r->merges));
    f->inertia = json_number_or_nan(r->facts, "inertia");
    f->residual = json_number_or_nan(r->facts, "residual");
    f->converged = json_is_true(json_object_get(r->facts, "converged"));
    f->ambiguous = json_is_true(json_object_get(r->facts, "ambiguous"));
    m->directions = json_is_true(json_object_get(r->facts, "directions"));
    if (r->merges >= 0 && r->merges != f->n - 1)
        return refuse(r, "its dendrogram is of other rows");
    return STINT_OK;
}

/* --- arrays ------------------------------------------------------------------------------ */

static bool is_listed(const reader *r, const char *tensor)
{
    const json_t *list = json_object_get(r->facts, "arrays"), *one;
    size_t i;
    json_array_foreach(list, i, one)
    {
        if (json_string_value(one) && strcmp(json_string_value(one), tensor) == 0)
            return true;
    }
    return false;
}

static stint_status take_array(const reader *r, stint_clustering *m, int array,
                               const safetensor *want, const safetensor *found)
{
    bool same = found->dtype == want->dtype && found->axes == want->axes;
    for (int a = 0; same && a < want->axes; a++)
        same = found->shape[a] == want->shape[a];
    if (!same)
        return fail(r->ctx, STINT_EDATA,
                    "%s: not a whole clustering: \"%s\" is not of the shape that it says", r->path,
                    want->name);
    int64_t bytes = safetensor_bytes(found);
    void *copy = mem_alloc(r->ctx, TAG_MODEL, (size_t)(bytes > 0 ? bytes : 1));
    if (!copy)
        return STINT_ENOMEM;
    memcpy(copy, found->at, (size_t)bytes);
    memcpy((char *)m + saved_arrays[array].offset, &copy, sizeof copy);
    return STINT_OK;
}

static stint_status read_arrays(const reader *r, stint_clustering *m)
{
    safetensor want[SAVED_ARRAYS], found[SAVED_ARRAYS];
    int which[SAVED_ARRAYS], n = 0;
    file_map file;
    saved_shapes(m, r->merges, want);
    for (int i = 0; i < SAVED_ARRAYS; i++)
        if (is_listed(r, want[i].name)) {
            found[n] = (safetensor){.name = want[i].name};
            which[n++] = i;
        }
    TRY(safetensors_map(r->ctx, r->path, found, n, &file));
    stint_status s = STINT_OK;
    for (int i = 0; s == STINT_OK && i < n; i++)
        s = take_array(r, m, which[i], &want[which[i]], &found[i]);
    map_close(&file);
    return s;
}

/* --- what the arrays hold ---------------------------------------------------------------- */

static bool all_finite(const double *x, int64_t n)
{
    for (int64_t i = 0; x && i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

static stint_status check_clusters(const reader *r, const stint_clustering *m)
{
    const stint_cluster_facts *f = &m->facts;
    int64_t rows = 0;
    if (!m->labels || !m->sizes)
        return refuse(r, "it has no labels");
    if (m->class->predicts && (!m->centers || f->d < 1))
        return refuse(r, "it has no centres");
    for (int64_t i = 0; i < f->n; i++)
        if (m->labels[i] < 0 || m->labels[i] >= f->n_clusters)
            return refuse(r, "a label is of no cluster");
    for (int64_t k = 0; k < f->n_clusters; k++) {
        if (m->sizes[k] < 0 || m->sizes[k] > f->n)
            return refuse(r, "a cluster has more rows than there are");
        rows += m->sizes[k];
    }
    if (rows != f->n)
        return refuse(r, "its clusters have not as many rows as it");
    return all_finite(m->centers, f->n_clusters * f->d) ? STINT_OK
                                                        : refuse(r, "a centre is not finite");
}

static stint_status check_tree(const reader *r, const stint_clustering *m)
{
    if (r->merges < 0)
        return STINT_OK;
    if (!m->children || !m->distances || !m->merged)
        return refuse(r, "its dendrogram is missing");
    for (int64_t i = 0; i < r->merges; i++) {
        const int64_t *pair = m->children[i];
        if (pair[0] < 0 || pair[0] >= pair[1] || pair[1] >= m->facts.n + i)
            return refuse(r, "a merge is of no two nodes before it");
        if (m->merged[i] < 2 || m->merged[i] > m->facts.n)
            return refuse(r, "a merge has more rows than there are");
    }
    return STINT_OK;
}

/* --- the whole --------------------------------------------------------------------------- */

static stint_status fill(reader *r, stint_clustering *m)
{
    TRY(read_facts(r, m));
    TRY(read_arrays(r, m));
    TRY(check_clusters(r, m));
    TRY(check_tree(r, m));
    if (r->merges >= 0)
        cluster_set_tree(m, r->merges);
    for (const backend *const *b = backend_table; *b; b++)
        if (strcmp((*b)->name, m->facts.device) == 0)
            m->backend = *b;
    return STINT_OK;
}

/* The facts' bytes, parsed; the caller owns the reference. */
static stint_status read_json(ctx *c, const char *path, json_t **out)
{
    safetensor facts = {.name = SAVED_FACTS};
    file_map file;
    TRY(safetensors_map(c, path, &facts, 1, &file));
    stint_status s = STINT_OK;
    if (facts.dtype != STINT_U8 || facts.axes != 1)
        s = fail(c, STINT_EDATA, "%s: not a clustering: \"%s\" is no text", path, SAVED_FACTS);
    else if (!(*out = json_parse(c, path, facts.at, (size_t)facts.shape[0])))
        s = STINT_EDATA;
    map_close(&file);
    return s;
}

stint_status stint_cluster_load(stint_context *ctx, const char *path, stint_clustering **out)
{
    json_t *facts = NULL;
    *out = NULL;
    if (!path)
        return fail(ctx, STINT_EUSAGE, "load: there is no path");
    TRY(read_json(ctx, path, &facts));
    reader r = {.ctx = ctx, .path = path, .facts = facts};
    stint_clustering *m = cluster_new(ctx);
    stint_status s = m ? fill(&r, m) : STINT_ENOMEM;
    json_decref(facts);
    if (s == STINT_OK)
        *out = m;
    else
        stint_clustering_free(m);
    return s;
}
