/* What the help and the manual page both say: each fact stands in one table. */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H

#include <stdbool.h>

#define STINT_IS "machine learning inside a budget of memory, time and disk"

typedef struct fact {
    const char *name, *text;
} fact;

extern const fact first_run[];   /* command lines, and what they do; ends in a NULL name */
extern const fact environment[]; /* variables; the same */

/* The exit codes, one by one: *at is 0 before the first; false after the last. */
typedef struct exit_fact {
    char codes[16], text[256];
} exit_fact;
bool exit_next(int *at, exit_fact *out);

#endif
