/* Budgeted memory.  Every block names its context and tag; it is 64-byte aligned, zeroed,
 * and remembers its size and the place that asked for it, so that mem_free needs only the
 * pointer and a leak can be named by file and line.
 *
 *     [ header 64 bytes: size, budget, tag, site, list links ][ block … ]
 *
 * Cost: one aligned malloc plus a lock; for buffers and objects, not for inner loops. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/budget.h"
#include "base/ctx.h"

#define MEM_SITE_STR2(x) #x
#define MEM_SITE_STR(x)  MEM_SITE_STR2(x)
#define MEM_SITE         __FILE__ ":" MEM_SITE_STR(__LINE__)

/* NULL, with a message naming the largest holders, when the budget or the system has not
 * that much.  mem_resize keeps the contents, zeroes what is new, and leaves the old block
 * alone on failure.  mem_free takes NULL. */
#define mem_alloc(c, tag, bytes)         mem_alloc_at(c, tag, bytes, MEM_SITE)
#define mem_resize(c, tag, block, bytes) mem_resize_at(c, tag, block, bytes, MEM_SITE)
void *mem_alloc_at(ctx *c, budget_tag tag, size_t bytes, const char *site);
void *mem_resize_at(ctx *c, budget_tag tag, void *block, size_t bytes, const char *site);
void mem_free(void *block);

/* What was asked for when the block was made. */
int64_t mem_bytes(const void *block);

/* What a block of `bytes` is charged: its header and whole lines of 64 bytes. */
int64_t mem_cost(size_t bytes);

/* n objects of a type, zeroed; n * size is checked. */
#define mem_new(c, tag, type, n) ((type *)mem_array_at(c, tag, n, sizeof(type), MEM_SITE))
void *mem_array_at(ctx *c, budget_tag tag, int64_t n, size_t item, const char *site);

/* A copy of a string under TAG_BASE. */
#define mem_strdup(c, s) mem_strdup_at(c, s, MEM_SITE)
char *mem_strdup_at(ctx *c, const char *s, const char *site);

/* The sites of up to `most` blocks still live in `b` itself, one "N bytes from FILE:LINE
 * (tag)" a line; returns how many blocks are live. */
int64_t mem_live_blocks(const budget *b, char *out, size_t size, int most);

/* Return the charge of a block, which stays valid but belongs to no budget. */
void mem_abandon(void *block);

/* Return the charges of all blocks live in `b` itself; the blocks stay valid, and may be
 * freed later, but belong to no budget. */
void mem_abandon_blocks(budget *b);

#endif
