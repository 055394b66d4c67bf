#include "experiment/plan.h"

#include "base/json.h"

#include <stdio.h>

/* A plan judged against its budget, and shown. */

static stint_status check_configurations(ctx *c, const config *cfg, const plan *p)
{
    if (p->configurations > cfg->max_configs)
        return fail(
            c, STINT_EPLAN,
            "the search has %lld configurations, more than %lld; make the grid smaller, or allow them with --max-configs %lld",
            (long long)p->configurations, (long long)cfg->max_configs,
            (long long)p->configurations);
    return STINT_OK;
}

void plan_warn(ctx *c, const config *cfg, const plan *p)
{
    if (p->configurations > cfg->max_configs - cfg->max_configs / 10)
        log_line(c, "warning: %lld configurations are near the limit of %lld (--max-configs)",
                 (long long)p->configurations, (long long)cfg->max_configs);
}

static stage largest_stage(const plan *p)
{
    stage most = STAGE_INGEST;
    for (int s = 0; s < STAGES; s++)
        if (p->stages[s].least_bytes > p->stages[most].least_bytes)
            most = (stage)s;
    return most;
}

/* --- what each knob buys ----------------------------------------------------------------- */

static void halve_features(config *cfg, source_facts *facts)
{
    facts->columns -= (facts->columns - cfg->n_targets) / 2;
}

static void halve_rows(config *cfg, source_facts *facts)
{
    (void)cfg;
    facts->rows /= 2;
    facts->rows_high /= 2;
}

static void fewest_folds(config *cfg, source_facts *facts)
{
    (void)facts;
    cfg->split.folds = 2;
}

static const struct knob {
    const char *text;
    void (*turn)(config *cfg, source_facts *facts);
} knobs[] = {
    {"half of the features (data.drop)", halve_features},
    {"half of the rows", halve_rows},
    {"split.folds: 2", fewest_folds},
};

/* The least memory with each knob turned, where that is less. */
static void knobs_text(const config *cfg, const plan *p, str *out)
{
    char need[STR_SIZE_SIZE];
    for (size_t i = 0; i < sizeof knobs / sizeof *knobs; i++) {
        config turned = *cfg;
        source_facts facts = p->facts;
        plan less = {.base_bytes = p->base_bytes};
        knobs[i].turn(&turned, &facts);
        plan_make(&turned, &facts, NULL, &less);
        if (less.least_bytes < p->least_bytes - (1 << 16))
            str_addf(out, "; with %s it would need %s", knobs[i].text,
                     str_format_bytes(need, less.least_bytes));
    }
}

static stint_status check_memory(ctx *c, const config *cfg, const plan *p)
{
    char have[STR_SIZE_SIZE], want[STR_SIZE_SIZE], of[STR_SIZE_SIZE];
    int64_t mib = (p->least_bytes + 1048575) / 1048576;
    stage most = largest_stage(p);
    if (cfg->memory_bytes == 0 || p->least_bytes <= cfg->memory_bytes)
        return STINT_OK;
    str buys;
    str_init(&buys, c, TAG_REPORT);
    knobs_text(cfg, p, &buys);
    stint_status s =
        fail(c, STINT_EPLAN,
             "budget.memory: %s is too little: with %sone thread this needs %s%s; the "
             "smallest budget that fits is --memory %lldMiB. The largest stage is %s (%s)%s",
             str_format_bytes(have, cfg->memory_bytes), cfg->training ? "" : "one worker and ",
             p->exact ? "" : "about ", str_format_bytes(want, p->least_bytes), (long long)mib,
             stage_name(most), str_format_bytes(of, p->stages[most].least_bytes), buys.at);
    str_deinit(&buys);
    return s;
}

static stint_status check_disk(ctx *c, const config *cfg, const plan *p)
{
    char have[STR_SIZE_SIZE], want[STR_SIZE_SIZE];
    if (cfg->disk_bytes == 0 || p->disk_bytes <= cfg->disk_bytes)
        return STINT_OK;
    return fail(
        c, STINT_EPLAN,
        "budget.disk: %s is too little: this writes up to %s; the smallest budget that fits is --set budget.disk=%lldKiB. The column file in the cache takes most of it when the table is large; fewer configurations shorten the journal",
        str_format_bytes(have, cfg->disk_bytes), str_format_bytes(want, p->disk_bytes),
        (long long)((p->disk_bytes + 1023) / 1024));
}

stint_status plan_check(ctx *c, const config *cfg, const plan *p)
{
    TRY(check_configurations(c, cfg, p));
    TRY(check_memory(c, cfg, p));
    return check_disk(c, cfg, p);
}

/* --- for people -------------------------------------------------------------------------- */

static void facts_text(const config *cfg, const plan *p, str *out)
{
    char size[STR_SIZE_SIZE];
    const source_facts *f = &p->facts;
    str_addf(out, "data     %d file%s, %s, %d columns: %d features, %d target%s\n", f->files,
             f->files == 1 ? "" : "s", str_format_bytes(size, f->bytes), f->columns,
             p->shape.features, cfg->n_targets, cfg->n_targets == 1 ? "" : "s");
    if (f->exact)
        str_addf(out, "rows     %lld\n", (long long)f->rows);
    else
        str_addf(out, "rows     about %lld (%lld to %lld), from a sample\n", (long long)f->rows,
                 (long long)f->rows_low, (long long)f->rows_high);
}

static void stage_text(const stage_plan *s, const char *name, str *out)
{
    char fits[32] = "", peak[STR_SIZE_SIZE], low[STR_SIZE_SIZE], high[STR_SIZE_SIZE],
         disk[STR_SIZE_SIZE], time[80];
    if (s->fits > 0)
        snprintf(fits, sizeof fits, "%lld", (long long)s->fits);
    snprintf(time, sizeof time, "%s – %s", str_format_seconds(low, s->seconds_low),
             str_format_seconds(high, s->seconds_high));
    str_addf(out, "%-8s %10s %12s  %-20s %12s\n", name, fits, str_format_bytes(peak, s->peak_bytes),
             time, str_format_bytes(disk, s->disk_bytes));
}

/* What is fitted, and by how many. */
static void work_text(const config *cfg, const plan *p, str *out)
{
    const char *threads = p->threads == 1 ? "" : "s";
    if (cfg->training) {
        str_addf(out, "train    %s, one fold of %d validates, by %s\nthreads  %d\n\n",
                 cfg->model->name, p->shape.folds, cfg->metric->title, p->threads);
        return;
    }
    str_addf(out, "search   %lld configurations x %d folds = %lld fits, by %s\n",
             (long long)p->configurations, p->shape.folds, (long long)p->fits, cfg->metric->title);
    str_addf(out, "workers  %d, %d thread%s each\n\n", p->workers, p->threads, threads);
}

void plan_text(const config *cfg, const plan *p, str *out)
{
    char limit[STR_SIZE_SIZE], least[STR_SIZE_SIZE];
    str_addf(out, "plan for %s%s\n\n", cfg->name,
             p->exact ? "" : " (estimated; made again after ingest)");
    facts_text(cfg, p, out);
    work_text(cfg, p, out);
    str_addf(out, "%-8s %10s %12s  %-18s %12s\n", "stage", "fits", "peak memory", "time", "disk");
    for (int s = 0; s < STAGES; s++)
        stage_text(&p->stages[s],
                   cfg->training && s == STAGE_SEARCH ? "train" : stage_name((stage)s), out);
    stage_plan total = {p->fits, p->peak_bytes, 0, p->disk_bytes, p->seconds_low, p->seconds_high};
    stage_text(&total, "in all", out);
    str_addf(out, "\nbudget   %s of memory; the smallest that fits is %s\n",
             cfg->memory_bytes ? str_format_bytes(limit, cfg->memory_bytes) : "no limit",
             str_format_bytes(least, p->least_bytes));
}

/* --- for programs ------------------------------------------------------------------------ */

static void stage_json(json_out *j, const stage_plan *s, const char *name)
{
    emit_object(j, NULL);
    emit_string(j, "stage", name);
    emit_int(j, "fits", s->fits);
    emit_int(j, "peak_bytes", s->peak_bytes);
    emit_int(j, "least_bytes", s->least_bytes);
    emit_int(j, "disk_bytes", s->disk_bytes);
    emit_double(j, "seconds_low", s->seconds_low);
    emit_double(j, "seconds_high", s->seconds_high);
    emit_object_end(j);
}

void plan_json(const config *cfg, const plan *p, str *out)
{
    json_out j = emit_begin(out, true);
    emit_object(&j, NULL);
    emit_string(&j, "name", cfg->name);
    emit_bool(&j, "exact", p->exact);
    emit_int(&j, "rows", p->facts.rows);
    emit_int(&j, "rows_low", p->facts.rows_low);
    emit_int(&j, "rows_high", p->facts.rows_high);
    emit_string(&j, "task", target_kind_name(cfg->task));
    emit_int(&j, "features", p->shape.features);
    emit_int(&j, "targets", cfg->n_targets);
    emit_int(&j, "configurations", p->configurations);
    emit_int(&j, "fits", p->fits);
    emit_int(&j, "workers", p->workers);
    emit_int(&j, "threads", p->threads);
    emit_int(&j, "memory_budget_bytes", cfg->memory_bytes);
    emit_int(&j, "peak_bytes", p->peak_bytes);
    emit_int(&j, "least_bytes", p->least_bytes);
    emit_int(&j, "disk_bytes", p->disk_bytes);
    emit_double(&j, "seconds_low", p->seconds_low);
    emit_double(&j, "seconds_high", p->seconds_high);
    emit_array(&j, "stages");
    for (int s = 0; s < STAGES; s++)
        stage_json(&j, &p->stages[s], stage_name((stage)s));
    emit_array_end(&j);
    emit_object_end(&j);
    str_add(out, "\n");
}
