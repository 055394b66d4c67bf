#include "data/hdf5_impl.h"

#include <string.h>

/* Types of HDF5 as elements of arrays, and texts of attributes. */

static bool is_swapped(const hdf5_api *h, hid_t type)
{
    const uint16_t one = 1;
    bool little = *(const uint8_t *)&one == 1;
    H5T_order_t order = h->H5Tget_order(type);
    return (order == H5T_ORDER_BE && little) || (order == H5T_ORDER_LE && !little);
}

static bool is_ieee(const hdf5_api *h, hid_t type, size_t bytes)
{
    size_t sign, exponent, exponent_bits, fraction, fraction_bits;
    if (h->H5Tget_fields(type, &sign, &exponent, &exponent_bits, &fraction, &fraction_bits) < 0)
        return false;
    return exponent_bits == (bytes == 2   ? 5
                             : bytes == 4 ? 8
                                          : 11) &&
           fraction_bits + exponent_bits + 1 == 8 * bytes;
}

/* Two values called FALSE and TRUE, as h5py writes bools. */
static bool is_bool(const hdf5_api *h, hid_t type)
{
    if (h->H5Tget_nmembers(type) != 2 || h->H5Tget_size(type) != 1)
        return false;
    char *first = h->H5Tget_member_name(type, 0), *second = h->H5Tget_member_name(type, 1);
    bool is = first && second && strcmp(first, "FALSE") == 0 && strcmp(second, "TRUE") == 0;
    h->H5free_memory(first);
    h->H5free_memory(second);
    return is;
}

const char *hdf5_element(const hdf5_api *h, hid_t type, element *out)
{
    size_t bytes = h->H5Tget_size(type);
    *out = (element){.bytes = bytes < INT32_MAX ? (int32_t)bytes : 0};
    out->swapped = is_swapped(h, type);
    switch (h->H5Tget_class(type)) {
    case H5T_FLOAT:
        out->kind = ELEMENT_FLOAT;
        return element_is_known(*out) && is_ieee(h, type, bytes) ? NULL : "an uncommon float";
    case H5T_INTEGER:
        out->kind = h->H5Tget_sign(type) == H5T_SGN_NONE ? ELEMENT_UINT : ELEMENT_INT;
        return element_is_known(*out) && h->H5Tget_precision(type) == 8 * bytes
                   ? NULL
                   : "an uncommon integer";
    case H5T_STRING:
        out->kind = h->H5Tis_variable_str(type) > 0 ? ELEMENT_TEXT : ELEMENT_BYTES;
        return NULL;
    case H5T_ENUM: out->kind = ELEMENT_BOOL; return is_bool(h, type) ? NULL : "an enumeration";
    case H5T_BITFIELD: out->kind = ELEMENT_BOOL; return bytes == 1 ? NULL : "a bit field";
    case H5T_COMPOUND: return "a record of its own";
    case H5T_ARRAY: return "an array";
    case H5T_VLEN: return "a list";
    default: return "a reference or a time";
    }
}

/* --- attributes ---------------------------------------------------------------------------- */

stint_status hdf5_texts(hdf5_finder *f, hid_t id, bool is_attribute, const char ***out, int64_t *n)
{
    const hdf5_api *h = f->h;
    hid_t type = is_attribute ? h->H5Aget_type(id) : h->H5Dget_type(id);
    hid_t space = is_attribute ? h->H5Aget_space(id) : h->H5Dget_space(id);
    hsize_t dims[H5S_MAX_RANK] = {1};
    int rank = h->H5Sget_simple_extent_ndims(space);
    element e;
    stint_status s = STINT_OK;
    *n = -1;
    if (rank >= 0 && rank <= 1 && h->H5Sget_simple_extent_dims(space, dims, NULL) >= 0 &&
        dims[0] <= HDF5_COLUMNS_MOST && !hdf5_element(h, type, &e) &&
        (e.kind == ELEMENT_TEXT || e.kind == ELEMENT_BYTES)) {
        int64_t count = rank == 0 ? 1 : (int64_t)dims[0];
        char *bytes = mem_new(f->ctx, TAG_BASE, char, count *e.bytes + 1);
        bool good = bytes && (is_attribute ? h->H5Aread(id, type, bytes)
                                           : h->H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                                                        bytes)) >= 0;
        *out = arena_new(f->arena, const char *, count + 1);
        for (int64_t i = 0; good && *out && i < count; i++) {
            const char *pointer = bytes + i * e.bytes;
            if (e.kind == ELEMENT_TEXT)
                memcpy(&pointer, bytes + i * e.bytes, sizeof pointer);
            int most = e.kind == ELEMENT_TEXT ? INT32_MAX : e.bytes;
            (*out)[i] = arena_printf(f->arena, "%.*s", most, pointer ? pointer : "");
            good = (*out)[i] != NULL;
        }
        if (bytes && good && e.kind == ELEMENT_TEXT)
            h->H5Dvlen_reclaim(type, space, H5P_DEFAULT, bytes);
        mem_free(bytes);
        *n = good ? count : -1;
        s = ctx_status(f->ctx);
    }
    h->H5Sclose(space);
    h->H5Tclose(type);
    return s;
}

stint_status hdf5_attribute_texts(hdf5_finder *f, hid_t object, const char *name, const char ***out,
                                  int64_t *n)
{
    *n = -1;
    if (f->h->H5Aexists(object, name) <= 0)
        return STINT_OK;
    hid_t id = f->h->H5Aopen(object, name, H5P_DEFAULT);
    if (id < 0)
        return STINT_OK;
    stint_status s = hdf5_texts(f, id, true, out, n);
    f->h->H5Aclose(id);
    return s;
}

bool hdf5_attribute_begins(hdf5_finder *f, hid_t object, const char *name, const char *with)
{
    const char **texts;
    int64_t n;
    return hdf5_attribute_texts(f, object, name, &texts, &n) == STINT_OK && n == 1 &&
           strncmp(texts[0], with, strlen(with)) == 0;
}
