#include "report/workbook_impl.h"

#include <string.h>

/* Settings: how to make it again, what was planned and what it took, the file that says it all. */

static void put_reproduce(book *b)
{
    const report_reproduce *r = &b->report->reproduce;
    book_row(b, (xlsx_cell[]){book_heading("Reproduce")}, 1);
    book_line(b, "command", book_text(r->command));
    book_facts(b, r->facts, r->n_facts);
}

static void put_stage(book *b, const report_stage *s)
{
    book_row(b,
             (xlsx_cell[]){book_text(s->name), book_count(s->fits), book_bytes(s->planned_bytes),
                           book_bytes(s->peak_bytes), book_number(s->planned_seconds, XLSX_SECONDS),
                           book_number(s->seconds, XLSX_SECONDS), book_bytes(s->planned_disk_bytes),
                           book_bytes(s->disk_bytes)},
             8);
}

static void put_budget(book *b)
{
    static const char *const headings[] = {"stage",        "fits", "memory planned", "memory",
                                           "time planned", "time", "disk planned",   "disk"};
    const report_budget *p = &b->report->budget;
    if (!p->n_stages)
        return;
    book_title(b, "Plan against actual");
    book_headings(b, headings, 8);
    for (int i = 0; i < p->n_stages; i++)
        put_stage(b, &p->stages[i]);
    book_line(b, "memory budget",
              p->limit_bytes > 0 ? book_bytes(p->limit_bytes) : book_text("none was set"));
    book_line(b, "peak of the run", book_bytes(p->peak_bytes));
}

static void put_line(book *b, const char *line, size_t n)
{
    str text;
    str_init(&text, b->ctx, TAG_REPORT);
    str_add_bytes(&text, line, n);
    if (str_status(&text) != STINT_OK)
        b->status = STINT_ENOMEM;
    book_row(b, (xlsx_cell[]){book_text(text.at)}, 1);
    str_deinit(&text);
}

static void put_config(book *b)
{
    const report_reproduce *r = &b->report->reproduce;
    if (!r->config)
        return;
    book_title(b, r->config_name ? r->config_name : "configuration");
    for (const char *line = r->config; *line && b->status == STINT_OK;) {
        size_t n = strcspn(line, "\n");
        put_line(b, line, n);
        line += n + (line[n] == '\n');
    }
}

void book_settings(book *b)
{
    static const double widths[BOOK_COLUMNS] = {34, 34, 16, 16, 16, 16, 16, 16};
    book_sheet(b, "Settings", widths);
    put_reproduce(b);
    put_budget(b);
    put_config(b);
}
