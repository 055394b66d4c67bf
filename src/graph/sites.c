#include "graph/profile.h"

#include "base/mem.h"
#include "base/os/os.h"

#include <string.h>

/* Call stacks as small numbers, found by their hash.  A handle's creation must not fail for want
 * of a site, nor wait: there is room for SPARE new ones between two checkpoints, and what comes
 * after those is unknown, 0. */

enum { SPARE = 1024 };

stint_status profile_reserve(profile *p)
{
    ctx *c = p->g->ctx;
    int64_t want = p->sites.n + SPARE, slots = p->slot_count ? p->slot_count : 2 * SPARE;
    if (p->sites.n == 0)
        want++;
    if (want > p->sites.room)
        TRY(vec_reserve(c, TAG_BASE, &p->sites, want));
    if (p->sites.n == 0)
        p->sites.at[p->sites.n++] = (site){0};
    while (slots < 2 * p->sites.room)
        slots *= 2;
    if (slots == p->slot_count)
        return STINT_OK;
    int32_t *grown = mem_new(c, TAG_BASE, int32_t, slots);
    if (!grown)
        return STINT_ENOMEM;
    for (int64_t i = 1; i < p->sites.n; i++) {
        int64_t at = (int64_t)(p->sites.at[i].hash & (uint64_t)(slots - 1));
        while (grown[at])
            at = (at + 1) & (slots - 1);
        grown[at] = (int32_t)i;
    }
    mem_free(p->slots);
    p->slots = grown;
    p->slot_count = slots;
    return STINT_OK;
}

static uint64_t hash_of(const void *const *frame, int n)
{
    uint64_t h = (uint64_t)n;
    for (int i = 0; i < n; i++) {
        h = (h ^ (uint64_t)(uintptr_t)frame[i]) * 0x9e3779b97f4a7c15U; /* 2^64 / the golden ratio */
        h ^= h >> 29;
    }
    return h;
}

static bool is_same(const site *s, uint64_t hash, const void *const *frame, int n)
{
    return s->hash == hash && s->frames == n &&
           memcmp(s->frame, frame, (size_t)n * sizeof *frame) == 0;
}

int32_t profile_site(profile *p)
{
    const void *frame[STINT_MEMORY_FRAMES];
    int n = stack_walk(frame, STINT_MEMORY_FRAMES);
    uint64_t hash = hash_of(frame, n), mask = (uint64_t)(p->slot_count - 1);
    uint64_t at = hash & mask;
    for (; p->slots[at]; at = (at + 1) & mask)
        if (is_same(&p->sites.at[p->slots[at]], hash, frame, n))
            return p->latest = p->slots[at];
    if (p->sites.n == p->sites.room)
        return p->latest = 0;
    site *s = &p->sites.at[p->sites.n];
    *s = (site){.hash = hash, .frames = n};
    memcpy(s->frame, frame, (size_t)n * sizeof *frame);
    p->slots[at] = (int32_t)p->sites.n++;
    return p->latest = p->slots[at];
}

/* Linked into a program, the library cannot be told by its file: then the functions of its
 * interface can, innermost first, and what they called is not the program's. */
int profile_caller(const site *s)
{
    int i = 0;
    char name[128];
    while (i < s->frames && symbol_is_library(s->frame[i]))
        i++;
    if (i > 0)
        return i < s->frames ? i : -1;
    while (i < s->frames &&
           !(symbol_name(s->frame[i], name, sizeof name) && strncmp(name, "stint_", 6) == 0))
        i++;
    while (i < s->frames && symbol_name(s->frame[i], name, sizeof name) &&
           strncmp(name, "stint_", 6) == 0)
        i++;
    return i < s->frames ? i : s->frames - 1;
}

int32_t profile_latest(const profile *p)
{
    return p->latest;
}
