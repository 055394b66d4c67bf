/* k-means of a CSV file's numbers by a job, whose progress it shows:
 *     cluster examples/data/digits.csv 10
 * Without a file, of points made up around five centres. */
#include "stint/stint.h"
#include <stdio.h>
#include <threads.h>

enum { MOST = 1 << 20 };
static double x[MOST];

/* The rows of a file of numbers under one line of names; 0 = it is none. */
static int64_t read_rows(const char *path, int64_t *columns)
{
    FILE *f = fopen(path, "r");
    int64_t n = 0, rows = 0;
    char after = 0;
    if (!f || fscanf(f, "%*[^\n]") != 0)
        return 0;
    for (*columns = 0; n < MOST && fscanf(f, "%lf%c", &x[n], &after) == 2; n++)
        if (after == '\n' && ++rows == 1)
            *columns = n + 1;
    rows = feof(f) && rows * *columns == n ? rows : 0;
    fclose(f);
    return rows;
}

static int64_t make_rows(int64_t *columns)
{
    uint32_t state = 1;
    for (int64_t i = 0; i < 1000 * 2; i++) {
        for (int k = 0; k < 12; k++) /* nearly normal */
            x[i] += (state = 1664525 * state + 1013904223) / 4294967296.0 - 0.5;
        x[i] += 6.0 * (i % 2 ? i / 2 % 5 / 2 : i / 2 % 5);
    }
    *columns = 2;
    return 1000;
}

static stint_status show(stint_context *c, const stint_points *p, const stint_clustering *m)
{
    stint_cluster_facts f = stint_cluster_about(m);
    double silhouette = 0;
    printf("%s on %s: %lld rounds, inertia %.6g\nsizes", f.variant, f.device,
           (long long)f.iterations, f.inertia);
    for (int64_t k = 0; k < f.n_clusters; k++)
        printf(" %lld", (long long)stint_cluster_sizes(m)[k]);
    stint_status s = stint_silhouette(c, p, stint_cluster_labels(m), 0, 0, NULL, &silhouette);
    if (s == STINT_OK)
        printf("\nsilhouette %.4f\n%s", silhouette, f.notes);
    return s;
}

int main(int argc, char **argv)
{
    stint_points p = {.f64 = x};
    p.n = argc > 1 ? read_rows(argv[1], &p.d) : make_rows(&p.d);
    stint_setting settings[] = {{"n_clusters", argc > 2 ? argv[2] : "5"}};
    stint_cluster_request r = {
        .method = "kmeans", .settings = settings, .n_settings = 1, .points = p};
    stint_context *c = stint_open(NULL);
    stint_cluster_job *job;
    stint_clustering *m = NULL;
    stint_status s = p.n > 0 ? stint_cluster_start(c, &r, &job) : STINT_EDATA;
    if (s == STINT_OK) {
        for (const char *what; !stint_cluster_ended(job);) {
            double share = stint_cluster_progress(job, &what);
            fprintf(stderr, "\r%3.0f %% %s", 100 * share, what);
            thrd_sleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
        }
        fprintf(stderr, "\r\033[K");
        s = stint_cluster_wait(c, job, &m);
    }
    s = s == STINT_OK ? show(c, &p, m) : s;
    if (s != STINT_OK)
        fprintf(stderr, "%s\n", p.n > 0 ? stint_message(c) : "no rows of numbers");
    stint_clustering_free(m);
    stint_close(c);
    return s != STINT_OK;
}
