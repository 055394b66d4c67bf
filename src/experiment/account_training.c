/* What a report has of a training, and of the forecasts that its model is measured beside. */
#include "experiment/account_page.h"

#include <math.h>

static int64_t whole(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static const char *number(arena *a, const json_t *object, const char *key)
{
    return arena_printf(a, "%.6g", json_number_or_nan(object, key));
}

static void add_training(const json_t *t, arena *a, report_training *out)
{
    int n = 0;
    report_fact *f = arena_new(a, report_fact, 8);
    if (!f)
        return;
    f[n++] = (report_fact){"epochs", arena_printf(a, "%lld", (long long)whole(t, "epochs")),
                           json_is_true(json_object_get(t, "stopped_early"))
                               ? "it stopped early: validation no longer improved"
                               : NULL};
    if (whole(t, "best_epoch") >= 0) { /* else none was validated before the time was over */
        f[n++] = (report_fact){
            "best epoch", arena_printf(a, "%lld", (long long)whole(t, "best_epoch") + 1), NULL};
        f[n++] = (report_fact){"training loss", number(a, t, "train_loss"), "in the best epoch"};
        f[n++] = (report_fact){"validation loss", number(a, t, "valid_loss"), "after it"};
    }
    f[n++] = (report_fact){"trained on",
                           arena_printf(a, "%lld rows", (long long)whole(t, "train_rows")), NULL};
    f[n++] = (report_fact){"validated on",
                           arena_printf(a, "%lld rows", (long long)whole(t, "valid_rows")),
                           arena_printf(a, "fold %lld", (long long)whole(t, "fold"))};
    f[n++] = (report_fact){"updates", arena_printf(a, "%lld", (long long)whole(t, "steps")), NULL};
    if (whole(t, "skipped") > 0)
        f[n++] = (report_fact){"updates skipped",
                               arena_printf(a, "%lld", (long long)whole(t, "skipped")),
                               "a gradient was not finite"};
    out->facts = f;
    out->n_facts = n;
}

static void add_stream(const json_t *list, arena *a, report_training *out)
{
    json_t *each;
    size_t i;
    report_fact *f = arena_new(a, report_fact, json_array_size(list) + 1);
    if (!f)
        return;
    json_array_foreach(list, i, each) f[i] =
        (report_fact){json_string_value(json_object_get(each, "target")),
                      arena_printf(a, "RMS %.6g, MAE %.6g, max %.6g, R² %.6g",
                                   json_number_or_nan(each, "rms"), json_number_or_nan(each, "mae"),
                                   json_number_or_nan(each, "max"), json_number_or_nan(each, "r2")),
                      arena_printf(a, "of %lld rows", (long long)whole(each, "rows"))};
    out->stream = f;
    out->n_stream = (int)json_array_size(list);
}

static void add_rivals(const json_t *list, const char *metric, arena *a, report *page)
{
    json_t *each;
    size_t i;
    report_fact *f = arena_new(a, report_fact, json_array_size(list) + 1);
    if (!f)
        return;
    json_array_foreach(list, i, each)
    {
        const char *by = metric && json_object_get(each, metric) ? metric : "rmse";
        f[i] = (report_fact){json_string_value(json_object_get(each, "column")),
                             arena_printf(a, "%s %.6g", by, json_number_or_nan(each, by)), NULL};
    }
    page->rivals = f;
    page->n_rivals = (int)json_array_size(list);
}

void account_training(json_t *metrics, arena *a, report *page)
{
    const json_t *training = json_object_get(metrics, "training");
    if (training) {
        add_training(training, a, &page->training);
        add_stream(json_object_get(training, "stream"), a, &page->training);
    }
    add_rivals(json_object_get(metrics, "rivals"), page->verdict.metric, a, page);
}
