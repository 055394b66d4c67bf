#include "base/fault.h"
#include "experiment/account.h"
#include "experiment/run.h"
#include "experiment/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The public functions around a run: status, report, reference, worker. */

/* --- status ------------------------------------------------------------------------------ */

/* Fits that went well.  One that failed is made again by each further run and has a line for
 * each, so that lines alone may be more than there are fits. */
static int64_t fits_done(ctx *c, const char *dir)
{
    static const char well[] = "\"status\":\"ok\"";
    char path[4096];
    file_map map;
    int64_t n = 0;
    snprintf(path, sizeof path, "%s/journal.jsonl", dir);
    if (!file_exists(path) || map_open(c, path, &map) != STINT_OK)
        return 0;
    const char *at = (const char *)map.at, *end = at + map.size;
    while ((at = memmem(at, (size_t)(end - at), well, sizeof well - 1)) != NULL) {
        at += sizeof well - 1;
        n++;
    }
    map_close(&map);
    return n;
}

/* A run that holds the lock is at work. */
static bool in_use(const char *dir)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/.lock", dir);
    return lock_is_held(path);
}

static void status_text(const account *a, bool running, int64_t fits, str *out)
{
    long long planned = json_integer_value(json_object_get(a->plan, "fits"));
    bool done = a->summary && a->metrics;
    str_addf(out, "%s: %s; %lld of %lld fits are in the journal\n", a->dir,
             running ? "running"
             : done  ? "done"
                     : "stopped; run it again to carry on",
             (long long)fits, planned);
    if (done)
        account_verdict(a, out);
}

static void status_json(const account *a, bool running, int64_t fits, str *out)
{
    json_out j = emit_begin(out, true);
    emit_object(&j, NULL);
    emit_string(&j, "run", a->dir);
    emit_string(&j, "state", running ? "running" : a->summary && a->metrics ? "done" : "stopped");
    emit_int(&j, "fits_done", fits);
    emit_int(&j, "fits", json_integer_value(json_object_get(a->plan, "fits")));
    emit_object_end(&j);
    str_add(out, "\n");
}

static stint_status open_existing(ctx *c, const char *dir, account *a)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/experiment.yaml", dir);
    if (!file_exists(path))
        return fail(c, STINT_EUSAGE, "%s is not a run directory: it has no experiment.yaml", dir);
    return account_open(c, dir, a);
}

stint_status stint_run_status(stint_context *ctx, const char *run_dir, bool json, stint_text *out)
{
    account a = {0};
    str text;
    TRY(open_existing(ctx, run_dir, &a));
    str_init(&text, ctx, TAG_REPORT);
    bool running = in_use(run_dir);
    int64_t fits = fits_done(ctx, run_dir);
    (json ? status_json : status_text)(&a, running, fits, &text);
    account_close(&a);
    return text_take(&text, out);
}

/* A run at work writes the same files: one at a time. */
static stint_status report_locked(ctx *c, const char *dir)
{
    account a = {0};
    char path[4096];
    int lock;
    snprintf(path, sizeof path, "%s/.lock", dir);
    stint_status s = lock_take(c, path, &lock);
    if (s == STINT_EBUSY) {
        stint_clear(c);
        return fail(c, s, "%s is in use by a run, which will make its report", dir);
    }
    TRY(s);
    s = open_existing(c, dir, &a);
    if (s == STINT_OK)
        s = a.metrics ? account_report(c, &a, cpu_count(), NULL)
                      : fail(c, STINT_EFAIL,
                             "%s has no finished round yet; run it again to carry on", dir);
    account_close(&a);
    lock_drop(lock);
    return s;
}

stint_status stint_run_report(stint_context *ctx, const char *run_dir, stint_text *out)
{
    account a = {0};
    str text;
    TRY(open_existing(ctx, run_dir, &a));
    account_close(&a);
    TRY(report_locked(ctx, run_dir));
    str_init(&text, ctx, TAG_REPORT);
    str_addf(&text, "%s/" ACCOUNT_PAGE "\n%s/" ACCOUNT_WORKBOOK "\n", run_dir, run_dir);
    return text_take(&text, out);
}

stint_status stint_config_reference(stint_context *ctx, stint_text *out)
{
    str text;
    str_init(&text, ctx, TAG_REPORT);
    config_reference(&text);
    return text_take(&text, out);
}

stint_status stint_worker(stint_context *ctx, int fd)
{
    fault_role("worker");
    TRY(process_adopt(ctx, 0, 0));
    return worker_serve(ctx, fd);
}
