/* Writing HTML.
 *
 * In src/report, str_add and str_addf take literals and numbers only: text that comes from
 * anywhere else passes through html_text, which makes it harmless in elements and in
 * quoted attributes alike. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "report/report.h"

/* Escapes & < > " ' ; what is not UTF-8, and control characters, become U+FFFD.  NULL
 * writes nothing. */
void html_text(str *o, const char *text);

/* For people, with the exact value as title: "54.1023", "1.5 × 10¹²", "–" for a NaN. */
void html_number(str *o, double x);
void html_count(str *o, int64_t n);        /* "1 000 000" */
void html_bytes(str *o, int64_t bytes);    /* "1.5 GiB"; negative: "–" */
void html_seconds(str *o, double seconds); /* "3.4 s"; negative or NaN: "–" */

/* A table: the caption is its name to screen readers, the first column heads each row. */
typedef struct html_column {
    const char *title;
    bool numeric;
} html_column;
void html_table(str *o, const char *caption, const html_column *columns, int n);
void html_table_end(str *o);
void html_row(str *o);
void html_row_end(str *o);
void html_head_cell(str *o); /* of a row; closed by html_head_cell_end */
void html_head_cell_end(str *o);
void html_cell(str *o, bool numeric); /* closed by html_cell_end */
void html_cell_end(str *o);

/* A list of names and values. */
void html_facts(str *o, const report_fact *facts, int n);

/* An <img> of PNG bytes, shown at half its pixels; nothing when they are no PNG. */
void html_png(str *o, const report_picture *p);

#endif
