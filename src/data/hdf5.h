/* HDF5's library, opened when first used, in the ingest child alone.
 *
 * Its functions are called through a table of pointers, as DuckDB's are (duckdb.h).  Only those
 * are used whose form is the same from 1.10 on.  The library is looked for at $STINT_HDF5, then
 * where the system's loader looks, under the names that distributions give it. */
#ifndef DATA_HDF5_H
#define DATA_HDF5_H

#include "base/str.h"

#include <hdf5.h>

/* clang-format off */
#define HDF5_FUNCTION_LIST(X)                                                                     \
    X(H5open) X(H5set_free_list_limits) X(H5Eset_auto2) X(H5free_memory) X(H5Iget_type)                                     \
    X(H5Fopen) X(H5Fclose) X(H5Fget_mdc_config) X(H5Fset_mdc_config) X(H5Oopen) X(H5Oclose) X(H5Gget_info) X(H5Lget_name_by_idx)            \
    X(H5Dget_space) X(H5Dget_type) X(H5Dget_create_plist) X(H5Dget_offset)                        \
    X(H5Dread) X(H5Dvlen_reclaim)                                                                 \
    X(H5Pget_layout) X(H5Pget_chunk) X(H5Pget_nfilters) X(H5Pget_external_count) X(H5Pclose)      \
    X(H5Sget_simple_extent_ndims) X(H5Sget_simple_extent_dims) X(H5Sselect_hyperslab)             \
    X(H5Sselect_all) X(H5Screate_simple) X(H5Sclose)                                              \
    X(H5Tget_class) X(H5Tget_size) X(H5Tget_order) X(H5Tget_sign) X(H5Tget_precision)             \
    X(H5Tget_fields) X(H5Tis_variable_str) X(H5Tget_nmembers) X(H5Tget_member_name)               \
    X(H5Tget_member_offset) X(H5Tget_member_type) X(H5Tclose)                                     \
    X(H5Aexists) X(H5Aopen) X(H5Aget_type) X(H5Aget_space) X(H5Aread) X(H5Aclose)
/* clang-format on */

typedef struct hdf5_api {
#define X(name) __typeof__(&name) name;
    HDF5_FUNCTION_LIST(X)
#undef X
} hdf5_api;

/* NULL, with the context failed, when there is no library. */
const hdf5_api *hdf5_load(ctx *c);

/* "1.10.8", or what to do where there is none.  Not from two threads at once. */
const char *hdf5_version(void);

#endif
