/* Rows on an even clock: steps, values by step, fills, clocks of all kinds, what is refused. */
#include "unit/data/derive_fixture.h"

#include "data/moment.h"

#define M NAN

static const char *const names[] = {"id", "time", "x"};

/* Two series: steps 0, 0, 1, 3, 4 and, from 10 on, 0, 2. */
static const double rows[3][7] = {
    {1, 1, 1, 1, 1, 2, 2},
    {0, 0.4, 1.1, 3.2, 4.0, 10, 12.5},
    {1, 3, 5, 7, M, 20, 30},
};

static const derive_settings every_one = {.group = "id", .time = "time", .every = 1};

static void steps_are_filled_with_rows(void **state)
{
    fixture *t = *state;
    derive_settings s = every_one;
    fixture_file(t, names, &rows[0][0], 3, 7);
    derive_expect(t, &s, "time", (double[]){0, 1, 2, 3, 4, 10, 11, 12}, 8);
    derive_expect(t, &s, "id", (double[]){1, 1, 1, 1, 1, 2, 2, 2}, 8);
    static const struct {
        resample_by by;
        double want[8];
    } ways[] = {
        {RESAMPLE_MEAN, {2, 5, M, 7, M, 20, M, 30}}, {RESAMPLE_LAST, {3, 5, M, 7, M, 20, M, 30}},
        {RESAMPLE_SUM, {4, 5, M, 7, M, 20, M, 30}},  {RESAMPLE_MIN, {1, 5, M, 7, M, 20, M, 30}},
        {RESAMPLE_MAX, {3, 5, M, 7, M, 20, M, 30}},
    };
    for (int k = 0; k < 5; k++) {
        s.by = ways[k].by;
        derive_expect(t, &s, "x", ways[k].want, 8);
    }
}

static void missing_cells_are_filled(void **state)
{
    fixture *t = *state;
    derive_settings s = every_one;
    fixture_file(t, names, &rows[0][0], 3, 7);
    s.fill = RESAMPLE_PREVIOUS;
    derive_expect(t, &s, "x", (double[]){2, 5, 5, 7, 7, 20, 20, 30}, 8);
    s.fill = RESAMPLE_LINEAR;
    derive_expect(t, &s, "x", (double[]){2, 5, 6, 7, M, 20, 25, 30}, 8);
}

/* 0.3 / 0.1 is below 3: rounding makes no empty steps. */
static void steps_of_a_tenth_hold_one_row_each(void **state)
{
    fixture *t = *state;
    enum { N = 200 };
    double x[3][N];
    for (int i = 0; i < N; i++) {
        x[0][i] = 0;
        x[1][i] = i / 10.0;
        x[2][i] = i;
    }
    fixture_file(t, names, &x[0][0], 3, N);
    derive_expect(t, &(derive_settings){.group = "", .time = "time", .every = 0.1}, "x", x[2], N);
}

static const double week = 7 * 86400;

static void days_as_numbers_become_seconds(void **state)
{
    fixture *t = *state;
    double day;
    const double x[3][4] = {
        {0, 0, 0, 0}, {19580329, 19580405, 19580419, 19580426}, {316.1, 317.3, 317.5, M}};
    const derive_settings s = {
        .group = "", .time = "time", .every = week, .fill = RESAMPLE_PREVIOUS};
    assert_true(moment_of_number(19580329, &day));
    fixture_file(t, names, &x[0][0], 3, 4);
    derive_expect(t, &s, "time",
                  (double[]){day, day + week, day + 2 * week, day + 3 * week, day + 4 * week}, 5);
    derive_expect(t, &s, "x", (double[]){316.1, 317.3, 317.3, 317.5, 317.5}, 5);
}

static void texts_are_times_and_the_last_of_a_step(void **state)
{
    fixture *t = *state;
    static const char *const days[] = {"2024-02-28", "2024-02-29T12:00:00", "2024-03-02"};
    const double x[] = {1, 2, 3};
    derive_text_file(t, days, &names[2], x, 1, 3);
    derive_settings s = {.group = "", .time = "text", .every = 86400, .fill = RESAMPLE_LINEAR};
    derive_expect(t, &s, "x", (double[]){1, 2, 2.5, 3}, 4);
    derive_expect(t, &s, "text", (double[]){1709078400, 1709164800, 1709251200, 1709337600}, 4);
    static const char *const words[] = {"a", "b", NULL, "c", NULL};
    const double clock[2][5] = {{0, 0, 0, 2, 3}, {1, 2, 3, 4, 5}};
    derive_text_file(t, words, &names[1], &clock[0][0], 2, 5);
    s = (derive_settings){.group = "", .time = "time", .every = 1};
    derive_expect(t, &s, "text", (double[]){1, M, 2, M}, 4); /* codes: b, none, c, none */
    s.fill = RESAMPLE_LINEAR;
    derive_expect(t, &s, "text", (double[]){1, 1, 2, 2}, 4);
}

static void what_is_no_clock_is_refused(void **state)
{
    fixture *t = *state;
    const double back[3][4] = {{0, 0, 0, 0}, {0, 1, 0.5, 2}, {1, 2, 3, 4}};
    const double far[3][3] = {{0, 0, 0}, {0, 1, 1e12}, {1, 2, 3}};
    const double day[3][3] = {{0, 0, 0}, {20240130, 20240131, 20240132}, {1, 2, 3}};
    const double hole[3][3] = {{0, 0, 0}, {1, M, 2}, {1, 2, 3}};
    const derive_settings s = {.group = "", .time = "time", .every = 1};
    fixture_file(t, names, &back[0][0], 3, 4);
    derive_refused(t, &s, STINT_EDATA,
                   "t.parquet:row 3: column \"time\": 0.5 is before 1 of the row before it "
                   "(t.parquet:row 2)");
    fixture_file(t, names, &far[0][0], 3, 3);
    derive_refused(t, &s, STINT_EDATA, "series.every: steps of 1 make more than 1000 times");
    fixture_file(t, names, &day[0][0], 3, 3);
    derive_refused(t, &s, STINT_EDATA, "row 3: column \"time\": 20240132 is no day written");
    fixture_file(t, names, &hole[0][0], 3, 3);
    derive_refused(t, &s, STINT_EDATA, "row 2: column \"time\": the cell is missing");
    derive_refused(t, &(derive_settings){.group = "", .time = "tine", .every = 1}, STINT_EUSAGE,
                   "series.time: the table has no column \"tine\"; did you mean \"time\"?");
    static const char *const words[] = {"2024-01-01", "soon"};
    derive_text_file(t, words, &names[2], (double[]){1, 2}, 1, 2);
    derive_refused(t, &(derive_settings){.group = "", .time = "text", .every = 1}, STINT_EDATA,
                   "row 2: column \"text\": \"soon\" is no time");
}

static void series_are_told_apart(void **state)
{
    fixture *t = *state;
    const double apart[3][4] = {{1, 1, 2, 1}, {0, 1, 2, 3}, {1, 2, 3, 4}};
    const double none[3][2] = {{1, M}, {0, 1}, {1, 2}};
    fixture_file(t, names, &apart[0][0], 3, 4);
    derive_refused(t, &every_one, STINT_EDATA,
                   "t.parquet:row 4: column \"id\": the series 1 began at t.parquet:row 1 and "
                   "goes on here");
    assert_int_equal(derive_check(t->ctx, &t->file, &every_one), STINT_EDATA);
    assert_message(t, "put the rows of a series together");
    fixture_file(t, names, &none[0][0], 3, 2);
    derive_refused(t, &every_one, STINT_EDATA, "row 2: column \"id\": the cell is missing");
    static const char *const cells[] = {"a", "b", "a"};
    derive_text_file(t, cells, &names[1], (double[]){0, 1, 2}, 1, 3);
    derive_refused(t, &(derive_settings){.group = "text", .time = "time", .every = 1}, STINT_EDATA,
                   "row 3: column \"text\": the series \"a\" began at t.parquet:row 1");
}

/* Many rows over several chunks, most steps of one row, against the plain way. */
static void chunks_do_not_show(void **state)
{
    fixture *t = *state;
    enum { N = 2 * COLFILE_CHUNK_ROWS + 1000 };
    double *x = malloc(3 * N * sizeof *x), *got = malloc(2 * N * sizeof *got);
    int64_t steps = 0;
    for (int i = 0; i < N; i++) {
        x[i] = i / 50000;
        x[N + i] = i + (i % 7 == 3);
        x[2 * N + i] = i;
    }
    fixture_file(t, names, x, 3, N);
    const derive_settings s = {.group = "id", .time = "time", .every = 2, .by = RESAMPLE_SUM};
    int64_t n = derive_column_values(t, &s, "x", got, 2 * N);
    for (int begin = 0; begin < N; begin += 50000) {
        int end = begin + 50000 < N ? begin + 50000 : N;
        double sum[25002] = {0};
        int64_t last = 0;
        for (int i = begin; i < end; i++) {
            last = (int64_t)((x[N + i] - x[N + begin]) / 2);
            sum[last] += i;
        }
        for (int64_t k = 0; k <= last; k++)
            assert_true(got[steps + k] == sum[k]);
        steps += last + 1;
    }
    assert_int_equal(n, steps);
    free(x);
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(steps_are_filled_with_rows),
        FIXTURE_TEST(missing_cells_are_filled),
        FIXTURE_TEST(steps_of_a_tenth_hold_one_row_each),
        FIXTURE_TEST(days_as_numbers_become_seconds),
        FIXTURE_TEST(texts_are_times_and_the_last_of_a_step),
        FIXTURE_TEST(what_is_no_clock_is_refused),
        FIXTURE_TEST(series_are_told_apart),
        FIXTURE_TEST(chunks_do_not_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
