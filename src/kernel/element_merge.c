/* Fewer, longer axes for the same order of elements. */
#include "kernel/element.h"

#include <stdbool.h>

/* Does every operand step over the end of axis `a` into the next of the axis before, `before`,
 * as within it? */
static bool goes_on(const element_space *s, int n, int64_t (*stride)[STINT_AXES], int before, int a)
{
    for (int i = 0; i < n; i++)
        if (stride[i][before] != stride[i][a] * s->size[a])
            return false;
    return true;
}

/* Axes 0 … kept-1 are merged already; the last of them grows, or axis a becomes another. */
void element_merge(element_space *s, int n, int64_t (*stride)[STINT_AXES])
{
    int kept = 0;
    for (int a = 0; a < s->axes; a++) {
        if (s->size[a] == 1)
            continue;
        bool grows = kept > 0 && goes_on(s, n, stride, kept - 1, a);
        int at = grows ? kept - 1 : kept++;
        s->size[at] = grows ? s->size[at] * s->size[a] : s->size[a];
        for (int i = 0; i < n; i++)
            stride[i][at] = stride[i][a];
    }
    s->axes = kept;
}
