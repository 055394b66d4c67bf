#include "base/utf8.h"
#include "data/xlsx_write_impl.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The parts of a package (ECMA-376, part 2) around the sheets: what they are, how cells look,
 * which sheets there are. */

#define XML           "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define PACKAGE       "http://schemas.openxmlformats.org/package/2006/"
#define DOCUMENT      "http://schemas.openxmlformats.org/officeDocument/2006/"
#define SPREADSHEET   "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define SHEET_TYPE    "application/vnd.openxmlformats-officedocument.spreadsheetml."
#define PACKAGE_TYPE  "application/vnd.openxmlformats-package."
#define RELATIONSHIPS XML "<Relationships xmlns=\"" PACKAGE "relationships\">"

enum { FIRST_OWN_CODE = 164, WIDTH_LEAST = 11, WIDTH_MOST = 60 };

/* A format's code; `built_in` codes need no declaration. */
static const struct {
    const char *code;
    int built_in;
    bool bold;
} formats[XLSX_FORMATS] = {
    [XLSX_GENERAL] = {.built_in = 0},
    [XLSX_INTEGER] = {.built_in = 3},
    [XLSX_NUMBER] = {.code = "0.0#####"},
    [XLSX_SCIENTIFIC] = {.built_in = 11},
    [XLSX_PERCENT] = {.code = "0.0%"},
    [XLSX_TEXT] = {.built_in = 49},
    [XLSX_DATE] = {.code = "yyyy\\-mm\\-dd"},
    [XLSX_DATE_TIME] = {.code = "yyyy\\-mm\\-dd\\ hh:mm:ss"},
    [XLSX_SECONDS] = {.code = "0.0##\" s\""},
    [XLSX_BYTES] = {.code = "[>=1000000000]0.0,,,\" GB\";[>=1000000]0.0,,\" MB\";0.0,\" kB\""},
    [XLSX_HEADING] = {.built_in = 0, .bold = true},
};

/* A valid text as the value of an attribute. */
static void add_escaped(str *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        char one[2] = {*p}, room[XLSX_GROWTH + 1];
        if (*p == '"')
            str_add(out, "&quot;");
        else if ((unsigned char)*p < 0x80)
            str_add_bytes(out, room, (size_t)(xlsx_escape(room, one) - room));
        else
            str_add_bytes(out, p, 1);
    }
}

/* --- names ------------------------------------------------------------------------------------ */

/* Up to so many UTF-16 units of a wanted name, without what a name must not have. */
static void clean_name(const char *wanted, int units, char *out)
{
    char *at = out;
    for (const char *p = wanted; *p && units > 0; units--) {
        size_t n = utf8_length(p);
        if (n == 4 && --units == 0)
            break;
        bool edge = *p == '\'' && (at == out || !p[1] || units == 1);
        bool bad = n == 0 || (unsigned char)*p < 0x20 || strchr("[]:*?/\\", *p) || edge;
        if (bad)
            *at++ = '_';
        else
            at = (char *)memcpy(at, p, n) + n;
        p += n ? n : 1;
    }
    *at = '\0';
}

static bool is_taken(const xlsx_sheets *before, const char *name)
{
    for (int64_t i = 0; i < before->n; i++)
        if (strcasecmp(before->at[i].name, name) == 0)
            return true;
    return strcasecmp(name, "History") == 0; /* kept for itself by Excel */
}

void xlsx_sheet_name(const xlsx_sheets *before, const char *wanted, char out[XLSX_NAME_BYTES])
{
    wanted = wanted && *wanted ? wanted : "sheet";
    clean_name(wanted, XLSX_NAME_UNITS, out);
    for (int i = 2; is_taken(before, out); i++) {
        char suffix[16];
        int n = snprintf(suffix, sizeof suffix, " (%d)", i);
        clean_name(wanted, XLSX_NAME_UNITS - n, out);
        strcat(out, suffix);
    }
}

/* --- parts ------------------------------------------------------------------------------------ */

static void add_relation(str *out, int id, const char *type, const char *target)
{
    str_addf(out, "<Relationship Id=\"rId%d\" Type=\"%s\" Target=\"%s\"/>", id, type, target);
}

void xlsx_relations_part(str *out)
{
    str_add(out, RELATIONSHIPS);
    add_relation(out, 1, DOCUMENT "relationships/officeDocument", "xl/workbook.xml");
    add_relation(out, 2, PACKAGE "relationships/metadata/core-properties", "docProps/core.xml");
    str_add(out, "</Relationships>");
}

void xlsx_properties_part(str *out)
{
    str_add(out, XML "<cp:coreProperties xmlns:cp=\"" PACKAGE "metadata/core-properties\" "
                     "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
                     "xmlns:dcterms=\"http://purl.org/dc/terms/\" "
                     "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">"
                     "<dc:creator>Stint</dc:creator>"
                     "<dcterms:created xsi:type=\"dcterms:W3CDTF\">1980-01-01T00:00:00Z"
                     "</dcterms:created></cp:coreProperties>");
}

static int code_of(int format)
{
    return formats[format].code ? FIRST_OWN_CODE + format : formats[format].built_in;
}

static void add_codes(str *out)
{
    int n = 0;
    for (int i = 0; i < XLSX_FORMATS; i++)
        n += formats[i].code != NULL;
    str_addf(out, "<numFmts count=\"%d\">", n);
    for (int i = 0; i < XLSX_FORMATS; i++) {
        if (!formats[i].code)
            continue;
        str_addf(out, "<numFmt numFmtId=\"%d\" formatCode=\"", code_of(i));
        add_escaped(out, formats[i].code);
        str_add(out, "\"/>");
    }
    str_add(out, "</numFmts>");
}

/* Style i of a cell is format i. */
void xlsx_styles_part(str *out)
{
    static const char font[] = "<sz val=\"11\"/><name val=\"Calibri\"/><family val=\"2\"/></font>";
    str_add(out, XML "<styleSheet xmlns=\"" SPREADSHEET "\">");
    add_codes(out);
    str_addf(out, "<fonts count=\"2\"><font>%s<font><b/>%s</fonts>", font, font);
    str_add(out, "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>"
                 "<fill><patternFill patternType=\"gray125\"/></fill></fills>"
                 "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border>"
                 "</borders><cellStyleXfs count=\"1\">"
                 "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>");
    str_addf(out, "<cellXfs count=\"%d\">", XLSX_FORMATS);
    for (int i = 0; i < XLSX_FORMATS; i++)
        str_addf(out,
                 "<xf numFmtId=\"%d\" fontId=\"%d\" fillId=\"0\" borderId=\"0\" xfId=\"0\"%s%s/>",
                 code_of(i), formats[i].bold, code_of(i) ? " applyNumberFormat=\"1\"" : "",
                 formats[i].bold ? " applyFont=\"1\"" : "");
    str_add(out, "</cellXfs><cellStyles count=\"1\">"
                 "<cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>"
                 "</styleSheet>");
}

/* "A1:T100", with `mark` before letters and digits where the reference is to be absolute. */
static void add_range(str *out, const xlsx_sheet_entry *s, const char *mark)
{
    xlsx_letters last = xlsx_letters_of(s->columns - 1);
    str_addf(out, "%sA%s1:%s%.*s%s%lld", mark, mark, mark, last.n, last.at, mark,
             (long long)s->rows);
}

static void add_quoted_name(str *out, const char *name)
{
    str_add(out, "'");
    for (const char *p = name; *p; p += strcspn(p, "'")) {
        char part[XLSX_NAME_BYTES];
        if (*p == '\'') {
            str_add(out, "''");
            p++;
        }
        snprintf(part, sizeof part, "%.*s", (int)strcspn(p, "'"), p);
        add_escaped(out, part);
    }
    str_add(out, "'");
}

/* The name by which spreadsheets know a sheet's filter. */
static void add_filter_names(str *out, const xlsx_sheets *sheets)
{
    bool any = false;
    for (int64_t i = 0; i < sheets->n; i++) {
        const xlsx_sheet_entry *s = &sheets->at[i];
        if (!s->filter)
            continue;
        str_add(out, any ? "" : "<definedNames>");
        str_addf(out,
                 "<definedName name=\"_xlnm._FilterDatabase\" localSheetId=\"%d\" hidden=\"1\">",
                 (int)i);
        add_quoted_name(out, s->name);
        str_add(out, "!");
        add_range(out, s, "$");
        str_add(out, "</definedName>");
        any = true;
    }
    str_add(out, any ? "</definedNames>" : "");
}

void xlsx_workbook_part(str *out, const xlsx_sheets *sheets)
{
    str_add(out, XML "<workbook xmlns=\"" SPREADSHEET "\" xmlns:r=\"" DOCUMENT "relationships\">"
                     "<bookViews><workbookView/></bookViews><sheets>");
    for (int64_t i = 0; i < sheets->n; i++) {
        str_add(out, "<sheet name=\"");
        add_escaped(out, sheets->at[i].name);
        str_addf(out, "\" sheetId=\"%d\" r:id=\"rId%d\"/>", (int)i + 1, (int)i + 1);
    }
    str_add(out, "</sheets>");
    add_filter_names(out, sheets);
    str_add(out, "</workbook>");
}

void xlsx_workbook_relations_part(str *out, const xlsx_sheets *sheets)
{
    int n = (int)sheets->n;
    str_add(out, RELATIONSHIPS);
    for (int i = 1; i <= n; i++) {
        char target[48];
        snprintf(target, sizeof target, "worksheets/sheet%d.xml", i);
        add_relation(out, i, DOCUMENT "relationships/worksheet", target);
    }
    add_relation(out, n + 1, DOCUMENT "relationships/styles", "styles.xml");
    str_add(out, "</Relationships>");
}

static void add_type(str *out, const char *part, const char *type)
{
    str_addf(out, "<Override PartName=\"%s\" ContentType=\"%s\"/>", part, type);
}

void xlsx_types_part(str *out, const xlsx_sheets *sheets)
{
    str_add(out,
            XML "<Types xmlns=\"" PACKAGE "content-types\">"
                "<Default Extension=\"rels\" ContentType=\"" PACKAGE_TYPE "relationships+xml\"/>"
                "<Default Extension=\"xml\" ContentType=\"application/xml\"/>");
    add_type(out, "/xl/workbook.xml", SHEET_TYPE "sheet.main+xml");
    add_type(out, "/xl/styles.xml", SHEET_TYPE "styles+xml");
    add_type(out, "/docProps/core.xml", PACKAGE_TYPE "core-properties+xml");
    for (int i = 1; i <= (int)sheets->n; i++) {
        char part[48];
        snprintf(part, sizeof part, "/xl/worksheets/sheet%d.xml", i);
        add_type(out, part, SHEET_TYPE "worksheet+xml");
    }
    str_add(out, "</Types>");
}

/* --- around a sheet's rows -------------------------------------------------------------------- */

/* Room for the title, in bold and beside a filter's button. */
static double width_of(const xlsx_column *column)
{
    if (column->width > 0)
        return column->width;
    double width = column->title ? (double)xlsx_units(column->title) + 4 : 0;
    return width < WIDTH_LEAST ? WIDTH_LEAST : width > WIDTH_MOST ? WIDTH_MOST : width;
}

void xlsx_sheet_head(str *out, const xlsx_sheet_info *info, bool titled, bool first)
{
    str_add(out, XML "<worksheet xmlns=\"" SPREADSHEET "\"><sheetViews><sheetView");
    str_addf(out, "%s workbookViewId=\"0\">", first ? " tabSelected=\"1\"" : "");
    if (titled)
        str_add(out, "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" "
                     "state=\"frozen\"/><selection pane=\"bottomLeft\"/>");
    str_add(out, "</sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\"/><cols>");
    for (int j = 0; j < info->n_columns; j++)
        str_addf(out, "<col min=\"%d\" max=\"%d\" width=\"%.6g\" customWidth=\"1\"/>", j + 1, j + 1,
                 width_of(&info->columns[j]));
    str_add(out, "</cols><sheetData>");
}

void xlsx_sheet_tail(str *out, const xlsx_sheet_entry *sheet)
{
    str_add(out, "</sheetData>");
    if (sheet->filter) {
        str_add(out, "<autoFilter ref=\"");
        add_range(out, sheet, "");
        str_add(out, "\"/>");
    }
    str_add(out, "</worksheet>");
}
