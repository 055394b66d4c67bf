#include "profile/bench.h"
#include "base/os/os.h"
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Results as a table and as JSON, and back from JSON. */

/* --- the table -------------------------------------------------------------------------- */

/* Three digits and a unit: "1.23 ms", "45.6 us". */
static void time_text(char *out, size_t size, double s)
{
    static const struct {
        double unit;
        const char *name;
    } units[] = {{1, "s "}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}};
    int i = 0;
    while (i < 3 && s < units[i].unit)
        ++i;
    double x = s / units[i].unit;
    str_print(out, size, "%.*f %s", x < 10 ? 2 : x < 100 ? 1 : 0, x, units[i].name);
}

static void time_column(str *out, double s)
{
    char text[32];
    time_text(text, sizeof text, s);
    str_addf(out, " %10s", text);
}

/* "12.3 Mrows/s" */
static void rate(str *out, double per_second, const char *what)
{
    static const char prefix[] = " kMGTP";
    int i = 0;
    while (per_second >= 1000 && i < 5) {
        per_second /= 1000;
        ++i;
    }
    str_addf(out, "  %.3g ", per_second);
    if (i > 0)
        str_add_bytes(out, &prefix[i], 1);
    str_addf(out, "%s/s", what);
}

static void against(str *out, const bench_result *r)
{
    if (r->peer.n > 0) {
        double peer = bench_measure(r->peer.seconds, r->peer.n).p50;
        str_addf(out, "  %s ", r->peer.name);
        char text[32];
        time_text(text, sizeof text, peer);
        str_addf(out, "%s, ratio %.2f", text, peer / r->stats.p50);
    }
    if (r->past.n > 0) {
        double past = bench_measure(r->past.seconds, r->past.n).p50;
        double p = bench_same(r->times.seconds, r->times.n, r->past.seconds, r->past.n);
        str_addf(out, "  %.2f of before (p %.2g)%s", r->stats.p50 / past, p,
                 bench_is_regression(r) ? "  REGRESSION" : "");
    }
}

void bench_table(str *out, const bench_result *results, int n)
{
    int width = 4;
    for (int i = 0; i < n; ++i) {
        int len = (int)strlen(results[i].of->name);
        width = len > width ? len : width;
    }
    str_addf(out, "%-*s %5s %10s %10s %10s %10s %10s %10s\n", width, "case", "n", "mean", "sd",
             "min", "p50", "p90", "p99");
    for (int i = 0; i < n; ++i) {
        const bench_result *r = &results[i];
        const bench_stats *s = &r->stats;
        str_addf(out, "%-*s %5d", width, r->of->name, s->n);
        const double columns[] = {s->mean, s->deviation, s->min, s->p50, s->p90, s->p99};
        for (int k = 0; k < 6; ++k)
            time_column(out, columns[k]);
        if (r->of->items > 0)
            rate(out, r->of->items / s->p50, r->of->item ? r->of->item : "items");
        if (r->of->bytes > 0)
            rate(out, r->of->bytes / s->p50, "B");
        against(out, r);
        str_add(out, "\n");
    }
}

/* --- JSON ------------------------------------------------------------------------------- */

static void json_times(json_out *j, const bench_times *t)
{
    emit_string(j, "name", t->name);
    emit_array(j, "seconds");
    for (int i = 0; i < t->n; ++i)
        emit_double(j, NULL, t->seconds[i]);
    emit_array_end(j);
}

static void json_result(json_out *j, const bench_result *r)
{
    const bench_stats *s = &r->stats;
    emit_object(j, NULL);
    json_times(j, &r->times);
    emit_double(j, "mean", s->mean);
    emit_double(j, "deviation", s->deviation);
    emit_double(j, "min", s->min);
    emit_double(j, "p50", s->p50);
    emit_double(j, "p90", s->p90);
    emit_double(j, "p99", s->p99);
    if (r->of->items > 0) {
        emit_double(j, "items", r->of->items);
        emit_string(j, "item", r->of->item ? r->of->item : "items");
    }
    if (r->of->bytes > 0)
        emit_double(j, "bytes", r->of->bytes);
    if (r->peer.n > 0) {
        emit_object(j, "peer");
        json_times(j, &r->peer);
        emit_object_end(j);
    }
    emit_object_end(j);
}

void bench_json(str *out, const bench_result *results, int n)
{
    char when[32];
    json_out j = emit_begin(out, false);
    clock_text(when);
    emit_object(&j, NULL);
    emit_string(&j, "stint", stint_version());
    emit_string(&j, "when", when);
    emit_int(&j, "cores", cpu_count());
    emit_array(&j, "cases");
    for (int i = 0; i < n; ++i)
        json_result(&j, &results[i]);
    emit_array_end(&j);
    emit_object_end(&j);
    str_add(out, "\n");
}

/* The times of {"name", "seconds": […]}; fails when it is not that. */
static stint_status times_from(ctx *c, const char *what, const json_t *v, bench_times *out)
{
    const char *name = json_string_value(json_object_get(v, "name"));
    const json_t *seconds = json_object_get(v, "seconds");
    int n = (int)json_array_size(seconds);
    if (!name || n == 0)
        return fail(c, STINT_EDATA, "%s: no \"name\" and \"seconds\" in it", what);
    *out = (bench_times){mem_strdup(c, name), mem_new(c, TAG_BASE, double, n), n};
    if (!out->name || !out->seconds) {
        bench_times_free(out);
        return STINT_ENOMEM;
    }
    for (int i = 0; i < n; ++i) {
        double s = json_number_value(json_array_get(seconds, (size_t)i));
        if (!(s > 0)) {
            bench_times_free(out);
            return fail(c, STINT_EDATA, "%s: \"seconds\" of \"%s\" holds what is no time", what,
                        name);
        }
        out->seconds[i] = s;
    }
    bench_measure(out->seconds, n); /* for its sorting */
    return STINT_OK;
}

stint_status bench_parse_peer(ctx *c, const char *what, const char *text, bench_times *out)
{
    const char *line = NULL;
    for (const char *p = text; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
        if (*p == '{')
            line = p;
    if (!line)
        return fail(c, STINT_EDATA, "%s: printed no line of JSON", what);
    json_t *v = json_parse(c, what, line, strcspn(line, "\n"));
    if (!v)
        return ctx_status(c);
    stint_status s = times_from(c, what, v, out);
    json_decref(v);
    return s;
}

static stint_status past_of(ctx *c, const char *file, const json_t *cases, bench_result *r)
{
    size_t i;
    json_t *v;
    json_array_foreach(cases, i, v)
    {
        const char *name = json_string_value(json_object_get(v, "name"));
        if (name && strcmp(name, r->of->name) == 0) {
            bench_times_free(&r->past);
            return times_from(c, file, v, &r->past);
        }
    }
    return STINT_OK; /* a case that is new */
}

stint_status bench_compare(ctx *c, const char *file, bench_result *results, int n)
{
    str text;
    str_init(&text, c, TAG_BASE);
    stint_status s = file_read(c, file, &text);
    json_t *v = s == STINT_OK ? json_parse(c, file, text.at, text.len) : NULL;
    if (s == STINT_OK && !v)
        s = ctx_status(c);
    for (int i = 0; i < n && s == STINT_OK; ++i)
        s = past_of(c, file, json_object_get(v, "cases"), &results[i]);
    json_decref(v);
    str_deinit(&text);
    return s;
}
