#include "graph/profile.h"

#include "base/mem.h"
#include "base/os/os.h"
#include "graph/fn_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which sites seem to leak.  Of those that grow, some grow only because others do: a scope left
 * open holds handles, a kept loss the nodes it was made from.  So suspects are taken in order:
 *
 *     what holds handles: stint_fns, tapes, scopes
 *     handles, but those that a suspect of the first kind holds
 *     nodes from the newest on, but those that a suspect reaches through the graph
 *     cached plans, where there is nothing else */

enum { RISES = 6, OF_TIMES = 4, LATELY = 8 };

#define BIT(name) (1U << MEASURE_##name)
static const unsigned tensors = BIT(TENSORS), plans = BIT(PLANS), traces = BIT(FNS) | BIT(VARIANTS);
static const unsigned holders = BIT(FNS) | BIT(VARIANTS) | BIT(TAPES) | BIT(SCOPES) | BIT(WATCHED);

static bool grows(const rise *r, int64_t times)
{
    int64_t last = times - 1;
    return r->rises >= RISES && last - r->latest <= LATELY &&
           r->rises * OF_TIMES >= last - r->since;
}

static const char *const one[] = {
#define X(name, one, several) one,
    MEASURE_LIST(X)
#undef X
};
static const char *const several[] = {
#define X(name, one, several) several,
    MEASURE_LIST(X)
#undef X
};

/* ---- candidates */

static stint_status find_candidates(profile *p)
{
    for (int64_t i = 0; i < p->sites.n; i++) {
        suspect most = {.site = (int32_t)i};
        for (int64_t k = 0; k < p->checkpoints.n; k++) {
            const checkpoint *c = &p->checkpoints.at[k];
            for (int m = 0; m < MEASURES && i < c->sites.n; m++) {
                const rise *r = &c->sites.at[i].of[m];
                if (!grows(r, c->times))
                    continue;
                most.measures |= 1U << m;
                if (r->rises > most.rises) {
                    most.rises = r->rises;
                    most.checkpoint = (int32_t)k;
                }
            }
        }
        if (most.measures)
            TRY(vec_push(p->g->ctx, TAG_BASE, &p->suspects, most));
    }
    return STINT_OK;
}

static suspect *suspect_of(profile *p, int32_t site)
{
    for (int64_t i = 0; i < p->suspects.n; i++)
        if (p->suspects.at[i].site == site)
            return &p->suspects.at[i];
    return NULL;
}

static void find_newest(profile *p)
{
    suspect *last = NULL;
    for (node *n = p->g->first; n; n = n->after) {
        if (!last || last->site != n->site)
            last = suspect_of(p, n->site);
        if (last)
            last->newest = n;
    }
}

static int order_of(const suspect *s)
{
    return s->measures & holders ? 0 : s->measures & tensors ? 1 : s->measures & plans ? 3 : 2;
}

static int by_likelihood(const void *a, const void *b)
{
    const suspect *x = a, *y = b;
    if (order_of(x) != order_of(y))
        return order_of(x) - order_of(y);
    int64_t i = x->newest ? x->newest->id : -1, j = y->newest ? y->newest->id : -1;
    if (order_of(x) <= 1 && x->rises != y->rises)
        return x->rises < y->rises ? 1 : -1;
    return i != j ? (i < j ? 1 : -1) : x->site - y->site;
}

/* ---- what one explains */

typedef struct reach {
    profile *p;
    VEC(node *) list;
} reach;

static stint_status mark(reach *r, node *n)
{
    if (n->mark == r->p->g->mark)
        return STINT_OK;
    n->mark = r->p->g->mark;
    return vec_push(r->p->g->ctx, TAG_GRAPH, &r->list, n);
}

static stint_status mark_from(reach *r, node *n)
{
    TRY(mark(r, n));
    while (r->list.n > 0) {
        n = r->list.at[--r->list.n];
        TRY(mark(r, n->root));
        for (int k = 0; k < n->inputs; k++)
            if (n->in[k])
                TRY(mark(r, n->in[k]));
    }
    return STINT_OK;
}

/* Newest first. */
static const stint_tensor *next_handle(const graph *g, const stint_scope **in,
                                       const stint_tensor *t)
{
    const stint_tensor *next = t ? t->after : NULL;
    while (!next && *in) {
        *in = *in == &g->kept ? g->innermost : (*in)->outer;
        next = *in ? (*in)->handles : NULL;
    }
    return next;
}

static const stint_tensor *first_handle(const graph *g, const stint_scope **in)
{
    *in = &g->kept;
    return g->kept.handles ? g->kept.handles : next_handle(g, in, NULL);
}

static stint_status mark_handles(reach *r, int32_t site)
{
    const stint_scope *in;
    for (const stint_tensor *t = first_handle(r->p->g, &in); t; t = next_handle(r->p->g, &in, t))
        if (t->site == site)
            TRY(mark_from(r, t->node));
    return STINT_OK;
}

static bool is_kept(const profile *p, int64_t kept, int32_t site, unsigned measures)
{
    for (int64_t i = 0; i < kept; i++)
        if ((site < 0 || p->suspects.at[i].site == site) && p->suspects.at[i].measures & measures)
            return true;
    return false;
}

/* Are the site's newest handles in a scope, or of a stint_fn, that is suspected itself? */
static bool is_held_by_suspect(const profile *p, int64_t kept, int32_t site)
{
    const stint_scope *in;
    const stint_tensor *t = first_handle(p->g, &in);
    while (t && t->site != site)
        t = next_handle(p->g, &in, t);
    return t && (is_kept(p, kept, t->scope->site, BIT(SCOPES)) ||
                 (t->owner == fn_output && is_kept(p, kept, -1, traces)));
}

static stint_status mark_watched(reach *r)
{
    for (const stint_tape *t = r->p->g->tapes; t; t = t->older)
        for (int64_t i = 0; i < t->watched.n; i++)
            TRY(mark_from(r, t->watched.at[i].node));
    return STINT_OK;
}

/* The suspects that stay, moved to the front. */
static stint_status fold(reach *r)
{
    profile *p = r->p;
    int64_t kept = 0;
    p->g->mark++;
    for (int64_t i = 0; i < p->suspects.n; i++) {
        suspect *s = &p->suspects.at[i];
        bool is_marked = s->newest && s->newest->mark == p->g->mark;
        if ((order_of(s) == 1 && is_held_by_suspect(p, kept, s->site)) ||
            (order_of(s) == 2 && is_marked) || (order_of(s) == 3 && kept > 0))
            continue;
        if (s->measures & tensors)
            TRY(mark_handles(r, s->site));
        if (s->measures & BIT(WATCHED))
            TRY(mark_watched(r));
        if (s->newest)
            TRY(mark_from(r, s->newest));
        p->suspects.at[kept++] = *s;
    }
    p->suspects.n = kept;
    return STINT_OK;
}

/* ---- texts */

static void say_what(const profile *p, suspect *s)
{
    const int64_t *count = p->counts.at + (int64_t)s->site * MEASURES;
    size_t len = 0;
    for (int m = 0; m < MEASURES; m++)
        if (count[m] > 0 && len < sizeof s->what)
            len +=
                (size_t)snprintf(s->what + len, sizeof s->what - len, "%s%lld %s", len ? ", " : "",
                                 (long long)count[m], count[m] == 1 ? one[m] : several[m]);
}

static void say_maker(const profile *p, suspect *s)
{
    const site *of = &p->sites.at[s->site];
    int caller = profile_caller(of);
    snprintf(s->made_by, sizeof s->made_by, "unknown");
    if (caller >= 0)
        symbol_text(of->frame[caller], s->made_by, sizeof s->made_by);
}

stint_status profile_suspect(profile *p)
{
    totals now;
    reach r = {.p = p};
    p->suspects.n = 0;
    TRY(profile_count(p, &now));
    TRY(find_candidates(p));
    find_newest(p);
    if (p->suspects.n > 0)
        qsort(p->suspects.at, (size_t)p->suspects.n, sizeof *p->suspects.at, by_likelihood);
    stint_status status = fold(&r);
    vec_free(&r.list);
    for (int64_t i = 0; i < p->suspects.n; i++) {
        suspect *s = &p->suspects.at[i];
        say_what(p, s);
        say_maker(p, s);
        profile_holder(p, s, s->holder, sizeof s->holder);
    }
    return status;
}
