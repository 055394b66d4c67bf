/* Workbooks: cells as XML, the same bytes however they are handed in, bounded memory, and
 * nothing left of what failed.
 *
 *     test_xlsx_write PATH    writes the workbook that test_xlsx_readers.py reads */
#include "base/fault.h"
#include "base/os/os.h"
#include "base/rng.h"
#include "data/xlsx_write.h"
#include "unit/zip_text.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#define PATH  "test_xlsx_write.xlsx"
#define SHEET "xl/worksheets/sheet1.xml"

typedef struct place {
    ctx *ctx;
    pool *pool; /* of two threads */
    str text;
} place;

static int setup(void **state)
{
    place *p = calloc(1, sizeof *p);
    p->ctx = stint_open(NULL);
    p->pool = pool_new(p->ctx, 2);
    str_init(&p->text, p->ctx, TAG_BASE);
    *state = p;
    return p->pool ? 0 : -1;
}

static int teardown(void **state)
{
    place *p = *state;
    bool clear = !file_exists(PATH);
    str_deinit(&p->text);
    pool_free(p->pool);
    stint_clear(p->ctx);
    clear &= budget_live(ctx_budget(p->ctx)) == 0;
    stint_close(p->ctx);
    unlink(PATH);
    free(p);
    return !clear;
}

static xlsx_writer *begin(place *p, const xlsx_column *columns, int n)
{
    xlsx_writer *w = xlsx_create(p->ctx, p->pool, PATH);
    assert_non_null(w);
    assert_int_equal(xlsx_sheet(w, &(xlsx_sheet_info){"table", columns, n, false}), STINT_OK);
    return w;
}

/* The text of a part of PATH, which goes. */
static const char *part(place *p, const char *name)
{
    bool zip64;
    str file;
    str_init(&file, p->ctx, TAG_BASE);
    assert_int_equal(file_read(p->ctx, PATH, &file), STINT_OK);
    str_clear(&p->text);
    assert_true(zip_text(&file, name, &p->text, &zip64));
    assert_false(zip64);
    str_deinit(&file);
    return p->text.at;
}

static const char *finished(place *p, xlsx_writer *w, const char *name)
{
    assert_int_equal(xlsx_finish(w), STINT_OK);
    const char *text = part(p, name);
    unlink(PATH);
    return text;
}

/* --- cells ------------------------------------------------------------------------------------ */

static void assert_has(const char *text, const char *wanted)
{
    if (!strstr(text, wanted))
        fail_msg("no %s in %s", wanted, text);
}

static void cells_of_every_kind_by_columns(void **state)
{
    place *p = *state;
    static const xlsx_column columns[] = {{"a", XLSX_NUMBER, 0},
                                          {"b & c", XLSX_TEXT, 12.5},
                                          {NULL, XLSX_GENERAL, 0},
                                          {"none", XLSX_GENERAL, 0},
                                          {"when", XLSX_DATE, 0}};
    static const double x[] = {0.1, NAN, -INFINITY}, days[] = {0, 86400 * 1.5, -86400};
    static const char *const texts[] = {"=1+1", NULL, ""};
    static const int8_t bools[] = {1, -1, 0};
    xlsx_writer *w = begin(p, columns, 5);
    xlsx_values values[] = {
        {.numbers = x}, {.texts = texts}, {.bools = bools}, {0}, {.numbers = days}};
    assert_int_equal(xlsx_rows(w, values, 3), STINT_OK);
    const char *text = finished(p, w, SHEET);
    assert_has(text, "<pane ySplit=\"1\" topLeftCell=\"A2\"");
    assert_has(text, "<col min=\"2\" max=\"2\" width=\"12.5\" customWidth=\"1\"/>");
    assert_has(text,
               "<sheetData><row r=\"1\"><c r=\"A1\" s=\"10\" t=\"inlineStr\"><is><t>a</t></is></c>"
               "<c r=\"B1\" s=\"10\" t=\"inlineStr\"><is><t>b &amp; c</t></is></c>"
               "<c r=\"D1\"");
    assert_has(text, "<row r=\"2\"><c r=\"A2\" s=\"2\"><v>0.1</v></c>"
                     "<c r=\"B2\" s=\"5\" t=\"inlineStr\"><is><t>=1+1</t></is></c>"
                     "<c r=\"C2\" t=\"b\"><v>1</v></c><c r=\"E2\" s=\"6\"><v>25569</v></c></row>"
                     "<row r=\"3\"><c r=\"E3\" s=\"6\"><v>25570.5</v></c></row>"
                     "<row r=\"4\"><c r=\"A4\" s=\"2\" t=\"inlineStr\"><is><t>-inf</t></is></c>"
                     "<c r=\"B4\" s=\"5\" t=\"inlineStr\"><is><t></t></is></c>"
                     "<c r=\"C4\" t=\"b\"><v>0</v></c><c r=\"E4\" s=\"6\"><v>25568</v></c></row>"
                     "</sheetData></worksheet>");
}

static void mixed_cells_have_formats_of_their_own(void **state)
{
    place *p = *state;
    static const xlsx_column columns[] = {{0}, {.format = XLSX_PERCENT}};
    static const xlsx_cell cells[] = {
        {.kind = XLSX_A_TEXT, .format = XLSX_HEADING, .text = "rows"},
        {.kind = XLSX_A_NUMBER, .format = XLSX_INTEGER, .number = 100000},
        {.kind = XLSX_A_BOOL, .number = 1},
        {.kind = XLSX_A_NUMBER, .number = 0.25},
        {.kind = XLSX_EMPTY},
        {.kind = XLSX_A_TEXT, .text = NULL},
    };
    xlsx_writer *w = begin(p, columns, 2);
    assert_int_equal(xlsx_cells(w, cells, 3), STINT_OK);
    const char *text = finished(p, w, SHEET);
    assert_null(strstr(text, "<pane"));
    assert_has(
        text, "<row r=\"1\"><c r=\"A1\" s=\"10\" t=\"inlineStr\"><is><t>rows</t></is></c>"
              "<c r=\"B1\" s=\"1\"><v>100000</v></c></row><row r=\"2\"><c r=\"A2\" t=\"b\"><v>1</v>"
              "</c><c r=\"B2\" s=\"4\"><v>0.25</v></c></row><row r=\"3\"></row>");
}

typedef struct escaped {
    const char *text, *xml;
} escaped;

static void texts_are_escaped(void **state)
{
    place *p = *state;
    static const escaped cases[] = {
        {"a<b>&\"'", "<t>a&lt;b&gt;&amp;\"'</t>"},
        {" edge", "<t xml:space=\"preserve\"> edge</t>"},
        {"edge\n", "<t xml:space=\"preserve\">edge\n</t>"},
        {"two\tand\rthree", "<t>two\tand&#13;three</t>"},
        {"\x01 \x7f", "<t>\xef\xbf\xbd \x7f</t>"},
        {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
         "<t>gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80</t>"},
        {"cut \xe2\x82", "<t>cut \xef\xbf\xbd\xef\xbf\xbd</t>"},
        {"\xc0\xaf\xed\xa0\x80",
         "<t>\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd</t>"},
        {"no \xef\xbf\xbe", "<t>no \xef\xbf\xbd</t>"},
        {"_x000D_ _x00 _", "<t>_x005F_x000D_ _x00 _</t>"},
    };
    xlsx_writer *w = begin(p, &(xlsx_column){0}, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(xlsx_rows(w, &(xlsx_values){.texts = &cases[i].text}, 1), STINT_OK);
    const char *text = finished(p, w, SHEET);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_has(text, cases[i].xml);
}

static void the_last_column_is_XFD(void **state)
{
    place *p = *state;
    xlsx_column *columns = calloc(XLSX_COLUMNS_MOST + 1, sizeof *columns);
    xlsx_values *values = calloc(XLSX_COLUMNS_MOST, sizeof *values);
    static const xlsx_values empty[XLSX_COLUMNS_MOST];
    double one = 1;
    for (int j = 0; j < XLSX_COLUMNS_MOST; j++)
        values[j].numbers = &one;
    int64_t held = budget_live(ctx_budget(p->ctx));
    xlsx_writer *w = begin(p, columns, XLSX_COLUMNS_MOST);
    assert_int_equal(xlsx_rows(w, values, 1), STINT_OK);
    assert_int_equal(xlsx_rows(w, empty, 2), STINT_OK); /* chunks without any text */
    assert_int_equal(xlsx_finish(w), STINT_OK);
    assert_true(budget_peak(ctx_budget(p->ctx)) - held <= xlsx_bytes(XLSX_COLUMNS_MOST, 2));
    const char *text = part(p, SHEET);
    unlink(PATH);
    assert_has(text, "<c r=\"Z1\"><v>1</v></c><c r=\"AA1\">");
    assert_has(text, "<c r=\"ZZ1\"><v>1</v></c><c r=\"AAA1\">");
    assert_has(text,
               "<c r=\"XFD1\"><v>1</v></c></row><row r=\"2\"></row><row r=\"3\"></row></sheet");
    w = xlsx_create(p->ctx, p->pool, PATH);
    xlsx_sheet_info wide = {"wide", columns, XLSX_COLUMNS_MOST + 1, false};
    assert_int_equal(xlsx_sheet(w, &wide), STINT_EDATA);
    assert_has(stint_message(p->ctx), "16385 columns");
    xlsx_abandon(w);
    free(columns);
    free(values);
}

/* --- sheets ----------------------------------------------------------------------------------- */

static void sheet_names_are_made_valid(void **state)
{
    place *p = *state;
    static const char *const names[] = {"a/b:c*[d]?\\",
                                        "",
                                        NULL,
                                        "x",
                                        "X",
                                        "'quoted' & 'edge'",
                                        "a name of rather more than thirty-one characters",
                                        "a name of rather more than thirty-one letters",
                                        "History"};
    static const char *const made[] = {"a_b_c__d___",
                                       "sheet",
                                       "sheet (2)",
                                       "x",
                                       "X (2)",
                                       "_quoted' &amp; 'edge_",
                                       "a name of rather more than thir",
                                       "a name of rather more than  (2)",
                                       "History (2)"};
    xlsx_writer *w = xlsx_create(p->ctx, p->pool, PATH);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(
            xlsx_sheet(w, &(xlsx_sheet_info){names[i], &(xlsx_column){.title = "t"}, 1, i == 5}),
            STINT_OK);
    const char *text = finished(p, w, "xl/workbook.xml");
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        char wanted[128];
        snprintf(wanted, sizeof wanted, "<sheet name=\"%s\" sheetId=\"%d\"", made[i], (int)i + 1);
        assert_has(text, wanted);
    }
    assert_has(text, "localSheetId=\"5\" hidden=\"1\">'_quoted'' &amp; ''edge_'!$A$1:$A$1<");
}

static void a_workbook_without_sheets_is_given_one(void **state)
{
    place *p = *state;
    xlsx_writer *w = xlsx_create(p->ctx, p->pool, PATH);
    assert_has(finished(p, w, "xl/workbook.xml"), "<sheet name=\"sheet\" sheetId=\"1\"");
}

static void what_a_sheet_cannot_hold_is_refused(void **state)
{
    place *p = *state;
    xlsx_writer *w = begin(p, &(xlsx_column){.title = "t"}, 1);
    assert_int_equal(xlsx_rows(w, &(xlsx_values){0}, XLSX_ROWS_MOST), STINT_EDATA);
    assert_has(stint_message(p->ctx), "sheet \"table\": more than 1048576 rows");
    stint_clear(p->ctx);
    char *text = malloc(XLSX_TEXT_MOST * 3 + 2);
    for (int i = 0; i < XLSX_TEXT_MOST; i++)
        memcpy(text + 3 * i, "\xe2\x82\xac", 3);
    text[XLSX_TEXT_MOST * 3] = '\0';
    const char *texts[] = {"short", text};
    assert_int_equal(xlsx_rows(w, &(xlsx_values){.texts = texts}, 2), STINT_OK);
    strcat(text, "x");
    assert_int_equal(xlsx_rows(w, &(xlsx_values){.texts = texts}, 2), STINT_EDATA);
    assert_has(stint_message(p->ctx), "sheet \"table\", cell A5: a text of 32768 characters");
    xlsx_abandon(w);
    free(text);
}

/* --- bytes and memory ------------------------------------------------------------------------- */

enum { TABLE_ROWS = 9000, TABLE_COLUMNS = 7 };

typedef struct table {
    double numbers[TABLE_COLUMNS][TABLE_ROWS];
    const char *texts[TABLE_ROWS];
    int8_t bools[TABLE_ROWS];
} table;

static table *table_new(void)
{
    static const char *const words[] = {"one", "two & two", NULL, "drei\n", ""};
    table *t = malloc(sizeof *t);
    for (int j = 0; j < TABLE_COLUMNS; j++)
        for (int i = 0; i < TABLE_ROWS; i++)
            t->numbers[j][i] = rng_normal((rng){1, 1}, (uint64_t)(j * TABLE_ROWS + i));
    for (int i = 0; i < TABLE_ROWS; i++) {
        t->texts[i] = words[i % 5];
        t->bools[i] = (int8_t)(i % 3);
    }
    return t;
}

/* Two sheets of the table, by batches: a digest of the file's bytes. */
static uint64_t table_bytes(const table *t, int threads, int64_t batch)
{
    ctx *c = stint_open(NULL);
    pool *pool = pool_new(c, threads);
    xlsx_column columns[TABLE_COLUMNS] = {{"a", XLSX_NUMBER, 0}, {"b", XLSX_TEXT, 0}};
    int64_t held = budget_live(ctx_budget(c));
    xlsx_writer *w = xlsx_create(c, pool, PATH);
    for (int sheet = 0; sheet < 2; sheet++) {
        xlsx_sheet_info info = {"t", columns, TABLE_COLUMNS - sheet, true};
        assert_int_equal(xlsx_sheet(w, &info), STINT_OK);
        for (int64_t at = 0, n; at < TABLE_ROWS; at += n) {
            xlsx_values values[TABLE_COLUMNS];
            n = TABLE_ROWS - at < batch ? TABLE_ROWS - at : batch;
            for (int j = 0; j < TABLE_COLUMNS; j++)
                values[j] = (xlsx_values){.numbers = t->numbers[j] + at};
            values[1] = (xlsx_values){.texts = t->texts + at};
            values[2] = (xlsx_values){.bools = t->bools + at};
            assert_int_equal(xlsx_rows(w, values, n), STINT_OK);
        }
    }
    assert_int_equal(xlsx_finish(w), STINT_OK);
    assert_true(budget_peak(ctx_budget(c)) - held <= xlsx_bytes(TABLE_COLUMNS, threads));
    assert_int_equal(budget_live(ctx_budget(c)), held);
    str file;
    str_init(&file, c, TAG_BASE);
    assert_int_equal(file_read(c, PATH, &file), STINT_OK);
    uint64_t digest = crc32(0, (const Bytef *)file.at, (uInt)file.len) | (uint64_t)file.len << 32;
    str_deinit(&file);
    pool_free(pool);
    stint_close(c);
    unlink(PATH);
    return digest;
}

static void the_same_bytes_for_any_threads_and_batches(void **state)
{
    (void)state;
    static const struct {
        int threads;
        int64_t batch;
    } cases[] = {{2, TABLE_ROWS}, {4, TABLE_ROWS}, {1, 1}, {4, 1}, {2, 7}, {4, 1000}, {1, 4096}};
    table *t = table_new();
    uint64_t wanted = table_bytes(t, 1, TABLE_ROWS);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(table_bytes(t, cases[i].threads, cases[i].batch), wanted);
    free(t);
}

static void the_worst_texts_stay_within_the_bound(void **state)
{
    place *p = *state;
    enum { ROWS = 64 };
    int64_t held = budget_live(ctx_budget(p->ctx));
    char *text = malloc(XLSX_TEXT_MOST + 1);
    const char *texts[ROWS];
    memset(text, '&', XLSX_TEXT_MOST);
    text[XLSX_TEXT_MOST] = '\0';
    for (int i = 0; i < ROWS; i++)
        texts[i] = text + (i * 977) % 5;
    xlsx_writer *w = begin(p, &(xlsx_column){0}, 1);
    for (int i = 0; i < 4; i++)
        assert_int_equal(xlsx_rows(w, &(xlsx_values){.texts = texts}, ROWS), STINT_OK);
    assert_int_equal(xlsx_finish(w), STINT_OK);
    assert_true(budget_peak(ctx_budget(p->ctx)) - held <= xlsx_bytes(1, 2));
    unlink(PATH);
    free(text);
}

/* --- failures --------------------------------------------------------------------------------- */

static stint_status write_table(place *p, const table *t)
{
    xlsx_values values[TABLE_COLUMNS];
    xlsx_column columns[TABLE_COLUMNS] = {{"a", XLSX_NUMBER, 0}};
    for (int j = 0; j < TABLE_COLUMNS; j++)
        values[j] = (xlsx_values){.numbers = t->numbers[j]};
    xlsx_writer *w = xlsx_create(p->ctx, p->pool, PATH);
    if (!w)
        return ctx_status(p->ctx);
    stint_status s = xlsx_sheet(w, &(xlsx_sheet_info){"t", columns, TABLE_COLUMNS, true});
    if (s == STINT_OK)
        s = xlsx_rows(w, values, TABLE_ROWS);
    if (s == STINT_OK)
        return xlsx_finish(w);
    xlsx_abandon(w);
    return s;
}

/* A file-size limit stands in for the full disk, at every part of the file. */
static void a_failed_write_leaves_nothing(void **state)
{
    place *p = *state;
    table *t = table_new();
    assert_int_equal(write_table(p, t), STINT_OK);
    int64_t whole = file_size(PATH);
    struct rlimit before, little;
    getrlimit(RLIMIT_FSIZE, &before);
    little = before;
    signal(SIGXFSZ, SIG_IGN);
    for (int64_t most = whole - 1; most > 0; most = most > whole - 2000 ? most - 97 : most / 3) {
        little.rlim_cur = (rlim_t)most;
        setrlimit(RLIMIT_FSIZE, &little);
        stint_status s = write_table(p, t);
        setrlimit(RLIMIT_FSIZE, &before);
        assert_int_equal(s, STINT_EIO);
        assert_has(stint_message(p->ctx), "cannot write " PATH);
        assert_false(file_exists(PATH));
        stint_clear(p->ctx);
    }
    free(t);
}

#ifdef STINT_FAULTS
static void a_refused_allocation_leaves_nothing(void **state)
{
    place *p = *state;
    table *t = table_new();
    stint_status s = STINT_ENOMEM;
    int n = 1;
    for (; s != STINT_OK && n < 1000; n++) {
        char fault[32];
        snprintf(fault, sizeof fault, "*:alloc:%d", n);
        fault_arm(fault);
        s = write_table(p, t);
        fault_arm(NULL);
        assert_true(s == STINT_OK || s == STINT_ENOMEM);
        assert_int_equal(file_exists(PATH), s == STINT_OK);
        stint_clear(p->ctx);
    }
    assert_in_range(n, 20, 999);
    unlink(PATH);
    free(t);
}
#endif

/* --- the workbook that others read ------------------------------------------------------------ */

enum { SAMPLE_ROWS = 20000, SAMPLE_COLUMNS = 5 };

/* The rows of test_xlsx_readers.py: numbers that take all digits, dates, words, bools. */
static stint_status sample_rows(xlsx_writer *w)
{
    static const char *const words[] = {"",  " edge ", "=1+1", "a<b>&\"c'", "gr\xc3\xbc\xc3\x9f\n2",
                                        NULL};
    double numbers[100], whole[100], days[100];
    const char *texts[100];
    int8_t bools[100];
    for (int64_t at = 0; at < SAMPLE_ROWS; at += 100) {
        for (int64_t i = at, k = 0; k < 100; i++, k++) {
            numbers[k] =
                i % 11 == 5 ? NAN : ((double)i / 7 - 1000) * ldexp(1, (int)(i % 200) - 100);
            whole[k] = (double)(i * i);
            days[k] = (double)i * 86400 + (i % 24) * 3600;
            texts[k] = words[i % 6];
            bools[k] = (int8_t)(i % 3);
        }
        TRY(xlsx_rows(w,
                      (xlsx_values[]){{.numbers = numbers},
                                      {.numbers = whole},
                                      {.numbers = days},
                                      {.texts = texts},
                                      {.bools = bools}},
                      100));
    }
    return STINT_OK;
}

static stint_status sample_formats(xlsx_writer *w)
{
    TRY(xlsx_sheet(w, &(xlsx_sheet_info){"formats", (xlsx_column[]){{0}, {0}}, 2, false}));
    for (int i = 0; i < XLSX_FORMATS; i++)
        TRY(xlsx_cells(
            w,
            (xlsx_cell[]){{.kind = XLSX_A_NUMBER, .number = i},
                          {.kind = XLSX_A_NUMBER, .format = (xlsx_format)i, .number = 0.5}},
            1));
    return STINT_OK;
}

static stint_status sample(xlsx_writer *w)
{
    static const xlsx_column columns[SAMPLE_COLUMNS] = {{"number", XLSX_NUMBER, 20},
                                                        {"whole", XLSX_INTEGER, 0},
                                                        {"day", XLSX_DATE_TIME, 22},
                                                        {"text", XLSX_TEXT, 0},
                                                        {"bool", XLSX_GENERAL, 0}};
    TRY(xlsx_sheet(w, &(xlsx_sheet_info){"rows & more", columns, SAMPLE_COLUMNS, true}));
    TRY(sample_rows(w));
    return sample_formats(w);
}

static int write_sample(const char *path)
{
    ctx *c = stint_open(NULL);
    pool *p = pool_new(c, 2);
    xlsx_writer *w = xlsx_create(c, p, path);
    stint_status s = w ? sample(w) : ctx_status(c);
    if (s == STINT_OK)
        s = xlsx_finish(w);
    else
        xlsx_abandon(w);
    pool_free(p);
    stint_close(c);
    return s != STINT_OK;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(cells_of_every_kind_by_columns),
        TEST(mixed_cells_have_formats_of_their_own),
        TEST(texts_are_escaped),
        TEST(the_last_column_is_XFD),
        TEST(sheet_names_are_made_valid),
        TEST(a_workbook_without_sheets_is_given_one),
        TEST(what_a_sheet_cannot_hold_is_refused),
        TEST(the_same_bytes_for_any_threads_and_batches),
        TEST(the_worst_texts_stay_within_the_bound),
        TEST(a_failed_write_leaves_nothing),
#ifdef STINT_FAULTS
        TEST(a_refused_allocation_leaves_nothing),
#endif
    };
    return argc > 1 ? write_sample(argv[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}
