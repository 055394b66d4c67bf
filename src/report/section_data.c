#include "report/section.h"

/* What went in, what was checked, how it was split. */

typedef struct result_look {
    const char *class, *sign, *text;
} result_look;

static const result_look looks[] = {
    [REPORT_PASS] = {"good", "✓", "passed"},
    [REPORT_WARN] = {"warn", "!", "warning"},
    [REPORT_FAIL] = {"bad", "✗", "failed"},
};

static void render_checks(str *o, const report_data *d)
{
    static const html_column columns[] = {{"Check", false}, {"Result", false}, {"Details", false}};
    html_table(o, "Checks of the data", columns, 3);
    for (int i = 0; i < d->n_checks; ++i) {
        const result_look *look = &looks[d->checks[i].result];
        html_row(o);
        html_head_cell(o);
        html_text(o, d->checks[i].name);
        html_head_cell_end(o);
        html_cell(o, false);
        str_addf(o, "<span class=\"result %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
                 look->class, look->sign, look->text);
        html_cell_end(o);
        html_cell(o, false);
        html_text(o, d->checks[i].details);
        html_cell_end(o);
        html_row_end(o);
    }
    html_table_end(o);
}

static bool present(const report *r)
{
    const report_data *d = &r->data;
    return d->n_facts > 0 || d->n_checks > 0 || d->n_split > 0 || d->n_features > 0;
}

static void render(str *o, const report *r)
{
    html_facts(o, r->data.facts, r->data.n_facts);
    if (r->data.n_checks > 0)
        render_checks(o, &r->data);
    if (r->data.n_features > 0) {
        str_add(o, "<h3>Features</h3>\n");
        html_facts(o, r->data.features, r->data.n_features);
    }
    if (r->data.n_split > 0) {
        str_add(o, "<h3>Split</h3>\n");
        html_facts(o, r->data.split, r->data.n_split);
    }
}

const report_section section_data = {"data", "Data", present, render};
