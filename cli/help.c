#include "command.h"
#include "facts.h"

#include <stdio.h>
#include <string.h>

/* --help: of one verb, and of the whole. */

enum { LINE_WIDTH = 90 };

/* "  NAME   text", the text broken between words into a column of its own. */
static void print_row(int name_width, const char *name, const char *text)
{
    int at = printf("  %-*s", name_width, name);
    for (const char *word = text; *word;) {
        int spaces = (int)strspn(word, " "), len = (int)strcspn(word + spaces, " ");
        if (at + 1 + spaces + len > LINE_WIDTH)
            at = printf("\n%*s", name_width + 2, "") - 1, word += spaces, spaces = 0;
        at += printf("%*s%.*s", word == text || !spaces ? 1 : spaces, "", len, word + spaces);
        word += spaces + len;
    }
    printf("\n");
}

void help_command(const command *cmd)
{
    printf("usage: stint %s%s%s [flags]\n\n%s\n\n%s\n", cmd->name, cmd->operands[0] ? " " : "",
           cmd->operands, cmd->summary, cmd->help);
    printf("flags:\n");
    flag_text flag;
    for (int at = 0; flags_next(cmd, &at, &flag);) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", flag.name, flag.value ? flag.value : "");
        printf("  %-22s %s\n", left, flag.help);
    }
}

static void print_facts(const char *title, int name_width, const fact *facts)
{
    printf("\n%s:\n", title);
    for (; facts->name; facts++)
        print_row(name_width, facts->name, facts->text);
}

void help_all(void)
{
    exit_fact exit_row;
    printf("Stint: " STINT_IS ".\n\nusage: stint VERB [arguments] [flags]\n\n");
    for (int i = 0; commands[i]; i++)
        if (!commands[i]->hidden)
            printf("  %-8s %-18s %s\n", commands[i]->name, commands[i]->operands,
                   commands[i]->summary);
    printf("\nstint VERB --help tells more of each, stint --version which this is, docs/config.md\n"
           "of every config key, and man stint all of the command.\n");
    print_facts("A first run", 48, first_run);
    print_facts("Environment", 16, environment);
    printf("\nExit codes:\n");
    for (int at = 0; exit_next(&at, &exit_row);)
        print_row(9, exit_row.codes, exit_row.text);
}
