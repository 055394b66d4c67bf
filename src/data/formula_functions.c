#include "data/formula_functions.h"

#include "data/filter.h"
#include "data/moment.h"

#include <math.h>
#include <string.h>

/* A function is a row.  Where an operand is NaN (missing) a function of two cells is not called. */

static double negate(double x)
{
    return -x;
}

static double not_of(double x)
{
    return x != x ? x : x == 0;
}

static double sign_of(double x)
{
    return x != x ? x : (x > 0) - (x < 0);
}

static double isnan_of(double x)
{
    return x != x;
}

static double add(double a, double b)
{
    return a + b;
}

static double subtract(double a, double b)
{
    return a - b;
}

static double multiply(double a, double b)
{
    return a * b;
}

/* By zero it is refused whatever a is: infinity / 0 is no less wrong. */
static double divide(double a, double b)
{
    return b == 0 ? NAN : a / b;
}

static double less(double a, double b)
{
    return a < b;
}

static double less_equal(double a, double b)
{
    return a <= b;
}

static double greater(double a, double b)
{
    return a > b;
}

static double greater_equal(double a, double b)
{
    return a >= b;
}

static double equal(double a, double b)
{
    return a == b;
}

static double not_equal(double a, double b)
{
    return a != b;
}

static double least_of(double a, double b)
{
    return b < a ? b : a;
}

static double most_of(double a, double b)
{
    return b > a ? b : a;
}

/* --- times --------------------------------------------------------------------------------------- */

static double year_of(double t)
{
    return t != t ? t : calendar_of(t).year;
}

static double month_of(double t)
{
    return t != t ? t : calendar_of(t).month;
}

static double day_of(double t)
{
    return t != t ? t : calendar_of(t).day;
}

static double weekday_of(double t)
{
    return t != t ? t : calendar_of(t).weekday;
}

static double day_of_year_of(double t)
{
    return t != t ? t : calendar_of(t).day_of_year;
}

static double hour_of(double t)
{
    return floor(t / 3600) - 24 * floor(t / 86400);
}

static double seconds_of(double t)
{
    return t;
}

/* --- the tables ------------------------------------------------------------------------------------ */

static const double no = 0;

#define ROWS_EITHER_WAY                                                                            \
    {                                                                                              \
        "n", -FORMULA_WINDOW_MOST, FORMULA_WINDOW_MOST, true, NULL                                 \
    }
#define ROWS_OF_WINDOW                                                                             \
    {                                                                                              \
        "n", 1, FORMULA_WINDOW_MOST, true, NULL                                                    \
    }
#define BUTTER_ORDER                                                                               \
    {                                                                                              \
        "order", 1, BUTTERWORTH_ORDER_MOST, true, NULL                                             \
    }
#define BUTTER_CUTOFF                                                                              \
    {                                                                                              \
        "cutoff", 0, 1, false, NULL                                                                \
    }

const formula_function formula_functions[] = {
    {"abs", FUNCTION_ONE, 1, .one = fabs},
    {"sqrt", FUNCTION_ONE, 1, .one = sqrt},
    {"exp", FUNCTION_ONE, 1, .one = exp},
    {"log", FUNCTION_ONE, 1, .one = log},
    {"log1p", FUNCTION_ONE, 1, .one = log1p},
    {"sin", FUNCTION_ONE, 1, .one = sin},
    {"cos", FUNCTION_ONE, 1, .one = cos},
    {"tan", FUNCTION_ONE, 1, .one = tan},
    {"tanh", FUNCTION_ONE, 1, .one = tanh},
    {"sign", FUNCTION_ONE, 1, .one = sign_of},
    {"floor", FUNCTION_ONE, 1, .one = floor},
    {"ceil", FUNCTION_ONE, 1, .one = ceil},
    {"round", FUNCTION_ONE, 1, .one = nearbyint},
    {"isnan", FUNCTION_ONE, 1, .one = isnan_of},
    {"min", FUNCTION_TWO, 2, .two = least_of},
    {"max", FUNCTION_TWO, 2, .two = most_of},
    {"clip", FUNCTION_CLIP, 3},
    {"if", FUNCTION_IF, 3},
    {"fill", FUNCTION_FILL, 2},
    {"noise", FUNCTION_NOISE, 1},
    {"shift",
     FUNCTION_CAUSAL,
     1,
     {ROWS_EITHER_WAY},
     .causal = &causal_shift,
     .series = &series_shift},
    {"diff", FUNCTION_CAUSAL, 1, {ROWS_EITHER_WAY}, .causal = &causal_diff, .series = &series_diff},
    {"cumsum", FUNCTION_CAUSAL, 1, .causal = &causal_cumsum},
    {"moving_average", FUNCTION_CAUSAL, 1, {ROWS_OF_WINDOW}, .causal = &causal_mean},
    {"rolling_sum", FUNCTION_CAUSAL, 1, {ROWS_OF_WINDOW}, .causal = &causal_sum},
    {"rolling_min", FUNCTION_CAUSAL, 1, {ROWS_OF_WINDOW}, .causal = &causal_least},
    {"rolling_max", FUNCTION_CAUSAL, 1, {ROWS_OF_WINDOW}, .causal = &causal_most},
    {"rolling_std",
     FUNCTION_CAUSAL,
     1,
     {{"n", 2, FORMULA_WINDOW_MOST, true, NULL}},
     .causal = &causal_deviation},
    {"ema", FUNCTION_CAUSAL, 1, {{"alpha", 0, 1, false, NULL}}, .causal = &causal_ema},
    {"butter",
     FUNCTION_CAUSAL,
     1,
     {BUTTER_ORDER, BUTTER_CUTOFF, {"level", 0, 1, true, &no}},
     .causal = &causal_butter},
    {"butter_zero", FUNCTION_SERIES, 1, {BUTTER_ORDER, BUTTER_CUTOFF}, .series = &series_butter},
    {"savgol",
     FUNCTION_SERIES,
     1,
     {{"window", 1, SAVGOL_WINDOW_MOST, true, NULL}, {"order", 0, SAVGOL_ORDER_MOST, true, NULL}},
     .series = &series_savgol,
     .steps = savgol_steps,
     .check = savgol_check},
    {"minmax", FUNCTION_SERIES, 1, .series = &series_minmax},
    {"zscore", FUNCTION_SERIES, 1, .series = &series_zscore},
    {"year", FUNCTION_TIME, 1, .one = year_of},
    {"month", FUNCTION_TIME, 1, .one = month_of},
    {"day", FUNCTION_TIME, 1, .one = day_of},
    {"weekday", FUNCTION_TIME, 1, .one = weekday_of},
    {"hour", FUNCTION_TIME, 1, .one = hour_of},
    {"day_of_year", FUNCTION_TIME, 1, .one = day_of_year_of},
    {"seconds", FUNCTION_TIME, 1, .one = seconds_of},
    {NULL},
};

static const formula_function operators[] = {
    {"or", FUNCTION_OR, 2},
    {"and", FUNCTION_AND, 2},
    {"not", FUNCTION_ONE, 1, .one = not_of},
    {"<", FUNCTION_TWO, 2, .two = less},
    {"<=", FUNCTION_TWO, 2, .two = less_equal},
    {">", FUNCTION_TWO, 2, .two = greater},
    {">=", FUNCTION_TWO, 2, .two = greater_equal},
    {"==", FUNCTION_TWO, 2, .two = equal},
    {"!=", FUNCTION_TWO, 2, .two = not_equal},
    {"+", FUNCTION_TWO, 2, .two = add},
    {"-", FUNCTION_TWO, 2, .two = subtract},
    {"*", FUNCTION_TWO, 2, .two = multiply},
    {"/", FUNCTION_TWO, 2, .two = divide},
    {"negate", FUNCTION_ONE, 1, .one = negate},
    {"^", FUNCTION_TWO, 2, .two = pow},
    {NULL},
};

const formula_function *formula_function_find(const char *name, int64_t len)
{
    for (const formula_function *f = formula_functions; f->name; f++)
        if ((int64_t)strlen(f->name) == len && memcmp(f->name, name, (size_t)len) == 0)
            return f;
    return NULL;
}

const formula_function *formula_operator(const char *name)
{
    for (const formula_function *f = operators; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

bool formula_function_ahead(const formula_function *f, const double *constants)
{
    return f->kind == FUNCTION_SERIES ||
           (f->kind == FUNCTION_CAUSAL && f->series && constants[0] < 0);
}
