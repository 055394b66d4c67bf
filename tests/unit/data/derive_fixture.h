/* Tables of series for tests, and derived tables read back. */
#ifndef UNIT_DERIVE_FIXTURE_H
#define UNIT_DERIVE_FIXTURE_H

#include "data/derive.h"
#include "unit/fixture.h"

static const derive_settings derive_plain = {.group = "", .time = ""};

/* A table with texts: those of `text` [rows] in column "text", beside numbers x [columns][rows]. */
static inline void derive_text_file(fixture *t, const char *const *text, const char *const *names,
                                    const double *x, int columns, int64_t rows)
{
    char path[256], extra[256];
    column_spec specs[16];
    column_chunk chunks[16];
    int32_t codes[256];
    const char *dictionary[256];
    int64_t known = 0;
    fixture_drop_table(t);
    snprintf(path, sizeof path, "%s/table", t->dir);
    for (int64_t i = 0; i < rows; i++) {
        codes[i] = text[i] ? 0 : -1;
        while (text[i] && codes[i] < known && strcmp(dictionary[codes[i]], text[i]) != 0)
            codes[i]++;
        if (text[i] && codes[i] == known)
            dictionary[known++] = text[i];
    }
    specs[0] = (column_spec){"text", COLUMN_TEXT, dictionary, known};
    chunks[0] = (column_chunk){.codes = codes};
    for (int j = 0; j < columns; j++) {
        specs[j + 1] = (column_spec){.name = names[j], .kind = COLUMN_NUMBER};
        chunks[j + 1] = (column_chunk){.numbers = x + j * rows};
    }
    colfile_writer *w = colfile_create(t->ctx, path, specs, columns + 1, rows);
    assert_non_null(w);
    assert_int_equal(colfile_put(w, chunks, rows), STINT_OK);
    snprintf(extra, sizeof extra,
             "{\"format\":\"parquet\",\"files\":[{\"path\":\"t.parquet\",\"first_row\":0,"
             "\"rows\":%lld}]}",
             (long long)rows);
    assert_int_equal(colfile_finish(w, extra), STINT_OK);
    assert_int_equal(colfile_open(t->ctx, path, &t->file), STINT_OK);
    snprintf(t->fingerprint, sizeof t->fingerprint, "%p %d", (const void *)text, (int)rows);
    t->has_file = true;
}

static inline stint_status derive_try(fixture *t, const derive_settings *s, colfile *out)
{
    char made[HASH_TEXT_SIZE], path[4096];
    return derive_open(t->ctx, &t->file, t->fingerprint, s, NULL, made, path, sizeof path, out);
}

/* The values of one column of the derived table, NaN-padded up to 64 (or all of `rows`). */
static inline int64_t derive_column_values(fixture *t, const derive_settings *s, const char *name,
                                           double *out, int64_t room)
{
    colfile f;
    if (derive_try(t, s, &f) != STINT_OK)
        fail_msg("%s", stint_message(t->ctx));
    int column = colfile_find(&f, name);
    assert_true(column >= 0 && f.rows <= room);
    for (int64_t chunk = 0; chunk < f.chunks; chunk++)
        colfile_read(&f, column, chunk, 0, colfile_chunk_rows(&f, chunk),
                     out + chunk * COLFILE_CHUNK_ROWS, 1);
    int64_t rows = f.rows;
    colfile_close(&f);
    return rows;
}

static inline void derive_expect(fixture *t, const derive_settings *s, const char *name,
                                 const double *want, int64_t rows)
{
    double got[256];
    assert_int_equal(derive_column_values(t, s, name, got, 256), rows);
    for (int64_t i = 0; i < rows; i++)
        if (want[i] != want[i] ? got[i] == got[i]
                               : !(fabs(got[i] - want[i]) <= 1e-12 * fmax(1, fabs(want[i]))))
            fail_msg("%s [%d]: %.17g is not %.17g", name, (int)i, got[i], want[i]);
}

static inline void derive_refused(fixture *t, const derive_settings *s, stint_status status,
                                  const char *message)
{
    colfile f;
    stint_status got = derive_try(t, s, &f);
    if (got == STINT_OK)
        fail_msg("taken, where \"%s\" is expected", message);
    assert_int_equal(got, status);
    assert_message(t, message);
}

#endif
