/* A small workbook in memory: the parts that tests leave out have these contents. */
#ifndef UNIT_DATA_XLSX_MAKE_H
#define UNIT_DATA_XLSX_MAKE_H

#include "zip_make.h"

#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
#define MAIN   "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define XML    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define RELS                                                                                       \
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"

#define TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml."
#define CONTENT_TYPES                                                                              \
    XML "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"           \
        "<Default Extension=\"rels\" "                                                             \
        "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"               \
        "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" TYPE "sheet.main+xml\"/>"         \
        "<Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"" TYPE "worksheet+xml\"/>" \
        "<Override PartName=\"/xl/styles.xml\" ContentType=\"" TYPE "styles+xml\"/>"               \
        "<Override PartName=\"/xl/sharedStrings.xml\" ContentType=\"" TYPE                         \
        "sharedStrings+xml\"/></Types>"

#define PACKAGE_RELS                                                                               \
    XML RELS "<Relationship Id=\"rId1\" Type=\"" OFFICE                                            \
             "officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"

#define WORKBOOK_RELS                                                                              \
    XML RELS "<Relationship Id=\"rId1\" Type=\"" OFFICE                                            \
             "worksheet\" Target=\"worksheets/sheet1.xml\"/>"                                      \
             "<Relationship Id=\"rId2\" Type=\"" OFFICE "styles\" Target=\"styles.xml\"/>"         \
             "<Relationship Id=\"rId3\" Type=\"" OFFICE                                            \
             "sharedStrings\" Target=\"/xl/sharedStrings.xml\"/></Relationships>"

#define WORKBOOK                                                                                      \
    XML "<workbook xmlns=\"" MAIN                                                                     \
        "\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>" \
        "<sheet name=\"Data\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"

/* styles: 0 General, 1 builtin date, 2 custom date, 3 duration, 4 text in quotes, 5 builtin time */
#define STYLES                                                                                     \
    XML "<styleSheet xmlns=\"" MAIN "\"><numFmts count=\"3\">"                                     \
        "<numFmt numFmtId=\"164\" formatCode=\"[$-409]d\\-mmm;@\"/>"                               \
        "<numFmt numFmtId=\"165\" formatCode=\"[h]:mm:ss\"/>"                                      \
        "<numFmt numFmtId=\"166\" formatCode=\"0.0&quot; days&quot;\"/></numFmts>"                 \
        "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs>"                              \
        "<xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/>"    \
        "<xf numFmtId=\"166\"/><xf numFmtId=\"21\"/></cellXfs></styleSheet>"

#define STRINGS                                                                                    \
    XML "<sst xmlns=\"" MAIN "\"><si><t>plain</t></si><si><r><rPr><b/></rPr><t>ri</t></r><r>"      \
        "<t xml:space=\"preserve\">ch </t></r><rPh sb=\"0\" eb=\"1\"><t>PHONETIC</t></rPh></si>"   \
        "<si><t>a_x000D_b &amp; \xC3\xA9 _x005F_x0041_ _xZZZZ_</t></si><si/></sst>"

#define SHEET(rows) XML "<worksheet xmlns=\"" MAIN "\"><sheetData>" rows "</sheetData></worksheet>"

/* Parts by name; a text of NULL leaves one out. */
typedef struct xlsx_part {
    const char *name, *text;
} xlsx_part;

static const xlsx_part xlsx_parts[] = {
    {"[Content_Types].xml", CONTENT_TYPES},
    {"_rels/.rels", PACKAGE_RELS},
    {"xl/workbook.xml", WORKBOOK},
    {"xl/_rels/workbook.xml.rels", WORKBOOK_RELS},
    {"xl/styles.xml", STYLES},
    {"xl/sharedStrings.xml", STRINGS},
    {"xl/worksheets/sheet1.xml", SHEET("<row><c><v>1</v></c></row>")},
};

enum { XLSX_PARTS = sizeof xlsx_parts / sizeof *xlsx_parts };

static inline bool xlsx_part_is_usual(const char *name)
{
    for (int i = 0; i < XLSX_PARTS; i++)
        if (strcmp(xlsx_parts[i].name, name) == 0)
            return true;
    return false;
}

/* The usual parts but for those named in `other` [n], which are added as they are. */
static inline void xlsx_make(zip_making *z, const xlsx_part *other, int n)
{
    for (int i = 0; i < XLSX_PARTS; i++) {
        const char *text = xlsx_parts[i].text;
        for (int j = 0; j < n; j++)
            if (strcmp(other[j].name, xlsx_parts[i].name) == 0)
                text = other[j].text;
        if (text)
            zip_add_text(z, xlsx_parts[i].name, text);
    }
    for (int j = 0; j < n; j++)
        if (other[j].text && !xlsx_part_is_usual(other[j].name))
            zip_add_text(z, other[j].name, other[j].text);
}

#endif
