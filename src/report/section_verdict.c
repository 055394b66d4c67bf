#include "report/section.h"

#include <math.h>

/* The verdict: one sentence to take away, the scores behind it, and the promises kept. */

static void sentence(str *o, const report_verdict *v)
{
    str_add(o, "<p class=\"lead\"><strong>");
    html_text(o, v->model);
    str_add(o, "</strong>");
    if (v->params && *v->params) {
        str_add(o, " with <span class=\"params\">");
        html_text(o, v->params);
        str_add(o, "</span>");
    }
    str_add(o, v->valid_rows > 0 ? " is the model" : " is the best model");
    if (v->target) {
        str_add(o, " of ");
        html_text(o, v->target);
    }
    str_add(o, ".");
    if (!isnan(v->improvement) && v->baseline_name) {
        str_addf(o, " On rows it had never seen it is <strong>%.1f %%</strong> %s than ",
                 fabs(v->improvement) * 100, v->improvement >= 0 ? "better" : "worse");
        html_text(o, v->baseline_name);
        str_add(o, ".");
    }
    str_add(o, "</p>\n");
}

/* A large number under what it is; notes may follow before tile_end. */
static void tile(str *o, const char *name, double value)
{
    str_add(o, "<div class=\"tile\"><dt>");
    html_text(o, name);
    str_add(o, "</dt><dd>");
    html_number(o, value);
}

static void tile_end(str *o)
{
    str_add(o, "</dd></div>\n");
}

static void test_tile(str *o, const report_verdict *v)
{
    if (isnan(v->test))
        return;
    str_add(o, "<div class=\"tile main\"><dt>Test ");
    html_text(o, v->metric);
    str_add(o, "</dt><dd>");
    html_number(o, v->test);
    if (!isnan(v->test_low) && !isnan(v->test_high)) {
        str_add(o, "<small>95 % interval ");
        html_number(o, v->test_low);
        str_add(o, " to ");
        html_number(o, v->test_high);
        str_add(o, "</small>");
    }
    if (v->test_rows > 0) {
        str_add(o, "<small>");
        html_count(o, v->test_rows);
        str_add(o, " test rows</small>");
    }
    tile_end(o);
}

static void tiles(str *o, const report_verdict *v)
{
    str_add(o, "<dl class=\"tiles\">\n");
    test_tile(o, v);
    if (!isnan(v->cv_mean) && v->valid_rows > 0) {
        tile(o, "Validation", v->cv_mean);
        str_add(o, "<small>");
        html_count(o, v->valid_rows);
        str_add(o, " rows held out</small>");
        tile_end(o);
    } else if (!isnan(v->cv_mean)) {
        tile(o, "Cross-validation", v->cv_mean);
        str_add(o, "<small>± ");
        html_number(o, v->cv_deviation);
        str_addf(o, " over %d folds</small>", v->folds);
        tile_end(o);
    }
    if (!isnan(v->baseline)) {
        tile(o, "Baseline", v->baseline);
        str_add(o, "<small>");
        html_text(o, v->baseline_name);
        str_add(o, "</small>");
        tile_end(o);
    }
    if (!isnan(v->improvement))
        str_addf(o,
                 "<div class=\"tile\"><dt>Improvement</dt><dd>%s%.1f %%<small>over the baseline"
                 "</small></dd></div>\n",
                 v->improvement < 0 ? "−" : "", fabs(v->improvement) * 100);
    str_add(o, "</dl>\n");
}

/* A promise, with a sign that does not rest on colour. */
static void badge(str *o, bool kept, const char *yes, const char *no)
{
    str_addf(o, "<li class=\"%s\"><span aria-hidden=\"true\">%s</span> %s</li>\n",
             kept ? "good" : "bad", kept ? "✓" : "!", kept ? yes : no);
}

static void badges(str *o, const report *r)
{
    const report_verdict *v = &r->verdict;
    str_add(o, "<ul class=\"badges\" aria-label=\"Promises\">\n");
    badge(o, v->complete, "complete", "partial result");
    badge(o, v->reproducible, "reproducible", "not reproducible");
    if (r->budget.limit_bytes > 0 && r->budget.peak_bytes >= 0)
        badge(o, r->budget.peak_bytes <= r->budget.limit_bytes, "memory budget held",
              "memory budget exceeded");
    str_add(o, "</ul>\n");
    if (v->reason && *v->reason) {
        str_add(o, "<p class=\"reason\">");
        html_text(o, v->reason);
        str_add(o, "</p>\n");
    }
}

void render_verdict(str *o, const report *r)
{
    const report_verdict *v = &r->verdict;
    str_add(o, "<section class=\"verdict\" aria-labelledby=\"verdict-title\">\n"
               "<h2 id=\"verdict-title\">Verdict</h2>\n");
    if (v->model) {
        sentence(o, v);
        tiles(o, v);
        render_strip(o, v);
    } else {
        str_add(o, "<p class=\"lead\">No configuration was fitted, so there is no best "
                   "model.</p>\n");
    }
    badges(o, r);
    str_add(o, "</section>\n");
}
