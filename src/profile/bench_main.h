/* The main function of a bench executable: the one place of the harness that prints.
 *
 *     int main(int argc, char **argv)
 *     {
 *         return bench_main(argc, argv, cases, 3);
 *     }
 */
#ifndef PROFILE_BENCH_MAIN_H
#define PROFILE_BENCH_MAIN_H

#include "profile/bench.h"

#include <stdio.h>

static inline void bench_print_line(void *self, const char *line, bool transient)
{
    (void)self;
    if (!transient)
        fprintf(stderr, "%s\n", line);
}

static inline int bench_main(int argc, char **argv, const bench_case *cases, int n)
{
    ctx *c = stint_open(&(stint_options){.sink = bench_print_line});
    if (!c)
        return stint_status_exit(STINT_ENOMEM);
    str out;
    str_init(&out, c, TAG_BASE);
    stint_status s = bench_command(c, argc, (const char *const *)argv, cases, n, &out);
    fputs(out.at, stdout);
    if (s != STINT_OK)
        fprintf(stderr, "%s\n", stint_message(c));
    str_deinit(&out);
    stint_close(c);
    return stint_status_exit(s);
}

#endif
