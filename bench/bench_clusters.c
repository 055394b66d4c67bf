#include "profile/bench_main.h"

#include "base/json.h"
#include "base/os/os.h"
#include "cluster/cluster.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A clustering of the rows of a .npy file, timed, and what it takes beside time.
 *
 *     bench_clusters METHOD ROWS.npy RESULT.json [SETTING=VALUE …] [flags of every benchmark]
 *
 * The file, of doubles or floats by rows, is mapped, and read once before the first fit.
 * RESULT.json gets what the first fit took: seconds, by how much the process grew at its most, the
 * peak and the average of what it held, and its blocks.
 *
 * Settings are the method's, and device=NAME, memory=BYTES, threads=N, centers=first (k-means
 * begins from the first rows), labels=FILE (int32: how far the labels agree is in the result),
 * once=1 (there is no fit but the first). */

enum { SETTINGS = 32, LINE = 256 };

typedef struct work {
    const cluster_class *class;
    stint_setting settings[SETTINGS];
    int n_settings;
    const char *device, *labels;
    int64_t memory;
    int threads;
    bool first_rows, once;
    file_map map;
    points points;
    pool *pool;
    /* of the first fit */
    int fits;
    double seconds;
    int64_t grown_bytes, average_bytes, blocks;
    stint_cluster_facts facts;
    char variant[64];
    double agreement;
} work;

/* --- blocks, counted where the library asks for them ---------------------------------------- */

static _Atomic int64_t blocks;

void *__libc_calloc(size_t n, size_t bytes);

void *calloc(size_t n, size_t bytes)
{
    atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
    return __libc_calloc(n, bytes);
}

/* --- memory, as the kernel and as the library has it ----------------------------------------- */

static int64_t status_bytes(const char *name)
{
    char line[LINE];
    long long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0)
            kib = strtoll(line + strlen(name), NULL, 10);
    if (file)
        fclose(file);
    return kib * 1024;
}

static void forget_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (file) {
        fputs("5", file);
        fclose(file);
    }
}

typedef struct sampler {
    const budget *of;
    _Atomic bool done;
    double sum, samples;
} sampler;

static void *sample(void *self)
{
    sampler *s = self;
    const struct timespec pause = {0, 1000000};
    while (!atomic_load(&s->done)) {
        s->sum += (double)budget_live(s->of);
        s->samples++;
        nanosleep(&pause, NULL);
    }
    return NULL;
}

/* --- fits ------------------------------------------------------------------------------------ */

static stint_status fit(ctx *c, work *w, stint_clustering **out)
{
    cluster_task t = {.points = w->points, .pool = w->pool, .memory = w->memory};
    t.centers = w->first_rows ? w->points.f64 : NULL;
    cluster_run r = {w->class, w->settings, w->n_settings, w->device};
    return cluster_fit(c, &r, &t, out);
}

static stint_status compare(ctx *c, work *w, const stint_clustering *m)
{
    file_map map;
    TRY(map_open(c, w->labels, &map));
    if (map.size != w->points.n * (int64_t)sizeof(int32_t))
        return fail(c, STINT_EDATA, "%s: not a label for each row", w->labels);
    TRY(stint_adjusted_rand(c, stint_cluster_labels(m), (const int32_t *)map.at, w->points.n,
                            &w->agreement));
    map_close(&map);
    return STINT_OK;
}

/* With what is held looked at every millisecond. */
static stint_status first_fit(ctx *c, work *w)
{
    stint_clustering *m = NULL;
    sampler s = {.of = ctx_budget(c)};
    int64_t before = budget_live(s.of);
    pthread_t thread;
    if (pthread_create(&thread, NULL, sample, &s))
        return fail(c, STINT_EFAIL, "a thread cannot be made");
    forget_peak();
    int64_t resident = status_bytes("VmRSS:"), blocks_before = atomic_load(&blocks);
    double began = clock_seconds();
    stint_status status = fit(c, w, &m);
    w->seconds = clock_seconds() - began;
    w->blocks = atomic_load(&blocks) - blocks_before;
    w->grown_bytes = status_bytes("VmHWM:") - resident;
    atomic_store(&s.done, true);
    pthread_join(thread, NULL);
    TRY(status);
    w->average_bytes = s.samples > 0 ? (int64_t)(s.sum / s.samples) - before : 0;
    w->facts = m->facts;
    snprintf(w->variant, sizeof w->variant, "%s", m->facts.variant);
    status = w->labels ? compare(c, w, m) : STINT_OK;
    stint_clustering_free(m);
    return status;
}

/* The harness's own warm-up is the first fit. */
static stint_status run(ctx *c, void *self)
{
    work *w = self;
    stint_clustering *m = NULL;
    if (w->fits++ == 0)
        return first_fit(c, w);
    if (w->once)
        return STINT_OK;
    TRY(fit(c, w, &m));
    stint_clustering_free(m);
    return STINT_OK;
}

static stint_status write_result(ctx *c, const work *w, const char *path)
{
    str text;
    str_init(&text, c, TAG_BASE);
    json_out j = emit_begin(&text, true);
    emit_object(&j, NULL);
    emit_double(&j, "first_seconds", w->seconds);
    emit_int(&j, "grown_bytes", w->grown_bytes);
    emit_int(&j, "peak_bytes", w->facts.peak_bytes);
    emit_int(&j, "average_bytes", w->average_bytes);
    emit_int(&j, "blocks", w->blocks);
    emit_double(&j, "inertia", w->facts.inertia);
    emit_double(&j, "residual", w->facts.residual);
    emit_double(&j, "agreement", w->agreement);
    emit_int(&j, "iterations", w->facts.iterations);
    emit_int(&j, "components", w->facts.components);
    emit_string(&j, "variant", w->variant);
    emit_object_end(&j);
    stint_status s = str_status(&text);
    if (s == STINT_OK)
        s = file_write_atomic(c, path, text.at, text.len);
    str_deinit(&text);
    return s;
}

/* --- what is given --------------------------------------------------------------------------- */

/* Rows of a .npy file, version 1: "{'descr': '<f8', 'fortran_order': False, 'shape': (n, d), }"
 * after 10 bytes, the last two of which are its length. */
static stint_status open_rows(ctx *c, work *w, const char *path)
{
    TRY(map_open(c, path, &w->map));
    const unsigned char *at = (const void *)w->map.at;
    char head[LINE] = "";
    int64_t length = w->map.size > 10 ? at[8] + 256 * at[9] : 0;
    if (length > 0 && length < LINE && w->map.size > 10 + length)
        memcpy(head, at + 10, (size_t)length);
    const char *shape = strstr(head, "'shape': (");
    long long n = 0, d = 0;
    bool f64 = strstr(head, "'<f8'") != NULL;
    if (!shape || sscanf(shape + strlen("'shape': ("), "%lld, %lld)", &n, &d) != 2)
        return fail(c, STINT_EDATA, "%s: not a .npy file of rows", path);
    const void *rows = at + 10 + length;
    w->points = (points){.n = n, .d = d, .stride = d};
    w->points.f64 = f64 ? rows : NULL;
    w->points.f32 = f64 ? NULL : rows;
    return STINT_OK;
}

static void take_setting(work *w, char *text)
{
    char *value = strchr(text, '=');
    *value++ = '\0';
    if (strcmp(text, "device") == 0)
        w->device = value;
    else if (strcmp(text, "memory") == 0)
        w->memory = (int64_t)strtod(value, NULL);
    else if (strcmp(text, "threads") == 0)
        w->threads = (int)strtol(value, NULL, 10);
    else if (strcmp(text, "centers") == 0)
        w->first_rows = true;
    else if (strcmp(text, "once") == 0)
        w->once = true;
    else if (strcmp(text, "labels") == 0)
        w->labels = value;
    else if (w->n_settings < SETTINGS)
        w->settings[w->n_settings++] = (stint_setting){text, value};
}

static stint_status prepare(ctx *c, work *w, const char *const given[3])
{
    if (!given[2] || !(w->class = cluster_find(given[0])))
        return fail(c, STINT_EUSAGE, "wanted: METHOD ROWS.npy RESULT.json");
    TRY(open_rows(c, w, given[1]));
    w->pool = pool_new(c, w->threads);
    return w->pool ? points_check(c, &w->points, w->pool) : STINT_ENOMEM;
}

int main(int argc, char **argv)
{
    work w = {.threads = cpu_count(), .agreement = NAN};
    const char *given[3] = {NULL};
    ctx *c = stint_open(NULL);
    for (int n = 0; argc > 1 && argv[1][0] != '-'; argc--, argv++) {
        if (strchr(argv[1], '='))
            take_setting(&w, argv[1]);
        else if (n < 3)
            given[n++] = argv[1];
        argv[1] = argv[0];
    }
    stint_status s = c ? prepare(c, &w, given) : STINT_ENOMEM;
    bench_case one = {
        .name = "fit", .run = run, .self = &w, .warmup = 1, .items = 1, .item = "fit"};
    int code = s == STINT_OK ? bench_main(argc, argv, &one, 1) : stint_status_exit(s);
    if (code == 0)
        code = stint_status_exit(write_result(c, &w, given[2]));
    if (c && code)
        fprintf(stderr, "%s\n", stint_message(c));
    return code; /* the rows live as long as the program */
}
