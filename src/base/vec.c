#include "base/vec.h"

stint_status vec_reserve_bytes(ctx *c, budget_tag tag, void **at, int64_t *room, int64_t want,
                               size_t item, const char *site)
{
    if (want <= *room)
        return STINT_OK;
    int64_t grown = *room < INT64_MAX / 2 ? 2 * *room : INT64_MAX;
    grown = grown < want ? want : grown;
    grown = grown < 8 ? 8 : grown;
    size_t bytes;
    if (__builtin_mul_overflow(grown, item, &bytes))
        bytes = PTRDIFF_MAX; /* which no budget has */
    void *block = mem_resize_at(c, tag, *at, bytes, site);
    if (!block)
        return STINT_ENOMEM;
    *at = block;
    *room = grown;
    return STINT_OK;
}
