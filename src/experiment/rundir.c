#include "experiment/rundir.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What a run writes, and so what --fresh may remove, in this order. */
static const char *const owned[] = {
    "summary.json", "report.html",      "report.xlsx",     "journal.jsonl",
    "plan.json",    "environment.json", "timings.jsonl",   "log.txt",
    "rounds",       "training",         "experiment.yaml", NULL,
};

void rundir_path(const rundir *d, const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/%s", d->path, name);
}

/* NAME.tmp, for a NAME of ours or, in rounds/, any. */
static bool is_temporary(const char *name, bool any)
{
    size_t n = strlen(name);
    if (n < 5 || strcmp(name + n - 4, ".tmp") != 0)
        return false;
    if (any || strcmp(name, "scratch.tmp") == 0)
        return true;
    for (int i = 0; owned[i]; i++)
        if (strlen(owned[i]) == n - 4 && memcmp(owned[i], name, n - 4) == 0)
            return true;
    return false;
}

static bool is_owned(const char *name)
{
    for (int i = 0; owned[i]; i++)
        if (strcmp(owned[i], name) == 0)
            return true;
    return strcmp(name, ".lock") == 0 || is_temporary(name, false);
}

typedef struct sweep {
    ctx *ctx;
    const char *dir;
    bool rounds; /* below rounds/ */
} sweep;

static stint_status sweep_temporary(void *self, const char *name, bool is_dir)
{
    const sweep *s = self;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", s->dir, name);
    if (is_temporary(name, s->rounds))
        return dir_remove(s->ctx, path);
    if (is_dir && !s->rounds && strcmp(name, "rounds") == 0)
        return dir_list(s->ctx, path, sweep_temporary, &(sweep){s->ctx, path, true});
    return STINT_OK;
}

static stint_status refuse_foreign(void *self, const char *name, bool is_dir)
{
    const sweep *s = self;
    (void)is_dir;
    if (is_owned(name))
        return STINT_OK;
    return fail(s->ctx, STINT_EMISMATCH,
                "%s holds \"%s\", which no run made; choose another --run-dir", s->dir, name);
}

/* --- whose it is ------------------------------------------------------------------------- */

#define SHOWN 160 /* letters of a line */

/* Up to where it is the line of the text that is most like it; n + 1 = all of it. */
static size_t like(const char *line, size_t n, const char *text)
{
    size_t most = 0;
    for (const char *other = text; *other; other += *other == '\n') {
        size_t i = 0;
        while (i < n && other[i] == line[i])
            i++;
        if (i == n && (other[i] == '\n' || other[i] == '\0'))
            return n + 1;
        most = i > most ? i : most;
        other = strchrnul(other, '\n');
    }
    return most;
}

/* A long line from its key and then from before the place where it differs. */
static void show_line(const char *line, size_t n, size_t differs, const char *mark, str *out)
{
    size_t key = strcspn(line, ":") + 1, from = differs > SHOWN / 2 ? differs - SHOWN / 2 : 0;
    while (from > key && line[from - 1] != ' ')
        from--;
    str_addf(out, "\n  %s ", mark);
    if (n <= SHOWN || from <= key)
        from = 0;
    else
        str_addf(out, "%.*s … ", (int)key, line);
    str_addf(out, "%.*s", (int)(n - from < SHOWN ? n - from : SHOWN), line + from);
}

/* Lines of `a` that `b` does not have, with a mark in front. */
static void lines_only_in(const char *a, const char *b, const char *mark, str *out)
{
    for (const char *line = a; *line;) {
        const char *end = strchrnul(line, '\n');
        size_t n = (size_t)(end - line), differs = like(line, n, b);
        if (differs <= n && n > 0 && out->len < 600)
            show_line(line, n, differs, mark, out);
        line = *end ? end + 1 : end;
    }
}

static stint_status refuse_other(ctx *c, const rundir *d, const str *there, const char *identity)
{
    str difference;
    str_init(&difference, c, TAG_BASE);
    lines_only_in(there->at, identity, "there:", &difference);
    lines_only_in(identity, there->at, "now:  ", &difference);
    stint_status s =
        fail(c, STINT_EMISMATCH,
             "%s belongs to another experiment; use another --run-dir, or --fresh to discard it%s",
             d->path, difference.at);
    str_deinit(&difference);
    return s;
}

static stint_status rundir_check(ctx *c, const rundir *d, const char *identity, bool fresh)
{
    char path[4096];
    str there;
    rundir_path(d, "experiment.yaml", path, sizeof path);
    if (!file_exists(path))
        return dir_list(c, d->path, refuse_foreign, &(sweep){c, d->path, false});
    if (fresh)
        return STINT_OK;
    str_init(&there, c, TAG_BASE);
    stint_status s = file_read(c, path, &there);
    if (s == STINT_OK && strcmp(there.at, identity) != 0)
        s = refuse_other(c, d, &there, identity);
    str_deinit(&there);
    return s;
}

/* The name of the experiment goes last: until then the directory is still that one's, which
 * makes again what is missing. */
static stint_status rundir_empty(ctx *c, const rundir *d)
{
    char path[4096];
    for (int i = 0; owned[i]; i++) {
        rundir_path(d, owned[i], path, sizeof path);
        TRY(dir_remove(c, path));
    }
    return STINT_OK;
}

static stint_status rundir_begin(ctx *c, rundir *d, const char *identity, bool fresh)
{
    char path[4096];
    TRY(rundir_check(c, d, identity, fresh));
    TRY(dir_list(c, d->path, sweep_temporary, &(sweep){c, d->path, false}));
    if (fresh)
        TRY(rundir_empty(c, d));
    TRY(dir_make(c, d->scratch));
    rundir_path(d, "log.txt", path, sizeof path);
    d->made_log = !file_exists(path);
    d->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (d->log < 0)
        return fail_errno(c, "open", path);
    log_copy_to(c, d->log);
    return STINT_OK;
}

bool rundir_is_claimed(const rundir *d)
{
    char path[4096];
    rundir_path(d, "experiment.yaml", path, sizeof path);
    return file_exists(path);
}

stint_status rundir_claim(ctx *c, const rundir *d, const char *identity)
{
    char path[4096];
    rundir_path(d, "experiment.yaml", path, sizeof path);
    return rundir_is_claimed(d) ? STINT_OK : file_write_atomic(c, path, identity, strlen(identity));
}

/* A run that failed before it claimed the directory leaves none behind. */
static void rundir_vacate(const rundir *d)
{
    char path[4096];
    if (rundir_is_claimed(d))
        return;
    rundir_path(d, "log.txt", path, sizeof path);
    if (d->made_log)
        unlink(path);
    rundir_path(d, ".lock", path, sizeof path);
    unlink(path);
    rmdir(d->path); /* where something else is in it, it stays */
}

stint_status rundir_open(ctx *c, const char *path, const char *identity, bool fresh, rundir *out)
{
    char lock[4096];
    if (strlen(path) + 32 > sizeof out->path)
        return fail(c, STINT_EUSAGE, "--run-dir: a path of %zu letters is too long", strlen(path));
    snprintf(out->path, sizeof out->path, "%s", path);
    snprintf(out->scratch, sizeof out->scratch, "%s/scratch.tmp", path);
    TRY(dir_make(c, path));
    rundir_path(out, ".lock", lock, sizeof lock);
    bool made = !file_exists(lock);
    stint_status s = lock_take(c, lock, &out->lock);
    if (s == STINT_EBUSY) {
        stint_clear(c);
        return fail(c, STINT_EBUSY,
                    "%s is in use by another run; wait for it, or choose another --run-dir", path);
    }
    TRY(s);
    s = rundir_begin(c, out, identity, fresh);
    if (s != STINT_OK && made)
        unlink(lock);
    if (s != STINT_OK)
        lock_drop(out->lock);
    return s;
}

void rundir_close(ctx *c, rundir *d)
{
    (void)dir_remove(c, d->scratch); /* what stays is removed by the next run */
    log_copy_to(c, -1);
    close(d->log);
    rundir_vacate(d);
    lock_drop(d->lock);
}

int64_t rundir_bytes(const rundir *d)
{
    return dir_bytes(d->path);
}
