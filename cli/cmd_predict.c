#include "command.h"

#include <stdio.h>
#include <unistd.h>

static stint_status run_predict(stint_context *c, const flags *f)
{
    stint_text text = {0};
    stint_predict_request r = {
        .run_dir = f->operands[0],
        .data = f->operands[1],
        .sheet = f->sheet,
        .dataset = f->dataset,
        .to = f->to,
        .fd = STDOUT_FILENO,
        .memory = f->memory,
        .json = f->json,
    };
    stint_status s = stint_predict(c, &r, &text);
    if (f->to)
        text_print(&text);
    else
        stint_text_free(&text);
    return s;
}

/* Without --to, standard output is the table's. */
static const char *check_predict(const flags *f)
{
    return f->json && !f->to ? "--json tells of the file that --to FILE names; add --to FILE"
                             : NULL;
}

const command cmd_predict = {
    .name = "predict",
    .operands = "RUN DATA",
    .least = 2,
    .most = 2,
    .takes = "oSDMjCL",
    .check = check_predict,
    .run = run_predict,
    .summary = "predictions of new data by a finished run's model",
    .help =
        "Reads DATA as a run reads its table, holds it to the columns that the model knows, and\n"
        "writes a prediction for every row: CSV to standard output, or by the name after --to\n"
        "CSV, TSV, XLSX, Parquet or a column file.  Where DATA holds the target too, predictions are\n"
        "scored by every metric.\n\n"
        "  stint predict runs/diabetes examples/data/diabetes.csv | head\n"
        "  stint predict runs/wine new.xlsx --sheet July --to july.xlsx\n",
};
