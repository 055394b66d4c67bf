#include "data/hdf5_impl.h"

#include <string.h>

/* One dataset as an array and its columns. */

static void find_chunks(hdf5_finder *f, hid_t plist, hdf5_array *a)
{
    hsize_t chunk[H5S_MAX_RANK] = {1, 1};
    if (f->h->H5Pget_chunk(plist, H5S_MAX_RANK, chunk) != a->dimensions)
        return;
    a->chunk_rows = (int64_t)chunk[0];
    a->chunk_columns = a->dimensions == 2 ? (int64_t)chunk[1] : 1;
    a->chunk_bytes = a->chunk_rows * a->chunk_columns * a->item_bytes;
}

/* Where the bytes stand, when they stand in one piece as they are. */
static void find_storage(hdf5_finder *f, hid_t dataset, hdf5_array *a)
{
    const hdf5_api *h = f->h;
    hid_t plist = h->H5Dget_create_plist(dataset);
    H5D_layout_t layout = h->H5Pget_layout(plist);
    a->map_at = -1;
    if (layout == H5D_CHUNKED)
        find_chunks(f, plist, a);
    if (layout == H5D_CONTIGUOUS && h->H5Pget_nfilters(plist) == 0 &&
        h->H5Pget_external_count(plist) == 0 && !a->variable) {
        haddr_t at = h->H5Dget_offset(dataset);
        a->map_at = at == HADDR_UNDEF ? -1 : (int64_t)at;
    }
    h->H5Pclose(plist);
}

/* false: no dataset of one or two dimensions with rows */
static bool describe_array(hdf5_finder *f, hid_t dataset, const char *path, hid_t type,
                           hdf5_array *a)
{
    hsize_t dims[H5S_MAX_RANK] = {0};
    hid_t space = f->h->H5Dget_space(dataset);
    int rank = f->h->H5Sget_simple_extent_ndims(space);
    bool good = rank >= 1 && rank <= 2 && f->h->H5Sget_simple_extent_dims(space, dims, NULL) >= 0;
    f->h->H5Sclose(space);
    *a = (hdf5_array){.path = path, .dimensions = rank, .rows = (int64_t)dims[0], .columns = 1};
    if (rank == 2)
        a->columns = (int64_t)dims[1];
    a->item_bytes = (int64_t)f->h->H5Tget_size(type);
    return good && a->rows >= 0 && a->columns >= 1 && a->columns <= HDF5_COLUMNS_MOST &&
           a->item_bytes >= 0 && a->item_bytes < INT32_MAX;
}

static stint_status add_column(hdf5_finder *f, hdf5_column column)
{
    column.array = (int)f->arrays.n - 1;
    return column.name ? vec_push(f->ctx, TAG_BASE, &f->columns, column) : STINT_ENOMEM;
}

static const char *copy(hdf5_finder *f, const char *text)
{
    return arena_strdup(f->arena, text);
}

/* Names of the columns of an array by rows and columns, or c0, c1, … */
static stint_status add_matrix(hdf5_finder *f, hid_t dataset, const char *const *names, hid_t type)
{
    static const char *const attributes[] = {"columns", "column_names", "names"};
    const hdf5_array *a = &f->arrays.at[f->arrays.n - 1];
    const char **found = NULL;
    int64_t n = -1;
    hdf5_column column = {0};
    column.refused = hdf5_element(f->h, type, &column.element);
    for (size_t i = 0; !names && n < 0 && i < sizeof attributes / sizeof *attributes; i++)
        TRY(hdf5_attribute_texts(f, dataset, attributes[i], &found, &n));
    if (n >= 0 && n != a->columns)
        return fail(f->ctx, STINT_EDATA,
                    "%s: dataset %s has %lld columns, and an attribute with %lld names", f->path,
                    a->path, (long long)a->columns, (long long)n);
    for (int64_t j = 0; j < a->columns; j++) {
        column.at = j;
        column.name = names    ? names[j]
                      : n >= 0 ? found[j]
                               : arena_printf(f->arena, "c%lld", (long long)j);
        TRY(add_column(f, column));
    }
    return STINT_OK;
}

static stint_status add_record(hdf5_finder *f, hid_t type)
{
    hdf5_array *a = &f->arrays.at[f->arrays.n - 1];
    int n = f->h->H5Tget_nmembers(type);
    for (int i = 0; i < n; i++) {
        hid_t member = f->h->H5Tget_member_type(type, (unsigned)i);
        char *name = f->h->H5Tget_member_name(type, (unsigned)i);
        hdf5_column column = {.name = name ? copy(f, name) : NULL};
        column.refused = hdf5_element(f->h, member, &column.element);
        column.offset = (int64_t)f->h->H5Tget_member_offset(type, (unsigned)i);
        a->variable |= f->h->H5Tget_class(member) == H5T_VLEN ||
                       (!column.refused && column.element.kind == ELEMENT_TEXT);
        bool within = column.offset >= 0 &&
                      column.offset + (int64_t)f->h->H5Tget_size(member) <= a->item_bytes;
        f->h->H5free_memory(name);
        f->h->H5Tclose(member);
        if (!within)
            return fail(f->ctx, STINT_EDATA,
                        "%s: dataset %s is damaged: a field lies beyond its record", f->path,
                        a->path);
        TRY(add_column(f, column));
    }
    return STINT_OK;
}

stint_status hdf5_add_dataset(hdf5_finder *f, hid_t dataset, const char *path, const char *name,
                              const char *const *names)
{
    hdf5_array a;
    hid_t type = f->h->H5Dget_type(dataset);
    H5T_class_t class = f->h->H5Tget_class(type);
    stint_status s = STINT_OK;
    if (!describe_array(f, dataset, path, type, &a))
        s = fail(f->ctx, STINT_EDATA,
                 "%s: dataset %s has %d dimensions; rows, or rows by columns, are read", f->path,
                 path, a.dimensions);
    a.variable = class == H5T_VLEN || (class == H5T_STRING && f->h->H5Tis_variable_str(type) > 0);
    if (s == STINT_OK)
        s = vec_push(f->ctx, TAG_BASE, &f->arrays, a);
    if (s == STINT_OK && class == H5T_COMPOUND && a.dimensions == 1) {
        s = add_record(f, type);
    } else if (s == STINT_OK && a.dimensions == 1) {
        hdf5_column column = {.name = copy(f, name)};
        column.refused = hdf5_element(f->h, type, &column.element);
        s = add_column(f, column);
    } else if (s == STINT_OK) {
        s = add_matrix(f, dataset, names, type);
    }
    if (s == STINT_OK)
        find_storage(f, dataset, &f->arrays.at[f->arrays.n - 1]);
    f->h->H5Tclose(type);
    return s;
}
