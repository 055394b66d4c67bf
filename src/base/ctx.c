#include "base/ctx.h"

#include "base/mem.h"
#include "base/os/thread.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a root context and all its descendants share. */
typedef struct shared {
    thread_lock error_lock, log_lock;
    stint_status status; /* STINT_OK = no failure yet */
    char message[1024];
    stint_options options; /* its strings are copies */
    atomic_int interrupts;
    int log_fd; /* every line goes here too; -1 = nowhere */
} shared;

struct stint_context {
    shared *shared;
    budget *budget;
    void *attached;
    void (*release)(void *attached);
    int threads; /* of tensor work; 0 = the options' */
};

typedef struct status_row {
    int exit_code;
    const char *meaning;
} status_row;

static const status_row statuses[] = {
#define X(name, exit_code, meaning) [STINT_##name] = {exit_code, meaning},
    STINT_STATUS_LIST(X)
#undef X
};

static const status_row *status_find(stint_status s)
{
    size_t n = sizeof statuses / sizeof statuses[0];
    return &statuses[(size_t)s < n ? (size_t)s : STINT_EFAIL];
}

int stint_status_exit(stint_status s)
{
    return status_find(s)->exit_code;
}

const char *stint_status_text(stint_status s)
{
    return status_find(s)->meaning;
}

const char *stint_version(void)
{
    return STINT_VERSION;
}

static bool copy_text(const char **field)
{
    if (!*field)
        return true;
    *field = strdup(*field);
    return *field != NULL;
}

static void shared_free(shared *s)
{
    if (!s)
        return;
    lock_deinit(&s->error_lock);
    lock_deinit(&s->log_lock);
    free((char *)s->options.command);
    free((char *)s->options.cache_dir);
    free(s);
}

static shared *shared_new(const stint_options *options)
{
    shared *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    lock_init(&s->error_lock);
    lock_init(&s->log_lock);
    s->log_fd = -1;
    if (options)
        s->options = *options;
    bool command = copy_text(&s->options.command);
    bool cache_dir = copy_text(&s->options.cache_dir);
    if (command && cache_dir)
        return s;
    shared_free(s);
    return NULL;
}

static ctx *ctx_new(shared *s, budget *parent, const char *name, int64_t limit_bytes)
{
    ctx *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->shared = s;
    c->budget = budget_new(parent, name, limit_bytes);
    if (c->budget)
        return c;
    free(c);
    return NULL;
}

stint_context *stint_open(const stint_options *options)
{
    shared *s = shared_new(options);
    if (!s)
        return NULL;
    ctx *c = ctx_new(s, NULL, "stint", s->options.memory_bytes);
    if (!c)
        shared_free(s);
    return c;
}

ctx *ctx_child(ctx *parent, const char *name, int64_t limit_bytes)
{
    ctx *c = ctx_new(parent->shared, parent->budget, name, limit_bytes);
    if (!c)
        fail(parent, STINT_ENOMEM, "out of memory: no room for context %s", name);
    else
        c->threads = parent->threads;
    return c;
}

/* Name what is still live, one line each, and let it go from the budget. */
static void leak_report(ctx *c, bool is_failure)
{
    char sites[2048];
    int64_t n = mem_live_blocks(c->budget, sites, sizeof sites, 8);
    if (!n)
        return;
    char *rest = sites;
    for (char *line; (line = strsep(&rest, "\n")) && *line;) {
        log_line(c, "leak: %s in stage %s", line, budget_name(c->budget));
        if (is_failure)
            fail(c, STINT_EFAIL, "leak: %s in stage %s", line, budget_name(c->budget));
    }
    if (n > 8)
        log_line(c, "leak: %lld blocks in all in stage %s", (long long)n, budget_name(c->budget));
    mem_abandon_blocks(c->budget);
}

static void ctx_release(ctx *c)
{
    if (c->attached)
        c->release(c->attached);
    c->attached = NULL;
}

void ctx_free_child(ctx *c)
{
    if (!c)
        return;
    ctx_release(c);
    leak_report(c, true);
    budget_free(c->budget);
    free(c);
}

void stint_close(stint_context *c)
{
    if (!c)
        return;
    ctx_release(c);
    leak_report(c, false);
    budget_free(c->budget);
    shared_free(c->shared);
    free(c);
}

#undef fail
stint_status fail(ctx *c, stint_status s, const char *fmt, ...)
{
    shared *h = c->shared;
    lock_acquire(&h->error_lock);
    if (h->status == STINT_OK) {
        va_list args;
        va_start(args, fmt);
        vsnprintf(h->message, sizeof h->message, fmt, args);
        va_end(args);
        h->status = s;
    }
    lock_release(&h->error_lock);
    return s;
}

stint_status fail_errno(ctx *c, const char *what, const char *path)
{
    int error = errno;
    return fail(c, STINT_EIO, "cannot %s %s: %s", what, path, strerror(error));
}

stint_status ctx_status(const ctx *c)
{
    lock_acquire(&c->shared->error_lock);
    stint_status s = c->shared->status;
    lock_release(&c->shared->error_lock);
    return s;
}

/* Once set, the message stays as it is until stint_clear, so it may be handed out. */
const char *stint_message(const stint_context *c)
{
    return ctx_status(c) == STINT_OK ? "" : c->shared->message;
}

void stint_clear(stint_context *c)
{
    shared *h = c->shared;
    lock_acquire(&h->error_lock);
    if (h->status == STINT_EINTERRUPT)
        atomic_store(&h->interrupts, 0);
    h->status = STINT_OK;
    h->message[0] = '\0';
    lock_release(&h->error_lock);
}

void stint_interrupt(stint_context *c)
{
    atomic_fetch_add(&c->shared->interrupts, 1);
}

int ctx_interrupted(const ctx *c)
{
    int n = atomic_load(&c->shared->interrupts);
    return n > 2 ? 2 : n;
}

budget *ctx_budget(ctx *c)
{
    return c->budget;
}

void *ctx_attached(const ctx *c)
{
    return c->attached;
}

void ctx_attach(ctx *c, void *object, void (*release)(void *object))
{
    c->attached = object;
    c->release = release;
}

const stint_options *ctx_options(const ctx *c)
{
    return &c->shared->options;
}

int ctx_threads(const ctx *c)
{
    return c->threads ? c->threads : c->shared->options.threads;
}

void ctx_use_threads(ctx *c, int threads)
{
    c->threads = threads;
}

static void sink_line(ctx *c, const char *line, bool transient)
{
    shared *h = c->shared;
    lock_acquire(&h->log_lock);
    if (h->options.sink)
        h->options.sink(h->options.sink_self, line, transient);
    if (h->log_fd >= 0 && !transient)
        dprintf(h->log_fd, "%s\n", line); /* what was said already; a full disk costs the copy */
    lock_release(&h->log_lock);
}

void log_copy_to(ctx *c, int fd)
{
    lock_acquire(&c->shared->log_lock);
    c->shared->log_fd = fd;
    lock_release(&c->shared->log_lock);
}

void log_line(ctx *c, const char *fmt, ...)
{
    char line[4096];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    sink_line(c, line, false);
}

void log_transient(ctx *c, const char *line)
{
    sink_line(c, line, true);
}
