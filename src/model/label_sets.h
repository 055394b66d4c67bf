/* Sets of labels as texts, names joined by spaces, each with a number in order of appearance: a
 * text column of them. */
#ifndef MODEL_LABEL_SETS_H
#define MODEL_LABEL_SETS_H

#include "base/map.h"
#include "base/str.h"

typedef struct label_sets {
    map codes;
    str text; /* of the set looked up last */
} label_sets;

void label_sets_init(label_sets *s, ctx *c);
void label_sets_deinit(label_sets *s);

/* The number of a set, `is` [labels] 0 or 1; 0 when memory is short, which the context tells. */
int32_t label_sets_code(label_sets *s, const char *const *names, int labels, const uint8_t *is);

/* The texts by number, [s->codes.n], from `a`. */
const char *const *label_sets_texts(const label_sets *s, arena *a);

#endif
