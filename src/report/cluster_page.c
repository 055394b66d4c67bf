#include "report/cluster_page.h"
#include "report/page.h"

#include <math.h>
#include <string.h>

/* A clustering on one page: what was found, pictures, clusters, the sweep, notes, how to get it
 * again. */

static void section_begin(str *o, const char *id, const char *title)
{
    str_addf(o, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">%s</h2>\n",
             id, id, id, title);
}

static void section_end(str *o)
{
    str_add(o, "</section>\n");
}

/* --- the card at the top ------------------------------------------------------------------ */

static void render_tiles(str *o, const report_clustering *r)
{
    str_add(o, "<dl class=\"tiles\">\n");
    for (int i = 0; i < r->n_tiles; i++) {
        str_addf(o, "<div class=\"tile%s\"><dt>", i == 0 ? " main" : "");
        html_text(o, r->tiles[i].name);
        str_add(o, "</dt><dd>");
        html_text(o, r->tiles[i].value);
        if (r->tiles[i].note) {
            str_add(o, "<small>");
            html_text(o, r->tiles[i].note);
            str_add(o, "</small>");
        }
        str_add(o, "</dd></div>\n");
    }
    str_add(o, "</dl>\n");
}

static void render_notes(str *o, const char *notes)
{
    char line[1024];
    while (notes && *notes) {
        size_t n = strcspn(notes, "\n"), kept = n < sizeof line ? n : sizeof line - 1;
        memcpy(line, notes, kept);
        line[kept] = '\0';
        if (n > 0) {
            str_add(o, "<p class=\"reason\">");
            html_text(o, line);
            str_add(o, "</p>\n");
        }
        notes += n + (notes[n] == '\n');
    }
}

static void render_card(str *o, const report_clustering *r)
{
    str_add(o, "<section class=\"verdict\" aria-labelledby=\"found-title\">\n"
               "<h2 id=\"found-title\">Found</h2>\n<p class=\"lead\">");
    html_text(o, r->lead);
    str_add(o, "</p>\n");
    render_tiles(o, r);
    render_notes(o, r->notes);
    section_end(o);
}

/* --- sections ------------------------------------------------------------------------------- */

static void render_figures(str *o, const report_clustering *r)
{
    section_begin(o, "pictures", "Pictures");
    str_add(o, "<div class=\"pictures\">\n");
    for (int i = 0; i < r->n_pictures; i++) {
        str_add(o, "<figure>");
        html_png(o, &r->pictures[i]);
        if (r->pictures[i].caption) {
            str_add(o, "<figcaption>");
            html_text(o, r->pictures[i].caption);
            str_add(o, "</figcaption>");
        }
        str_add(o, "</figure>\n");
    }
    str_add(o, "</div>\n");
    section_end(o);
}

static void number_cell(str *o, double x)
{
    html_cell(o, true);
    html_number(o, x);
    html_cell_end(o);
}

static void render_clusters(str *o, const report_clustering *r)
{
    static const html_column columns[] = {{"Cluster", false}, {"Rows", true}, {"Silhouette", true}};
    section_begin(o, "clusters", "Clusters");
    html_table(o, "Clusters by size", columns, 3);
    for (int64_t i = 0; i < r->n_shown; i++) {
        html_row(o);
        html_head_cell(o);
        html_count(o, r->clusters[i].number);
        html_head_cell_end(o);
        html_cell(o, true);
        html_count(o, r->clusters[i].rows);
        html_cell_end(o);
        number_cell(o, r->clusters[i].silhouette);
        html_row_end(o);
    }
    html_table_end(o);
    if (r->n_clusters > r->n_shown) {
        str_add(o, "<p class=\"quiet\">and ");
        html_count(o, r->n_clusters - r->n_shown);
        str_add(o, " smaller ones</p>\n");
    }
    section_end(o);
}

static void render_sweep(str *o, const report_clustering *r)
{
    static const html_column columns[] = {
        {"Clusters", false}, {"Inertia", true}, {"Silhouette", true}, {"", false}};
    if (r->n_tried == 0)
        return;
    section_begin(o, "sweep", "Sweep");
    html_table(o, "Each number of clusters that was tried", columns, 4);
    for (int i = 0; i < r->n_tried; i++) {
        html_row(o);
        html_head_cell(o);
        html_count(o, r->tried[i].clusters);
        html_head_cell_end(o);
        number_cell(o, r->tried[i].inertia);
        number_cell(o, r->tried[i].silhouette);
        html_cell(o, false);
        html_text(o, r->tried[i].mark);
        html_cell_end(o);
        html_row_end(o);
    }
    html_table_end(o);
    section_end(o);
}

static void render_run(str *o, const report_clustering *r)
{
    section_begin(o, "reproduce", "What was run");
    if (r->reproduce.command) {
        str_add(o, "<pre tabindex=\"0\"><code>");
        html_text(o, r->reproduce.command);
        str_add(o, "</code></pre>\n");
    }
    html_facts(o, r->reproduce.facts, r->reproduce.n_facts);
    section_end(o);
}

stint_status report_clustering_html(const report_clustering *r, str *out)
{
    const page_head head = {
        .kind = "Clustering", .what = r->method, .name = r->name, .subtitle = r->subtitle};
    page_begin(out, &head);
    render_card(out, r);
    render_figures(out, r);
    render_sweep(out, r);
    render_clusters(out, r);
    if (r->n_facts > 0) {
        section_begin(out, "facts", "Facts");
        html_facts(out, r->facts, r->n_facts);
        section_end(out);
    }
    render_run(out, r);
    page_end(out);
    return str_status(out);
}
