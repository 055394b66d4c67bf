/* The memory profiler: what is live by tag, what changed between two points of a program, and what
 * seems to leak, who made it and what holds it.
 *
 *     stint_memory_start(ctx);
 *     for (…) {
 *         …                                     // a step
 *         stint_memory_checkpoint(ctx, "step");
 *     }
 *     stint_memory_report(ctx, STINT_MEMORY_TEXT, &text);
 *
 * It is off until started, and then costs nothing.  On, every handle and every change in place
 * remembers its caller: up to STINT_MEMORY_FRAMES return addresses, found by frame pointers (a
 * program without them, -fomit-frame-pointer, still shows where it called the library).
 *
 * A leak is suspected where one caller's tensors, graph nodes, values, stint_fns, traced shapes,
 * tapes, watched values, open scopes or cached plans are more at almost every checkpoint of one
 * name than at any before: at least six times since they last were fewer, at one checkpoint in
 * four or more, and lately.  So a list that is cleared once an epoch is none after its first
 * epoch; caches that have filled up, and growth that stopped, are none either. */
#ifndef STINT_MEMORY_H
#define STINT_MEMORY_H

#include "stint/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define STINT_MEMORY_FRAMES 16

/* Start, forgetting what an earlier start found; stop, which takes a context never started. */
STINT_API STINT_MUST_CHECK stint_status stint_memory_start(stint_context *ctx);
STINT_API void stint_memory_stop(stint_context *ctx);

/* Count what is live now, under a name that is used again and again: "step", "epoch".  The time is
 * that of looking at each live tensor and node once.  Before a start it is STINT_EUSAGE. */
STINT_API STINT_MUST_CHECK stint_status stint_memory_checkpoint(stint_context *ctx,
                                                                const char *name);

/* Live and highest bytes of each kind of use, i = 0 … stint_memory_tags() - 1; peaks are since the
 * context was opened.  Whether started or not. */
typedef struct stint_memory_use {
    const char *tag; /* "tensor", "graph", "plan" … */
    int64_t live, peak;
} stint_memory_use;
STINT_API int stint_memory_tags(void);
STINT_API stint_memory_use stint_memory_tag(const stint_context *ctx, int i);

/* What there was more at the latest checkpoint `to` than at the latest `from`; of one name twice:
 * at its latest than at the one before. */
typedef struct stint_memory_change {
    int64_t bytes;   /* of all tags */
    int64_t values;  /* bytes of tensors' values */
    int64_t tensors; /* handles */
    int64_t nodes;
} stint_memory_change;
STINT_API STINT_MUST_CHECK stint_status stint_memory_delta(stint_context *ctx, const char *from,
                                                           const char *to,
                                                           stint_memory_change *out);

/* A suspected leak.  Strings last until the next call of the profiler with this context. */
typedef struct stint_memory_leak {
    const char *checkpoint;                 /* the name at which it grows */
    int64_t rises;                          /* how often it grew since it last fell */
    const char *what;                       /* "40 tensors, 40 nodes, 160 bytes" live of it */
    const char *made_by;                    /* where the program called the library: its function */
    const char *holder;                     /* "a kept handle of mse f32 [], pending ← …" */
    int frames;                             /* 0: made before the start, or unknown */
    const void *frame[STINT_MEMORY_FRAMES]; /* innermost first, the library's own among them */
} stint_memory_leak;

/* How many there are, the likeliest causes first; what others hold is not listed again.  -1 after
 * a failure. */
STINT_API int stint_memory_suspects(stint_context *ctx);
STINT_API STINT_MUST_CHECK stint_status stint_memory_suspect(stint_context *ctx, int i,
                                                             stint_memory_leak *out);

typedef enum stint_memory_format { STINT_MEMORY_TEXT, STINT_MEMORY_JSON } stint_memory_format;
/* Use by tag, the checkpoints, the suspects with their stacks. */
STINT_API STINT_MUST_CHECK stint_status stint_memory_report(stint_context *ctx,
                                                            stint_memory_format how,
                                                            stint_text *out);

#ifdef __cplusplus
}
#endif
#endif
