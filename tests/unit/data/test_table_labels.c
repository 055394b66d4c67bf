/* Labels of a table: columns of 0 and 1, packed bits, cells that are neither, new data. */
#include "data/table_labels.h"

#include "unit/fixture.h"

static const char *const names[] = {"x", "a", "b", "c"};
static const char *const listed[] = {"c", "a", NULL};

static stint_status open_labels(fixture *t, const char *const *targets, int top_k,
                                const colfile *rows)
{
    table_settings s = fixture_settings(targets, (const char *const[]){"b", NULL}, NULL);
    s.kind = TARGET_LABELS;
    s.decode = (label_decode){0.25, top_k};
    s.rows = rows;
    return table_open(t->ctx, &t->arena, &t->file, &s, NULL, &t->table);
}

static void columns_file(fixture *t, double a1, double b1)
{
    double x[4 * 3] = {1, 2, 3, /**/ 0, a1, 1, /**/ 7, b1, 9, /**/ 1, 0, 0};
    fixture_file(t, names, x, 4, 3);
}

static void columns_are_labels(void **state)
{
    fixture *t = *state;
    double y[2 * 4];
    columns_file(t, 1, 8);
    assert_int_equal(open_labels(t, listed, 2, NULL), STINT_OK);
    assert_int_equal(t->table.n_labels, 2);
    assert_int_equal(table_outputs(&t->table), 2);
    assert_int_equal(table_predictions(&t->table), 2);
    assert_int_equal(t->table.n_classes, 0);
    assert_string_equal(t->table.labels[0], "c");
    assert_true(t->table.decode.threshold == 0.25 && t->table.decode.top_k == 2);
    table_targets(&t->table, 0, (int32_t[]){2, 0}, 2, y, 4, 1);
    assert_true(y[0] == 0 && y[1] == 1 && y[4] == 1 && y[5] == 0);
}

/* Row numbers are those of a Parquet file, which has no lines. */
static void other_cells_are_refused(void **state)
{
    fixture *t = *state;
    columns_file(t, 0.5, 8);
    assert_int_equal(open_labels(t, listed, 0, NULL), STINT_EDATA);
    assert_message(t, "t.parquet:row 2: column \"a\": 0.5, where a label is 0 or 1");
    columns_file(t, NAN, 8);
    assert_int_equal(open_labels(t, listed, 0, NULL), STINT_EDATA);
    assert_message(t, "t.parquet:row 2: column \"a\": missing, where a label is 0 or 1");
    columns_file(t, 1, 8);
    assert_int_equal(open_labels(t, listed, 3, NULL), STINT_EUSAGE);
    assert_message(t, "data.decode.top_k: 3 labels a row, where there are only 2");
}

/* What the checks left out may hold anything. */
static void rows_left_out_are_not_looked_at(void **state)
{
    fixture *t = *state;
    colfile rows;
    column_spec keep = {.name = "keep", .kind = COLUMN_BOOL};
    colfile_writer *w = colfile_create(t->ctx, fixture_path(t, "rows"), &keep, 1, 3);
    assert_int_equal(colfile_put(w, &(column_chunk){.bools = (int8_t[]){1, 0, 1}}, 3), STINT_OK);
    assert_int_equal(colfile_finish(w, NULL), STINT_OK);
    assert_int_equal(colfile_open(t->ctx, fixture_path(t, "rows"), &rows), STINT_OK);
    columns_file(t, 0.5, 8);
    assert_int_equal(open_labels(t, listed, 0, &rows), STINT_OK);
    colfile_close(&rows);
}

static void new_data_may_have_the_columns(void **state)
{
    fixture *t = *state;
    columns_file(t, 1, 8);
    table of = {.file = &t->file,
                .kind = TARGET_LABELS,
                .n_labels = 2,
                .labels = (const char *const[]){"c", "a"}};
    assert_int_equal(table_find_targets(t->ctx, &t->arena, listed, 2, &of), STINT_OK);
    assert_int_equal(of.n_targets, 2);
    assert_int_equal(of.targets[0], 3);
    of.n_targets = 0;
    assert_int_equal(
        table_find_targets(t->ctx, &t->arena, (const char *const[]){"c", "gone"}, 2, &of),
        STINT_OK);
    assert_int_equal(of.n_targets, 0);
    assert_int_equal(table_find_targets(t->ctx, &t->arena, (const char *const[]){"c", "b"}, 2, &of),
                     STINT_EDATA);
    assert_message(t, "column \"b\": 7, where a label is 0 or 1");
}

/* --- packed bits --------------------------------------------------------------------------- */

enum { WIDTH = 11 };

/* Numbers x, and bits w: row i has the bits of `texts[i]`. */
static void bits_file(fixture *t, const char *const *texts, int rows)
{
    double x[8] = {1, 2, 3};
    uint8_t packed[8 * 2] = {0};
    char path[256], why[64];
    bits_encoder e = {.column = "w", .kind = BITS_STRING, .width = WIDTH};
    bits_work *work;
    column_spec specs[] = {{.name = "x", .kind = COLUMN_NUMBER},
                           {.name = "w", .kind = COLUMN_BITS, .encoder = &e}};
    assert_int_equal(bits_open(t->ctx, &e, &work), STINT_OK);
    for (int i = 0; i < rows; i++)
        assert_true(bits_encode(work, texts[i], WIDTH, WIDTH, packed + 2 * i, why, sizeof why));
    bits_close(work);
    snprintf(path, sizeof path, "%s/table", t->dir);
    colfile_writer *w = colfile_create(t->ctx, path, specs, 2, rows);
    assert_int_equal(colfile_put(w, (column_chunk[]){{.numbers = x}, {.bits = packed}}, rows),
                     STINT_OK);
    assert_int_equal(colfile_finish(w, NULL), STINT_OK);
    assert_int_equal(colfile_open(t->ctx, path, &t->file), STINT_OK);
    t->has_file = true;
}

static void bits_are_labels(void **state)
{
    fixture *t = *state;
    static const char *const texts[] = {"10000000001", "00000000000", "01010101010"};
    static const int32_t rows[] = {0, 2, 1};
    double y[WIDTH * 3];
    bits_file(t, texts, 3);
    table_settings s = fixture_settings((const char *const[]){"w", NULL}, NULL, NULL);
    s.kind = TARGET_LABELS;
    assert_int_equal(table_open(t->ctx, &t->arena, &t->file, &s, NULL, &t->table), STINT_OK);
    assert_int_equal(t->table.n_labels, WIDTH);
    assert_int_equal(table_outputs(&t->table), WIDTH);
    table_targets(&t->table, 0, rows, 3, y, 1, WIDTH);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < WIDTH; k++)
            assert_true(y[i * WIDTH + k] == texts[rows[i]][k] - '0');
}

static void bits_are_no_classes(void **state)
{
    fixture *t = *state;
    static const char *const texts[] = {"10000000001", "00000000000", "01010101010"};
    bits_file(t, texts, 3);
    table_settings s = fixture_settings((const char *const[]){"w", NULL}, NULL, NULL);
    s.kind = TARGET_CLASS;
    assert_int_equal(table_open(t->ctx, &t->arena, &t->file, &s, NULL, &t->table), STINT_EDATA);
    assert_message(t, "target \"w\" is bits, which are labels and no classes");
    s.kind = TARGET_NUMBER;
    assert_int_equal(table_open(t->ctx, &t->arena, &t->file, &s, NULL, &t->table), STINT_EDATA);
    assert_message(t, "\"w\" is bits");
}

static void bits_of_another_vocabulary_are_refused(void **state)
{
    fixture *t = *state;
    static const char *const texts[] = {"10000000001"}, *const w[] = {"w"};
    const char *labels[WIDTH + 1];
    bits_file(t, texts, 1);
    for (int k = 0; k < WIDTH; k++)
        labels[k] = t->file.columns[1].bits[k];
    labels[WIDTH] = "more";
    table of = {.file = &t->file, .kind = TARGET_LABELS, .n_labels = WIDTH, .labels = labels};
    assert_int_equal(table_find_targets(t->ctx, &t->arena, w, 1, &of), STINT_OK);
    assert_int_equal(of.n_targets, 1);
    of.n_labels = WIDTH - 1;
    assert_int_equal(table_find_targets(t->ctx, &t->arena, w, 1, &of), STINT_EDATA);
    assert_message(t, "outside the vocabulary");
    of.n_labels = WIDTH + 1;
    assert_int_equal(table_find_targets(t->ctx, &t->arena, w, 1, &of), STINT_EDATA);
    assert_message(t, "the next is \"more\"");
    of.n_labels = WIDTH;
    labels[3] = "other";
    assert_int_equal(table_find_targets(t->ctx, &t->arena, w, 1, &of), STINT_EDATA);
    assert_message(t, "the model's is \"other\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(columns_are_labels),
        FIXTURE_TEST(other_cells_are_refused),
        FIXTURE_TEST(rows_left_out_are_not_looked_at),
        FIXTURE_TEST(new_data_may_have_the_columns),
        FIXTURE_TEST(bits_are_labels),
        FIXTURE_TEST(bits_are_no_classes),
        FIXTURE_TEST(bits_of_another_vocabulary_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
