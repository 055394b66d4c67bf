/* A program bound to where its operands lie: what is the same for all runs of a call, decided
 * once.  The parts of the interpreter share it; nothing else does. */
#ifndef KERNEL_ELEMENT_MACHINE_H
#define KERNEL_ELEMENT_MACHINE_H

#include "kernel/element_impl.h"

enum {
    MACHINE_BLOCK = 2048,         /* values of the longest run */
    MACHINE_BYTES = 32 << 10,     /* that registers should share: the first-level cache */
    MACHINE_APART = 1088,         /* bytes between longer registers */
    MACHINE_CHAIN_ELEMENTS = 512, /* from which on it is worth to look for chains */
};

/* How an input gets into its register; repeated: a line again and again. */
enum { IN_PLACE, SPREAD, LOADED, REPEATED };

/* Instructions code … last: one, or those of a chain, as links (m->link[code] on). */
typedef struct machine_step {
    uint8_t code, last, links; /* 0: one instruction, no links */
    int8_t direct;             /* the output that it writes where it lies, or -1 */
    bool any_n;                /* run takes what is not whole: the reference's, value by value */
    element_fn *run;           /* of one instruction */
} machine_step;

typedef struct machine {
    const element_program *p;
    const element_class *kernels;
    char *scratch;
    element_span in[ELEMENT_MOST_REGISTERS], out[ELEMENT_MOST_REGISTERS]; /* the next run */
    /* A run is so many lines of `line` elements, the lines a step apart; of 1, a step is an
     * element. */
    int64_t line, in_step[ELEMENT_MOST_REGISTERS], out_step[ELEMENT_MOST_REGISTERS];
    int steps;
    int64_t block; /* values that a register has room for, a run's most */
    int64_t slot_bytes;
    int64_t room;        /* … and of a spread one are filled */
    uint64_t written;    /* registers that code writes */
    uint64_t spread;     /* registers that repeat one value, and are only read */
    uint64_t first_only; /* … of these the first ELEMENT_WHOLE values are enough */
    uint64_t direct;     /* outputs that are written by steps, when a run is whole */
    int width;           /* bytes of a value */
    bool spread_again;
    uint8_t how[ELEMENT_MOST_REGISTERS];      /* per input */
    const char *held[ELEMENT_MOST_REGISTERS]; /* … the value or line that its register repeats */
    int64_t held_elements[ELEMENT_MOST_REGISTERS];
    uint8_t place[ELEMENT_MOST_CODE]; /* of the value in a link's operands */
    machine_step step[ELEMENT_MOST_CODE];
    uint8_t other[ELEMENT_MOST_CODE][2]; /* registers of a link's others */
    element_link link[ELEMENT_MOST_CODE];
} machine;

/* Bytes of an element of a dtype. */
extern const uint8_t element_bytes[ELEMENT_DTYPES];

/* n values as kernels take them: a multiple of ELEMENT_WHOLE. */
static inline int64_t machine_padded(int64_t n)
{
    return (n + ELEMENT_WHOLE - 1) & -(int64_t)ELEMENT_WHOLE;
}

static inline char *machine_slot(const machine *m, int r)
{
    return m->scratch + r * m->slot_bytes;
}

/* Do the elements of a run's lines lie evenly, as those of one line? */
static inline bool machine_is_even(const machine *m, int64_t step, int64_t stride)
{
    return m->line == 1 || step == m->line * stride;
}

/* m->line, m->in, m->out and steps are of the first run; `elements` runs in all, `longest` at most in one. */
void machine_bind(machine *m, const element_program *p, int64_t elements, int64_t longest,
                  void *scratch);

/* Steps of the program's code, with chains where m->kernels have them. */
void machine_find_chains(machine *m);

/* A step of links; at [registers] is where each of them lies. */
void machine_run_chain(machine *m, const machine_step *s, int64_t n, char *out,
                       const char *const *at);

/* n ≤ m->block elements where m->in and m->out lie. */
void machine_run(machine *m, int64_t n);

#endif
