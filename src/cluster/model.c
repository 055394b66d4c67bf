#include "cluster/model.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

stint_clustering *cluster_new(ctx *c)
{
    stint_clustering *m = mem_new(c, TAG_MODEL, stint_clustering, 1);
    if (!m)
        return NULL;
    m->ctx = c;
    arena_init(&m->text, c, TAG_MODEL);
    str_init(&m->notes, c, TAG_MODEL);
    m->facts = (stint_cluster_facts){
        .method = "", .variant = "", .device = "", .why = "", .inertia = NAN, .notes = ""};
    return m;
}

void cluster_set_tree(stint_clustering *m, int64_t merges)
{
    m->tree = (stint_dendrogram){.merges = merges,
                                 .children = (const int64_t(*)[2])m->children,
                                 .distances = m->distances,
                                 .sizes = m->merged,
                                 .leaves = merges + 1};
}

/* --- moving ------------------------------------------------------------------------------ */

static const size_t arrays[] = {
    offsetof(stint_clustering, labels),   offsetof(stint_clustering, sizes),
    offsetof(stint_clustering, centers),  offsetof(stint_clustering, embedding),
    offsetof(stint_clustering, children), offsetof(stint_clustering, distances),
    offsetof(stint_clustering, merged),   offsetof(stint_clustering, eigenvalues),
};

static stint_status move_array(ctx *to, stint_clustering *m, stint_clustering *out, size_t offset)
{
    void *from, *copy;
    memcpy(&from, (char *)m + offset, sizeof from); /* pointers of several types */
    if (!from)
        return STINT_OK;
    if (!(copy = mem_alloc(to, TAG_MODEL, (size_t)mem_bytes(from))))
        return STINT_ENOMEM;
    memcpy(copy, from, (size_t)mem_bytes(from));
    memcpy((char *)out + offset, &copy, sizeof copy);
    mem_free(from);
    memset((char *)m + offset, 0, sizeof from);
    return STINT_OK;
}

static stint_status copy_text(stint_clustering *out, const char **text)
{
    *text = arena_strdup(&out->text, *text ? *text : "");
    return *text ? STINT_OK : STINT_ENOMEM;
}

static stint_status copy_facts(const stint_clustering *m, stint_clustering *out)
{
    out->class = m->class;
    out->backend = m->backend;
    out->facts = m->facts;
    out->directions = m->directions;
    out->wide = m->wide;
    out->n_eigenvalues = m->n_eigenvalues;
    out->facts.notes = "";
    TRY(copy_text(out, &out->facts.method));
    TRY(copy_text(out, &out->facts.variant));
    TRY(copy_text(out, &out->facts.device));
    TRY(copy_text(out, &out->facts.why));
    if (m->notes.len > 0) {
        str_add(&out->notes, m->notes.at);
        out->facts.notes = out->notes.at;
    }
    return str_status(&out->notes);
}

stint_status cluster_move(ctx *to, stint_clustering *m, stint_clustering **out)
{
    *out = NULL;
    stint_clustering *moved = cluster_new(to);
    stint_status s = moved ? copy_facts(m, moved) : STINT_ENOMEM;
    for (size_t i = 0; s == STINT_OK && i < sizeof arrays / sizeof *arrays; i++)
        s = move_array(to, m, moved, arrays[i]);
    if (s != STINT_OK) {
        stint_clustering_free(moved);
        return s;
    }
    if (m->tree.leaves > 0)
        cluster_set_tree(moved, m->tree.merges);
    *out = moved;
    return STINT_OK;
}
