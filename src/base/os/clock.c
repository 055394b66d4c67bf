#include "base/os/os.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double clock_seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

double clock_cpu_seconds(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

void clock_text_at(char out[32], int64_t seconds)
{
    time_t when = (time_t)seconds;
    struct tm utc;
    if (!gmtime_r(&when, &utc) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc))
        strcpy(out, "?");
}

void clock_text(char out[32])
{
    clock_text_at(out, time(NULL));
}

int cpu_count(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set)
                                                        : (int)sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? n : 1;
}

void cpu_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* A number alone in a file; INT64_MAX when there is none ("max", or no such file). */
static int64_t read_limit(const char *path)
{
    FILE *f = fopen(path, "re");
    long long limit = 0;
    bool found = f && fscanf(f, "%lld", &limit) == 1 && limit > 0;
    if (f)
        fclose(f);
    return found ? limit : INT64_MAX;
}

/* The least limit of a cgroup and its ancestors: mount + group is cut back to mount. */
static int64_t least_limit(const char *mount, char *group, const char *file)
{
    int64_t least = INT64_MAX;
    for (;;) {
        char path[4352];
        snprintf(path, sizeof path, "%s%s/%s", mount, group, file);
        int64_t limit = read_limit(path);
        least = limit < least ? limit : least;
        char *cut = strrchr(group, '/');
        if (!cut)
            return least;
        *cut = '\0';
    }
}

/* Lines of /proc/self/cgroup: "0::/group" for version 2, "7:memory:/group" for version 1. */
static int64_t cgroup_limit(void)
{
    FILE *f = fopen("/proc/self/cgroup", "re");
    char line[4096];
    int64_t least = INT64_MAX;
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        char *names = strchr(line, ':'), *group = names ? strchr(names + 1, ':') : NULL;
        if (!group)
            continue;
        *group++ = '\0';
        int64_t limit = INT64_MAX;
        if (!strcmp(line, "0:"))
            limit = least_limit("/sys/fs/cgroup", group, "memory.max");
        else if (strstr(names, "memory"))
            limit = least_limit("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes");
        least = limit < least ? limit : least;
    }
    if (f)
        fclose(f);
    return least;
}

int64_t memory_total_bytes(void)
{
    int64_t machine = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
    int64_t limit = cgroup_limit();
    return limit < machine ? limit : machine;
}

/* What does not exist yet will be made where its nearest existing parent is. */
int64_t disk_free_bytes(const char *path)
{
    char at[4096];
    snprintf(at, sizeof at, "%s", path);
    struct statvfs v;
    while (statvfs(at, &v) != 0) {
        char parent[4096];
        path_dir(at, parent, sizeof parent);
        if (!strcmp(parent, at))
            return -1;
        memcpy(at, parent, sizeof at);
    }
    return (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}
