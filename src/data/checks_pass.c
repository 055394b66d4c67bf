#include "data/checks_impl.h"

#include <math.h>
#include <string.h>

/* The one pass: chunks in parallel, each in blocks of CHECK_BLOCK rows, of which every column is
 * read once and looked at while it is in the nearest cache.  What a wave of CHECK_WAVE chunks
 * tells is added to the whole in the order of the chunks, so memory does not depend on the rows,
 * nor a result on the threads.
 *
 *     wave:   facts  [CHECK_WAVE][n_looks]                   thread:  a block of a feature,
 *             pairs  [CHECK_WAVE][n_looks][CHECK_TARGETS]             blocks [CHECK_TARGETS],
 *             maps   [CHECK_WAVE][n_looks]                            hashes [chunk rows]
 *
 * More than CHECK_TARGETS targets take further passes, which only correlate. */

typedef struct pass {
    checking *k;
    int target, targets; /* the targets correlated with: looks target … target + targets - 1 */
    bool first;          /* pass of all */
    int64_t wave;        /* its first chunk */
    column_facts *facts;
    pair_sums *pairs;
    class_map *maps;
    double **buffers;                    /* [threads] of [1 + CHECK_TARGETS][2][CHECK_BLOCK] */
    uint64_t **row_hashes, **key_hashes; /* [threads] of [COLFILE_CHUNK_ROWS] */
} pass;

static void facts_init(column_facts *f)
{
    *f = (column_facts){.first_missing = -1,
                        .first_infinite = -1,
                        .first_outside = -1,
                        .first_outlier = -1,
                        .low = INFINITY,
                        .high = -INFINITY};
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < 0 ? b : b < 0 || a < b ? a : b;
}

static void facts_merge(column_facts *to, const column_facts *more)
{
    to->missing += more->missing;
    to->infinite += more->infinite;
    to->outside += more->outside;
    to->first_missing = earlier(to->first_missing, more->first_missing);
    to->first_infinite = earlier(to->first_infinite, more->first_infinite);
    to->first_outside = earlier(to->first_outside, more->first_outside);
    to->low = more->low < to->low ? more->low : to->low;
    to->high = more->high > to->high ? more->high : to->high;
    cell_spread_merge(&to->spread, &more->spread);
    majority_merge(&to->majority, &more->majority);
}

/* --- one block of one column --------------------------------------------------------------- */

static void block_read(const checking *k, const look *l, int64_t chunk, int64_t from, block *b)
{
    colfile_read(k->in->file, l->column, chunk, from, b->n, b->values, 1);
    b->padded = (b->n + CHECK_LANES - 1) / CHECK_LANES * CHECK_LANES;
    for (int64_t i = b->n; i < b->padded; i++)
        b->values[i] = NAN;
    if (k->only & (CHECK_RANGES | CHECK_MISSING | CHECK_STATISTICS))
        block_measure(b);
}

/* Count the cells outside their range; those whose rows are left out are gone from here on. */
static void block_outside(const pass *p, const look *l, int64_t row, block *b, column_facts *f)
{
    bool drops = look_drops_outside(p->k, l);
    if (b->infinite == 0 && b->low >= l->low && b->high <= l->high)
        return;
    int64_t before = f->outside;
    for (int64_t i = 0; i < b->n; i++) {
        double v = b->values[i];
        if (!(v < l->low || v > l->high))
            continue;
        f->outside++;
        f->first_outside = earlier(f->first_outside, row + i);
        if (drops) {
            rows_leave(p->k, row + i);
            b->values[i] = NAN;
        }
    }
    if (drops && f->outside > before)
        block_measure(b);
}

static void block_bad_cells(const pass *p, int64_t row, const block *b, column_facts *f)
{
    const checks_settings *s = p->k->s;
    bool leave[2] = {s->missing == POLICY_DROP, s->infinite == POLICY_DROP};
    f->missing += b->missing;
    f->infinite += b->infinite;
    for (int64_t i = 0; i < b->n; i++) {
        double v = b->values[i];
        if (v - v == 0)
            continue;
        int64_t *first = isnan(v) ? &f->first_missing : &f->first_infinite;
        *first = earlier(*first, row + i);
        if (leave[!isnan(v)])
            rows_leave(p->k, row + i);
    }
}

static bool wants_majority(const checking *k, int at)
{
    return k->looks[at].feature && k->s->constant != POLICY_IGNORE && k->s->constant_share < 1 &&
           !k->facts[at].majority.none;
}

static void block_statistics(const pass *p, int at, const block *b, column_facts *f)
{
    const checking *k = p->k;
    double others = (1 - k->s->constant_share) * (double)k->in->file->rows;
    f->low = b->low < f->low ? b->low : f->low;
    f->high = b->high > f->high ? b->high : f->high;
    cell_spread_merge(&f->spread, &b->spread);
    if (!wants_majority(k, at) || f->majority.none)
        return;
    majority_add(&f->majority, b);
    f->majority.none = (double)f->majority.cancelled > others + 1;
}

/* What the block of look `at` tells besides its part in hashes and pairs. */
static void block_look(const pass *p, int at, int64_t row, block *b, column_facts *f)
{
    const checking *k = p->k;
    const look *l = &k->looks[at];
    if (p->first && k->only & CHECK_MISSING && look_needs_cells(l) && b->missing + b->infinite > 0)
        block_bad_cells(p, row, b, f);
    if (l->ranged)
        block_outside(p, l, row, b, f);
    if (!(k->only & CHECK_STATISTICS) || !(l->feature || l->target))
        return;
    if (k->pairs || k->s->outliers != POLICY_IGNORE)
        block_deviate(b);
    if (p->first)
        block_statistics(p, at, b, f);
}

/* Bits count as equal when all of them are. */
static void packed_hash(const pass *p, const look *l, int64_t chunk, int64_t from, int64_t n,
                        int thread)
{
    const colfile *f = p->k->in->file;
    int64_t bytes = (f->columns[l->column].width + 7) / 8;
    const uint8_t *rows = colfile_bits(f, l->column, chunk) + from * bytes;
    if (p->row_hashes && (l->packed_feature || l->target))
        row_hashes_mix_bytes(p->row_hashes[thread] + from, rows, bytes, n);
    if (p->key_hashes && l->key)
        row_hashes_mix_bytes(p->key_hashes[thread] + from, rows, bytes, n);
}

static void block_hash(const pass *p, int at, int64_t chunk, int64_t from, const block *b,
                       int thread)
{
    const look *l = &p->k->looks[at];
    if (l->packed) {
        packed_hash(p, l, chunk, from, b->n, thread);
        return;
    }
    if (p->row_hashes && (l->feature || l->target))
        row_hashes_mix(p->row_hashes[thread] + from, b->values, b->n);
    if (p->key_hashes && l->key)
        row_hashes_mix(p->key_hashes[thread] + from, b->values, b->n);
}

static void block_pairs(const pass *p, int64_t slot, int at, const block *x, const block *targets)
{
    const checking *k = p->k;
    int64_t place = slot * k->n_looks + at;
    if (!k->looks[at].feature)
        return;
    for (int j = 0; k->pairs && j < p->targets; j++)
        pair_add(&p->pairs[place * CHECK_TARGETS + j], x, &targets[j]);
    if (k->maps && p->first && !k->maps[at].off)
        class_map_add(&p->maps[place], x, &targets[0]);
}

/* --- one block of all columns ---------------------------------------------------------------- */

static void block_all(const pass *p, int64_t slot, int64_t from, int64_t n, int thread)
{
    const checking *k = p->k;
    int64_t chunk = p->wave + slot, row = chunk * COLFILE_CHUNK_ROWS + from;
    column_facts *facts = p->facts + slot * k->n_looks;
    block x = {.n = n}, targets[CHECK_TARGETS];
    for (int i = 0; i < k->n_looks; i++) {
        int target = i - p->target;
        bool is_target = target >= 0 && target < p->targets;
        if (!p->first && !is_target && !k->looks[i].feature)
            continue;
        block *b = is_target ? &targets[target] : &x;
        double *buffer = p->buffers[thread] + (is_target ? target + 1 : 0) * 2 * CHECK_BLOCK;
        *b = (block){.values = buffer, .deviations = buffer + CHECK_BLOCK, .n = n};
        block_read(k, &k->looks[i], chunk, from, b);
        if (p->first)
            block_hash(p, i, chunk, from, b, thread);
        block_look(p, i, row, b, &facts[i]);
        block_pairs(p, slot, i, b, targets);
    }
}

static stint_status pass_chunk(void *self, int64_t slot, int thread)
{
    const pass *p = self;
    const checking *k = p->k;
    int64_t n = colfile_chunk_rows(k->in->file, p->wave + slot);
    for (int i = 0; i < k->n_looks; i++)
        facts_init(&p->facts[slot * k->n_looks + i]);
    if (p->row_hashes)
        row_hashes_clear(p->row_hashes[thread], n);
    if (p->key_hashes)
        row_hashes_clear(p->key_hashes[thread], n);
    for (int64_t from = 0; from < n; from += CHECK_BLOCK)
        block_all(p, slot, from, n - from < CHECK_BLOCK ? n - from : CHECK_BLOCK, thread);
    if (p->row_hashes && p->first)
        TRY(row_hashes_put(k->rows, p->wave + slot, p->row_hashes[thread], n));
    if (p->key_hashes && p->first)
        TRY(row_hashes_put(k->keys, p->wave + slot, p->key_hashes[thread], n));
    return STINT_OK;
}

/* --- waves ----------------------------------------------------------------------------------- */

static void wave_add(pass *p, int64_t chunks)
{
    checking *k = p->k;
    double others = (1 - k->s->constant_share) * (double)k->in->file->rows;
    for (int64_t slot = 0; slot < chunks; slot++)
        for (int i = 0; i < k->n_looks; i++) {
            int64_t place = slot * k->n_looks + i;
            if (p->first) /* a further pass finds the same again */
                facts_merge(&k->facts[i], &p->facts[place]);
            for (int j = 0; k->pairs && j < p->targets; j++)
                pair_merge(&k->pairs[i * CHECK_TARGETS + j], &p->pairs[place * CHECK_TARGETS + j]);
            if (k->maps && p->first)
                class_map_merge(&k->maps[i], &p->maps[place]);
        }
    for (int i = 0; i < k->n_looks; i++) {
        majority *m = &k->facts[i].majority;
        m->none = m->none || (double)m->cancelled > others + 1;
    }
}

static void clear_wave(pass *p)
{
    size_t n = (size_t)CHECK_WAVE * (size_t)p->k->n_looks;
    if (p->pairs)
        memset(p->pairs, 0, n * CHECK_TARGETS * sizeof *p->pairs);
    if (p->maps)
        memset(p->maps, 0, n * sizeof *p->maps);
}

static stint_status pass_run(pass *p)
{
    int64_t chunks = p->k->in->file->chunks;
    for (p->wave = 0; p->wave < chunks; p->wave += CHECK_WAVE) {
        int64_t left = chunks - p->wave, n = left < CHECK_WAVE ? left : CHECK_WAVE;
        clear_wave(p);
        TRY(parallel_for(p->k->pool, n, pass_chunk, p));
        wave_add(p, n);
    }
    return STINT_OK;
}

/* Rounding must not hide a correlation of 1 from a bound of 1. */
static void suspect_pairs(checking *k, const pass *p)
{
    for (int i = k->in->n_targets; k->pairs && i < k->n_looks; i++)
        for (int j = 0; k->looks[i].feature && j < p->targets; j++) {
            const pair_sums *pair = &k->pairs[i * CHECK_TARGETS + j];
            double r = pair_correlation(pair);
            suspect *s = &k->suspects[i];
            if (!(fabs(r) >= k->s->leakage_correlation * (1 - 1e-12)) ||
                (s->by == SUSPECT_EQUAL && pair->different) ||
                (s->by && pair->different && fabs(r) <= fabs(s->correlation)))
                continue;
            *s = (suspect){pair->different ? SUSPECT_CORRELATION : SUSPECT_EQUAL, p->target + j, r};
        }
}

/* A value that names one row each stands for nothing: each has to stand in two on average. */
static void suspect_classes(checking *k)
{
    for (int i = k->in->n_targets; k->maps && i < k->n_looks; i++)
        if (k->looks[i].feature && !k->suspects[i].by && !k->maps[i].off && k->maps[i].n > 1 &&
            k->facts[i].spread.n >= 2 * k->maps[i].n)
            k->suspects[i] = (suspect){.by = SUSPECT_CLASS};
}

/* --- memory ---------------------------------------------------------------------------------- */

static bool threads_init(pass *p, int threads)
{
    ctx *c = p->k->ctx;
    int64_t rows = p->k->in->file->rows;
    int64_t chunk = rows < COLFILE_CHUNK_ROWS ? rows : COLFILE_CHUNK_ROWS;
    p->buffers = mem_new(c, TAG_TABLE, double *, threads);
    p->row_hashes = p->k->rows ? mem_new(c, TAG_TABLE, uint64_t *, threads) : NULL;
    p->key_hashes = p->k->keys ? mem_new(c, TAG_TABLE, uint64_t *, threads) : NULL;
    bool whole = p->buffers && (p->row_hashes || !p->k->rows) && (p->key_hashes || !p->k->keys);
    for (int i = 0; whole && i < threads; i++) {
        p->buffers[i] = mem_new(c, TAG_TABLE, double, (1 + CHECK_TARGETS) * 2 * CHECK_BLOCK);
        whole = p->buffers[i];
        if (whole && p->row_hashes)
            whole = (p->row_hashes[i] = mem_new(c, TAG_TABLE, uint64_t, chunk));
        if (whole && p->key_hashes)
            whole = (p->key_hashes[i] = mem_new(c, TAG_TABLE, uint64_t, chunk));
    }
    return whole;
}

static bool pass_init(pass *p, int threads)
{
    ctx *c = p->k->ctx;
    int64_t n = (int64_t)CHECK_WAVE * p->k->n_looks;
    p->facts = mem_new(c, TAG_TABLE, column_facts, n);
    p->pairs = p->k->pairs ? mem_new(c, TAG_TABLE, pair_sums, n * CHECK_TARGETS) : NULL;
    p->maps = p->k->maps ? mem_new(c, TAG_TABLE, class_map, n) : NULL;
    return p->facts && (p->pairs || !p->k->pairs) && (p->maps || !p->k->maps) &&
           threads_init(p, threads);
}

static void pass_deinit(pass *p, int threads)
{
    for (int i = 0; i < threads; i++) {
        if (p->buffers)
            mem_free(p->buffers[i]);
        if (p->row_hashes)
            mem_free(p->row_hashes[i]);
        if (p->key_hashes)
            mem_free(p->key_hashes[i]);
    }
    mem_free(p->buffers);
    mem_free(p->row_hashes);
    mem_free(p->key_hashes);
    mem_free(p->facts);
    mem_free(p->pairs);
    mem_free(p->maps);
}

/* Of bits none: whether one of them is given away is not told by how many there are. */
int checks_correlated(const checking *k)
{
    int n = k->in->n_targets;
    if (k->in->kind != TARGET_LABELS)
        return n;
    return k->looks[0].packed ? 0 : n < CHECK_LABELS ? n : CHECK_LABELS;
}

stint_status checks_pass(checking *k)
{
    int threads = pool_threads(k->pool), targets = checks_correlated(k);
    pass p = {.k = k, .first = true};
    for (int i = 0; i < k->n_looks; i++)
        facts_init(&k->facts[i]);
    stint_status s = pass_init(&p, threads) ? STINT_OK : STINT_ENOMEM;
    do {
        p.targets = targets - p.target < CHECK_TARGETS ? targets - p.target : CHECK_TARGETS;
        if (s == STINT_OK && k->pairs)
            memset(k->pairs, 0, (size_t)k->n_looks * CHECK_TARGETS * sizeof *k->pairs);
        if (s == STINT_OK)
            s = pass_run(&p);
        if (s == STINT_OK)
            suspect_pairs(k, &p);
        p.first = false;
        p.target += CHECK_TARGETS;
    } while (s == STINT_OK && k->pairs && p.target < targets);
    if (s == STINT_OK)
        suspect_classes(k);
    pass_deinit(&p, threads);
    return s;
}
