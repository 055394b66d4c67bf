/* Features inside: the plan that settings are resolved to, and the operations it is made of.
 *
 *     term      one column through one operation: features first … first+n-1
 *     product   two of the terms' features; products follow the terms' features
 */
#ifndef DATA_FEATURES_IMPL_H
#define DATA_FEATURES_IMPL_H

#include "data/features.h"

typedef struct feature_op feature_op;

typedef struct feature_term {
    const feature_op *op;
    int column; /* in the file */
    int first, n;
    int64_t fill_at;  /* in the state; -1 = cells are not filled, or by a constant */
    int64_t edges_at; /* in the state */
    double parameter; /* period or exponent */
    int bins;
    bins_by bins_by;
    const char *const *texts;   /* [n] categories of a text column, ascending; NULL: */
    const double *numbers;      /* [n] those of any other, ascending */
    bool truth;                 /* the numbers are false and true */
    const int32_t *category_of; /* [dictionary_n] by code; -1 = unknown */
    const char *const *bits;    /* [n] names of packed bits */
} feature_term;

typedef struct feature_product {
    int a, b; /* features of terms, a <= b */
} feature_product;

struct features {
    const colfile *file; /* that it was resolved against */
    feature_term *terms; /* [n_terms], those of a column together */
    int n_terms, n_base; /* features of terms */
    int *term_of;        /* [n_base] */
    int *term_first;     /* [columns of the file] their first terms; -1 = none */
    feature_product *products;
    int n_products;
    const char **names; /* [n_base + n_products] */
    int *columns;       /* [n_columns] */
    int n_columns;
    feature_scale scale;
    feature_fill fill;
    double fill_value;
    int64_t scales_at, doubles; /* of the state */
    hash128 key;
};

/* --- operations ------------------------------------------------------------------------ */

/* Features from … to-1 of a term go to at[(feature - from) * column_stride + row * row_stride]. */
typedef struct feature_out {
    double *at;
    int64_t column_stride, row_stride;
    int from, to; /* within the term */
} feature_out;

struct feature_op {
    const char *name;   /* in saved models */
    const char *prefix; /* of names, where `feature` is NULL */
    bool packed;        /* of a column of bits, each a feature; nothing else takes one */
    bool one_hot;       /* of categories: takes text, and missing cells as they are */
    bool zero_one;      /* several 0/1 features, of which one at most is 1 */
    bool edges;         /* bins - 1 ascending edges are fitted, those too many infinite */
    bool parameter;     /* has one … */
    bool period;        /* … which is a period */
    const char *takes;  /* what numbers it takes; NULL = any */

    /* The name of feature i; NULL = prefix and column. */
    char *(*feature)(arena *a, const feature_term *t, const char *column, int i);

    /* x [n], filled; NULL = as it is. */
    void (*evaluate)(const feature_term *t, const double *edges, const double *x, int64_t n,
                     const feature_out *out);
};

typedef enum feature_op_row {
    OP_IDENTITY,
    OP_SIN,
    OP_COS,
    OP_WRAP,
    OP_LOG,
    OP_LOG1P,
    OP_POWER,
    OP_ONEHOT,
    OP_BINS,
    OP_BINS_ORDINAL,
    OP_PACKED,
    FEATURE_OPS
} feature_op_row;

extern const feature_op feature_ops[FEATURE_OPS];
const feature_op *feature_op_find(const char *name); /* NULL when absent */

/* The category of a cell; -1 = missing or unknown. */
int feature_category(const feature_term *t, double x);

/* Categories of a one-hot term from its column: texts or numbers, category_of and n. */
stint_status feature_categories(ctx *c, arena *a, const colfile *file, feature_term *t);

/* category_of for a text term whose texts are known; texts the term has not are -1. */
stint_status feature_codes(arena *a, const colfile *file, feature_term *t);

/* A feature for each bit of a column of them. */
void feature_packed(const colfile *file, feature_term *t);

/* --- plans ------------------------------------------------------------------------------- */

/* Products of settings, from the names of the terms' features. */
stint_status feature_products(ctx *c, arena *a, const features_settings *s, features *f);

/* Terms with op, column, n and parameters, then products, become a whole plan: features and
 * the state are numbered, named and hashed. */
stint_status feature_plan_number(ctx *c, arena *a, features *f);
stint_status feature_plan_finish(ctx *c, arena *a, features *f);

/* --- values ------------------------------------------------------------------------------- */

/* What missing cells of a term are filled with; NaN = nothing. */
double feature_fill_of(const features *f, const feature_term *t, const double *state);

/* One feature, not scaled: out [n], n <= FEATURES_BLOCK. */
void feature_read(const features *f, const double *state, int feature, const colfile *file,
                  int64_t chunk, const int32_t *rows, int64_t n, double *out);

/* Do its values before scaling depend on the training set? */
bool feature_varies(const features *f, int feature);

/* --- checks ------------------------------------------------------------------------------- */

typedef struct feature_seen {
    int64_t row;    /* the first whose cell forbids its features, -1 = none */
    double x;       /* that cell */
    double largest; /* magnitude of the features, before that row */
} feature_seen;

/* Look at every cell of a term in the rows that have a part (s NULL: in all rows). */
feature_seen feature_look(const features *f, const feature_term *t, const colfile *file,
                          const split *s);

/* What was seen as STINT_EDATA with its line: a missing cell without a fill, a category that is
 * unknown, a number that the operation cannot take. */
stint_status feature_judge(ctx *c, const feature_term *t, const colfile *file,
                           const feature_seen *seen);

/* The same of the value its missing cells are filled with. */
stint_status feature_check_fill(ctx *c, const features *f, const feature_term *t,
                                const double *state, double *largest);

/* A product of two features, each at most so large, that the doubles do not hold is STINT_EDATA. */
stint_status feature_check_products(ctx *c, const features *f, const double *largest);

/* --- words of a saved model ------------------------------------------------------------ */

extern const char *const feature_fill_names[4],
    *const feature_scale_names[4], *const feature_bins_names[2]; /* by their enums */

/* --- fitting ------------------------------------------------------------------------------ */

/* Must anything be fitted or checked before values are read? */
bool features_need_fit(const features *f, bool standard);

/* Into states [folds + 1][features_state_doubles]. */
stint_status features_fit(ctx *c, const features *f, const split *s, bool standard, pool *p,
                          double *states);

#endif
