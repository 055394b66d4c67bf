#include "command.h"

static stint_status run_cluster(stint_context *c, const flags *f)
{
    stint_text text = {0};
    stint_cluster_table_request r = {
        .data = f->operands[0],
        .sheet = f->sheet,
        .dataset = f->dataset,
        .drop = f->drop,
        .method = f->method,
        .settings = f->settings,
        .n_settings = f->n_settings,
        .init = f->init,
        .sweep = f->sweep,
        .to = f->to,
        .report = f->report,
        .device = f->device,
        .memory = f->memory,
        .plan = f->plan,
        .json = f->json,
        .command_line = f->command_line,
    };
    stint_status s = stint_cluster_table(c, &r, &text);
    text_print(&text);
    return s;
}

static stint_status list_parameters(stint_context *c, const flags *f, stint_text *out)
{
    return stint_cluster_reference(c, f->method, out);
}

static const char *check_cluster(const flags *f)
{
    return f->method ? NULL : "stint cluster wants --method kmeans, spectral or agglomerative";
}

const command cmd_cluster = {
    .name = "cluster",
    .operands = "DATA",
    .least = 1,
    .most = 1,
    .takes = "EKxiWORvBPSDjCL",
    .passes_on = true,
    .check = check_cluster,
    .run = run_cluster,
    .reference = list_parameters,
    .summary = "groups of a table's rows that belong together",
    .help =
        "Reads DATA as a run reads its table, takes its numbers and true/false columns, but for those\n"
        "dropped, as points, and clusters them within the memory given.  The labels go to a file of\n"
        "row and label, as its name ends: .csv .tsv .xlsx .parquet .json .safetensors.  A report is a\n"
        "directory with a page, its pictures, the labels and the figures as JSON.  The same data and\n"
        "parameters give the same labels for any memory, threads and device.\n\n"
        "  stint cluster digits.csv --drop digit --method kmeans --k 10 --out labels.csv\n"
        "  stint cluster digits.csv --drop digit --method agglomerative --linkage ward --k 10 --report out\n"
        "  stint cluster moons.parquet --method spectral --affinity nearest_neighbors --k 2 --json\n"
        "  stint cluster big.parquet --method kmeans --k 1000 --memory 512MiB --plan\n"
        "  stint cluster digits.csv --drop digit --method kmeans --sweep 2-12 --report sweep\n\n"
        "Parameters of the method are flags too; they stand below.\n",
};
