/* A saved clustering comes back to the bit and is applied as before; a file that is none, is cut
 * off anywhere, or says what its arrays do not hold is refused in words; nothing is left behind. */
#include "unit/cluster/blobs.h"

#include "cluster/saved.h"

#include "base/fault.h"

static stint_clustering *fitted(fixture *t, const blobs *b, const char *method, const char *metric)
{
    stint_cluster_request r = blobs_request(b, method);
    stint_setting settings[2] = {r.settings[0], {"metric", metric}};
    stint_clustering *m;
    r.settings = settings;
    r.n_settings = metric ? 2 : 1;
    assert_int_equal(stint_cluster_fit(t->ctx, &r, &m), STINT_OK);
    return m;
}

static bool is_mapped(const char *name)
{
    char line[512];
    bool found = false;
    FILE *f = fopen("/proc/self/maps", "r");
    while (f && fgets(line, sizeof line, f))
        found |= strstr(line, name) != NULL;
    if (f)
        fclose(f);
    return found;
}

static void every_method_comes_back(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(60, 3, 3);
    for (const cluster_class *const *k = cluster_table; *k; k++) {
        stint_clustering *m = fitted(t, &b, (*k)->name, NULL), *back;
        const char *path = fixture_path(t, "m.safetensors");
        assert_int_equal(stint_cluster_save(t->ctx, m, path), STINT_OK);
        assert_int_equal(stint_cluster_load(t->ctx, path, &back), STINT_OK);
        same_clustering(m, back);
        assert_false(is_mapped("m.safetensors"));
        assert_int_equal(stint_cluster_about(m).peak_bytes, stint_cluster_about(back).peak_bytes);
        assert_ptr_equal(m->backend, back->backend);
        stint_clustering_free(m);
        stint_clustering_free(back);
    }
    blobs_drop(&b);
}

static void one_row_comes_back(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(1, 1, 1);
    for (const cluster_class *const *k = cluster_table; *k; k++) {
        if (strcmp((*k)->name, "spectral") == 0)
            continue;
        stint_clustering *m = fitted(t, &b, (*k)->name, NULL), *back;
        const char *path = fixture_path(t, "m.safetensors");
        assert_int_equal(stint_cluster_save(t->ctx, m, path), STINT_OK);
        assert_int_equal(stint_cluster_load(t->ctx, path, &back), STINT_OK);
        same_clustering(m, back);
        stint_clustering_free(m);
        stint_clustering_free(back);
    }
    blobs_drop(&b);
}

static void what_was_saved_predicts_and_transforms(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(60, 3, 3), other = blobs_make(90, 3, 4);
    static const char *const metrics[] = {"euclidean", "cosine"};
    for (int i = 0; i < 2; i++) {
        stint_clustering *m = fitted(t, &b, "kmeans", metrics[i]), *back;
        const char *path = fixture_path(t, "m.safetensors");
        stint_points p = {.f64 = other.x, .n = 90, .d = 3};
        int32_t labels[90], again[90];
        double apart[90 * 3], apart_again[90 * 3];
        assert_int_equal(stint_cluster_save(t->ctx, m, path), STINT_OK);
        assert_int_equal(stint_cluster_load(t->ctx, path, &back), STINT_OK);
        assert_int_equal(stint_cluster_predict(t->ctx, m, &p, labels), STINT_OK);
        assert_int_equal(stint_cluster_predict(t->ctx, back, &p, again), STINT_OK);
        assert_memory_equal(labels, again, sizeof labels);
        assert_int_equal(stint_cluster_transform(t->ctx, m, &p, apart), STINT_OK);
        assert_int_equal(stint_cluster_transform(t->ctx, back, &p, apart_again), STINT_OK);
        assert_memory_equal(apart, apart_again, sizeof apart);
        stint_clustering_free(m);
        stint_clustering_free(back);
    }
    blobs_drop(&b);
    blobs_drop(&other);
}

/* --- files that are refused -------------------------------------------------------------- */

static void refused(fixture *t, const char *path, stint_status status, const char *message)
{
    stint_clustering *m = NULL;
    int64_t before = budget_live(ctx_budget(t->ctx));
    stint_status s = stint_cluster_load(t->ctx, path, &m);
    if (s != status)
        fail_msg("status %d, not %d: \"%s\"", (int)s, (int)status, stint_message(t->ctx));
    assert_null(m);
    assert_message(t, message);
    assert_int_equal(budget_live(ctx_budget(t->ctx)), before);
}

static void files_that_are_none_are_refused(void **state)
{
    fixture *t = *state;
    const char *path = fixture_path(t, "m.safetensors");
    stint_clustering *m = NULL;
    static const double x[2] = {1, 2};
    refused(t, path, STINT_EIO, "m.safetensors");
    assert_int_equal(file_write_atomic(t->ctx, path, "row,label\n1,2\n3,4\n", 18), STINT_OK);
    refused(t, path, STINT_EDATA, "not a safetensors file");
    assert_int_equal(file_write_atomic(t->ctx, path, "", 0), STINT_OK);
    refused(t, path, STINT_EDATA, "not a safetensors file");
    safetensor other = {.name = "centers", .dtype = STINT_F64, .axes = 1, .shape = {2}, .at = x};
    assert_int_equal(safetensors_write(t->ctx, path, &other, 1), STINT_OK);
    refused(t, path, STINT_EDATA, "\"stint_clustering\" is missing");
    other.name = SAVED_FACTS;
    assert_int_equal(safetensors_write(t->ctx, path, &other, 1), STINT_OK);
    refused(t, path, STINT_EDATA, "is no text");
    assert_int_equal(stint_cluster_load(t->ctx, NULL, &m), STINT_EUSAGE);
    assert_message(t, "there is no path");
    assert_int_equal(stint_cluster_save(t->ctx, NULL, path), STINT_EUSAGE);
    assert_message(t, "there is no clustering");
}

static void a_file_cut_off_anywhere_is_refused(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(12, 2, 2);
    stint_clustering *m = fitted(t, &b, "kmeans", NULL);
    const char *path = fixture_path(t, "m.safetensors");
    str whole;
    str_init(&whole, t->ctx, TAG_BASE);
    assert_int_equal(stint_cluster_save(t->ctx, m, path), STINT_OK);
    assert_int_equal(file_read(t->ctx, path, &whole), STINT_OK);
    for (size_t n = 0; n < whole.len; n += 1 + n / 40) {
        assert_int_equal(file_write_atomic(t->ctx, path, whole.at, n), STINT_OK);
        refused(t, path, STINT_EDATA, "m.safetensors");
    }
    str_deinit(&whole);
    stint_clustering_free(m);
    blobs_drop(&b);
}

/* Any byte may be another: refused, or a clustering whose labels are in range. */
static void a_damaged_file_does_no_harm(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(12, 2, 2);
    for (const cluster_class *const *k = cluster_table; *k; k++) {
        stint_clustering *m = fitted(t, &b, (*k)->name, NULL), *back;
        const char *path = fixture_path(t, "m.safetensors");
        str whole;
        str_init(&whole, t->ctx, TAG_BASE);
        assert_int_equal(stint_cluster_save(t->ctx, m, path), STINT_OK);
        assert_int_equal(file_read(t->ctx, path, &whole), STINT_OK);
        for (size_t at = 0; at < whole.len; at += 3) {
            char was = whole.at[at];
            whole.at[at] = (char)(was ^ (at % 2 ? 0x15 : 0x80));
            FILE *f = fopen(path, "wb");
            assert_true(f && fwrite(whole.at, 1, whole.len, f) == whole.len && fclose(f) == 0);
            whole.at[at] = was;
            if (stint_cluster_load(t->ctx, path, &back) == STINT_OK)
                for (int64_t i = 0; i < stint_cluster_about(back).n; i++)
                    assert_in_range(stint_cluster_labels(back)[i], 0,
                                    stint_cluster_about(back).n_clusters - 1);
            stint_clustering_free(back);
            stint_clear(t->ctx);
        }
        str_deinit(&whole);
        stint_clustering_free(m);
    }
    blobs_drop(&b);
}

/* --- contents that are refused ----------------------------------------------------------- */

typedef struct forgery {
    const char *from, *to; /* in the facts */
    const char *message;
} forgery;

static const forgery forgeries[] = {
    {"\"version\":1", "\"version\":2", "of version 2, where this library reads version 1"},
    {"\"version\":1", "\"version\":\"1\"", "\"version\" is missing or wrong"},
    {"\"method\":\"kmeans\"", "\"method\":\"qmeans\"", "by \"qmeans\", which is not known"},
    {"\"method\":\"kmeans\"", "\"method\":7", "\"method\" is missing"},
    {"\"why\":", "\"how\":", "\"why\" is missing"},
    {"\"rows\":12", "\"rows\":13", "\"labels\" is not of the shape"},
    {"\"rows\":12", "\"rows\":-12", "\"rows\" is missing or wrong"},
    {"\"columns\":2", "\"columns\":3", "\"centers\" is not of the shape"},
    {"\"n_clusters\":2", "\"n_clusters\":12", "\"sizes\" is not of the shape"},
    {"\"n_clusters\":2", "\"n_clusters\":13", "\"n_clusters\" is missing or wrong"},
    {"\"merges\":-1", "\"merges\":5", "dendrogram is of other rows"},
    {"\"merges\":-1", "\"merges\":11", "dendrogram is missing"},
    {"\"labels\"", "\"labelz\"", "has no labels"},
    {"\"sizes\"", "\"bytes\"", "has no labels"},
    {"\"centers\"", "\"centres\"", "has no centres"},
    {"\"centers\"", "\"children\"", "\"children\" is missing"},
    {"{", "[", "m.safetensors"},
};

/* Its tensors with these facts. */
static void forge(fixture *t, const stint_clustering *m, const char *path, const char *facts)
{
    safetensor all[SAVED_ARRAYS], kept[SAVED_ARRAYS + 1];
    int n = 1;
    saved_shapes(m, 0, all);
    for (int i = 0; i < SAVED_ARRAYS; i++)
        if ((all[i].at = saved_at(m, i)))
            kept[n++] = all[i];
    kept[0] = (safetensor){.name = SAVED_FACTS,
                           .dtype = STINT_U8,
                           .axes = 1,
                           .shape = {(int64_t)strlen(facts)},
                           .at = facts};
    assert_int_equal(safetensors_write(t->ctx, path, kept, n), STINT_OK);
}

static void facts_of(fixture *t, const char *path, char *out, size_t size)
{
    safetensor facts = {.name = SAVED_FACTS};
    void *block;
    assert_int_equal(safetensors_read(t->ctx, path, &facts, 1, &block), STINT_OK);
    snprintf(out, size, "%.*s", (int)facts.shape[0], (const char *)facts.at);
    mem_free(block);
}

static void facts_that_do_not_agree_are_refused(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(12, 2, 2);
    stint_clustering *m = fitted(t, &b, "kmeans", NULL), *back;
    const char *path = fixture_path(t, "m.safetensors");
    char facts[2048], forged[4096];
    assert_int_equal(stint_cluster_save(t->ctx, m, path), STINT_OK);
    facts_of(t, path, facts, sizeof facts);
    forge(t, m, path, facts);
    assert_int_equal(stint_cluster_load(t->ctx, path, &back), STINT_OK);
    stint_clustering_free(back);
    for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        const char *at = strstr(facts, forgeries[i].from);
        if (!at)
            fail_msg("%s is not in %s", forgeries[i].from, facts);
        snprintf(forged, sizeof forged, "%.*s%s%s", (int)(at - facts), facts, forgeries[i].to,
                 at + strlen(forgeries[i].from));
        forge(t, m, path, forged);
        refused(t, path, STINT_EDATA, forgeries[i].message);
    }
    stint_clustering_free(m);
    blobs_drop(&b);
}

static void values_out_of_range_are_refused(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(12, 2, 2);
    stint_clustering *m = fitted(t, &b, "kmeans", NULL);
    const char *path = fixture_path(t, "m.safetensors");
    int32_t label = m->labels[3];
    m->labels[3] = 2;
    assert_int_equal(stint_cluster_save(t->ctx, m, path), STINT_OK);
    refused(t, path, STINT_EDATA, "a label is of no cluster");
    m->labels[3] = label;
    m->sizes[0]++;
    assert_int_equal(stint_cluster_save(t->ctx, m, path), STINT_OK);
    refused(t, path, STINT_EDATA, "have not as many rows");
    m->sizes[0] = -1;
    assert_int_equal(stint_cluster_save(t->ctx, m, path), STINT_OK);
    refused(t, path, STINT_EDATA, "more rows than there are");
    m->sizes[0] = 12 - m->sizes[1];
    m->centers[1] = NAN;
    assert_int_equal(stint_cluster_save(t->ctx, m, path), STINT_OK);
    refused(t, path, STINT_EDATA, "a centre is not finite");
    stint_clustering_free(m);
    if (cluster_find("agglomerative")) {
        m = fitted(t, &b, "agglomerative", NULL);
        m->children[4][1] = 12 + 4;
        assert_int_equal(stint_cluster_save(t->ctx, m, path), STINT_OK);
        refused(t, path, STINT_EDATA, "no two nodes before it");
        m->children[4][1] = m->children[4][0] + 1;
        m->merged[2] = 13;
        assert_int_equal(stint_cluster_save(t->ctx, m, path), STINT_OK);
        refused(t, path, STINT_EDATA, "a merge has more rows");
        stint_clustering_free(m);
    }
    blobs_drop(&b);
}

static void a_file_appears_whole_or_not_at_all(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(12, 2, 2);
    stint_clustering *m = fitted(t, &b, "kmeans", NULL);
    char missing[256];
    snprintf(missing, sizeof missing, "%s/no/such/m.safetensors", t->dir);
    assert_int_equal(stint_cluster_save(t->ctx, m, missing), STINT_EIO);
    assert_message(t, "no/such");
    for (int n = 1, failed = 1; failed; n++) {
        char spec[32];
        stint_clustering *back = NULL;
        const char *path = fixture_path(t, "m.safetensors");
        int64_t before = budget_live(ctx_budget(t->ctx));
        unlink(path);
        snprintf(spec, sizeof spec, "*:alloc:%d", n);
        fault_arm(spec);
        stint_status s = stint_cluster_save(t->ctx, m, path);
        assert_int_equal(file_exists(path), s == STINT_OK);
        if (s == STINT_OK)
            s = stint_cluster_load(t->ctx, path, &back);
        fault_arm(NULL);
        failed = s != STINT_OK;
        if (failed && (s != STINT_ENOMEM || !strstr(stint_message(t->ctx), "memory")))
            fail_msg("allocation %d: status %d: \"%s\"", n, (int)s, stint_message(t->ctx));
        if (!failed)
            same_clustering(m, back);
        stint_clustering_free(back);
        assert_int_equal(budget_live(ctx_budget(t->ctx)), before);
        stint_clear(t->ctx);
    }
    stint_clustering_free(m);
    blobs_drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(every_method_comes_back),
        FIXTURE_TEST(one_row_comes_back),
        FIXTURE_TEST(what_was_saved_predicts_and_transforms),
        FIXTURE_TEST(files_that_are_none_are_refused),
        FIXTURE_TEST(a_file_cut_off_anywhere_is_refused),
        FIXTURE_TEST(a_damaged_file_does_no_harm),
        FIXTURE_TEST(facts_that_do_not_agree_are_refused),
        FIXTURE_TEST(values_out_of_range_are_refused),
        FIXTURE_TEST(a_file_appears_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
