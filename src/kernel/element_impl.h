/* What the rows of the table of element-wise kernels look like: one row an instruction set.
 *
 * Kernels run over memory that is whole: n is a multiple of ELEMENT_WHOLE, so none has a tail,
 * and operands may be aligned to their element alone.  An output may lie exactly over an operand.
 * Operands that an op does not have are not read. */
#ifndef KERNEL_ELEMENT_IMPL_H
#define KERNEL_ELEMENT_IMPL_H

#include "kernel/element.h"

#include <stdbool.h>

enum { ELEMENT_WHOLE = 16, ELEMENT_DOMAINS = 3, ELEMENT_DTYPES = STINT_BOOL + 1 };

typedef void element_fn(int64_t n, void *out, const void *a, const void *b, const void *c);
typedef void element_convert(int64_t n, void *out, const void *in);

/* Instructions that hand one value on, from each to the next: value = op(value, others), the
 * value in any place of the operands.  It stays in machine registers on its way. */
/* A key of its own, in the place of an op that is no link: a b - c, c - a b. */
enum { ELEMENT_LINK_MUL_SUB = ELEMENT_COPY };
#define ELEMENT_LINK_KEY(op, place) (((op)*4 + (place)) * 4)
typedef struct element_link {
    int key;              /* plus 1, 2: the first, the second other repeats one value */
    const void *other[2]; /* the operands but the value, in order; any for those it has not */
    int64_t walks[2];     /* -1; 0 of one that repeats */
} element_link;
typedef void element_chain(int64_t n, void *out, const void *first, const element_link *link,
                           int links);

typedef struct element_class {
    const char *name;
    element_fn *op[ELEMENT_DOMAINS][ELEMENT_OPS]; /* NULL: the reference's */
    /* from and to memory; the reference's NULL is the domain's own dtype */
    element_convert *load[ELEMENT_DOMAINS][ELEMENT_DTYPES];
    element_convert *store[ELEMENT_DOMAINS][ELEMENT_DTYPES];
    element_chain *chain; /* of F32; NULL: none */
} element_class;

extern const element_class element_ref; /* defines the values */
extern const element_class element_baseline, element_avx2, element_avx512;

/* The fastest that this processor runs, as kernel() chooses. */
const element_class *element_kernels(void);
/* Those of tests instead; NULL = the fastest again.  Not while a program runs. */
void element_kernels_use(const element_class *k);

/* What a class has, or the reference where it has nothing; NULL as the reference has it. */
static inline element_fn *element_fn_of(const element_class *k, int domain, int op)
{
    return k->op[domain][op] ? k->op[domain][op] : element_ref.op[domain][op];
}
static inline element_convert *element_load_of(const element_class *k, int domain, int dtype)
{
    return k->load[domain][dtype] ? k->load[domain][dtype] : element_ref.load[domain][dtype];
}
static inline element_convert *element_store_of(const element_class *k, int domain, int dtype)
{
    return k->store[domain][dtype] ? k->store[domain][dtype] : element_ref.store[domain][dtype];
}

#endif
