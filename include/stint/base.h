/* Status, context and version: what every other header builds on.
 *
 * A context is what work is done within: its memory budget, its first error message and
 * its log.  Actions return a stint_status that must be checked; the context keeps the
 * first failure's message, which says where, what and what to do:
 *
 *     stint_context *ctx = stint_open(&(stint_options){.memory_bytes = 1 << 30});
 *     if (stint_run(ctx, &request) != STINT_OK)
 *         fprintf(stderr, "%s\n", stint_message(ctx));
 *     stint_close(ctx);
 *
 * The library never prints, exits or aborts on input.  A context may be used by one
 * thread at a time, except stint_interrupt, which is safe anywhere, signal handlers
 * included. */
#ifndef STINT_BASE_H
#define STINT_BASE_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define STINT_API               __attribute__((visibility("default")))
#define STINT_MUST_CHECK        __attribute__((warn_unused_result))
#define STINT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define STINT_API
#define STINT_MUST_CHECK
#define STINT_PRINTF(fmt, args)
#endif

/* name, the command's exit code, meaning */
#define STINT_STATUS_LIST(X)                                                                       \
    X(OK, 0, "done")                                                                               \
    X(EFAIL, 1, "failure")                                                                         \
    X(EIO, 1, "the system refused a file operation")                                               \
    X(EBUSY, 1, "in use by another process")                                                       \
    X(ENOMEM, 1, "out of memory within the budget")                                                \
    X(EUSAGE, 2, "usage or configuration error")                                                   \
    X(EDATA, 3, "the data is invalid")                                                             \
    X(EPLAN, 4, "the plan does not fit the budget")                                                \
    X(EBUDGET, 5, "a budget was reached; partial results are saved")                               \
    X(EMISMATCH, 6, "the directory belongs to another experiment")                                 \
    X(EINTERRUPT, 130, "stopped by a signal; resumable")

typedef enum stint_status {
#define X(name, exit_code, meaning) STINT_##name,
    STINT_STATUS_LIST(X)
#undef X
} stint_status;

/* The command's exit code for a status, and its meaning as an English phrase. */
STINT_API int stint_status_exit(stint_status s);
STINT_API const char *stint_status_text(stint_status s);

typedef struct stint_context stint_context;

typedef enum stint_progress {
    STINT_PROGRESS_AUTO, /* a bar on a terminal, a plain line every few seconds elsewhere */
    STINT_PROGRESS_BAR,
    STINT_PROGRESS_LINE,
    STINT_PROGRESS_NONE,
} stint_progress;

/* Where log lines and progress go: called with one whole line, without its newline.
 * `transient` lines (a progress bar) replace each other.  May be called from any thread,
 * one call at a time. */
typedef void stint_sink(void *self, const char *line, bool transient);

typedef struct stint_options {
    int64_t memory_bytes; /* what this context itself may allocate, 0 = no limit; a run's whole
                                memory is its config's budget.memory */
    const char *command;  /* path of the `stint` command, for workers and ingest; NULL =
                                workers are threads of this process, ingest is refused */
    const char
        *cache_dir; /* NULL = $STINT_CACHE_DIR, else stint under the user's cache directory */
    int64_t cache_limit_bytes; /* 0 = 10 GiB */
    stint_sink *sink;          /* NULL = silent */
    void *sink_self;
    stint_progress progress; /* AUTO means LINE unless `terminal` */
    bool terminal;           /* the sink is a terminal that understands \r */
    int threads;             /* of tensor work, 0 = the cores; a run's own are its config's */
} stint_options;

/* A new context; NULL only when not even its own few kilobytes can be had.  Strings are
 * copied.  `options` NULL takes all defaults.  stint_close frees it and reports, through
 * the sink, anything still allocated within it. */
STINT_API stint_context *stint_open(const stint_options *options);
STINT_API void stint_close(stint_context *ctx);

/* The first failure's message, "" when there is none; valid until the next call with this
 * context.  stint_clear forgets it, and with it an interrupt that ended the work. */
STINT_API const char *stint_message(const stint_context *ctx);
STINT_API void stint_clear(stint_context *ctx);

/* Ask running work to stop.  The first call lets the current step finish and be saved; a
 * second stops at once.  Both leave a directory that resumes to the same result. */
STINT_API void stint_interrupt(stint_context *ctx);

/* A text that the library made, ending in NUL; the caller frees it. */
typedef struct stint_text {
    char *at;
    size_t len;
} stint_text;
STINT_API void stint_text_free(stint_text *t);

/* "2GiB", "512 MiB", "1e9" → bytes.  Units in any case: B, kB, MB, GB, TB (powers of 1000), KiB,
 * MiB, GiB, TiB (of 1024); without a unit, bytes.  The same in any locale.  false = not a size. */
STINT_API bool stint_parse_bytes(const char *text, int64_t *bytes);

/* One value set by name, as text: a key of a config ("search.metric", "mae"; the value is
 * YAML), or a parameter of a class ("rows", "100"; a switch with value NULL is on). */
typedef struct stint_setting {
    const char *key, *value;
} stint_setting;

/* "0.1.0" */
STINT_API const char *stint_version(void);

#ifdef __cplusplus
}
#endif
#endif
