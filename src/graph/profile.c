#include "graph/profile.h"

#include "base/budget.h"
#include "base/mem.h"
#include "graph/compiled.h"
#include "graph/fn_impl.h"

#include <string.h>

/* Starting, stopping, checkpoints: at a checkpoint all that is live is counted by its site, and
 * each site's counts are compared with those of the checkpoint of that name before.  What it takes
 * is proportional to what is live, and a program that leaks nothing has little live between its
 * steps. */

/* ---- start and stop */

static void each_handle(graph *g, void (*f)(profile *p, stint_tensor *t), profile *p)
{
    for (stint_tensor *t = g->kept.handles; t; t = t->after)
        f(p, t);
    for (const stint_scope *s = g->innermost; s; s = s->outer)
        for (stint_tensor *t = s->handles; t; t = t->after)
            f(p, t);
}

static void forget_site(profile *p, stint_tensor *t)
{
    (void)p;
    t->site = 0;
}

static void forget_tape(stint_tape *t)
{
    t->site = 0;
    for (int64_t i = 0; i < t->watched.n; i++)
        t->watched.at[i].site = 0;
}

/* Numbers of an earlier start mean nothing now. */
static void forget_sites(graph *g)
{
    each_handle(g, forget_site, NULL);
    for (node *n = g->first; n; n = n->after)
        n->site = 0;
    for (stint_scope *s = g->innermost; s; s = s->outer)
        s->site = 0;
    for (stint_tape *t = g->tapes; t; t = t->older)
        forget_tape(t);
    for (stint_fn *f = g->fns; f; f = f->older) {
        f->site = 0;
        for (variant *v = f->variants; v; v = v->next)
            v->site = 0;
    }
    for (compiled *c = g->plans; c; c = c->older)
        c->site = 0;
}

void profile_free(profile *p)
{
    if (!p)
        return;
    for (int64_t i = 0; i < p->checkpoints.n; i++) {
        mem_free(p->checkpoints.at[i].name);
        vec_free(&p->checkpoints.at[i].sites);
    }
    vec_free(&p->checkpoints);
    vec_free(&p->suspects);
    vec_free(&p->counts);
    vec_free(&p->sites);
    mem_free(p->slots);
    mem_free(p);
}

void stint_memory_stop(stint_context *ctx)
{
    graph *g = ctx_attached(ctx);
    if (!g)
        return;
    profile_free(g->profile);
    g->profile = NULL;
}

stint_status stint_memory_start(stint_context *ctx)
{
    graph *g = graph_of(ctx);
    if (!g)
        return STINT_ENOMEM;
    stint_memory_stop(ctx);
    profile *p = mem_new(ctx, TAG_BASE, profile, 1);
    if (!p)
        return STINT_ENOMEM;
    p->g = g;
    stint_status s = profile_reserve(p);
    if (s != STINT_OK) {
        profile_free(p);
        return s;
    }
    forget_sites(g);
    g->profile = p;
    return STINT_OK;
}

/* ---- counting */

static void count(profile *p, int32_t site, measure m, int64_t n)
{
    p->counts.at[site * MEASURES + m] += n;
}

static void count_handle(profile *p, stint_tensor *t)
{
    count(p, t->site, MEASURE_TENSORS, 1);
}

static void count_nodes(profile *p)
{
    for (const node *n = p->g->first; n; n = n->after) {
        count(p, n->site, MEASURE_NODES, 1);
        if (n->root == n && n->value && !n->value->wrapped) /* shared by what it was written over */
            count(p, n->site, MEASURE_VALUES, n->value->bytes / n->value->refs);
    }
}

static void count_fns(profile *p)
{
    for (const stint_fn *f = p->g->fns; f; f = f->older) {
        count(p, f->site, MEASURE_FNS, 1);
        for (const variant *v = f->variants; v; v = v->next)
            count(p, v->site, MEASURE_VARIANTS, 1);
    }
}

stint_status profile_count(profile *p, totals *out)
{
    graph *g = p->g;
    TRY(vec_reserve(g->ctx, TAG_BASE, &p->counts, p->sites.n * MEASURES));
    p->counts.n = p->sites.n * MEASURES;
    memset(p->counts.at, 0, (size_t)p->counts.n * sizeof *p->counts.at);
    each_handle(g, count_handle, p);
    count_nodes(p);
    count_fns(p);
    for (const stint_scope *s = g->innermost; s != &g->root; s = s->outer)
        count(p, s->site, MEASURE_SCOPES, 1);
    for (const stint_tape *t = g->tapes; t; t = t->older) {
        count(p, t->site, MEASURE_TAPES, 1);
        for (int64_t i = 0; i < t->watched.n; i++)
            count(p, t->watched.at[i].site, MEASURE_WATCHED, 1);
    }
    for (const compiled *c = g->plans; c; c = c->older)
        count(p, c->site, MEASURE_PLANS, 1);
    *out = (totals){.bytes = budget_live(ctx_budget(g->ctx))};
    for (int64_t i = 0; i < p->counts.n; i++)
        out->count[i % MEASURES] += p->counts.at[i];
    return STINT_OK;
}

/* ---- checkpoints */

static checkpoint *find_checkpoint(const profile *p, const char *name)
{
    for (int64_t i = 0; i < p->checkpoints.n; i++)
        if (strcmp(p->checkpoints.at[i].name, name) == 0)
            return &p->checkpoints.at[i];
    return NULL;
}

static checkpoint *checkpoint_of(profile *p, const char *name)
{
    ctx *c = p->g->ctx;
    checkpoint *known = find_checkpoint(p, name);
    if (known)
        return known;
    char *copy = mem_strdup(c, name);
    if (!copy || vec_push(c, TAG_BASE, &p->checkpoints, (checkpoint){.name = copy})) {
        mem_free(copy);
        return NULL;
    }
    return &p->checkpoints.at[p->checkpoints.n - 1];
}

static void follow(rise *r, int64_t value, int64_t time)
{
    if (value < r->now) {
        r->rises = 0;
        r->since = time;
    } else if (value > r->peak) {
        r->rises++;
        r->latest = time;
    }
    r->now = value;
    r->peak = value > r->peak ? value : r->peak;
}

/* Of a site that had nothing at the checkpoint before; at the first checkpoint nothing grew. */
static void begin(growth *of, int64_t time)
{
    for (int m = 0; m < MEASURES; m++)
        of->of[m] = (rise){.since = time, .latest = time};
}

static stint_status compare(profile *p, checkpoint *k)
{
    TRY(vec_reserve(p->g->ctx, TAG_BASE, &k->sites, p->sites.n));
    for (; k->sites.n < p->sites.n; k->sites.n++)
        begin(&k->sites.at[k->sites.n], k->times);
    const int64_t *now = p->counts.at;
    for (int64_t i = 0; i < p->sites.n; i++)
        for (int m = 0; m < MEASURES; m++, now++) {
            rise *r = &k->sites.at[i].of[m];
            if (*now != r->now)
                follow(r, *now, k->times);
        }
    if (k->times == 0)
        for (int64_t i = 0; i < p->sites.n; i++)
            for (int m = 0; m < MEASURES; m++)
                k->sites.at[i].of[m].rises = 0;
    return STINT_OK;
}

static stint_status not_started(ctx *c)
{
    return fail(c, STINT_EUSAGE, "memory: the profiler is off: call stint_memory_start");
}

stint_status stint_memory_checkpoint(stint_context *ctx, const char *name)
{
    const graph *g = ctx_attached(ctx);
    profile *p = g ? g->profile : NULL;
    if (!p)
        return not_started(ctx);
    checkpoint *k = checkpoint_of(p, name);
    if (!k)
        return STINT_ENOMEM;
    TRY(profile_reserve(p));
    k->before = k->now;
    TRY(profile_count(p, &k->now));
    TRY(compare(p, k));
    k->times++;
    return STINT_OK;
}

/* ---- use and change */

int stint_memory_tags(void)
{
    return BUDGET_TAGS;
}

stint_memory_use stint_memory_tag(const stint_context *ctx, int i)
{
    const budget *b = ctx_budget((stint_context *)ctx);
    if (i < 0 || i >= BUDGET_TAGS)
        return (stint_memory_use){.tag = ""};
    budget_tag tag = (budget_tag)i;
    return (stint_memory_use){budget_tag_name(tag), budget_live_tag(b, tag),
                              budget_peak_tag(b, tag)};
}

stint_status stint_memory_delta(stint_context *ctx, const char *from, const char *to,
                                stint_memory_change *out)
{
    const graph *g = ctx_attached(ctx);
    if (!g || !g->profile)
        return not_started(ctx);
    const checkpoint *a = find_checkpoint(g->profile, from), *b = find_checkpoint(g->profile, to);
    if (!a || !b)
        return fail(ctx, STINT_EUSAGE, "memory: there is no checkpoint \"%s\"", a ? to : from);
    const totals *first = a == b ? &a->before : &a->now;
    *out = (stint_memory_change){
        .bytes = b->now.bytes - first->bytes,
        .values = b->now.count[MEASURE_VALUES] - first->count[MEASURE_VALUES],
        .tensors = b->now.count[MEASURE_TENSORS] - first->count[MEASURE_TENSORS],
        .nodes = b->now.count[MEASURE_NODES] - first->count[MEASURE_NODES]};
    return STINT_OK;
}
