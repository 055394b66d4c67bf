#include "command.h"

static stint_status run_run(stint_context *c, const flags *f)
{
    stint_text text = {0};
    stint_request r = {
        .config = f->operands[0],
        .settings = f->settings,
        .n_settings = f->n_settings,
        .run_dir = f->run_dir,
        .fresh = f->fresh,
        .json = f->json,
        .command_line = f->command_line,
    };
    stint_status s = stint_run(c, &r, &text);
    text_print(&text);
    return s;
}

const command cmd_run = {
    .name = "run",
    .operands = "CONFIG",
    .least = 1,
    .most = 1,
    .takes = "smtkwncdfjCL",
    .run = run_run,
    .summary = "run an experiment, or carry on where it stopped",
    .help =
        "Reads the table, checks it, plans the work, searches in worker processes, refits the best\n"
        "model, and writes rounds/, summary.json, report.html and report.xlsx into the run's\n"
        "directory.  Stopped or killed at any moment, the same command carries on and ends in the same\n"
        "result; so does it with another budget, other workers or threads.  A directory that holds\n"
        "another experiment is refused (exit code 6) unless --fresh discards it.\n\n"
        "  stint run examples/diabetes.yaml\n"
        "  stint run examples/diabetes.yaml --memory 96MiB --workers 1\n"
        "  stint run examples/diabetes.yaml --set search.metric=mae --run-dir runs/by-mae\n",
};
