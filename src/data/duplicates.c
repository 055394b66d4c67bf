#include "data/duplicates.h"

#include "data/colfile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A table is open addressing over (hash, row), cleared for each pass; a pass takes the hashes
 * whose top bits are its number, and goes over all of them, so passes run in parallel, each thread
 * with a table of its own; all tables together are of one size.  The second file holds for each
 * row the one it repeats, + 1, and holes for rows that repeat none. */

#define SLOTS_MOST  ((int64_t)1 << 20) /* of all threads */
#define SLOTS_LEAST 1024               /* of each */

struct row_hashes {
    ctx *ctx;
    int fd, first_fd; /* first_fd -1 = no row is equal to another */
    int64_t rows;
    char path[4096], first_path[4096];
};

typedef struct slot {
    uint64_t hash;
    int64_t row; /* + 1; 0 = free */
} slot;

void row_hashes_clear(uint64_t *hashes, int64_t n)
{
    memset(hashes, 0, (size_t)n * sizeof *hashes);
}

/* A multiplication and a shift for each value, both of which can be undone, so that no value is
 * lost; `scatter` mixes the last ones as well as the first.  -0 and 0 are equal, and so are all
 * NaNs. */
void row_hashes_mix(uint64_t *hashes, const double *values, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        double v = values[i] + 0.0; /* makes 0 of -0 */
        uint64_t bits;
        memcpy(&bits, &v, sizeof bits);
        bits = v != v ? 0x7ff8000000000000u : bits;
        uint64_t z = (hashes[i] ^ bits ^ bits >> 29) * 0x9e3779b97f4a7c15u;
        hashes[i] = z ^ z >> 32;
    }
}

void row_hashes_mix_bytes(uint64_t *hashes, const uint8_t *rows, int64_t row_bytes, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        uint64_t bits = hash64(rows + i * row_bytes, (size_t)row_bytes);
        uint64_t z = (hashes[i] ^ bits) * 0x9e3779b97f4a7c15u;
        hashes[i] = z ^ z >> 32;
    }
}

/* splitmix64's finaliser (Steele, Lea, Flood 2014). */
static uint64_t scatter(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static stint_status open_new(ctx *c, const char *path, int *fd)
{
    *fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return *fd < 0 ? fail_errno(c, "create", path) : STINT_OK;
}

stint_status row_hashes_open(ctx *c, const char *dir, const char *name, int64_t rows,
                             row_hashes **out)
{
    row_hashes *r = mem_new(c, TAG_TABLE, row_hashes, 1);
    if (!r)
        return STINT_ENOMEM;
    r->ctx = c;
    r->rows = rows;
    r->first_fd = -1;
    snprintf(r->path, sizeof r->path, "%s/%s.bin", dir, name);
    snprintf(r->first_path, sizeof r->first_path, "%s/%s-first.bin", dir, name);
    stint_status s = open_new(c, r->path, &r->fd);
    if (s != STINT_OK) {
        mem_free(r);
        return s;
    }
    *out = r;
    return STINT_OK;
}

stint_status row_hashes_put(row_hashes *r, int64_t chunk, uint64_t *hashes, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        hashes[i] = scatter(hashes[i]);
    return file_pwrite(r->ctx, r->fd, r->path, hashes, (size_t)n * 8,
                       chunk * COLFILE_CHUNK_ROWS * 8);
}

/* Of each thread's table, a power of two. */
static int64_t slot_count(int64_t rows, int threads)
{
    int64_t all = SLOTS_LEAST, n = SLOTS_LEAST;
    while (all < 2 * rows && all < SLOTS_MOST)
        all *= 2;
    while (2 * n * threads <= all)
        n *= 2;
    return n;
}

int64_t row_hashes_bytes(int64_t rows, int threads)
{
    int64_t one = slot_count(rows, threads) * (int64_t)sizeof(slot) + 256;
    return threads * one + (int64_t)sizeof(row_hashes) + 1024;
}

/* --- the second file --------------------------------------------------------------------- */

/* The entries of rows [from, from + n), 0 where nothing was written. */
static stint_status first_read(row_hashes *r, int64_t from, int64_t n, int64_t *out)
{
    int64_t at = from * 8, got = 0;
    while (r->first_fd >= 0 && got < n * 8) {
        ssize_t k = pread(r->first_fd, (char *)out + got, (size_t)(n * 8 - got), at + got);
        if (k < 0 && errno != EINTR)
            return fail_errno(r->ctx, "read", r->first_path);
        if (k == 0)
            break;
        got += k > 0 ? k : 0;
    }
    memset((char *)out + got, 0, (size_t)(n * 8 - got));
    return STINT_OK;
}

static stint_status first_write(row_hashes *r, int64_t from, int64_t n, const int64_t *first)
{
    if (r->first_fd < 0)
        TRY(open_new(r->ctx, r->first_path, &r->first_fd));
    return file_pwrite(r->ctx, r->first_fd, r->first_path, first, (size_t)n * 8, from * 8);
}

static void first_remove(row_hashes *r)
{
    if (r->first_fd < 0)
        return;
    close(r->first_fd);
    unlink(r->first_path);
    r->first_fd = -1;
}

stint_status row_hashes_first(row_hashes *r, int64_t chunk, int64_t n, int64_t *out)
{
    TRY(first_read(r, chunk * COLFILE_CHUNK_ROWS, n, out));
    for (int64_t i = 0; i < n; i++)
        out[i] = out[i] ? out[i] - 1 : chunk * COLFILE_CHUNK_ROWS + i;
    return STINT_OK;
}

/* --- passes ------------------------------------------------------------------------------ */

enum { BATCH = 256 }; /* rows whose slots are fetched at once */

typedef struct row_hash {
    uint64_t hash;
    int64_t row;
} row_hash;

/* What a thread has of its own. */
typedef struct share {
    slot *slots; /* [count] */
    int64_t used;
    duplicate_facts facts;
} share;

typedef struct passes {
    row_hashes *r;
    const uint64_t *hashes, *kept;
    int bits; /* of a hash that are the number of its pass */
    int64_t count;
    share *shares;         /* [threads] */
    pthread_mutex_t first; /* held while the second file is changed */
} passes;

/* The row of this hash that came first, -1 when it is this one.  Rows come in order.  One slot
 * stays free, to end every search. */
static int64_t look_up(const passes *p, share *own, uint64_t hash, int64_t row)
{
    int64_t i = (int64_t)(hash & (uint64_t)(p->count - 1));
    while (own->slots[i].row && own->slots[i].hash != hash)
        i = (i + 1) & (p->count - 1);
    if (own->slots[i].row)
        return own->slots[i].row - 1;
    if (own->used < p->count - 1) {
        own->slots[i] = (slot){hash, row + 1};
        own->used++;
    }
    return -1;
}

static void add_facts(duplicate_facts *to, const duplicate_facts *more)
{
    to->duplicates += more->duplicates;
    if (more->second >= 0 && (to->second < 0 || more->second < to->second)) {
        to->first = more->first;
        to->second = more->second;
    }
}

static bool is_kept(const uint64_t *kept, int64_t row)
{
    return !kept || kept[row / 64] >> (row % 64) & 1;
}

/* The rows of [from, from + n) whose turn it is, with the places where they will be looked for
 * on their way from memory; how many. */
static int mine(const passes *p, const share *own, uint64_t number, int64_t from, int64_t n,
                row_hash *out)
{
    int k = 0;
    for (int64_t row = from; row < from + n; row++) {
        uint64_t hash = p->hashes[row];
        if ((p->bits == 0 || hash >> (64 - p->bits) == number) && is_kept(p->kept, row)) {
            out[k++] = (row_hash){hash, row};
            __builtin_prefetch(&own->slots[hash & (uint64_t)(p->count - 1)], 1);
        }
    }
    return k;
}

/* Several passes may change the same part of the second file, each the rows that are its own. */
static stint_status write_first(passes *p, int64_t from, int64_t n, const int64_t *first)
{
    int64_t whole[BATCH];
    pthread_mutex_lock(&p->first);
    stint_status s = first_read(p->r, from, n, whole);
    for (int64_t i = 0; i < n; i++)
        whole[i] = first[i] ? first[i] : whole[i];
    if (s == STINT_OK)
        s = first_write(p->r, from, n, whole);
    pthread_mutex_unlock(&p->first);
    return s;
}

static stint_status pass_batch(passes *p, share *own, uint64_t number, int64_t from, int64_t n)
{
    row_hash batch[BATCH];
    int64_t firsts[BATCH];
    bool any = false;
    int k = mine(p, own, number, from, n, batch);
    for (int i = 0; i < k; i++) {
        int64_t row = batch[i].row, first = look_up(p, own, batch[i].hash, row);
        if (first < 0)
            continue;
        if (!any)
            memset(firsts, 0, sizeof firsts);
        any = true;
        firsts[row - from] = first + 1;
        add_facts(&own->facts, &(duplicate_facts){1, first, row});
    }
    return any ? write_first(p, from, n, firsts) : STINT_OK;
}

static stint_status pass_run(void *self, int64_t number, int thread)
{
    passes *p = self;
    share *own = &p->shares[thread];
    stint_status s = STINT_OK;
    own->used = 0;
    memset(own->slots, 0, (size_t)p->count * sizeof *own->slots);
    for (int64_t from = 0; s == STINT_OK && from < p->r->rows; from += BATCH) {
        int64_t left = p->r->rows - from;
        s = pass_batch(p, own, (uint64_t)number, from, left < BATCH ? left : BATCH);
    }
    return s;
}

static bool shares_init(passes *p, int threads)
{
    p->shares = mem_new(p->r->ctx, TAG_TABLE, share, threads);
    for (int i = 0; p->shares && i < threads; i++) {
        p->shares[i].facts = (duplicate_facts){0, -1, -1};
        p->shares[i].slots = mem_new(p->r->ctx, TAG_TABLE, slot, p->count);
        if (!p->shares[i].slots)
            return false;
    }
    return p->shares;
}

static void shares_deinit(passes *p, int threads)
{
    for (int i = 0; p->shares && i < threads; i++)
        mem_free(p->shares[i].slots);
    mem_free(p->shares);
}

stint_status row_hashes_count(row_hashes *r, const uint64_t *kept, pool *workers,
                              duplicate_facts *out)
{
    file_map map;
    int threads = pool_threads(workers);
    passes p = {.r = r, .kept = kept, .count = slot_count(r->rows, threads)};
    *out = (duplicate_facts){0, -1, -1};
    first_remove(r);
    TRY(map_open(r->ctx, r->path, &map));
    p.hashes = (const uint64_t *)map.at;
    while (p.bits < 24 && r->rows >> p.bits > p.count / 2) /* distinct rows half fill a table */
        p.bits++;
    pthread_mutex_init(&p.first, NULL);
    stint_status s = shares_init(&p, threads) ? STINT_OK : STINT_ENOMEM;
    if (s == STINT_OK)
        s = parallel_for(workers, (int64_t)1 << p.bits, pass_run, &p);
    for (int i = 0; s == STINT_OK && i < threads; i++)
        add_facts(out, &p.shares[i].facts);
    shares_deinit(&p, threads);
    pthread_mutex_destroy(&p.first);
    map_close(&map);
    return s;
}

void row_hashes_close(row_hashes *r)
{
    if (!r)
        return;
    first_remove(r);
    close(r->fd);
    unlink(r->path);
    mem_free(r);
}
