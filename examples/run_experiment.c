/* Runs one experiment through the library and prints its verdict:
 *
 *     run_experiment CONFIG COMMAND [RUN_DIR]
 *
 * COMMAND is the path of the stint command.  The library reads tables, fits models and
 * writes Parquet in processes of it, so that their memory is bounded, and gone when they
 * end. */
#include <stint/stint.h>

#include <stdio.h>

static void print_line(void *self, const char *line, bool transient)
{
    (void)self;
    if (!transient)
        fprintf(stderr, "%s\n", line);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s CONFIG COMMAND [RUN_DIR]\n", argv[0]);
        return stint_status_exit(STINT_EUSAGE);
    }
    stint_context *ctx = stint_open(&(stint_options){.command = argv[2], .sink = print_line});
    if (!ctx)
        return stint_status_exit(STINT_ENOMEM);

    const stint_setting settings[] = {{"budget.memory", "256MiB"}, {"split.folds", "10"}};
    stint_request request = {
        .config = argv[1],
        .settings = settings,
        .n_settings = 2,
        .run_dir = argc > 3 ? argv[3] : NULL,
    };
    stint_text verdict = {0};
    stint_status status = stint_run(ctx, &request, &verdict);
    if (verdict.at) /* also when a budget was reached: what is finished is saved */
        fputs(verdict.at, stdout);
    if (status != STINT_OK)
        fprintf(stderr, "%s: %s\n", stint_status_text(status), stint_message(ctx));
    stint_text_free(&verdict);
    stint_close(ctx);
    return stint_status_exit(status);
}
