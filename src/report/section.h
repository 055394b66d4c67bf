/* Sections of the report.
 *
 * Adding one: a file section_NAME.c that ends in its report_section, and a row in
 * section_table (report.c), whose order is the page's. */
#ifndef REPORT_SECTION_H
#define REPORT_SECTION_H

#include "report/html.h"

typedef struct report_section {
    const char *id, *title;           /* anchor and heading */
    bool (*present)(const report *r); /* NULL = always */
    void (*render)(str *o, const report *r);
} report_section;

extern const report_section section_predictions, section_classes, section_labels, section_search,
    section_training, section_data, section_clusters, section_plan, section_reproduce;

extern const char report_style[];

/* The card at the top, which no contents list needs to point at. */
void render_verdict(str *o, const report *r);

/* The verdict's scores on one line: test with its interval, folds, baseline. */
void render_strip(str *o, const report_verdict *v);

/* The pictures of one place, as figures. */
void render_pictures(str *o, const report *r, report_place place);
bool has_pictures(const report *r, report_place place);

#endif
