/* The command's verbs: a row each, with its help and the flags it takes. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stint/stint.h>

#include <stdbool.h>

#define SETTINGS_MOST 64
#define DROPS_MOST    256

/* What the flags of any verb fill in. */
typedef struct flags {
    const char *operands[4];
    int n_operands;
    stint_setting settings[SETTINGS_MOST];
    int n_settings;
    const char *run_dir, *to, *cache_dir, *cache_limit, *memory, *sheet, *dataset;
    const char *method, *init, *sweep, *report, *device;
    const char *drop[DROPS_MOST + 1]; /* NULL-terminated */
    int n_drop;
    bool json, plan, fresh, all, quiet, help, child;
    stint_progress progress;
    char command_line[2048];
} flags;

typedef struct command {
    const char *name, *operands, *summary; /* an operand "this|that" is a choice */
    const char *help;                      /* after the summary: how to use it, by example */
    const char *takes;                     /* the flags it knows, as letters of flag rows */
    int least, most;                       /* operands */
    stint_status (*run)(stint_context *c, const flags *f);
    /* what --help prints below the flags, NULL = nothing */
    stint_status (*reference)(stint_context *c, const flags *f, stint_text *out);
    bool passes_on;   /* flags it does not know are settings: --max-iter 5 is max_iter, "5" */
    const char *role; /* of the process, where it is a child of another */
    bool hidden;      /* not in the list: people do not start it */
    const char *(*check)(const flags *f); /* why these flags do not go together; NULL = they do */
} command;

extern const command cmd_plan, cmd_run, cmd_train, cmd_predict, cmd_status, cmd_report, cmd_ingest,
    cmd_export, cmd_generate, cmd_cluster, cmd_cache, cmd_doctor, cmd_worker;
extern const command *const commands[]; /* NULL-terminated */

/* Read a verb's arguments.  false, with the message in `why`, when they are not its own. */
bool flags_read(const command *cmd, int argc, char **argv, flags *out, char *why, size_t size);

/* The flags a verb knows, one by one: *at is 0 before the first; false after the last. */
typedef struct flag_text {
    const char *name, *value, *help; /* value NULL = it takes none */
    bool is_common;                  /* every verb knows it */
} flag_text;
bool flags_next(const command *cmd, int *at, flag_text *out);

/* The verb's help, and the list of verbs. */
void help_command(const command *cmd);
void help_all(void);

/* docs/stint.1, to standard output: the same facts as a manual page. */
void man_print(void);

/* Print a text to standard output and free it. */
void text_print(stint_text *t);

#endif
