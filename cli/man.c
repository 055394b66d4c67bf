#include "command.h"
#include "facts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* docs/stint.1 in the man(7) macros, printed from the tables that the command itself reads.
 * Text reaches the page through roff_text alone, which escapes it; macros are written here. */

/* --- escaping ------------------------------------------------------------------------------ */

/* ASCII that roff would read or set as something else; the hyphen becomes the ASCII one, which
 * can be copied into a shell. */
static const char *const escapes[128] = {
    ['\\'] = "\\e",  ['-'] = "\\-",   ['\''] = "\\(aq", ['`'] = "\\(ga",
    ['"'] = "\\(dq", ['^'] = "\\(ha", ['~'] = "\\(ti",
};

/* A UTF-8 sequence as \[uXXXX]; its length. */
static int roff_rune(const char *at)
{
    unsigned char first = (unsigned char)*at;
    int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0, seen = 0;
    unsigned rune = more ? first & (0x3fu >> more) : first;
    while (seen < more && ((unsigned char)at[seen + 1] & 0xc0) == 0x80)
        rune = rune << 6 | ((unsigned char)at[++seen] & 0x3f);
    printf("\\[u%04X]", rune);
    return seen + 1;
}

/* The first n bytes of a text; newlines stay.  It begins a line of the page, or follows a
 * macro's name or a font. */
static void roff_text_of(const char *text, size_t n)
{
    bool begins_line = true;
    for (const char *p = text, *end = text + n; p < end;) {
        if (begins_line && *p == '.')
            printf("\\&");
        begins_line = *p == '\n';
        if ((unsigned char)*p >= 128) {
            p += roff_rune(p);
            continue;
        }
        const char *escape = escapes[(unsigned char)*p];
        if (escape)
            printf("%s", escape);
        else
            putchar(*p);
        p++;
    }
}

static void roff_text(const char *text)
{
    roff_text_of(text, strlen(text));
}

/* --- pieces -------------------------------------------------------------------------------- */

static void section(const char *title)
{
    printf(".SH \"");
    roff_text(title);
    printf("\"\n");
}

/* A sentence from a phrase of a table that begins with a word. */
static void sentence(const char *phrase)
{
    putchar(toupper((unsigned char)phrase[0]));
    roff_text(phrase + 1);
    printf(".\n");
}

static void tagged(const char *name, const char *text)
{
    printf(".TP\n\\fB");
    roff_text(name);
    printf("\\fR\n");
    roff_text(text);
    printf("\n");
}

static void example_begin(void)
{
    printf(".PP\n.RS 4\n.EX\n");
}

static void example_end(void)
{
    printf(".EE\n.RE\n");
}

/* A verb's help: paragraphs between empty lines, examples by two spaces at a line's start. */
static void help_text(const char *help)
{
    bool is_example = false, is_open = false;
    for (const char *line = help; *line;) {
        size_t len = strcspn(line, "\n");
        bool is_indented = strncmp(line, "  ", 2) == 0;
        if (is_example && !is_indented) {
            example_end();
            is_open = false;
        }
        if (is_indented && !is_example)
            example_begin();
        else if (len && !is_indented && !is_open)
            printf(".PP\n");
        is_example = is_indented;
        is_open = len > 0;
        if (len) {
            roff_text_of(line + (is_indented ? 2 : 0), len - (is_indented ? 2 : 0));
            printf("\n");
        }
        line += len + (line[len] == '\n');
    }
    if (is_example)
        example_end();
}

static void flag_row(const flag_text *flag)
{
    printf(".TP\n\\fB");
    roff_text(flag->name);
    printf("\\fR");
    if (flag->value) {
        printf(" \\fI");
        roff_text(flag->value);
        printf("\\fR");
    }
    printf("\n");
    roff_text(flag->help);
    printf("\n");
}

static void flag_rows(const command *cmd, bool common)
{
    flag_text flag;
    for (int at = 0; flags_next(cmd, &at, &flag);)
        if (flag.is_common == common)
            flag_row(&flag);
}

/* --- sections ------------------------------------------------------------------------------ */

static void synopsis(void)
{
    section("SYNOPSIS");
    for (int i = 0; commands[i]; i++) {
        const command *cmd = commands[i];
        if (cmd->hidden)
            continue;
        printf("\\fBstint ");
        roff_text(cmd->name);
        printf("\\fR ");
        if (cmd->operands[0]) {
            printf("\\fI");
            roff_text(cmd->operands);
            printf("\\fR ");
        }
        printf("[\\fIflags\\fR]\n.br\n");
    }
    printf("\\fBstint \\-\\-help\\fR | \\fB\\-\\-version\\fR\n");
}

static void description(void)
{
    section("DESCRIPTION");
    roff_text(
        "Stint reads a table, checks it, plans the work, searches for the best model by\n"
        "cross-validation, tests it on rows that the search never saw, and writes a report.  It\n"
        "does so within the memory, time and disk it was given.  It can be killed at any moment,\n"
        "and the same command carries on to the same result.\n");
    printf(".PP\n");
    roff_text(
        "An experiment is one YAML file.  Results and JSON go to standard output, progress and\n"
        "log to standard error.\n");
}

static void verb(const command *cmd)
{
    printf(".SS \"stint ");
    roff_text(cmd->name);
    if (cmd->operands[0])
        printf(" ");
    roff_text(cmd->operands);
    printf("\"\n");
    sentence(cmd->summary);
    help_text(cmd->help);
    flag_rows(cmd, false);
}

static void verbs(void)
{
    section("VERBS");
    roff_text("Each also takes the flags of every verb, below.\n");
    for (int i = 0; commands[i]; i++)
        if (!commands[i]->hidden)
            verb(commands[i]);
    section("FLAGS OF EVERY VERB");
    flag_rows(commands[0], true);
}

static void files(void)
{
    section("FILES");
    tagged("runs/NAME",
           "a run's directory, unless --run-dir names another: report.html,\n"
           "report.xlsx, summary.json, rounds/001 with the model, and what a resume starts from");
    tagged("~/.cache/stint", "the cache of tables and splits, unless --cache-dir or the\n"
                             "environment names another; safe to remove while nothing runs");
}

static void exit_status(void)
{
    exit_fact row;
    section("EXIT STATUS");
    for (int at = 0; exit_next(&at, &row);)
        tagged(row.codes, row.text);
}

static void examples(void)
{
    section("EXAMPLES");
    for (const fact *f = first_run; f->name; f++)
        tagged(f->name, f->text);
}

void man_print(void)
{
    printf(".\\\" Printed from the command's tables by stint --man; edits here are lost.\n");
    printf(".TH STINT 1 \"\" \"stint %s\" \"Stint\"\n", stint_version());
    section("NAME");
    printf("stint \\- ");
    roff_text(STINT_IS "\n");
    synopsis();
    description();
    verbs();
    files();
    section("ENVIRONMENT");
    for (const fact *f = environment; f->name; f++)
        tagged(f->name, f->text);
    exit_status();
    examples();
    section("SEE ALSO");
    roff_text("docs/config.md of the sources, share/doc/stint/config.md of an installation: every\n"
              "config key, model, parameter and metric.  stint VERB --help: one verb alone.\n");
}
