#include "base/fault.h"

#include "base/os/thread.h"

#ifdef STINT_FAULTS

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* n = 0 makes the faults of a way of working (merge-order, overalloc, scale-all) permanent.
 * Several processes, and the resumed ones after them, share one firing through the file
 * that STINT_FAULT_ONCE names: who creates it fires. */

static const char *const kinds[FAULT_KINDS] = {
    [FAULT_ALLOC] = "alloc", [FAULT_SKIP_FSYNC] = "skip-fsync", [FAULT_MERGE_ORDER] = "merge-order",
    [FAULT_LEAK] = "leak",   [FAULT_OVERALLOC] = "overalloc",   [FAULT_SCALE_ALL] = "scale-all",
    [FAULT_CRASH] = "crash",
};

static thread_once parsed;
static char armed_role[32];                 /* "*" = any */
static atomic_int armed_kind = FAULT_KINDS; /* FAULT_KINDS = none */
static atomic_bool is_permanent;
static _Atomic long countdown;
static _Atomic(const char *) own_role = "";

static int kind_find(const char *name)
{
    for (int k = 0; k < FAULT_KINDS; k++)
        if (!strcmp(name, kinds[k]))
            return k;
    return FAULT_KINDS;
}

static bool may_be_permanent(int kind)
{
    return kind == FAULT_MERGE_ORDER || kind == FAULT_OVERALLOC || kind == FAULT_SCALE_ALL;
}

static void arm(const char *spec)
{
    char role[32], kind[32];
    long n;
    atomic_store(&armed_kind, FAULT_KINDS);
    if (!spec || sscanf(spec, "%31[^:]:%31[^:]:%ld", role, kind, &n) != 3)
        return;
    int k = kind_find(kind);
    memcpy(armed_role, role, sizeof role);
    atomic_store(&is_permanent, n == 0 && may_be_permanent(k));
    atomic_store(&countdown, n);
    atomic_store(&armed_kind, k);
}

static void arm_from_environment(void)
{
    arm(getenv("STINT_FAULT"));
}

void fault_role(const char *role)
{
    atomic_store(&own_role, role);
}

void fault_arm(const char *spec)
{
    once_run(&parsed, arm_from_environment);
    arm(spec);
}

static bool may_fire(void)
{
    const char *once = getenv("STINT_FAULT_ONCE");
    if (!once)
        return true;
    int fd = open(once, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

bool fault_now(fault_kind kind)
{
    once_run(&parsed, arm_from_environment);
    if (atomic_load(&armed_kind) != (int)kind)
        return false;
    if (strcmp(armed_role, "*") && strcmp(armed_role, atomic_load(&own_role)))
        return false;
    bool fires = atomic_load(&is_permanent) || atomic_fetch_sub(&countdown, 1) == 1;
    return fires && may_fire();
}

#else
/* C wants something in every file. */
typedef int fault_is_compiled_out;
#endif
