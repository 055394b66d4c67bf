#include "profile/bench.h"

#include <stdio.h>
#include <sys/wait.h>

/* A peer runs as the shell would run it, so that its interpreter and flags are the reader's
 * own; only bench executables come here. */

stint_status bench_run_peer(ctx *c, const char *command, bench_times *out)
{
    char piece[4096];
    str text;
    FILE *pipe = popen(command, "r");
    if (!pipe)
        return fail_errno(c, "run", command);
    str_init(&text, c, TAG_BASE);
    for (size_t n; (n = fread(piece, 1, sizeof piece, pipe)) > 0;)
        str_add_bytes(&text, piece, n);
    int status = pclose(pipe);
    stint_status s = str_status(&text);
    if (s == STINT_OK && (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0))
        s = fail(c, STINT_EFAIL, "the peer failed: %s", command);
    if (s == STINT_OK)
        s = bench_parse_peer(c, command, text.at, out);
    str_deinit(&text);
    return s;
}
