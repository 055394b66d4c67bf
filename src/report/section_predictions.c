#include "report/section.h"

#include <math.h>

/* Pictures of what the best model predicts, and every metric of it. */

bool has_pictures(const report *r, report_place place)
{
    for (int i = 0; i < r->n_pictures; ++i)
        if (r->pictures[i].place == place)
            return true;
    return false;
}

void render_pictures(str *o, const report *r, report_place place)
{
    if (!has_pictures(r, place))
        return;
    str_add(o, "<div class=\"pictures\">\n");
    for (int i = 0; i < r->n_pictures; ++i) {
        const report_picture *p = &r->pictures[i];
        if (p->place != place)
            continue;
        str_add(o, "<figure>");
        html_png(o, p);
        if (p->caption) {
            str_add(o, "<figcaption>");
            html_text(o, p->caption);
            str_add(o, "</figcaption>");
        }
        str_add(o, "</figure>\n");
    }
    str_add(o, "</div>\n");
}

static void number_cell(str *o, double x)
{
    html_cell(o, true);
    html_number(o, x);
    html_cell_end(o);
}

static void render_scores(str *o, const report_verdict *v)
{
    static const html_column columns[] = {
        {"Metric", false}, {"Test", true}, {"95 % from", true}, {"to", true}, {"Baseline", true}};
    html_table(o, "Every metric on the test rows", columns, 5);
    for (int i = 0; i < v->n_scores; ++i) {
        const report_score *s = &v->scores[i];
        html_row(o);
        html_head_cell(o);
        html_text(o, s->name);
        if (s->title) {
            str_add(o, " <small>");
            html_text(o, s->title);
            str_add(o, "</small>");
        }
        html_head_cell_end(o);
        number_cell(o, s->value);
        number_cell(o, s->low);
        number_cell(o, s->high);
        number_cell(o, s->baseline);
        html_row_end(o);
    }
    html_table_end(o);
}

static bool present(const report *r)
{
    return has_pictures(r, REPORT_AT_PREDICTIONS) || r->verdict.n_scores > 0;
}

static void render(str *o, const report *r)
{
    render_pictures(o, r, REPORT_AT_PREDICTIONS);
    if (r->verdict.n_scores > 0)
        render_scores(o, &r->verdict);
    if (r->n_rivals == 0)
        return;
    str_add(o, "<h3>Forecasts made otherwise</h3>\n<p class=\"quiet\">Columns of the table, "
               "measured on the same rows.</p>\n");
    html_facts(o, r->rivals, r->n_rivals);
}

const report_section section_predictions = {"predictions", "Predictions", present, render};
