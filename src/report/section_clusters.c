#include "report/section.h"

/* The clustering of the training rows, which no model saw. */

static bool present(const report *r)
{
    return r->n_clusters > 0;
}

static void render(str *o, const report *r)
{
    str_add(o, "<p class=\"quiet\">Of the training rows, by their features; the models do not see "
               "it.</p>\n");
    html_facts(o, r->clusters, r->n_clusters);
}

const report_section section_clusters = {"clusters", "Clusters", present, render};
