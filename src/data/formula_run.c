#include "data/formula_run.h"

#include <assert.h>

/* What a run holds: room for operands, and the states of calls that look back. */

/* --- room ---------------------------------------------------------------------------------------- */

typedef struct room {
    int buffers, masks;
} room;

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* Whether an operand's values wait in a buffer while the next one is computed. */
static room room_of(const formula *f, int node)
{
    const formula_node *n = &f->nodes[node];
    room need = {0};
    if (n->kind != FORMULA_CALL)
        return need;
    function_kind kind = n->function->kind;
    bool masks =
        kind == FUNCTION_IF || kind == FUNCTION_AND || kind == FUNCTION_OR || kind == FUNCTION_FILL;
    for (int i = 0; i < n->n_args; i++) {
        room of = room_of(f, n->args[i]);
        int held = kind == FUNCTION_IF ? larger(i, 1) : i;
        need.buffers = larger(need.buffers, of.buffers + held);
        need.masks = larger(need.masks, of.masks + (masks && (i > 0 || kind == FUNCTION_IF)));
    }
    return need;
}

static bool is_causal(const formula *f, int node)
{
    const formula_node *n = &f->nodes[node];
    return n->kind == FORMULA_CALL && n->function->kind == FUNCTION_CAUSAL &&
           !formula_function_ahead(n->function, n->constants);
}

int64_t formula_run_bytes(const formula *f)
{
    room need = room_of(f, f->root);
    int64_t bytes = mem_cost(sizeof(formula_run)) + f->n * (int64_t)(sizeof(void *) + 1) + 512 +
                    (need.buffers + 1) * (int64_t)FORMULA_BLOCK * 8 +
                    (need.masks + 1) * (int64_t)FORMULA_BLOCK;
    for (int i = 0; i < f->n; i++)
        if (is_causal(f, i))
            bytes += mem_cost(f->nodes[i].function->causal->bytes(f->nodes[i].constants));
    return bytes;
}

void formula_run_free(formula_run *r)
{
    if (!r)
        return;
    for (int i = 0; r->states && i < r->f->n; i++)
        mem_free(r->states[i]);
    mem_free(r->states);
    mem_free(r->infinite);
    mem_free(r->buffers);
    mem_free(r->masks);
    mem_free(r);
}

static bool states_make(ctx *c, formula_run *r)
{
    for (int i = 0; i <= r->root; i++) {
        const formula_node *n = &r->f->nodes[i];
        if (!is_causal(r->f, i))
            continue;
        r->states[i] = mem_alloc(c, TAG_TABLE, n->function->causal->bytes(n->constants));
        if (!r->states[i])
            return false;
        n->function->causal->init(r->states[i], n->constants);
    }
    return true;
}

formula_run *formula_run_new(ctx *c, const formula *f, int root, const double *const *whole,
                             uint64_t seed, formula_read *read, void *self)
{
    formula_run *r = mem_new(c, TAG_TABLE, formula_run, 1);
    if (!r)
        return NULL;
    room need = room_of(f, root);
    *r = (formula_run){
        .f = f, .root = root, .whole = whole, .seed = seed, .read = read, .self = self};
    r->states = mem_new(c, TAG_TABLE, void *, f->n);
    r->infinite = mem_new(c, TAG_TABLE, bool, f->n);
    r->buffers = mem_new(c, TAG_TABLE, double, (need.buffers + 1) * (int64_t)FORMULA_BLOCK);
    r->masks = mem_new(c, TAG_TABLE, uint8_t, (need.masks + 1) * (int64_t)FORMULA_BLOCK);
    if (r->states && r->infinite && r->buffers && r->masks && states_make(c, r))
        return r;
    formula_run_free(r);
    return NULL;
}

stint_status formula_run_rows(formula_run *r, int64_t row, int64_t n, bool begins, double *out,
                              formula_refusal *refusal)
{
    assert(n > 0 && n <= FORMULA_BLOCK);
    r->row = row;
    r->n = n;
    r->begins = begins;
    r->refusal = refusal;
    r->buffer = r->mask = 0;
    return formula_eval(r, r->root, NULL, out);
}
