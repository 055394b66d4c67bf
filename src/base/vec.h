/* Growing arrays of any type: `struct { T *at; int64_t n, room; }`, declared by VEC(T).
 *
 *     VEC(double) scores = {0};
 *     TRY(vec_push(c, TAG_SEARCH, &scores, 0.5));
 *     vec_free(&scores);
 *
 * Growth doubles; a failed growth leaves the array as it was. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/mem.h"

#define VEC(type)                                                                                  \
    struct {                                                                                       \
        type *at;                                                                                  \
        int64_t n, room;                                                                           \
    }

#define vec_reserve(c, tag, v, want)                                                               \
    vec_reserve_bytes(c, tag, (void **)&(v)->at, &(v)->room, want, sizeof *(v)->at, MEM_SITE)

#define vec_push(c, tag, v, ...)                                                                   \
    (vec_reserve(c, tag, v, (v)->n + 1) == STINT_OK                                                \
         ? ((v)->at[(v)->n++] = (__VA_ARGS__), STINT_OK)                                           \
         : STINT_ENOMEM)

#define vec_free(v) (mem_free((v)->at), (v)->at = NULL, (v)->n = (v)->room = 0)

stint_status vec_reserve_bytes(ctx *c, budget_tag tag, void **at, int64_t *room, int64_t want,
                               size_t item, const char *site);

#endif
