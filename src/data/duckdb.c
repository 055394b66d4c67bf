#include "data/duckdb.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the library ------------------------------------------------------------------------- */

#ifndef STINT_DUCKDB_DIR
#define STINT_DUCKDB_DIR ""
#endif

static void *try_open(const char *dir, const char *below)
{
    char path[4096];
    if (!dir || !*dir || snprintf(path, sizeof path, "%s%s", dir, below) >= (int)sizeof path)
        return NULL;
    return dlopen(path, RTLD_LAZY | RTLD_LOCAL);
}

static void *find_library(void)
{
    char self[4096] = "";
    Dl_info info;
    if (dladdr((void *)(uintptr_t)&duck_open, &info) && info.dli_fname) {
        const char *slash = strrchr(info.dli_fname, '/');
        if (slash && slash - info.dli_fname < (int)sizeof self)
            memcpy(self, info.dli_fname, (size_t)(slash - info.dli_fname));
    }
    void *library = try_open(getenv("STINT_DUCKDB"), "");
    if (!library)
        library = try_open(self, "/libduckdb.so");
    if (!library)
        library = try_open(self, "/stint/libduckdb.so");
    if (!library)
        library = try_open(STINT_DUCKDB_DIR, "/libduckdb.so");
    return library ? library : dlopen("libduckdb.so", RTLD_LAZY | RTLD_LOCAL);
}

static duckdb_api loaded;

/* Only the main thread of a child calls this. */
static const duckdb_api *load(ctx *c)
{
    static bool done;
    if (done)
        return &loaded;
    void *library = find_library();
    if (!library) {
        fail(c, STINT_EFAIL,
             "libduckdb.so, which reads CSV and Parquet, was not found (%s): run tools/setup, or "
             "name it in STINT_DUCKDB",
             dlerror());
        return NULL;
    }
#define X(name)                                                                                    \
    *(void **)&loaded.name = dlsym(library, "duckdb_" #name);                                      \
    if (!loaded.name) {                                                                            \
        fail(c, STINT_EFAIL, "libduckdb.so has no duckdb_" #name ": version 1.4 is needed");       \
        return NULL;                                                                               \
    }
    DUCKDB_FUNCTION_LIST(X)
#undef X
    done = true;
    return &loaded;
}

const char *duck_version(void)
{
    void *library = find_library();
    const char *(*version)(void) =
        library ? (const char *(*)(void))dlsym(library, "duckdb_library_version") : NULL;
    return version ? version() : "not found: run tools/setup, or name it in STINT_DUCKDB";
}

/* --- the database -------------------------------------------------------------------------- */

/* Written as the reader of settings understands it; KiB so that small limits stay exact. */
static stint_status configure(duck *d, duckdb_config config, const duck_settings *s)
{
    char threads[16], memory[32];
    snprintf(threads, sizeof threads, "%d", s->threads);
    snprintf(memory, sizeof memory, "%lldKiB", (long long)(s->memory_bytes / 1024));
    const char *const settings[][2] = {
        {"threads", threads},
        {"memory_limit", memory},
        {"temp_directory", s->spill_dir},
        {"preserve_insertion_order", "true"},
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"enable_external_access", "true"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (d->api->set_config(config, settings[i][0], settings[i][1]) != DuckDBSuccess)
            return fail(d->ctx, STINT_EFAIL, "libduckdb.so refuses the setting %s = %s",
                        settings[i][0], settings[i][1]);
    return STINT_OK;
}

static stint_status open_database(duck *d, const duck_settings *settings)
{
    duckdb_config config = NULL;
    char *error = NULL;
    if (d->api->create_config(&config) != DuckDBSuccess)
        return fail(d->ctx, STINT_ENOMEM, "cannot configure DuckDB");
    stint_status s = configure(d, config, settings);
    if (s == STINT_OK && d->api->open_ext(NULL, &d->database, config, &error) != DuckDBSuccess) {
        s = fail(d->ctx, STINT_EFAIL, "cannot open DuckDB: %s", error ? error : "no reason given");
        d->api->free(error);
    }
    d->api->destroy_config(&config);
    if (s == STINT_OK && d->api->connect(d->database, &d->connection) != DuckDBSuccess)
        s = fail(d->ctx, STINT_EFAIL, "cannot connect to DuckDB");
    return s;
}

stint_status duck_open(ctx *c, const duck_settings *settings, duck *out)
{
    *out = (duck){.ctx = c};
    str_init(&out->error, c, TAG_LIBRARY);
    out->api = load(c);
    stint_status s = out->api ? open_database(out, settings) : ctx_status(c);
    if (s != STINT_OK)
        duck_close(out);
    return s;
}

void duck_close(duck *d)
{
    if (d->api && d->connection)
        d->api->disconnect(&d->connection);
    if (d->api && d->database)
        d->api->close(&d->database);
    str_deinit(&d->error);
    d->api = NULL;
}

void duck_leave(duck *d)
{
#ifdef STINT_SANITIZED
    duck_close(d);
#else
    str_deinit(&d->error);
#endif
}

static bool note_error(duck *d, const char *text)
{
    str_clear(&d->error);
    str_add(&d->error, text ? text : "DuckDB gave no reason");
    return false;
}

stint_status duck_run(duck *d, const char *sql)
{
    duckdb_result result;
    bool good = d->api->query(d->connection, sql, &result) == DuckDBSuccess;
    if (!good)
        note_error(d, d->api->result_error(&result));
    d->api->destroy_result(&result);
    return good ? STINT_OK : duck_fail(d, "run DuckDB");
}

stint_status duck_fail(duck *d, const char *what)
{
    stint_status s = strstr(d->error.at, "Out of Memory") ? STINT_ENOMEM : STINT_EFAIL;
    return fail(d->ctx, s, "cannot %s: %s", what, d->error.at);
}

/* --- streams ------------------------------------------------------------------------------- */

static bool execute(duck_stream *s)
{
    duck *d = s->duck;
    duckdb_pending_result pending = NULL;
    bool good = d->api->pending_prepared_streaming(s->statement, &pending) == DuckDBSuccess;
    if (!good)
        note_error(d, d->api->pending_error(pending));
    if (good) {
        s->running = true;
        good = d->api->execute_pending(pending, &s->result) == DuckDBSuccess;
        if (!good)
            note_error(d, d->api->result_error(&s->result));
    }
    d->api->destroy_pending(&pending);
    return good;
}

bool duck_stream_begin(duck *d, const char *sql, duck_stream *out)
{
    *out = (duck_stream){.duck = d};
    bool good = d->api->prepare(d->connection, sql, &out->statement) == DuckDBSuccess;
    if (!good)
        note_error(d, d->api->prepare_error(out->statement));
    out->failed = !good || !execute(out);
    return !out->failed && duck_stream_next(out);
}

bool duck_stream_next(duck_stream *s)
{
    const duckdb_api *api = s->duck->api;
    if (s->chunk)
        api->destroy_data_chunk(&s->chunk);
    s->chunk = api->fetch_chunk(s->result);
    s->rows = s->chunk ? api->data_chunk_get_size(s->chunk) : 0;
    const char *error = s->chunk ? NULL : api->result_error(&s->result);
    if (error && *error)
        s->failed = !note_error(s->duck, error);
    return !s->failed;
}

bool duck_stream_end(duck_stream *s)
{
    const duckdb_api *api = s->duck->api;
    if (s->chunk)
        api->destroy_data_chunk(&s->chunk);
    if (s->running)
        api->destroy_result(&s->result);
    api->destroy_prepare(&s->statement);
    return !s->failed;
}

void *duck_stream_values(duck_stream *s, int column, uint64_t **validity)
{
    duckdb_vector v = s->duck->api->data_chunk_get_vector(s->chunk, (idx_t)column);
    *validity = s->duck->api->vector_get_validity(v);
    return s->duck->api->vector_get_data(v);
}

/* --- quoting ------------------------------------------------------------------------------- */

static void quote(str *to, const char *text, char mark)
{
    str_add_bytes(to, &mark, 1);
    for (; *text; text++) {
        if (*text == mark)
            str_add_bytes(to, &mark, 1);
        str_add_bytes(to, text, 1);
    }
    str_add_bytes(to, &mark, 1);
}

void duck_literal(str *to, const char *text)
{
    quote(to, text, '\'');
}

void duck_identifier(str *to, const char *name)
{
    quote(to, name, '"');
}
