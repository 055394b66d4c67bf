#include "data/job.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAMPLE_MS = 10, LINE_MOST = 1 << 26 };

static stint_status send_line(ctx *c, int fd, const str *line)
{
    TRY(str_status(line));
    for (size_t at = 0; at <= line->len;) {
        bool text = at < line->len;
        ssize_t n = send(fd, text ? line->at + at : "\n", text ? line->len - at : 1, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno(c, "send to", "the other process");
        at += (size_t)n;
    }
    return STINT_OK;
}

/* --- the parent's side ------------------------------------------------------------------- */

stint_status job_start(ctx *c, const char *verb, const str *request, child *out)
{
    const char *command = ctx_options(c)->command;
    if (!command)
        return fail(c, STINT_EUSAGE, "%s needs the stint command: set stint_options.command", verb);
    const char *const argv[] = {command, verb, "--child", NULL};
    /* one heap, and what is freed goes back: the child's memory is counted */
    const char *const env[] = {"MALLOC_ARENA_MAX=1", "MALLOC_TRIM_THRESHOLD_=1048576", NULL};
    TRY(str_status(request));
    TRY(child_start(c, argv, env, out));
    stint_status s = send_line(c, out->fd, request);
    if (s != STINT_OK)
        child_kill(out);
    return s;
}

typedef struct wait_state {
    ctx *ctx;
    const char *verb;
    child *child;
    job_progress *progress;
    void *self;
    json_t *last;
    int64_t peak;
    str in;
} wait_state;

static stint_status take_line(wait_state *w, const char *line, size_t len)
{
    json_t *reply = json_parse(w->ctx, w->verb, line, len);
    if (!reply)
        return ctx_status(w->ctx);
    const json_t *at = json_object_get(reply, "progress");
    if (at && w->progress)
        w->progress(w->self, json_integer_value(at));
    if (at)
        json_decref(reply);
    else
        w->last = reply;
    return STINT_OK;
}

/* Take every whole line that has come. */
static stint_status take_lines(wait_state *w)
{
    char *end;
    while (!w->last && (end = memchr(w->in.at, '\n', w->in.len)) != NULL) {
        size_t used = (size_t)(end - w->in.at) + 1;
        TRY(take_line(w, w->in.at, used - 1));
        memmove(w->in.at, w->in.at + used, w->in.len - used + 1);
        w->in.len -= used;
    }
    return STINT_OK;
}

static void sample(wait_state *w)
{
    int64_t now = process_private_bytes(w->child->pid);
    w->peak = now > w->peak ? now : w->peak;
}

/* Until the last reply, or the child's end: *ended. */
static stint_status wait_reply(wait_state *w, bool *ended)
{
    char piece[4096];
    *ended = false;
    while (!w->last && !*ended) {
        struct pollfd p = {.fd = w->child->fd, .events = POLLIN};
        int ready = poll(&p, 1, SAMPLE_MS);
        sample(w);
        if (ctx_interrupted(w->ctx))
            return fail(w->ctx, STINT_EINTERRUPT, "%s was stopped", w->verb);
        if (ready <= 0)
            continue;
        ssize_t n = recv(w->child->fd, piece, sizeof piece, 0);
        if (n < 0 && errno == EINTR)
            continue;
        *ended = n <= 0;
        if (n > 0)
            str_add_bytes(&w->in, piece, (size_t)n);
        TRY(str_status(&w->in));
        TRY(take_lines(w));
    }
    return STINT_OK;
}

static stint_status child_died(ctx *c, const char *verb, int wait_status)
{
    char how[128];
    if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGBUS)
        return fail(
            c, STINT_EDATA,
            "the %s process found a file that it reads cut short: the data changed while it "
            "was read; run again",
            verb);
    child_describe(wait_status, how, sizeof how);
    if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) != SIGKILL)
        return fail(c, STINT_EFAIL,
                    "the %s process %s before it was done: is a file that it read damaged? see the "
                    "system's log",
                    verb, how);
    return fail(
        c, STINT_EFAIL,
        "the %s process %s before it was done: give it more memory, or see the system's log", verb,
        how);
}

/* What the last reply says. */
static stint_status read_reply(ctx *c, const char *verb, json_t *last, json_t **done)
{
    const json_t *error = json_object_get(last, "error");
    json_t *result = json_object_get(last, "done");
    const char *message = json_string_value(json_object_get(error, "message"));
    json_int_t status = json_integer_value(json_object_get(error, "status"));
    if (error && message && status > STINT_OK && status <= STINT_EINTERRUPT)
        return fail(c, (stint_status)status, "%s", message);
    if (!result)
        return fail(c, STINT_EFAIL, "the %s process sent a reply that is none", verb);
    if (done)
        *done = json_incref(result);
    return STINT_OK;
}

stint_status job_wait(ctx *c, const char *verb, child *ch, job_progress *progress, void *self,
                      json_t **done, int64_t *peak)
{
    wait_state w = {.ctx = c, .verb = verb, .child = ch, .progress = progress, .self = self};
    bool ended = false;
    int wait_status = 0;
    str_init(&w.in, c, TAG_MESSAGE);
    stint_status s = wait_reply(&w, &ended);
    if (s != STINT_OK)
        child_kill(ch);
    else if ((s = child_wait(c, ch, &wait_status)) == STINT_OK)
        s = w.last ? read_reply(c, verb, w.last, done) : child_died(c, verb, wait_status);
    if (peak)
        *peak = w.peak;
    json_decref(w.last);
    str_deinit(&w.in);
    return s;
}

/* --- the child's side ---------------------------------------------------------------------- */

stint_status job_request(ctx *c, int fd, json_t **request)
{
    char piece[4096];
    str line;
    str_init(&line, c, TAG_MESSAGE);
    stint_status s = process_adopt(c, 0, 0);
    while (s == STINT_OK && !memchr(line.at, '\n', line.len)) {
        ssize_t n = read(fd, piece, sizeof piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || line.len > LINE_MOST)
            s = fail(c, STINT_EUSAGE, "this command is started by stint itself, not by hand");
        else
            str_add_bytes(&line, piece, (size_t)n);
        if (s == STINT_OK)
            s = str_status(&line);
    }
    *request = s == STINT_OK ? json_parse(c, "request", line.at, line.len) : NULL;
    str_deinit(&line);
    return *request ? STINT_OK : ctx_status(c);
}

stint_status job_reply(ctx *c, int fd, const str *line)
{
    return send_line(c, fd, line);
}

stint_status job_reply_failure(ctx *c, int fd)
{
    str line;
    stint_status s = ctx_status(c);
    str_init(&line, c, TAG_MESSAGE);
    json_out j = emit_begin(&line, false);
    emit_object(&j, NULL);
    emit_object(&j, "error");
    emit_int(&j, "status", s);
    emit_string(&j, "message", stint_message(c));
    emit_object_end(&j);
    emit_object_end(&j);
    (void)job_reply(c, fd, &line);
    str_deinit(&line);
    return s;
}
