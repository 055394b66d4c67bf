#include "data/chunker.h"
#include "data/hdf5_table.h"

#include <stdlib.h>
#include <string.h>

/* HDF5: an array that stands in the file in one piece is read from the map; others come window by
 * window of rows, cut at their chunks' boundaries so that no chunk is unpacked twice. */

#define WINDOW_BYTES (INT64_C(4) << 20) /* what a window of one array holds … */
#define WINDOW_MOST  (INT64_C(64) << 20) /* … or, where one row of chunks is more than that, this */
#define WINDOW_ROWS  16384               /* of several arrays at once */

#define VARIABLE_ROWS  16384  /* but no more, where texts of any length stand outside the windows */
#define PACKED_MOST    4096.0 /* bytes that a byte of a file may stand for … */
#define PACKED_LEAST   (64 << 20) /* … beyond these */
#define METADATA_BYTES (16 << 20) /* of its objects' headers that the library keeps at most */

/* H5F_ACC_RDONLY, whose own definition calls into the library. */
#define READ_ONLY 0u

/* Wanted columns of one array that are read together: those whose chunks meet. */
typedef struct column_run {
    const hdf5_array *array;
    int64_t first, columns; /* of the array */
    int64_t row_bytes;
    char *window; /* [window rows][columns]; NULL = mapped */
} column_run;

typedef struct hdf5_reader {
    ingest *in;
    const hdf5_api *h;
    const hdf5_table *table;
    hid_t file;
    file_map map;
    int64_t window_rows;
    int n_runs;
    column_run *runs; /* [n_columns] at most */
    int *run_of;      /* [n_columns] of each wanted column */
    strided *columns; /* [n_columns] */
} hdf5_reader;

/* --- describing ---------------------------------------------------------------------------- */

static hid_t open_file(ingest *in, const hdf5_api *h, const char *path)
{
    hid_t file = h->H5Fopen(path, READ_ONLY, H5P_DEFAULT);
    H5AC_cache_config_t cache = {.version = H5AC__CURR_CACHE_CONFIG_VERSION};
    if (file < 0)
        fail(in->ctx, STINT_EDATA, "%s: not a whole HDF5 file: cut off, damaged, or not one at all",
             path);
    /* thousands of objects are looked at more than once: from the beginning, room for them */
    if (file >= 0 && h->H5Fget_mdc_config(file, &cache) >= 0) {
        cache.set_initial_size = 1;
        cache.initial_size = METADATA_BYTES;
        cache.min_size = cache.max_size = METADATA_BYTES;
        cache.incr_mode = H5C_incr__off;
        cache.flash_incr_mode = H5C_flash_incr__off;
        cache.decr_mode = H5C_decr__off;
        h->H5Fset_mdc_config(file, &cache);
    }
    return file;
}

static stint_status meet_columns(ingest *in, int i, const hdf5_table *t)
{
    const char *const *names;
    const char **list = arena_new(&in->arena, const char *, t->n_columns);
    for (int j = 0; list && j < t->n_columns; j++)
        list[j] = t->columns[j].name;
    char *where = arena_printf(&in->arena, "%s: %s", in->files[i].path, t->path);
    if (!list || !where)
        return STINT_ENOMEM;
    names = list;
    TRY(i == 0 ? ingest_name_columns(in, where, names, t->n_columns)
               : ingest_same_columns(in, &in->files[i], names, t->n_columns));
    for (int j = 0; j < t->n_columns; j++) {
        ingest_column *column = &in->columns[j];
        const hdf5_column *from = &t->columns[j];
        read_type read = from->refused ? READ_NUMBER : element_read_type(from->element);
        column->read = i == 0 ? read : read_type_join(column->read, read);
        if (from->refused)
            column->refused = arena_printf(
                &in->arena,
                "%s: dataset %s: column \"%s\" is %s, which is not read: convert it, or list it "
                "under data.drop",
                in->files[i].path, t->arrays[from->array].path, column->name, from->refused);
    }
    return STINT_OK;
}

/* Rows that no packing could have come from make a damaged file, and would fill the disk. */
static stint_status check_size(ingest *in, int i, const hdf5_table *t)
{
    double most = PACKED_MOST * (double)in->files[i].bytes + (double)PACKED_LEAST;
    for (int k = 0; k < t->n_arrays; k++) {
        const hdf5_array *a = &t->arrays[k];
        if ((double)a->rows * (double)a->columns * (double)a->item_bytes > most)
            return fail(in->ctx, STINT_EDATA,
                        "%s: dataset %s is damaged, or empty for the most part: it tells of %lld "
                        "rows, more than the file's %lld bytes can hold",
                        in->files[i].path, a->path, (long long)a->rows,
                        (long long)in->files[i].bytes);
    }
    return STINT_OK;
}

static stint_status describe_file(ingest *in, const hdf5_api *h, int i, hdf5_table *t)
{
    hid_t file = open_file(in, h, in->files[i].path);
    if (file < 0)
        return STINT_EDATA;
    stint_status s = hdf5_find(in->ctx, &in->arena, file, in->files[i].path, in->dataset, t);
    h->H5Fclose(file);
    TRY(s);
    TRY(check_size(in, i, t));
    TRY(meet_columns(in, i, t));
    in->most_rows += t->rows;
    return STINT_OK;
}

static stint_status hdf5_describe(ingest *in)
{
    const hdf5_api *h = hdf5_load(in->ctx);
    hdf5_table *tables = h ? arena_new(&in->arena, hdf5_table, in->n_files) : NULL;
    if (!tables)
        return h ? STINT_ENOMEM : ctx_status(in->ctx);
    in->reader = tables;
    for (int i = 0; i < in->n_files; i++)
        TRY(describe_file(in, h, i, &tables[i]));
    return in->most_rows > 0 ? STINT_OK
                             : fail(in->ctx, STINT_EDATA, "%s: dataset %s has columns but no rows",
                                    in->files[0].path, tables[0].path);
}

/* --- runs ---------------------------------------------------------------------------------- */

typedef struct place {
    int array, column; /* of the file's columns */
    int64_t at;
} place;

static int by_place(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->array != y->array)
        return x->array < y->array ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static bool joins(const column_run *run, const hdf5_array *array, int64_t at)
{
    int64_t gap = array->chunk_rows > 0 ? array->chunk_columns : array->columns;
    return run->array == array && at - (run->first + run->columns - 1) <= gap;
}

/* The wanted columns in runs; room for one each is there. */
static stint_status find_runs(hdf5_reader *r)
{
    const hdf5_table *t = r->table;
    int n = r->in->n_columns;
    place *places = mem_new(r->in->ctx, TAG_BASE, place, n);
    r->runs = mem_new(r->in->ctx, TAG_BASE, column_run, n);
    r->run_of = mem_new(r->in->ctx, TAG_BASE, int, n);
    r->n_runs = 0;
    for (int j = 0; places && j < n; j++) {
        const hdf5_column *from = &t->columns[r->in->columns[j].at];
        places[j] = (place){from->array, j, from->at};
    }
    if (places)
        qsort(places, (size_t)n, sizeof *places, by_place);
    for (int i = 0; places && r->runs && r->run_of && i < n; i++) {
        const hdf5_array *array = &t->arrays[places[i].array];
        column_run *run = r->n_runs > 0 ? &r->runs[r->n_runs - 1] : NULL;
        if (!run || !joins(run, array, places[i].at)) {
            run = &r->runs[r->n_runs++];
            *run = (column_run){.array = array, .first = places[i].at};
        }
        run->columns = places[i].at - run->first + 1;
        run->row_bytes = (array->map_at >= 0 ? array->columns : run->columns) * array->item_bytes;
        r->run_of[places[i].column] = r->n_runs - 1;
    }
    mem_free(places);
    return r->runs && r->run_of ? STINT_OK : STINT_ENOMEM;
}

/* Rows of a window: whole rows of chunks where the runs have them in common. */
static int64_t window_rows_of(const hdf5_reader *r)
{
    int64_t step = 1, bytes = 1;
    bool variable = false;
    for (int i = 0; i < r->n_runs; i++) {
        const column_run *run = &r->runs[i];
        step = run->array->chunk_rows > step ? run->array->chunk_rows : step;
        bytes += run->array->map_at < 0 ? run->row_bytes : 0;
        variable |= run->array->variable;
    }
    int64_t rows = WINDOW_BYTES / bytes, most = WINDOW_MOST / bytes;
    most = most < WINDOW_ROWS ? WINDOW_ROWS : most;
    rows = rows < WINDOW_ROWS || variable ? WINDOW_ROWS : rows;
    rows = (rows + step - 1) / step * step;
    most = variable && most > VARIABLE_ROWS ? VARIABLE_ROWS : most;
    rows = rows > most ? most : rows;
    return rows > r->table->rows ? r->table->rows : rows;
}

/* The runs' windows, a chunk packed and unpacked, and the table's own description. */
static int64_t bytes_of(const hdf5_reader *r)
{
    const hdf5_table *t = r->table;
    int64_t bytes = 0, chunk = 0, widest = STR_DOUBLE_SIZE, rows = window_rows_of(r);
    bool variable = false;
    for (int i = 0; i < r->n_runs; i++) {
        const hdf5_array *array = r->runs[i].array;
        bytes += array->map_at < 0 ? rows * r->runs[i].row_bytes : 0;
        chunk = array->chunk_bytes > chunk ? array->chunk_bytes : chunk;
        variable |= array->variable;
    }
    for (int j = 0; j < t->n_columns; j++)
        widest = t->columns[j].element.bytes > widest ? t->columns[j].element.bytes : widest;
    return bytes + 2 * chunk + strided_bytes(widest) + (int64_t)t->n_columns * 2048 +
           (variable ? METADATA_BYTES : 0);
}

static void free_runs(hdf5_reader *r)
{
    for (int i = 0; i < r->n_runs; i++)
        mem_free(r->runs[i].window);
    mem_free(r->runs);
    mem_free(r->run_of);
}

static stint_status hdf5_size(ingest *in)
{
    for (int i = 0; i < in->n_files; i++) {
        hdf5_reader r = {.in = in, .table = &((const hdf5_table *)in->reader)[i]};
        stint_status s = find_runs(&r);
        int64_t bytes = s == STINT_OK ? bytes_of(&r) : 0;
        in->reader_bytes = bytes > in->reader_bytes ? bytes : in->reader_bytes;
        free_runs(&r);
        TRY(s);
    }
    return STINT_OK;
}

/* --- windows ------------------------------------------------------------------------------- */

static stint_status fail_read(const hdf5_reader *r, const column_run *a)
{
    return fail(r->in->ctx, STINT_EDATA,
                "%s: dataset %s cannot be read: the file is damaged, or packed by a filter that "
                "is not here",
                r->in->files[r->in->begun - 1].path, a->array->path);
}

static stint_status open_run(hdf5_reader *r, column_run *a)
{
    const hdf5_array *array = a->array;
    int64_t bytes;
    if (array->map_at < 0) {
        a->window = mem_alloc(r->in->ctx, TAG_BASE, (size_t)(r->window_rows * a->row_bytes + 1));
        return a->window ? STINT_OK : STINT_ENOMEM;
    }
    if (__builtin_mul_overflow(array->rows, a->row_bytes, &bytes) || array->map_at > r->map.size ||
        bytes > r->map.size - array->map_at)
        return fail(r->in->ctx, STINT_EDATA, "%s: not a whole HDF5 file: it ends within dataset %s",
                    r->in->files[r->in->begun - 1].path, array->path);
    return STINT_OK;
}

/* Rows [row, row+n) of a run into its window. */
static stint_status load_window(hdf5_reader *r, column_run *a, int64_t row, int64_t n)
{
    const hdf5_api *h = r->h;
    hsize_t start[] = {(hsize_t)row, (hsize_t)a->first},
            count[] = {(hsize_t)n, (hsize_t)a->columns};
    hid_t dataset = h->H5Oopen(r->file, a->array->path, H5P_DEFAULT);
    if (dataset < 0)
        return fail_read(r, a);
    hid_t space = h->H5Dget_space(dataset), type = h->H5Dget_type(dataset);
    hid_t memory = h->H5Screate_simple(a->array->dimensions, count, NULL);
    bool good = h->H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                h->H5Dread(dataset, type, memory, space, H5P_DEFAULT, a->window) >= 0;
    h->H5Sclose(memory);
    h->H5Tclose(type);
    h->H5Sclose(space);
    h->H5Oclose(dataset);
    return good ? STINT_OK : fail_read(r, a);
}

/* Texts of variable length belong to the library's heap until they are given back. */
static void unload_window(hdf5_reader *r, column_run *a, int64_t n)
{
    const hdf5_api *h = r->h;
    hsize_t count[] = {(hsize_t)n, (hsize_t)a->columns};
    hid_t dataset = a->array->variable ? h->H5Oopen(r->file, a->array->path, H5P_DEFAULT) : -1;
    if (dataset < 0)
        return;
    hid_t type = h->H5Dget_type(dataset);
    hid_t memory = h->H5Screate_simple(a->array->dimensions, count, NULL);
    h->H5Dvlen_reclaim(type, memory, H5P_DEFAULT, a->window);
    h->H5Sclose(memory);
    h->H5Tclose(type);
    h->H5Oclose(dataset);
}

static void place_columns(hdf5_reader *r, int64_t row)
{
    for (int j = 0; j < r->in->n_columns; j++) {
        const hdf5_column *from = &r->table->columns[r->in->columns[j].at];
        const column_run *a = &r->runs[r->run_of[j]];
        const uint8_t *at = a->window ? (const uint8_t *)a->window
                                      : r->map.at + a->array->map_at + row * a->row_bytes;
        int64_t column = a->window ? from->at - a->first : from->at;
        r->columns[j] = (strided){.at = at + column * a->array->item_bytes + from->offset,
                                  .stride = a->row_bytes,
                                  .element = from->element};
    }
}

/* --- reading ------------------------------------------------------------------------------- */

/* The library keeps what texts of variable length stand in, and more of it than it counts,
 * until the file is closed. */
static ingest_outcome drop_heaps(hdf5_reader *r)
{
    bool variable = false;
    for (int i = 0; i < r->n_runs; i++)
        variable |= r->runs[i].array->variable;
    if (!variable)
        return INGEST_DONE;
    r->h->H5Fclose(r->file);
    r->file = open_file(r->in, r->h, r->in->files[r->in->begun - 1].path);
    return r->file < 0 ? INGEST_FAILED : INGEST_DONE;
}

static ingest_outcome read_window(hdf5_reader *r, chunker *k, int64_t row, int64_t n)
{
    ingest_outcome outcome = INGEST_DONE;
    int loaded = 0;
    for (; outcome == INGEST_DONE && loaded < r->n_runs; loaded++)
        if (r->runs[loaded].window && load_window(r, &r->runs[loaded], row, n) != STINT_OK)
            outcome = INGEST_FAILED;
    if (outcome != INGEST_DONE)
        return outcome;
    place_columns(r, row);
    outcome = strided_read(r->in, k, r->columns, n);
    for (int i = 0; i < loaded; i++)
        if (r->runs[i].window)
            unload_window(r, &r->runs[i], n);
    return outcome == INGEST_DONE ? drop_heaps(r) : outcome;
}

static stint_status reader_open(hdf5_reader *r, const ingest_file *file)
{
    ingest *in = r->in;
    r->table = &((const hdf5_table *)in->reader)[file - in->files];
    r->h = hdf5_load(in->ctx);
    r->columns = mem_new(in->ctx, TAG_BASE, strided, in->n_columns);
    if (!r->columns)
        return STINT_ENOMEM;
    TRY(find_runs(r));
    r->window_rows = window_rows_of(r);
    r->file = open_file(in, r->h, file->path);
    if (r->file < 0)
        return STINT_EDATA;
    TRY(map_open(in->ctx, file->path, &r->map));
    for (int i = 0; i < r->n_runs; i++)
        TRY(open_run(r, &r->runs[i]));
    return STINT_OK;
}

static void reader_close(hdf5_reader *r)
{
    free_runs(r);
    mem_free(r->columns);
    map_close(&r->map);
    if (r->file > 0)
        r->h->H5Fclose(r->file);
}

static ingest_outcome hdf5_read(ingest *in, ingest_file *file, chunker *k)
{
    hdf5_reader r = {.in = in};
    ingest_outcome outcome = reader_open(&r, file) == STINT_OK ? INGEST_DONE : INGEST_FAILED;
    for (int64_t row = 0, n; outcome == INGEST_DONE && row < r.table->rows; row += n) {
        n = r.table->rows - row < r.window_rows ? r.table->rows - row : r.window_rows;
        outcome = read_window(&r, k, row, n);
    }
    reader_close(&r);
    return outcome;
}

static bool hdf5_begins(const uint8_t *head, int64_t n)
{
    return n >= 8 && memcmp(head, "\x89HDF\r\n\x1a\n", 8) == 0;
}

static const char *const endings[] = {".h5", ".hdf5", ".hdf", NULL};

const source_format format_hdf5 = {
    .name = "hdf5",
    .called = "HDF5",
    .endings = endings,
    .begins = hdf5_begins,
    .chooses = true,
    .lazy = true,
    .rates = {.base_bytes = INT64_C(8) << 20, .bytes_a_second = 300e6},
    .describe = hdf5_describe,
    .size = hdf5_size,
    .read = hdf5_read,
};
