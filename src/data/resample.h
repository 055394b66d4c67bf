/* Rows put on an even clock: in each series a row for each step from its first row's time on.
 *
 *     time    0.0   0.4      1.1           3.2        every 1
 *     value   1     3        5             7
 *             └──┬──┘        │             │
 *     time    0              1      2      3          the step's beginning
 *     value   2              5      fill   7          by mean */
#ifndef DATA_RESAMPLE_H
#define DATA_RESAMPLE_H

#include "data/derive.h"

/* More steps than this for each row are taken for a mistake in `every` or in a time. */
#define RESAMPLE_STEPS_MOST 1000

/* From `in` into a column file at `path`.  Numbers by `by`, over the cells that are not missing;
 * text, true/false and what a series is called by the last of them.  Cells that are missing then
 * are filled: numbers as `fill` says, others with the previous one when it says anything.  The
 * time becomes a number: of dates, seconds since 1970.  `extra` goes into the file. */
stint_status resample_write(ctx *c, const colfile *in, const derive_settings *s, const char *path,
                            const char *extra, pool *p);

#endif
