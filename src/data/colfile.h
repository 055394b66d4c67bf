/* The column file: Stint's one internal table format, read by mapping it.
 *
 * A safetensors file in chunks of COLFILE_CHUNK_ROWS rows; in each chunk one tensor per
 * column, named "CHUNK/COLUMN", starting on a 64-byte boundary, in the narrowest of the
 * types below that holds that chunk of that column exactly:
 *
 *     [ u64 header bytes ][ JSON header, padded with spaces ]
 *     [ chunk 0: column 0, column 1, … ][ chunk 1 … ][ dictionaries ][ extra ]
 *
 * Safetensors readers refuse holes between tensors, so what fills up to the next boundary
 * is a tensor too, "pad/N" (U8).  A full chunk needs none: 65 536 values of any type end on
 * a boundary.  A dictionary is the tensor "dictionary/COLUMN" (U8): its texts, each ended
 * by a NUL.  "extra" (U8) is the caller's JSON object.
 *
 * The header's room is reserved when the file is created (the caller bounds the number of
 * rows) and written last, so that a file with a header is whole.  Data is written by
 * pwrite, never through a map, and never changes once finished.  The header's __metadata__
 * holds "stint", a JSON text: format version, rows, chunk rows, the columns' names, kinds,
 * dictionary sizes and hashes.  The reader takes only the header that the writer writes, byte
 * for byte in form: entries in file order, no spaces.  A column's hash is XXH3-128 over each
 * chunk's type, rows and bytes and then the dictionary: equal columns have equal hashes
 * wherever they came from.
 *
 * Values.  A number chunk is U8, I32, I64, F32 or F64; missing cells make it F32 or F64
 * with NaN in their place.  A bool chunk is BOOL, or U8 with 2 for missing.  A text chunk
 * holds codes into the column's dictionary (in order of first appearance): U8 with 255 for
 * missing, or I32 with -1.  A text column with more distinct values than the dictionary
 * bound becomes hash: I64 XXH3-64 of each text, 0 for missing.  A bits chunk is U8
 * [rows][(width+7)/8]; how its cells were encoded stands in the metadata. */
#ifndef DATA_COLFILE_H
#define DATA_COLFILE_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/os/os.h"
#include "base/vec.h"
#include "data/bits.h"

#define COLFILE_CHUNK_ROWS 65536
#define COLFILE_FORMAT     3 /* part of the key of every cached file that is one */

typedef enum column_kind {
    COLUMN_NUMBER,
    COLUMN_BOOL,
    COLUMN_TEXT,
    COLUMN_HASH,
    COLUMN_BITS /* rows of `width` packed bits, see data/bits.h; none is missing */
} column_kind;

typedef enum column_type { TYPE_BOOL, TYPE_U8, TYPE_I32, TYPE_I64, TYPE_F32, TYPE_F64 } column_type;

const char *column_kind_name(column_kind k); /* "number", "bool", "text", "hash", "bits" */
size_t column_type_bytes(column_type t);
const char *column_type_name(column_type t); /* "BOOL" "U8" "I32" "I64" "F32" "F64" */

/* --- writing --------------------------------------------------------------------------- */

/* One column of one chunk, as the writer takes it: exactly one of the pointers is set. */
typedef struct column_chunk {
    const double *numbers;   /* [rows], NaN = missing (a number column) */
    const int64_t *integers; /* [rows] (a number column of whole numbers, none missing) */
    const int8_t *bools;     /* [rows], 0 1, -1 = missing */
    const int32_t *codes;    /* [rows], -1 = missing (a text column) */
    const int64_t *hashes;   /* [rows] (a hash column) */
    const uint8_t *bits;     /* [rows][(width+7)/8] (a bits column), those behind the last 0 */
} column_chunk;

typedef struct column_spec {
    const char *name;
    column_kind kind;
    const char *const *dictionary; /* text only, and only needed at finish: [dictionary_n] */
    int64_t dictionary_n;
    const bits_encoder *encoder; /* bits only, its width known when the first chunk is put;
                                  * must live until finish */
} column_spec;

typedef struct colfile_writer colfile_writer;

/* PATH is written in place (the caller names it *.tmp and renames).  `most_rows` bounds the
 * rows that will come and sizes the header.  NULL on failure. */
colfile_writer *colfile_create(ctx *c, const char *path, const column_spec *columns, int n_columns,
                               int64_t most_rows);

/* Every chunk but the last has COLFILE_CHUNK_ROWS rows. */
stint_status colfile_put(colfile_writer *w, const column_chunk *columns, int64_t rows);

/* A column turns from text to hash: rewrites nothing; only allowed before its first chunk is
 * put, or the caller starts over. Kinds and dictionaries may be replaced until finish. */
void colfile_set_column(colfile_writer *w, int column, column_spec spec);

/* Never let the file grow beyond `bytes`: what would is STINT_EBUDGET. */
void colfile_limit(colfile_writer *w, int64_t bytes);

/* Write the header, fsync, close and free.  `extra` is a JSON object's text, or NULL. */
stint_status colfile_finish(colfile_writer *w, const char *extra);

/* Close, unlink and free: for error paths. */
void colfile_abandon(colfile_writer *w);

/* --- reading --------------------------------------------------------------------------- */

typedef struct colfile_column {
    const char *name;
    column_kind kind;
    const char *const *dictionary; /* [dictionary_n] */
    int64_t dictionary_n;
    int64_t width;               /* COLUMN_BITS: bits; a chunk is U8 [rows][(width+7)/8] */
    const char *const *bits;     /* COLUMN_BITS: [width] a name for each */
    const bits_encoder *encoder; /* COLUMN_BITS: how it was made, the key apart */
    char hash[HASH_TEXT_SIZE];   /* of the content, as the header tells it */
} colfile_column;

typedef struct colfile_block {
    column_type type;
    const void *at; /* [rows of the chunk], 64-byte aligned, in the map */
} colfile_block;

typedef struct colfile {
    file_map map;
    int lock; /* keeps the cache from removing the file while it is open */
    arena arena;
    int64_t rows, chunks;
    int n_columns;
    colfile_column *columns; /* [n_columns] */
    colfile_block *blocks;   /* [chunks][n_columns] */
    json_t *extra;           /* what the writer passed, or NULL */
} colfile;

/* Map and check every offset against the file's size; a damaged file is STINT_EDATA.
 * An open column file stays in the cache. */
stint_status colfile_open(ctx *c, const char *path, colfile *out);
void colfile_close(colfile *f);

int64_t colfile_chunk_rows(const colfile *f, int64_t chunk);
int colfile_find(const colfile *f, const char *name); /* column number, or -1 */

/* What identifies these columns' content: rows, and each one's name, kind and hash, in the
 * order given. */
stint_status colfile_fingerprint(ctx *c, const colfile *f, const int *columns, int n,
                                 char out[HASH_TEXT_SIZE]);

/* Does the column's content have the hash that the header tells?  Reads all of it. */
stint_status colfile_check_column(ctx *c, const colfile *f, int column, bool *good);

/* The rows of a chunk of a COLUMN_BITS column: U8 [rows][(width+7)/8]. */
const uint8_t *colfile_bits(const colfile *f, int column, int64_t chunk);

/* rows [from, from+n) of one chunk of a column as doubles: numbers as they are, bools 0/1,
 * text by code, bits as the share of ones in the row; missing = NaN.  n doubles into out,
 * `stride` apart. */
void colfile_read(const colfile *f, int column, int64_t chunk, int64_t from, int64_t n, double *out,
                  int64_t stride);

/* Rows `rows[i]` (within the chunk) instead of a range. */
void colfile_gather(const colfile *f, int column, int64_t chunk, const int32_t *rows, int64_t n,
                    double *out, int64_t stride);

#endif
