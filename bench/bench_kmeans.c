#include "profile/bench_main.h"

#include "base/json.h"
#include "base/os/os.h"
#include "base/rng.h"
#include "cluster/kmeans.h"

#include <string.h>

/* k-means of the rows that bench/peers/kmeans.py made, or of some made up here.
 *
 *     bench_kmeans [ARRAYS.bin [RESULT.json [SETTING=VALUE …]]] [flags of every benchmark]
 *
 * The file is doubles: rows n, columns d, clusters, max_iter, tol, n_init, batch size, whether to
 * begin from the first rows; then the rows, [n][d], which are mapped, not read.  RESULT.json gets
 * inertia, iterations, variant and the bytes that the fit held.  Settings are kmeans's, and
 * f32=1, memory=BYTES, threads=N, device=NAME. */

enum { SETTINGS = 32, HEAD = 8, MADE_ROWS = 20000, MADE_D = 16 };

typedef struct work {
    file_map map;
    const double *head, *x;
    double made[HEAD];
    float *narrow;
    double *made_x;
    char values[SETTINGS][STR_DOUBLE_SIZE];
    stint_setting settings[SETTINGS];
    int n_settings;
    const char *device;
    int64_t memory;
    int threads;
    bool f32;
    pool *pool;
    stint_cluster_facts facts;
    char variant[64];
} work;

static void set(work *w, const char *key, double value)
{
    str_format_double(w->values[w->n_settings], value);
    w->settings[w->n_settings] = (stint_setting){key, w->values[w->n_settings]};
    w->n_settings++;
}

static stint_status fit(ctx *c, void *self)
{
    work *w = self;
    int64_t n = (int64_t)w->head[0], d = (int64_t)w->head[1];
    cluster_task t = {.points = {.n = n, .d = d, .stride = d},
                      .centers = w->head[7] != 0 ? w->x : NULL,
                      .pool = w->pool,
                      .memory = w->memory};
    t.points.f64 = w->f32 ? NULL : w->x;
    t.points.f32 = w->narrow;
    cluster_run r = {&cluster_kmeans, w->settings, w->n_settings, w->device};
    stint_clustering *m;
    TRY(cluster_fit(c, &r, &t, &m));
    w->facts = m->facts;
    snprintf(w->variant, sizeof w->variant, "%s", m->facts.variant);
    stint_clustering_free(m);
    return STINT_OK;
}

static stint_status write_result(ctx *c, const work *w, const char *path)
{
    str text;
    str_init(&text, c, TAG_BASE);
    json_out j = emit_begin(&text, true);
    emit_object(&j, NULL);
    emit_double(&j, "inertia", w->facts.inertia);
    emit_int(&j, "iterations", w->facts.iterations);
    emit_int(&j, "peak_bytes", w->facts.peak_bytes);
    emit_string(&j, "variant", w->variant);
    emit_object_end(&j);
    stint_status s = str_status(&text);
    if (s == STINT_OK)
        s = file_write_atomic(c, path, text.at, text.len);
    str_deinit(&text);
    return s;
}

static stint_status make_up(ctx *c, work *w)
{
    static const double head[HEAD] = {MADE_ROWS, MADE_D, 32, 20, 0, 1, 0, 1};
    memcpy(w->made, head, sizeof head);
    w->head = w->made;
    w->made_x = mem_new(c, TAG_BASE, double, (int64_t)MADE_ROWS *MADE_D);
    if (!w->made_x)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < (int64_t)MADE_ROWS * MADE_D; i++)
        w->made_x[i] = rng_normal((rng){1, RNG_GENERATE}, (uint64_t)i);
    w->x = w->made_x;
    return STINT_OK;
}

static stint_status prepare(ctx *c, work *w, const char *path)
{
    if (path) {
        TRY(map_open(c, path, &w->map));
        w->head = (const double *)w->map.at;
        w->x = w->head + HEAD;
    } else {
        TRY(make_up(c, w));
    }
    int64_t size = (int64_t)w->head[0] * (int64_t)w->head[1];
    if (w->f32 && !(w->narrow = mem_new(c, TAG_BASE, float, size)))
        return STINT_ENOMEM;
    for (int64_t i = 0; w->f32 && i < size; i++)
        w->narrow[i] = (float)w->x[i];
    static const char *const keys[] = {"n_clusters", "max_iter", "tol", "n_init", "batch_size"};
    int given = w->n_settings;
    stint_setting own[SETTINGS];
    memcpy(own, w->settings, sizeof own);
    w->n_settings = 0;
    for (int i = 0; i < 5; i++)
        set(w, keys[i], w->head[2 + i]);
    memcpy(w->settings + w->n_settings, own, (size_t)given * sizeof *own);
    w->n_settings += given;
    w->pool = pool_new(c, w->threads);
    return w->pool ? STINT_OK : STINT_ENOMEM;
}

/* "key=value" into the settings of the fit or of this program. */
static void take_setting(work *w, char *text)
{
    char *value = strchr(text, '=');
    *value++ = '\0';
    if (strcmp(text, "f32") == 0)
        w->f32 = *value == '1';
    else if (strcmp(text, "memory") == 0)
        w->memory = (int64_t)strtod(value, NULL);
    else if (strcmp(text, "threads") == 0)
        w->threads = (int)strtol(value, NULL, 10);
    else if (strcmp(text, "device") == 0)
        w->device = value;
    else if (w->n_settings < SETTINGS - 8)
        w->settings[w->n_settings++] = (stint_setting){text, value};
}

int main(int argc, char **argv)
{
    work w = {.threads = cpu_count()};
    const char *given[2] = {NULL};
    ctx *c = stint_open(NULL);
    for (int n = 0; argc > 1 && argv[1][0] != '-'; argc--, argv++) {
        if (strchr(argv[1], '='))
            take_setting(&w, argv[1]);
        else if (n < 2)
            given[n++] = argv[1];
        argv[1] = argv[0];
    }
    stint_status s = c ? prepare(c, &w, given[0]) : STINT_ENOMEM;
    bench_case one = {.name = "kmeans", .run = fit, .self = &w, .items = 1, .item = "fit"};
    int code = s == STINT_OK ? bench_main(argc, argv, &one, 1) : stint_status_exit(s);
    if (code == 0 && given[1])
        code = stint_status_exit(write_result(c, &w, given[1]));
    if (c && code)
        fprintf(stderr, "%s\n", stint_message(c));
    return code; /* the arrays live as long as the program */
}
