#include "report/section.h"

/* What was tried, and the best of it. */

static void count_tile(str *o, const char *name, int64_t n)
{
    str_add(o, "<div class=\"tile\"><dt>");
    html_text(o, name);
    str_add(o, "</dt><dd>");
    html_count(o, n);
    str_add(o, "</dd></div>\n");
}

static void render_trial(str *o, const report_trial *t)
{
    html_row(o);
    html_head_cell(o);
    html_count(o, t->rank);
    html_head_cell_end(o);
    html_cell(o, true);
    html_count(o, t->config);
    html_cell_end(o);
    html_cell(o, false);
    html_text(o, t->model);
    html_cell_end(o);
    html_cell(o, false);
    str_add(o, "<span class=\"params\">");
    html_text(o, t->params);
    str_add(o, "</span>");
    html_cell_end(o);
    html_cell(o, true);
    html_number(o, t->mean);
    html_cell_end(o);
    html_cell(o, true);
    html_number(o, t->deviation);
    html_cell_end(o);
    html_cell(o, true);
    html_count(o, t->folds);
    html_cell_end(o);
    html_row_end(o);
}

static void render_trials(str *o, const report_search *s)
{
    static const html_column columns[] = {
        {"Rank", false},      {"Configuration", true}, {"Model", false}, {"Parameters", false},
        {"Mean score", true}, {"Deviation", true},     {"Folds", true},
    };
    html_table(o, "Best configurations by mean score over folds", columns, 7);
    for (int i = 0; i < s->n_trials; ++i)
        render_trial(o, &s->trials[i]);
    html_table_end(o);
}

static void render(str *o, const report *r)
{
    const report_search *s = &r->search;
    str_add(o, "<dl class=\"tiles\">\n");
    count_tile(o, "Configurations", s->configurations);
    count_tile(o, "Fits", s->fits);
    count_tile(o, "Failed", s->failed);
    str_add(o, "</dl>\n");
    html_facts(o, s->facts, s->n_facts);
    render_pictures(o, r, REPORT_AT_SEARCH);
    if (s->n_trials > 0)
        render_trials(o, s);
    else
        str_add(o, "<p class=\"quiet\">No trial has a score.</p>\n");
}

static bool present(const report *r)
{
    return r->training.n_facts == 0;
}

const report_section section_search = {"search", "Search", present, render};
