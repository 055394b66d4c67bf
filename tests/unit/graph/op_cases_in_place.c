#include "unit/graph/op_cases.h"

/* In place, over an intermediate value; and what passes no gradient on. */

static stint_tensor *over(const op_case *c, stint_tensor *const *in)
{
    stint_tensor *y = stint_mul_number(in[0], 2);
    return c->binary_(y, in[1]);
}

static stint_tensor *assign(const op_case *c, stint_tensor *const *in)
{
    (void)c;
    return stint_assign(stint_add_number(in[0], 1), stint_mul(in[1], in[1]));
}

static stint_tensor *add_twice(const op_case *c, stint_tensor *const *in)
{
    (void)c;
    stint_tensor *y = stint_mul_number(in[0], 0.5);
    return stint_sub_(stint_add_(stint_add_(y, in[1]), in[1]), in[0]);
}

static stint_tensor *detached_factor(stint_tensor *x)
{
    return stint_mul(x, stint_detach(x));
}

#define OVER(name_, f, dtypes_, flags_, low, high)                                                 \
    {                                                                                              \
        .name = #name_ " [2,3],[3]", .inputs = 2, .in = {IN(-2, 2, 2, 3), IN(low, high, 3)},       \
        .dtypes = dtypes_, .flags = OP_IN_PLACE | (flags_), .binary_ = f, .build = over            \
    }
#define IN_FIXED(low_, high_, n)                                                                   \
    {                                                                                              \
        .axes = 1, .shape = {n}, .low = low_, .high = high_                                        \
    }

const op_case op_cases_in_place[] = {
    OVER(add_, stint_add_, OP_NUMBERS, OP_SMOOTH, -1, 1),
    OVER(sub_, stint_sub_, OP_NUMBERS, OP_SMOOTH, -1, 1),
    {.name = "mul_ [2,3],[3]",
     .inputs = 2,
     .in = {IN(-2, 2, 2, 3), IN_FIXED(0.5, 2, 3)},
     .dtypes = OP_NUMBERS,
     .flags = OP_IN_PLACE | OP_SMOOTH,
     .binary_ = stint_mul_,
     .build = over},
    {.name = "div_ [2,3],[3]",
     .inputs = 2,
     .in = {IN(-2, 2, 2, 3), IN_FIXED(0.5, 2, 3)},
     .dtypes = OP_FLOATS,
     .flags = OP_IN_PLACE | OP_SMOOTH,
     .binary_ = stint_div_,
     .build = over},
    {.name = "assign [2,3]",
     .inputs = 2,
     .in = {{.axes = 2, .shape = {2, 3}, .low = -2, .high = 2}, IN(-2, 2, 2, 3)},
     .dtypes = OP_NUMBERS,
     .flags = OP_IN_PLACE | OP_SMOOTH,
     .build = assign},
    {.name = "add_ and sub_ in a row",
     .inputs = 2,
     .in = {IN(-2, 2, 2, 3), IN(-1, 1, 2, 1)},
     .dtypes = OP_FLOATS,
     .flags = OP_IN_PLACE | OP_SMOOTH,
     .build = add_twice},
    {.name = "detach",
     .inputs = 1,
     .in = {IN(-2, 2, 2, 3)},
     .dtypes = OP_FLOATS,
     .flags = OP_NOT_NUMERIC,
     .unary = detached_factor},
    {.name = NULL},
};
