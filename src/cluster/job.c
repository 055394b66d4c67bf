#include "cluster/model.h"
#include "cluster/request.h"

#include "base/os/thread.h"

#include <stdatomic.h>
#include <string.h>

/* A fit on a thread of its own, in a root context of its own: its failures and its interrupts are
 * not the caller's.  Its lines go through the caller's context, which gives them one at a time.
 *
 * A context with a limit has to hold its jobs too: before the fit, what that may take by its plan
 * is reserved in the caller's budget, so that two jobs never count on the same bytes. */

enum { STACK_BYTES = 8 << 20, OWN_BYTES = 128 << 10 /* the pool, the plan, the result's texts */ };

struct stint_cluster_job {
    ctx *caller, *ctx;
    arena text;
    stint_cluster_request request; /* strings and settings in `text` */
    thread thread;
    int64_t reserved; /* in the caller's budget */
    stint_status status;
    stint_clustering *found;
    _Atomic double share;
    _Atomic(const char *) what;
    atomic_bool cancelled, ended;
};

/* --- on the job's thread ----------------------------------------------------------------- */

static void hand_line(void *self, const char *line, bool transient)
{
    ctx *caller = self;
    if (transient)
        log_transient(caller, line);
    else
        log_line(caller, "%s", line);
}

/* Only the thread that fits writes. */
static stint_status watch(void *self, const char *what, double share)
{
    stint_cluster_job *j = self;
    share = share < 1 ? share : 1;
    if (share > atomic_load(&j->share))
        atomic_store(&j->share, share);
    atomic_store(&j->what, what);
    if (atomic_load(&j->cancelled))
        return fail(j->ctx, STINT_EINTERRUPT, "%s: cancelled at %s", j->request.method, what);
    if (ctx_interrupted(j->caller) || ctx_interrupted(j->ctx))
        return fail(j->ctx, STINT_EINTERRUPT, "%s: interrupted at %s", j->request.method, what);
    return STINT_OK;
}

static stint_status plan_bytes(stint_cluster_job *j, int64_t *out)
{
    cluster_request r;
    cluster_cost cost;
    stint_status s = cluster_request_open(j->ctx, &j->request, &r);
    if (s == STINT_OK)
        s = cluster_estimate(j->ctx, &r.run, &r.task, &cost);
    if (s == STINT_OK)
        *out = cost.bytes;
    cluster_request_close(&r);
    return s;
}

/* What the caller has left may be gone by the time it is asked for: then the plan is made for what
 * is left now.  A plan that does not fit is the fit's to refuse. */
static stint_status reserve(stint_cluster_job *j)
{
    budget *b = ctx_budget(j->caller);
    int64_t wanted = j->request.memory_bytes, left, bytes;
    while ((left = budget_left(b)) < INT64_MAX) {
        int64_t most = left > OWN_BYTES ? left - OWN_BYTES : 1;
        j->request.memory_bytes = wanted > 0 && wanted < most ? wanted : most;
        TRY(plan_bytes(j, &bytes));
        if (bytes > j->request.memory_bytes)
            return STINT_OK;
        if (budget_reserve(b, TAG_MODEL, bytes + OWN_BYTES)) {
            j->reserved = bytes + OWN_BYTES;
            return STINT_OK;
        }
    }
    return STINT_OK;
}

static void *run(void *self)
{
    stint_cluster_job *j = self;
    j->status = reserve(j);
    if (j->status == STINT_OK)
        j->status = watch(j, "start", 0);
    if (j->status == STINT_OK)
        j->status = cluster_request_fit(j->ctx, &j->request, watch, j, &j->found);
    atomic_store(&j->share, 1);
    atomic_store(&j->ended, true);
    return NULL;
}

/* --- begin and end ----------------------------------------------------------------------- */

static stint_status copy_text(arena *a, const char **text)
{
    return !*text || (*text = arena_strdup(a, *text)) ? STINT_OK : STINT_ENOMEM;
}

static stint_status copy_request(stint_cluster_job *j, const stint_cluster_request *r)
{
    int n = r->settings && r->n_settings > 0 ? r->n_settings : 0;
    j->request = *r;
    TRY(copy_text(&j->text, &j->request.method));
    TRY(copy_text(&j->text, &j->request.device));
    if (n == 0)
        return STINT_OK;
    stint_setting *settings = arena_new(&j->text, stint_setting, n);
    if (!settings)
        return STINT_ENOMEM;
    memcpy(settings, r->settings, (size_t)n * sizeof *settings);
    j->request.settings = settings;
    for (int i = 0; i < n; i++) {
        TRY(copy_text(&j->text, &settings[i].key));
        TRY(copy_text(&j->text, &settings[i].value));
    }
    return STINT_OK;
}

/* The same options, but for the memory and the way that lines take. */
static ctx *open_context(ctx *caller)
{
    stint_options options = *ctx_options(caller);
    int64_t left = budget_left(ctx_budget(caller));
    options.memory_bytes = left == INT64_MAX ? 0 : left > 0 ? left : 1;
    options.sink = options.sink ? hand_line : NULL;
    options.sink_self = caller;
    return stint_open(&options);
}

/* Frees all of it; the context last, which says what was left behind. */
static void drop(stint_cluster_job *j)
{
    ctx *own = j->ctx;
    if (j->reserved)
        budget_release(ctx_budget(j->caller), TAG_MODEL, j->reserved);
    stint_clustering_free(j->found);
    arena_deinit(&j->text);
    mem_free(j);
    stint_close(own);
}

static stint_status begin(stint_cluster_job *j, const stint_cluster_request *r)
{
    TRY(copy_request(j, r));
    if (!thread_start(&j->thread, STACK_BYTES, run, j))
        return fail(j->ctx, STINT_EFAIL, "cluster: the system refuses a thread");
    return STINT_OK;
}

stint_status stint_cluster_start(stint_context *ctx, const stint_cluster_request *r,
                                 stint_cluster_job **out)
{
    *out = NULL;
    if (!r || !r->method)
        return fail(ctx, STINT_EUSAGE, "cluster: the request names no method");
    struct stint_context *own = open_context(ctx);
    if (!own)
        return fail(ctx, STINT_ENOMEM, "out of memory: no room for a job's context");
    stint_cluster_job *j = mem_new(own, TAG_MODEL, stint_cluster_job, 1);
    if (!j) {
        stint_status s = fail(ctx, STINT_ENOMEM, "%s", stint_message(own));
        stint_close(own);
        return s;
    }
    j->caller = ctx;
    j->ctx = own;
    arena_init(&j->text, own, TAG_MODEL);
    atomic_init(&j->what, "start");
    stint_status s = begin(j, r);
    if (s != STINT_OK) {
        s = fail(ctx, s, "%s", stint_message(own));
        drop(j);
        return s;
    }
    *out = j;
    return STINT_OK;
}

stint_status stint_cluster_wait(stint_context *ctx, stint_cluster_job *j, stint_clustering **out)
{
    *out = NULL;
    if (!j)
        return fail(ctx, STINT_EUSAGE, "cluster: there is no job to wait for");
    thread_join(&j->thread);
    stint_status s = j->status;
    if (s == STINT_OK && atomic_load(&j->cancelled))
        s = fail(j->ctx, STINT_EINTERRUPT, "%s: cancelled", j->request.method);
    if (j->reserved)
        budget_release(ctx_budget(j->caller), TAG_MODEL, j->reserved);
    j->reserved = 0;
    if (s == STINT_OK)
        s = cluster_move(ctx, j->found, out);
    else
        fail(ctx, s, "%s", stint_message(j->ctx));
    drop(j);
    return s;
}

/* --- from any thread --------------------------------------------------------------------- */

double stint_cluster_progress(const stint_cluster_job *j, const char **what)
{
    if (what)
        *what = j ? atomic_load(&j->what) : "";
    return j ? atomic_load(&j->share) : 1;
}

bool stint_cluster_ended(const stint_cluster_job *j)
{
    return !j || atomic_load(&j->ended);
}

void stint_cluster_cancel(stint_cluster_job *j)
{
    if (j)
        atomic_store(&j->cancelled, true);
}
