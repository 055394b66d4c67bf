#include "base/arena.h"
#include "base/os/os.h"
#include "base/vec.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STINT_SANITIZED 1
#endif

extern char **environ;

enum { CHILD_FD = 3 };

/* ---- environment: what the caller adds, what we set, and then our own ---- */

typedef struct environment {
    arena texts;
    VEC(char *) vars; /* NULL-terminated at the end */
} environment;

/* Do two NAME=VALUE strings have one name? */
static bool same_name(const char *a, const char *b)
{
    size_t n = strcspn(a, "=");
    return !strncmp(a, b, n) && (b[n] == '=' || b[n] == '\0');
}

/* The first of a name wins, so what takes precedence is added first. */
static stint_status add_var(ctx *c, environment *e, const char *var)
{
    for (int64_t i = 0; i < e->vars.n; i++)
        if (same_name(e->vars.at[i], var))
            return STINT_OK;
    char *copy = arena_strdup(&e->texts, var);
    return copy ? vec_push(c, TAG_BASE, &e->vars, copy) : STINT_ENOMEM;
}

/* What is for one child, and a secret that no child needs to know. */
static bool is_withheld(const char *var)
{
    return same_name("STINT_DATA_LIMIT", var) || same_name("STINT_BLOOM_KEY", var);
}

static stint_status environment_fill(ctx *c, environment *e, const char *const add[])
{
    char parent[48];
    snprintf(parent, sizeof parent, "STINT_PARENT=%ld", (long)getpid());
    TRY(add_var(c, e, parent));
    for (int i = 0; add && add[i]; i++)
        TRY(add_var(c, e, add[i]));
    /* parallelism is ours: a library's threads would not know the budget */
    TRY(add_var(c, e, "OPENBLAS_NUM_THREADS=1"));
    TRY(add_var(c, e, "OMP_NUM_THREADS=1"));
    for (char **var = environ; var && *var; var++)
        if (!is_withheld(*var))
            TRY(add_var(c, e, *var));
    return vec_push(c, TAG_BASE, &e->vars, NULL);
}

/* ---- start ---- */

static void plan_descriptors(posix_spawn_file_actions_t *actions, int theirs)
{
    posix_spawn_file_actions_init(actions);
    posix_spawn_file_actions_adddup2(actions, theirs, CHILD_FD);
    posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", 0, 0);
    posix_spawn_file_actions_addclosefrom_np(actions, CHILD_FD + 1);
}

/* A process group of its own keeps a terminal's Ctrl-C with us, who pass it on in order. */
static void plan_attributes(posix_spawnattr_t *attr)
{
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGTERM);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(attr);
    posix_spawnattr_setpgroup(attr, 0);
    posix_spawnattr_setsigmask(attr, &none);
    posix_spawnattr_setsigdefault(attr, &defaults);
    posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                       POSIX_SPAWN_SETSIGDEF);
}

static int spawn(const char *const argv[], char **vars, int theirs, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    plan_descriptors(&actions, theirs);
    plan_attributes(&attr);
    int error = posix_spawn(pid, argv[0], &actions, &attr, (char *const *)argv, vars);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static stint_status start_with(ctx *c, const char *const argv[], char **vars, child *out)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return fail_errno(c, "make a socket for", argv[0]);
    int error = spawn(argv, vars, ends[1], &out->pid);
    close(ends[1]);
    if (error) {
        close(ends[0]);
        errno = error;
        return fail_errno(c, "start", argv[0]);
    }
    out->fd = ends[0];
    return STINT_OK;
}

stint_status child_start(ctx *c, const char *const argv[], const char *const env[], child *out)
{
    *out = (child){.fd = -1};
    environment e = {0};
    arena_init(&e.texts, c, TAG_BASE);
    stint_status s = environment_fill(c, &e, env);
    if (s == STINT_OK)
        s = start_with(c, argv, e.vars.at, out);
    vec_free(&e.vars);
    arena_deinit(&e.texts);
    return s;
}

/* ---- end ---- */

static int reap(child *ch, int *wait_status)
{
    if (ch->fd >= 0)
        close(ch->fd);
    ch->fd = -1;
    pid_t got;
    do
        got = waitpid(ch->pid, wait_status, 0);
    while (got < 0 && errno == EINTR);
    ch->pid = 0;
    return got < 0 ? -1 : 0;
}

stint_status child_wait(ctx *c, child *ch, int *wait_status)
{
    *wait_status = 0;
    return reap(ch, wait_status) == 0 ? STINT_OK : fail_errno(c, "wait for", "a child process");
}

void child_kill(child *ch)
{
    int wait_status;
    if (ch->pid <= 0)
        return;
    kill(-ch->pid, SIGKILL); /* with anything it started itself */
    reap(ch, &wait_status);
}

void child_describe(int wait_status, char *out, size_t size)
{
    if (WIFEXITED(wait_status))
        snprintf(out, size, "exited with code %d", WEXITSTATUS(wait_status));
    else if (WIFSIGNALED(wait_status))
        snprintf(out, size, "was killed by signal %d (%s)", WTERMSIG(wait_status),
                 strsignal(WTERMSIG(wait_status)));
    else
        snprintf(out, size, "ended with wait status %d", wait_status);
}

/* ---- in the child ---- */

static int64_t env_number(const char *name)
{
    const char *text = getenv(name);
    return text ? strtoll(text, NULL, 10) : 0;
}

static stint_status limit_data(ctx *c, int64_t bytes)
{
#ifdef STINT_SANITIZED
    (void)c, (void)bytes; /* shadow memory is private and vast */
    return STINT_OK;
#else
    struct rlimit limit = {.rlim_cur = (rlim_t)bytes, .rlim_max = (rlim_t)bytes};
    return setrlimit(RLIMIT_DATA, &limit) == 0 ? STINT_OK
                                               : fail_errno(c, "limit", "private memory");
#endif
}

/* The signal is asked for before the parent is checked, so no death goes unseen. */
stint_status process_adopt(ctx *c, pid_t parent, int64_t data_bytes)
{
    parent = parent ? parent : (pid_t)env_number("STINT_PARENT");
    data_bytes = data_bytes ? data_bytes : env_number("STINT_DATA_LIMIT");
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return fail_errno(c, "follow", "the parent process");
    if (parent && getppid() != parent)
        return fail(c, STINT_EFAIL, "the parent process %ld is gone", (long)parent);
    return data_bytes > 0 ? limit_data(c, data_bytes) : STINT_OK;
}

/* ---- what processes hold ---- */

/* The sum of the named lines "NAME:   123 kB" of /proc/PID/status, in bytes; -1 = gone. */
static int64_t status_bytes(pid_t pid, const char *const names[])
{
    char path[48], line[256];
    snprintf(path, sizeof path, "/proc/%ld/status", (long)(pid ? pid : getpid()));
    FILE *f = fopen(path, "re");
    if (!f)
        return -1;
    int64_t sum = 0;
    bool found = false; /* a zombie has no such lines */
    while (fgets(line, sizeof line, f))
        for (int i = 0; names[i]; i++)
            if (!strncmp(line, names[i], strlen(names[i]))) {
                sum += 1024 * strtoll(line + strlen(names[i]), NULL, 10);
                found = true;
            }
    fclose(f);
    return found ? sum : -1;
}

int64_t process_private_bytes(pid_t pid)
{
    static const char *const names[] = {"RssAnon:", "RssShmem:", "VmSwap:", NULL};
    return status_bytes(pid, names);
}

int64_t process_file_bytes(pid_t pid)
{
    static const char *const names[] = {"RssFile:", NULL};
    return status_bytes(pid, names);
}
