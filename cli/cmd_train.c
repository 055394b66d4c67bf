#include "command.h"

static stint_status run_train(stint_context *c, const flags *f)
{
    stint_text text = {0};
    stint_request r = {
        .config = f->operands[0],
        .settings = f->settings,
        .n_settings = f->n_settings,
        .run_dir = f->run_dir,
        .fresh = f->fresh,
        .training = true,
        .json = f->json,
        .command_line = f->command_line,
    };
    stint_status s = f->plan ? stint_plan(c, &r, &text) : stint_train(c, &r, &text);
    text_print(&text);
    return s;
}

static stint_status list_parameters(stint_context *c, const flags *f, stint_text *out)
{
    (void)f;
    return stint_trainer_reference(c, out);
}

const command cmd_train = {
    .name = "train",
    .operands = "CONFIG",
    .least = 1,
    .most = 1,
    .takes = "smtkndfPjCL",
    .run = run_train,
    .reference = list_parameters,
    .summary = "train one neural model, or carry on where it stopped",
    .help =
        "Reads and checks the table as a run does, and trains the config's model as its train: says;\n"
        "one fold of the split validates, the test part tests.  Checkpoints and logs are in\n"
        "training/ of the run's directory, the model, its test and its curves in rounds/.  Stopped or\n"
        "killed at any moment, in the middle of an epoch too, the same command carries on and ends\n"
        "in the same bytes.  stint predict takes the directory as it takes a run's.\n\n"
        "  stint train examples/co2.yaml\n"
        "  stint train examples/co2.yaml --plan\n"
        "  stint train examples/co2.yaml --set train.epochs=5 --run-dir runs/short\n\n"
        "Parameters of train: stand below; models and the rest are in docs/config.md.\n",
};
