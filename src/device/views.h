/* Operands of a step, by buffer, as addresses. */
#ifndef DEVICE_VIEWS_H
#define DEVICE_VIEWS_H

#include "device/steps.h"

/* Where an operand lies; a view of buffer -1 is at NULL. */
element_view view_at(const step_view *v, char *const *memory);

/* n of them */
void views_at(int n, const step_view *v, char *const *memory, element_view *out);

/* The number of points of a space; of no axes, 1. */
int64_t space_count(const element_space *s);

int64_t dtype_size(uint8_t dtype); /* bytes */

#endif
