#include "report/section.h"

/* How the one model of a training came to be, and how it fares as its rows come. */

static bool present(const report *r)
{
    return r->training.n_facts > 0;
}

static void render(str *o, const report *r)
{
    const report_training *t = &r->training;
    html_facts(o, t->facts, t->n_facts);
    render_pictures(o, r, REPORT_AT_TRAINING);
    if (t->n_stream == 0)
        return;
    str_add(o,
            "<h3>Row by row</h3>\n<p class=\"quiet\">The test rows as they come, the net's state "
            "carried from one to the next.</p>\n");
    html_facts(o, t->stream, t->n_stream);
}

const report_section section_training = {"training", "Training", present, render};
