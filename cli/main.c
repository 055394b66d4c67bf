#include "command.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const command *const commands[] = {
    &cmd_plan,   &cmd_run,      &cmd_train,   &cmd_predict, &cmd_status, &cmd_report, &cmd_ingest,
    &cmd_export, &cmd_generate, &cmd_cluster, &cmd_cache,   &cmd_doctor, &cmd_worker, NULL,
};

/* --- log and progress: to standard error -------------------------------------------------- */

static bool bar_shown;

static void print_line(void *self, const char *line, bool transient)
{
    (void)self;
    if (transient) {
        fprintf(stderr, "\r\033[K%s", line);
        bar_shown = line[0] != '\0';
    } else {
        fprintf(stderr, "%s%s\n", bar_shown ? "\r\033[K" : "", line);
        bar_shown = false;
    }
    fflush(stderr);
}

void text_print(stint_text *t)
{
    if (t->at)
        fwrite(t->at, 1, t->len, stdout);
    stint_text_free(t);
}

/* --- signals ------------------------------------------------------------------------------ */

static stint_context *interrupted;
static volatile sig_atomic_t signal_seen;

/* The first finishes the step and saves, the second stops at once; both resume. */
static void on_signal(int number)
{
    signal_seen = number;
    if (interrupted)
        stint_interrupt(interrupted);
}

static void catch_signals(stint_context *c)
{
    struct sigaction action = {.sa_handler = on_signal};
    interrupted = c;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* --- running a verb ----------------------------------------------------------------------- */

static int fail_usage(const char *why)
{
    fprintf(stderr, "stint: %s\n", why);
    return stint_status_exit(STINT_EUSAGE);
}

static const char *own_path(void)
{
    static char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    return n > 0 ? path : NULL;
}

static int exit_code(stint_status s)
{
    if (s == STINT_EINTERRUPT && signal_seen)
        return 128 + signal_seen;
    return stint_status_exit(s);
}

static int run_command(const command *cmd, const flags *f)
{
    const char *term = getenv("TERM"), *share = getenv("STINT_WORKER_MEMORY");
    bool plain = getenv("NO_COLOR") || !term || strcmp(term, "dumb") == 0;
    stint_options o = {
        .command = own_path(),
        .cache_dir = f->cache_dir,
        .sink = f->quiet || f->child ? NULL : print_line,
        .progress = f->quiet ? STINT_PROGRESS_NONE : f->progress,
        .terminal = !plain && isatty(STDERR_FILENO),
    };
    if (f->cache_limit &&
        (!stint_parse_bytes(f->cache_limit, &o.cache_limit_bytes) || o.cache_limit_bytes < 1))
        return fail_usage("--cache-limit takes a size, for example 2GiB");
    if (f->child && share)
        o.memory_bytes = strtoll(share, NULL, 10);
    stint_context *c = stint_open(&o);
    if (!c)
        return fail_usage("out of memory");
    if (!f->child)
        catch_signals(c);
    stint_status s = cmd->run(c, f);
    if (s != STINT_OK && !f->child) /* a child's message is its parent's to tell */
        fprintf(stderr, "%sstint: %s\n", bar_shown ? "\r\033[K" : "", stint_message(c));
    interrupted = NULL;
    stint_close(c);
#ifndef STINT_SANITIZED
    if (f->child) /* no destructors of libraries: a child's work is done, its parent waits */
        _exit(exit_code(s));
#endif
    return exit_code(s);
}

static const command *command_find(const char *name)
{
    for (int i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

/* docs/config.md; not a verb, since only the documentation is made with it. */
static int print_reference(void)
{
    stint_text text = {0};
    stint_context *c = stint_open(NULL);
    stint_status s = c ? stint_config_reference(c, &text) : STINT_ENOMEM;
    text_print(&text);
    stint_close(c);
    return stint_status_exit(s);
}

/* What the library knows of a verb's subjects, below its help. */
static int print_more(const command *cmd, const flags *f)
{
    stint_text text = {0};
    stint_context *c = stint_open(NULL);
    stint_status s = c ? cmd->reference(c, f, &text) : STINT_ENOMEM;
    printf("\n");
    text_print(&text);
    if (s != STINT_OK && c)
        fprintf(stderr, "stint: %s\n", stint_message(c));
    stint_close(c);
    return stint_status_exit(s);
}

int main(int argc, char **argv)
{
    char why[512];
    flags f;
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        help_all();
        return argc < 2 ? stint_status_exit(STINT_EUSAGE) : 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("stint %s\n", stint_version());
        return 0;
    }
    if (strcmp(argv[1], "--config-reference") == 0)
        return print_reference();
    if (strcmp(argv[1], "--man") == 0) {
        man_print();
        return 0;
    }
    const command *cmd = command_find(argv[1]);
    if (!cmd) {
        snprintf(why, sizeof why, "no verb \"%s\"; stint --help lists them", argv[1]);
        return fail_usage(why);
    }
    if (!flags_read(cmd, argc, argv, &f, why, sizeof why))
        return fail_usage(why);
    if (f.help) {
        help_command(cmd);
        return cmd->reference ? print_more(cmd, &f) : 0;
    }
    return run_command(cmd, &f);
}
