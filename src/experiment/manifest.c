#include "experiment/manifest.h"

#include "base/hash.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

#define MANIFEST "MANIFEST.json"

typedef struct walk {
    ctx *ctx;
    const char *dir;   /* the directory of the manifest */
    const char *below; /* "" or "plots/" */
    json_out *out;     /* writing */
    json_t *files;     /* verifying: name → entry */
    int64_t seen;
    char *why;
    size_t why_size;
} walk;

static stint_status walk_each(walk *w, dir_visit *visit)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", w->dir, w->below);
    return dir_list(w->ctx, path, visit, w);
}

static stint_status walk_into(walk *w, const char *name, dir_visit *visit)
{
    char below[1024];
    snprintf(below, sizeof below, "%s%s/", w->below, name);
    const char *before = w->below;
    w->below = below;
    stint_status s = walk_each(w, visit);
    w->below = before;
    return s;
}

static stint_status write_file(void *self, const char *name, bool is_dir)
{
    walk *w = self;
    char path[8192], relative[2048], sha[SHA256_TEXT_SIZE];
    int64_t bytes;
    if (is_dir)
        return walk_into(w, name, write_file);
    snprintf(relative, sizeof relative, "%s%s", w->below, name);
    if (strcmp(relative, MANIFEST) == 0)
        return STINT_OK;
    snprintf(path, sizeof path, "%s/%s", w->dir, relative);
    TRY(sha256_file(w->ctx, path, sha, &bytes));
    emit_object(w->out, relative);
    emit_int(w->out, "bytes", bytes);
    emit_string(w->out, "sha256", sha);
    emit_object_end(w->out);
    return STINT_OK;
}

stint_status manifest_write(ctx *c, const char *dir)
{
    str text;
    str_init(&text, c, TAG_BASE);
    json_out j = emit_begin(&text, true);
    walk w = {.ctx = c, .dir = dir, .below = "", .out = &j};
    emit_object(&j, NULL);
    emit_int(&j, "manifest", 1);
    emit_object(&j, "files");
    stint_status s = dir_sync(c, dir);
    if (s == STINT_OK)
        s = walk_each(&w, write_file);
    emit_object_end(&j);
    emit_object_end(&j);
    str_add(&text, "\n");
    if (s == STINT_OK)
        s = file_write_str(c, dir, MANIFEST, &text);
    str_deinit(&text);
    return s;
}

/* --- verifying --------------------------------------------------------------------------- */

static void not_whole(walk *w, const char *name, const char *what)
{
    if (!w->why[0])
        snprintf(w->why, w->why_size, "%s%s %s", w->below, name, what);
}

static stint_status verify_file(void *self, const char *name, bool is_dir)
{
    walk *w = self;
    char path[8192], relative[2048], sha[SHA256_TEXT_SIZE];
    int64_t bytes;
    if (is_dir)
        return walk_into(w, name, verify_file);
    snprintf(relative, sizeof relative, "%s%s", w->below, name);
    if (strcmp(relative, MANIFEST) == 0)
        return STINT_OK;
    json_t *entry = json_object_get(w->files, relative);
    if (!entry) {
        not_whole(w, name, "is not in the manifest");
        return STINT_OK;
    }
    w->seen++;
    snprintf(path, sizeof path, "%s/%s", w->dir, relative);
    TRY(sha256_file(w->ctx, path, sha, &bytes));
    const char *want = json_string_value(json_object_get(entry, "sha256"));
    if (!want || strcmp(want, sha) != 0 ||
        json_integer_value(json_object_get(entry, "bytes")) != bytes)
        not_whole(w, name, "has changed");
    return STINT_OK;
}

static stint_status verify_all(walk *w, json_t *manifest)
{
    w->files = json_object_get(manifest, "files");
    TRY(walk_each(w, verify_file));
    if (!w->why[0] && w->seen != (int64_t)json_object_size(w->files))
        snprintf(w->why, w->why_size, "a file is missing");
    return STINT_OK;
}

stint_status manifest_verify(ctx *c, const char *dir, bool *whole, char *why, size_t size)
{
    char path[4096];
    str text;
    *whole = false;
    why[0] = '\0';
    snprintf(path, sizeof path, "%s/" MANIFEST, dir);
    if (!file_exists(path)) {
        snprintf(why, size, "it has no manifest");
        return STINT_OK;
    }
    str_init(&text, c, TAG_BASE);
    stint_status s = file_read(c, path, &text);
    json_t *manifest = s == STINT_OK ? json_loadb(text.at, text.len, 0, NULL) : NULL;
    if (s == STINT_OK && !manifest)
        snprintf(why, size, "its manifest is damaged");
    walk w = {.ctx = c, .dir = dir, .below = "", .why = why, .why_size = size};
    if (manifest)
        s = verify_all(&w, manifest);
    json_decref(manifest);
    str_deinit(&text);
    *whole = s == STINT_OK && !why[0];
    return s;
}
