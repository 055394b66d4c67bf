#include "data/xlsx_read_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The cells of a sheet, xl/worksheets/sheet1.xml, a row at a time: the parser pauses behind
 * each </row> that holds anything, so that one row is all there ever is.
 *
 * Rows and cells may say where they are (r="7", r="C7"); one that does not is the next. */

enum {
    SHEET,
    DATA,
    ROW,
    CELL,
    FORMULA,
    VALUE,
    INLINE,
    INLINE_T,
    INLINE_R,
    INLINE_R_T,
    MERGES,
    MERGE
};

enum { LETTERS = 26, RANGE_SIZE = 48, QUOTE_MOST = 40 };

struct sheet_state {
    xlsx_reader *reader;
    ctx *ctx;
    xml_reader xml;
    VEC(xlsx_cell) cells;
    arena texts; /* of the row, that are not shared */
    int64_t text_bytes;
    int64_t row, told; /* the row being parsed; the last one the caller has got */
    int columns;       /* of the row: behind its last cell that is not empty */
    bool row_said, ready;
    xlsx_row out;
    char merged[RANGE_SIZE];
    /* the cell being parsed */
    int column, type;
    int64_t style;
    bool formula, valued;
    str value;
};

/* --- messages ----------------------------------------------------------------------------- */

static stint_status sheet_refuse(const sheet_state *s, int64_t row, int column, const char *what)
{
    char name[XLSX_CELL_NAME_SIZE];
    return fail(s->ctx, STINT_EDATA, "%s: sheet \"%s\", cell %s: %s", s->reader->path,
                xlsx_chosen(s->reader), xlsx_cell_name(name, row, column), what);
}

/* "…": the value, cut short, then what is wrong with it */
static stint_status refuse_value(const sheet_state *s, const char *what)
{
    char text[160];
    snprintf(text, sizeof text, "\"%.*s\" %s: save the workbook again", QUOTE_MOST, s->value.at,
             what);
    return sheet_refuse(s, s->row, s->column, text);
}

static stint_status row_refuse(const sheet_state *s, const char *what)
{
    return fail(s->ctx, STINT_EDATA, "%s: sheet \"%s\": %s", s->reader->path,
                xlsx_chosen(s->reader), what);
}

/* --- places ------------------------------------------------------------------------------- */

const char *xlsx_cell_name(char out[XLSX_CELL_NAME_SIZE], int64_t row, int column)
{
    char letters[8];
    int n = 0;
    for (int64_t left = (int64_t)column + 1; left > 0; left = (left - 1) / LETTERS)
        letters[n++] = (char)('A' + (left - 1) % LETTERS);
    for (int i = 0; i < n; i++)
        out[i] = letters[n - 1 - i];
    snprintf(out + n, (size_t)(XLSX_CELL_NAME_SIZE - n), "%lld", (long long)row);
    return out;
}

/* "C7" */
static bool parse_place(const char *text, int64_t *row, int *column)
{
    int x = 0;
    const char *p = text;
    for (; *p >= 'A' && *p <= 'Z' && x <= XLSX_COLUMNS_MOST; p++)
        x = LETTERS * x + (*p - 'A' + 1);
    *column = x - 1;
    return p > text && x <= XLSX_COLUMNS_MOST && xml_integer(p, XLSX_ROWS_MOST, row) && *row > 0;
}

static stint_status on_row_start(void *self, const char **attributes)
{
    sheet_state *s = self;
    const char *r = xml_attribute(attributes, "r");
    int64_t before = s->row;
    char what[128];
    s->row = before + 1;
    s->row_said = r != NULL;
    if (r && (!xml_integer(r, XLSX_ROWS_MOST, &s->row) || s->row < 1)) {
        snprintf(what, sizeof what, "a row is numbered \"%.*s\": save the workbook again",
                 QUOTE_MOST, r);
        return row_refuse(s, what);
    }
    if (s->row > XLSX_ROWS_MOST)
        return row_refuse(s, "more than 1048576 rows: save the sheet as CSV");
    if (s->row <= before) {
        snprintf(what, sizeof what, "row %lld stands behind row %lld: save the workbook again",
                 (long long)s->row, (long long)before);
        return row_refuse(s, what);
    }
    s->column = -1;
    return STINT_OK;
}

/* The first cell of a row without a number may tell it. */
static stint_status place_cell(sheet_state *s, const char *r)
{
    int before = s->column, column;
    int64_t row;
    char what[128];
    if (!r) {
        s->column++;
        return s->column < XLSX_COLUMNS_MOST
                   ? STINT_OK
                   : row_refuse(s, "more than 16384 columns: save the workbook again");
    }
    if (!parse_place(r, &row, &column)) {
        snprintf(what, sizeof what, "\"%.*s\" is no place of a cell: save the workbook again",
                 QUOTE_MOST, r);
        return row_refuse(s, what);
    }
    if (!s->row_said && before < 0 && row > s->row)
        s->row = row;
    if (row != s->row || column <= before) {
        snprintf(what, sizeof what, "the cell %.*s stands in row %lld%s: save the workbook again",
                 QUOTE_MOST, r, (long long)s->row, row == s->row ? " out of order, or twice" : "");
        return row_refuse(s, what);
    }
    s->column = column;
    return STINT_OK;
}

/* --- values ------------------------------------------------------------------------------- */

/* Keep the value's text for as long as the row. */
static stint_status keep_text(sheet_state *s, xlsx_cell *cell, xlsx_kind kind)
{
    size_t len = text_unescape(s->value.at, s->value.len);
    s->text_bytes += (int64_t)len + 1;
    if (s->text_bytes > XLSX_ROW_TEXT_MOST)
        return sheet_refuse(s, s->row, s->column,
                            "the row's texts are longer than 64 MiB: save the sheet as CSV");
    char *at = arena_alloc(&s->texts, len + 1);
    if (!at)
        return STINT_ENOMEM;
    memcpy(at, s->value.at, len);
    *cell = (xlsx_cell){.kind = kind, .len = (uint32_t)len, .text = at};
    return STINT_OK;
}

static void trim_value(str *v)
{
    static const char blanks[] = " \t\r\n";
    size_t front = strspn(v->at, blanks);
    if (front) {
        v->len -= front;
        memmove(v->at, v->at + front, v->len + 1);
    }
    while (v->len && strchr(blanks, v->at[v->len - 1]))
        v->at[--v->len] = '\0';
}

static stint_status is_date(const sheet_state *s, bool *date)
{
    const xlsx_styles *styles = &s->reader->styles;
    *date = false;
    if (!s->reader->styles_part)
        return STINT_OK;
    if (s->style >= styles->dates.n && s->style > 0)
        return sheet_refuse(s, s->row, s->column,
                            "its style is not in the workbook: save the workbook again");
    *date = s->style < styles->dates.n && styles->dates.at[s->style];
    return STINT_OK;
}

static stint_status take_number(sheet_state *s, xlsx_cell *cell)
{
    static const char beyond[] = "########";
    double x;
    bool date;
    trim_value(&s->value);
    if (!s->value.len)
        return STINT_OK;
    if (!str_parse_double(s->value.at, &x) || !isfinite(x))
        return refuse_value(s, "is not a number");
    TRY(is_date(s, &date));
    *cell = (xlsx_cell){.kind = XLSX_NUMBER, .number = x};
    if (!date)
        return STINT_OK;
    cell->kind = XLSX_DATE;
    if (!date_of_serial(x, s->reader->from_1904, &cell->number))
        *cell = (xlsx_cell){.kind = XLSX_ERROR, .text = beyond, .len = sizeof beyond - 1};
    return STINT_OK;
}

static stint_status take_shared(sheet_state *s, xlsx_cell *cell)
{
    int64_t index;
    trim_value(&s->value);
    if (!xml_integer(s->value.at, INT32_MAX, &index) || index >= s->reader->strings.texts.n)
        return refuse_value(s, "is no shared text of the workbook");
    cell->kind = XLSX_TEXT;
    cell->text = strings_text(&s->reader->strings, index, &cell->len);
    return STINT_OK;
}

static stint_status take_text(sheet_state *s, xlsx_cell *cell)
{
    return keep_text(s, cell, XLSX_TEXT);
}

static stint_status take_error(sheet_state *s, xlsx_cell *cell)
{
    return keep_text(s, cell, XLSX_ERROR);
}

static stint_status take_bool(sheet_state *s, xlsx_cell *cell)
{
    const char *v = s->value.at;
    trim_value(&s->value);
    if (!xml_true(v) && strcmp(v, "0") != 0 && strcmp(v, "false") != 0)
        return refuse_value(s, "is neither true nor false");
    *cell = (xlsx_cell){.kind = XLSX_BOOL, .number = xml_true(v)};
    return STINT_OK;
}

static stint_status take_date(sheet_state *s, xlsx_cell *cell)
{
    trim_value(&s->value);
    if (!date_of_text(s->value.at, s->reader->from_1904, &cell->number))
        return refuse_value(s, "is not a date");
    cell->kind = XLSX_DATE;
    return STINT_OK;
}

/* The kinds of cells by their attribute t; the first is that of cells without it. */
static const struct {
    const char *name;
    stint_status (*take)(sheet_state *s, xlsx_cell *cell);
} types[] = {
    {"n", take_number},       {"s", take_shared}, {"str", take_text}, {"b", take_bool},
    {"inlineStr", take_text}, {"e", take_error},  {"d", take_date},
};

/* --- cells -------------------------------------------------------------------------------- */

static stint_status on_cell_start(void *self, const char **attributes)
{
    sheet_state *s = self;
    const char *type = "n", *style = NULL, *place = NULL;
    for (const char **a = attributes; *a; a += 2)
        if (a[0][0] && !a[0][1])
            switch (a[0][0]) {
            case 'r': place = a[1]; break;
            case 's': style = a[1]; break;
            case 't': type = a[1]; break;
            }
    TRY(place_cell(s, place));
    str_clear(&s->value);
    s->formula = s->valued = false;
    s->style = 0;
    s->type = 0;
    int n = sizeof types / sizeof *types;
    while (s->type < n && strcmp(types[s->type].name, type) != 0)
        s->type++;
    if (s->type == n)
        return sheet_refuse(s, s->row, s->column, "its type is unknown: save the workbook again");
    if (style && !xml_integer(style, INT32_MAX, &s->style))
        return sheet_refuse(s, s->row, s->column,
                            "its style is not a number: save the workbook again");
    return STINT_OK;
}

static stint_status on_formula(void *self, const char **attributes)
{
    (void)attributes;
    ((sheet_state *)self)->formula = true;
    return STINT_OK;
}

static stint_status on_value(void *self, const char **attributes)
{
    (void)attributes;
    ((sheet_state *)self)->valued = true;
    return STINT_OK;
}

static stint_status on_text(void *self, const char *bytes, int n)
{
    sheet_state *s = self;
    if (!text_append(&s->value, bytes, n))
        return sheet_refuse(s, s->row, s->column,
                            "its text is longer than 1 MiB: shorten it, or save the sheet as CSV");
    return str_status(&s->value);
}

static stint_status on_cell_end(void *self)
{
    sheet_state *s = self;
    xlsx_cell cell = {.kind = XLSX_EMPTY};
    if (s->formula)
        cell.kind = XLSX_FORMULA;
    else if (s->valued)
        TRY(types[s->type].take(s, &cell));
    if (cell.kind == XLSX_EMPTY)
        return STINT_OK;
    TRY(vec_reserve(s->ctx, TAG_LIBRARY, &s->cells, s->column + 1));
    for (; s->columns < s->column; s->columns++)
        s->cells.at[s->columns] = (xlsx_cell){.kind = XLSX_EMPTY};
    s->cells.at[s->columns++] = cell;
    return STINT_OK;
}

static stint_status on_row_end(void *self)
{
    sheet_state *s = self;
    s->ready = s->columns > 0;
    if (s->ready)
        xml_pause(&s->xml);
    return STINT_OK;
}

static stint_status on_merge(void *self, const char **attributes)
{
    sheet_state *s = self;
    const char *range = xml_attribute(attributes, "ref");
    if (!s->merged[0])
        snprintf(s->merged, sizeof s->merged, "%s", range && *range ? range : "of unknown place");
    return STINT_OK;
}

static const xml_rule rules[] = {
    [SHEET] = {"worksheet", XML_ROOT},
    [DATA] = {"sheetData", SHEET},
    [ROW] = {"row", DATA, on_row_start, on_row_end},
    [CELL] = {"c", ROW, on_cell_start, on_cell_end},
    [FORMULA] = {"f", CELL, on_formula},
    [VALUE] = {"v", CELL, on_value, .text = on_text},
    [INLINE] = {"is", CELL, on_value},
    [INLINE_T] = {"t", INLINE, .text = on_text},
    [INLINE_R] = {"r", INLINE},
    [INLINE_R_T] = {"t", INLINE_R, .text = on_text},
    [MERGES] = {"mergeCells", SHEET},
    [MERGE] = {"mergeCell", MERGES, on_merge},
};

/* --- rows --------------------------------------------------------------------------------- */

sheet_state *sheet_open(xlsx_reader *r, const char *part)
{
    sheet_state *s = mem_new(r->ctx, TAG_LIBRARY, sheet_state, 1);
    if (!s)
        return NULL;
    s->reader = r;
    s->ctx = r->ctx;
    arena_init(&s->texts, r->ctx, TAG_LIBRARY);
    str_init(&s->value, r->ctx, TAG_LIBRARY);
    if (xml_open(&s->xml, &r->archive, part, rules, sizeof rules / sizeof *rules, s) == STINT_OK)
        return s;
    sheet_close(s);
    return NULL;
}

void sheet_close(sheet_state *s)
{
    if (!s)
        return;
    xml_close(&s->xml);
    vec_free(&s->cells);
    arena_deinit(&s->texts);
    str_deinit(&s->value);
    mem_free(s);
}

/* Parse up to the next row that holds anything. */
static stint_status parse_row(sheet_state *s)
{
    s->columns = 0;
    s->text_bytes = 0;
    arena_deinit(&s->texts);
    while (!s->ready && !s->xml.done)
        TRY(xml_advance(&s->xml));
    return STINT_OK;
}

stint_status sheet_next(sheet_state *s, const xlsx_row **row)
{
    *row = NULL;
    if (!s->ready)
        TRY(parse_row(s));
    if (!s->ready)
        return s->xml.status;
    bool gap = ++s->told < s->row;
    s->out = (xlsx_row){.number = s->told, .columns = gap ? 0 : s->columns, .cells = s->cells.at};
    s->ready = gap;
    *row = &s->out;
    return STINT_OK;
}

const char *sheet_merged(const sheet_state *s)
{
    return s->merged[0] ? s->merged : NULL;
}
