/* Tables: reading what their owners keep into column files, and column files into Parquet. */
#ifndef STINT_DATA_H
#define STINT_DATA_H

#include "stint/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Read a CSV, TSV or Parquet file or glob into the cache's column file, and copy it to
 * `to` unless NULL.  `memory` is what the reading child may hold, "512MiB"; NULL = a default.
 * `out` says what was read, as text or JSON. */
STINT_API STINT_MUST_CHECK stint_status stint_ingest(stint_context *ctx, const char *source,
                                                     const char *to, const char *memory, bool json,
                                                     stint_text *out);

/* Write a column file as Parquet, atomically. */
STINT_API STINT_MUST_CHECK stint_status stint_export(stint_context *ctx, const char *column_file,
                                                     const char *to);

/* The children's sides of these, on a connected socket. */
STINT_API STINT_MUST_CHECK stint_status stint_ingest_child(stint_context *ctx, int fd);
STINT_API STINT_MUST_CHECK stint_status stint_export_child(stint_context *ctx, int fd);

#ifdef __cplusplus
}
#endif
#endif
