#include "data/hdf5_impl.h"

#include <string.h>

/* Objects are opened by their full path, one at a time, and closed again: a file may have
 * thousands.  Links may go in circles, so a walk goes only so deep and so far. */

enum { DEPTH_MOST = 8, OBJECTS_MOST = 1 << 20, NAMED_MOST = 8 };

/* --- groups ------------------------------------------------------------------------------------ */

const char *hdf5_join(hdf5_finder *f, const char *group, const char *name)
{
    return arena_printf(f->arena, "%s/%s", strcmp(group, "/") == 0 ? "" : group, name);
}

typedef stint_status visit_member(void *self, hdf5_finder *f, hid_t object, const char *path,
                                  const char *name);

/* Call `visit` with each object of a group, open, in the order of their names. */
static stint_status each_member(hdf5_finder *f, hid_t group, const char *path, visit_member *visit,
                                void *self)
{
    H5G_info_t info;
    stint_status s = STINT_OK;
    if (f->h->H5Gget_info(group, &info) < 0)
        return STINT_OK;
    for (hsize_t i = 0; s == STINT_OK && i < info.nlinks && f->objects < OBJECTS_MOST; i++) {
        char name[1024];
        ssize_t n = f->h->H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name,
                                             sizeof name, H5P_DEFAULT);
        hid_t object =
            n > 0 && n < (ssize_t)sizeof name ? f->h->H5Oopen(group, name, H5P_DEFAULT) : -1;
        if (object < 0)
            continue;
        f->objects++;
        const char *full = hdf5_join(f, path, name);
        s = full ? visit(self, f, object, full, name) : STINT_ENOMEM;
        f->h->H5Oclose(object);
    }
    return s;
}

/* The columns of a group: its datasets of one dimension, but no records. */
static int dimensions_of(hdf5_finder *f, hid_t object, int64_t *rows)
{
    hsize_t dims[H5S_MAX_RANK] = {0};
    if (f->h->H5Iget_type(object) != H5I_DATASET)
        return 0;
    hid_t space = f->h->H5Dget_space(object), type = f->h->H5Dget_type(object);
    int rank = f->h->H5Sget_simple_extent_ndims(space);
    if (f->h->H5Tget_class(type) == H5T_COMPOUND)
        rank = rank == 1 ? 2 : 0; /* a table by itself, as is one of two dimensions */
    else if (rank >= 1)
        f->h->H5Sget_simple_extent_dims(space, dims, NULL);
    f->h->H5Sclose(space);
    f->h->H5Tclose(type);
    *rows = (int64_t)dims[0];
    return rank > 2 || rank < 0 ? 0 : rank;
}

typedef struct group_use {
    int64_t rows; /* of its columns; -1 = there is none yet */
    bool equal;
    const char *first;
} group_use;

static stint_status add_group_member(void *self, hdf5_finder *f, hid_t object, const char *path,
                                     const char *name)
{
    group_use *g = self;
    int64_t rows;
    if (dimensions_of(f, object, &rows) != 1)
        return STINT_OK;
    if (g->rows >= 0 && rows != g->rows)
        return fail(f->ctx, STINT_EDATA,
                    "%s: dataset %s has %lld rows, where %s has %lld: columns of one group are "
                    "equally long: name another group or dataset in data.dataset",
                    f->path, path, (long long)rows, g->first, (long long)g->rows);
    g->first = g->rows < 0 ? path : g->first;
    g->rows = rows;
    return hdf5_add_dataset(f, object, path, name, NULL);
}

/* --- candidates -------------------------------------------------------------------------------- */

static void add_candidate(hdf5_finder *f, const char *path)
{
    if (f->candidates++ == 0)
        f->only = path;
    if (f->candidates <= NAMED_MOST)
        str_addf(&f->candidate_names, "%s%s", f->candidates > 1 ? ", " : "", path);
}

static stint_status find_in_group(hdf5_finder *f, hid_t group, const char *path, int depth);

typedef struct group_look {
    int depth;
    int64_t rows;
    int columns;
    bool equal;
} group_look;

static stint_status look_at_member(void *self, hdf5_finder *f, hid_t object, const char *path,
                                   const char *name)
{
    group_look *g = self;
    int64_t rows = 0;
    (void)name;
    if (f->h->H5Iget_type(object) == H5I_GROUP)
        return g->depth < DEPTH_MOST ? find_in_group(f, object, path, g->depth + 1) : STINT_OK;
    int dimensions = dimensions_of(f, object, &rows);
    if (dimensions == 2)
        add_candidate(f, path);
    if (dimensions != 1)
        return STINT_OK;
    g->equal = g->columns == 0 || (g->equal && rows == g->rows);
    g->rows = rows;
    g->columns++;
    return STINT_OK;
}

static stint_status find_in_group(hdf5_finder *f, hid_t group, const char *path, int depth)
{
    group_look g = {.depth = depth};
    if (hdf5_is_frame(f, group)) {
        add_candidate(f, path);
        return STINT_OK;
    }
    TRY(each_member(f, group, path, look_at_member, &g));
    if (g.columns > 0 && g.equal)
        add_candidate(f, path);
    return STINT_OK;
}

/* All that may be a table, into f->candidate_names. */
static stint_status find_candidates(hdf5_finder *f)
{
    hid_t root = f->h->H5Oopen(f->file, "/", H5P_DEFAULT);
    if (root < 0)
        return fail(f->ctx, STINT_EDATA, "%s: not a whole HDF5 file: it has no root", f->path);
    stint_status s = find_in_group(f, root, "/", 0);
    f->h->H5Oclose(root);
    if (f->candidates > NAMED_MOST)
        str_addf(&f->candidate_names, " and %d more", f->candidates - NAMED_MOST);
    return s == STINT_OK ? str_status(&f->candidate_names) : s;
}

static stint_status choose(hdf5_finder *f, const char **out)
{
    TRY(find_candidates(f));
    if (f->candidates == 0)
        return fail(f->ctx, STINT_EDATA,
                    "%s: holds no table: a dataset of rows by columns or of records, or a group of "
                    "equally long datasets, is needed",
                    f->path);
    if (f->candidates > 1)
        return fail(f->ctx, STINT_EDATA, "%s: holds %d tables: name one in data.dataset: %s",
                    f->path, f->candidates, f->candidate_names.at);
    *out = f->only;
    return STINT_OK;
}

static stint_status fail_absent(hdf5_finder *f, const char *dataset)
{
    TRY(find_candidates(f));
    return fail(f->ctx, STINT_EDATA, "%s: there is no %s: data.dataset may be: %s", f->path,
                dataset, f->candidates > 0 ? f->candidate_names.at : "nothing in this file");
}

/* --- tables ------------------------------------------------------------------------------------ */

static stint_status add_table(hdf5_finder *f, const char *path)
{
    const char *name = strrchr(path, '/');
    group_use g = {.rows = -1};
    hid_t object = f->h->H5Oopen(f->file, path, H5P_DEFAULT);
    if (object < 0)
        return fail_absent(f, path);
    H5I_type_t type = f->h->H5Iget_type(object);
    stint_status s = STINT_OK;
    if (type == H5I_DATASET)
        s = hdf5_add_dataset(f, object, path, name ? name + 1 : path, NULL);
    else if (type == H5I_GROUP && hdf5_is_frame(f, object))
        s = hdf5_add_frame(f, path);
    else if (type == H5I_GROUP)
        s = each_member(f, object, path, add_group_member, &g);
    f->h->H5Oclose(object);
    if (s == STINT_OK && f->columns.n == 0)
        s = fail_absent(f, path);
    return s;
}

static stint_status take_table(hdf5_finder *f, hdf5_table *out)
{
    out->n_arrays = (int)f->arrays.n;
    out->n_columns = (int)f->columns.n;
    out->arrays = arena_new(f->arena, hdf5_array, out->n_arrays);
    out->columns = arena_new(f->arena, hdf5_column, out->n_columns);
    if (!out->arrays || !out->columns)
        return STINT_ENOMEM;
    memcpy(out->arrays, f->arrays.at, (size_t)out->n_arrays * sizeof *out->arrays);
    memcpy(out->columns, f->columns.at, (size_t)out->n_columns * sizeof *out->columns);
    out->rows = out->arrays[0].rows;
    return STINT_OK;
}

static stint_status find_table(hdf5_finder *f, const char *dataset, hdf5_table *out)
{
    if (dataset)
        out->path = arena_printf(f->arena, "%s%s", *dataset == '/' ? "" : "/", dataset);
    else
        TRY(choose(f, &out->path));
    if (!out->path)
        return STINT_ENOMEM;
    TRY(add_table(f, out->path));
    return take_table(f, out);
}

stint_status hdf5_find(ctx *c, arena *a, hid_t file, const char *path, const char *dataset,
                       hdf5_table *out)
{
    hdf5_finder f = {.ctx = c, .arena = a, .h = hdf5_load(c), .file = file, .path = path};
    *out = (hdf5_table){0};
    if (!f.h)
        return ctx_status(c);
    str_init(&f.candidate_names, c, TAG_BASE);
    stint_status s = find_table(&f, dataset, out);
    str_deinit(&f.candidate_names);
    vec_free(&f.arrays);
    vec_free(&f.columns);
    return s;
}
