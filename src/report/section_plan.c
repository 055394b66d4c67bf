#include "report/section.h"

#include <math.h>

/* What the plan said and what then happened.  A bar shows the actual figure as a share of
 * the planned one, which is an upper bound for memory. */

static void share_bar(str *o, double actual, double planned)
{
    if (!(actual >= 0) || !(planned > 0))
        return;
    double share = actual / planned;
    str_addf(o, "<span class=\"bar%s\" aria-hidden=\"true\"><i style=\"width:%.0f%%\"></i></span>",
             share > 1 ? " over" : "", fmin(share, 1) * 100);
}

static void bytes_cells(str *o, int64_t planned, int64_t actual)
{
    html_cell(o, true);
    html_bytes(o, planned);
    html_cell_end(o);
    html_cell(o, true);
    html_bytes(o, actual);
    share_bar(o, (double)actual, (double)planned);
    html_cell_end(o);
}

static void render_stage(str *o, const report_stage *s)
{
    html_row(o);
    html_head_cell(o);
    html_text(o, s->name);
    html_head_cell_end(o);
    html_cell(o, true);
    html_count(o, s->fits);
    html_cell_end(o);
    bytes_cells(o, s->planned_bytes, s->peak_bytes);
    html_cell(o, true);
    html_seconds(o, s->planned_seconds);
    html_cell_end(o);
    html_cell(o, true);
    html_seconds(o, s->seconds);
    share_bar(o, s->seconds, s->planned_seconds);
    html_cell_end(o);
    bytes_cells(o, s->planned_disk_bytes, s->disk_bytes);
    html_row_end(o);
}

static void render_stages(str *o, const report_budget *b)
{
    static const html_column columns[] = {
        {"Stage", false},       {"Fits", true},  {"Memory planned", true}, {"peak", true},
        {"Time planned", true}, {"taken", true}, {"Disk planned", true},   {"used", true},
    };
    html_table(o, "Plan against actual, by stage", columns, 8);
    for (int i = 0; i < b->n_stages; ++i)
        render_stage(o, &b->stages[i]);
    html_table_end(o);
}

static void budget_tiles(str *o, const report_budget *b)
{
    str_add(o, "<dl class=\"tiles\">\n<div class=\"tile\"><dt>Memory budget</dt><dd>");
    if (b->limit_bytes > 0)
        html_bytes(o, b->limit_bytes);
    else
        str_add(o, "none");
    str_add(o, "<small>private memory, all processes</small></dd></div>\n"
               "<div class=\"tile\"><dt>Highest use</dt><dd>");
    html_bytes(o, b->peak_bytes);
    if (b->limit_bytes > 0 && b->peak_bytes >= 0) {
        str_addf(o, "<small>%.1f %% of the budget</small>",
                 100 * (double)b->peak_bytes / (double)b->limit_bytes);
        share_bar(o, (double)b->peak_bytes, (double)b->limit_bytes);
    }
    str_add(o, "</dd></div>\n</dl>\n");
}

static void render(str *o, const report *r)
{
    budget_tiles(o, &r->budget);
    if (r->budget.n_stages > 0)
        render_stages(o, &r->budget);
}

const report_section section_plan = {"plan", "Plan and budget", NULL, render};
