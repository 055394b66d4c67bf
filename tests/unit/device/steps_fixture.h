/* Running a step as a device would: every phase's items, in some order. */
#ifndef UNIT_STEPS_FIXTURE_H
#define UNIT_STEPS_FIXTURE_H

#include "device/steps.h"
#include "unit/fixture.h"

/* Orders in which items run: what several threads may do. */
enum { ORDER_FORTH, ORDER_BACK, ORDER_MIXED, ORDERS };

static inline int64_t order_item(int order, int64_t i, int64_t items)
{
    if (order == ORDER_BACK)
        return items - 1 - i;
    if (order == ORDER_MIXED) /* the even ones, then the odd ones */
        return 2 * i < items ? 2 * i : 2 * (i - (items + 1) / 2) + 1;
    return i;
}

/* Scratch holds rubbish before every item. */
static inline void step_run(const step_class *c, const void *args, char *const *memory, int order)
{
    static char *scratch;
    if (!scratch)
        scratch = aligned_alloc(64, PLAN_SCRATCH_BYTES);
    int phases = c->phases ? c->phases(args) : 1;
    for (int phase = 0; phase < phases; phase++) {
        int64_t items = c->items(args, phase);
        for (int64_t i = 0; i < items; i++) {
            memset(scratch, 0xfb, (size_t)(order == ORDER_FORTH ? 1 << 20 : 1 << 10));
            c->run(args, phase, order_item(order, i, items), memory, scratch);
        }
    }
}

/* The numbers of an operand's axes from the outside in, contiguous in memory. */
static inline step_view view_contiguous(int32_t buffer, uint8_t dtype, const element_space *s)
{
    step_view v = {.buffer = buffer, .dtype = dtype};
    int64_t n = 1;
    for (int k = s->axes - 1; k >= 0; k--) {
        v.stride[k] = n;
        n *= s->size[k];
    }
    return v;
}

static inline int64_t points(const element_space *s)
{
    int64_t n = 1;
    for (int k = 0; k < s->axes; k++)
        n *= s->size[k];
    return n;
}

/* Where point i (row-major) of a space lies in an operand. */
static inline int64_t place(const element_space *s, const step_view *v, int64_t i)
{
    int64_t at = v->offset;
    for (int k = s->axes - 1; k >= 0; k--) {
        at += i % s->size[k] * v->stride[k];
        i /= s->size[k];
    }
    return at;
}

/* Element i of an array of a dtype, for the dtypes of domains. */
static inline double number_at(uint8_t dtype, const void *x, int64_t i)
{
    return dtype == STINT_F32   ? (double)((const float *)x)[i]
           : dtype == STINT_F64 ? ((const double *)x)[i]
                                : (double)((const int64_t *)x)[i];
}

static inline void number_put(uint8_t dtype, void *x, int64_t i, double v)
{
    if (dtype == STINT_F32)
        ((float *)x)[i] = (float)v;
    else if (dtype == STINT_F64)
        ((double *)x)[i] = v;
    else
        ((int64_t *)x)[i] = (int64_t)v;
}

#endif
