/* Tables: reading what their owners keep into column files, column files into Parquet, made-up
 * tables whose structure is known; the cache that keeps them. */
#ifndef STINT_DATA_H
#define STINT_DATA_H

#include "stint/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A table as its owner keeps it. */
typedef struct stint_ingest_request {
    const char *source;          /* a file or a pattern */
    const char *to;              /* a copy of the column file; NULL = none */
    const char *sheet, *dataset; /* of a workbook, of an HDF5 file; NULL = the only one */
    const char *memory;          /* what the reading child may hold, "512MiB"; NULL = a default */
    bool json;
} stint_ingest_request;

/* Read a table into the cache's column file, and copy it.  CSV, TSV, JSONL, Parquet, XLSX, HDF5,
 * NPY or a column file.  `out` says what was read, as text or JSON. */
STINT_API STINT_MUST_CHECK stint_status stint_ingest(stint_context *ctx,
                                                     const stint_ingest_request *r,
                                                     stint_text *out);

/* Write a column file as what `to` ends in: .csv, .tsv, .xlsx, .parquet or .safetensors (the column
 * file itself), atomically.  STINT_EUSAGE for another name, STINT_EDATA when a workbook cannot
 * hold it.  Parquet needs stint_options.command. */
STINT_API STINT_MUST_CHECK stint_status stint_export(stint_context *ctx, const char *column_file,
                                                     const char *to);

/* What the cache holds, by kind and then by last use, as text or JSON: for each file its key,
 * bytes, time of last use, whether someone uses it now, and its record:
 *
 *     stands        the file is what it was when its hash was taken
 *     unconfirmed   it is read, and its hash compared, when it is next wanted
 *     missing       it will be made again when it is next wanted
 *     orphan        the record is left, the file is not there
 *     source        the hash of a source file elsewhere
 *
 * A cache that is not there is empty, and stays away.  Takes some 200 bytes for each file. */
STINT_API STINT_MUST_CHECK stint_status stint_cache_list(stint_context *ctx, bool json,
                                                         stint_text *out);

/* Remove what dead processes left, then the least recently used until all take at most `limit`,
 * "2GiB" (NULL = the context's limit, "0" = everything), but nothing that is in use, here or in
 * another process.  `out` says what was removed and what stays.  STINT_EIO when the system
 * refused to remove something; `out` is made then too. */
STINT_API STINT_MUST_CHECK stint_status stint_cache_collect(stint_context *ctx, const char *limit,
                                                            bool json, stint_text *out);

/* A made-up table: which generator, its parameters, where it goes. */
typedef struct stint_generate_request {
    const char *name;              /* "angles", "blobs", "moons", "circles", "records", "battery" */
    const stint_setting *settings; /* [n_settings] parameters by name; later ones win */
    int n_settings;
    const char *to; /* .csv, .tsv, .parquet or .safetensors (a column file); NULL = CSV to `fd` */
    int fd;         /* an open file, pipe or terminal; used when `to` is NULL */
    bool json;      /* `out` as JSON instead of for people */
} stint_generate_request;

/* Write a table whose rows are a function of the parameters alone, `seed` among them: the same
 * bytes every time, and the first rows of a longer table are those of a shorter one.  A file
 * appears under its name whole or not at all.  Memory does not grow with the rows: CSV and
 * TSV take 8 MiB, the others a chunk of 65 536 rows (8 bytes a cell, at most) in flight.
 *
 * `out` says what was written and the structure that the table has by construction: which
 * columns carry the target, by what formula and coefficients, and which are noise.  A wrong
 * name or value is STINT_EUSAGE with the nearest name or the range.  Parquet needs
 * stint_options.command. */
STINT_API STINT_MUST_CHECK stint_status stint_generate(stint_context *ctx,
                                                       const stint_generate_request *r,
                                                       stint_text *out);

/* What a generator makes and its parameters, as flags of the command; NULL = all of them. */
STINT_API STINT_MUST_CHECK stint_status stint_generate_reference(stint_context *ctx,
                                                                 const char *name, stint_text *out);

/* The children's sides of ingest and export, on a connected socket. */
STINT_API STINT_MUST_CHECK stint_status stint_ingest_child(stint_context *ctx, int fd);
STINT_API STINT_MUST_CHECK stint_status stint_export_child(stint_context *ctx, int fd);

#ifdef __cplusplus
}
#endif
#endif
