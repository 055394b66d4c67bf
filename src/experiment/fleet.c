#include "experiment/fleet.h"

#include "experiment/retry.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

typedef struct member {
    worker_link link;
    bool running, busy;
    task task;
} member;

struct fleet {
    ctx *ctx;
    fleet_settings settings;
    const transport_class *transport;
    member *members;      /* [workers] */
    struct pollfd *polls; /* [workers] */
    retry_list again;     /* to run alone, once the source is dry */
    bool alone;           /* `again` is being run */
    str payload;
    int64_t retries;
};

stint_status fleet_open(ctx *c, const fleet_settings *s, fleet **out)
{
    fleet *f = mem_new(c, TAG_MESSAGE, fleet, 1);
    if (!f)
        return STINT_ENOMEM;
    f->ctx = c;
    f->settings = *s;
    f->transport = transport_of(c);
    str_init(&f->payload, c, TAG_MESSAGE);
    f->members = mem_new(c, TAG_MESSAGE, member, s->workers);
    f->polls = mem_new(c, TAG_MESSAGE, struct pollfd, s->workers);
    if (!f->members || !f->polls) {
        fleet_close(f);
        return STINT_ENOMEM;
    }
    *out = f;
    return STINT_OK;
}

void fleet_deadline(fleet *f, double deadline)
{
    f->settings.deadline = deadline;
}

int64_t fleet_retries(const fleet *f)
{
    return f->retries;
}

/* --- members ----------------------------------------------------------------------------- */

static stint_status member_start(fleet *f, member *m, int64_t memory_bytes)
{
    const char *hello = f->settings.hello;
    TRY(f->transport->start(f->ctx, memory_bytes, &m->link));
    m->running = true;
    watch_add(f->settings.watch, m->link.child.pid);
    return message_send(f->ctx, m->link.child.fd, MESSAGE_HELLO, hello, strlen(hello));
}

static void member_stop(fleet *f, member *m, bool kill, char *how, size_t size)
{
    how[0] = '\0';
    if (!m->running)
        return;
    watch_remove(f->settings.watch, m->link.child.pid);
    f->transport->stop(f->ctx, &m->link, kill, how, size);
    m->running = m->busy = false;
}

static stint_status member_give(fleet *f, member *m, const task *t)
{
    if (!m->running)
        TRY(member_start(f, m, f->alone ? f->settings.whole_bytes : f->settings.memory_bytes));
    m->task = *t;
    m->busy = true;
    return message_send(f->ctx, m->link.child.fd, MESSAGE_TASK, t, sizeof *t);
}

void fleet_close(fleet *f)
{
    char how[128];
    for (int i = 0; f->members && i < f->settings.workers; i++)
        member_stop(f, &f->members[i], f->members[i].busy, how, sizeof how);
    retry_forget(&f->again);
    str_deinit(&f->payload);
    mem_free(f->members);
    mem_free(f->polls);
    mem_free(f);
}

/* --- failures ---------------------------------------------------------------------------- */

static stint_status task_failed(fleet *f, const task_source *source, const task *t, stint_status s,
                                const char *why)
{
    if (!f->alone && s != STINT_EIO) {
        log_line(f->ctx, "a worker failed (%s); its work runs again alone", why);
        f->retries++;
        return retry_add(f->ctx, &f->again, t);
    }
    if (t->kind != TASK_TRIALS)
        return fail(f->ctx, s, "%s", why);
    if (s == STINT_EIO) /* a full disk fails every trial alike, and is no trial's fault */
        return fail(f->ctx, s, "%s", why);
    log_line(f->ctx, "trial %lld failed twice: %s", (long long)t->item, why);
    record r = {.trial = t->item, .score = 0.0 / 0.0, .status = TRIAL_FAILED, .attempts = 2};
    return source->records(source->self, &r, 1);
}

static stint_status member_died(fleet *f, const task_source *source, member *m)
{
    char how[128], why[192];
    task t = m->task;
    bool was_busy = m->busy;
    member_stop(f, m, false, how, sizeof how);
    snprintf(why, sizeof why, "worker %s", how[0] ? how : "closed its connection");
    return was_busy ? task_failed(f, source, &t, STINT_EFAIL, why)
                    : fail(f->ctx, STINT_EFAIL, "a %s before it had work", why);
}

/* --- messages ---------------------------------------------------------------------------- */

static stint_status member_failed(fleet *f, const task_source *source, member *m)
{
    uint32_t status = STINT_EFAIL;
    if (f->payload.len >= 4)
        memcpy(&status, f->payload.at, 4);
    task t = m->task;
    bool was_busy = m->busy;
    m->busy = false;
    const char *why = f->payload.len > 4 ? f->payload.at + 4 : "no reason given";
    return was_busy ? task_failed(f, source, &t, (stint_status)status, why)
                    : fail(f->ctx, (stint_status)status, "%s", why);
}

/* Fits that went well and yet have no score: an area under a curve where one class is missing. */
static void tell_scoreless(const fleet *f, const record *r, int64_t n)
{
    int64_t some = 0, first = 0;
    for (int64_t i = 0; i < n; i++)
        if (r[i].status == TRIAL_FAILED)
            first = some++ ? first : r[i].trial;
    if (some == 1)
        log_line(f->ctx, "trial %lld failed: its score is not a finite number", (long long)first);
    else if (some > 1)
        log_line(f->ctx, "trial %lld and %lld more failed: their scores are not finite numbers",
                 (long long)first, (long long)some - 1);
}

static stint_status take_records(fleet *f, const task_source *source)
{
    record *r = (void *)f->payload.at;
    int64_t n = (int64_t)(f->payload.len / sizeof *r);
    for (int64_t i = 0; f->alone && i < n; i++)
        r[i].attempts = 2;
    tell_scoreless(f, r, n);
    return source->records ? source->records(source->self, r, n)
                           : fail(f->ctx, STINT_EFAIL, "records of trials that nobody asked for");
}

static stint_status member_speaks(fleet *f, const task_source *source, member *m)
{
    message_type type;
    bool closed;
    TRY(message_receive(f->ctx, m->link.child.fd, &type, &f->payload, &closed));
    if (closed)
        return member_died(f, source, m);
    switch (type) {
    case MESSAGE_RECORDS: return take_records(f, source);
    case MESSAGE_SCORES:
        return source->scores ? source->scores(source->self, (const void *)f->payload.at,
                                               (int64_t)(f->payload.len / sizeof(metric_score)))
                              : STINT_OK;
    case MESSAGE_DONE: m->busy = false; return STINT_OK;
    case MESSAGE_FAILED: return member_failed(f, source, m);
    case MESSAGE_HELLO:
    case MESSAGE_TASK: break;
    }
    return fail(f->ctx, STINT_EFAIL, "a worker sent a message of type %d", (int)type);
}

/* --- the loop ---------------------------------------------------------------------------- */

static int busy_members(const fleet *f)
{
    int n = 0;
    for (int i = 0; i < f->settings.workers; i++)
        n += f->members[i].busy;
    return n;
}

/* Give every idle member a task; false in *more when the source is dry. */
static stint_status hand_out(fleet *f, const task_source *source, bool *more)
{
    task t;
    int most = f->alone ? 1 : f->settings.workers;
    for (int i = 0; *more && i < most; i++) {
        if (f->members[i].busy)
            continue;
        *more = f->alone ? retry_next(&f->again, source->open, source->self, &t)
                         : source->next(source->self, &t);
        if (*more)
            TRY(member_give(f, &f->members[i], &t));
    }
    return STINT_OK;
}

static stint_status listen(fleet *f, const task_source *source)
{
    for (int i = 0; i < f->settings.workers; i++)
        f->polls[i] =
            (struct pollfd){f->members[i].busy ? f->members[i].link.child.fd : -1, POLLIN, 0};
    if (poll(f->polls, (nfds_t)f->settings.workers, 100) < 0)
        return STINT_OK; /* a signal: the caller looks at what it asked for */
    for (int i = 0; i < f->settings.workers; i++)
        if (f->polls[i].revents)
            TRY(member_speaks(f, source, &f->members[i]));
    return source->tick ? source->tick(source->self) : STINT_OK;
}

/* Why no further task may start: an interrupt or the deadline. */
static stint_status stop_reason(const fleet *f)
{
    if (ctx_interrupted(f->ctx))
        return STINT_EINTERRUPT;
    bool late = f->settings.deadline > 0 && clock_seconds() > f->settings.deadline;
    return late ? STINT_EBUDGET : STINT_OK;
}

static stint_status drain(fleet *f, const task_source *source)
{
    bool more = true;
    stint_status why = STINT_OK;
    while (more || busy_members(f) > 0) {
        why = why ? why : stop_reason(f);
        if (ctx_interrupted(f->ctx) > 1)
            return STINT_EINTERRUPT;
        if (why != STINT_OK)
            more = false;
        TRY(hand_out(f, source, &more));
        if (busy_members(f) > 0)
            TRY(listen(f, source));
    }
    return why;
}

static void stop_all(fleet *f)
{
    char how[128];
    for (int i = 0; i < f->settings.workers; i++)
        member_stop(f, &f->members[i], false, how, sizeof how);
}

static stint_status run_all(fleet *f, const task_source *source)
{
    TRY(drain(f, source));
    if (retry_empty(&f->again))
        return STINT_OK;
    stop_all(f); /* so that the one that comes may have the memory of all */
    f->alone = true;
    TRY(drain(f, source));
    stop_all(f);
    return STINT_OK;
}

/* What still waits to run again is of this source, and a resume finds it without a record. */
stint_status fleet_run(fleet *f, const task_source *source)
{
    stint_status s = run_all(f, source);
    retry_forget(&f->again);
    f->alone = false;
    return s == STINT_EINTERRUPT ? fail(f->ctx, s, "stopped; run the same command to carry on") : s;
}
