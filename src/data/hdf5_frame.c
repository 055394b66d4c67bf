#include "data/hdf5_impl.h"

#include <stdio.h>
#include <string.h>

/* A frame as pandas keeps it in fixed format: columns of one type are a block, an array of rows by
 * columns with their names beside it; axis0 has all names in order. */

bool hdf5_is_frame(hdf5_finder *f, hid_t group)
{
    return hdf5_attribute_begins(f, group, "pandas_type", "frame") &&
           !hdf5_attribute_begins(f, group, "pandas_type", "frame_table");
}

static hid_t open_member(hdf5_finder *f, const char *group, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", strcmp(group, "/") == 0 ? "" : group, name);
    hid_t id = f->h->H5Oopen(f->file, path, H5P_DEFAULT);
    if (id >= 0 && f->h->H5Iget_type(id) != H5I_DATASET) {
        f->h->H5Oclose(id);
        return -1;
    }
    return id;
}

static stint_status member_texts(hdf5_finder *f, const char *group, const char *name,
                                 const char ***out, int64_t *n)
{
    hid_t id = open_member(f, group, name);
    *n = -1;
    if (id < 0)
        return STINT_OK;
    stint_status s = hdf5_texts(f, id, false, out, n);
    f->h->H5Oclose(id);
    return s;
}

/* false in *more: there is no such block. */
static stint_status add_block(hdf5_finder *f, const char *group, int block, bool *more)
{
    char items[64], values[64];
    const char **names;
    int64_t n;
    snprintf(items, sizeof items, "block%d_items", block);
    snprintf(values, sizeof values, "block%d_values", block);
    hid_t id = open_member(f, group, values);
    *more = id >= 0;
    if (!*more)
        return STINT_OK;
    const char *path = hdf5_join(f, group, values);
    int64_t from = f->columns.n;
    stint_status s = path ? member_texts(f, group, items, &names, &n) : STINT_ENOMEM;
    if (s == STINT_OK && n < 0)
        s = fail(f->ctx, STINT_EDATA, "%s: frame %s: %s does not name columns", f->path, group,
                 items);
    if (s == STINT_OK)
        s = hdf5_add_dataset(f, id, path, n == 1 ? names[0] : "", names);
    if (s == STINT_OK && f->arrays.at[f->arrays.n - 1].columns != n && f->columns.n - from != n)
        s = fail(f->ctx, STINT_EDATA, "%s: frame %s: %s has not a name for each column of %s",
                 f->path, group, items, values);
    bool dates = hdf5_attribute_begins(f, id, "value_type", "datetime") ||
                 hdf5_attribute_begins(f, id, "value_type", "timedelta");
    for (int64_t j = from; s == STINT_OK && dates && j < f->columns.n; j++)
        f->columns.at[j].refused = "a time";
    f->h->H5Oclose(id);
    return s;
}

/* The order is axis0's, which names every column once. */
static stint_status order_columns(hdf5_finder *f, const char *group)
{
    const char **names;
    int64_t n;
    VEC(hdf5_column) ordered = {0};
    TRY(member_texts(f, group, "axis0", &names, &n));
    if (n != f->columns.n || n == 0)
        return fail(f->ctx, STINT_EDATA, "%s: frame %s: axis0 does not name the %lld columns",
                    f->path, group, (long long)f->columns.n);
    map by_name;
    map_init(&by_name, f->ctx, TAG_BASE);
    stint_status s = STINT_OK;
    for (int64_t j = 0; s == STINT_OK && j < n; j++)
        if (!map_add(&by_name, f->columns.at[j].name, (int64_t)strlen(f->columns.at[j].name), j))
            s = STINT_ENOMEM;
    for (int64_t j = 0; s == STINT_OK && j < n; j++) {
        const map_entry *e = map_find(&by_name, names[j], (int64_t)strlen(names[j]));
        s = e ? vec_push(f->ctx, TAG_BASE, &ordered, f->columns.at[e->value])
              : fail(f->ctx, STINT_EDATA, "%s: frame %s: no block holds the column \"%s\"", f->path,
                     group, names[j]);
    }
    map_deinit(&by_name);
    if (s == STINT_OK && ordered.at)
        memcpy(f->columns.at, ordered.at, (size_t)n * sizeof *ordered.at);
    vec_free(&ordered);
    return s;
}

stint_status hdf5_add_frame(hdf5_finder *f, const char *group)
{
    bool more = true;
    for (int block = 0; more; block++)
        TRY(add_block(f, group, block, &more));
    for (int64_t i = 1; i < f->arrays.n; i++)
        if (f->arrays.at[i].rows != f->arrays.at[0].rows)
            return fail(f->ctx, STINT_EDATA, "%s: frame %s: its blocks differ in rows", f->path,
                        group);
    return order_columns(f, group);
}
