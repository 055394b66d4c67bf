#include "command.h"

static stint_status run_status(stint_context *c, const flags *f)
{
    stint_text text = {0};
    stint_status s = stint_run_status(c, f->operands[0], f->json, &text);
    text_print(&text);
    return s;
}

const command cmd_status = {
    .name = "status",
    .operands = "RUN",
    .least = 1,
    .most = 1,
    .takes = "j",
    .run = run_status,
    .summary = "where a run stands",
    .help =
        "Reads the run's directory; safe while the run is at work.\n\n  stint status runs/diabetes\n",
};
