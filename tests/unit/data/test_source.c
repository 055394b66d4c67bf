/* Sources that are read in part: which columns come, what is said of those that cannot, and
 * which dataset it is. */
#include "data/source.h"

#include "unit/fixture.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* A context whose command is the built one. */
static int setup(void **state)
{
    fixture *t = NULL;
    if (fixture_setup(state) != 0)
        return -1;
    t = *state;
    stint_close(t->ctx);
    t->ctx = stint_open(&(stint_options){
        .cache_dir = t->dir, .sink = fixture_hear, .sink_self = t, .command = getenv("STINT")});
    arena_init(&t->arena, t->ctx, TAG_BASE);
    return 0;
}

#define SOURCE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, fixture_teardown)

static stint_status open_source(fixture *t, source s, ingest_result *result)
{
    ingest_result own;
    fixture_drop_table(t);
    stint_status status = source_open(t->ctx, &s, 0, 0, result ? result : &own, &t->file);
    t->has_file = status == STINT_OK;
    return status;
}

static void assert_columns(fixture *t, const char *const *names)
{
    int n = 0;
    while (names[n])
        n++;
    assert_int_equal(t->file.n_columns, n);
    for (int j = 0; j < n; j++)
        assert_string_equal(t->file.columns[j].name, names[j]);
}

static const char *data_file(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, STINT_SOURCE_DIR "/tests/data/%s", name);
    return path;
}

/* Every format that can leave columns out does, and what it reads has the same hashes. */
static void wanted_columns_alone(void **state)
{
    fixture *t = *state;
    static const char *const files[] = {"table.parquet",     "table.jsonl", "table.npy",
                                        "table.safetensors", "table.h5",    "table.xlsx"};
    if (!getenv("STINT"))
        skip();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char hash[HASH_TEXT_SIZE], fingerprint[HASH_TEXT_SIZE];
        source s = {.path = data_file(files[i])};
        assert_int_equal(open_source(t, s, NULL), STINT_OK);
        assert_columns(t, LIST("x", "n", "flag", "word", "y"));
        strcpy(hash, t->file.columns[1].hash);
        assert_int_equal(colfile_fingerprint(t->ctx, &t->file, (int[]){1}, 1, fingerprint),
                         STINT_OK);

        s.want.keep = LIST("n", "w*d");
        assert_int_equal(open_source(t, s, NULL), STINT_OK);
        assert_columns(t, LIST("n", "word"));
        assert_string_equal(t->file.columns[0].hash, hash);
        char again[HASH_TEXT_SIZE];
        assert_int_equal(colfile_fingerprint(t->ctx, &t->file, (int[]){0}, 1, again), STINT_OK);
        assert_string_equal(again, fingerprint);

        s.want = (source_want){.drop = LIST("?", "flag"), .always = LIST("y", "nobody")};
        assert_int_equal(open_source(t, s, NULL), STINT_OK);
        assert_columns(t, LIST("word", "y"));

        s.want = (source_want){.keep = LIST("z*")};
        assert_int_equal(open_source(t, s, NULL), STINT_EDATA);
        assert_message(t, "none of its 5 columns, from \"x\" to \"y\", is wanted");
    }
}

static void a_source_is_known_again(void **state)
{
    fixture *t = *state;
    ingest_result first, second;
    source_facts facts;
    source s = {.path = data_file("table.npy")};
    if (!getenv("STINT"))
        skip();
    assert_int_equal(source_sample(t->ctx, &s, &facts), STINT_OK);
    assert_int_equal(facts.rows, 12);
    assert_int_equal(facts.rows_low, 12);
    assert_int_equal(facts.rows_high, 12);
    assert_int_equal(facts.columns, 5);
    assert_false(facts.exact);
    assert_int_equal(open_source(t, s, &first), STINT_OK);
    assert_false(first.cached);
    assert_int_equal(open_source(t, s, &second), STINT_OK);
    assert_true(second.cached);
    assert_string_equal(first.fingerprint, second.fingerprint);
    assert_int_equal(source_sample(t->ctx, &s, &facts), STINT_OK);
    assert_true(facts.exact);
    assert_string_equal(facts.fingerprint, first.fingerprint);
    s.want.keep = LIST("x");
    assert_int_equal(open_source(t, s, &second), STINT_OK);
    assert_false(second.cached);
}

static void text_by_request(void **state)
{
    fixture *t = *state;
    static const char *const files[] = {"table.csv", "table.parquet",     "table.jsonl",
                                        "table.npy", "table.safetensors", "table.h5",
                                        "table.xlsx"};
    char hash[HASH_TEXT_SIZE] = "";
    if (!getenv("STINT"))
        skip();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        source s = {.path = data_file(files[i]), .text = LIST("n")};
        assert_int_equal(open_source(t, s, NULL), STINT_OK);
        assert_int_equal(t->file.columns[1].kind, COLUMN_TEXT);
        if (*hash)
            assert_string_equal(t->file.columns[1].hash, hash);
        strcpy(hash, t->file.columns[1].hash);
        s.text = LIST("wrod");
        assert_int_equal(open_source(t, s, NULL), STINT_EUSAGE);
        assert_message(t, "has no column \"wrod\"; did you mean \"word\"?");
    }
}

static void datasets_by_name(void **state)
{
    fixture *t = *state;
    source s = {.path = data_file("layouts.h5")};
    if (!getenv("STINT"))
        skip();
    assert_int_equal(open_source(t, s, NULL), STINT_EDATA);
    assert_message(t, "holds 5 tables: name one in data.dataset: /frame, /group, /matrix, /named, "
                      "/records");
    s.dataset = "/matrix";
    assert_int_equal(open_source(t, s, NULL), STINT_OK);
    assert_columns(t, LIST("c0", "c1"));
    s.dataset = "named";
    assert_int_equal(open_source(t, s, NULL), STINT_OK);
    assert_columns(t, LIST("x", "y"));
    s.dataset = "/group/x";
    assert_int_equal(open_source(t, s, NULL), STINT_OK);
    assert_columns(t, LIST("x"));
    for (const char *const *name = LIST("/group", "/frame", "/records"); *name; name++) {
        s.dataset = *name;
        assert_int_equal(open_source(t, s, NULL), STINT_OK);
        assert_columns(t, strcmp(*name, "/records") == 0 ? LIST("x", "n", "flag", "word", "y")
                          : strcmp(*name, "/frame") == 0 ? LIST("x", "n", "y")
                                                         : LIST("flag", "n", "word", "x", "y"));
    }
    s.dataset = "/cube";
    assert_int_equal(open_source(t, s, NULL), STINT_EDATA);
    assert_message(t, "dataset /cube has 3 dimensions");
    s.dataset = "/train";
    assert_int_equal(open_source(t, s, NULL), STINT_EDATA);
    assert_message(t, "there is no /train: data.dataset may be: /frame, /group");
    s.dataset = "/odd";
    assert_int_equal(open_source(t, s, NULL), STINT_EDATA);
    assert_message(t, "dataset /odd/b has 3 rows, where /odd/a has 12");
}

/* Columns that cannot be read are refused where they are wanted, and only there. */
static void unreadable_columns(void **state)
{
    fixture *t = *state;
    static const struct {
        const char *file, *dataset, *message;
    } cases[] = {
        {"refused.npy", NULL, "column \"when\" is of type \"<M8[s]\", which is not read"},
        {"refused.h5", NULL, "dataset /mixed: column \"when\" is an array, which is not read"},
        {"refused.jsonl", NULL, ":2: column \"when\" is an object: flatten it"},
    };
    if (!getenv("STINT"))
        skip();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        source s = {.path = data_file(cases[i].file), .dataset = cases[i].dataset};
        assert_int_equal(open_source(t, s, NULL), STINT_EDATA);
        assert_message(t, cases[i].message);
        s.want.drop = LIST("when");
        assert_int_equal(open_source(t, s, NULL), STINT_OK);
        assert_columns(t, LIST("x"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SOURCE_TEST(wanted_columns_alone), SOURCE_TEST(a_source_is_known_again),
        SOURCE_TEST(text_by_request),      SOURCE_TEST(datasets_by_name),
        SOURCE_TEST(unreadable_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
