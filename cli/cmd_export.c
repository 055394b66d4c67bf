#include "command.h"

static stint_status run_export(stint_context *c, const flags *f)
{
    return f->child ? stint_export_child(c, 3) : stint_export(c, f->operands[0], f->operands[1]);
}

const command cmd_export = {
    .name = "export",
    .operands = "COLUMNS TABLE",
    .least = 2,
    .most = 2,
    .takes = "CL",
    .run = run_export,
    .role = "export",
    .summary = "write a column file as CSV, TSV, XLSX or Parquet",
    .help =
        "A column file is what stint ingest --to writes.  The table's name says the format: .csv, .tsv,\n"
        ".xlsx, .parquet or .safetensors (the column file itself).  Of texts that were too many\n"
        "different ones to keep there are hashes.\n\n"
        "  stint export days.safetensors days.parquet\n"
        "  stint export days.safetensors days.xlsx\n",
};
