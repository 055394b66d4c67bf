#include "command.h"

static stint_status run_plan(stint_context *c, const flags *f)
{
    stint_text text = {0};
    stint_request r = {.config = f->operands[0],
                       .settings = f->settings,
                       .n_settings = f->n_settings,
                       .json = f->json};
    stint_status s = stint_plan(c, &r, &text);
    text_print(&text);
    return s;
}

const command cmd_plan = {
    .name = "plan",
    .operands = "CONFIG",
    .least = 1,
    .most = 1,
    .takes = "smtkwncjCL",
    .run = run_plan,
    .summary = "what a run would cost, before it starts",
    .help =
        "Looks at the input for at most a second and prints, for each stage, the fits, the peak\n"
        "memory over all processes, the time and the disk.  Exits with 4 when the plan does not fit\n"
        "the budget, and names the smallest one that does.\n\n"
        "  stint plan examples/diabetes.yaml\n"
        "  stint plan examples/diabetes.yaml --memory 64MiB\n",
};
