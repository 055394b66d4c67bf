#include "cluster/chain.h"

#include <math.h>

stint_status chain_open(chain *c, linkage_run *r)
{
    *c = (chain){.run = r, .active = r->n};
    c->size = mem_new(r->ctx, TAG_MODEL, int32_t, r->n);
    c->last = mem_new(r->ctx, TAG_MODEL, int32_t, r->n);
    c->link = mem_new(r->ctx, TAG_MODEL, int32_t, r->n);
    if (!c->size || !c->last || !c->link)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < r->n; i++) {
        c->size[i] = 1;
        c->last[i] = -1;
    }
    return STINT_OK;
}

void chain_close(chain *c)
{
    mem_free(c->size);
    mem_free(c->last);
    mem_free(c->link);
}

int64_t chain_bytes(int64_t n)
{
    return 3 * mem_cost((size_t)n * sizeof(int32_t));
}

static double height_of(const chain *c, int32_t slot)
{
    return c->last[slot] < 0 ? 0 : c->run->merges[c->last[slot]].height;
}

/* In exact arithmetic no merge is lower than those within it; rounding must not make it so. */
static void note_merge(chain *c, int32_t a, int32_t b, double height)
{
    linkage_run *r = c->run;
    height = fmax(height, fmax(height_of(c, a), height_of(c, b)));
    c->size[b] += c->size[a];
    c->size[a] = 0;
    c->last[b] = (int32_t)r->made;
    r->merges[r->made++] = (linkage_merge){a, b, height};
    c->active--;
}

/* The end of the chain, which begins anew where nothing is left of it. */
static int32_t chain_end(chain *c)
{
    if (c->length == 0) {
        while (c->size[c->first] == 0)
            c->first++;
        c->link[c->length++] = c->first;
    }
    return c->link[c->length - 1];
}

static int32_t any_other(const chain *c, int32_t x)
{
    int32_t i = c->first;
    while (c->size[i] == 0 || i == x)
        i++;
    return i;
}

stint_status chain_run(chain *c, const chain_source *s, int64_t until)
{
    while (c->active > until) {
        chain_near near;
        int32_t x = chain_end(c), before = c->length > 1 ? c->link[c->length - 2] : -1;
        TRY(s->nearest(s->self, x, before, &near));
        if (near.slot < 0) /* none is at a distance that is a number */
            near = (chain_near){INFINITY, before >= 0 ? before : any_other(c, x)};
        if (near.slot != before) {
            c->link[c->length++] = near.slot;
            continue;
        }
        int32_t a = x < before ? x : before, b = x < before ? before : x;
        TRY(s->join(s->self, a, b));
        note_merge(c, a, b, s->height(c->run, near.apart));
        c->length -= 2;
    }
    return STINT_OK;
}
