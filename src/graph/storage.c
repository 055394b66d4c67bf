#include "graph/storage.h"

#include "base/mem.h"
#include "base/os/os.h"
#include "graph/graph.h"

/* The count and the bytes are two blocks, so that the bytes keep their alignment and a wrapped
 * value needs only the first. */

static storage *storage_shell(graph *g, int64_t bytes)
{
    storage *s = mem_alloc(graph_ctx(g), TAG_GRAPH, sizeof *s);
    if (s)
        *s = (storage){.refs = 1, .bytes = bytes};
    else
        graph_count_failure(g);
    return s;
}

storage *storage_new(graph *g, int64_t bytes)
{
    storage *s = storage_shell(g, bytes);
    if (!s)
        return NULL;
    s->at = mem_alloc(graph_ctx(g), TAG_TENSOR, (size_t)bytes);
    if (s->at) {
        memory_in_large_pages(s->at, (size_t)bytes);
        return s;
    }
    graph_count_failure(g);
    mem_free(s);
    return NULL;
}

storage *storage_wrap(graph *g, void *at, int64_t bytes)
{
    storage *s = storage_shell(g, bytes);
    if (s) {
        s->wrapped = true;
        s->at = at;
    }
    return s;
}

storage *storage_hold(storage *s)
{
    s->refs++;
    return s;
}

void storage_release(storage *s)
{
    if (!s || --s->refs > 0)
        return;
    if (!s->wrapped)
        mem_free(s->at);
    mem_free(s);
}
