/* Formulas: a column computed from columns, in a small language that can do nothing else.
 *
 *     fill(shift(co2, 52), co2) - moving_average(co2, 4)        if(load > 0, work / load, 0)
 *
 * Numbers; columns by name, in backquotes where the name is no identifier (`CO2 ppm`); in order of
 * binding, the tightest first:  ^  unary -  * /  + -  < <= > >= == !=  not  and  or; parentheses;
 * functions, formula_functions.c.  Comparisons give 0 or 1; what is not 0 is true.
 *
 * A missing cell makes what is computed from it missing, but for fill, isnan, the branch that if()
 * does not take, and what `and` and `or` need not look at.  What is not finite though its operands
 * are (a division by zero, a logarithm of 0) is an error, unless an if() guards that row.
 *
 * A parsed formula is bounded: FORMULA_TEXT_MOST bytes, FORMULA_NODES_MOST operations,
 * FORMULA_DEPTH_MOST within each other, FORMULA_WINDOW_MOST rows looked back or ahead, and
 * FORMULA_STEPS_MOST steps a row.  It never loops and never allocates by what a cell says. */
#ifndef DATA_FORMULA_H
#define DATA_FORMULA_H

#include "base/arena.h"

#define FORMULA_TEXT_MOST   4096
#define FORMULA_NODES_MOST  512
#define FORMULA_DEPTH_MOST  48
#define FORMULA_WINDOW_MOST 100000
#define FORMULA_STEPS_MOST  10000
#define FORMULA_ARGS_MOST   4

typedef struct formula_function formula_function; /* formula_functions.h */

typedef enum formula_kind { FORMULA_NUMBER, FORMULA_COLUMN, FORMULA_CALL } formula_kind;

typedef struct formula_node {
    formula_kind kind;
    double number;
    int column;                       /* FORMULA_COLUMN: into formula.columns */
    const formula_function *function; /* FORMULA_CALL */
    int n_args, args[FORMULA_ARGS_MOST];
    double constants[FORMULA_ARGS_MOST]; /* arguments that are plain numbers, for the function */
    int at, end;                         /* where it stands in the text, from 0 */
} formula_node;

/* A column that is read, once for each way of reading. */
typedef struct formula_column {
    const char *name;
    bool as_time; /* in seconds since 1970 */
    int at;       /* where it is named first */
} formula_column;

typedef struct formula {
    const char *place, *name, *text; /* for messages; the name of the column that it makes */
    formula_node *nodes;             /* [n]; arguments before what uses them */
    int n, root;
    formula_column *columns; /* [n_columns] */
    int n_columns;
} formula;

/* All in `a`.  What does not parse is STINT_EUSAGE: "PLACE: columns.NAME: position 17: …". */
stint_status formula_parse(ctx *c, arena *a, const char *place, const char *name, const char *text,
                           formula **out);

/* The same message at byte `at` of the text. */
stint_status formula_fail(ctx *c, const formula *f, int at, const char *fmt, ...)
    STINT_PRINTF(4, 5);

#define FORMULA_SNIPPET_SIZE 64
/* What a node is written as, shortened. */
const char *formula_snippet(const formula *f, int node, char out[FORMULA_SNIPPET_SIZE]);

/* --- evaluation ------------------------------------------------------------------------------ */

#define FORMULA_BLOCK 1024

/* Where columns come from: rows [row, row + n) of formula.columns[column] into out. */
typedef stint_status formula_read(void *self, int column, int64_t row, int64_t n, double *out);

/* Why a row has no value: a node whose result, or else whose operand, cannot be. */
typedef struct formula_refusal {
    int node, operand; /* operand -1 = none to name */
    double value;      /* of the operand */
    int64_t row;
} formula_refusal;

typedef struct formula_run formula_run;

/* The part of a formula below `root`.  `whole[node]` is, for each call below it that needs a whole
 * series (formula_needs_series), its values in all rows of the table. */
formula_run *formula_run_new(ctx *c, const formula *f, int root, const double *const *whole,
                             uint64_t seed, formula_read *read, void *self);
void formula_run_free(formula_run *r);
int64_t formula_run_bytes(const formula *f); /* at most */

/* Rows [row, row + n) of one series, n ≤ FORMULA_BLOCK, after those before them; `begins`: the
 * first is the series' first.  STINT_EDATA without a message when `refusal` says why. */
stint_status formula_run_rows(formula_run *r, int64_t row, int64_t n, bool begins, double *out,
                              formula_refusal *refusal);

/* --- calls that need a whole series ---------------------------------------------------------- */

bool formula_needs_series(const formula *f, int node);
/* … or the whole column: minmax, zscore. */
bool formula_needs_column(const formula *f, int node);

/* The call's values from those of its argument, in place; `work` [formula_series_work] doubles.
 * *needs: 0, or the rows in one piece that the call needs at least and that the piece of *run rows
 * from *from on does not have. */
int64_t formula_series_work(const formula *f, int node);
bool formula_series(const formula *f, int node, double *work, double *x, int64_t n, int64_t *from,
                    int64_t *run, int64_t *needs);

#endif
