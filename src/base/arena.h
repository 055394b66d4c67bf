/* Many small objects with one life: allocated one by one, freed together.
 *
 * Blocks of at least 4 KiB come from the budget; objects are 16-byte aligned and zeroed.
 * NULL when the budget is spent (the context has the message). */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/mem.h"

typedef struct arena {
    struct arena_block *blocks;
    ctx *ctx;
    budget_tag tag;
} arena;

void arena_init(arena *a, ctx *c, budget_tag tag);
void arena_deinit(arena *a);
void *arena_alloc(arena *a, size_t bytes);
char *arena_strdup(arena *a, const char *s);
char *arena_printf(arena *a, const char *fmt, ...) STINT_PRINTF(2, 3);

/* n objects of a type; n * size is checked. */
#define arena_new(a, type, n) ((type *)arena_array(a, n, sizeof(type)))
void *arena_array(arena *a, int64_t n, size_t item);

#endif
