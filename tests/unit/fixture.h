/* A context in a directory of its own, and tables made from arrays.  Closing the context must
 * have nothing to report: a test that leaks fails. */
#ifndef UNIT_FIXTURE_H
#define UNIT_FIXTURE_H

#include "data/table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

typedef struct fixture {
    ctx *ctx;
    char dir[64], log[4096], fingerprint[HASH_TEXT_SIZE];
    arena arena;
    colfile file;
    split split;
    table table;
    bool has_file, has_split;
} fixture;

static inline void fixture_hear(void *self, const char *line, bool transient)
{
    fixture *t = self;
    size_t n = strlen(t->log);
    if (!transient)
        snprintf(t->log + n, sizeof t->log - n, "%s\n", line);
}

static inline int fixture_setup(void **state)
{
    fixture *t = calloc(1, sizeof *t);
    strcpy(t->dir, "unit.XXXXXX");
    if (!mkdtemp(t->dir))
        return -1;
    t->ctx =
        stint_open(&(stint_options){.cache_dir = t->dir, .sink = fixture_hear, .sink_self = t});
    arena_init(&t->arena, t->ctx, TAG_BASE);
    *state = t;
    return 0;
}

static inline void fixture_drop_table(fixture *t)
{
    if (t->has_split)
        split_close(&t->split);
    if (t->has_file)
        colfile_close(&t->file);
    t->has_file = t->has_split = false;
}

static inline int fixture_teardown(void **state)
{
    fixture *t = *state;
    stint_clear(t->ctx);
    fixture_drop_table(t);
    arena_deinit(&t->arena);
    stint_status s = dir_remove(t->ctx, t->dir);
    t->log[0] = '\0';
    stint_close(t->ctx);
    if (t->log[0])
        print_error("left behind: %s", t->log);
    int bad = s != STINT_OK || t->log[0];
    free(t);
    return bad;
}

#define FIXTURE_TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

static inline const char *fixture_path(fixture *t, const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", t->dir, name);
    return path;
}

/* A column file of numbers, x [columns][rows], named by `names`. */
static inline void fixture_file(fixture *t, const char *const *names, const double *x, int columns,
                                int64_t rows)
{
    char path[256], extra[256];
    column_spec specs[64];
    column_chunk chunks[64];
    fixture_drop_table(t);
    hash_text(t->fingerprint, hash_bytes(x, (size_t)(columns * rows) * sizeof *x));
    snprintf(path, sizeof path, "%s/table", t->dir);
    for (int j = 0; j < columns; j++)
        specs[j] = (column_spec){.name = names[j], .kind = COLUMN_NUMBER};
    colfile_writer *w = colfile_create(t->ctx, path, specs, columns, rows);
    assert_non_null(w);
    for (int64_t from = 0; from < rows; from += COLFILE_CHUNK_ROWS) {
        int64_t n = rows - from < COLFILE_CHUNK_ROWS ? rows - from : COLFILE_CHUNK_ROWS;
        for (int j = 0; j < columns; j++)
            chunks[j] = (column_chunk){.numbers = x + j * rows + from};
        assert_int_equal(colfile_put(w, chunks, n), STINT_OK);
    }
    snprintf(extra, sizeof extra,
             "{\"format\":\"parquet\",\"files\":[{\"path\":\"t.parquet\",\"first_row\":0,"
             "\"rows\":%lld}]}",
             (long long)rows);
    assert_int_equal(colfile_finish(w, extra), STINT_OK);
    assert_int_equal(colfile_open(t->ctx, path, &t->file), STINT_OK);
    t->has_file = true;
}

static inline stint_status fixture_split(fixture *t, int target, const split_settings *s)
{
    if (t->has_split)
        split_close(&t->split);
    split_input in = {
        .file = &t->file, .fingerprint = t->fingerprint, .targets = &target, .n_targets = 1};
    stint_status status = split_open(t->ctx, &in, s, &t->split);
    t->has_split = status == STINT_OK;
    return status;
}

static const char *const fixture_nothing[] = {NULL};

/* How a table of numbers is opened; `drop` and `features` NULL = none, every column as it is. */
static inline table_settings fixture_settings(const char *const *targets, const char *const *drop,
                                              const features_settings *features)
{
    static const features_settings plain = {.period = 360};
    return (table_settings){.targets = targets,
                            .drop = drop ? drop : fixture_nothing,
                            .group = "",
                            .column = "",
                            .period = 360,
                            .features = features ? features : &plain};
}

/* A table whose last `targets` columns are the targets, in parts.  Names are a, b, c, … */
static inline void fixture_table_of(fixture *t, const double *x, int columns, int targets,
                                    int64_t rows, const split_settings *s,
                                    const features_settings *features)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    const char *wanted[8] = {NULL};
    for (int k = 0; k < targets; k++)
        wanted[k] = names[columns - targets + k];
    fixture_file(t, names, x, columns, rows);
    table_settings settings = fixture_settings(wanted, NULL, features);
    assert_int_equal(table_open(t->ctx, &t->arena, &t->file, &settings, NULL, &t->table), STINT_OK);
    if (s) {
        assert_int_equal(fixture_split(t, columns - targets, s), STINT_OK);
        t->table.split = &t->split;
    }
}

static inline void fixture_table(fixture *t, const double *x, int columns, int targets,
                                 int64_t rows, const split_settings *s)
{
    fixture_table_of(t, x, columns, targets, rows, s, NULL);
}

/* The message of a failure, which is then forgotten. */
static inline void assert_message(fixture *t, const char *fragment)
{
    if (!strstr(stint_message(t->ctx), fragment))
        fail_msg("\"%s\" is not in \"%s\"", fragment, stint_message(t->ctx));
    stint_clear(t->ctx);
}

static inline void assert_near(double got, double want, double relative)
{
    double scale = fabs(want) > 1e-300 ? fabs(want) : 1;
    if (!(fabs(got - want) <= relative * scale))
        fail_msg("%.17g is not %.17g", got, want);
}

#endif
