#include "command.h"

#include <string.h>

static bool is_collecting(const flags *f)
{
    return strcmp(f->operands[0], "gc") == 0;
}

static const char *check_cache(const flags *f)
{
    if (f->all && !is_collecting(f))
        return "--all is for stint cache gc";
    return f->all && f->cache_limit ? "--all leaves no room for --cache-limit: give one of them"
                                    : NULL;
}

static stint_status run_cache(stint_context *c, const flags *f)
{
    stint_text text = {0};
    stint_status s = is_collecting(f) ? stint_cache_collect(c, f->all ? "0" : NULL, f->json, &text)
                                      : stint_cache_list(c, f->json, &text);
    text_print(&text);
    return s;
}

const command cmd_cache = {
    .name = "cache",
    .operands = "ls|gc",
    .least = 1,
    .most = 1,
    .takes = "ajCL",
    .check = check_cache,
    .run = run_cache,
    .summary = "what the cache holds, or make room in it",
    .help =
        "ls lists the files of each kind, the least recently used first: size, last use, whether a\n"
        "process uses it now, and the state of the record beside it, which stands, or is unconfirmed\n"
        "(the file is read again when it is next wanted), missing (the file is made again then), an\n"
        "orphan (without its file), or of a source file elsewhere.\n\n"
        "gc removes what dead processes left, then the least recently used files until the rest fits\n"
        "the limit, and says what went and what stays.  What a process uses is never removed;\n"
        "what is removed is made again when it is next wanted.\n\n"
        "  stint cache ls\n"
        "  stint cache gc --cache-limit 2GiB\n"
        "  stint cache gc --all\n",
};
