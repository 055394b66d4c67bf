/* Any bytes as a formula: refused with a message, or parsed within its bounds and computed over
 * rows with holes, zeros and infinities without ever leaving its buffers. */
#include "data/formula.h"
#include "fuzz_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 96 };

static stint_status read_cells(void *self, int column, int64_t row, int64_t n, double *out)
{
    (void)self;
    for (int64_t i = 0; i < n; i++) {
        int64_t k = (row + i) * 7 + column;
        out[i] = k % 13 == 0 ? NAN : k % 17 == 0 ? INFINITY : (double)(k % 11) - 5;
    }
    return STINT_OK;
}

static stint_status rows_of(ctx *c, const formula *f, int root, const double **whole, double *y)
{
    stint_status s = STINT_OK;
    formula_refusal why;
    formula_run *r = formula_run_new(c, f, root, whole, 1, read_cells, NULL);
    for (int64_t i = 0; r && s == STINT_OK && i < ROWS; i += 32)
        s = formula_run_rows(r, i, 32, i % 64 == 0, y + i, &why);
    if (s != STINT_OK && (why.row < 0 || why.row >= ROWS || why.node < 0 || why.node >= f->n))
        abort();
    formula_run_free(r);
    return r ? s : STINT_ENOMEM;
}

/* As derive_columns.c does: calls that need a series first. */
static void compute(ctx *c, arena *a, const formula *f)
{
    double y[ROWS];
    const double **whole = arena_new(a, const double *, f->n);
    for (int node = 0; whole && node <= f->root; node++) {
        int64_t from, run, needs;
        if (!formula_needs_series(f, node))
            continue;
        double *x = arena_new(a, double, ROWS);
        double *work = arena_new(a, double, formula_series_work(f, node) + 1);
        if (!x || !work || rows_of(c, f, f->nodes[node].args[0], whole, x) != STINT_OK ||
            !formula_series(f, node, work, x, ROWS, &from, &run, &needs))
            return;
        whole[node] = x;
    }
    (void)rows_of(c, f, f->root, whole, y);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = malloc(n + 1);
    formula *f;
    arena a;
    stint_context *c = stint_open(NULL);
    memcpy(text, bytes, n);
    text[n] = '\0';
    arena_init(&a, c, TAG_BASE);
    if (formula_parse(c, &a, "fuzz.yaml:1:1", "fuzz", text, &f) == STINT_OK)
        compute(c, &a, f);
    else if (ctx_status(c) == STINT_OK)
        abort(); /* a failure without a message */
    arena_deinit(&a);
    if (budget_live(ctx_budget(c)) != 0)
        abort();
    stint_close(c);
    free(text);
    return 0;
}
