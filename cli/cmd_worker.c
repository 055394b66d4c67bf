#include "command.h"

static stint_status run_worker(stint_context *c, const flags *f)
{
    (void)f;
    return stint_worker(c, 3);
}

const command cmd_worker = {
    .name = "worker",
    .operands = "",
    .takes = "",
    .run = run_worker,
    .role = "worker",
    .hidden = true,
    .summary = "serve a run's tasks",
    .help = "Serves a run's tasks on descriptor 3; started by stint run.\n",
};
