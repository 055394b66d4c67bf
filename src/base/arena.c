#include "base/arena.h"

#include <stdio.h>
#include <string.h>

/* A list of blocks, the newest first; objects are cut from the newest only.  Blocks double
 * from 4 KiB to 64 KiB, so that many small objects cost few locks and few objects little
 * memory. */

enum { ALIGN = 16, FIRST_ROOM = 4096, MOST_ROOM = 65536 };

struct arena_block {
    struct arena_block *older;
    size_t used, room;
    _Alignas(ALIGN) char at[];
};

void arena_init(arena *a, ctx *c, budget_tag tag)
{
    *a = (arena){.ctx = c, .tag = tag};
}

void arena_deinit(arena *a)
{
    for (struct arena_block *b = a->blocks, *older; b; b = older) {
        older = b->older;
        mem_free(b);
    }
    a->blocks = NULL;
}

static size_t next_room(const arena *a, size_t bytes)
{
    size_t room = a->blocks ? 2 * a->blocks->room : FIRST_ROOM;
    room = room < MOST_ROOM ? room : MOST_ROOM;
    return room < bytes ? bytes : room;
}

static struct arena_block *block_add(arena *a, size_t bytes)
{
    size_t room = next_room(a, bytes);
    struct arena_block *b = mem_alloc(a->ctx, a->tag, sizeof *b + room);
    if (!b)
        return NULL;
    b->room = room;
    b->older = a->blocks;
    return a->blocks = b;
}

void *arena_alloc(arena *a, size_t bytes)
{
    if (bytes > PTRDIFF_MAX / 4)
        return mem_alloc(a->ctx, a->tag, PTRDIFF_MAX); /* refuses, with its message */
    bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    struct arena_block *b = a->blocks;
    if (!b || b->room - b->used < bytes)
        b = block_add(a, bytes);
    if (!b)
        return NULL;
    void *object = b->at + b->used;
    b->used += bytes;
    return object;
}

void *arena_array(arena *a, int64_t n, size_t item)
{
    size_t bytes;
    if (n < 0 || __builtin_mul_overflow(n, item, &bytes))
        bytes = PTRDIFF_MAX;
    return arena_alloc(a, bytes);
}

char *arena_strdup(arena *a, const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = arena_alloc(a, n);
    return copy ? memcpy(copy, s, n) : NULL;
}

char *arena_printf(arena *a, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    char *text = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(args);
    return text;
}
