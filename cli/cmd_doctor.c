#include "command.h"

static stint_status run_doctor(stint_context *c, const flags *f)
{
    stint_text text = {0};
    stint_status s = stint_doctor(c, f->json, &text);
    text_print(&text);
    return s;
}

const command cmd_doctor = {
    .name = "doctor",
    .operands = "",
    .takes = "jC",
    .run = run_doctor,
    .summary = "what this machine offers: cores, SIMD, libraries, limits",
    .help = "  stint doctor --json\n",
};
