/* Operands of a step, by buffer, as addresses. */
#ifndef DEVICE_VIEWS_H
#define DEVICE_VIEWS_H

#include "device/steps.h"

#include <string.h>

extern const int8_t dtype_bytes[STINT_BOOL + 1];

static inline int64_t dtype_size(uint8_t dtype) /* bytes */
{
    return dtype_bytes[dtype];
}

/* Where an operand lies; a view of buffer -1 is at NULL.  Inline, so that who wants the address
 * alone pays for that alone. */
static inline element_view view_at(const step_view *v, char *const *memory)
{
    element_view out;
    out.at = v->buffer < 0 ? NULL : memory[v->buffer] + v->offset * dtype_size(v->dtype);
    memcpy(out.stride, v->stride, sizeof out.stride);
    return out;
}

/* n of them */
void views_at(int n, const step_view *v, char *const *memory, element_view *out);

/* The number of points of a space; of no axes, 1. */
int64_t space_count(const element_space *s);

#endif
