/* A column read as time. */
#ifndef DATA_TIMES_H
#define DATA_TIMES_H

#include "data/colfile.h"

/* Texts in ISO 8601 and whole numbers YYYYMMDD become seconds since 1970 (UTC if they have
 * zones); other numbers stay what they are.  The first cell that is not missing tells which it is,
 * and all others have to be likewise. */
typedef enum times_kind { TIMES_NUMBERS, TIMES_DAYS, TIMES_TEXTS } times_kind;

typedef struct times {
    const colfile *file;
    int column;
    times_kind kind;
    bool zoned;
    double *texts; /* [dictionary_n] seconds of each text; NaN = no time */
} times;

/* `plain`: numbers are numbers, whatever they look like.  `key` is what messages say of a column
 * that cannot be time: "series.time". */
stint_status times_open(ctx *c, const colfile *f, int column, bool plain, const char *key,
                        times *out);
void times_close(times *t);

/* Rows [from, from + n) of a chunk; missing = NaN.  A cell that is no time is STINT_EDATA with its
 * line. */
stint_status times_read(ctx *c, const times *t, int64_t chunk, int64_t from, int64_t n,
                        double *out);

#endif
