#include "base/map.h"

#include "base/hash.h"

#include <assert.h>
#include <string.h>

void map_init(map *m, ctx *c, budget_tag tag)
{
    *m = (map){.ctx = c, .tag = tag};
    arena_init(&m->keys, c, tag);
}

void map_deinit(map *m)
{
    arena_deinit(&m->keys);
    mem_free(m->entries);
    mem_free(m->slots);
    *m = (map){.ctx = m->ctx, .tag = m->tag};
    arena_init(&m->keys, m->ctx, m->tag);
}

static bool entry_is(const map_entry *e, const char *key, int64_t key_len, uint64_t hash)
{
    return e->hash == hash && e->key_len == key_len && !memcmp(e->key, key, (size_t)key_len);
}

/* The slot that holds the key, or the free one where it would go. */
static int64_t probe(const map *m, const char *key, int64_t key_len, uint64_t hash)
{
    int64_t mask = m->slot_count - 1;
    int64_t i = (int64_t)(hash & (uint64_t)mask);
    while (m->slots[i] && !entry_is(&m->entries[m->slots[i] - 1], key, key_len, hash))
        i = (i + 1) & mask;
    return i;
}

map_entry *map_find(const map *m, const char *key, int64_t key_len)
{
    if (!m->slot_count)
        return NULL;
    int32_t found = m->slots[probe(m, key, key_len, hash64(key, (size_t)key_len))];
    return found ? &m->entries[found - 1] : NULL;
}

static bool slots_grow(map *m)
{
    int64_t count = m->slot_count ? 2 * m->slot_count : 16;
    int32_t *slots = mem_new(m->ctx, m->tag, int32_t, count);
    if (!slots)
        return false;
    assert(m->entries || m->n == 0);
    for (int64_t e = 0; e < m->n; e++) {
        int64_t i = (int64_t)(m->entries[e].hash & (uint64_t)(count - 1));
        while (slots[i])
            i = (i + 1) & (count - 1);
        slots[i] = (int32_t)(e + 1);
    }
    mem_free(m->slots);
    m->slots = slots;
    m->slot_count = count;
    return true;
}

static bool entries_grow(map *m)
{
    int64_t room = m->room ? 2 * m->room : 8;
    map_entry *entries = mem_resize(m->ctx, m->tag, m->entries, (size_t)room * sizeof *entries);
    if (!entries)
        return false;
    m->entries = entries;
    m->room = room;
    return true;
}

static bool make_room(map *m)
{
    if (m->n >= INT32_MAX - 1) {
        fail(m->ctx, STINT_ENOMEM, "a map holds at most %d keys", INT32_MAX - 1);
        return false;
    }
    return (m->n < m->room || entries_grow(m)) &&
           (2 * (m->n + 1) <= m->slot_count || slots_grow(m));
}

map_entry *map_add(map *m, const char *key, int64_t key_len, int64_t value)
{
    map_entry *found = map_find(m, key, key_len);
    if (found)
        return found;
    char *copy = make_room(m) ? arena_alloc(&m->keys, (size_t)key_len + 1) : NULL;
    if (!copy)
        return NULL;
    memcpy(copy, key, (size_t)key_len);
    uint64_t hash = hash64(key, (size_t)key_len);
    m->slots[probe(m, key, key_len, hash)] = (int32_t)(m->n + 1);
    m->entries[m->n] = (map_entry){copy, key_len, value, hash};
    return &m->entries[m->n++];
}
