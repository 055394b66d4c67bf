/* Moments as tables write them: ISO 8601 texts, and dates as the whole number YYYYMMDD. */
#ifndef DATA_MOMENT_H
#define DATA_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#define MOMENT_SECOND INT64_C(10000000) /* steps of 100 ns in a second */
#define MOMENT_DAY    (86400 * MOMENT_SECOND)
#define MOMENT_1970   719528 /* day of 1970-01-01 */

typedef struct moment {
    int64_t steps; /* of 100 ns, since the beginning of year 0 */
    bool zoned;
} moment;

/* YYYY-MM-DD, or a date, "T" or one space, and hh:mm[:ss[.fraction]], with "Z", ±hh, ±hhmm or
 * ±hh:mm behind it, or without a zone.  false = anything else. */
bool moment_of(const char *text, moment *out);

/* Seconds since 1970 of the whole number YYYYMMDD, years 1600 to 2999; false = no such date. */
bool moment_of_number(double yyyymmdd, double *seconds);

double moment_seconds(moment m); /* since 1970, in UTC if it has a zone */

/* The calendar day that seconds since 1970 are in. */
typedef struct calendar {
    int year, month, day, weekday, day_of_year; /* month, day … from 1; weekday from Monday = 0 */
} calendar;
calendar calendar_of(double seconds);

#endif
