/* The table of functions and operators that formulas are made of. */
#ifndef DATA_FORMULA_FUNCTIONS_H
#define DATA_FORMULA_FUNCTIONS_H

#include "data/formula.h"

typedef enum function_kind {
    FUNCTION_ONE,    /* cell by cell */
    FUNCTION_TWO,    /* of two cells; NaN if one is */
    FUNCTION_CLIP,   /* clip(x, low, high) */
    FUNCTION_IF,     /* if(c, a, b) */
    FUNCTION_AND,    /* the right side counts where the left is true */
    FUNCTION_OR,     /* … where it is false */
    FUNCTION_FILL,   /* fill(x, v): v where x is missing */
    FUNCTION_NOISE,  /* noise(sd) */
    FUNCTION_TIME,   /* of a column read as time */
    FUNCTION_CAUSAL, /* looks back: a state is carried from row to row */
    FUNCTION_SERIES  /* looks ahead: needs the series in one piece */
} function_kind;

/* A whole number, or a number of an open interval, that a formula must write out. */
typedef struct function_constant {
    const char *name;
    double low, high;
    bool whole;
    const double *fallback; /* NULL = must be given */
} function_constant;

/* A state lives in memory aligned for doubles; it is set up once, then begun for each series.
 * Missing cells are NaN, also in x. */
typedef struct causal_class {
    size_t (*bytes)(const double *constants);
    void (*init)(void *state, const double *constants);
    void (*begin)(void *state);
    void (*step)(void *state, double *x, int64_t n); /* in place */
} causal_class;

/* A series in one piece, in place; with `cut`, each run of cells that are not missing by itself. */
typedef struct series_class {
    bool cut, column; /* column: the whole column is one piece, whatever the series */
    int64_t (*work)(const double *constants);
    int64_t (*least)(const double *constants); /* rows of a piece; NULL = any */
    void (*run)(const double *constants, double *work, double *x, int64_t n);
} series_class;

struct formula_function {
    const char *name;
    function_kind kind;
    int cells; /* arguments that are formulas; constants follow */
    function_constant constants[FORMULA_ARGS_MOST - 1];
    double (*one)(double);
    double (*two)(double, double);
    const causal_class *causal;
    const series_class *series; /* FUNCTION_CAUSAL too: when the first constant is below 0 */
    int64_t (*steps)(const double *constants);     /* a row; NULL = one */
    const char *(*check)(const double *constants); /* what is wrong with them together, or NULL */
};

extern const formula_function formula_functions[]; /* ends in a NULL name */
const formula_function *formula_function_find(const char *name, int64_t len);

/* Operators by what is written: "+", "<=", "and"; "-" with one operand is "negate". */
const formula_function *formula_operator(const char *name);

/* Does a call with these constants look ahead? */
bool formula_function_ahead(const formula_function *f, const double *constants);

/* --- functions over rows: formula_rows.c, formula_windows.c, formula_filters.c ---------------- */

extern const causal_class causal_shift, causal_diff, causal_cumsum, causal_ema, causal_butter;
extern const causal_class causal_mean, causal_sum, causal_least, causal_most, causal_deviation;
extern const series_class series_shift, series_diff, series_butter, series_savgol, series_minmax,
    series_zscore;

int64_t savgol_steps(const double *constants);
const char *savgol_check(const double *constants);

#endif
