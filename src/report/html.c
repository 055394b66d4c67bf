#include "report/html.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NARROW_SPACE "\u202f"
#define DASH         "–"

/* --- text ------------------------------------------------------------------------------- */

static const char *escape(unsigned char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    case '\t':
    case '\n': return NULL;
    default: return c < 0x20 || c == 0x7f ? "\ufffd" : NULL;
    }
}

void html_text(str *o, const char *text)
{
    const char *p = text ? text : "";
    const char *plain = p;
    while (*p) {
        size_t n = utf8_length(p);
        const char *instead = n == 0 ? "\ufffd" : escape((unsigned char)*p);
        if (instead) {
            str_add_bytes(o, plain, (size_t)(p - plain));
            str_add(o, instead);
            p += n ? n : 1;
            plain = p;
        } else {
            p += n;
        }
    }
    str_add_bytes(o, plain, (size_t)(p - plain));
}

/* --- numbers ---------------------------------------------------------------------------- */

/* "-1.5e+12" → "−1.5 × 10<sup>12</sup>" */
static void pretty(str *o, const char *plain)
{
    if (*plain == '-') {
        str_add(o, "−");
        ++plain;
    }
    const char *e = strchr(plain, 'e');
    int exponent = 0;
    str_add_bytes(o, plain, e ? (size_t)(e - plain) : strlen(plain));
    if (e && sscanf(e + 1, "%d", &exponent) == 1)
        str_addf(o, " × 10<sup>%s%d</sup>", exponent < 0 ? "−" : "", abs(exponent));
}

void html_number(str *o, double x)
{
    char plain[32], exact[STR_DOUBLE_SIZE];
    if (isnan(x)) {
        str_add(o, DASH);
        return;
    }
    if (isinf(x)) {
        str_add(o, x < 0 ? "−∞" : "∞");
        return;
    }
    str_print(plain, sizeof plain, "%.6g", x);
    str_format_double(exact, x);
    str_addf(o, "<span title=\"%s\">", exact);
    pretty(o, plain);
    str_add(o, "</span>");
}

void html_count(str *o, int64_t n)
{
    char plain[24];
    snprintf(plain, sizeof plain, "%lld", (long long)n);
    size_t start = n < 0, digits = strlen(plain) - start;
    if (n < 0)
        str_add(o, "−");
    for (size_t i = 0; i < digits; ++i) {
        if (digits > 4 && i > 0 && (digits - i) % 3 == 0)
            str_add(o, NARROW_SPACE);
        str_add_bytes(o, plain + start + i, 1);
    }
}

void html_bytes(str *o, int64_t bytes)
{
    char text[STR_SIZE_SIZE];
    if (bytes < 0)
        str_add(o, DASH);
    else
        str_addf(o, "<span title=\"%lld bytes\">%s</span>", (long long)bytes,
                 str_format_bytes(text, bytes));
}

void html_seconds(str *o, double seconds)
{
    char text[STR_SIZE_SIZE], exact[STR_DOUBLE_SIZE];
    if (!(seconds >= 0)) {
        str_add(o, DASH);
        return;
    }
    str_format_double(exact, seconds);
    str_addf(o, "<span title=\"%s seconds\">%s</span>", exact, str_format_seconds(text, seconds));
}

/* --- tables and lists ------------------------------------------------------------------- */

void html_table(str *o, const char *caption, const html_column *columns, int n)
{
    /* a region that takes the focus, so that a wide table scrolls by keyboard */
    str_add(o, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
    html_text(o, caption);
    str_add(o, "\">\n<table>\n<caption>");
    html_text(o, caption);
    str_add(o, "</caption>\n<thead><tr>");
    for (int i = 0; i < n; ++i) {
        str_add(o, columns[i].numeric ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
        html_text(o, columns[i].title);
        str_add(o, "</th>");
    }
    str_add(o, "</tr></thead>\n<tbody>\n");
}

void html_table_end(str *o)
{
    str_add(o, "</tbody>\n</table>\n</div>\n");
}

void html_row(str *o)
{
    str_add(o, "<tr>");
}

void html_row_end(str *o)
{
    str_add(o, "</tr>\n");
}

void html_head_cell(str *o)
{
    str_add(o, "<th scope=\"row\">");
}

void html_head_cell_end(str *o)
{
    str_add(o, "</th>");
}

void html_cell(str *o, bool numeric)
{
    str_add(o, numeric ? "<td class=\"n\">" : "<td>");
}

void html_cell_end(str *o)
{
    str_add(o, "</td>");
}

void html_facts(str *o, const report_fact *facts, int n)
{
    if (n == 0)
        return;
    str_add(o, "<dl class=\"facts\">\n");
    for (int i = 0; i < n; ++i) {
        str_add(o, "<div><dt>");
        html_text(o, facts[i].name);
        str_add(o, "</dt><dd>");
        html_text(o, facts[i].value);
        if (facts[i].note) {
            str_add(o, " <small>");
            html_text(o, facts[i].note);
            str_add(o, "</small>");
        }
        str_add(o, "</dd></div>\n");
    }
    str_add(o, "</dl>\n");
}
