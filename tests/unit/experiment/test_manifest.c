/* A manifest verifies the directory it was written for, and no other state of it. */
#include "experiment/manifest.h"

#include "unit/fixture.h"

static void put(fixture *t, const char *name, const char *text)
{
    FILE *f = fopen(fixture_path(t, name), "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void make(fixture *t)
{
    assert_int_equal(dir_make(t->ctx, fixture_path(t, "plots/deep")), STINT_OK);
    put(t, "a.txt", "alpha");
    put(t, "empty", "");
    put(t, "plots/b.txt", "beta");
    put(t, "plots/deep/c.txt", "gamma");
    assert_int_equal(manifest_write(t->ctx, t->dir), STINT_OK);
}

static void assert_verdict(fixture *t, const char *why_not)
{
    bool whole;
    char why[256];
    assert_int_equal(manifest_verify(t->ctx, t->dir, &whole, why, sizeof why), STINT_OK);
    assert_int_equal(whole, why_not == NULL);
    if (why_not && !strstr(why, why_not))
        fail_msg("\"%s\" is not in \"%s\"", why_not, why);
}

static void whole(void **state)
{
    fixture *t = *state;
    assert_verdict(t, "no manifest");
    make(t);
    assert_verdict(t, NULL);
    /* sums that others check: printf alpha | sha256sum */
    str text;
    str_init(&text, t->ctx, TAG_BASE);
    assert_int_equal(file_read(t->ctx, fixture_path(t, "MANIFEST.json"), &text), STINT_OK);
    assert_non_null(
        strstr(text.at, "8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8"));
    assert_non_null(strstr(text.at, "\"plots/deep/c.txt\""));
    str_deinit(&text);
    assert_false(file_exists(fixture_path(t, "MANIFEST.json.tmp")));
}

static void changed(void **state)
{
    fixture *t = *state;
    make(t);
    put(t, "plots/deep/c.txt", "gamna"); /* the same size */
    assert_verdict(t, "plots/deep/c.txt has changed");
    put(t, "plots/deep/c.txt", "gamma");
    assert_verdict(t, NULL);
    put(t, "empty", "x");
    assert_verdict(t, "empty has changed");
}

static void missing_and_extra(void **state)
{
    fixture *t = *state;
    make(t);
    put(t, "plots/new", "");
    assert_verdict(t, "plots/new is not in the manifest");
    unlink(fixture_path(t, "plots/new"));
    assert_verdict(t, NULL);
    unlink(fixture_path(t, "plots/b.txt"));
    assert_verdict(t, "missing");
    put(t, "plots/b2.txt", "beta"); /* renamed: as many files as before */
    assert_verdict(t, "plots/b2.txt is not in the manifest");
}

static void a_damaged_manifest(void **state)
{
    fixture *t = *state;
    static const char *const texts[] = {
        "", "{", "[]", "null", "{}", "{\"files\": 3}", "\xff", "{\"files\": {\"a.txt\": 1}}"};
    make(t);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bool good = true;
        char why[256];
        put(t, "MANIFEST.json", texts[i]);
        assert_int_equal(manifest_verify(t->ctx, t->dir, &good, why, sizeof why), STINT_OK);
        assert_false(good);
        assert_true(why[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(whole),
        FIXTURE_TEST(changed),
        FIXTURE_TEST(missing_and_extra),
        FIXTURE_TEST(a_damaged_manifest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
