#include "experiment/account.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file that is absent is nothing to tell; one that is not JSON is an error. */
static stint_status read_json(ctx *c, const char *dir, const char *name, json_t **out)
{
    char path[4096];
    str text;
    *out = NULL;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (!file_exists(path))
        return STINT_OK;
    str_init(&text, c, TAG_REPORT);
    stint_status s = file_read(c, path, &text);
    if (s == STINT_OK && !(*out = json_parse(c, path, text.at, text.len)))
        s = ctx_status(c);
    str_deinit(&text);
    return s;
}

/* A torn line of timings costs that line alone. */
static stint_status read_stages(ctx *c, const char *dir, json_t **out)
{
    char path[4096];
    str text;
    *out = json_object();
    snprintf(path, sizeof path, "%s/timings.jsonl", dir);
    if (!file_exists(path))
        return STINT_OK;
    str_init(&text, c, TAG_REPORT);
    stint_status s = file_read(c, path, &text);
    for (const char *line = text.at; s == STINT_OK && *line;) {
        const char *end = strchrnul(line, '\n');
        json_t *one = json_loadb(line, (size_t)(end - line), 0, NULL);
        const char *name = json_string_value(json_object_get(one, "stage"));
        if (name)
            json_object_set(*out, name, one);
        json_decref(one);
        line = *end ? end + 1 : end;
    }
    str_deinit(&text);
    return s;
}

stint_status account_open(ctx *c, const char *dir, account *out)
{
    *out = (account){0};
    snprintf(out->dir, sizeof out->dir, "%s", dir);
    stint_status s = read_json(c, dir, "summary.json", &out->summary);
    if (s == STINT_OK)
        s = read_json(c, dir, "rounds/001/metrics.json", &out->metrics);
    if (s == STINT_OK)
        s = read_json(c, dir, "plan.json", &out->plan);
    if (s == STINT_OK)
        s = read_json(c, dir, "environment.json", &out->environment);
    if (s == STINT_OK)
        s = read_stages(c, dir, &out->stages);
    if (s != STINT_OK)
        account_close(out);
    return s;
}

void account_close(account *a)
{
    json_decref(a->summary);
    json_decref(a->metrics);
    json_decref(a->plan);
    json_decref(a->environment);
    json_decref(a->stages);
    *a = (account){0};
}

/* --- verdict ----------------------------------------------------------------------------- */

static void test_line(const account *a, str *out)
{
    json_t *each;
    size_t i;
    const char *metric = json_string_value(json_object_get(a->summary, "metric"));
    json_array_foreach(json_object_get(a->metrics, "test"), i, each)
    {
        const char *name = json_string_value(json_object_get(each, "metric"));
        if (!name || !metric || strcmp(name, metric) != 0)
            continue;
        str_addf(out, "test     %s %.6g", name, json_number_or_nan(each, "value"));
        if (isfinite(json_number_or_nan(each, "low")))
            str_addf(out, ", 95 %% interval %.6g to %.6g", json_number_or_nan(each, "low"),
                     json_number_or_nan(each, "high"));
        str_addf(out, "; %s scores %.6g\n",
                 json_string_value(json_object_get(a->metrics, "baseline")),
                 json_number_or_nan(each, "baseline"));
    }
}

static void search_lines(const account *a, str *out)
{
    json_t *best = json_object_get(a->metrics, "best");
    str_addf(out, "best     %s, %s\n", json_string_value(json_object_get(best, "model")),
             json_string_value(json_object_get(best, "label")));
    str_addf(out, "search   %s %.6g ± %.3g over folds, of %lld configurations\n",
             json_string_value(json_object_get(a->summary, "metric")),
             json_number_or_nan(best, "mean"), json_number_or_nan(best, "deviation"),
             (long long)json_integer_value(json_object_get(a->summary, "configurations")));
}

static void training_lines(const account *a, const json_t *training, str *out)
{
    json_t *best = json_object_get(a->metrics, "best");
    long long best_epoch = json_integer_value(json_object_get(training, "best_epoch"));
    str_addf(out, "trained  %s, %lld epochs, ", json_string_value(json_object_get(best, "model")),
             (long long)json_integer_value(json_object_get(training, "epochs")));
    if (best_epoch >= 0)
        str_addf(out, "the best is number %lld: loss %.6g, validation %.6g\n", best_epoch + 1,
                 json_number_or_nan(training, "train_loss"),
                 json_number_or_nan(training, "valid_loss"));
    else
        str_add(out, "none validated\n");
    str_addf(out, "valid    %s %.6g of %lld rows held out\n",
             json_string_value(json_object_get(a->summary, "metric")),
             json_number_or_nan(best, "mean"),
             (long long)json_integer_value(json_object_get(training, "valid_rows")));
}

static void stream_lines(const json_t *training, str *out)
{
    json_t *each;
    size_t i;
    json_array_foreach(json_object_get(training, "stream"), i, each)
        str_addf(out, "stream   %s: RMS %.6g, MAE %.6g, max %.6g, R² %.6g of %lld rows\n",
                 json_string_value(json_object_get(each, "target")),
                 json_number_or_nan(each, "rms"), json_number_or_nan(each, "mae"),
                 json_number_or_nan(each, "max"), json_number_or_nan(each, "r2"),
                 (long long)json_integer_value(json_object_get(each, "rows")));
}

static void rival_lines(const account *a, str *out)
{
    json_t *each;
    size_t i;
    const char *metric = json_string_value(json_object_get(a->summary, "metric"));
    json_array_foreach(json_object_get(a->metrics, "rivals"), i, each)
        str_addf(out, "rival    %s: %s %.6g\n", json_string_value(json_object_get(each, "column")),
                 json_object_get(each, metric) ? metric : "rmse",
                 json_number_or_nan(each, json_object_get(each, metric) ? metric : "rmse"));
}

void account_verdict(const account *a, str *out)
{
    char size[STR_SIZE_SIZE], limit[STR_SIZE_SIZE], time[STR_SIZE_SIZE];
    json_t *training = json_object_get(a->metrics, "training"), *e = a->environment;
    if (training)
        training_lines(a, training, out);
    else
        search_lines(a, out);
    test_line(a, out);
    stream_lines(training, out);
    rival_lines(a, out);
    if (!json_is_true(json_object_get(a->summary, "reproducible")))
        str_addf(out, "note     not reproducible: %s\n",
                 json_string_value(json_object_get(a->summary, "reason")));
    int64_t budget = json_integer_value(json_object_get(e, "memory_budget_bytes"));
    str_addf(out, "budget   %s of %s at its peak, %s\n",
             str_format_bytes(size, json_integer_value(json_object_get(e, "peak_bytes"))),
             budget ? str_format_bytes(limit, budget) : "unlimited memory",
             str_format_seconds(time, json_number_or_nan(e, "seconds")));
    str_addf(out, "report   %s/report.html\n", a->dir);
}

void account_json(const account *a, str *out)
{
    json_t *all = json_object();
    json_object_set(all, "summary", a->summary ? a->summary : json_null());
    json_object_set(all, "metrics", a->metrics ? a->metrics : json_null());
    json_object_set(all, "environment", a->environment ? a->environment : json_null());
    json_object_set(all, "stages", a->stages);
    char *text = json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    if (text)
        str_add(out, text);
    out->failed = out->failed || !text;
    str_add(out, "\n");
    free(text);
    json_decref(all);
}
