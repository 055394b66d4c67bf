#include "command.h"

#include <stdio.h>

static stint_status run_ingest(stint_context *c, const flags *f)
{
    stint_text text = {0};
    if (f->child)
        return stint_ingest_child(c, 3);
    stint_ingest_request r = {
        .source = f->operands[0],
        .to = f->to,
        .sheet = f->sheet,
        .dataset = f->dataset,
        .memory = f->memory,
        .json = f->json,
    };
    stint_status s = stint_ingest(c, &r, &text);
    text_print(&text);
    return s;
}

const command cmd_ingest = {
    .name = "ingest",
    .operands = "SOURCE",
    .least = 1,
    .most = 1,
    .takes = "MoSDjCL",
    .run = run_ingest,
    .role = "ingest",
    .summary = "read a table into the cache",
    .help =
        "Reads CSV, TSV, JSON lines, Parquet, NumPy arrays, HDF5, Excel sheets or column files, one\n"
        "file or a glob, into a column file (safetensors) in the cache, and says what was read.\n"
        "Again, it comes from the cache.\n\n"
        "  stint ingest examples/data/diabetes.csv\n"
        "  stint ingest 'days/2026-*.parquet' --memory 256MiB --to days.safetensors\n",
};
