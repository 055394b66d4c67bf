/* A map from byte strings to int64_t: open addressing, linear probing, load at most 1/2.
 * Keys are copied.  Iteration is in order of insertion, so it never depends on the hash. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"

typedef struct map_entry {
    const char *key;
    int64_t key_len, value;
    uint64_t hash;
} map_entry;

typedef struct map {
    arena keys;
    map_entry *entries; /* [n], in order of insertion */
    int64_t n, room;
    int32_t *slots;     /* [slot_count] index into entries + 1, 0 = free */
    int64_t slot_count; /* a power of two */
    ctx *ctx;
    budget_tag tag;
} map;

void map_init(map *m, ctx *c, budget_tag tag);
void map_deinit(map *m);
/* The entry of a key, NULL when absent. */
map_entry *map_find(const map *m, const char *key, int64_t key_len);
/* The entry of a key, added with `value` when absent; NULL when memory is short. */
map_entry *map_add(map *m, const char *key, int64_t key_len, int64_t value);

#endif
