/* Every function of stint/cluster.h that works on arrays: what it gives, what it refuses with which
 * words, and that nothing is left behind whatever fails. */
#include "unit/cluster/blobs.h"

#include "base/fault.h"
#include "base/json.h"

/* --- what is given back ------------------------------------------------------------------ */

static void every_method_finds_the_blobs(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(60, 3, 3);
    for (const cluster_class *const *k = cluster_table; *k; k++) {
        stint_cluster_request r = blobs_request(&b, (*k)->name);
        stint_clustering *m = NULL, *narrow = NULL;
        double rand;
        assert_int_equal(stint_cluster_fit(t->ctx, &r, &m), STINT_OK);
        stint_cluster_facts f = stint_cluster_about(m);
        assert_string_equal(f.method, (*k)->name);
        assert_true(f.n == 60 && f.d == 3 && f.n_clusters == 3 && f.peak_bytes > 0);
        assert_true(strlen(f.variant) > 0 && strlen(f.device) > 0 && strlen(f.why) > 0);
        for (int i = 0; i < 3; i++)
            assert_int_equal(stint_cluster_sizes(m)[i], 20);
        assert_int_equal(stint_adjusted_rand(t->ctx, stint_cluster_labels(m), b.truth, b.n, &rand),
                         STINT_OK);
        assert_true(rand == 1);
        assert_int_equal(!stint_cluster_centers(m), strcmp(f.method, "kmeans") != 0);
        assert_int_equal(isnan(f.inertia), strcmp(f.method, "kmeans") != 0);
        assert_int_equal(!stint_cluster_dendrogram(m), strcmp(f.method, "agglomerative") != 0);
        r.points = (stint_points){.f32 = b.f32, .n = b.n, .d = b.d};
        assert_int_equal(stint_cluster_fit(t->ctx, &r, &narrow), STINT_OK);
        assert_memory_equal(stint_cluster_labels(m), stint_cluster_labels(narrow), 60 * 4);
        stint_clustering_free(m);
        stint_clustering_free(narrow);
    }
    blobs_drop(&b);
}

static void rows_may_lie_apart(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(50, 6, 2);
    stint_cluster_request r = blobs_request(&b, "kmeans");
    stint_clustering *m, *dense;
    double x[50 * 4];
    r.points = (stint_points){.f64 = b.x, .n = 50, .d = 4, .row_stride = 6};
    assert_int_equal(stint_cluster_fit(t->ctx, &r, &m), STINT_OK);
    for (int i = 0; i < 50; i++)
        memcpy(x + i * 4, b.x + i * 6, 4 * sizeof *x);
    r.points = (stint_points){.f64 = x, .n = 50, .d = 4};
    assert_int_equal(stint_cluster_fit(t->ctx, &r, &dense), STINT_OK);
    assert_memory_equal(stint_cluster_centers(m), stint_cluster_centers(dense), 2 * 4 * 8);
    stint_clustering_free(m);
    stint_clustering_free(dense);
    blobs_drop(&b);
}

static void nothing_has_nothing(void **state)
{
    (void)state;
    int64_t n = 7;
    stint_cluster_facts f = stint_cluster_about(NULL);
    assert_true(f.n == 0 && isnan(f.inertia));
    assert_string_equal(f.method, "");
    assert_string_equal(f.notes, "");
    assert_null(stint_cluster_labels(NULL));
    assert_null(stint_cluster_sizes(NULL));
    assert_null(stint_cluster_centers(NULL));
    assert_null(stint_cluster_embedding(NULL, &n));
    assert_int_equal(n, 0);
    assert_null(stint_cluster_eigenvalues(NULL, NULL));
    assert_null(stint_cluster_dendrogram(NULL));
    stint_clustering_free(NULL);
}

static void weights_and_centres_count(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(40, 2, 2);
    double weights[40], centers[4] = {20, 0, 0, 40};
    for (int i = 0; i < 40; i++)
        weights[i] = i == 0 || i == 1;
    stint_cluster_request r = blobs_request(&b, "kmeans");
    r.weights = weights;
    r.centers = centers;
    stint_clustering *m;
    assert_int_equal(stint_cluster_fit(t->ctx, &r, &m), STINT_OK);
    assert_true(stint_cluster_about(m).inertia == 0);
    assert_memory_equal(stint_cluster_centers(m), b.x, 4 * sizeof(double));
    stint_clustering_free(m);
    blobs_drop(&b);
}

/* --- plan -------------------------------------------------------------------------------- */

static void a_plan_bounds_the_fit(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(60, 3, 3);
    for (const cluster_class *const *k = cluster_table; *k; k++) {
        stint_cluster_request r = blobs_request(&b, (*k)->name);
        stint_text plan, json;
        stint_clustering *m;
        assert_int_equal(stint_cluster_plan(t->ctx, &r, false, &plan), STINT_OK);
        assert_non_null(strstr(plan.at, (*k)->name));
        assert_non_null(strstr(plan.at, "60 rows of 3 columns"));
        assert_non_null(strstr(plan.at, "memory  at most "));
        assert_non_null(strstr(plan.at, "\nwhy     "));
        assert_int_equal(stint_cluster_plan(t->ctx, &r, true, &json), STINT_OK);
        json_t *read = json_parse(t->ctx, "plan", json.at, json.len);
        assert_non_null(read);
        assert_true(json_is_true(json_object_get(read, "fits")));
        int64_t bytes = json_integer_value(json_object_get(read, "bytes"));
        assert_int_equal(stint_cluster_fit(t->ctx, &r, &m), STINT_OK);
        assert_true(stint_cluster_about(m).peak_bytes <= bytes);
        assert_string_equal(stint_cluster_about(m).variant,
                            json_string_value(json_object_get(read, "variant")));
        json_decref(read);
        stint_clustering_free(m);
        stint_text_free(&plan);
        stint_text_free(&json);
    }
    blobs_drop(&b);
}

static void what_does_not_fit_is_refused_with_what_would(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(60, 3, 3);
    for (const cluster_class *const *k = cluster_table; *k; k++) {
        stint_cluster_request r = blobs_request(&b, (*k)->name);
        stint_text plan, json;
        stint_clustering *m;
        r.memory_bytes = 100;
        assert_int_equal(stint_cluster_fit(t->ctx, &r, &m), STINT_EPLAN);
        assert_null(m);
        assert_message(t, "needs at least");
        assert_int_equal(stint_cluster_plan(t->ctx, &r, false, &plan), STINT_OK);
        assert_non_null(strstr(plan.at, "refused"));
        assert_int_equal(stint_cluster_plan(t->ctx, &r, true, &json), STINT_OK);
        json_t *read = json_parse(t->ctx, "plan", json.at, json.len);
        assert_true(json_is_false(json_object_get(read, "fits")));
        r.memory_bytes = json_integer_value(json_object_get(read, "least_bytes"));
        assert_int_equal(stint_cluster_fit(t->ctx, &r, &m), STINT_OK);
        stint_clustering_free(m);
        json_decref(read);
        stint_text_free(&plan);
        stint_text_free(&json);
    }
    blobs_drop(&b);
}

/* --- requests that cannot be ------------------------------------------------------------- */

static double nan_at[6] = {1, 2, 3, 4, 5, NAN}, inf_at[6] = {1, 2, -INFINITY, 4, 5, 6};
static double three[6] = {1, 2, 3, 4, 5, 6}, bad_weights[3] = {1, -1, 1};
static double no_weights[3] = {0, 0, 0}, bad_center[4] = {0, 0, NAN, 0};
static float nan_f32[6] = {1, 2, 3, NAN, 5, 6};
static const int64_t row[4] = {0, 1, 2, 3}, late_row[4] = {1, 1, 2, 3}, down_row[4] = {0, 2, 1, 3};
static const int32_t column[3] = {1, 0, 2}, wild_column[3] = {1, 0, 3}, less_column[3] = {1, -1, 2};
static const double value[3] = {1, 1, 1};
static const stint_setting two = {"n_clusters", "2"}, none = {"n_cluster", "2"},
                           four = {"n_clusters", "4"}, text = {"n_clusters", "many"},
                           zero = {"n_clusters", "0"}, nameless = {NULL, "2"};

#define POINTS(at) .points = {.f64 = at, .n = 3, .d = 2}
#define WITH(s)    .settings = &s, .n_settings = 1

typedef struct refusal {
    stint_cluster_request request;
    stint_status status;
    const char *message;
} refusal;

static const refusal refusals[] = {
    {{.method = NULL, POINTS(three)}, STINT_EUSAGE, "names no method"},
    {{.method = "kmean", POINTS(three)}, STINT_EUSAGE, "did you mean \"kmeans\"?"},
    {{.method = "dbscan", POINTS(three)}, STINT_EUSAGE, "known are kmeans"},
    {{.method = "kmeans", POINTS(three), WITH(none)}, STINT_EUSAGE, "n_clusters"},
    {{.method = "kmeans", POINTS(three), WITH(text)}, STINT_EUSAGE, "many"},
    {{.method = "kmeans", POINTS(three), WITH(zero)}, STINT_EUSAGE, "n_clusters"},
    {{.method = "kmeans", POINTS(three), WITH(nameless)}, STINT_EUSAGE, "has no key"},
    {{.method = "kmeans", POINTS(three), .n_settings = 2}, STINT_EUSAGE, "there are no settings"},
    {{.method = "kmeans", POINTS(three), .n_settings = -1}, STINT_EUSAGE, "n_settings is -1"},
    {{.method = "kmeans", POINTS(three), WITH(two), .device = "thread"},
     STINT_EUSAGE,
     "did you mean \"threads\"?"},
    {{.method = "kmeans", POINTS(three), WITH(two), .device = "cuda"},
     STINT_EUSAGE,
     "\"cuda\" is not there"},
    {{.method = "kmeans", POINTS(three), WITH(two), .memory_bytes = -1},
     STINT_EUSAGE,
     "memory_bytes is -1"},
    {{.method = "kmeans", POINTS(three), WITH(four)}, STINT_EDATA, "only 3 rows"},
    {{.method = "kmeans", POINTS(nan_at), WITH(two)}, STINT_EDATA, "row 2: column 1 is not a numb"},
    {{.method = "kmeans", POINTS(inf_at), WITH(two)}, STINT_EDATA, "row 1: column 0 is infinite"},
    {{.method = "kmeans", .points = {.f32 = nan_f32, .n = 3, .d = 2}, WITH(two)},
     STINT_EDATA,
     "row 1: column 1 is not a number"},
    {{.method = "kmeans", POINTS(three), WITH(two), .weights = bad_weights},
     STINT_EDATA,
     "weight of row 1 is -1"},
    {{.method = "kmeans", POINTS(three), WITH(two), .weights = no_weights},
     STINT_EDATA,
     "weights sum to 0"},
    {{.method = "kmeans", POINTS(three), WITH(two), .centers = bad_center},
     STINT_EDATA,
     "column 0 of centre 1"},
    {{.method = "kmeans", WITH(two)}, STINT_EUSAGE, "there are no points"},
    {{.method = "kmeans", .points = {.n = 3, .d = 2}}, STINT_EUSAGE, "there are no points"},
    {{.method = "kmeans", .points = {.f64 = three, .f32 = nan_f32, .n = 3, .d = 2}},
     STINT_EUSAGE,
     "both points.f64 and points.f32"},
    {{.method = "kmeans", .points = {.f64 = three, .n = 0, .d = 2}}, STINT_EDATA, "no rows"},
    {{.method = "kmeans", .points = {.f64 = three, .n = -3, .d = 2}}, STINT_EUSAGE, "-3 rows"},
    {{.method = "kmeans", .points = {.f64 = three, .n = 3, .d = 0}}, STINT_EUSAGE, "0 columns"},
    {{.method = "kmeans", .points = {.f64 = three, .n = 3, .d = 2, .row_stride = 1}},
     STINT_EUSAGE,
     "row_stride of 1"},
    {{.method = "kmeans", .points = {.f64 = three, .n = 3, .d = 2, .row_stride = -2}},
     STINT_EUSAGE,
     "row_stride of -2"},
    {{.method = "kmeans", .points = {.f64 = three, .n = INT64_MAX / 4, .d = 2}},
     STINT_EUSAGE,
     "too many"},
    {{.method = "kmeans", .pairs = {.n = 3, .dense = three}}, STINT_EUSAGE, "takes points"},
    {{.method = "kmeans", POINTS(three), .pairs = {.n = 3, .dense = three}},
     STINT_EUSAGE,
     "both points and pairs"},
    {{.method = "kmeans", .pairs = {.n = -1, .dense = three}}, STINT_EUSAGE, "pairs of -1 rows"},
    {{.method = "kmeans", .pairs = {.n = 3}}, STINT_EUSAGE, "either dense or"},
    {{.method = "kmeans",
      .pairs = {.n = 3, .dense = three, .row = row, .column = column, .value = value}},
     STINT_EUSAGE,
     "either dense or"},
    {{.method = "kmeans", .pairs = {.n = 3, .row = row, .value = value}},
     STINT_EUSAGE,
     "needs pairs.column"},
    {{.method = "kmeans", .pairs = {.n = 3, .row = late_row, .column = column, .value = value}},
     STINT_EDATA,
     "begins with 1"},
    {{.method = "kmeans", .pairs = {.n = 3, .row = down_row, .column = column, .value = value}},
     STINT_EDATA,
     "row 1 of the pairs has -1 entries"},
    {{.method = "kmeans", .pairs = {.n = 3, .row = row, .column = wild_column, .value = value}},
     STINT_EDATA,
     "column 3 is out of range"},
    {{.method = "kmeans", .pairs = {.n = 3, .row = row, .column = less_column, .value = value}},
     STINT_EDATA,
     "column -1 is out of range"},
};

static void bad_requests_are_refused_in_words(void **state)
{
    fixture *t = *state;
    int64_t before = budget_live(ctx_budget(t->ctx));
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        stint_clustering *m = NULL;
        stint_status s = stint_cluster_fit(t->ctx, &refusals[i].request, &m);
        if (s != refusals[i].status)
            fail_msg("case %zu: status %d, not %d: %s", i, (int)s, (int)refusals[i].status,
                     stint_message(t->ctx));
        assert_null(m);
        assert_message(t, refusals[i].message);
        assert_int_equal(budget_live(ctx_budget(t->ctx)), before);
    }
    stint_clustering *m;
    stint_text plan;
    assert_int_equal(stint_cluster_fit(t->ctx, NULL, &m), STINT_EUSAGE);
    assert_message(t, "there is no request");
    assert_int_equal(stint_cluster_plan(t->ctx, &refusals[1].request, true, &plan), STINT_EUSAGE);
    assert_message(t, "did you mean");
}

static void an_interrupt_ends_a_fit(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(60, 3, 3);
    stint_clustering *m;
    stint_cluster_request r = blobs_request(&b, "kmeans");
    stint_interrupt(t->ctx);
    assert_int_equal(stint_cluster_fit(t->ctx, &r, &m), STINT_EINTERRUPT);
    assert_message(t, "interrupted at");
    assert_int_equal(stint_cluster_fit(t->ctx, &r, &m), STINT_OK);
    stint_clustering_free(m);
    blobs_drop(&b);
}

/* --- other points ------------------------------------------------------------------------ */

static void a_fit_predicts_its_own_labels(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(90, 4, 3);
    stint_cluster_request r = blobs_request(&b, "kmeans");
    stint_clustering *m;
    int32_t labels[90], narrow[90];
    double apart[90 * 3];
    stint_points f32 = {.f32 = b.f32, .n = 90, .d = 4};
    assert_int_equal(stint_cluster_fit(t->ctx, &r, &m), STINT_OK);
    assert_int_equal(stint_cluster_predict(t->ctx, m, &r.points, labels), STINT_OK);
    assert_memory_equal(labels, stint_cluster_labels(m), sizeof labels);
    assert_int_equal(stint_cluster_predict(t->ctx, m, &f32, narrow), STINT_OK);
    assert_memory_equal(labels, narrow, sizeof labels);
    assert_int_equal(stint_cluster_transform(t->ctx, m, &r.points, apart), STINT_OK);
    double inertia = 0;
    for (int i = 0; i < 90; i++)
        for (int k = 0; k < 3; k++) {
            double sum = 0;
            for (int j = 0; j < 4; j++)
                sum += pow(b.x[i * 4 + j] - stint_cluster_centers(m)[k * 4 + j], 2);
            assert_near(apart[i * 3 + k], sqrt(sum), 1e-12);
            assert_true(apart[i * 3 + k] >= apart[i * 3 + labels[i]]);
            inertia += k == labels[i] ? sum : 0;
        }
    assert_near(stint_cluster_about(m).inertia, inertia, 1e-12);
    stint_points no_rows = {.f64 = b.x, .n = 0, .d = 4};
    assert_int_equal(stint_cluster_predict(t->ctx, m, &no_rows, labels), STINT_OK);
    stint_clustering_free(m);
    blobs_drop(&b);
}

static void points_that_do_not_suit_are_refused(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(90, 4, 3);
    stint_cluster_request r = blobs_request(&b, "kmeans");
    stint_clustering *m;
    int32_t labels[90];
    double apart[90 * 3];
    stint_points narrow = {.f64 = b.x, .n = 90, .d = 3}, none_there = {.n = 90, .d = 4};
    assert_int_equal(stint_cluster_fit(t->ctx, &r, &m), STINT_OK);
    assert_int_equal(stint_cluster_predict(t->ctx, NULL, &r.points, labels), STINT_EUSAGE);
    assert_message(t, "there is no clustering");
    assert_int_equal(stint_cluster_predict(t->ctx, m, &narrow, labels), STINT_EDATA);
    assert_message(t, "3 columns, the clustering's had 4");
    assert_int_equal(stint_cluster_transform(t->ctx, m, &none_there, apart), STINT_EUSAGE);
    assert_message(t, "there are no points");
    assert_int_equal(stint_cluster_transform(t->ctx, m, &r.points, NULL), STINT_EUSAGE);
    assert_message(t, "no place for the result");
    b.x[4 * 70 + 2] = NAN;
    assert_int_equal(stint_cluster_transform(t->ctx, m, &r.points, apart), STINT_EDATA);
    assert_message(t, "row 70: column 2");
    stint_clustering_free(m);
    for (const cluster_class *const *k = cluster_table; *k; k++)
        if (!(*k)->predicts) {
            r = blobs_request(&b, (*k)->name);
            b.x[4 * 70 + 2] = 0;
            assert_int_equal(stint_cluster_fit(t->ctx, &r, &m), STINT_OK);
            assert_int_equal(stint_cluster_predict(t->ctx, m, &r.points, labels), STINT_EUSAGE);
            assert_message(t, "has no centres");
            stint_clustering_free(m);
        }
    blobs_drop(&b);
}

/* --- measures ---------------------------------------------------------------------------- */

static void measures_take_points_of_either_kind(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(200, 3, 4);
    stint_points f64 = {.f64 = b.x, .n = 200, .d = 3}, f32 = {.f32 = b.f32, .n = 200, .d = 3};
    double a, c, each[200];
    assert_int_equal(stint_silhouette(t->ctx, &f64, b.truth, 0, 0, each, &a), STINT_OK);
    assert_int_equal(stint_silhouette(t->ctx, &f32, b.truth, 0, 0, NULL, &c), STINT_OK);
    assert_true(a == c && a > 0.8 && a < 1 && each[7] > 0.5);
    assert_int_equal(stint_silhouette(t->ctx, &f32, b.truth, 50, 1, NULL, &c), STINT_OK);
    assert_true(a != c && fabs(a - c) < 0.1);
    assert_int_equal(stint_davies_bouldin(t->ctx, &f64, b.truth, &a), STINT_OK);
    assert_int_equal(stint_davies_bouldin(t->ctx, &f32, b.truth, &c), STINT_OK);
    assert_true(a == c && a > 0 && a < 0.5);
    assert_int_equal(stint_calinski_harabasz(t->ctx, &f64, b.truth, &a), STINT_OK);
    assert_int_equal(stint_calinski_harabasz(t->ctx, &f32, b.truth, &c), STINT_OK);
    assert_true(a == c && a > 1000);
    assert_int_equal(stint_normalised_mutual_information(t->ctx, b.truth, b.truth + 4, 190, &a),
                     STINT_OK);
    assert_near(a, 1, 1e-12);
    assert_int_equal(stint_adjusted_rand(t->ctx, NULL, NULL, 0, &a), STINT_OK);
    assert_true(a == 1);
    blobs_drop(&b);
}

static void measures_refuse_what_cannot_be_measured(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(20, 3, 4);
    stint_points p = {.f64 = b.x, .n = 20, .d = 3}, few = {.f64 = b.x, .n = 2, .d = 3};
    int32_t alike[20] = {0};
    double got;
    assert_int_equal(stint_silhouette(t->ctx, &p, b.truth, -1, 0, NULL, &got), STINT_EUSAGE);
    assert_message(t, "a sample of -1 rows");
    assert_int_equal(stint_silhouette(t->ctx, &p, NULL, 0, 0, NULL, &got), STINT_EUSAGE);
    assert_message(t, "there are no labels");
    assert_int_equal(stint_silhouette(t->ctx, NULL, b.truth, 0, 0, NULL, &got), STINT_EUSAGE);
    assert_message(t, "there are no points");
    assert_int_equal(stint_davies_bouldin(t->ctx, &few, b.truth, &got), STINT_EDATA);
    assert_message(t, "2 rows are too few");
    assert_int_equal(stint_calinski_harabasz(t->ctx, &p, alike, &got), STINT_EDATA);
    assert_message(t, "1 different labels");
    b.x[5] = INFINITY;
    assert_int_equal(stint_calinski_harabasz(t->ctx, &p, b.truth, &got), STINT_EDATA);
    assert_message(t, "row 1: column 2 is infinite");
    assert_int_equal(stint_adjusted_rand(t->ctx, b.truth, NULL, 20, &got), STINT_EUSAGE);
    assert_message(t, "two labellings");
    assert_int_equal(stint_normalised_mutual_information(t->ctx, b.truth, b.truth, -1, &got),
                     STINT_EUSAGE);
    assert_message(t, "-1 rows");
    blobs_drop(&b);
}

/* --- any allocation may fail ------------------------------------------------------------- */

typedef stint_status call(ctx *c, const blobs *b, const char *method);

static stint_status fit_and_apply(ctx *c, const blobs *b, const char *method)
{
    stint_cluster_request r = blobs_request(b, method);
    stint_clustering *m = NULL;
    int32_t labels[60];
    double apart[60 * 3];
    r.points = (stint_points){.f32 = b->f32, .n = b->n, .d = b->d};
    stint_status s = stint_cluster_fit(c, &r, &m);
    if (s == STINT_OK && m->class->predicts)
        s = stint_cluster_predict(c, m, &r.points, labels);
    if (s == STINT_OK && m->class->predicts)
        s = stint_cluster_transform(c, m, &r.points, apart);
    stint_clustering_free(m);
    return s;
}

static stint_status plan_it(ctx *c, const blobs *b, const char *method)
{
    stint_cluster_request r = blobs_request(b, method);
    stint_text text_of_it, json;
    TRY(stint_cluster_plan(c, &r, false, &text_of_it));
    stint_text_free(&text_of_it);
    TRY(stint_cluster_plan(c, &r, true, &json));
    stint_text_free(&json);
    return STINT_OK;
}

static stint_status measure_it(ctx *c, const blobs *b, const char *method)
{
    stint_points p = {.f32 = b->f32, .n = b->n, .d = b->d};
    double got;
    (void)method;
    TRY(stint_silhouette(c, &p, b->truth, 30, 1, NULL, &got));
    TRY(stint_davies_bouldin(c, &p, b->truth, &got));
    TRY(stint_calinski_harabasz(c, &p, b->truth, &got));
    TRY(stint_adjusted_rand(c, b->truth, b->truth, b->n, &got));
    return stint_normalised_mutual_information(c, b->truth, b->truth, b->n, &got);
}

static void survives(fixture *t, call *of, const blobs *b, const char *method)
{
    int64_t before = budget_live(ctx_budget(t->ctx));
    stint_status s = STINT_ENOMEM;
    for (int n = 1; s != STINT_OK; n++) {
        char spec[32];
        snprintf(spec, sizeof spec, "*:alloc:%d", n);
        fault_arm(spec);
        s = of(t->ctx, b, method);
        fault_arm(NULL);
        if (s != STINT_OK && s != STINT_ENOMEM)
            fail_msg("%s, allocation %d: status %d: %s", method, n, (int)s, stint_message(t->ctx));
        if (s == STINT_ENOMEM && !strstr(stint_message(t->ctx), "memory"))
            fail_msg("%s, allocation %d: \"%s\"", method, n, stint_message(t->ctx));
        if (budget_live(ctx_budget(t->ctx)) != before)
            fail_msg("%s, allocation %d: %lld bytes left", method, n,
                     (long long)(budget_live(ctx_budget(t->ctx)) - before));
        stint_clear(t->ctx);
    }
    assert_string_equal(t->log, "");
}

static void any_allocation_may_fail(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(60, 3, 3);
    for (const cluster_class *const *k = cluster_table; *k; k++) {
        survives(t, fit_and_apply, &b, (*k)->name);
        survives(t, plan_it, &b, (*k)->name);
    }
    survives(t, measure_it, &b, "measures");
    blobs_drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(every_method_finds_the_blobs),
        FIXTURE_TEST(rows_may_lie_apart),
        cmocka_unit_test(nothing_has_nothing),
        FIXTURE_TEST(weights_and_centres_count),
        FIXTURE_TEST(a_plan_bounds_the_fit),
        FIXTURE_TEST(what_does_not_fit_is_refused_with_what_would),
        FIXTURE_TEST(bad_requests_are_refused_in_words),
        FIXTURE_TEST(an_interrupt_ends_a_fit),
        FIXTURE_TEST(a_fit_predicts_its_own_labels),
        FIXTURE_TEST(points_that_do_not_suit_are_refused),
        FIXTURE_TEST(measures_take_points_of_either_kind),
        FIXTURE_TEST(measures_refuse_what_cannot_be_measured),
        FIXTURE_TEST(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
