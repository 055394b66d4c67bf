/* A growing byte string.
 *
 * Invariants: `at` is never NULL after str_init and always ends in NUL at at[len]; a
 * failed growth sets `failed`, keeps what was there, and makes every later append a
 * no-op, so a builder is checked once, at its end (str_status).  An empty string owns no
 * memory.
 *
 * A host program may have set a locale that writes numbers in another way ("0,5"); every
 * function here writes and reads them as the C locale does, in any thread. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/mem.h"

typedef struct str {
    char *at;
    size_t len, room;
    ctx *ctx;
    budget_tag tag;
    bool failed;
} str;

void str_init(str *s, ctx *c, budget_tag tag);
void str_deinit(str *s);
void str_clear(str *s); /* keeps its room, and `failed` */
void str_add(str *s, const char *text);
void str_add_bytes(str *s, const void *bytes, size_t n);
void str_addf(str *s, const char *fmt, ...) STINT_PRINTF(2, 3);
void str_vaddf(str *s, const char *fmt, va_list args);
/* Moves the block out (free with mem_free) and leaves s empty; NULL if it failed. */
char *str_take(str *s);
stint_status str_status(const str *s);

/* Hand a finished string to the caller of the library, in plain malloc memory that outlives
 * the context; the string is gone either way. */
stint_status text_take(str *s, stint_text *out);

/* snprintf, but a number is written the same in any locale. */
int str_print(char *out, size_t size, const char *fmt, ...) STINT_PRINTF(3, 4);

/* A double in the fewest digits that read back to the same bits: "0.1", "1e+22", "nan". */
#define STR_DOUBLE_SIZE 40
void str_format_double(char out[STR_DOUBLE_SIZE], double x);

/* "1.5 GiB", "640 KiB"; "1 h 02 min", "3.4 s" */
#define STR_SIZE_SIZE 32
const char *str_format_bytes(char out[STR_SIZE_SIZE], int64_t bytes);
const char *str_format_seconds(char out[STR_SIZE_SIZE], double seconds);

/* The whole text as one decimal number, as strtod reads it, but not "0x10" or "nan(1)"; beyond
 * the doubles it is infinite.  Spaces may stand before it.  false = not a number. */
bool str_parse_double(const char *text, double *out);

/* "1GiB", "512 MiB", "1e9" → bytes; "90s", "5min", "1h" → seconds.  Units in any case: B, kB,
 * MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (of 1024); ms, s, min or m, h, d; without a
 * unit, bytes and seconds.  A fraction of a byte is dropped.  false = not a size. */
bool str_parse_bytes(const char *text, int64_t *bytes);
bool str_parse_seconds(const char *text, double *seconds);

/* How many single-letter edits (insert, delete, replace, swap) turn a into b. */
int str_distance(const char *a, const char *b);

/* The nearest of some known names to a misspelt one: begin, try each, then `name`, NULL when
 * none is near. */
typedef struct nearest_name {
    const char *to, *name;
    int distance;
} nearest_name;

nearest_name nearest_begin(const char *to);
void nearest_try(nearest_name *s, const char *name);

#endif
