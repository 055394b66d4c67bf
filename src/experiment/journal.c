#include "experiment/journal.h"

#include "base/hash.h"
#include "base/json.h"
#include "base/os/os.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double group_seconds = 0.25; /* the most work that a power cut can cost */

#define LINE_MOST 1024

static const char check_key[] = ",\"check\":\"";

/* Close the line that begins at `from`: …,"check":"0123456789abcdef"}\n over what stands there. */
static void line_seal(str *line, size_t from)
{
    if (!line->failed)
        str_addf(line, "%s%016llx\"}\n", check_key,
                 (unsigned long long)hash64(line->at + from, line->len - from));
}

/* Is this a sealed line (without its newline)?  Its content's length if so, else -1. */
static int64_t line_content(const char *line, int64_t len)
{
    int64_t tail = (int64_t)(sizeof check_key - 1 + 16 + 2);
    if (len < tail || memcmp(line + len - tail, check_key, sizeof check_key - 1) != 0)
        return -1;
    char check[17];
    snprintf(check, sizeof check, "%016llx",
             (unsigned long long)hash64(line, (size_t)(len - tail)));
    return memcmp(line + len - 18, check, 16) == 0 ? len - tail : -1;
}

static void record_write(str *line, const record *r)
{
    char score[STR_DOUBLE_SIZE] = "null";
    if (isfinite(r->score))
        str_format_double(score, r->score);
    size_t from = line->len;
    str_addf(line,
             "{\"trial\":%lld,\"score\":%s,\"seconds\":%.6g,\"status\":\"%s\",\"attempts\":%d",
             (long long)r->trial, score, r->seconds, r->status == TRIAL_OK ? "ok" : "failed",
             (int)r->attempts);
    line_seal(line, from);
}

/* Only lines that record_write made pass their check, so the fields stand in its order. */
static bool record_read(const char *line, record *r)
{
    long long trial;
    char score[40], seconds[40], status[16];
    int attempts;
    if (sscanf(line,
               "{\"trial\":%lld,\"score\":%39[^,],\"seconds\":%39[^,],\"status\":\"%15[a-z]\","
               "\"attempts\":%d",
               &trial, score, seconds, status, &attempts) != 5)
        return false;
    bool none = strcmp(score, "null") == 0;
    *r = (record){.trial = trial,
                  .score = NAN,
                  .status = strcmp(status, "ok") == 0 ? TRIAL_OK : TRIAL_FAILED,
                  .attempts = attempts};
    return (none || str_parse_double(score, &r->score)) && str_parse_double(seconds, &r->seconds);
}

/* --- opening ----------------------------------------------------------------------------- */

/* The first line, up to what may differ between machines. */
static void owner_write(str *line, const journal_owner *o)
{
    str_addf(line, "{\"journal\":1,\"experiment\":\"%s\",\"fingerprint\":\"%s\",\"isa\":\"",
             o->experiment, o->fingerprint);
}

static void header_write(str *line, const journal_owner *o)
{
    owner_write(line, o);
    str_addf(line, "%s\"", o->isa);
    line_seal(line, 0);
}

static stint_status refuse_owner(const journal *j, const char *line, const journal_owner *o)
{
    if (strstr(line, o->experiment))
        return fail(
            j->ctx, STINT_EMISMATCH,
            "%s: the data is no longer what this run began with; use --fresh to begin again",
            j->path);
    return fail(j->ctx, STINT_EMISMATCH,
                "%s: belongs to another experiment; use --fresh to begin again", j->path);
}

static stint_status header_check(journal *j, const char *line, const journal_owner *o)
{
    str want;
    str_init(&want, j->ctx, TAG_JOURNAL);
    owner_write(&want, o);
    stint_status s = str_status(&want);
    if (s == STINT_OK && strncmp(want.at, line, want.len) != 0)
        s = refuse_owner(j, line, o);
    else if (s == STINT_OK && strncmp(line + want.len, o->isa, strlen(o->isa)) != 0)
        log_line(j->ctx,
                 "%s: begun with other instructions than %s; results may differ in the last digits",
                 j->path, o->isa);
    str_deinit(&want);
    return s;
}

typedef struct replay {
    journal *j;
    const journal_owner *owner;
    journal_visit *visit;
    void *self;
    int64_t damaged;
    bool headless; /* the first line is damaged: whose the records are cannot be told */
} replay;

/* Lines lie in a map, without an end of their own: each is looked at as a copy. */
static stint_status replay_line(replay *r, const char *at, int64_t len, bool first)
{
    char line[LINE_MOST];
    record rec;
    bool whole = len < LINE_MOST && line_content(at, len) >= 0;
    if (first)
        r->headless = !whole;
    if (whole) {
        memcpy(line, at, (size_t)len);
        line[len] = '\0';
    }
    if (first)
        return whole ? header_check(r->j, line, r->owner) : STINT_OK;
    if (!whole || !record_read(line, &rec)) {
        r->damaged++;
        return STINT_OK;
    }
    return r->visit(r->self, &rec);
}

/* Every whole line, and how many bytes they take: what follows is torn. */
static stint_status replay_all(replay *r, const file_map *map, int64_t *whole)
{
    const char *at = (const char *)map->at;
    int64_t from = 0;
    while (from < map->size) {
        const char *end = memchr(at + from, '\n', (size_t)(map->size - from));
        if (!end)
            break;
        TRY(replay_line(r, at + from, end - (at + from), from == 0));
        if (r->headless)
            break;
        from = end - at + 1;
    }
    *whole = from;
    return STINT_OK;
}

static stint_status cut_off(journal *j, int64_t whole, int64_t size)
{
    if (whole == size)
        return STINT_OK;
    if (ftruncate(j->fd, whole) != 0)
        return fail_errno(j->ctx, "truncate", j->path);
    return file_sync(j->ctx, j->fd, j->path);
}

static stint_status journal_replay(replay *r)
{
    journal *j = r->j;
    file_map map;
    int64_t whole = 0;
    TRY(map_open(j->ctx, j->path, &map));
    stint_status s = replay_all(r, &map, &whole);
    int64_t size = map.size;
    map_close(&map);
    TRY(s);
    if (r->headless)
        log_line(j->ctx, "%s: the first line is damaged; every fit runs again", j->path);
    else if (whole < size)
        log_line(j->ctx, "%s: cut off %lld bytes of a torn line", j->path,
                 (long long)(size - whole));
    if (r->damaged > 0)
        log_line(j->ctx, "%s: %lld damaged lines; their trials run again", j->path,
                 (long long)r->damaged);
    j->bytes = whole;
    return cut_off(j, whole, size);
}

static stint_status journal_begin(journal *j, const journal_owner *owner)
{
    char dir[4096];
    str_clear(&j->line);
    header_write(&j->line, owner);
    TRY(str_status(&j->line));
    TRY(file_pwrite(j->ctx, j->fd, j->path, j->line.at, j->line.len, 0));
    j->bytes = (int64_t)j->line.len;
    TRY(file_sync(j->ctx, j->fd, j->path));
    path_dir(j->path, dir, sizeof dir);
    return file_sync_path(j->ctx, dir);
}

stint_status journal_open(ctx *c, const char *path, const journal_owner *owner,
                          journal_visit *visit, void *self, journal *out)
{
    *out = (journal){.ctx = c, .synced_at = clock_seconds()};
    snprintf(out->path, sizeof out->path, "%s", path);
    str_init(&out->line, c, TAG_JOURNAL);
    out->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (out->fd < 0) {
        stint_status s = fail_errno(c, "open", path);
        str_deinit(&out->line);
        return s;
    }
    replay r = {.j = out, .owner = owner, .visit = visit, .self = self};
    stint_status s = file_size(path) > 0 ? journal_replay(&r) : STINT_OK;
    if (s == STINT_OK && out->bytes == 0)
        s = journal_begin(out, owner);
    if (s != STINT_OK)
        journal_close(out);
    return s;
}

/* --- appending --------------------------------------------------------------------------- */

stint_status journal_append(journal *j, const record *records, int64_t n)
{
    str_clear(&j->line);
    for (int64_t i = 0; i < n; i++)
        record_write(&j->line, &records[i]);
    TRY(str_status(&j->line));
    TRY(file_pwrite(j->ctx, j->fd, j->path, j->line.at, j->line.len, j->bytes));
    j->bytes += (int64_t)j->line.len;
    j->dirty = true;
    return journal_tick(j);
}

stint_status journal_tick(journal *j)
{
    return clock_seconds() - j->synced_at > group_seconds ? journal_sync(j) : STINT_OK;
}

stint_status journal_sync(journal *j)
{
    if (!j->dirty)
        return STINT_OK;
    TRY(file_sync(j->ctx, j->fd, j->path));
    j->dirty = false;
    j->synced_at = clock_seconds();
    return STINT_OK;
}

void journal_close(journal *j)
{
    if (j->fd >= 0)
        close(j->fd);
    j->fd = -1;
    str_deinit(&j->line);
}
