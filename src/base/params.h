/* Parameters, declared once: a table per class that feeds config parsing, flags, range
 * checks, documentation and search spaces.
 *
 *     static const param ridge_params[] = {
 *         PARAM_F64(ridge, alpha, 1.0, 0, 1e300, "L2 penalty on the coefficients"),
 *         PARAM_BOOL(ridge, intercept, true, "fit an intercept"),
 *         PARAM_END
 *     };
 *
 * Values travel as doubles: bools are 0 and 1, integers are exact below 2^53, choices are
 * their position. */
#ifndef BASE_PARAMS_H
#define BASE_PARAMS_H

#include "base/ctx.h"
#include "base/str.h"

typedef enum param_type {
    PARAM_TYPE_F64,
    PARAM_TYPE_INT,
    PARAM_TYPE_BOOL,
    PARAM_TYPE_CHOICE
} param_type;

typedef struct param {
    const char *name;
    param_type type;
    size_t offset;              /* of the double in the class's struct */
    double fallback, low, high; /* default and closed range */
    const char *const *choices; /* PARAM_TYPE_CHOICE: NULL-terminated */
    const char *help;
} param;

/* clang-format off */
#define PARAM_F64(owner, field, fallback, low, high, help)                                         \
    { #field, PARAM_TYPE_F64, offsetof(owner, field), fallback, low, high, NULL, help }
#define PARAM_INT(owner, field, fallback, low, high, help)                                         \
    { #field, PARAM_TYPE_INT, offsetof(owner, field), fallback, low, high, NULL, help }
#define PARAM_BOOL(owner, field, fallback, help)                                                   \
    { #field, PARAM_TYPE_BOOL, offsetof(owner, field), fallback, 0, 1, NULL, help }
#define PARAM_CHOICE(owner, field, fallback, names, help)                                          \
    { #field, PARAM_TYPE_CHOICE, offsetof(owner, field), fallback, 0, 0, names, help }
#define PARAM_END { NULL, PARAM_TYPE_F64, 0, 0, 0, 0, NULL, NULL }
/* clang-format on */

#define PARAM_MOST 64 /* parameters a class may have */

int param_count(const param *table);
const param *param_find(const param *table, const char *name); /* NULL when absent */

/* All defaults, or the values of one configuration, into a class's struct. */
void params_default(const param *table, void *self);
void params_store(const param *table, const double *values, void *self);

/* Value as JSON/YAML text: "0.1", "3", "true", "saga". */
#define PARAM_TEXT_SIZE 64
void param_text(const param *p, double value, char out[PARAM_TEXT_SIZE]);

/* Settings "name", "text" into a class's struct, defaults first; later ones win, and a bool
 * whose text is NULL is true.  An unknown name is STINT_EUSAGE with the nearest one, and so is a
 * text that is no value of the parameter or out of its range; `owner` is what messages call the
 * class. */
stint_status params_read(ctx *c, const char *owner, const param *table,
                         const stint_setting *settings, int n, void *self);

/* What a parameter takes: "a whole number from 1 to 64", "true or false". */
#define PARAM_RANGE_SIZE 256
void param_range(const param *p, char out[PARAM_RANGE_SIZE]);

/* A line of a reference, the parameter as a flag:
 * "  --center-box   centres lie … (a number from 0 to 1000000; default 10)\n" */
void param_reference(const param *p, str *out);

#endif
