#include "command.h"

static stint_status run_report(stint_context *c, const flags *f)
{
    stint_text text = {0};
    stint_status s = stint_run_report(c, f->operands[0], &text);
    text_print(&text);
    return s;
}

const command cmd_report = {
    .name = "report",
    .operands = "RUN",
    .least = 1,
    .most = 1,
    .takes = "CL",
    .run = run_report,
    .summary = "build a run's report.html and report.xlsx again",
    .help =
        "From the run's files alone; nothing else in the directory changes.\n\n  stint report runs/diabetes\n",
};
