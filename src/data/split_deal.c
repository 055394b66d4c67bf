#include "data/split_impl.h"

#include <string.h>

/* Rows are numbered within their stratum in random order, and dealt to the parts so that
 * each part's share of every stratum is right to within one row:
 *
 *     rows of a stratum, shuffled:   t t f f f f f f f f     (test share 0.2)
 *     the f's, counted on over all strata, go to folds 0 1 2 … in turn
 *
 * Counting on over strata keeps the parts' sizes within one row of each other in all.  The
 * rows of a class that has to be in every part are a block: its number of test rows is that of
 * its share, rounded up or down, but at least one and leaving one for each fold where that is
 * possible; the blocks after it make up for what it took. */

typedef struct block {
    int64_t start, rows; /* dealt before it, and in it */
    int64_t tests_before, tests;
    bool own; /* the test rows are spread by its own count, not by that of all rows */
} block;

typedef struct dealing {
    split_job *job;
    uint64_t *ids;  /* [m] rows to be dealt, in random order */
    uint32_t *next; /* [strata] number of the next row of each */
    block *blocks;
    int64_t m, n_blocks;
} dealing;

#define BILLION INT64_C(1000000000)

static int64_t test_share(const split_job *j)
{
    return (int64_t)(j->settings->test * (double)BILLION + 0.5);
}

/* i < 2^32, so that the product stays below 2^62 */
int64_t split_test_of(const split_job *j, int64_t i)
{
    return (i * test_share(j) + BILLION / 2) / BILLION;
}

static int64_t tests_of_first(const split_job *j, const block *b, int64_t rows)
{
    if (b->own)
        return rows * b->tests / b->rows;
    return split_test_of(j, b->start + rows) - split_test_of(j, b->start);
}

static int part_of(const split_job *j, const block *b, int64_t number)
{
    int64_t at = number - b->start, tests = tests_of_first(j, b, at);
    if (tests_of_first(j, b, at + 1) > tests)
        return j->parts;
    return (int)((b->start - b->tests_before + at - tests) % j->folds);
}

/* --- blocks --------------------------------------------------------------------------------- */

static int64_t within(int64_t x, int64_t low, int64_t high)
{
    x = x < high ? x : high;
    return x > low ? x : low;
}

/* Starts, rows and the blocks before are known: choose how many test rows it has. */
static void block_choose(const split_job *j, block *b, int64_t tests_before)
{
    int64_t whole = b->rows * test_share(j) / BILLION;
    int64_t low = whole > 1 ? whole : 1, room = b->rows - j->folds;
    int64_t high = within(whole + 1, low, room > low ? room : low);
    int64_t fair = split_test_of(j, b->start + b->rows) - split_test_of(j, b->start);
    b->tests_before = tests_before;
    b->tests = within(split_test_of(j, b->start + b->rows) - tests_before, low, high);
    b->own = b->tests != fair;
}

/* class_of becomes the block of each stratum. */
static void blocks_of_classes(dealing *d, const uint32_t *rows)
{
    split_job *j = d->job;
    int64_t start = 0, tests = 0;
    for (int64_t i = 0, class = -1; i < j->strata; i++) {
        if (j->class_of[i] != class)
            d->blocks[d->n_blocks++].start = start;
        class = j->class_of[i];
        j->class_of[i] = (uint32_t)d->n_blocks - 1;
        d->blocks[d->n_blocks - 1].rows += rows[i];
        start += rows[i];
    }
    for (int64_t k = 0; k < d->n_blocks; k++) {
        block_choose(j, &d->blocks[k], tests);
        tests += d->blocks[k].tests;
    }
}

/* --- dealing -------------------------------------------------------------------------------- */

static void count_strata(dealing *d)
{
    split_job *j = d->job;
    for (int64_t i = 0; i < j->n; i++)
        if (split_is_dealt(j->part[i])) {
            d->next[j->stratum ? j->stratum[i] : 0]++;
            d->ids[d->m++] = (uint64_t)i;
        }
    if (j->class_of)
        blocks_of_classes(d, d->next);
    uint32_t start = 0;
    for (int64_t s = 0; s < j->strata; s++) {
        uint32_t rows = d->next[s];
        d->next[s] = start;
        start += rows;
    }
}

static int64_t blocks_most(const split_job *j)
{
    int64_t n = 1;
    for (int64_t i = 1; j->class_of && i < j->strata; i++)
        n += j->class_of[i] != j->class_of[i - 1];
    return n;
}

static stint_status deal(dealing *d)
{
    split_job *j = d->job;
    ctx *c = j->ctx;
    d->ids = mem_new(c, TAG_SPLIT, uint64_t, j->n);
    d->next = mem_new(c, TAG_SPLIT, uint32_t, j->strata + 1);
    d->blocks = mem_new(c, TAG_SPLIT, block, blocks_most(j));
    if (!d->ids || !d->next || !d->blocks)
        return STINT_ENOMEM;
    count_strata(d);
    split_shuffle(d->ids, d->m, (rng){j->settings->seed, RNG_SPLIT}, NULL);
    for (int64_t i = 0; i < d->m; i++) {
        uint64_t row = d->ids[i];
        uint32_t s = j->stratum ? j->stratum[row] : 0;
        const block *b = &d->blocks[j->class_of ? j->class_of[s] : 0];
        j->part[row] = (uint8_t)part_of(j, b, d->next[s]++);
    }
    return STINT_OK;
}

/* --- rows that repeat an earlier one --------------------------------------------------------- */

/* One row stands for all that are equal to it: the first, even if that is left out itself. */
static void repeats_wait(split_job *j)
{
    for (int64_t chunk = 0; chunk < j->in->rows->chunks; chunk++) {
        int64_t base = chunk * COLFILE_CHUNK_ROWS, n = colfile_chunk_rows(j->in->rows, chunk);
        split_first_rows(j, chunk);
        for (int64_t i = 0; i < n; i++) {
            int64_t first = (int64_t)j->values[i];
            if (j->part[base + i] != ROW_KEPT || first == base + i)
                continue;
            j->part[base + i] = ROW_FOLLOWS;
            if (j->part[first] == SPLIT_NONE)
                j->part[first] = ROW_STANDS_IN;
        }
    }
}

static void repeats_follow(split_job *j)
{
    for (int64_t chunk = 0; chunk < j->in->rows->chunks; chunk++) {
        int64_t base = chunk * COLFILE_CHUNK_ROWS, n = colfile_chunk_rows(j->in->rows, chunk);
        split_first_rows(j, chunk);
        for (int64_t i = 0; i < n; i++)
            if (j->part[base + i] == ROW_FOLLOWS)
                j->part[base + i] = j->part[(int64_t)j->values[i]];
    }
    split_rows_leave(j);
}

stint_status split_deal(split_job *j)
{
    dealing d = {.job = j};
    bool together = j->in->rows && j->settings->duplicates == SPLIT_TOGETHER;
    if (together)
        repeats_wait(j);
    TRY(split_strata(j));
    stint_status s = deal(&d);
    if (s == STINT_OK && together)
        repeats_follow(j);
    mem_free(d.ids);
    mem_free(d.next);
    mem_free(d.blocks);
    return s;
}
