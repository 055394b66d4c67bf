#include "report/section.h"

/* What another person needs to get the same bits. */

static void block(str *o, const char *label, const char *text)
{
    str_add(o, "<h3>");
    html_text(o, label);
    str_add(o, "</h3>\n<pre tabindex=\"0\"><code>");
    html_text(o, text);
    str_add(o, "</code></pre>\n");
}

static bool present(const report *r)
{
    return r->reproduce.command || r->reproduce.config || r->reproduce.n_facts > 0;
}

static void render(str *o, const report *r)
{
    const report_reproduce *p = &r->reproduce;
    if (p->command)
        block(o, "Command", p->command);
    html_facts(o, p->facts, p->n_facts);
    if (p->config)
        block(o, p->config_name ? p->config_name : "experiment.yaml", p->config);
}

const report_section section_reproduce = {"reproduce", "Reproduce", present, render};
