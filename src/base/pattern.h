/* Patterns over names: `*` stands for any text, `?` for any one character of UTF-8.  A name
 * that has such characters of its own is matched by itself, written out. */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include <stdbool.h>

bool pattern_match(const char *pattern, const char *name);

/* Has it neither `*` nor `?`, so that it is meant to be one name? */
bool pattern_is_name(const char *pattern);

#endif
