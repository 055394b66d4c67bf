/* Workbooks read row by row, and what is said of those that are wrong. */
#include "data/xlsx_read.h"
#include "unit/fixture.h"
#include "xlsx_make.h"

#define SHEET_PART "xl/worksheets/sheet1.xml"

/* --- workbooks ---------------------------------------------------------------------------- */

static const char *write_zip(fixture *t, zip_making *z)
{
    const char *path = fixture_path(t, "book.xlsx");
    assert_int_equal(file_write_atomic(t->ctx, path, z->out.at, z->out.len), STINT_OK);
    zip_free(z);
    return path;
}

static const char *make_book(fixture *t, const xlsx_part *other, int n)
{
    zip_making z;
    zip_begin(&z, t->ctx);
    xlsx_make(&z, other, n);
    zip_end(&z);
    return write_zip(t, &z);
}

static const char *make_sheet(fixture *t, const char *sheet)
{
    return make_book(t, &(xlsx_part){SHEET_PART, sheet}, 1);
}

/* Every row as text, one a line: "1: 3 |text| true d86400 #N/A =" */
static void describe_cell(str *out, const xlsx_cell *cell)
{
    static const struct {
        const char *before;
        bool number, text;
    } forms[] = {
        [XLSX_EMPTY] = {" ."},
        [XLSX_NUMBER] = {" ", .number = true},
        [XLSX_TEXT] = {" |", .text = true},
        [XLSX_BOOL] = {" bool", .number = true},
        [XLSX_DATE] = {" d", .number = true},
        [XLSX_ERROR] = {" !", .text = true},
        [XLSX_FORMULA] = {" ="},
    };
    str_add(out, forms[cell->kind].before);
    if (forms[cell->kind].number)
        str_addf(out, "%.15g", cell->number);
    else
        assert_true(cell->number == 0);
    if (forms[cell->kind].text) {
        assert_int_equal(strlen(cell->text), cell->len);
        str_addf(out, "%s%s", cell->text, cell->kind == XLSX_TEXT ? "|" : "");
    } else {
        assert_true(!cell->text && !cell->len);
    }
}

static stint_status read_rows(xlsx_reader *r, str *out)
{
    const xlsx_row *row;
    stint_status s;
    while ((s = xlsx_next(r, &row)) == STINT_OK && row) {
        str_addf(out, "%lld:", (long long)row->number);
        for (int j = 0; j < row->columns; j++)
            describe_cell(out, &row->cells[j]);
        str_add(out, "\n");
    }
    return s;
}

static void assert_rows(fixture *t, const char *path, const char *sheet, const char *want)
{
    str out;
    str_init(&out, t->ctx, TAG_BASE);
    xlsx_reader *r = xlsx_open(t->ctx, path, NULL);
    if (!r || xlsx_choose(r, sheet) != STINT_OK || read_rows(r, &out) != STINT_OK)
        fail_msg("%s", stint_message(t->ctx));
    assert_string_equal(out.at, want);
    xlsx_close(r);
    str_deinit(&out);
}

static void assert_refused(fixture *t, const char *path, const char *fragment)
{
    str out;
    str_init(&out, t->ctx, TAG_BASE);
    xlsx_reader *r = xlsx_open(t->ctx, path, NULL);
    stint_status s = r ? xlsx_choose(r, NULL) : ctx_status(t->ctx);
    if (s == STINT_OK)
        s = read_rows(r, &out);
    if (s != STINT_EDATA)
        fail_msg("status %d where \"%s\" was awaited, rows:\n%s", s, fragment, out.at);
    if (!strstr(stint_message(t->ctx), path))
        fail_msg("\"%s\" does not name the file", stint_message(t->ctx));
    xlsx_close(r);
    str_deinit(&out);
    assert_message(t, fragment);
}

/* --- what is read ------------------------------------------------------------------------- */

static void every_kind_of_cell(void **state)
{
    assert_rows(
        *state,
        make_sheet(*state,
                   SHEET("<row r='1'><c r='A1'><v>1.5</v></c><c r='B1' t='n'><v>-2e3</v></c>"
                         "<c r='C1' t='s'><v>0</v></c><c r='D1' t='b'><v>1</v></c>"
                         "<c r='E1' t='b'><v>0</v></c><c r='F1' t='e'><v>#N/A</v></c>"
                         "<c r='G1' t='str'><v>so</v></c></row>"
                         "<row r='2'><c r='A2' t='inlineStr'><is><t>in</t></is></c>"
                         "<c r='B2' t='inlineStr'><is><r><t>r1</t></r><r><t> r2</t></r>"
                         "<rPh><t>no</t></rPh></is></c>"
                         "<c r='C2' t='d'><v>2024-02-29T12:00:00Z</v></c>"
                         "<c r='D2' t='s'><v> 1 </v></c><c r='E2' t='s'><v>2</v></c>"
                         "<c r='F2' t='s'><v>3</v></c></row>"
                         "<row r='3'><c r='A3'><f>SUM(A1:B1)</f><v>7</v></c>"
                         "<c r='B3' t='str'><f/><v>x</v></c><c r='C3' t='n'><v/></c>"
                         "<c r='D3'><v><![CDATA[4]]></v></c><c r='E3' t='s'/></row>")),
        NULL,
        "1: 1.5 -2000 |plain| bool1 bool0 !#N/A |so|\n"
        "2: |in| |r1 r2| d1709208000 |rich | |a\rb & \xC3\xA9 _x0041_ _xZZZZ_| ||\n"
        "3: = = . 4\n");
}

static void gaps_are_empty_and_positions_count_on(void **state)
{
    assert_rows(*state,
                make_sheet(*state, SHEET("<row r='2'><c r='C2'><v>1</v></c><c><v>2</v></c>"
                                         "<c s='1'/><c r='AA2' s='1'/></row>"
                                         "<row><c><v>3</v></c><c/><c><v>4</v></c></row>"
                                         "<row r='5'/><row><c r='B7'><v>5</v></c></row>"
                                         "<row r='9'><c r='A9'/></row><row r='1048576'/>")),
                NULL, "1:\n2: . . 1 2\n3: 3 . 4\n4:\n5:\n6:\n7: . 5\n");
    assert_rows(*state, make_sheet(*state, SHEET("<row r='1'><c r='XFD1'/></row>")), NULL, "");
    assert_rows(*state, make_sheet(*state, SHEET("")), NULL, "");
}

static void dates_by_style(void **state)
{
    static const char sheet[] =
        SHEET("<row><c s='1'><v>45306</v></c><c s='2'><v>45306.4375</v></c><c s='3'><v>1.5</v></c>"
              "<c s='4'><v>3</v></c><c s='5'><v>0.25</v></c><c s='1'><v>1</v></c>"
              "<c s='1'><v>59</v></c><c s='1'><v>61</v></c><c s='1'><v>-1</v></c>"
              "<c s='1'><v>2958466</v></c><c t='d'><v>1970-01-02</v></c></row>");
    static const char book_1904[] =
        XML "<workbook xmlns:r='x'><workbookPr date1904='1'/><sheets>"
            "<sheet name='Data' sheetId='1' r:id='rId1'/></sheets></workbook>";
    assert_rows(*state, make_sheet(*state, sheet), NULL,
                "1: d1705276800 d1705314600 1.5 3 d-2209053600 d-2208988800 d-2203977600 "
                "d-2203891200 !######## !######## d86400\n");
    assert_rows(
        *state,
        make_book(*state, (xlsx_part[]){{SHEET_PART, sheet}, {"xl/workbook.xml", book_1904}}, 2),
        NULL,
        "1: d1831593600 d1831631400 1.5 3 d-2082823200 d-2082758400 d-2077747200 d-2077574400 !######## !######## d86400\n");
}

static void merged_cells_are_told_at_the_end(void **state)
{
    fixture *t = *state;
    const xlsx_row *row;
    xlsx_reader *r = xlsx_open(
        t->ctx,
        make_sheet(t, XML "<worksheet><sheetData><row><c><v>1</v></c></row></sheetData>"
                          "<mergeCells count='2'><mergeCell ref='B2:C4'/><mergeCell ref='D1:D2'/>"
                          "</mergeCells></worksheet>"),
        NULL);
    assert_int_equal(xlsx_choose(r, "Data"), STINT_OK);
    assert_int_equal(xlsx_next(r, &row), STINT_OK);
    assert_null(xlsx_merged(r));
    assert_int_equal(xlsx_next(r, &row), STINT_OK);
    assert_null(row);
    assert_string_equal(xlsx_merged(r), "B2:C4");
    assert_int_equal(xlsx_next(r, &row), STINT_OK);
    assert_null(row);
    assert_int_equal(xlsx_choose(r, "Data"), STINT_OK);
    assert_null(xlsx_merged(r));
    assert_int_equal(xlsx_next(r, &row), STINT_OK);
    assert_int_equal(row->number, 1);
    xlsx_close(r);
}

/* What other writers do: prefixes, strict namespaces, other directories, leading slashes, names
 * in another case, foreign elements with names that ours have, UTF-16. */
static void books_of_other_writers(void **state)
{
    static const xlsx_part parts[] = {
        {"_rels/.rels",
         RELS "<Relationship Target='/Book/B.xml' Id='a' "
              "Type='http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument'/>"
              "</Relationships>"},
        {"book/b.xml",
         "<x:workbook xmlns:x='http://purl.oclc.org/ooxml/spreadsheetml/main' "
         "xmlns:q='y'><x:sheets><x:sheet name='A' q:id='1' state='hidden'/>"
         "<x:sheet name='B &amp; C' sheetId='7' q:id='2'/><x:sheet name='D' q:id='3'/>"
         "<x:sheet name='Graph' q:id='4'/></x:sheets></x:workbook>"},
        {"book/_rels/B.xml.rels",
         RELS "<Relationship Target='../sheets/./a.xml' Id='2' Type='http://purl.oclc.org/ooxml/"
              "officeDocument/relationships/worksheet'/>"
              "<Relationship Target='../sheets/b.xml' Id='1' Type='worksheet'/>"
              "<Relationship Target='/sheets/b.xml' Id='3' Type='worksheet'/>"
              "<Relationship Target='c.xml' Id='4' Type='x/chartsheet'/>"
              "<Relationship Target='styles.xml' Id='5' Type='styles'/></Relationships>"},
        {"Sheets\\A.xml", "<m:worksheet xmlns:m='z'><m:sheetData><m:row m:r='9'><m:c>"
                          "<m:extLst><m:v>no</m:v><m:f/></m:extLst><m:v>1</m:v></m:c></m:row>"
                          "</m:sheetData></m:worksheet>"},
        {"/sheets/b.xml", "\xFF\xFE<\0w\0o\0r\0k\0s\0h\0e\0e\0t\0/\0>\0"},
        {"xl/workbook.xml", NULL},
        {"xl/_rels/workbook.xml.rels", NULL},
        {"xl/sharedStrings.xml", NULL},
        {"xl/styles.xml", NULL},
        {SHEET_PART, NULL},
    };
    fixture *t = *state;
    zip_making z;
    zip_begin(&z, t->ctx);
    for (int i = 0; i < 5; i++)
        if (i == 4)
            zip_add(&z, parts[i].name, parts[i].text, 26, NULL);
        else
            zip_add_text(&z, parts[i].name, parts[i].text);
    zip_end(&z);
    const char *path = write_zip(t, &z);
    assert_rows(t, path, NULL, "1: 1\n");
    assert_rows(t, path, "D", "");
    const xlsx_sheet *sheets;
    xlsx_reader *r = xlsx_open(t->ctx, path, NULL);
    assert_int_equal(xlsx_sheets(r, &sheets), 3);
    assert_string_equal(sheets[1].name, "B & C");
    assert_true(sheets[0].hidden && !sheets[1].hidden);
    assert_int_equal(xlsx_choose(r, "B & c"), STINT_EDATA);
    assert_message(t, "there is no sheet \"B & c\"; it has \"A\", \"B & C\", \"D\"; did you mean "
                      "\"B & C\"?");
    xlsx_close(r);
}

static void a_long_sheet_in_pieces(void **state)
{
    enum { ROWS = 20000 };
    fixture *t = *state;
    const xlsx_row *row;
    str xml;
    str_init(&xml, t->ctx, TAG_BASE);
    str_add(&xml, "<worksheet><sheetData>");
    for (int i = 1; i <= ROWS; i++)
        str_addf(&xml,
                 "<row r=\"%d\"><c r=\"A%d\"><v>%d.5</v></c><c t=\"inlineStr\"><is><t>"
                 "text %0100d</t></is></c></row>\n",
                 i, i, i, i);
    str_add(&xml, "</sheetData></worksheet>");
    const char *path = make_sheet(t, xml.at);
    str_deinit(&xml);
    xlsx_reader *r = xlsx_open(t->ctx, path, NULL);
    assert_int_equal(xlsx_choose(r, NULL), STINT_OK);
    int64_t before = budget_peak(ctx_budget(t->ctx)), live = budget_live(ctx_budget(t->ctx));
    for (int i = 1; i <= ROWS; i++) {
        char text[128];
        assert_int_equal(xlsx_next(r, &row), STINT_OK);
        snprintf(text, sizeof text, "text %0100d", i);
        assert_int_equal(row->number, i);
        assert_int_equal(row->columns, 2);
        assert_true(row->cells[0].number == i + 0.5);
        assert_string_equal(row->cells[1].text, text);
    }
    assert_int_equal(xlsx_next(r, &row), STINT_OK);
    assert_null(row);
    assert_true(budget_live(ctx_budget(t->ctx)) < live + (512 << 10));
    assert_true(budget_peak(ctx_budget(t->ctx)) == before);
    xlsx_close(r);
}

static void names_of_cells(void **state)
{
    static const struct {
        int64_t row;
        int column;
        const char *name;
    } cases[] = {{1, 0, "A1"},   {7, 2, "C7"},      {9, 25, "Z9"},
                 {9, 26, "AA9"}, {10, 701, "ZZ10"}, {1048576, 16383, "XFD1048576"}};
    char name[XLSX_CELL_NAME_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(xlsx_cell_name(name, cases[i].row, cases[i].column), cases[i].name);
}

/* --- what is refused ---------------------------------------------------------------------- */

static void cells_that_are_wrong(void **state)
{
    static const struct {
        const char *rows, *message;
    } cases[] = {
        {"<row r='7'><c r='C7'><v>1,5</v></c></row>",
         "sheet \"Data\", cell C7: \"1,5\" is not a number"},
        {"<row><c><v>nan</v></c></row>", "\"nan\" is not a number"},
        {"<row><c><v>1e999</v></c></row>", "\"1e999\" is not a number"},
        {"<row><c t='s'><v>4</v></c></row>", "cell A1: \"4\" is no shared text"},
        {"<row><c t='s'><v>-1</v></c></row>", "\"-1\" is no shared text"},
        {"<row><c t='s'><v>99999999999999999999</v></c></row>", "is no shared text"},
        {"<row><c t='b'><v>2</v></c></row>", "\"2\" is neither true nor false"},
        {"<row><c t='d'><v>2023-02-29</v></c></row>", "\"2023-02-29\" is not a date"},
        {"<row><c t='d'><v>1900-02-29</v></c></row>", "is not a date"},
        {"<row><c t='z'><v>1</v></c></row>", "cell A1: its type is unknown"},
        {"<row><c s='6'><v>1</v></c></row>", "cell A1: its style is not in the workbook"},
        {"<row><c s='x'><v>1</v></c></row>", "cell A1: its style is not a number"},
        {"<row r='2'/><row r='2'/>", "row 2 stands behind row 2"},
        {"<row r='0'/>", "a row is numbered \"0\""},
        {"<row r='1048577'/>", "a row is numbered \"1048577\""},
        {"<row r='1048576'/><row/>", "more than 1048576 rows"},
        {"<row r='1'><c r='A2'/></row>", "the cell A2 stands in row 1"},
        {"<row r='1'><c r='B1'/><c r='A1'/></row>", "the cell A1 stands in row 1 out of order"},
        {"<row r='1'><c r='B1'/><c r='B1'/></row>", "the cell B1 stands in row 1 out of order"},
        {"<row r='1'><c r='XFE1'/></row>", "\"XFE1\" is no place of a cell"},
        {"<row r='1'><c r='XFD1'/><c/></row>", "more than 16384 columns"},
        {"<row r='1'><c r='1A'/></row>", "\"1A\" is no place"},
        {"<row r='1'><c r='A'/></row>", "\"A\" is no place"},
        {"<row r='1'><c r=''/></row>", "\"\" is no place"},
        {"<row r='1'><c r='ZZZZZZZZZZZZZZZZZZZZ1'/></row>", "is no place"},
        {"<row r='1'><c r='A0'/></row>", "\"A0\" is no place"},
    };
    str sheet;
    fixture *t = *state;
    str_init(&sheet, t->ctx, TAG_BASE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str_clear(&sheet);
        str_addf(&sheet, SHEET("%s"), cases[i].rows);
        assert_refused(t, make_sheet(t, sheet.at), cases[i].message);
    }
    str_deinit(&sheet);
}

static void xml_that_is_wrong(void **state)
{
    static const struct {
        const char *xml, *message;
    } cases[] = {
        {"<worksheet>\n<sheetData>\n<row></sheetData></worksheet>",
         SHEET_PART ":3: not well-formed XML (mismatched tag)"},
        {"<worksheet><sheetData>", "not well-formed XML (no element found)"},
        {"", "not well-formed XML"},
        {"<worksheet/><worksheet/>", "not well-formed XML (junk after document element)"},
        {"<worksheet>&bomb;</worksheet>", "not well-formed XML (undefined entity)"},
        {"<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet>&a;</worksheet>", ":1: a DOCTYPE"},
        {"<!DOCTYPE worksheet SYSTEM 'http://x/y'><worksheet/>", ":1: a DOCTYPE"},
        {"<html/>", "<html> stands where <worksheet> belongs"},
        {"<?xml version='1.0' encoding='klingon'?><worksheet/>", "(unknown encoding)"},
        {"<worksheet>\xFF\xFF</worksheet>", "not well-formed XML"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(*state, make_sheet(*state, cases[i].xml), cases[i].message);
}

static void parts_that_are_wrong(void **state)
{
    static const struct {
        xlsx_part part;
        const char *message;
    } cases[] = {
        {{"_rels/.rels", NULL}, "this archive is not an .xlsx workbook"},
        {{"_rels/.rels", "<Relationships/>"}, "this archive is not an .xlsx workbook"},
        {{"_rels/.rels", "<Relationships><Relationship Id='a' Type='x/officeDocument' "
                         "Target='xl/workbook.bin'/></Relationships>"},
         "this is a binary workbook (.xlsb): save it as .xlsx"},
        {{"_rels/.rels", "<Relationships><Relationship Id='a' Type='x/officeDocument' "
                         "Target='../../../..'/></Relationships>"},
         "is missing"},
        {{"xl/workbook.xml", NULL}, "the part xl/workbook.xml is missing"},
        {{"xl/_rels/workbook.xml.rels", NULL}, "the part xl/_rels/workbook.xml.rels is missing"},
        {{SHEET_PART, NULL}, "the part " SHEET_PART " is missing"},
        {{"xl/workbook.xml", "<workbook/>"}, "the workbook has no sheet with cells"},
        {{"xl/workbook.xml", "<workbook xmlns:r='x'><sheets><sheet name='A' r:id='no'/></sheets>"
                             "</workbook>"},
         "the sheet \"A\" has no part in the workbook"},
        {{"xl/workbook.xml", "<workbook xmlns:r='x'><sheets><sheet name='A' state='veryHidden' "
                             "r:id='rId1'/></sheets></workbook>"},
         "every sheet is hidden: name one, such as \"A\""},
        {{"xl/_rels/workbook.xml.rels", "<Relationships><Relationship Id='rId1' Type='worksheet' "
                                        "Target='http://x/y' TargetMode='External'/>"
                                        "</Relationships>"},
         "the sheet \"Data\" has no part in the workbook"},
        {{"xl/sharedStrings.xml", "<sst><si></sst>"}, "xl/sharedStrings.xml:1: not well-formed"},
        {{"xl/styles.xml", "<x/>"}, "<x> stands where <styleSheet> belongs"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(*state, make_book(*state, &cases[i].part, 1), cases[i].message);
    assert_refused(*state,
                   make_book(*state,
                             (xlsx_part[]){{"_rels/.rels", NULL},
                                           {"mimetype", "application/vnd.oasis.opendocument"},
                                           {"content.xml", "<x/>"}},
                             3),
                   "this is an OpenDocument file");
}

static void things_beyond_their_limits(void **state)
{
    fixture *t = *state;
    str sheet;
    str_init(&sheet, t->ctx, TAG_BASE);
    str_add(&sheet, "<worksheet>");
    for (int i = 0; i < 70; i++)
        str_add(&sheet, "<a>");
    assert_refused(t, make_sheet(t, sheet.at), "nested deeper");
    str_clear(&sheet);
    str_addf(&sheet, "<worksheet><sheetData><row><c t='str'><v>%*s</v></c></row>",
             XLSX_TEXT_MOST + 1, "x");
    assert_refused(t, make_sheet(t, sheet.at), "cell A1: its text is longer than 1 MiB");
    str_clear(&sheet);
    str_addf(&sheet, "<sst><si><t>%*s</t></si></sst>", XLSX_TEXT_MOST + 1, "x");
    assert_refused(t, make_book(t, &(xlsx_part){"xl/sharedStrings.xml", sheet.at}, 1),
                   "the shared text 0 is longer than 1 MiB");
    str_clear(&sheet);
    str_addf(&sheet, "<worksheet><sheetData a='%*s'/></worksheet>", 6 << 20, "x");
    assert_refused(t, make_sheet(t, sheet.at), "a tag is larger");
    str_deinit(&sheet);
    const char *path = make_book(t, NULL, 0);
    xlsx_reader *r = xlsx_open(t->ctx, path, &(xlsx_settings){.string_bytes = 100});
    assert_int_equal(xlsx_choose(r, NULL), STINT_EPLAN);
    assert_message(t, "its texts take more than 100 B of memory");
    xlsx_close(r);
    assert_null(xlsx_open(t->ctx, path, &(xlsx_settings){.part_bytes = 100}));
    assert_message(t, "_rels/.rels is larger than 100 B");
}

static void add_sheet_bytes(fixture *t, zip_making *z, const void *bytes, size_t n,
                            const zip_wrong *wrong)
{
    zip_begin(z, t->ctx);
    xlsx_make(z, &(xlsx_part){SHEET_PART, NULL}, 1);
    zip_add(z, SHEET_PART, bytes, n, wrong);
    zip_end(z);
}

static void archives_that_are_wrong(void **state)
{
    static const char sheet[] = SHEET("<row><c><v>1</v></c></row>");
    static const struct {
        zip_wrong wrong;
        const char *message;
    } cases[] = {
        {{.encrypted = true}, SHEET_PART " is encrypted"},
        {{.crc = 1}, SHEET_PART " is damaged"},
        {{.stored = true, .method = 8}, SHEET_PART " is damaged"},
        {{.method = 12}, SHEET_PART " is compressed in a way"},
    };
    fixture *t = *state;
    zip_making z;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        add_sheet_bytes(t, &z, sheet, sizeof sheet - 1, &cases[i].wrong);
        assert_refused(t, write_zip(t, &z), cases[i].message);
    }
    static const zip_wrong fine[] = {{.stored = true}, {.size = -10}, {.size = 100000}};
    for (int i = 0; i < 3; i++) { /* sizes are not believed, so they may lie */
        add_sheet_bytes(t, &z, sheet, sizeof sheet - 1, &fine[i]);
        assert_rows(t, write_zip(t, &z), NULL, "1: 1\n");
    }
    zip_begin(&z, t->ctx);
    xlsx_make(&z, &(xlsx_part){"XL\\Workbook.xml", "<x/>"}, 1);
    zip_end(&z);
    assert_refused(t, write_zip(t, &z), "the archive holds \"XL\\Workbook.xml\" twice");
}

static void bombs_are_refused(void **state)
{
    enum { SIZE = 80 << 20 };
    fixture *t = *state;
    zip_making z;
    char *zeros = mem_alloc(t->ctx, TAG_BASE, SIZE);
    memset(zeros, ' ', SIZE);
    memcpy(zeros, "<worksheet>", 11);
    add_sheet_bytes(t, &z, zeros, SIZE, NULL);
    mem_free(zeros);
    assert_refused(t, write_zip(t, &z), "inflates more than 1000-fold");
}

/* Within any budget the workbook is read, or the shortage told, and nothing is left behind. */
static void memory_that_is_short(void **state)
{
    fixture *t = *state;
    const char *path = make_sheet(
        t, SHEET("<row><c t='s'><v>1</v></c><c t='inlineStr'><is><t>in</t></is></c></row>"));
    int read = 0, short_of = 0;
    for (int64_t bytes = 64; bytes < 400000; bytes += bytes < 20000 ? 64 : 4096) {
        str out;
        ctx *c = ctx_child(t->ctx, "short", bytes);
        str_init(&out, t->ctx, TAG_BASE);
        xlsx_reader *r = xlsx_open(c, path, NULL);
        stint_status s = r ? xlsx_choose(r, NULL) : ctx_status(c);
        s = s == STINT_OK ? read_rows(r, &out) : s;
        xlsx_close(r);
        read += s == STINT_OK;
        short_of += s == STINT_ENOMEM;
        assert_true(s == STINT_OK || s == STINT_ENOMEM);
        assert_int_equal(budget_live(ctx_budget(c)), 0);
        stint_clear(t->ctx);
        ctx_free_child(c);
        str_deinit(&out);
    }
    assert_true(read > 10 && short_of > 100);
}

static void files_that_are_cut(void **state)
{
    fixture *t = *state;
    zip_making z;
    str whole;
    zip_begin(&z, t->ctx);
    xlsx_make(&z, NULL, 0);
    zip_end(&z);
    whole = z.out;
    str_deinit(&z.directory);
    const char *path = fixture_path(t, "cut.xlsx");
    for (size_t n = 0; n < whole.len; n += n < 8 ? 1 : 97) {
        FILE *f = fopen(path, "wb");
        fwrite(whole.at, 1, n, f);
        fclose(f);
        assert_refused(t, path,
                       n == 0  ? "the file is empty"
                       : n < 2 ? "this is not an .xlsx workbook"
                               : "the archive is damaged or cut short");
    }
    str_deinit(&whole);
}

static void files_that_are_no_workbooks(void **state)
{
    fixture *t = *state;
    const char *path = fixture_path(t, "other.xlsx");
    static const char old[] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on";
    assert_int_equal(file_write_atomic(t->ctx, path, old, sizeof old), STINT_OK);
    assert_refused(t, path, "an old .xls workbook, or one with a password");
    assert_int_equal(file_write_atomic(t->ctx, path, "a,b\n1,2\n", 8), STINT_OK);
    assert_refused(t, path, "this is not an .xlsx workbook: save it as .xlsx");
    assert_null(xlsx_open(t->ctx, "absent.xlsx", NULL));
    assert_int_equal(ctx_status(t->ctx), STINT_EIO);
    assert_message(t, "absent.xlsx");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(every_kind_of_cell),
        FIXTURE_TEST(gaps_are_empty_and_positions_count_on),
        FIXTURE_TEST(dates_by_style),
        FIXTURE_TEST(merged_cells_are_told_at_the_end),
        FIXTURE_TEST(books_of_other_writers),
        FIXTURE_TEST(a_long_sheet_in_pieces),
        FIXTURE_TEST(names_of_cells),
        FIXTURE_TEST(cells_that_are_wrong),
        FIXTURE_TEST(xml_that_is_wrong),
        FIXTURE_TEST(parts_that_are_wrong),
        FIXTURE_TEST(things_beyond_their_limits),
        FIXTURE_TEST(archives_that_are_wrong),
        FIXTURE_TEST(bombs_are_refused),
        FIXTURE_TEST(memory_that_is_short),
        FIXTURE_TEST(files_that_are_cut),
        FIXTURE_TEST(files_that_are_no_workbooks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
