#include "data/exact.h"
#include "base/str.h"

#include <string.h>

enum { DIGITS_MOST = 310 }; /* the largest double has 309 */

bool exact_u64(uint64_t x)
{
    return x == 0 || 64 - __builtin_clzll(x) - __builtin_ctzll(x) <= 53;
}

/* A double is written out in full and compared. */
bool exact_text(const char *cell, int64_t len)
{
    char text[DIGITS_MOST + 1], back[DIGITS_MOST + 32];
    double x;
    if (len > 0 && (*cell == '-' || *cell == '+')) {
        cell++;
        len--;
    }
    while (len > 1 && *cell == '0') {
        cell++;
        len--;
    }
    for (int64_t i = 0; i < len; i++)
        if (cell[i] < '0' || cell[i] > '9')
            return true;
    if (len < 16 || len > DIGITS_MOST)
        return len < 16;
    memcpy(text, cell, (size_t)len);
    text[len] = '\0';
    if (!str_parse_double(text, &x))
        return false;
    str_print(back, sizeof back, "%.0f", x);
    return strcmp(text, back) == 0;
}
