/* The context inside the library: one error slot, one log and one root budget, shared by
 * every child; each child has a budget node of its own, so that a stage's memory can be
 * bounded and told apart.
 *
 *   root ctx ── budget "stint"
 *     └─ child ctx ── budget "search"      same error slot, same log
 *          └─ child ctx ── budget "worker 1"
 *
 * Functions that can fail take the ctx they work within and return fail(ctx, …), or TRY
 * another such function.  The first message sticks; later ones are dropped, since they
 * are consequences. */
#ifndef BASE_CTX_H
#define BASE_CTX_H

#include "stint/base.h"

#include <stdarg.h>

typedef struct budget budget;
typedef struct stint_context ctx;

/* Forward a failure.  The only error macro. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        stint_status try_status_ = (expr);                                                         \
        if (try_status_ != STINT_OK)                                                               \
            return try_status_;                                                                    \
    } while (0)

/* Record `s` with its message, unless a failure is recorded already; returns `s`. */
stint_status fail(ctx *c, stint_status s, const char *fmt, ...) STINT_PRINTF(3, 4);

#ifdef __clang_analyzer__ /* which does not see into ctx.c that fail answers its own status */
#define fail(c, s, ...) ((void)fail(c, s, __VA_ARGS__), (s))
#endif

/* The same for a system call on `path`: "cannot WHAT PATH: No space left on device".
 * Reads errno. */
stint_status fail_errno(ctx *c, const char *what, const char *path);

/* The status recorded with the first message; STINT_OK when there is none. */
stint_status ctx_status(const ctx *c);

/* A context with its own budget node of at most `limit_bytes` (0 = what the parent has).
 * NULL when memory is short.  Free with ctx_free_child, which returns the node's memory
 * to the parent and fails the context if blocks are still live in it. */
ctx *ctx_child(ctx *parent, const char *name, int64_t limit_bytes);
void ctx_free_child(ctx *c);

budget *ctx_budget(ctx *c);

/* One object that belongs to the context and goes with it, before leaks are looked for: NULL when
 * none was attached. */
void *ctx_attached(const ctx *c);
void ctx_attach(ctx *c, void *object, void (*release)(void *object));

const stint_options *ctx_options(const ctx *c);

/* Threads of tensor work in this context and in children made from here on; 0 = as the options
 * say. */
int ctx_threads(const ctx *c);
void ctx_use_threads(ctx *c, int threads);

/* 0 = run on, 1 = finish the step and stop, 2 = stop now */
int ctx_interrupted(const ctx *c);

/* One line to the log sink; printf-like. */
void log_line(ctx *c, const char *fmt, ...) STINT_PRINTF(2, 3);

/* Copy every later line to an open file as well; -1 = to none again. */
void log_copy_to(ctx *c, int fd);

/* A transient line: a progress bar's next state. */
void log_transient(ctx *c, const char *line);

#endif
