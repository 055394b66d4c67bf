#include "profile/bench.h"
#include "base/os/os.h"

#include <stdlib.h>
#include <string.h>

/* The flags of a bench executable, as a table. */

typedef struct flags {
    bench_settings run;
    const char *only, *json, *compare;
    bool list, help;
} flags;

typedef enum flag_type { FLAG_SET, FLAG_CLEAR, FLAG_COUNT, FLAG_TEXT } flag_type;

typedef struct flag {
    const char *name, *value;
    flag_type type;
    size_t offset;
    const char *help;
} flag;

static const flag flag_table[] = {
    {"--iterations", "N", FLAG_COUNT, offsetof(flags, run.iterations), "timed runs of each case"},
    {"--warmup", "N", FLAG_COUNT, offsetof(flags, run.warmup), "untimed runs before them"},
    {"--only", "NAME", FLAG_TEXT, offsetof(flags, only), "cases whose name holds NAME"},
    {"--json", "FILE", FLAG_TEXT, offsetof(flags, json), "write every time to FILE"},
    {"--compare", "FILE", FLAG_TEXT, offsetof(flags, compare),
     "ratio to an earlier --json FILE; exit 1 on a regression over 10 %"},
    {"--no-peer", "", FLAG_CLEAR, offsetof(flags, run.with_peer), "do not run the peers"},
    {"--list", "", FLAG_SET, offsetof(flags, list), "name the cases"},
    {"--help", "", FLAG_SET, offsetof(flags, help), "this text"},
};

enum { FLAGS = sizeof flag_table / sizeof flag_table[0] };

static void help(str *out, const char *program)
{
    str_addf(out, "%s [flags]\n\n", program);
    for (int i = 0; i < FLAGS; ++i)
        str_addf(out, "  %-12s %-5s %s\n", flag_table[i].name, flag_table[i].value,
                 flag_table[i].help);
}

static stint_status set_flag(ctx *c, const flag *f, const char *value, flags *out)
{
    void *at = (char *)out + f->offset;
    if (f->type == FLAG_SET || f->type == FLAG_CLEAR) {
        *(bool *)at = f->type == FLAG_SET;
        return STINT_OK;
    }
    if (!value)
        return fail(c, STINT_EUSAGE, "%s: takes %s", f->name, f->value);
    if (f->type == FLAG_TEXT) {
        *(const char **)at = value;
        return STINT_OK;
    }
    char *end;
    long n = strtol(value, &end, 10);
    if (*end || end == value || n < 1 || n > 1000000)
        return fail(c, STINT_EUSAGE, "%s: \"%s\" is not a number from 1 to 1000000", f->name,
                    value);
    *(int *)at = (int)n;
    return STINT_OK;
}

static stint_status parse(ctx *c, int argc, const char *const argv[], flags *out)
{
    for (int i = 1; i < argc; ++i) {
        const flag *f = NULL;
        for (int k = 0; k < FLAGS && !f; ++k)
            if (strcmp(argv[i], flag_table[k].name) == 0)
                f = &flag_table[k];
        if (!f)
            return fail(c, STINT_EUSAGE, "unknown flag %s; --help names them all", argv[i]);
        bool takes = f->type == FLAG_COUNT || f->type == FLAG_TEXT;
        TRY(set_flag(c, f, takes && i + 1 < argc ? argv[i + 1] : NULL, out));
        i += takes;
    }
    return STINT_OK;
}

static stint_status run_all(ctx *c, const flags *f, const bench_case *cases, int n,
                            bench_result *results, int *made)
{
    for (int i = 0; i < n; ++i) {
        if (f->only && !strstr(cases[i].name, f->only))
            continue;
        TRY(bench_run_case(c, &cases[i], &f->run, &results[*made]));
        const bench_result *r = &results[(*made)++];
        log_line(c, "%s: %.6g s", cases[i].name, r->stats.p50);
    }
    return *made > 0 ? STINT_OK : fail(c, STINT_EUSAGE, "no case has \"%s\" in its name", f->only);
}

static stint_status write_json(ctx *c, const char *file, const bench_result *results, int n)
{
    str text;
    str_init(&text, c, TAG_BASE);
    bench_json(&text, results, n);
    stint_status s = str_status(&text);
    if (s == STINT_OK)
        s = file_write_atomic(c, file, text.at, text.len);
    str_deinit(&text);
    return s;
}

static stint_status finish(ctx *c, const flags *f, bench_result *results, int n, str *out)
{
    int worse = 0;
    if (f->compare)
        TRY(bench_compare(c, f->compare, results, n));
    bench_table(out, results, n);
    if (f->json)
        TRY(write_json(c, f->json, results, n));
    for (int i = 0; i < n; ++i)
        worse += bench_is_regression(&results[i]);
    return worse == 0
               ? str_status(out)
               : fail(c, STINT_EFAIL, "%d of %d cases slower than in %s", worse, n, f->compare);
}

stint_status bench_command(ctx *c, int argc, const char *const argv[], const bench_case *cases,
                           int n, str *out)
{
    flags f = {.run.with_peer = true};
    TRY(parse(c, argc, argv, &f));
    if (f.help) {
        help(out, argv[0]);
        return str_status(out);
    }
    if (f.list) {
        for (int i = 0; i < n; ++i)
            str_addf(out, "%s\n", cases[i].name);
        return str_status(out);
    }
    bench_result *results = mem_new(c, TAG_BASE, bench_result, n > 0 ? n : 1);
    if (!results)
        return STINT_ENOMEM;
    int made = 0;
    stint_status s = run_all(c, &f, cases, n, results, &made);
    if (s == STINT_OK)
        s = finish(c, &f, results, made, out);
    for (int i = 0; i < made; ++i)
        bench_result_free(&results[i]);
    mem_free(results);
    return s;
}
