/* Checks of a table: each kind under each policy, what is left out, what is said, and that a
 * result is the same from the cache and by any number of threads. */
#include "data/checks.h"

#include "unit/fixture.h"

enum { ROWS = 40 };

/* A column: numbers, or texts by their codes. */
typedef struct column {
    const char *name;
    const double *numbers;
    const char *const *texts; /* [dictionary_n] */
    int dictionary_n;
} column;

static void make_table(fixture *t, const column *columns, int n, int64_t rows)
{
    column_spec specs[16];
    column_chunk chunks[16];
    int32_t *codes[16] = {NULL};
    double sum[16] = {0};
    char extra[256];
    fixture_drop_table(t);
    for (int j = 0; j < n; j++) {
        const column *c = &columns[j];
        specs[j] = (column_spec){c->name, c->texts ? COLUMN_TEXT : COLUMN_NUMBER, c->texts,
                                 c->dictionary_n};
        for (int64_t i = 0; i < rows; i++)
            sum[j] += isfinite(c->numbers[i]) ? c->numbers[i] * (double)(i % 97 + 1) : 7.25;
        codes[j] = malloc(sizeof *codes[j] * COLFILE_CHUNK_ROWS);
    }
    hash_text(t->fingerprint, hash_bytes(sum, sizeof sum));
    const char *path = fixture_path(t, "table");
    colfile_writer *w = colfile_create(t->ctx, path, specs, n, rows);
    assert_non_null(w);
    for (int64_t from = 0; from < rows; from += COLFILE_CHUNK_ROWS) {
        int64_t k = rows - from < COLFILE_CHUNK_ROWS ? rows - from : COLFILE_CHUNK_ROWS;
        for (int j = 0; j < n; j++) {
            const double *x = columns[j].numbers + from;
            for (int64_t i = 0; columns[j].texts && i < k; i++)
                codes[j][i] = isnan(x[i]) ? -1 : (int32_t)x[i];
            chunks[j] =
                columns[j].texts ? (column_chunk){.codes = codes[j]} : (column_chunk){.numbers = x};
        }
        assert_int_equal(colfile_put(w, chunks, k), STINT_OK);
    }
    snprintf(extra, sizeof extra,
             "{\"format\":\"parquet\",\"files\":[{\"path\":\"t.parquet\",\"first_row\":0,"
             "\"rows\":%lld}]}",
             (long long)rows);
    assert_int_equal(colfile_finish(w, extra), STINT_OK);
    assert_int_equal(colfile_open(t->ctx, path, &t->file), STINT_OK);
    t->has_file = true;
    for (int j = 0; j < n; j++)
        free(codes[j]);
}

static const checks_settings usual = {
    .types = POLICY_ERROR,
    .missing = POLICY_ERROR,
    .infinite = POLICY_ERROR,
    .outside = POLICY_ERROR,
    .duplicates = POLICY_WARN,
    .repeated_key = POLICY_ERROR,
    .constant = POLICY_WARN,
    .constant_share = 0.999,
    .outliers = POLICY_IGNORE,
    .outlier_deviations = 6,
    .leakage = POLICY_WARN,
    .leakage_correlation = 0.9999,
};

static stint_status run_threads(fixture *t, const checks_settings *s, const features_settings *f,
                                target_kind kind, int n_targets, int threads, checks *out)
{
    static const features_settings none;
    int columns[16], n = t->file.n_columns;
    for (int i = 0; i < n; i++)
        columns[i] = i;
    checks_input in = {.file = &t->file,
                       .fingerprint = t->fingerprint,
                       .kind = kind,
                       .targets = columns + n - n_targets,
                       .n_targets = n_targets,
                       .candidates = columns,
                       .n_candidates = n - n_targets,
                       .features = f ? f : &none};
    pool *p = pool_new(t->ctx, threads);
    stint_status status = checks_run(t->ctx, &in, s, t->dir, p, out);
    pool_free(p);
    assert_false(file_exists(fixture_path(t, "row-hashes.bin")));
    assert_false(file_exists(fixture_path(t, "key-hashes.bin")));
    return status;
}

/* The last column is the target. */
static stint_status run(fixture *t, const checks_settings *s, checks *out)
{
    return run_threads(t, s, NULL, TARGET_NUMBER, 1, 2, out);
}

static const check *line(const checks *k, const char *name)
{
    for (int i = 0; i < k->n; i++)
        if (strcmp(k->at[i].name, name) == 0)
            return &k->at[i];
    fail_msg("no line \"%s\"", name);
    return NULL;
}

static void assert_line(const checks *k, const char *name, check_result result,
                        const char *fragment)
{
    const check *l = line(k, name);
    if (l->result != result || !strstr(l->details, fragment))
        fail_msg("%s: %d, \"%s\", instead of %d, \"%s\"", name, l->result, l->details, result,
                 fragment);
}

static double kept(const checks *k, int64_t row)
{
    double value = 1;
    if (k->path[0])
        colfile_read(&k->rows, 0, row / COLFILE_CHUNK_ROWS, row % COLFILE_CHUNK_ROWS, 1, &value, 1);
    return value;
}

static double first(const checks *k, int64_t row)
{
    double value = (double)row;
    if (k->path[0])
        colfile_read(&k->rows, 1, row / COLFILE_CHUNK_ROWS, row % COLFILE_CHUNK_ROWS, 1, &value, 1);
    return value;
}

/* a, b and y that have nothing to do with each other, and no two equal rows. */
typedef struct plain {
    double a[ROWS], b[ROWS], y[ROWS];
    column columns[3];
} plain;

static void plain_fill(plain *p)
{
    for (int i = 0; i < ROWS; i++) {
        p->a[i] = i * 7 % 41;
        p->b[i] = i * i % 29 + i / 29 * 0.5;
        p->y[i] = i * i * i % 37 - 0.25 * i;
    }
    p->columns[0] = (column){.name = "a", .numbers = p->a};
    p->columns[1] = (column){.name = "b", .numbers = p->b};
    p->columns[2] = (column){.name = "y", .numbers = p->y};
}

static stint_status run_plain(fixture *t, const plain *p, const checks_settings *s, checks *out)
{
    make_table(t, p->columns, 3, ROWS);
    return run(t, s, out);
}

static void assert_refused(fixture *t, const plain *p, const checks_settings *s,
                           const char *message)
{
    checks out;
    assert_int_equal(run_plain(t, p, s, &out), STINT_EDATA);
    assert_int_equal(out.n, 0);
    assert_message(t, message);
}

static void good(void **state)
{
    static const char *const names[] = {
        "types",          "ranges",        "missing or infinite cells",
        "duplicate rows", "repeated keys", "constant columns",
        "outliers",       "leakage"};
    fixture *t = *state;
    plain p;
    checks out;
    plain_fill(&p);
    assert_int_equal(run_plain(t, &p, &usual, &out), STINT_OK);
    assert_int_equal(out.n, 8);
    for (int i = 0; i < out.n; i++) {
        assert_int_equal(out.at[i].result, CHECK_PASSED);
        assert_string_equal(out.at[i].name, names[i]);
        assert_true(out.at[i].details[0]);
    }
    assert_string_equal(out.path, "");
    assert_int_equal(out.n_dropped, 0);
    assert_null(out.dropped[0]);
    assert_int_equal(out.rows_dropped, 0);
    assert_false(out.cached);
    checks_close(&out);
}

/* --- labels -------------------------------------------------------------------------------- */

static void labels_may_be_constant_but_not_all(void **state)
{
    fixture *t = *state;
    plain p;
    checks out;
    double z[ROWS], never[ROWS] = {0};
    plain_fill(&p);
    for (int i = 0; i < ROWS; i++)
        z[i] = i * i % 7 < 3;
    column columns[] = {p.columns[0],
                        {.name = "z", .numbers = z},
                        {.name = "u", .numbers = never},
                        {.name = "v", .numbers = never}};
    make_table(t, columns, 4, ROWS);
    assert_int_equal(run_threads(t, &usual, NULL, TARGET_LABELS, 3, 2, &out), STINT_OK);
    assert_line(&out, "types", CHECK_PASSED, "1 features are numbers, the target is labels");
    assert_line(&out, "constant labels", CHECK_WARNED,
                "2 of 3 labels are the same in every row, the first: \"u\" is 0");
    assert_line(&out, "constant columns", CHECK_PASSED, "every column varies");
    assert_line(&out, "leakage", CHECK_PASSED, "no feature gives a target away");
    checks_close(&out);
    assert_int_equal(run_threads(t, &usual, NULL, TARGET_LABELS, 2, 2, &out), STINT_EDATA);
    assert_message(t, "rows, and so is each label the same in all of them: there is nothing");
    columns[0].numbers = z; /* a feature that is a label */
    make_table(t, columns, 4, ROWS);
    assert_int_equal(run_threads(t, &usual, NULL, TARGET_LABELS, 3, 2, &out), STINT_OK);
    assert_line(&out, "leakage", CHECK_WARNED, "\"a\" equals the target \"z\" in every row");
    checks_close(&out);
}

/* --- types --------------------------------------------------------------------------------- */

static void text_is_encoded_or_dropped_or_wrong(void **state)
{
    static const char *const texts[] = {"north", "south"}, *const mixed[] = {"1", "2", "x"};
    static const char *const onehot[] = {"reg*", NULL}, *const drop[] = {"region", NULL};
    fixture *t = *state;
    plain p;
    checks out;
    checks_settings s = usual;
    double codes[ROWS];
    plain_fill(&p);
    for (int i = 0; i < ROWS; i++)
        codes[i] = i % 5 == 3 ? NAN : i * i % 11 % 2;
    column columns[] = {p.columns[0], {"region", codes, texts, 2}, p.columns[2]};
    make_table(t, columns, 3, ROWS);
    assert_int_equal(run(t, &s, &out), STINT_EDATA);
    assert_message(t, "column \"region\" is text (\"north\"), and models here take numbers; list "
                      "it under data.drop or features.onehot");
    features_settings f = {.onehot = onehot};
    assert_int_equal(run_threads(t, &s, &f, TARGET_NUMBER, 1, 1, &out), STINT_OK);
    assert_line(&out, "types", CHECK_PASSED, "2 features: 1 of numbers, 1 of text to encode");
    assert_line(&out, "missing or infinite cells", CHECK_PASSED, "none");
    checks_close(&out);
    f = (features_settings){.drop = drop};
    assert_int_equal(run_threads(t, &s, &f, TARGET_NUMBER, 1, 1, &out), STINT_OK);
    assert_line(&out, "types", CHECK_PASSED, "1 features and 1 target are numbers");
    checks_close(&out);
    s.types = POLICY_DROP;
    assert_int_equal(run(t, &s, &out), STINT_OK);
    assert_line(&out, "types", CHECK_MENDED, "1 column of text that nothing encodes left out");
    assert_int_equal(out.n_dropped, 1);
    assert_string_equal(out.dropped[0], "region");
    checks_close(&out);
    columns[1] = (column){"region", codes, mixed, 3};
    for (int i = 0; i < ROWS; i++)
        codes[i] = i == 5 ? 2 : i % 2;
    make_table(t, columns, 3, ROWS);
    assert_int_equal(run(t, &usual, &out), STINT_EDATA);
    assert_message(
        t, "t.parquet:row 6: column \"region\": \"x\" is text, where row 1 has the number 1");
}

static void a_target_of_text_is_a_class(void **state)
{
    static const char *const texts[] = {"no", "yes", "no idea"};
    fixture *t = *state;
    plain p;
    checks out;
    double codes[ROWS];
    plain_fill(&p);
    for (int i = 0; i < ROWS; i++)
        codes[i] = i * i % 7 % 3;
    column columns[] = {p.columns[0], p.columns[1], {"y", codes, texts, 3}};
    make_table(t, columns, 3, ROWS);
    assert_int_equal(run(t, &usual, &out), STINT_EDATA);
    assert_message(t, "set data.task: classification");
    assert_int_equal(run_threads(t, &usual, NULL, TARGET_CLASS, 1, 2, &out), STINT_OK);
    assert_line(&out, "types", CHECK_PASSED, "2 features are numbers, the target is text");
    checks_close(&out);
    codes[4] = NAN;
    make_table(t, columns, 3, ROWS);
    assert_int_equal(run_threads(t, &usual, NULL, TARGET_CLASS, 1, 2, &out), STINT_EDATA);
    assert_message(t, "row 5: column \"y\": missing (1 such");
    for (int i = 0; i < ROWS; i++)
        codes[i] = 1;
    make_table(t, columns, 3, ROWS);
    assert_int_equal(run_threads(t, &usual, NULL, TARGET_CLASS, 1, 2, &out), STINT_EDATA);
    assert_message(t, "target \"y\" is \"yes\" in all 40 rows: of one class there is nothing");
}

/* --- ranges -------------------------------------------------------------------------------- */

static void cells_outside_their_range(void **state)
{
    static const check_range ranges[] = {{"a", 0, 40}, {"?", -INFINITY, 50}};
    static const check_range unknown[] = {{"z*", 0, 1}};
    fixture *t = *state;
    plain p;
    checks out;
    checks_settings s = usual;
    plain_fill(&p);
    s.ranges = ranges;
    s.n_ranges = 2;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "ranges", CHECK_PASSED, "every cell of 3 columns lies within its range");
    checks_close(&out);
    p.a[7] = -1;
    p.a[9] = 41;
    p.b[3] = 50.5;
    assert_refused(t, &p, &s, "t.parquet:row 8: column \"a\": -1 lies outside of [0, 40] (2 such");
    s.outside = POLICY_WARN;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "ranges", CHECK_WARNED,
                "3 cells of 2 columns outside, the first in row 4: \"b\" is 50.5");
    assert_int_equal(out.rows_dropped, 0);
    checks_close(&out);
    s.outside = POLICY_DROP;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "ranges", CHECK_MENDED, "their rows are left out");
    assert_int_equal(out.rows_dropped, 3);
    for (int i = 0; i < ROWS; i++)
        assert_true(kept(&out, i) == (i != 7 && i != 9 && i != 3));
    checks_close(&out);
    s.ranges = unknown;
    s.n_ranges = 1;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_EUSAGE);
    assert_message(t, "checks.ranges: \"z*\" matches no column");
}

/* Cells that leave with their rows are no part of means either. */
static void cells_left_out_are_no_part_of_statistics(void **state)
{
    static const check_range ranges[] = {{"*", -500, 500}};
    fixture *t = *state;
    plain p;
    checks out;
    checks_settings s = usual;
    plain_fill(&p);
    p.a[3] = p.y[3] = -1e9; /* which alone would correlate a and y */
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "leakage", CHECK_WARNED,
                "\"a\" and the target \"y\" have a correlation of 1");
    checks_close(&out);
    s.ranges = ranges;
    s.n_ranges = 1;
    s.outside = POLICY_DROP;
    s.outliers = POLICY_WARN;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "leakage", CHECK_PASSED, "");
    assert_line(&out, "outliers", CHECK_PASSED, "");
    checks_close(&out);
}

/* --- missing ------------------------------------------------------------------------------- */

static void missing_and_infinite(void **state)
{
    fixture *t = *state;
    static const struct {
        double bad[2];
        check_policy missing, infinite;
        const char *message; /* NULL = it passes */
        int left;            /* rows */
    } cases[] = {
        {{NAN, 1}, POLICY_ERROR, POLICY_ERROR, "row 4: column \"b\": missing (1 such in this", 0},
        {{INFINITY, 1}, POLICY_ERROR, POLICY_ERROR, "row 4: column \"b\": infinite (1 such", 0},
        {{1, -INFINITY}, POLICY_ERROR, POLICY_ERROR, "row 7: column \"b\": infinite (1 such", 0},
        {{NAN, INFINITY}, POLICY_ERROR, POLICY_ERROR, "row 4: column \"b\": missing or inf", 0},
        {{NAN, INFINITY}, POLICY_ERROR, POLICY_DROP, "row 4: column \"b\": missing (1 such", 0},
        {{NAN, INFINITY}, POLICY_DROP, POLICY_ERROR, "row 7: column \"b\": infinite (1 such", 0},
        {{NAN, INFINITY}, POLICY_IGNORE, POLICY_ERROR, "row 7: column \"b\": infinite (1 such", 0},
        {{NAN, INFINITY}, POLICY_DROP, POLICY_DROP, NULL, 2},
        {{NAN, INFINITY}, POLICY_IGNORE, POLICY_DROP, NULL, 1},
        {{NAN, NAN}, POLICY_IGNORE, POLICY_ERROR, NULL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        plain p;
        checks out;
        checks_settings s = usual;
        s.missing = cases[i].missing;
        s.infinite = cases[i].infinite;
        plain_fill(&p);
        p.b[3] = cases[i].bad[0];
        p.b[6] = cases[i].bad[1];
        if (cases[i].message) {
            assert_refused(t, &p, &s, cases[i].message);
            continue;
        }
        assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
        assert_int_equal(out.rows_dropped, cases[i].left);
        assert_line(&out, "missing or infinite cells", CHECK_MENDED,
                    s.missing == POLICY_DROP ? "left out with their rows" : "filled");
        assert_true(kept(&out, 3) == (s.missing == POLICY_IGNORE));
        assert_true(kept(&out, 6) == !isinf(p.b[6]));
        checks_close(&out);
    }
}

static void a_target_is_not_filled(void **state)
{
    fixture *t = *state;
    plain p;
    checks out;
    checks_settings s = usual;
    plain_fill(&p);
    p.y[0] = NAN;
    s.missing = POLICY_IGNORE;
    assert_refused(t, &p, &s, "row 1: column \"y\": missing");
    s.missing = POLICY_DROP;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_int_equal(out.rows_dropped, 1);
    assert_true(kept(&out, 0) == 0 && kept(&out, 1) == 1);
    checks_close(&out);
    for (int i = 0; i < ROWS; i++)
        p.a[i] = NAN;
    assert_refused(t, &p, &s, "column \"a\" is missing in all 40 rows; list it under data.drop");
    plain_fill(&p);
    for (int i = 0; i < ROWS; i++)
        p.y[i] = -1.5;
    assert_refused(t, &p, &s, "target \"y\" is -1.5 in all 40 rows");
    plain_fill(&p);
    for (int i = 0; i < ROWS; i++)
        (i % 2 ? p.a : p.b)[i] = NAN;
    assert_refused(t, &p, &s, "the checks leave no row: each of 40");
}

/* --- rows ---------------------------------------------------------------------------------- */

static void repeat(plain *p, int row, int of)
{
    p->a[row] = p->a[of];
    p->b[row] = p->b[of];
    p->y[row] = p->y[of];
}

static void duplicate_rows(void **state)
{
    fixture *t = *state;
    plain p;
    checks out;
    checks_settings s = usual;
    plain_fill(&p);
    repeat(&p, 5, 2);
    repeat(&p, 8, 2);
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "duplicate rows", CHECK_WARNED,
                "2 rows repeat an earlier one, the first is row 6, which repeats row 3");
    assert_int_equal(out.rows_dropped, 0);
    for (int i = 0; i < ROWS; i++)
        assert_true(kept(&out, i) == 1 && first(&out, i) == (i == 5 || i == 8 ? 2 : i));
    checks_close(&out);
    s.duplicates = POLICY_IGNORE;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "duplicate rows", CHECK_PASSED, "not looked for");
    assert_string_equal(out.path, "");
    checks_close(&out);
    s.duplicates = POLICY_DROP;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "duplicate rows", CHECK_MENDED, "left out");
    assert_int_equal(out.rows_dropped, 2);
    for (int i = 0; i < ROWS; i++)
        assert_true(kept(&out, i) == (i != 5 && i != 8) && first(&out, i) == i);
    checks_close(&out);
    s.duplicates = POLICY_ERROR;
    assert_refused(t, &p, &s, "row 6: column \"a\": the row repeats row 3 (2 such rows)");
    p.a[5] += 1e-9; /* nearly equal is not equal */
    assert_refused(t, &p, &s, "row 9: column \"a\": the row repeats row 3 (1 such rows)");
}

static void keys_that_stand_twice(void **state)
{
    static const char *const key[] = {"k", "a", NULL}, *const unknown[] = {"aa", NULL};
    static const char *const texts[] = {"u", "v", "w"}, *const no_k[] = {"k", NULL};
    fixture *t = *state;
    plain p;
    checks out;
    checks_settings s = usual;
    double codes[ROWS];
    features_settings f = {.drop = no_k};
    plain_fill(&p);
    for (int i = 0; i < ROWS; i++) {
        codes[i] = i % 3;
        p.a[i] = i / 3;
    }
    column columns[] = {p.columns[0], p.columns[1], {"k", codes, texts, 3}, p.columns[2]};
    s.key = key;
    make_table(t, columns, 4, ROWS);
    assert_int_equal(run_threads(t, &s, &f, TARGET_NUMBER, 1, 2, &out), STINT_OK);
    assert_line(&out, "repeated keys", CHECK_PASSED, "every row has a key of its own");
    checks_close(&out);
    codes[4] = codes[3];
    repeat(&p, 20, 4); /* row 21 repeats row 5, which repeats row 4's key */
    codes[20] = codes[4];
    make_table(t, columns, 4, ROWS);
    assert_int_equal(run_threads(t, &s, &f, TARGET_NUMBER, 1, 2, &out), STINT_EDATA);
    assert_message(t, "row 5: column \"k\": the key is that of row 4 (2 rows have");
    s.repeated_key = POLICY_WARN;
    assert_int_equal(run_threads(t, &s, &f, TARGET_NUMBER, 1, 2, &out), STINT_OK);
    assert_line(&out, "repeated keys", CHECK_WARNED, "2 rows have the key of an earlier one");
    assert_true(first(&out, 20) == 4 && out.rows_dropped == 0);
    checks_close(&out);
    s.repeated_key = POLICY_DROP;
    assert_int_equal(run_threads(t, &s, &f, TARGET_NUMBER, 1, 2, &out), STINT_OK);
    assert_line(&out, "repeated keys", CHECK_MENDED, "left out");
    assert_int_equal(out.rows_dropped, 2);
    assert_true(kept(&out, 4) == 0 && kept(&out, 20) == 0 && first(&out, 20) == 20);
    checks_close(&out);
    s.key = unknown;
    assert_int_equal(run_threads(t, &s, &f, TARGET_NUMBER, 1, 2, &out), STINT_EUSAGE);
    assert_message(t, "checks.key.columns: the table has no column \"aa\"; did you mean \"a\"?");
}

/* The row that others repeat is one that is kept. */
static void the_first_of_equal_rows_is_kept(void **state)
{
    static const char *const key[] = {"k", NULL}, *const no_k[] = {"k", NULL};
    fixture *t = *state;
    plain p;
    checks out;
    checks_settings s = usual;
    double k[ROWS];
    features_settings f = {.drop = no_k};
    plain_fill(&p);
    for (int i = 0; i < ROWS; i++)
        k[i] = i;
    k[2] = 1; /* leaves row 2, which rows 5 and 9 repeat */
    repeat(&p, 5, 2);
    repeat(&p, 9, 2);
    column columns[] = {p.columns[0], p.columns[1], {.name = "k", .numbers = k}, p.columns[2]};
    s.key = key;
    s.repeated_key = POLICY_DROP;
    make_table(t, columns, 4, ROWS);
    assert_int_equal(run_threads(t, &s, &f, TARGET_NUMBER, 1, 2, &out), STINT_OK);
    assert_true(kept(&out, 2) == 0 && kept(&out, 5) == 1 && kept(&out, 9) == 1);
    assert_true(first(&out, 2) == 2 && first(&out, 5) == 5 && first(&out, 9) == 5);
    checks_close(&out);
}

/* --- columns ------------------------------------------------------------------------------- */

static void constant_columns(void **state)
{
    fixture *t = *state;
    plain p;
    checks out;
    checks_settings s = usual;
    plain_fill(&p);
    for (int i = 0; i < ROWS; i++)
        p.a[i] = 4;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "constant columns", CHECK_WARNED, "\"a\" is 4 in every row: no help");
    assert_int_equal(out.n_dropped, 0);
    checks_close(&out);
    s.constant = POLICY_ERROR;
    assert_refused(t, &p, &s, "column \"a\" is 4 in every row; list it under data.drop");
    s.constant = POLICY_DROP;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "constant columns", CHECK_MENDED, "\"a\" is 4 in every row: left out");
    assert_int_equal(out.n_dropped, 1);
    assert_string_equal(out.dropped[0], "a");
    assert_null(out.dropped[1]);
    checks_close(&out);
    for (int i = 0; i < ROWS; i++)
        p.b[i] = 0.1;
    assert_refused(t, &p, &s, "the checks leave no feature");
    s.constant = POLICY_WARN;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "constant columns", CHECK_WARNED,
                "2 columns are constant, the first: \"a\" is 4 in every row: no help");
    checks_close(&out);
    s.constant = POLICY_IGNORE;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "constant columns", CHECK_PASSED, "not looked for");
    checks_close(&out);
}

/* The share is reached exactly, wherever the other values stand. */
static void nearly_constant_from_the_share_on(void **state)
{
    fixture *t = *state;
    checks_settings s = usual;
    s.constant_share = 0.9;
    s.leakage = POLICY_IGNORE;
    for (int way = 0; way < 3; way++)
        for (int others = 3; others <= 5; others++) {
            plain p;
            checks out;
            plain_fill(&p);
            for (int i = 0; i < ROWS; i++)
                p.b[i] = 2;
            for (int i = 0; i < others; i++)
                p.b[way == 0 ? i : way == 1 ? ROWS - 1 - i : i * 7] = 10 + i;
            assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
            if (others <= 4)
                assert_line(&out, "constant columns", CHECK_WARNED,
                            others == 4 ? "\"b\" is 2 in 36 of 40 rows" : "2 in 37 of 40");
            else
                assert_line(&out, "constant columns", CHECK_PASSED, "every column varies");
            checks_close(&out);
        }
}

static void outliers(void **state)
{
    fixture *t = *state;
    plain p;
    checks out;
    checks_settings s = usual;
    plain_fill(&p);
    s.outliers = POLICY_WARN;
    s.outlier_deviations = 5;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "outliers", CHECK_PASSED, "no cell is more than 5 deviations");
    checks_close(&out);
    p.b[11] = 1e4;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "outliers", CHECK_WARNED,
                "1 cell of 1 column more than 5 deviations from the mean, the first in row 12: "
                "\"b\" is 10000");
    checks_close(&out);
    s.outliers = POLICY_ERROR;
    assert_refused(t, &p, &s, "row 12: column \"b\": 10000 is more than 5 deviations from");
    s.outliers = POLICY_DROP;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_int_equal(out.rows_dropped, 1);
    assert_true(kept(&out, 11) == 0 && kept(&out, 12) == 1);
    checks_close(&out);
}

/* --- leakage ------------------------------------------------------------------------------- */

static void features_that_give_the_target_away(void **state)
{
    fixture *t = *state;
    plain p;
    checks out;
    checks_settings s = usual;
    plain_fill(&p);
    memcpy(p.a, p.y, sizeof p.a);
    for (int i = 0; i < ROWS; i++)
        p.b[i] = 3 - 2 * p.y[i];
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "leakage", CHECK_WARNED,
                "2 features give a target away, the first: \"a\" "
                "equals the target \"y\" in every row");
    checks_close(&out);
    plain_fill(&p);
    for (int i = 0; i < ROWS; i++)
        p.b[i] = 3 - 2 * p.y[i];
    s.leakage_correlation = 1;
    s.leakage = POLICY_DROP;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "leakage", CHECK_MENDED,
                "\"b\" and the target \"y\" have a correlation of -1: left out");
    assert_string_equal(out.dropped[0], "b");
    checks_close(&out);
    s.leakage = POLICY_ERROR;
    assert_refused(t, &p, &s, "correlation of -1: it gives the target away; list it under");
    p.b[4] = NAN; /* rows without it are no part of it */
    s.missing = POLICY_IGNORE;
    assert_refused(t, &p, &s, "correlation of -1: it gives the target away; list it under");
    p.b[5] += 3;
    assert_int_equal(run_plain(t, &p, &s, &out), STINT_OK);
    assert_line(&out, "leakage", CHECK_PASSED, "no feature gives a target away");
    checks_close(&out);
}

static void a_feature_that_names_the_class(void **state)
{
    static const char *const classes[] = {"cat", "dog", "owl"}, *const codes[] = {"x", "y", "z"};
    static const char *const onehot[] = {"code", NULL};
    fixture *t = *state;
    plain p;
    checks out;
    features_settings f = {.onehot = onehot};
    double class[ROWS], code[ROWS];
    plain_fill(&p);
    for (int i = 0; i < ROWS; i++) {
        class[i] = i * i % 7 % 3;
        code[i] = (double[]){0, 2, 1}[(int)class[i]]; /* no line through these */
    }
    column columns[] = {p.columns[0], {"code", code, codes, 3}, {"y", class, classes, 3}};
    make_table(t, columns, 3, ROWS);
    assert_int_equal(run_threads(t, &usual, &f, TARGET_CLASS, 1, 2, &out), STINT_OK);
    assert_line(&out, "leakage", CHECK_WARNED,
                "each value of \"code\" stands for one class of \"y\" alone");
    checks_close(&out);
    code[ROWS - 1] = code[ROWS - 1] == 0 ? 1 : 0;
    make_table(t, columns, 3, ROWS);
    assert_int_equal(run_threads(t, &usual, &f, TARGET_CLASS, 1, 2, &out), STINT_OK);
    assert_line(&out, "leakage", CHECK_PASSED, "");
    checks_close(&out);
}

/* More targets than are correlated with at once; the last but one gives itself away. */
static void every_target_is_looked_at(void **state)
{
    enum { TARGETS = 9 };
    static const char *const names[] = {"t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8"};
    fixture *t = *state;
    double a[ROWS], b[ROWS], y[TARGETS][ROWS];
    column columns[2 + TARGETS] = {{.name = "a", .numbers = a}, {.name = "b", .numbers = b}};
    checks out;
    for (int k = 0; k < TARGETS; k++) {
        for (int i = 0; i < ROWS; i++)
            y[k][i] = (i + 3) * (i + k) * (k + 2) % 41;
        columns[2 + k] = (column){.name = names[k], .numbers = y[k]};
    }
    for (int i = 0; i < ROWS; i++) {
        a[i] = i * i % 31;
        b[i] = 5 + y[TARGETS - 2][i];
    }
    make_table(t, columns, 2 + TARGETS, ROWS);
    assert_int_equal(run_threads(t, &usual, NULL, TARGET_NUMBER, TARGETS, 2, &out), STINT_OK);
    assert_line(&out, "leakage", CHECK_WARNED,
                "\"b\" and the target \"t7\" have a correlation of 1");
    checks_close(&out);
}

/* --- as a whole ---------------------------------------------------------------------------- */

static void assert_same(const checks *a, const checks *b)
{
    assert_int_equal(a->n, b->n);
    for (int i = 0; i < a->n; i++) {
        assert_string_equal(a->at[i].name, b->at[i].name);
        assert_string_equal(a->at[i].details, b->at[i].details);
        assert_int_equal(a->at[i].result, b->at[i].result);
    }
    assert_int_equal(a->n_dropped, b->n_dropped);
    for (int i = 0; i < a->n_dropped; i++)
        assert_string_equal(a->dropped[i], b->dropped[i]);
    assert_int_equal(a->rows_dropped, b->rows_dropped);
    assert_string_equal(a->path, b->path);
    if (a->path[0]) {
        assert_int_equal(a->rows.map.size, b->rows.map.size);
        assert_memory_equal(a->rows.map.at, b->rows.map.at, a->rows.map.size);
    }
}

/* What shows in no block alone: a common trend, and a value that other chunks lack. */
static void blocks_and_chunks_add_up(void **state)
{
    enum { CHUNKS = 4, LONG = CHUNKS * COLFILE_CHUNK_ROWS };
    fixture *t = *state;
    double *a = malloc(sizeof *a * LONG), *b = malloc(sizeof *b * LONG);
    double *y = malloc(sizeof *y * LONG);
    column columns[] = {
        {.name = "a", .numbers = a}, {.name = "b", .numbers = b}, {.name = "y", .numbers = y}};
    checks_settings s = usual;
    checks out;
    for (int i = 0; i < LONG; i++) {
        a[i] = i + (int64_t)i * 7919 % 1009;
        b[i] = i / COLFILE_CHUNK_ROWS == 1 ? 5 : 2;
        y[i] = i + (int64_t)i * 104729 % 1013;
    }
    s.constant_share = 0.75;
    s.leakage_correlation = 0.9999;
    make_table(t, columns, 3, LONG);
    assert_int_equal(run(t, &s, &out), STINT_OK);
    assert_line(&out, "leakage", CHECK_WARNED, "\"a\" and the target \"y\" have a correlation");
    assert_line(&out, "constant columns", CHECK_WARNED, "\"b\" is 2 in 196608 of 262144 rows");
    checks_close(&out);
    s.constant_share = 0.7501;
    assert_int_equal(run(t, &s, &out), STINT_OK);
    assert_line(&out, "constant columns", CHECK_PASSED, "every column varies");
    checks_close(&out);
    free(y);
    free(b);
    free(a);
}

/* Everything that can be left out, in more than one wave of chunks. */
enum { MANY = 17 * COLFILE_CHUNK_ROWS + 9 };

typedef struct many {
    double *x[4];
    column columns[4];
    checks_settings s;
} many;

static void many_make(many *m)
{
    static const char *const names[] = {"a", "b", "c", "y"};
    static const check_range ranges[] = {{"a", -1, 1}};
    *m = (many){.s = usual};
    for (int j = 0; j < 4; j++) {
        m->x[j] = malloc(sizeof(double) * MANY);
        m->columns[j] = (column){.name = names[j], .numbers = m->x[j]};
        for (int64_t i = 0; i < MANY; i++)
            m->x[j][i] = 0.9 * sin(1e-3 * (double)((j + 3) * (i + 1)) * (double)(i % 101 + 1)) +
                         1e-8 * (double)i;
    }
    for (int64_t i = 0; i < MANY; i++)
        m->x[2][i] = i % 2000 ? 0.3 : (double)i;
    m->x[0][MANY - 2] = NAN;
    m->x[0][1000] = 1.5;
    m->x[1][70000] = INFINITY;
    m->x[1][500000] = 1000;
    for (int j = 0; j < 4; j++)
        m->x[j][MANY - 1] = m->x[j][5];
    m->s.missing = m->s.infinite = m->s.outside = m->s.outliers = POLICY_DROP;
    m->s.duplicates = POLICY_WARN;
    m->s.constant = POLICY_DROP;
    m->s.outlier_deviations = 100;
    m->s.ranges = ranges;
    m->s.n_ranges = 1;
}

static void many_free(many *m)
{
    for (int j = 0; j < 4; j++)
        free(m->x[j]);
}

static void threads_and_cache_change_nothing(void **state)
{
    fixture *t = *state;
    many m;
    checks one, again, more;
    many_make(&m);
    make_table(t, m.columns, 4, MANY);
    assert_int_equal(run_threads(t, &m.s, NULL, TARGET_NUMBER, 1, 1, &one), STINT_OK);
    assert_false(one.cached);
    assert_int_equal(one.rows_dropped, 4);
    assert_int_equal(one.n_dropped, 1);
    assert_string_equal(one.dropped[0], "c");
    assert_true(first(&one, MANY - 1) == 5);
    assert_true(kept(&one, 1000) == 0 && kept(&one, 70000) == 0 && kept(&one, 500000) == 0);
    assert_true(kept(&one, MANY - 2) == 0 && kept(&one, MANY - 1) == 1);
    assert_int_equal(run_threads(t, &m.s, NULL, TARGET_NUMBER, 1, 2, &again), STINT_OK);
    assert_true(again.cached);
    assert_same(&one, &again);
    checks_close(&again);
    for (int threads = 2; threads <= 4; threads *= 2) {
        char fingerprint[HASH_TEXT_SIZE];
        memcpy(fingerprint, t->fingerprint, sizeof fingerprint);
        t->fingerprint[0] = (char)('g' + threads); /* another key: it is looked at anew */
        assert_int_equal(run_threads(t, &m.s, NULL, TARGET_NUMBER, 1, threads, &more), STINT_OK);
        assert_false(more.cached);
        snprintf(more.path, sizeof more.path, "%s", one.path);
        assert_same(&one, &more);
        checks_close(&more);
        memcpy(t->fingerprint, fingerprint, sizeof fingerprint);
    }
    m.s.outlier_deviations = 101;
    assert_int_equal(run_threads(t, &m.s, NULL, TARGET_NUMBER, 1, 2, &more), STINT_OK);
    assert_false(more.cached);
    checks_close(&more);
    checks_close(&one);
    many_free(&m);
}

static void memory_stays_below_the_bound(void **state)
{
    fixture *t = *state;
    many m;
    checks out;
    many_make(&m);
    for (int64_t i = 0; i < MANY; i += 2) /* half of the rows repeat others */
        for (int j = 0; j < 4; j++)
            m.x[j][i] = m.x[j][i / 16 * 16 + 5];
    for (int rows = 1000; rows <= MANY; rows = rows < MANY ? MANY : MANY + 1) {
        make_table(t, m.columns, 4, rows);
        stint_options options = *ctx_options(t->ctx);
        options.sink = NULL;
        ctx *alone = stint_open(&options);
        ctx *whole = t->ctx;
        t->ctx = alone;
        int64_t before = budget_live(ctx_budget(alone));
        assert_int_equal(run_threads(t, &m.s, NULL, TARGET_NUMBER, 1, 3, &out), STINT_OK);
        checks_close(&out);
        int64_t used = budget_peak(ctx_budget(alone)) - before;
        if (used > checks_bytes(4, rows, 3))
            fail_msg("%d rows take %lld bytes, not %lld", rows, (long long)used,
                     (long long)checks_bytes(4, rows, 3));
        t->ctx = whole;
        stint_close(alone);
    }
    many_free(&m);
}

static void the_last_chunk_is_looked_at(void **state)
{
    fixture *t = *state;
    many m;
    checks out;
    checks_settings s = usual;
    many_make(&m);
    m.x[0][1000] = m.x[1][70000] = m.x[1][500000] = 0;
    make_table(t, m.columns, 4, MANY);
    assert_int_equal(run(t, &s, &out), STINT_EDATA);
    assert_message(t, "row 1114120: column \"a\": missing");
    m.x[0][MANY - 2] = 0.5;
    s.duplicates = POLICY_ERROR;
    make_table(t, m.columns, 4, MANY);
    assert_int_equal(run(t, &s, &out), STINT_EDATA);
    assert_message(t, "row 1114121: column \"a\": the row repeats row 6");
    many_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(good),
        FIXTURE_TEST(labels_may_be_constant_but_not_all),
        FIXTURE_TEST(text_is_encoded_or_dropped_or_wrong),
        FIXTURE_TEST(a_target_of_text_is_a_class),
        FIXTURE_TEST(cells_outside_their_range),
        FIXTURE_TEST(cells_left_out_are_no_part_of_statistics),
        FIXTURE_TEST(missing_and_infinite),
        FIXTURE_TEST(a_target_is_not_filled),
        FIXTURE_TEST(duplicate_rows),
        FIXTURE_TEST(keys_that_stand_twice),
        FIXTURE_TEST(the_first_of_equal_rows_is_kept),
        FIXTURE_TEST(constant_columns),
        FIXTURE_TEST(nearly_constant_from_the_share_on),
        FIXTURE_TEST(outliers),
        FIXTURE_TEST(features_that_give_the_target_away),
        FIXTURE_TEST(a_feature_that_names_the_class),
        FIXTURE_TEST(every_target_is_looked_at),
        FIXTURE_TEST(blocks_and_chunks_add_up),
        FIXTURE_TEST(threads_and_cache_change_nothing),
        FIXTURE_TEST(memory_stays_below_the_bound),
        FIXTURE_TEST(the_last_chunk_is_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
