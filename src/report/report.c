#include "report/section.h"

/* The page around its sections. */

static const report_section *const section_table[] = {
    &section_predictions,
    &section_classes,
    &section_search,
    &section_data,
    &section_plan,
    &section_reproduce,
    NULL,
};

static bool is_present(const report_section *s, const report *r)
{
    return !s->present || s->present(r);
}

static void render_head(str *o, const report *r)
{
    str_add(o, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<meta name=\"color-scheme\" content=\"light dark\">\n"
               "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
               "img-src data:; style-src 'unsafe-inline'\">\n"
               "<meta name=\"generator\" content=\"stint ");
    html_text(o, stint_version());
    str_add(o, "\">\n<title>");
    html_text(o, r->name);
    str_add(o, " · Stint</title>\n<style>\n");
    str_add(o, report_style);
    str_add(o, "</style>\n</head>\n<body>\n");
}

static void render_header(str *o, const report *r)
{
    str_add(o, "<header>\n<p class=\"kind\">Experiment");
    if (r->task) {
        str_add(o, " · ");
        html_text(o, r->task);
    }
    str_add(o, "</p>\n<h1>");
    html_text(o, r->name);
    str_add(o, "</h1>\n");
    if (r->subtitle) {
        str_add(o, "<p class=\"quiet\">");
        html_text(o, r->subtitle);
        str_add(o, "</p>\n");
    }
    str_add(o, "</header>\n");
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
    render_head(out, r);
    render_header(out, r);
    str_add(out, "<main>\n");
    render_verdict(out, r);
    render_contents(out, r);
    for (int i = 0; section_table[i]; ++i)
        if (is_present(section_table[i], r))
            render_section(out, r, section_table[i]);
    str_add(out, "</main>\n<footer>Made by Stint ");
    html_text(out, stint_version());
    str_add(out, ". This page needs no network: everything in it is in this file.</footer>\n"
                 "</body>\n</html>\n");
    return str_status(out);
}
