#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Flags by table: one that sets a config key is a row with that key; the others are a row
 * with the field they fill. */

typedef struct flag {
    char letter; /* in command.takes */
    const char *name, *value, *help;
    const char *key; /* config key it is short for */
    size_t text, on; /* offset of a const char * or bool field, + 1; 0 = none */
} flag;

#define TEXT(field) (offsetof(flags, field) + 1)

static const flag rows[] = {
    {'s', "--set", "KEY=VALUE", "set one key of the config; may be repeated", NULL, 0, 0},
    {'m', "--memory", "SIZE", "short for --set budget.memory=SIZE, for example 512MiB",
     "budget.memory", 0, 0},
    {'M', "--memory", "SIZE", "what the reading child may hold, for example 512MiB", NULL,
     TEXT(memory), 0},
    {'t', "--time", "DURATION", "short for --set budget.time=DURATION, for example 10min",
     "budget.time", 0, 0},
    {'k', "--disk", "SIZE", "short for --set budget.disk=SIZE", "budget.disk", 0, 0},
    {'w', "--workers", "N", "short for --set budget.workers=N", "budget.workers", 0, 0},
    {'n', "--threads", "N", "short for --set budget.threads=N", "budget.threads", 0, 0},
    {'c', "--max-configs", "N", "allow a search of up to N configurations", "search.max_configs", 0,
     0},
    {'d', "--run-dir", "DIR", "the run's directory instead of runs/NAME", NULL, TEXT(run_dir), 0},
    {'f', "--fresh", NULL, "discard what another experiment left in the run directory", NULL, 0,
     TEXT(fresh)},
    {'o', "--to", "FILE", "write to this file", NULL, TEXT(to), 0},
    {'E', "--method", "NAME", "kmeans, spectral or agglomerative", NULL, TEXT(method), 0},
    {'K', "--k", "N", "how many clusters, short for --n-clusters", "n_clusters", 0, 0},
    {'x', "--drop", "COLUMN", "leave out the columns of this name or pattern; may be repeated",
     NULL, 0, 0},
    {'i', "--init", "FILE", "of kmeans: a table with the centres to begin from, or a way by name",
     NULL, TEXT(init), 0},
    {'W', "--sweep", "A-B", "each number of clusters from A to B, compared", NULL, TEXT(sweep), 0},
    {'O', "--out", "FILE", "write row and label to this file", NULL, TEXT(to), 0},
    {'R', "--report", "DIR", "make a directory with a page, pictures, labels and figures", NULL,
     TEXT(report), 0},
    {'v', "--device", "NAME", "auto, scalar, simd, threads or blas", NULL, TEXT(device), 0},
    {'B', "--memory", "SIZE", "what all processes may hold together, for example 512MiB", NULL,
     TEXT(memory), 0},
    {'P', "--plan", NULL, "only say what it would take", NULL, 0, TEXT(plan)},
    {'S', "--sheet", "NAME", "of an XLSX workbook: the sheet, instead of the first", NULL,
     TEXT(sheet), 0},
    {'D', "--dataset", "PATH", "of an HDF5 file: the dataset or group", NULL, TEXT(dataset), 0},
    {'j', "--json", NULL, "print JSON", NULL, 0, TEXT(json)},
    {'a', "--all", NULL, "remove everything that is not in use", NULL, 0, TEXT(all)},
    {'C', "--cache-dir", "DIR", "the cache instead of the user's", NULL, TEXT(cache_dir), 0},
    {'L', "--cache-limit", "SIZE", "what the cache may hold, 10GiB by default", NULL,
     TEXT(cache_limit), 0},
    {'p', "--progress", "HOW", "auto, bar, line or none", NULL, 0, 0},
    {'q', "--quiet", NULL, "no progress and no log", NULL, 0, TEXT(quiet)},
    {'h', "--help", NULL, "this text", NULL, 0, TEXT(help)},
};
enum { ROWS = sizeof rows / sizeof *rows };

static bool is_common(const flag *row)
{
    return strchr("pqh", row->letter) != NULL;
}

static bool knows(const command *cmd, const flag *row)
{
    return strchr(cmd->takes, row->letter) || is_common(row);
}

bool flags_next(const command *cmd, int *at, flag_text *out)
{
    while (*at < ROWS && !knows(cmd, &rows[*at]))
        ++*at;
    if (*at == ROWS)
        return false;
    const flag *row = &rows[(*at)++];
    *out = (flag_text){row->name, row->value, row->help, is_common(row)};
    return true;
}

static const flag *find(const command *cmd, const char *name, size_t len)
{
    for (int i = 0; i < ROWS; i++)
        if (knows(cmd, &rows[i]) && strlen(rows[i].name) == len &&
            memcmp(rows[i].name, name, len) == 0)
            return &rows[i];
    return NULL;
}

static bool add_setting(flags *f, const char *key, const char *value, char *why, size_t size)
{
    if (f->n_settings == SETTINGS_MOST) {
        snprintf(why, size, "more than %d settings", SETTINGS_MOST);
        return false;
    }
    f->settings[f->n_settings++] = (stint_setting){key, value};
    return true;
}

/* KEY=VALUE; the argument is cut in two in place. */
static bool add_pair(flags *f, char *pair, char *why, size_t size)
{
    char *equals = strchr(pair, '=');
    if (!equals || equals == pair) {
        snprintf(why, size, "--set takes KEY=VALUE, for example --set split.folds=10, not \"%s\"",
                 pair);
        return false;
    }
    *equals = '\0';
    return add_setting(f, pair, equals + 1, why, size);
}

static bool add_drop(flags *f, const char *pattern, char *why, size_t size)
{
    if (f->n_drop == DROPS_MOST) {
        snprintf(why, size, "more than %d --drop; a pattern takes several columns", DROPS_MOST);
        return false;
    }
    f->drop[f->n_drop++] = pattern;
    return true;
}

static bool set_progress(flags *f, const char *how, char *why, size_t size)
{
    static const char *const names[] = {"auto", "bar", "line", "none"};
    for (int i = 0; i < 4; i++)
        if (strcmp(how, names[i]) == 0) {
            f->progress = (stint_progress)i;
            return true;
        }
    snprintf(why, size, "--progress takes auto, bar, line or none, not \"%s\"", how);
    return false;
}

static bool take(flags *f, const flag *row, char *value, char *why, size_t size)
{
    if (row->on)
        *(bool *)((char *)f + row->on - 1) = true;
    else if (row->text)
        *(const char **)((char *)f + row->text - 1) = value;
    else if (!value)
        return false;
    else if (row->key)
        return add_setting(f, row->key, value, why, size);
    else if (row->letter == 's')
        return add_pair(f, value, why, size);
    else if (row->letter == 'x')
        return add_drop(f, value, why, size);
    else
        return set_progress(f, value, why, size);
    return true;
}

/* A flag that the verb leaves to the library, which knows its parameters: --max-iter 5,
 * --max-iter=5, or --shuffle alone.  The argument becomes the name in place. */
static bool pass_on(flags *f, int argc, char **argv, int *at, char *why, size_t size)
{
    char *name = argv[*at] + 2, *equals = strchr(name, '=');
    const char *value = equals ? equals + 1 : NULL;
    if (!equals && *at + 1 < argc && strncmp(argv[*at + 1], "--", 2) != 0)
        value = argv[++*at];
    if (equals)
        *equals = '\0';
    for (char *p = name; *p; p++)
        *p = *p == '-' ? '_' : *p;
    return add_setting(f, name, value, why, size);
}

static bool read_flag(const command *cmd, int argc, char **argv, int *at, flags *f, char *why,
                      size_t size)
{
    char *arg = argv[*at], *equals = strchr(arg, '=');
    const flag *row = find(cmd, arg, equals ? (size_t)(equals - arg) : strlen(arg));
    if (!row && cmd->passes_on && strncmp(arg, "--", 2) == 0)
        return pass_on(f, argc, argv, at, why, size);
    if (!row) {
        snprintf(why, size, "stint %s does not know %s; see stint %s --help", cmd->name, arg,
                 cmd->name);
        return false;
    }
    char *value = equals ? equals + 1 : NULL;
    if (row->value && !value && *at + 1 < argc)
        value = argv[++*at];
    if ((row->value != NULL) != (value != NULL)) {
        snprintf(why, size, row->value ? "%s wants %s after it" : "%s takes no value", row->name,
                 row->value);
        return false;
    }
    return take(f, row, value, why, size);
}

/* Is `arg` one of "this|that"?  Any other name of an operand stands for whatever is given. */
static bool is_choice(const char *choices, const char *arg)
{
    size_t n = strlen(arg), len;
    if (!strchr(choices, '|'))
        return true;
    for (const char *p = choices; *p; p += len + (p[len] == '|')) {
        len = strcspn(p, "|");
        if (len == n && memcmp(p, arg, n) == 0)
            return true;
    }
    return false;
}

static bool add_operand(const command *cmd, flags *f, const char *arg, char *why, size_t size)
{
    if (f->n_operands == cmd->most) {
        snprintf(why, size, "stint %s does not want \"%s\"; see stint %s --help", cmd->name, arg,
                 cmd->name);
        return false;
    }
    if (!is_choice(cmd->operands, arg)) {
        snprintf(why, size, "stint %s wants %s, not \"%s\"; see stint %s --help", cmd->name,
                 cmd->operands, arg, cmd->name);
        return false;
    }
    f->operands[f->n_operands++] = arg;
    return true;
}

/* Shell words: quoted where they are not plain, a quote inside as '\\''. */
static void quote_word(const char *word, char *out, size_t size)
{
    size_t n = 0;
    for (const char *p = word; *p && n + 6 < size; p++)
        n += (size_t)snprintf(out + n, size - n, *p == '\'' ? "'\\''" : "%c", *p);
    out[n] = '\0';
}

/* A setting that holds a key ends where the key would stand: the line is for a report. */
static void quote_argument(const char *argument, char *out, size_t size)
{
    const char *bloom = strstr(argument, "bloom"), *key = bloom ? strstr(bloom, "key") : NULL;
    quote_word(argument, out, size);
    if (key && (size_t)(key - argument) + 8 < size)
        snprintf(out, size, "%.*s=...", (int)(key + 3 - argument), argument);
}

static void quote_line(int argc, char **argv, char *out, size_t size)
{
    char word[1024];
    size_t n = 0;
    for (int i = 0; i < argc && n < size; i++) {
        bool plain = argv[i][0] && !strpbrk(argv[i], " '\"$\\*?;&|<>()[]{}");
        quote_argument(argv[i], word, sizeof word);
        n += (size_t)snprintf(out + n, size - n, plain ? "%s%s" : "%s'%s'", i ? " " : "", word);
    }
}

bool flags_read(const command *cmd, int argc, char **argv, flags *out, char *why, size_t size)
{
    *out = (flags){0};
    quote_line(argc, argv, out->command_line, sizeof out->command_line);
    bool only_operands = false;
    for (int i = 2; i < argc; i++) {
        if (!only_operands && strcmp(argv[i], "--") == 0)
            only_operands = true;
        else if (!only_operands && strcmp(argv[i], "--child") == 0 && cmd->role)
            out->child = true;
        else if (!only_operands && argv[i][0] == '-' && argv[i][1]) {
            if (!read_flag(cmd, argc, argv, &i, out, why, size))
                return false;
        } else if (!add_operand(cmd, out, argv[i], why, size))
            return false;
    }
    if (out->help || out->child)
        return true;
    if (out->n_operands < cmd->least) {
        snprintf(why, size, "stint %s wants %s; see stint %s --help", cmd->name, cmd->operands,
                 cmd->name);
        return false;
    }
    const char *clash = cmd->check ? cmd->check(out) : NULL;
    if (clash)
        snprintf(why, size, "%s; see stint %s --help", clash, cmd->name);
    return !clash;
}
