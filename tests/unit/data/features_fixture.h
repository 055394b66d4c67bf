/* Tables with columns of any kind and parts as a test wants them, and their features. */
#ifndef UNIT_FEATURES_FIXTURE_H
#define UNIT_FEATURES_FIXTURE_H

#include "data/features.h"
#include "unit/fixture.h"

/* A column of doubles; of a bool NaN is missing; of text the numbers are codes into `texts`. */
typedef struct test_column {
    const char *name;
    column_kind kind;
    const double *x; /* [rows] */
    const char *const *texts;
    int n_texts;
} test_column;

enum { TEST_COLUMNS_MOST = 16 };

typedef struct column_room {
    int8_t bools[COLFILE_CHUNK_ROWS];
    int32_t codes[COLFILE_CHUNK_ROWS];
    int64_t hashes[COLFILE_CHUNK_ROWS];
} column_room;

static inline column_chunk column_part(const test_column *k, int64_t from, int64_t n,
                                       column_room *room)
{
    for (int64_t i = 0; i < n && k->kind != COLUMN_NUMBER; i++) {
        double x = k->x[from + i];
        room->bools[i] = isnan(x) ? -1 : (int8_t)x;
        room->codes[i] = isnan(x) ? -1 : (int32_t)x;
        room->hashes[i] = isnan(x) ? 0 : (int64_t)x;
    }
    switch (k->kind) {
    case COLUMN_NUMBER: return (column_chunk){.numbers = k->x + from};
    case COLUMN_BOOL: return (column_chunk){.bools = room->bools};
    case COLUMN_TEXT: return (column_chunk){.codes = room->codes};
    case COLUMN_HASH:
    case COLUMN_BITS: break;
    }
    return (column_chunk){.hashes = room->hashes};
}

static inline void features_file(fixture *t, const char *name, const test_column *columns, int n,
                                 int64_t rows, colfile *out)
{
    char path[256], extra[256];
    column_spec specs[TEST_COLUMNS_MOST];
    column_chunk chunks[TEST_COLUMNS_MOST];
    column_room *room = malloc(sizeof *room * (size_t)n);
    snprintf(path, sizeof path, "%s/%s", t->dir, name);
    for (int j = 0; j < n; j++)
        specs[j] =
            (column_spec){columns[j].name, columns[j].kind, columns[j].texts, columns[j].n_texts};
    colfile_writer *w = colfile_create(t->ctx, path, specs, n, rows);
    assert_non_null(w);
    for (int64_t from = 0; from < rows; from += COLFILE_CHUNK_ROWS) {
        int64_t some = rows - from < COLFILE_CHUNK_ROWS ? rows - from : COLFILE_CHUNK_ROWS;
        for (int j = 0; j < n; j++)
            chunks[j] = column_part(&columns[j], from, some, &room[j]);
        assert_int_equal(colfile_put(w, chunks, some), STINT_OK);
    }
    free(room);
    snprintf(extra, sizeof extra,
             "{\"format\":\"parquet\",\"files\":[{\"path\":\"%s.parquet\",\"first_row\":0,"
             "\"rows\":%lld}]}",
             name, (long long)rows);
    assert_int_equal(colfile_finish(w, extra), STINT_OK);
    assert_int_equal(colfile_open(t->ctx, path, out), STINT_OK);
}

/* The fixture's own table; an earlier one goes. */
static inline void features_table(fixture *t, const test_column *columns, int n, int64_t rows)
{
    fixture_drop_table(t);
    features_file(t, "t", columns, n, rows, &t->file);
    t->has_file = true;
}

/* Parts [rows]: 0 … folds-1, folds = test, SPLIT_NONE. */
static inline void features_parts(fixture *t, const double *parts, int64_t rows, int folds)
{
    t->split = (split){.folds = folds, .parts = folds};
    features_file(t, "parts", &(test_column){"part", COLUMN_NUMBER, parts, NULL, 0}, 1, rows,
                  &t->split.file);
    for (int64_t i = 0; i < rows; i++)
        if (parts[i] <= folds)
            t->split.part_rows[(int)parts[i]]++;
    t->has_split = true;
}

static inline stint_status features_of(fixture *t, const features_settings *s, features **out)
{
    int columns[TEST_COLUMNS_MOST];
    for (int i = 0; i < t->file.n_columns; i++)
        columns[i] = i;
    return features_open(t->ctx, &t->arena, &t->file, s, columns, t->file.n_columns, out);
}

static inline stint_status features_states_of(fixture *t, const features *f, bool standard,
                                              int threads, features_states *out)
{
    pool *p = pool_new(t->ctx, threads);
    stint_status s = features_states_open(t->ctx, f, &t->split, hash_bytes(t->dir, strlen(t->dir)),
                                          standard, p, out);
    pool_free(p);
    return s;
}

static inline void states_remove(features_states *s)
{
    char path[4096], record[4096 + 8];
    strcpy(path, s->path);
    features_states_close(s);
    snprintf(record, sizeof record, "%s.ok", path);
    unlink(path);
    unlink(record);
}

/* Every row of every feature: [features][rows of the file], to be freed. */
static inline double *features_values(const features *f, const double *state, bool standardise,
                                      const colfile *file)
{
    double *out = malloc(sizeof *out * (size_t)(features_count(f) * file->rows + 1));
    int32_t rows[FEATURES_BLOCK];
    for (int64_t row = 0; row < file->rows; row += FEATURES_BLOCK) {
        int64_t n = file->rows - row < FEATURES_BLOCK ? file->rows - row : FEATURES_BLOCK;
        int64_t chunk = row / COLFILE_CHUNK_ROWS;
        for (int64_t i = 0; i < n; i++)
            rows[i] = (int32_t)(row % COLFILE_CHUNK_ROWS + i);
        features_read(f, state, standardise, file, chunk, rows, n, out + row, file->rows, 1);
    }
    return out;
}

#endif
