/* UTF-8 text, one character at a time. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/* Bytes of the character at `text`, which ends in NUL; 0 when there is none: overlong forms,
 * surrogates and code points beyond U+10FFFF are none.  NUL itself is a character of 1. */
size_t utf8_length(const char *text);

#endif
