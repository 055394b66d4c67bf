#include "data/split_impl.h"

/* Numbers are sorted in place, from the most significant byte on: count the items of each byte,
 * swap each into its bucket, go on within the buckets (McIlroy, Bostic and McIlroy 1993,
 * "Engineering Radix Sort").  For a random order ids get the first half of their Philox number
 * before them; where that is equal the whole numbers are looked at. */

#define SORT_SMALL 32

static void sort_small(uint64_t *x, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        uint64_t v = x[i];
        int64_t at = i;
        for (; at > 0 && x[at - 1] > v; at--)
            x[at] = x[at - 1];
        x[at] = v;
    }
}

/* The buckets' bounds from their sizes; false when one of them holds everything. */
static bool buckets_lay(const int64_t size[256], int64_t n, int64_t at[256], int64_t end[256])
{
    int64_t sum = 0;
    for (int b = 0; b < 256; b++) {
        if (size[b] == n)
            return false;
        at[b] = sum;
        end[b] = sum += size[b];
    }
    return true;
}

static void sort_bytes(uint64_t *x, int64_t n, int shift)
{
    int64_t size[256] = {0}, at[256], end[256];
    if (n <= SORT_SMALL) {
        sort_small(x, n);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        size[x[i] >> shift & 255]++;
    if (buckets_lay(size, n, at, end)) {
        for (int b = 0; b < 256; b++)
            while (at[b] < end[b]) {
                uint64_t v = x[at[b]];
                for (int to = (int)(v >> shift & 255); to != b; to = (int)(v >> shift & 255)) {
                    uint64_t other = x[at[to]];
                    x[at[to]++] = v;
                    v = other;
                }
                x[at[b]++] = v;
            }
        for (int b = 0; shift > 0 && b < 256; b++)
            sort_bytes(x + end[b] - size[b], size[b], shift - 8);
    } else if (shift > 0) {
        sort_bytes(x, n, shift - 8);
    }
}

void split_sort(uint64_t *x, int64_t n)
{
    sort_bytes(x, n, 56);
}

int64_t split_unique(uint64_t *sorted, int64_t n)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || sorted[i] != sorted[kept - 1])
            sorted[kept++] = sorted[i];
    return kept;
}

int64_t split_rank(const uint64_t *sorted, int64_t n, uint64_t x)
{
    int64_t low = 0, high = n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (sorted[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* --- ids in random order -------------------------------------------------------------------- */

/* Ids whose numbers begin alike, by the whole numbers. */
static void settle(uint64_t *keys, int64_t n, rng random)
{
    for (int64_t i = 1; i < n; i++) {
        uint64_t key = keys[i], number = rng_u64(random, (uint32_t)key);
        int64_t at = i;
        for (; at > 0 && rng_u64(random, (uint32_t)keys[at - 1]) > number; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

static void shuffle(uint64_t *ids, int64_t n, rng random)
{
    for (int64_t i = 0; i < n; i++)
        ids[i] = rng_u64(random, ids[i]) >> 32 << 32 | ids[i];
    split_sort(ids, n);
    for (int64_t from = 0, end; from < n; from = end) {
        for (end = from + 1; end < n && ids[end] >> 32 == ids[from] >> 32; end++)
            ;
        if (end - from > 1)
            settle(ids + from, end - from, random);
    }
    for (int64_t i = 0; i < n; i++)
        ids[i] = (uint32_t)ids[i];
}

static uint32_t held(const uint32_t *starts, uint64_t id)
{
    return starts[id + 1] - starts[id];
}

void split_shuffle(uint64_t *ids, int64_t n, rng random, const uint32_t *starts)
{
    if (!starts) {
        shuffle(ids, n, random);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        ids[i] = (uint64_t)~held(starts, ids[i]) << 32 | ids[i];
    split_sort(ids, n);
    for (int64_t i = 0; i < n; i++)
        ids[i] = (uint32_t)ids[i];
    for (int64_t from = 0, end; from < n; from = end) {
        for (end = from + 1; end < n && held(starts, ids[end]) == held(starts, ids[from]); end++)
            ;
        shuffle(ids + from, end - from, random);
    }
}
