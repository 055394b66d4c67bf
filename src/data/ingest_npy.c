#include "data/npy.h"

#include <string.h>

/* NumPy arrays: read where they are mapped.  An array of rows and columns has columns c0, c1, …;
 * records have their fields. */

typedef struct npy_files {
    npy *arrays; /* [n_files] */
} npy_files;

static const npy_field *field_of(const npy *x, int column)
{
    return &x->fields[x->fields[0].name ? column : 0];
}

static int columns_of(const npy *x)
{
    return x->fields[0].name ? x->n_fields : (int)x->columns;
}

static stint_status names_of(ingest *in, const npy *x, const char *const **out)
{
    *out = NULL;
    if (!x->fields[0].name)
        return STINT_OK;
    const char **names = arena_new(&in->arena, const char *, x->n_fields);
    for (int j = 0; names && j < x->n_fields; j++)
        names[j] = x->fields[j].name;
    *out = names;
    return names ? STINT_OK : STINT_ENOMEM;
}

/* The columns of the first file, or the same ones with types that hold both. */
static stint_status meet_columns(ingest *in, int i, const npy *x)
{
    const char *const *names;
    TRY(names_of(in, x, &names));
    if (i == 0)
        TRY(ingest_name_columns(in, in->files[i].path, names, columns_of(x)));
    else
        TRY(ingest_same_columns(in, &in->files[i], names, columns_of(x)));
    for (int j = 0; j < in->n_columns; j++) {
        ingest_column *column = &in->columns[j];
        const npy_field *field = field_of(x, j);
        if (!field->known) {
            column->refused = arena_printf(
                &in->arena,
                "%s: column \"%s\" is of type \"%s\", which is not read: convert it, or list it "
                "under data.drop",
                in->files[i].path, column->name, field->type);
            continue;
        }
        read_type read = element_read_type(field->element);
        column->read = i == 0 ? read : read_type_join(column->read, read);
    }
    return STINT_OK;
}

static stint_status npy_describe(ingest *in)
{
    npy_files *f = arena_new(&in->arena, npy_files, 1);
    in->reader = f;
    if (!f || !(f->arrays = arena_new(&in->arena, npy, in->n_files)))
        return STINT_ENOMEM;
    for (int i = 0; i < in->n_files; i++) {
        file_map m;
        npy *x = &f->arrays[i];
        TRY(map_open(in->ctx, in->files[i].path, &m));
        stint_status s = npy_read(in->ctx, &in->arena, in->files[i].path, m.at, m.size, x);
        map_close(&m);
        TRY(s);
        TRY(meet_columns(in, i, x));
        in->most_rows += x->rows;
        int64_t widest = STR_DOUBLE_SIZE;
        for (int j = 0; j < x->n_fields; j++)
            widest = x->fields[j].element.bytes > widest ? x->fields[j].element.bytes : widest;
        int64_t bytes = strided_bytes(widest);
        in->reader_bytes = bytes > in->reader_bytes ? bytes : in->reader_bytes;
    }
    return in->most_rows > 0
               ? STINT_OK
               : fail(in->ctx, STINT_EDATA, "%s: has columns but no rows", in->files[0].path);
}

static ingest_outcome read_mapped(ingest *in, const npy *x, const uint8_t *data, chunker *k)
{
    strided *columns = mem_new(in->ctx, TAG_BASE, strided, in->n_columns);
    for (int j = 0; columns && j < in->n_columns; j++) {
        int at = in->columns[j].at;
        const npy_field *field = field_of(x, at);
        columns[j] = (strided){
            .at = data + field->offset, .stride = x->row_stride, .element = field->element};
        if (!field->name)
            columns[j].at += at * x->column_stride;
    }
    ingest_outcome outcome = columns ? strided_read(in, k, columns, x->rows) : INGEST_FAILED;
    mem_free(columns);
    return outcome;
}

static ingest_outcome npy_read_file(ingest *in, ingest_file *file, chunker *k)
{
    const npy *x = &((const npy_files *)in->reader)->arrays[file - in->files];
    file_map m;
    if (map_open(in->ctx, file->path, &m) != STINT_OK)
        return INGEST_FAILED;
    ingest_outcome outcome = INGEST_FAILED;
    if (m.size == x->data_at + x->data_bytes)
        outcome = read_mapped(in, x, m.at + x->data_at, k);
    else
        fail(in->ctx, STINT_EDATA, "%s: the data changed while it was read; run again", file->path);
    map_close(&m);
    return outcome;
}

static bool npy_begins(const uint8_t *head, int64_t n)
{
    return n >= NPY_MAGIC_BYTES && memcmp(head, npy_magic, NPY_MAGIC_BYTES) == 0;
}

static const char *const endings[] = {".npy", NULL};

const source_format format_npy = {
    .name = "npy",
    .called = "NumPy",
    .endings = endings,
    .begins = npy_begins,
    .chooses = true,
    .lazy = true,
    .rates = {.base_bytes = INT64_C(4) << 20, .bytes_a_second = 1e9},
    .describe = npy_describe,
    .read = npy_read_file,
};
