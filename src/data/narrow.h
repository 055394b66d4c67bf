/* The narrowest type that holds one chunk of a column exactly.
 *
 * A number keeps its bits: -0.0 and NaN stay floating point, and a double goes to F32 only
 * when it reads back the same.  Codes and bools take one byte where they fit. */
#ifndef DATA_NARROW_H
#define DATA_NARROW_H

#include "data/colfile.h"

column_type narrow_type(const column_chunk *chunk, int64_t rows);

/* The chunk's values as `type`: into `scratch` (rows values of that type), or the caller's
 * own array when it is that type already. */
const void *narrow(const column_chunk *chunk, int64_t rows, column_type type, void *scratch);

#endif
