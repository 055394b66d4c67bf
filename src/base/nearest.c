#include "base/str.h"

#include <limits.h>
#include <string.h>

/* A third of the letters may be wrong, of a short name half.  The distance costs the product
 * of the lengths, so what is longer than any name is not compared. */
nearest_name nearest_begin(const char *to)
{
    size_t len = strlen(to);
    int near = (int)(len < 6 ? len / 2 : len / 3);
    return (nearest_name){to, NULL, len > 64 ? INT_MIN : near + 1};
}

void nearest_try(nearest_name *s, const char *name)
{
    if (s->distance == INT_MIN)
        return;
    int d = str_distance(s->to, name);
    if (d < s->distance) {
        s->distance = d;
        s->name = name;
    }
}
