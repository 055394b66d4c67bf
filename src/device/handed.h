/* A program at the end of a heavy step: its input 0 is handed over, results that were computed a
 * range at a time, and its other operands lie in memory. */
#ifndef DEVICE_HANDED_H
#define DEVICE_HANDED_H

#include "device/views.h"

typedef struct handed_program {
    const element_program *p;
    element_space space; /* merged */
    element_view in[ELEMENT_MOST_REGISTERS], out[ELEMENT_MOST_REGISTERS];
} handed_program;

void handed_bind(handed_program *h, const step_program *s, const element_space *space,
                 char *const *memory);

/* Points begin … end-1 of the space, row-major; their values of input 0 lie at `values`, of the
 * program's first dtype. */
void handed_run(handed_program *h, int64_t begin, int64_t end, const void *values, void *scratch);

/* Is the program's one output its input 0 as it is? */
bool program_is_copy(const element_program *p);

/* Where results from point `begin` on may be put at once, when the program does nothing to them
 * and its output is contiguous; else NULL. */
char *handed_directly(const handed_program *h, int64_t begin);

/* Where value 0 would lie if value `begin` lies at `at`; it is not touched. */
char *handed_zero(const void *at, int64_t begin, uint8_t dtype);

/* Of a contiguous operand. */
void row_major(const element_space *s, int64_t stride[STINT_AXES]);

#endif
