/* One line of JSON: an object whose values are cells, read field by field.
 *
 * Strict as JSON is, but for NaN, Infinity and -Infinity, which Python writes.  An object or a
 * list as a value is stepped over and told by its type. */
#ifndef DATA_JSONL_H
#define DATA_JSONL_H

#include "data/ingest_impl.h"

typedef enum json_cell {
    JSON_CELL_NULL,
    JSON_CELL_BOOL,
    JSON_CELL_INTEGER, /* digits alone: of any size */
    JSON_CELL_NUMBER,
    JSON_CELL_TEXT,
    JSON_CELL_OBJECT,
    JSON_CELL_LIST,
} json_cell;

typedef struct json_field {
    cell_text key, text; /* text: as written, a string's without its quotes and escapes */
    json_cell type;
} json_field;

typedef struct json_line {
    const char *from, *at, *end;
    char *room;        /* for strings with escapes: at least as many bytes as the line has */
    const char *error; /* what is wrong before `at`, NULL = nothing */
    bool begun;
} json_line;

json_line json_line_begin(const char *at, int64_t bytes, char *room);

/* The next field, whose texts stay as long as line and room do.  false: the object ended, or
 * `error` says why it did not. */
bool json_line_next(json_line *r, json_field *out);

/* Is there nothing on the line? */
bool json_line_blank(const char *at, int64_t bytes);

#endif
