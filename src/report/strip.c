#include "report/section.h"

#include <math.h>

/* The verdict's scores on one axis, in plain boxes placed by percentages, so that the text
 * keeps its size on any screen:
 *
 *     Test               ├────●────┤
 *     Cross-validation      ├──●──┤
 *     Baseline                            ●
 */

typedef struct strip_row {
    const char *name, *class;
    double at, low, high;
} strip_row;

static void draw_row(str *o, const strip_row *r, double low, double high)
{
    double unit = 100 / (high - low);
    str_addf(o, "<div class=\"%s\"><span>%s</span><b>", r->class, r->name);
    if (r->low < r->high)
        str_addf(o, "<i style=\"left:%.2f%%;width:%.2f%%\"></i>", (r->low - low) * unit,
                 (r->high - r->low) * unit);
    str_addf(o, "<u style=\"left:%.2f%%\"></u></b></div>\n", (r->at - low) * unit);
}

void render_strip(str *o, const report_verdict *v)
{
    const strip_row rows[] = {
        {"Test, 95 % interval", "test", v->test, v->test_low, v->test_high},
        {v->valid_rows > 0 ? "Validation" : "Folds, mean ± deviation", "folds", v->cv_mean,
         v->cv_mean - v->cv_deviation, v->cv_mean + v->cv_deviation},
        {"Baseline", "base", v->baseline, NAN, NAN},
    };
    double low = INFINITY, high = -INFINITY;
    int n = 0;
    for (int i = 0; i < 3; ++i) {
        if (!isfinite(rows[i].at))
            continue;
        low = fmin(low, fmin(rows[i].at, rows[i].low)); /* fmin passes a NaN over */
        high = fmax(high, fmax(rows[i].at, rows[i].high));
        ++n;
    }
    if (n < 2 || !isfinite(high - low) || low >= high)
        return;
    double pad = 0.04 * (high - low);
    /* to a screen reader it says nothing that the numbers above have not said */
    str_add(o, "<div class=\"strip\" aria-hidden=\"true\">\n");
    for (int i = 0; i < 3; ++i)
        if (isfinite(rows[i].at))
            draw_row(o, &rows[i], low - pad, high + pad);
    str_add(o, "</div>\n<p class=\"quiet strip-note\">");
    html_text(o, v->metric_title ? v->metric_title : v->metric);
    str_add(o, v->greater_is_better ? ": further right is better</p>\n"
                                    : ": further left is better</p>\n");
}
