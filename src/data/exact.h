/* Whole numbers that a double holds exactly. */
#ifndef DATA_EXACT_H
#define DATA_EXACT_H

#include <stdbool.h>
#include <stdint.h>

/* All below it are; a number beyond may have been rounded to it. */
#define EXACT_MOST (INT64_C(1) << 53)

bool exact_u64(uint64_t x);

/* A cell as it is written.  What is not digits alone ("1e300", "0.1") is no whole number in this
 * sense, and true. */
bool exact_text(const char *cell, int64_t len);

#endif
