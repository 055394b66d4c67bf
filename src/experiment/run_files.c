#include "experiment/run.h"

#include "base/json.h"
#include "kernel/kernel.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The small files of a run: what is measured stays apart from what is decided. */

stint_status run_write_plan(run *r)
{
    str text;
    str_init(&text, r->ctx, TAG_REPORT);
    plan_json(&r->config, &r->plan, &text);
    stint_status s = file_write_str(r->ctx, r->dir.path, "plan.json", &text);
    str_deinit(&text);
    return s;
}

stint_status run_write_environment(run *r)
{
    char now[32];
    str text;
    str_init(&text, r->ctx, TAG_REPORT);
    clock_text(now);
    json_out j = emit_begin(&text, true);
    emit_object(&j, NULL);
    emit_string(&j, "name", r->config.name);
    emit_string(&j, "version", stint_version());
    emit_string(&j, "finished", now);
    emit_string(&j, "command", r->request->command_line);
    emit_string(&j, "isa", kernel()->name);
    emit_int(&j, "cores", cpu_count());
    emit_int(&j, "workers", r->plan.workers);
    emit_int(&j, "threads", r->plan.threads);
    emit_int(&j, "memory_budget_bytes", r->config.memory_bytes);
    emit_int(&j, "peak_bytes", watch_peak(r->watch));
    emit_int(&j, "ingest_table_peak_bytes", r->ingested.table_peak_bytes);
    emit_bool(&j, "table_from_cache", r->ingested.cached);
    emit_string(&j, "fingerprint", r->fingerprint);
    emit_string(&j, "experiment", r->experiment);
    if (r->kind->measured)
        r->kind->measured(r, &j);
    emit_int(&j, "retries", r->fleet ? fleet_retries(r->fleet) : r->retries);
    emit_double(&j, "seconds", clock_seconds() - r->began);
    emit_object_end(&j);
    str_add(&text, "\n");
    stint_status s = file_write_str(r->ctx, r->dir.path, "environment.json", &text);
    str_deinit(&text);
    return s;
}

/* The ingest child is sampled by those who started it. */
static int64_t stage_peak(run *r, stage s)
{
    int64_t own = watch_stage(r->watch);
    return s == STAGE_INGEST ? own + r->ingested.private_peak_bytes : own;
}

void run_add_timing(run *r, stage s)
{
    const stage_plan *p = &r->plan.stages[s];
    json_out j = emit_begin(&r->timings, false);
    emit_object(&j, NULL);
    emit_string(&j, "stage", stage_name(s));
    emit_double(&j, "seconds", clock_seconds() - r->stage_began);
    emit_int(&j, "peak_bytes", stage_peak(r, s));
    emit_int(&j, "disk_bytes",
             s == STAGE_INGEST ? (r->ingested.cached ? 0 : file_size(r->ingested.path))
                               : rundir_bytes(&r->dir) - r->disk_before);
    emit_int(&j, "fits", p->fits);
    emit_int(&j, "planned_peak_bytes", p->peak_bytes);
    emit_int(&j, "planned_disk_bytes", p->disk_bytes);
    emit_double(&j, "planned_seconds_low", p->seconds_low);
    emit_double(&j, "planned_seconds_high", p->seconds_high);
    emit_object_end(&j);
    str_add(&r->timings, "\n");
}

/* Measurements only: appended, not synced; a torn line is skipped by readers. */
stint_status run_write_timings(run *r)
{
    char path[4096];
    rundir_path(&r->dir, "timings.jsonl", path, sizeof path);
    TRY(str_status(&r->timings));
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return fail_errno(r->ctx, "open", path);
    int64_t at = file_size(path);
    stint_status s = file_pwrite(r->ctx, fd, path, r->timings.at, r->timings.len, at);
    close(fd);
    str_clear(&r->timings);
    return s;
}

/* --- summary.json ------------------------------------------------------------------------ */

stint_status run_read_metrics(run *r, json_t **out)
{
    char path[4096];
    str text;
    rundir_path(&r->dir, "rounds/001/metrics.json", path, sizeof path);
    str_init(&text, r->ctx, TAG_REPORT);
    stint_status s = file_read(r->ctx, path, &text);
    *out = s == STINT_OK ? json_parse(r->ctx, path, text.at, text.len) : NULL;
    str_deinit(&text);
    return *out ? STINT_OK : ctx_status(r->ctx);
}

/* As JSON: a metric that is not defined is null. */
static void number_of(const json_t *object, const char *key, char out[STR_DOUBLE_SIZE])
{
    double x = json_number_or_nan(object, key);
    if (isnan(x))
        snprintf(out, STR_DOUBLE_SIZE, "null");
    else
        str_format_double(out, x);
}

static void summary_write(run *r, json_t *metrics, str *out)
{
    json_t *best = json_object_get(metrics, "best"), *each;
    int64_t number = json_integer_value(json_object_get(best, "configuration"));
    size_t i;
    str_addf(out, "{\n  \"task\": \"%s\",\n  \"metric\": \"%s\",\n",
             target_kind_name(r->config.task), r->config.metric->name);
    char number_text[STR_DOUBLE_SIZE];
    number_of(best, "mean", number_text);
    str_addf(out, "  \"best\": {\"model\": \"%s\", \"params\": ",
             json_string_value(json_object_get(best, "model")));
    grid_text(&r->grid, number, out);
    str_addf(out, ", \"score\": %s},\n  \"test\": {", number_text);
    json_array_foreach(json_object_get(metrics, "test"), i, each)
    {
        number_of(each, "value", number_text);
        str_addf(out, "%s\"%s\": %s", i ? ", " : "",
                 json_string_value(json_object_get(each, "metric")), number_text);
    }
    str_addf(out,
             "},\n  \"configurations\": %lld,\n  \"fits\": %lld,\n  \"fingerprint\": \"%s\",\n",
             (long long)r->grid.configurations, (long long)r->trials.n, r->fingerprint);
    str_addf(out, "  \"reproducible\": %s", r->reason[0] ? "false" : "true");
    if (r->reason[0])
        str_addf(out, ",\n  \"reason\": \"%s\",\n  \"complete\": %s", r->reason,
                 r->cut ? "false" : "true");
    str_add(out, "\n}\n");
}

static stint_status summary_text(run *r, str *out)
{
    json_t *metrics;
    TRY(run_read_metrics(r, &metrics));
    summary_write(r, metrics, out);
    json_decref(metrics);
    return str_status(out);
}

stint_status run_write_summary(run *r)
{
    str text;
    str_init(&text, r->ctx, TAG_REPORT);
    stint_status s = summary_text(r, &text);
    if (s == STINT_OK)
        s = file_write_str(r->ctx, r->dir.path, "summary.json", &text);
    str_deinit(&text);
    return s;
}

stint_status run_check_summary(run *r, bool *good)
{
    char path[4096];
    str want, there;
    rundir_path(&r->dir, "summary.json", path, sizeof path);
    str_init(&want, r->ctx, TAG_REPORT);
    str_init(&there, r->ctx, TAG_REPORT);
    stint_status s = summary_text(r, &want);
    if (s == STINT_OK && file_exists(path))
        s = file_read(r->ctx, path, &there);
    *good = s == STINT_OK && want.len == there.len && memcmp(want.at, there.at, want.len) == 0;
    str_deinit(&want);
    str_deinit(&there);
    return s;
}
