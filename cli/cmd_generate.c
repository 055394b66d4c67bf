#include "command.h"

#include <unistd.h>

static stint_status run_generate(stint_context *c, const flags *f)
{
    stint_text text = {0};
    stint_generate_request r = {
        .name = f->operands[0],
        .settings = f->settings,
        .n_settings = f->n_settings,
        .to = f->to,
        .fd = STDOUT_FILENO,
        .json = f->json,
    };
    stint_status s = stint_generate(c, &r, &text);
    if (f->to)
        text_print(&text);
    else
        stint_text_free(&text);
    return s;
}

static stint_status list_generators(stint_context *c, const flags *f, stint_text *out)
{
    return stint_generate_reference(c, f->n_operands ? f->operands[0] : NULL, out);
}

/* Without --to, standard output is the table's. */
static const char *check_generate(const flags *f)
{
    return f->json && !f->to ? "--json describes the file that --to FILE names; add --to FILE"
                             : NULL;
}

const command cmd_generate = {
    .name = "generate",
    .operands = "NAME",
    .least = 1,
    .most = 1,
    .takes = "oj",
    .passes_on = true,
    .check = check_generate,
    .run = run_generate,
    .reference = list_generators,
    .summary = "write a made-up table whose structure is known",
    .help =
        "Writes CSV, TSV, Parquet or a column file (.safetensors), as the name after --to says, and\n"
        "prints which columns carry the target, by what formula, and which are noise.  Without --to\n"
        "the table goes to standard output as CSV.  The same flags give the same bytes, and the\n"
        "first rows of a longer table are those of a shorter one.\n\n"
        "  stint generate angles --to angles.csv\n"
        "  stint generate blobs --rows 100000 --centers 10 --features 8 --to blobs.parquet --json\n"
        "  stint generate moons --noise 0.2 --seed 7 | head\n",
};
