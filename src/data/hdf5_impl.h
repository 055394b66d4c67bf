/* What the parts that find a table in an HDF5 file share. */
#ifndef DATA_HDF5_IMPL_H
#define DATA_HDF5_IMPL_H

#include "data/hdf5_table.h"

#define HDF5_COLUMNS_MOST (1 << 20)

typedef struct hdf5_finder {
    ctx *ctx;
    arena *arena;
    const hdf5_api *h;
    hid_t file;
    const char *path;
    int64_t objects; /* met so far */
    VEC(hdf5_array) arrays;
    VEC(hdf5_column) columns;
    int candidates;
    str candidate_names;
    const char *only; /* the first candidate */
} hdf5_finder;

/* NULL, or what the type is when it cannot be read: "a list". */
const char *hdf5_element(const hdf5_api *h, hid_t type, element *out);

/* Texts of an open attribute or dataset with one dimension or none; *n is -1 when these are no
 * texts. */
stint_status hdf5_texts(hdf5_finder *f, hid_t id, bool is_attribute, const char ***out, int64_t *n);
stint_status hdf5_attribute_texts(hdf5_finder *f, hid_t object, const char *name, const char ***out,
                                  int64_t *n);
bool hdf5_attribute_begins(hdf5_finder *f, hid_t object, const char *name, const char *with);

/* Add an open dataset's array and columns; `name` is its column's when it has one dimension, `names`
 * are those of two, NULL = as its attributes tell. */
stint_status hdf5_add_dataset(hdf5_finder *f, hid_t dataset, const char *path, const char *name,
                              const char *const *names);

/* pandas' frames in fixed format: a group of blocks. */
bool hdf5_is_frame(hdf5_finder *f, hid_t group);
stint_status hdf5_add_frame(hdf5_finder *f, const char *group);

const char *hdf5_join(hdf5_finder *f, const char *group, const char *name); /* "/a/b" */

#endif
