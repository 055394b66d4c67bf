#include "report/section.h"

#include <math.h>

/* What is known of each class or label, and how well the best model tells it from the others. */

static void count_cell(str *o, int64_t n)
{
    html_cell(o, true);
    if (n >= 0)
        html_count(o, n);
    else
        str_add(o, "–");
    html_cell_end(o);
}

static void render_class(str *o, const report_class *k)
{
    const double scores[] = {k->precision, k->recall, k->f1};
    html_row(o);
    html_head_cell(o);
    html_text(o, k->name);
    html_head_cell_end(o);
    count_cell(o, k->rows);
    count_cell(o, k->test_rows);
    for (int i = 0; i < 3; ++i) {
        html_cell(o, true);
        html_number(o, scores[i]);
        html_cell_end(o);
    }
    html_row_end(o);
}

static bool present(const report *r)
{
    return r->n_classes > 0 && !r->of_labels;
}

static bool labels_present(const report *r)
{
    return r->n_classes > 0 && r->of_labels;
}

static void render(str *o, const report *r)
{
    const html_column columns[] = {{r->of_labels ? "Label" : "Class", false},
                                   {"Training rows", true},
                                   {"Test rows", true},
                                   {"Precision", true},
                                   {"Recall", true},
                                   {"F1", true}};
    int shown = r->n_classes < REPORT_CLASSES ? r->n_classes : REPORT_CLASSES;
    html_table(o,
               r->of_labels ? "Rows of each label, and the best model's scores on the test rows"
                            : "Rows of each class, and the best model's scores on the test rows",
               columns, 6);
    for (int i = 0; i < shown; ++i)
        render_class(o, &r->classes[i]);
    html_table_end(o);
    if (shown < r->n_classes)
        str_addf(o, "<p class=\"quiet\">The first %d of %d %s.</p>\n", shown, r->n_classes,
                 r->of_labels ? "labels" : "classes");
}

const report_section section_classes = {"classes", "Classes", present, render};
const report_section section_labels = {"labels", "Labels", labels_present, render};
