/* Text where numbers are needed, told with its place. */
#ifndef DATA_TEXT_COLUMN_H
#define DATA_TEXT_COLUMN_H

#include "data/colfile.h"

/* STINT_EDATA for a text or hash column: where it holds numbers too, the first cell of each, else that it
 * is text; and `remedy`: "list the column under data.drop". */
stint_status fail_text_column(ctx *c, const colfile *f, int column, const char *remedy);

#endif
