#include "plan/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Where each slab buffer lies.
 *
 * First, lives: from a buffer's first use to its last.  Then one walk over the steps takes over
 * memory in place: a written buffer whose life begins at a step may have the place of one that
 * ends there, if the step says that this is safe and the sizes are the same; a chain of such
 * buffers is one block with one life.  Then blocks are placed, twice: in the order in which they
 * begin, each in the smallest gap between the blocks that live meanwhile (best fit), and, for
 * plans of few blocks, largest first at the lowest offset that is free for its whole life
 * (Pisarchyk & Lee 2020, greedy by size); the smaller slab stays. */

enum { GREEDY_MOST = 400 }; /* blocks: largest first takes time quadratic in them */

typedef struct block {
    int64_t bytes, offset;
    int32_t first, last; /* steps */
} block;

typedef struct gap {
    int64_t offset, bytes;
} gap;

typedef struct planner {
    plan *p;
    ctx *c;
    VEC(block) blocks;
    int32_t *block_of; /* [buffers], -1 = external or unused */
} planner;

static int64_t align_up(int64_t bytes)
{
    return (bytes + PLAN_ALIGN - 1) / PLAN_ALIGN * PLAN_ALIGN;
}

static void find_lives(plan *p)
{
    for (int64_t s = 0; s < p->steps.n; s++)
        for (int u = 0; u < p->steps.at[s].uses; u++) {
            plan_buffer *b = &p->buffers.at[p->steps.at[s].use[u].buffer];
            if (b->first < 0)
                b->first = (int32_t)s;
            b->last = (int32_t)s;
        }
}

/* The buffer whose place the use takes over, -1 = none. */
static int32_t taken_over(const planner *l, const plan_step *at, int u, int32_t step)
{
    const plan_use *use = &at->use[u];
    const plan_buffer *b = &l->p->buffers.at[use->buffer];
    if (!use->write || use->may_replace < 0 || b->external || b->first != step)
        return -1;
    const plan_buffer *old = &l->p->buffers.at[use->may_replace];
    bool fits = !old->external && old->last == step && old->first < step && old->bytes == b->bytes;
    for (int w = 0; w < u && fits; w++) /* another output of the step was quicker */
        fits = l->p->buffers.at[at->use[w].buffer].in_place_of != use->may_replace;
    return fits ? use->may_replace : -1;
}

/* Blocks in order of their first step, since steps are walked in order. */
static stint_status make_blocks(planner *l)
{
    plan *p = l->p;
    memset(l->block_of, -1, (size_t)p->buffers.n * sizeof *l->block_of);
    for (int32_t s = 0; s < p->steps.n; s++)
        for (int u = 0; u < p->steps.at[s].uses; u++) {
            const plan_use *use = &p->steps.at[s].use[u];
            plan_buffer *b = &p->buffers.at[use->buffer];
            if (b->external || b->first != s || l->block_of[use->buffer] >= 0)
                continue;
            int32_t old = taken_over(l, &p->steps.at[s], u, s);
            if (old >= 0) {
                b->in_place_of = old;
                l->block_of[use->buffer] = l->block_of[old];
                l->blocks.at[l->block_of[old]].last = b->last;
                continue;
            }
            l->block_of[use->buffer] = (int32_t)l->blocks.n;
            TRY(vec_push(l->c, TAG_PLAN, &l->blocks,
                         (block){.bytes = align_up(b->bytes), .first = b->first, .last = b->last}));
        }
    return STINT_OK;
}

/* ---- in order of beginning, best fit */

typedef struct gaps {
    VEC(gap) at; /* by offset; never touching each other */
    int64_t end; /* of the slab so far */
} gaps;

/* The place of the first gap at or after an offset. */
static int64_t gap_search(const gaps *f, int64_t offset)
{
    int64_t low = 0, high = f->at.n;
    while (low < high) {
        int64_t mid = (low + high) / 2;
        if (f->at.at[mid].offset < offset)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void gap_remove(gaps *f, int64_t i)
{
    memmove(f->at.at + i, f->at.at + i + 1, (size_t)(f->at.n - i - 1) * sizeof *f->at.at);
    f->at.n--;
}

static int64_t gap_take(gaps *f, int64_t bytes)
{
    int64_t best = -1;
    for (int64_t i = 0; i < f->at.n; i++)
        if (f->at.at[i].bytes >= bytes && (best < 0 || f->at.at[i].bytes < f->at.at[best].bytes))
            best = i;
    gap *last = f->at.n ? &f->at.at[f->at.n - 1] : NULL;
    if (best < 0 && last && last->offset + last->bytes == f->end) {
        int64_t offset = last->offset; /* grow the gap at the end */
        f->end = offset + bytes;
        f->at.n--;
        return offset;
    }
    if (best < 0) {
        f->end += bytes;
        return f->end - bytes;
    }
    gap *g = &f->at.at[best];
    int64_t offset = g->offset;
    g->offset += bytes;
    g->bytes -= bytes;
    if (g->bytes == 0)
        gap_remove(f, best);
    return offset;
}

static stint_status gap_give(planner *l, gaps *f, int64_t offset, int64_t bytes)
{
    int64_t i = gap_search(f, offset);
    gap *before = i > 0 ? &f->at.at[i - 1] : NULL;
    gap *after = i < f->at.n ? &f->at.at[i] : NULL;
    bool joins_before = before && before->offset + before->bytes == offset;
    bool joins_after = after && offset + bytes == after->offset;
    if (joins_before) {
        before->bytes += bytes;
        if (joins_after) {
            before->bytes += after->bytes;
            gap_remove(f, i);
        }
        return STINT_OK;
    }
    if (joins_after) {
        after->offset = offset;
        after->bytes += bytes;
        return STINT_OK;
    }
    TRY(vec_push(l->c, TAG_PLAN, &f->at, (gap){0}));
    memmove(f->at.at + i + 1, f->at.at + i, (size_t)(f->at.n - i - 1) * sizeof *f->at.at);
    f->at.at[i] = (gap){offset, bytes};
    return STINT_OK;
}

/* Blocks that end at each step, as lists: head [steps], next [blocks]. */
static void list_ends(const planner *l, int32_t *head, int32_t *next)
{
    memset(head, -1, (size_t)l->p->steps.n * sizeof *head);
    for (int64_t i = 0; i < l->blocks.n; i++) {
        next[i] = head[l->blocks.at[i].last];
        head[l->blocks.at[i].last] = (int32_t)i;
    }
}

static stint_status place_in_order(planner *l, int64_t *slab)
{
    gaps f = {0};
    stint_status s = STINT_OK;
    int32_t *head = mem_new(l->c, TAG_PLAN, int32_t, l->p->steps.n + l->blocks.n + 1);
    if (!head)
        return STINT_ENOMEM;
    int32_t *next = head + l->p->steps.n;
    list_ends(l, head, next);
    int64_t begun = 0;
    for (int32_t step = 0; step < l->p->steps.n && !s; step++) {
        for (; begun < l->blocks.n && l->blocks.at[begun].first == step; begun++)
            l->blocks.at[begun].offset = gap_take(&f, l->blocks.at[begun].bytes);
        for (int32_t i = head[step]; i >= 0 && !s; i = next[i]) {
            assert(i < l->blocks.n);
            s = gap_give(l, &f, l->blocks.at[i].offset, l->blocks.at[i].bytes);
        }
    }
    *slab = f.end;
    vec_free(&f.at);
    mem_free(head);
    return s;
}

/* ---- largest first */

typedef struct sized {
    int64_t bytes;
    int32_t block;
} sized;

static int larger_first(const void *a, const void *b)
{
    const sized *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return (x->block > y->block) - (x->block < y->block);
}

static int by_offset(const void *a, const void *b)
{
    const gap *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* The lowest offset at which a block fits between those placed that live when it does. */
static int64_t lowest_place(const planner *l, const sized *order, int n, const int64_t *offset,
                            gap *taken)
{
    const block *b = &l->blocks.at[order[n].block];
    int m = 0;
    for (int i = 0; i < n; i++) {
        const block *o = &l->blocks.at[order[i].block];
        if (o->first <= b->last && b->first <= o->last)
            taken[m++] = (gap){offset[order[i].block], o->bytes};
    }
    qsort(taken, (size_t)m, sizeof *taken, by_offset);
    int64_t at = 0;
    for (int i = 0; i < m && taken[i].offset < at + b->bytes; i++)
        if (taken[i].offset + taken[i].bytes > at)
            at = taken[i].offset + taken[i].bytes;
    return at;
}

static stint_status place_by_size(planner *l, int64_t slab)
{
    int n = (int)l->blocks.n;
    stint_status s = STINT_OK;
    sized *order = mem_new(l->c, TAG_PLAN, sized, n);
    int64_t *offset = mem_new(l->c, TAG_PLAN, int64_t, n);
    gap *taken = mem_new(l->c, TAG_PLAN, gap, n);
    if (!order || !offset || !taken) {
        s = STINT_ENOMEM;
        goto done;
    }
    int64_t end = 0;
    for (int i = 0; i < n; i++)
        order[i] = (sized){l->blocks.at[i].bytes, i};
    qsort(order, (size_t)n, sizeof *order, larger_first);
    for (int i = 0; i < n && end < slab; i++) {
        int64_t at = lowest_place(l, order, i, offset, taken);
        offset[order[i].block] = at;
        if (at + order[i].bytes > end)
            end = at + order[i].bytes;
    }
    for (int i = 0; i < n && end < slab; i++)
        l->blocks.at[i].offset = offset[i];
    l->p->slab_bytes = end < slab ? end : slab;
done:
    mem_free(order);
    mem_free(offset);
    mem_free(taken);
    return s;
}

static stint_status place(planner *l)
{
    TRY(make_blocks(l));
    int64_t slab;
    TRY(place_in_order(l, &slab));
    l->p->slab_bytes = slab;
    if (l->blocks.n > 1 && l->blocks.n <= GREEDY_MOST)
        TRY(place_by_size(l, slab));
    for (int64_t i = 0; i < l->p->buffers.n; i++) {
        plan_buffer *b = &l->p->buffers.at[i];
        if (l->block_of[i] < 0)
            continue;
        assert(l->block_of[i] < l->blocks.n);
        b->offset = l->blocks.at[l->block_of[i]].offset;
        l->p->unshared_bytes += align_up(b->bytes);
    }
    return STINT_OK;
}

stint_status plan_finish(plan *p)
{
    planner l = {.p = p, .c = p->arena.ctx};
    find_lives(p);
    l.block_of = mem_new(l.c, TAG_PLAN, int32_t, p->buffers.n + 1);
    stint_status s = l.block_of ? place(&l) : STINT_ENOMEM;
    vec_free(&l.blocks);
    mem_free(l.block_of);
    return s;
}
