#include "base/mem.h"

#include "base/budget_impl.h"
#include "base/fault.h"
#include "base/os/thread.h"
#include "base/str.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks come from calloc, which need not touch fresh pages to zero them, and are aligned
 * by hand:
 *
 *     [ 0-48 bytes shift ][ mem_header, padded to 64 ][ block, 64-byte aligned … ]
 *
 * Each budget node lists its live blocks. */

enum { LINE = 64, MALLOC_ALIGN = 16 };

_Static_assert(sizeof(mem_header) <= LINE, "the header fits its line");

static mem_header *header_of(void *block)
{
    return (mem_header *)((char *)block - LINE);
}

int64_t mem_bytes(const void *block)
{
    return (int64_t)header_of((void *)block)->bytes;
}

int64_t mem_cost(size_t bytes)
{
    return (int64_t)((bytes + LINE - 1) / LINE * LINE + LINE);
}

/* "/root/x/src/data/ingest.c:120" → "src/data/ingest.c:120" */
static const char *site_short(const char *site)
{
    static const char *const roots[] = {"/src/", "/tests/", "/cli/"};
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        const char *at = strstr(site, roots[i]);
        if (at)
            return at + 1;
    }
    return site;
}

static void *refuse(ctx *c, budget_tag tag, size_t bytes, const char *site)
{
    const budget *b = budget_tightest(ctx_budget(c));
    char want[STR_SIZE_SIZE], left[STR_SIZE_SIZE], limit[STR_SIZE_SIZE], holders[256];
    budget_holders(b, holders, sizeof holders);
    fail(c, STINT_ENOMEM, "out of memory: %s for %s at %s does not fit: %s of %s left; holders: %s",
         str_format_bytes(want, (int64_t)bytes), budget_tag_name(tag), site_short(site),
         str_format_bytes(left, budget_left(b)), str_format_bytes(limit, budget_limit(b)), holders);
    return NULL;
}

static void *refuse_by_system(ctx *c, budget_tag tag, size_t bytes, const char *site)
{
    char want[STR_SIZE_SIZE];
    fail(c, STINT_ENOMEM, "out of memory: the system refuses %s for %s at %s",
         str_format_bytes(want, (int64_t)bytes), budget_tag_name(tag), site_short(site));
    return NULL;
}

/* The header of a fresh zeroed block, NULL when the system has no more. */
static mem_header *block_new(size_t bytes)
{
    char *raw = calloc(1, (size_t)mem_cost(bytes) + LINE - MALLOC_ALIGN);
    if (!raw)
        return NULL;
    size_t shift = (LINE - (uintptr_t)raw % LINE) % LINE;
    mem_header *h = (mem_header *)(raw + shift);
    h->shift = (uint16_t)shift;
    h->bytes = bytes;
    return h;
}

static void block_link(budget *b, mem_header *h)
{
    lock_acquire(&b->blocks_lock);
    h->after = b->blocks;
    if (b->blocks)
        b->blocks->before = h;
    b->blocks = h;
    b->block_count++;
    lock_release(&b->blocks_lock);
}

static void block_unlink(budget *b, mem_header *h)
{
    lock_acquire(&b->blocks_lock);
    if (h->before)
        h->before->after = h->after;
    else
        b->blocks = h->after;
    if (h->after)
        h->after->before = h->before;
    b->block_count--;
    lock_release(&b->blocks_lock);
}

void *mem_alloc_at(ctx *c, budget_tag tag, size_t bytes, const char *site)
{
    budget *b = ctx_budget(c);
    if (bytes > PTRDIFF_MAX / 2 || !budget_reserve(b, tag, mem_cost(bytes)))
        return refuse(c, tag, bytes, site);
    mem_header *h = fault_now(FAULT_ALLOC) ? NULL : block_new(bytes);
    if (!h) {
        budget_release(b, tag, mem_cost(bytes));
        return refuse_by_system(c, tag, bytes, site);
    }
    h->budget = b;
    h->tag = (uint16_t)tag;
    h->site = site;
    block_link(b, h);
    return (char *)h + LINE;
}

void *mem_array_at(ctx *c, budget_tag tag, int64_t n, size_t item, const char *site)
{
    size_t bytes;
    if (n < 0 || __builtin_mul_overflow(n, item, &bytes))
        bytes = PTRDIFF_MAX; /* which no budget has */
    return mem_alloc_at(c, tag, bytes, site);
}

/* Old and new block are held together for the copy, and charged so. */
void *mem_resize_at(ctx *c, budget_tag tag, void *block, size_t bytes, const char *site)
{
    void *grown = mem_alloc_at(c, tag, bytes, site);
    if (!grown || !block)
        return grown;
    size_t old = header_of(block)->bytes;
    memcpy(grown, block, old < bytes ? old : bytes);
    mem_free(block);
    return grown;
}

void mem_free(void *block)
{
    if (!block)
        return;
    mem_header *h = header_of(block);
    if (h->budget) {
        block_unlink(h->budget, h);
        budget_release(h->budget, (budget_tag)h->tag, mem_cost(h->bytes));
    }
    free((char *)h - h->shift);
}

char *mem_strdup_at(ctx *c, const char *s, const char *site)
{
    size_t n = strlen(s) + 1;
    char *copy = mem_alloc_at(c, TAG_BASE, n, site);
    return copy ? memcpy(copy, s, n) : NULL;
}

int64_t mem_live_blocks(const budget *b, char *out, size_t size, int most)
{
    size_t len = 0;
    budget *node = (budget *)b; /* only its lock is touched */
    if (size)
        out[0] = '\0';
    lock_acquire(&node->blocks_lock);
    mem_header *h = b->blocks;
    for (int i = 0; h && i < most && len < size; i++, h = h->after)
        len += (size_t)snprintf(out + len, size - len, "%zu bytes from %s (%s)\n", h->bytes,
                                site_short(h->site), budget_tag_name((budget_tag)h->tag));
    int64_t n = b->block_count;
    lock_release(&node->blocks_lock);
    return n;
}

void mem_abandon(void *block)
{
    mem_header *h = header_of(block);
    block_unlink(h->budget, h);
    budget_release(h->budget, (budget_tag)h->tag, mem_cost(h->bytes));
    h->budget = NULL;
}

void mem_abandon_blocks(budget *b)
{
    while (b->blocks) {
        assert(b->blocks->budget == b);
        mem_abandon((char *)b->blocks + LINE);
    }
}
