/* The report as a workbook: what was written is read back by Stint's own reader. */
#include "report/workbook.h"

#include "data/xlsx_read.h"
#include "unit/fixture.h"

#define EVIL "=1+1 <script> & \"y\" \xff"

/* --- tables ------------------------------------------------------------------------------- */

static colfile open_table(fixture *t, const char *name, const column_spec *specs,
                          const column_chunk *chunks, int columns, int64_t rows)
{
    colfile f;
    const char *path = fixture_path(t, name);
    colfile_writer *w = colfile_create(t->ctx, path, specs, columns, rows);
    assert_non_null(w);
    assert_int_equal(colfile_put(w, chunks, rows), STINT_OK);
    assert_int_equal(colfile_finish(w, NULL), STINT_OK);
    assert_int_equal(colfile_open(t->ctx, path, &f), STINT_OK);
    return f;
}

static colfile open_search(fixture *t)
{
    static const char *const models[] = {"ridge", "mlp"};
    static const int64_t number[] = {0, 1, 2};
    static const int32_t model[] = {0, 0, 1};
    static const double mean[] = {3, 2, 1}, fold[] = {3.5, 2.5, NAN}, alpha[] = {0.1, 12.5, NAN},
                        fixed[] = {7, 7, 7};
    column_spec specs[] = {{.name = "configuration"}, {"model", COLUMN_TEXT, models, 2},
                           {.name = "mean"},          {.name = "fold_0"},
                           {.name = "alpha"},         {.name = "fixed"}};
    column_chunk chunks[] = {{.integers = number}, {.codes = model},   {.numbers = mean},
                             {.numbers = fold},    {.numbers = alpha}, {.numbers = fixed}};
    return open_table(t, "search", specs, chunks, 6, 3);
}

static colfile open_predictions(fixture *t, const char *const *classes)
{
    static const int64_t row[] = {4, 9};
    static const int32_t class[] = {1, 0};
    static const double share[] = {0.25, 1e-9};
    column_spec specs[] = {
        {.name = "row"}, {"predicted", COLUMN_TEXT, classes, 2}, {.name = "probability"}};
    column_chunk chunks[] = {{.integers = row}, {.codes = class}, {.numbers = share}};
    return open_table(t, "predictions", specs, chunks, 3, 2);
}

/* --- the report --------------------------------------------------------------------------- */

static const report_fact facts[] = {{"rows", "442", NULL}, {EVIL, EVIL, EVIL}};
static const report_check checks[] = {{"types", REPORT_WARN, "one cell"}};
static const report_score scores[] = {{"rmse", "root mean squared error", 1.5, 1, 2, 3},
                                      {"r2", NULL, NAN, NAN, NAN, NAN}};
static const report_trial trials[] = {{1, 2, "ridge", "alpha = 12.5", 2, 0.5, 5},
                                      {2, 1, "ridge", "alpha = 0.1", 3, NAN, 5}};
static const report_stage stages[] = {{"search", 3, 1000000, 2000000, 1, 0.5, -1, -1}};

static report whole_report(void)
{
    return (report){
        .name = "angles",
        .subtitle = "finished",
        .verdict = {.model = "ridge",
                    .params = "alpha = 12.5",
                    .target = "angle",
                    .metric = "rmse",
                    .cv_mean = 2,
                    .cv_deviation = NAN,
                    .folds = 5,
                    .test = 1.5,
                    .test_low = NAN,
                    .test_high = NAN,
                    .test_rows = 2,
                    .baseline = 3,
                    .improvement = 0.5,
                    .reproducible = true,
                    .scores = scores,
                    .n_scores = 2},
        .data = {facts, 2, checks, 1, NULL, 0},
        .search = {3, 15, 0, NULL, 0, trials, 2},
        .budget = {0, 2000000, stages, 1},
        .reproduce = {"stint run a.yaml", facts, 2, "experiment.yaml", "name: a\n\nseed: 1"},
    };
}

static stint_status write_book(fixture *t, const report *r, const report_tables *tables,
                               const char *name, int threads)
{
    pool *p = pool_new(t->ctx, threads);
    assert_non_null(p);
    stint_status s = report_workbook(t->ctx, p, r, tables, fixture_path(t, name));
    pool_free(p);
    return s;
}

/* --- reading back ------------------------------------------------------------------------- */

static void add_cell(str *out, const xlsx_cell *k)
{
    if (k->kind == XLSX_TEXT)
        str_addf(out, "|%.60s", k->text);
    else if (k->kind == XLSX_EMPTY)
        str_add(out, "|.");
    else
        str_addf(out, "|%s%.15g", k->kind == XLSX_BOOL ? "bool " : "", k->number);
}

/* A sheet's rows, "|a|1|." a line. */
static str sheet_text(fixture *t, const char *book, const char *sheet)
{
    str out;
    const xlsx_row *row = NULL;
    xlsx_reader *r = xlsx_open(t->ctx, fixture_path(t, book), NULL);
    assert_non_null(r);
    str_init(&out, t->ctx, TAG_BASE);
    assert_int_equal(xlsx_choose(r, sheet), STINT_OK);
    while (xlsx_next(r, &row) == STINT_OK && row) {
        for (int j = 0; j < row->columns; j++)
            add_cell(&out, &row->cells[j]);
        str_add(&out, "\n");
    }
    assert_int_equal(ctx_status(t->ctx), STINT_OK);
    xlsx_close(r);
    return out;
}

static void assert_sheet_has(fixture *t, const char *book, const char *sheet, const char *wanted)
{
    str s = sheet_text(t, book, sheet);
    if (!strstr(s.at, wanted))
        fail_msg("no %s in %s", wanted, s.at);
    str_deinit(&s);
}

static void assert_sheets(fixture *t, const char *book, const char *wanted)
{
    const xlsx_sheet *sheets;
    char names[200] = "";
    xlsx_reader *r = xlsx_open(t->ctx, fixture_path(t, book), NULL);
    assert_non_null(r);
    for (int i = 0, n = xlsx_sheets(r, &sheets); i < n; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s;", sheets[i].name);
    xlsx_close(r);
    assert_string_equal(names, wanted);
}

/* --- tests -------------------------------------------------------------------------------- */

static const char *const classes[] = {"cat", "dog"};

static void every_sheet_tells_its_part(void **state)
{
    fixture *t = *state;
    report r = whole_report();
    colfile search = open_search(t), predictions = open_predictions(t, classes);
    report_tables tables = {.predictions = &predictions, .search = &search};
    assert_int_equal(write_book(t, &r, &tables, "r.xlsx", 2), STINT_OK);
    assert_false(file_exists(fixture_path(t, "r.xlsx.tmp")));
    assert_sheets(t, "r.xlsx", "Summary;Top trials;Predictions;Settings;");
    assert_sheet_has(t, "r.xlsx", "Summary", "|angles\n|finished\n\n|Verdict\n|best model|ridge\n");
    assert_sheet_has(t, "r.xlsx", "Summary", "|improvement over it|0.5\n|reproducible|bool 1\n");
    assert_sheet_has(t, "r.xlsx", "Summary", "|rmse|root mean squared error|1.5|1|2|3\n|r2\n");
    assert_sheet_has(t, "r.xlsx", "Summary", "|rows|442\n|=1+1 <script>");
    assert_sheet_has(t, "r.xlsx", "Summary", "|types|warned|one cell\n");
    assert_sheet_has(t, "r.xlsx", "Top trials",
                     "|rank|configuration|model|alpha|fold_0|mean|deviation|folds\n"
                     "|1|2|ridge|12.5|2.5|2|0.5|5\n"
                     "|2|1|ridge|0.1|3.5|3|.|5\n");
    assert_sheet_has(t, "r.xlsx", "Predictions",
                     "|row|predicted|probability\n|4|dog|0.25\n|9|cat|1e-09\n");
    assert_sheet_has(t, "r.xlsx", "Settings", "|command|stint run a.yaml\n|rows|442\n");
    assert_sheet_has(t, "r.xlsx", "Settings", "\n|search|3|1000000|2000000|1|0.5\n");
    assert_sheet_has(t, "r.xlsx", "Settings", "|experiment.yaml\n|name: a\n|\n|seed: 1\n");
    colfile_close(&search);
    colfile_close(&predictions);
}

static void without_tables_a_trial_has_its_label(void **state)
{
    fixture *t = *state;
    report r = whole_report();
    assert_int_equal(write_book(t, &r, NULL, "r.xlsx", 1), STINT_OK);
    assert_sheets(t, "r.xlsx", "Summary;Top trials;Settings;");
    assert_sheet_has(t, "r.xlsx", "Top trials",
                     "|rank|configuration|model|parameters|mean|deviation|folds\n"
                     "|1|2|ridge|alpha = 12.5|2|0.5|5\n");
}

static void an_empty_report_is_a_workbook(void **state)
{
    fixture *t = *state;
    assert_int_equal(write_book(t, &(report){.name = "nothing"}, NULL, "r.xlsx", 1), STINT_OK);
    assert_sheets(t, "r.xlsx", "Summary;Settings;");
    assert_sheet_has(t, "r.xlsx", "Summary", "|best model|none: nothing was fitted\n");
}

static void long_texts_are_cut(void **state)
{
    fixture *t = *state;
    static char text[70000];
    for (int i = 0; i < 17000; i++) /* two units each: 34000 */
        memcpy(text + 4 * i, "\xf0\x9f\x98\x80", 4);
    report r = whole_report();
    r.verdict.params = r.reproduce.config = text;
    const char *const long_classes[] = {"cat", text};
    colfile predictions = open_predictions(t, long_classes);
    assert_int_equal(write_book(t, &r, &(report_tables){.predictions = &predictions}, "r.xlsx", 2),
                     STINT_OK);
    const xlsx_row *row;
    xlsx_reader *reader = xlsx_open(t->ctx, fixture_path(t, "r.xlsx"), NULL);
    assert_int_equal(xlsx_choose(reader, "Predictions"), STINT_OK);
    assert_int_equal(xlsx_next(reader, &row), STINT_OK);
    assert_int_equal(xlsx_next(reader, &row), STINT_OK);
    assert_int_equal(row->cells[1].len, 4 * (32767 / 2));
    xlsx_close(reader);
    colfile_close(&predictions);
}

static str file_bytes(fixture *t, const char *name)
{
    str s;
    str_init(&s, t->ctx, TAG_BASE);
    assert_int_equal(file_read(t->ctx, fixture_path(t, name), &s), STINT_OK);
    return s;
}

static void the_same_bytes_for_any_number_of_threads(void **state)
{
    fixture *t = *state;
    report r = whole_report();
    colfile search = open_search(t), predictions = open_predictions(t, classes);
    report_tables tables = {.predictions = &predictions, .search = &search};
    assert_int_equal(write_book(t, &r, &tables, "a.xlsx", 1), STINT_OK);
    assert_int_equal(write_book(t, &r, &tables, "b.xlsx", 3), STINT_OK);
    str a = file_bytes(t, "a.xlsx"), b = file_bytes(t, "b.xlsx");
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.at, b.at, a.len);
    str_deinit(&a);
    str_deinit(&b);
    colfile_close(&search);
    colfile_close(&predictions);
}

static void memory_stays_within_what_was_said(void **state)
{
    fixture *t = *state;
    enum { ROWS = 20000 };
    double *x = calloc(2 * ROWS, sizeof *x);
    for (int i = 0; i < 2 * ROWS; i++)
        x[i] = i * 0.37;
    fixture_file(t, (const char *const[]){"a", "b"}, x, 2, ROWS);
    report r = whole_report();
    int64_t before = budget_live(ctx_budget(t->ctx));
    assert_int_equal(write_book(t, &r, &(report_tables){.predictions = &t->file}, "r.xlsx", 2),
                     STINT_OK);
    assert_true(budget_peak(ctx_budget(t->ctx)) - before <= report_workbook_bytes(2, 2));
    assert_sheet_has(t, "r.xlsx", "Predictions", "\n|7399.63|14799.63\n");
    free(x);
}

static void a_failure_leaves_nothing(void **state)
{
    fixture *t = *state;
    report r = whole_report();
    pool *p = pool_new(t->ctx, 1);
    char path[256];
    snprintf(path, sizeof path, "%s/none/r.xlsx", t->dir);
    assert_int_equal(report_workbook(t->ctx, p, &r, NULL, path), STINT_EIO);
    assert_message(t, "r.xlsx.tmp");
    pool_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(every_sheet_tells_its_part),
        FIXTURE_TEST(without_tables_a_trial_has_its_label),
        FIXTURE_TEST(an_empty_report_is_a_workbook),
        FIXTURE_TEST(long_texts_are_cut),
        FIXTURE_TEST(the_same_bytes_for_any_number_of_threads),
        FIXTURE_TEST(memory_stays_within_what_was_said),
        FIXTURE_TEST(a_failure_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
