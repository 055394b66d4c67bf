#include "base/pattern.h"

#include <string.h>

/* Text that a star takes is lengthened only at the last star: what an earlier one took can
 * stay as short as it was, so the cost is the product of the lengths at most. */

static const char *next_character(const char *s)
{
    s++;
    while (((unsigned char)*s & 0xC0) == 0x80)
        s++;
    return s;
}

bool pattern_match(const char *pattern, const char *name)
{
    const char *p = pattern, *s = name, *star = NULL, *taken = NULL;
    if (strcmp(pattern, name) == 0)
        return true;
    while (*s) {
        if (*p == '*') {
            star = ++p;
            taken = s;
        } else if (*p == '?') {
            p++;
            s = next_character(s);
        } else if (*p == *s) {
            p++;
            s++;
        } else if (star) {
            p = star;
            s = taken = next_character(taken);
        } else {
            return false;
        }
    }
    while (*p == '*')
        p++;
    return *p == '\0';
}

bool pattern_is_name(const char *pattern)
{
    return !strpbrk(pattern, "*?");
}
