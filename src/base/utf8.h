/* UTF-8: which bytes are text, and code points as bytes. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the sequence at `p`, 0 when it is none (overlong ones and surrogates included). */
int utf8_bytes(const uint8_t *p, const uint8_t *end);

/* The same for a text that ends in NUL, which is itself a character of 1. */
size_t utf8_length(const char *text);

bool utf8_valid(const char *text, int64_t len);

/* Writes at most 4 bytes; 0 when `code` is no character (a surrogate, beyond 0x10FFFF). */
int utf8_put(char *out, uint32_t code);

#endif
