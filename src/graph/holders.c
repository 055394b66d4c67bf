#include "graph/profile.h"

#include <stdio.h>
#include <string.h>

/* Who keeps a suspect's things alive, as text.  Of tensors it is the handle itself and what its
 * graph reads; of nodes, who reads them, up to a handle or a tape. */

enum { CHAIN = 6, CLIMB = 64 };

static const char *const held_by[MEASURES] = {
    [MEASURE_FNS] = "a stint_fn that was not freed",
    [MEASURE_VARIANTS] = "a stint_fn: it keeps a trace for every combination of input shapes",
    [MEASURE_TAPES] = "a tape that was not closed",
    [MEASURE_SCOPES] = "a scope that was not closed",
    [MEASURE_WATCHED] = "a tape that was not cleared",
    [MEASURE_PLANS] = "the cache of plans: what is computed has a new shape or structure each time",
};

static void describe(const node *n, char *out, size_t size)
{
    char shape[NODE_SHAPE_SIZE];
    snprintf(out, size, "%s %s %s%s", op_table[n->op].text, stint_dtype_text((stint_dtype)n->dtype),
             node_shape_text(n, shape), n->pending ? ", pending" : "");
}

static const char *whose(const graph *g, const stint_tensor *t)
{
    return t->scope == &g->kept   ? "a kept handle"
           : t->scope == &g->root ? "a handle in no scope"
                                  : "a handle in an open scope";
}

/* " ← matmul ← tanh": what it was made from, as far as it is still there. */
static void add_chain(const node *n, char *out, size_t size)
{
    size_t len = strlen(out);
    for (int i = 0; i < CHAIN && n->inputs > 0 && n->in[0] && len < size; i++) {
        n = n->in[0];
        len += (size_t)snprintf(out + len, size - len, " ← %s", op_table[n->op].text);
    }
    if (n->inputs > 0 && len < size)
        snprintf(out + len, size - len, " ← …");
}

static void say_handle(const graph *g, const stint_tensor *t, char *out, size_t size)
{
    char what[256];
    describe(t->node, what, sizeof what);
    if (t->owner)
        snprintf(out, size, "%s: %s", t->owner, what);
    else
        snprintf(out, size, "%s of %s", whose(g, t), what);
}

/* Newest first in every list. */
static const stint_tensor *handle_where(const graph *g, int32_t site, const node *of)
{
    const stint_scope *lists[2] = {&g->kept, g->innermost};
    for (int i = 0; i < 2; i++)
        for (const stint_scope *s = lists[i]; s; s = s->outer)
            for (const stint_tensor *t = s->handles; t; t = t->after)
                if (of ? t->node == of : t->site == site)
                    return t;
    return NULL;
}

static const node *reader_of(const node *n)
{
    for (const node *m = n->after; m; m = m->after) {
        if (m->root == n)
            return m;
        for (int k = 0; k < m->inputs; k++)
            if (m->in[k] == n)
                return m;
    }
    return NULL;
}

static bool is_watched(const graph *g, const node *n)
{
    for (const stint_tape *t = g->tapes; t; t = t->older)
        for (int64_t i = 0; i < t->watched.n; i++)
            if (t->watched.at[i].node == n)
                return true;
    return false;
}

static void holder_of_node(const graph *g, const node *n, char *out, size_t size)
{
    const node *from = n;
    for (int i = 0; n && i < CLIMB; i++, n = reader_of(n)) {
        const stint_tensor *t = handle_where(g, 0, n);
        if (t) {
            size_t len;
            say_handle(g, t, out, size);
            add_chain(n, out, size);
            len = strlen(out);
            if (n->tracked && len < size)
                snprintf(out + len, size - len, "; a tape keeps what it was made from");
            return;
        }
        if (is_watched(g, n)) {
            snprintf(out, size, "%s", held_by[MEASURE_WATCHED]);
            return;
        }
    }
    char what[256];
    describe(from, what, sizeof what);
    snprintf(out, size, "the graph: %s", what);
}

void profile_holder(const profile *p, const suspect *s, char *out, size_t size)
{
    for (int m = 0; m < MEASURES; m++) {
        if (!(s->measures >> m & 1))
            continue;
        const stint_tensor *t = m == MEASURE_TENSORS ? handle_where(p->g, s->site, NULL) : NULL;
        if (t) {
            say_handle(p->g, t, out, size);
            add_chain(t->node, out, size);
            return;
        }
        if (held_by[m]) {
            snprintf(out, size, "%s", held_by[m]);
            return;
        }
        if (s->newest) {
            holder_of_node(p->g, s->newest, out, size);
            return;
        }
    }
    snprintf(out, size, "unknown");
}
