#include "experiment/cluster_work.h"

#include <math.h>
#include <string.h>

/* What was found, as JSON and for people; and what it would cost. */

enum { HEIGHTS = 30, SIZES_SHOWN = 20 };

static void say_sizes(json_out *j, const stint_clustering *m)
{
    emit_array(j, "sizes");
    for (int64_t i = 0; i < m->facts.n_clusters; i++)
        emit_int(j, NULL, m->sizes[i]);
    emit_array_end(j);
}

static void say_doubles(json_out *j, const char *key, const double *x, int64_t n)
{
    emit_array(j, key);
    for (int64_t i = 0; i < n; i++)
        emit_double(j, NULL, x[i]);
    emit_array_end(j);
}

/* What only some methods know. */
static void say_method(json_out *j, const stint_clustering *m)
{
    const stint_cluster_facts *f = &m->facts;
    if (!isnan(f->inertia))
        emit_double(j, "inertia", f->inertia);
    if (f->iterations > 0)
        emit_int(j, "iterations", f->iterations);
    if (f->components > 0)
        emit_int(j, "components", f->components);
    if (m->n_eigenvalues > 0) {
        say_doubles(j, "eigenvalues", m->eigenvalues, m->n_eigenvalues);
        emit_double(j, "residual", f->residual);
    }
    if (m->distances && m->tree.merges > 0) {
        int64_t n = m->tree.merges, shown = n < HEIGHTS ? n : HEIGHTS;
        say_doubles(j, "last_heights", m->tree.distances + n - shown, shown);
    }
}

static void say_sweep(json_out *j, const cluster_work *w)
{
    if (w->n_tried == 0)
        return;
    emit_array(j, "sweep");
    for (int i = 0; i < w->n_tried; i++) {
        emit_object(j, NULL);
        emit_int(j, "k", w->tried[i].k);
        if (!isnan(w->tried[i].inertia))
            emit_double(j, "inertia", w->tried[i].inertia);
        emit_double(j, "silhouette", w->tried[i].silhouette);
        emit_object_end(j);
    }
    emit_array_end(j);
    if (w->elbow >= 0)
        emit_int(j, "elbow", w->tried[w->elbow].k);
    if (w->best >= 0)
        emit_int(j, "best_silhouette", w->tried[w->best].k);
}

static void say_measures(json_out *j, const cluster_work *w)
{
    const cluster_measures *k = &w->measures;
    if (k->rows == 0)
        return;
    emit_double(j, "silhouette", k->silhouette);
    emit_int(j, "silhouette_rows", k->rows);
    say_doubles(j, "silhouette_by_cluster", k->each, w->found->facts.n_clusters);
    if (k->plane)
        say_doubles(j, "component_shares", k->shares, 2);
}

/* Lines of the notes, one each. */
static void say_notes(json_out *j, const char *notes)
{
    str line;
    str_init(&line, j->to->ctx, TAG_REPORT);
    emit_array(j, "notes");
    while (*notes) {
        size_t n = strcspn(notes, "\n");
        str_clear(&line);
        str_add_bytes(&line, notes, n);
        if (n > 0)
            emit_str(j, NULL, &line);
        notes += n + (notes[n] == '\n');
    }
    emit_array_end(j);
    str_deinit(&line);
}

static int64_t process_peak(const cluster_work *w)
{
    int64_t reading = w->ingested.private_peak_bytes + w->base, peak = watch_peak(w->watch);
    return w->ingested.private_peak_bytes > 0 && reading > peak ? reading : peak;
}

static void say_measured(json_out *j, const cluster_work *w)
{
    const stint_cluster_facts *f = &w->found->facts;
    emit_string(j, "variant", f->variant);
    emit_string(j, "device", f->device);
    emit_string(j, "why", f->why);
    emit_int(j, "threads", pool_threads(w->pool));
    emit_int(j, "peak_bytes", f->peak_bytes);
    emit_int(j, "process_peak_bytes", process_peak(w));
    emit_int(j, "memory_bytes", w->memory);
    emit_double(j, "seconds", clock_seconds() - w->began);
}

void cluster_say_json(const cluster_work *w, bool measured, str *out)
{
    const stint_cluster_facts *f = &w->found->facts;
    json_out j = emit_begin(out, true);
    emit_object(&j, NULL);
    emit_string(&j, "stint", "cluster");
    emit_string(&j, "data", w->request->data);
    emit_string(&j, "method", f->method);
    emit_int(&j, "n", f->n);
    emit_int(&j, "d", f->d);
    emit_int(&j, "k", f->n_clusters);
    say_sizes(&j, w->found);
    say_method(&j, w->found);
    emit_bool(&j, "converged", f->converged);
    emit_bool(&j, "ambiguous", f->ambiguous);
    say_measures(&j, w);
    say_sweep(&j, w);
    say_notes(&j, f->notes);
    if (measured) {
        emit_string(&j, "out", w->request->to);
        emit_string(&j, "report", w->request->report);
        say_measured(&j, w);
    }
    emit_object_end(&j);
    str_add(out, "\n");
}

/* --- for people ------------------------------------------------------------------------------ */

static void tell_sizes(const stint_clustering *m, str *out)
{
    int64_t k = m->facts.n_clusters, shown = k < SIZES_SHOWN ? k : SIZES_SHOWN;
    str_add(out, "sizes      ");
    for (int64_t i = 0; i < shown; i++)
        str_addf(out, "%s%lld", i ? " " : "", (long long)m->sizes[i]);
    if (k > shown)
        str_addf(out, " and %lld more", (long long)(k - shown));
    str_add(out, "\n");
}

static void tell_sweep(const cluster_work *w, str *out)
{
    for (int i = 0; i < w->n_tried; i++) {
        const cluster_tried *t = &w->tried[i];
        str_addf(out, i ? "           %4lld" : "sweep      %4lld", (long long)t->k);
        if (!isnan(t->inertia))
            str_addf(out, "  inertia %-12.6g", t->inertia);
        str_addf(out, "  silhouette %.4f%s%s\n", t->silhouette, i == w->best ? "  best" : "",
                 i == w->elbow ? "  elbow" : "");
    }
}

static void tell_notes(const char *notes, str *out)
{
    for (; *notes; notes += strcspn(notes, "\n"), notes += *notes == '\n') {
        str_add(out, "note       ");
        str_add_bytes(out, notes, strcspn(notes, "\n"));
        str_add(out, "\n");
    }
}

void cluster_say_text(const cluster_work *w, str *out)
{
    const stint_cluster_facts *f = &w->found->facts;
    char bytes[STR_SIZE_SIZE], time[STR_SIZE_SIZE];
    if (w->pairs)
        str_addf(out, "%lld rows as a matrix of pairs", (long long)f->n);
    else
        str_addf(out, "%lld rows and %lld columns", (long long)f->n, (long long)f->d);
    str_addf(out, ": %lld cluster%s by %s\n", (long long)f->n_clusters,
             f->n_clusters == 1 ? "" : "s", f->method);
    tell_sizes(w->found, out);
    if (!isnan(f->inertia))
        str_addf(out, "inertia    %.8g\n", f->inertia);
    if (w->measures.rows > 0 && w->n_tried == 0)
        str_addf(out, "silhouette %.4f\n", w->measures.silhouette);
    if (w->found->n_eigenvalues > 0)
        str_addf(out, "residual   %.2g\n", f->residual);
    tell_sweep(w, out);
    str_addf(out, "work       %s on %s", f->variant, f->device);
    if (f->iterations > 0)
        str_addf(out, ", %lld iterations", (long long)f->iterations);
    str_addf(out, ", %s, %s of memory\n", str_format_seconds(time, clock_seconds() - w->began),
             str_format_bytes(bytes, process_peak(w)));
    tell_notes(f->notes, out);
    if (w->request->to)
        str_addf(out, "%s\n", w->request->to);
    if (w->request->report)
        str_addf(out, "%s/index.html\n", w->request->report);
}

/* --- the plan ------------------------------------------------------------------------------------ */

static void plan_json(const cluster_work *w, str *out)
{
    json_out j = emit_begin(out, true);
    emit_object(&j, NULL);
    emit_string(&j, "method", w->class->name);
    emit_bool(&j, "exact", w->facts.exact);
    emit_int(&j, "n", w->points.n);
    emit_int(&j, "d", w->points.d);
    emit_string(&j, "variant", w->cost.variant);
    emit_string(&j, "why", w->cost.why);
    emit_string(&j, "knob", w->cost.knob);
    emit_int(&j, "memory_bytes", w->memory);
    emit_int(&j, "fit_bytes", w->cost.bytes);
    emit_double(&j, "seconds", w->cost.seconds);
    emit_object(&j, "steps");
    for (int s = 0; s < CLUSTER_STEPS; s++)
        emit_int(&j, cluster_step_name((cluster_step)s), w->steps[s]);
    emit_object_end(&j);
    emit_object_end(&j);
    str_add(out, "\n");
}

void cluster_say_plan(const cluster_work *w, str *out)
{
    char text[STR_SIZE_SIZE];
    if (w->request->json) {
        plan_json(w, out);
        return;
    }
    str_addf(out, "%s of %s%lld rows and %lld columns: %s\n", w->class->name,
             w->facts.exact ? "" : "at most ", (long long)w->points.n, (long long)w->points.d,
             w->cost.variant);
    for (int s = 0; s < CLUSTER_STEPS; s++)
        if (w->steps[s] > 0)
            str_addf(out, "  %-8s %10s\n", cluster_step_name((cluster_step)s),
                     str_format_bytes(text, w->steps[s]));
    str_addf(out, "of %s, over all processes; ", str_format_bytes(text, w->memory));
    str_addf(out, "the fit takes about %s on slow cores\n",
             str_format_seconds(text, w->cost.seconds));
    if (w->cost.why[0])
        str_addf(out, "%s\n", w->cost.why);
    if (w->cost.knob[0])
        str_addf(out, "%s\n", w->cost.knob);
}
