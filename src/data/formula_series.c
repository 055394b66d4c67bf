#include "data/formula_functions.h"

/* Calls that need a series in one piece: shift ahead, filters of whole series, scales of columns. */

bool formula_needs_series(const formula *f, int node)
{
    const formula_node *n = &f->nodes[node];
    return n->kind == FORMULA_CALL && formula_function_ahead(n->function, n->constants);
}

bool formula_needs_column(const formula *f, int node)
{
    return formula_needs_series(f, node) && f->nodes[node].function->series->column;
}

int64_t formula_series_work(const formula *f, int node)
{
    const formula_node *n = &f->nodes[node];
    return n->function->series->work ? n->function->series->work(n->constants) : 0;
}

bool formula_series(const formula *f, int node, double *work, double *x, int64_t n, int64_t *from,
                    int64_t *run, int64_t *needs)
{
    const formula_node *call = &f->nodes[node];
    const series_class *k = call->function->series;
    int64_t least = k->least ? k->least(call->constants) : 0;
    for (int64_t i = 0, end; i < n; i = end) {
        for (; k->cut && i < n && x[i] != x[i]; i++)
            ;
        for (end = k->cut ? i : n; end < n && x[end] == x[end]; end++)
            ;
        if (i == end)
            break;
        *from = i;
        *run = end - i;
        *needs = least;
        if (end - i < least)
            return false;
        k->run(call->constants, work, x + i, end - i);
    }
    return true;
}
