/* Delimited text (CSV, TSV; RFC 4180), written cell by cell to an open file.
 *
 * Numbers stand in the fewest digits that read back to the same bits, bools as true and false;
 * a missing cell is nothing at all, an empty text is "".  Texts are quoted where they need it.
 * A row of one missing cell is written as "", since readers skip empty lines. */
#ifndef DATA_DELIMITED_H
#define DATA_DELIMITED_H

#include "base/str.h"

typedef struct delimited {
    int fd;
    const char *path; /* what messages call it */
    char delimiter;
    str text;      /* what is not written yet, some 64 KiB at most beside a row */
    int64_t cells; /* of the row so far */
    bool blank;    /* all of them are missing */
} delimited;

void delimited_begin(delimited *d, ctx *c, int fd, const char *path, char delimiter);

/* The next cell of the row. */
void delimited_missing(delimited *d);
void delimited_text(delimited *d, const char *text);
void delimited_bool(delimited *d, bool x);
void delimited_number(delimited *d, double x); /* NaN = missing */
void delimited_integer(delimited *d, int64_t x);

stint_status delimited_end_row(delimited *d);

/* Writes what is left, unless `s` is a failure already, which is then returned. */
stint_status delimited_end(delimited *d, stint_status s);

#endif
