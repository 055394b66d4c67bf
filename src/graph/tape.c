#include "graph/graph_impl.h"

#include "base/mem.h"

/* A tape is a set of watched values.  What is made from them is tracked: it keeps its inputs when
 * it is realised, as far as handles reach.  Clearing unwatches: tracked nodes that have their
 * value forget how it came about. */

stint_tape *stint_tape_open(stint_context *c)
{
    graph *g = graph_of(c);
    stint_tape *t = g ? mem_new(c, TAG_GRAPH, stint_tape, 1) : NULL;
    if (!t)
        return NULL;
    t->graph = g;
    t->site = graph_site(g);
    t->older = g->tapes;
    if (g->tapes)
        g->tapes->newer = t;
    return g->tapes = t;
}

void stint_tape_watch(stint_tape *t, stint_tensor *x)
{
    node *n = graph_node(x);
    if (!t || !n)
        return;
    if (n->graph != t->graph) {
        graph_fail(t->graph, "watch: the tensor belongs to another context");
        return;
    }
    if (vec_push(t->graph->ctx, TAG_GRAPH, &t->watched, (watched){n, graph_site(t->graph)})) {
        t->graph->failures++;
        return;
    }
    node_hold(n);
    n->tracked = true;
    t->graph->watched++;
}

stint_status stint_tape_gradient(stint_tape *t, stint_tensor *target, int sources,
                                 stint_tensor *const *source, stint_tensor **out)
{
    if (!t)
        return STINT_ENOMEM;
    return stint_gradients(1, &target, NULL, sources, source, out);
}

static bool is_watched(const graph *g, const node *n)
{
    for (const stint_tape *t = g->tapes; t; t = t->older)
        for (int64_t i = 0; i < t->watched.n; i++)
            if (t->watched.at[i].node == n)
                return true;
    return false;
}

/* Recompute what is tracked, in order of making: with no tape watching it, nothing is. */
static void track_again(graph *g)
{
    for (node *n = g->first; n; n = n->after) {
        bool tracked = false;
        if (!n->tracked)
            continue;
        for (int i = 0; i < n->inputs; i++)
            tracked |= n->in[i]->tracked && !n->no_grad && op_table[n->op].gradient;
        n->tracked = tracked || (g->watched > 0 && is_watched(g, n));
    }
    /* from the last: what a later one lets go of may be gone by the time its turn comes */
    for (node *n = g->last, *before; n; n = before) {
        before = n->before;
        if (n->tracked || !n->value || n->inputs == 0)
            continue;
        node_hold(n);
        node_forget_inputs(n);
        before = n->before;
        node_release(n);
    }
}

void stint_tape_clear(stint_tape *t)
{
    if (!t || t->watched.n == 0)
        return;
    graph *g = t->graph;
    g->watched -= (int)t->watched.n;
    for (int64_t i = 0; i < t->watched.n; i++)
        node_release(t->watched.at[i].node);
    vec_free(&t->watched);
    track_again(g);
}

void stint_tape_close(stint_tape *t)
{
    if (!t)
        return;
    graph *g = t->graph;
    stint_tape_clear(t);
    if (t->newer)
        t->newer->older = t->older;
    else
        g->tapes = t->older;
    if (t->older)
        t->older->newer = t->newer;
    mem_free(t);
}

void tapes_close(graph *g)
{
    while (g->tapes)
        stint_tape_close(g->tapes);
}
