#include "base/shortest.h"
#include "base/utf8.h"
#include "data/xlsx_write_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Cells as XML:
 *
 *     <c r="B7" s="2"><v>0.5</v></c>                            number; s = its format
 *     <c r="C7" t="b"><v>1</v></c>                              bool
 *     <c r="D7" t="inlineStr"><is><t>text</t></is></c>          text */

/* Of 1970-01-01, where days are counted from the end of 1899. */
#define EPOCH_DAY 25569.0

static char *put(char *at, const char *text, size_t n)
{
    memcpy(at, text, n);
    return at + n;
}

#define PUT(at, literal) put(at, literal, sizeof literal - 1)

/* --- text ------------------------------------------------------------------------------------- */

/* Does "_x000D_" stand here, which readers take for a character's code? */
static bool is_code(const char *p)
{
    return p[1] == 'x' && strspn(p + 2, "0123456789abcdefABCDEF") >= 4 && p[6] == '_';
}

/* U+FFFE and U+FFFF: characters of UTF-8, but not of XML. */
static bool is_no_character(const char *p, size_t n)
{
    return n == 3 && memcmp(p, "\xef\xbf", 2) == 0 && (unsigned char)p[2] >= 0xbe;
}

/* What stands for the character at p, n bytes long (0 = none); NULL = itself. */
static const char *instead_of(const char *p, size_t n)
{
    switch (*p) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '\r': return "&#13;"; /* else readers make it a newline */
    case '_': return is_code(p) ? "_x005F_" : NULL;
    case '\t':
    case '\n': return NULL;
    default: return n == 0 || (unsigned char)*p < 0x20 || is_no_character(p, n) ? "\ufffd" : NULL;
    }
}

/* Letters, digits and such stand for themselves. */
static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '&' && c != '<' && c != '>' && c != '_';
}

char *xlsx_escape(char *at, const char *text)
{
    for (const char *p = text; *p;) {
        const char *from = p;
        while (is_plain((unsigned char)*p))
            p++;
        at = put(at, from, (size_t)(p - from));
        if (!*p)
            break;
        size_t n = utf8_length(p);
        const char *instead = instead_of(p, n);
        at = instead ? put(at, instead, strlen(instead)) : put(at, p, n);
        p += n ? n : 1;
    }
    return at;
}

int64_t xlsx_units(const char *text)
{
    int64_t units = 0;
    for (const char *p = text; *p; units++) {
        size_t n = utf8_length(p);
        units += n == 4; /* a pair of surrogates */
        p += n ? n : 1;
    }
    return units;
}

/* --- places ----------------------------------------------------------------------------------- */

xlsx_letters xlsx_letters_of(int column)
{
    char room[4], *end = room + sizeof room, *from = end;
    for (int left = column + 1; left > 0; left = (left - 1) / 26)
        *--from = (char)('A' + (left - 1) % 26);
    xlsx_letters out = {.n = (uint8_t)(end - from)};
    memcpy(out.at, from, out.n);
    return out;
}

void xlsx_place_row(xlsx_place *p, int64_t row)
{
    p->row_n = snprintf(p->row, sizeof p->row, "%d", (int)row);
}

static char *cell_begin(char *at, const xlsx_place *p, xlsx_format format)
{
    at = PUT(at, "<c r=\"");
    at = put(at, p->column.at, p->column.n);
    at = put(at, p->row, (size_t)p->row_n);
    if (format == XLSX_GENERAL)
        return PUT(at, "\"");
    at = PUT(at, "\" s=\"");
    if (format >= 10)
        *at++ = (char)('0' + format / 10);
    *at++ = (char)('0' + format % 10);
    return PUT(at, "\"");
}

char *xlsx_row_begin(char *at, const xlsx_place *p)
{
    at = PUT(at, "<row r=\"");
    at = put(at, p->row, (size_t)p->row_n);
    return PUT(at, "\">");
}

char *xlsx_row_end(char *at)
{
    return PUT(at, "</row>");
}

/* --- cells ------------------------------------------------------------------------------------ */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static char *put_text(char *at, const xlsx_place *p, xlsx_format format, const char *text)
{
    size_t n = strlen(text);
    at = cell_begin(at, p, format);
    at = PUT(at, " t=\"inlineStr\"><is><t");
    if (n && (is_space(text[0]) || is_space(text[n - 1])))
        at = PUT(at, " xml:space=\"preserve\"");
    at = PUT(at, ">");
    at = xlsx_escape(at, text);
    return PUT(at, "</t></is></c>");
}

static char *put_number(char *at, const xlsx_place *p, xlsx_format format, double x)
{
    if (isnan(x))
        return at;
    if (isinf(x))
        return put_text(at, p, format, x > 0 ? "inf" : "-inf");
    if (format == XLSX_DATE || format == XLSX_DATE_TIME)
        x = x / 86400 + EPOCH_DAY;
    at = cell_begin(at, p, format);
    at = PUT(at, "><v>");
    at += shortest_text(at, x);
    return PUT(at, "</v></c>");
}

static char *put_bool(char *at, const xlsx_place *p, xlsx_format format, double x)
{
    if (x != 0 && x != 1)
        return at;
    at = cell_begin(at, p, format);
    at = PUT(at, " t=\"b\"><v>");
    *at++ = x != 0 ? '1' : '0';
    return PUT(at, "</v></c>");
}

char *xlsx_cell_write(char *at, const xlsx_place *p, const xlsx_cell *cell)
{
    switch (cell->kind) {
    case XLSX_A_NUMBER: return put_number(at, p, cell->format, cell->number);
    case XLSX_A_TEXT: return cell->text ? put_text(at, p, cell->format, cell->text) : at;
    case XLSX_A_BOOL: return put_bool(at, p, cell->format, cell->number);
    case XLSX_EMPTY: break;
    }
    return at;
}
