#include "data/duplicates.h"

#include "data/colfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The table is open addressing over (hash, row), cleared for each pass; a pass takes the
 * hashes whose top bits are its number. */

#define SLOTS_MOST ((int64_t)1 << 20)

struct row_hashes {
    ctx *ctx;
    int fd;
    int64_t rows;
    char path[4096];
};

typedef struct slot {
    uint64_t hash;
    int64_t row; /* + 1; 0 = free */
} slot;

void row_hashes_clear(uint64_t *hashes, int64_t n)
{
    memset(hashes, 0, (size_t)n * sizeof *hashes);
}

/* splitmix64's finaliser (Steele, Lea, Flood 2014) over the running hash and the value's bits;
 * -0 and 0 are equal, and so are all NaNs. */
void row_hashes_mix(uint64_t *hashes, const double *values, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        double v = values[i] == 0 ? 0 : values[i];
        uint64_t bits;
        memcpy(&bits, &v, sizeof bits);
        bits = v != v ? 0x7ff8000000000000u : bits;
        uint64_t z = (hashes[i] ^ bits) + 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        hashes[i] = z ^ (z >> 31);
    }
}

stint_status row_hashes_open(ctx *c, const char *dir, int64_t rows, row_hashes **out)
{
    row_hashes *r = mem_new(c, TAG_TABLE, row_hashes, 1);
    if (!r)
        return STINT_ENOMEM;
    r->ctx = c;
    r->rows = rows;
    snprintf(r->path, sizeof r->path, "%s/row-hashes.bin", dir);
    r->fd = open(r->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (r->fd < 0) {
        stint_status s = fail_errno(c, "create", r->path);
        mem_free(r);
        return s;
    }
    *out = r;
    return STINT_OK;
}

stint_status row_hashes_put(row_hashes *r, int64_t chunk, const uint64_t *hashes, int64_t n)
{
    return file_pwrite(r->ctx, r->fd, r->path, hashes, (size_t)n * 8,
                       chunk * COLFILE_CHUNK_ROWS * 8);
}

static int64_t slot_count(int64_t rows)
{
    int64_t n = 1024;
    while (n < 2 * rows && n < SLOTS_MOST)
        n *= 2;
    return n;
}

int64_t row_hashes_bytes(int64_t rows)
{
    return slot_count(rows) * (int64_t)sizeof(slot) + (int64_t)sizeof(row_hashes) + 1024;
}

typedef struct pass_table {
    slot *slots;
    int64_t count, used;
} pass_table;

/* Rows come in order, so the row found is always the first of its kind.  One slot stays free,
 * to end every search. */
static void look_up(pass_table *t, uint64_t hash, int64_t row, duplicate_facts *d)
{
    int64_t i = (int64_t)(hash & (uint64_t)(t->count - 1));
    while (t->slots[i].row && t->slots[i].hash != hash)
        i = (i + 1) & (t->count - 1);
    if (!t->slots[i].row) {
        if (t->used < t->count - 1) {
            t->slots[i] = (slot){hash, row + 1};
            t->used++;
        }
        return;
    }
    d->duplicates++;
    if (d->second < 0 || row < d->second) {
        d->first = t->slots[i].row - 1;
        d->second = row;
    }
}

static void count_pass(const uint64_t *hashes, int64_t rows, int bits, uint64_t number,
                       pass_table *t, duplicate_facts *d)
{
    t->used = 0;
    memset(t->slots, 0, (size_t)t->count * sizeof *t->slots);
    for (int64_t i = 0; i < rows; i++)
        if (bits == 0 || hashes[i] >> (64 - bits) == number)
            look_up(t, hashes[i], i, d);
}

stint_status row_hashes_count(row_hashes *r, duplicate_facts *out)
{
    file_map map;
    int bits = 0; /* 2^bits passes, so that one pass's distinct rows half fill the table */
    pass_table t = {.count = slot_count(r->rows)};
    *out = (duplicate_facts){0, -1, -1};
    TRY(map_open(r->ctx, r->path, &map));
    while (bits < 16 && r->rows >> bits > t.count / 2)
        bits++;
    t.slots = mem_new(r->ctx, TAG_TABLE, slot, t.count);
    for (uint64_t i = 0; t.slots && i < (uint64_t)1 << bits; i++)
        count_pass((const uint64_t *)map.at, r->rows, bits, i, &t, out);
    map_close(&map);
    mem_free(t.slots);
    return t.slots ? STINT_OK : STINT_ENOMEM;
}

void row_hashes_close(row_hashes *r)
{
    if (!r)
        return;
    close(r->fd);
    unlink(r->path);
    mem_free(r);
}
