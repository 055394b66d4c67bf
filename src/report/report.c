#include "report/page.h"
#include "report/section.h"

/* The page around its sections. */

static const report_section *const section_table[] = {
    &section_predictions, &section_classes, &section_labels, &section_search,    &section_training,
    &section_clusters,    &section_data,    &section_plan,   &section_reproduce, NULL,
};

static bool is_present(const report_section *s, const report *r)
{
    return !s->present || s->present(r);
}

static void render_header(str *o, const report *r)
{
    const page_head head = {
        .kind = "Experiment", .what = r->task, .name = r->name, .subtitle = r->subtitle};
    page_begin(o, &head);
}

static void render_contents(str *o, const report *r)
{
    str_add(o, "<nav aria-label=\"Contents\"><ul>\n");
    for (int i = 0; section_table[i]; ++i)
        if (is_present(section_table[i], r))
            str_addf(o, "<li><a href=\"#%s\">%s</a></li>\n", section_table[i]->id,
                     section_table[i]->title);
    str_add(o, "</ul></nav>\n");
}

static void render_section(str *o, const report *r, const report_section *s)
{
    str_addf(o, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">%s</h2>\n",
             s->id, s->id, s->id, s->title);
    s->render(o, r);
    str_add(o, "</section>\n");
}

stint_status report_html(ctx *c, const report *r, str *out)
{
    (void)c; /* `out` is charged to its own */
    render_header(out, r);
    render_verdict(out, r);
    render_contents(out, r);
    for (int i = 0; section_table[i]; ++i)
        if (is_present(section_table[i], r))
            render_section(out, r, section_table[i]);
    page_end(out);
    return str_status(out);
}
