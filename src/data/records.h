/* Records and cells of CSV text, one after the other: a quoted cell may hold delimiters,
 * line ends and doubled quotes. */
#ifndef DATA_RECORDS_H
#define DATA_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of the record at `at`, its line end included; 0 when `end` comes first, unless
 * `last` says that nothing follows.  *lines counts the line ends in it. */
int64_t record_bytes(const char *at, const char *end, bool last, int64_t *lines);

/* Is the record nothing but its line end? */
bool record_blank(const char *at, int64_t bytes);

/* "\n", "\r\n", "\r", or "" when the record has none. */
void record_line_end(const char *at, int64_t bytes, char out[3]);

/* The next cell of a record: moves *at past it and its delimiter; false when the record
 * ends.  *cell and *len are its bytes, without the quotes around it. */
bool record_cell(const char **at, const char *end, char delimiter, const char **cell, int64_t *len);

int record_cells(const char *at, int64_t bytes, char delimiter);

#endif
