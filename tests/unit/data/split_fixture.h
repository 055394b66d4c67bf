/* Tables of one chunk made in memory, of any kind of column, and their splits. */
#ifndef UNIT_SPLIT_FIXTURE_H
#define UNIT_SPLIT_FIXTURE_H

#include "data/split_impl.h"
#include "unit/fixture.h"

#define SMALL_COLUMNS 8

typedef struct small_table {
    colfile file;
    colfile_column columns[SMALL_COLUMNS];
    colfile_block blocks[SMALL_COLUMNS];
    const char *texts[SMALL_COLUMNS][400]; /* dictionaries */
    int32_t codes[SMALL_COLUMNS][400];
    char fingerprint[32];
} small_table;

static inline void small_begin(small_table *m, int64_t rows)
{
    static int made;
    m->file = (colfile){
        .rows = rows, .chunks = 1, .columns = m->columns, .blocks = m->blocks, .n_columns = 0};
    m->file.extra = json_pack("{s:s, s:[{s:s, s:i, s:i}]}", "format", "parquet", "files", "path",
                              "t.parquet", "first_row", 0, "rows", (int)rows);
    snprintf(m->fingerprint, sizeof m->fingerprint, "table %d", made++);
}

static inline void small_end(small_table *m)
{
    json_decref(m->file.extra);
}

static inline int small_column(small_table *m, const char *name, column_kind kind, column_type type,
                               const void *at)
{
    int j = m->file.n_columns++;
    m->columns[j] = (colfile_column){.name = name, .kind = kind};
    m->blocks[j] = (colfile_block){type, at};
    return j;
}

static inline int small_numbers(small_table *m, const char *name, const double *x)
{
    return small_column(m, name, COLUMN_NUMBER, TYPE_F64, x);
}

/* Texts [rows], NULL = missing; at most 400 rows. */
static inline int small_texts(small_table *m, const char *name, const char *const *texts)
{
    int j = small_column(m, name, COLUMN_TEXT, TYPE_I32, NULL);
    int64_t n = 0;
    m->blocks[j].at = m->codes[j];
    for (int64_t i = 0; i < m->file.rows; i++) {
        int64_t code = 0;
        while (texts[i] && code < n && strcmp(m->texts[j][code], texts[i]) != 0)
            code++;
        if (texts[i] && code == n)
            m->texts[j][n++] = texts[i];
        m->codes[j][i] = texts[i] ? (int32_t)code : -1;
    }
    m->columns[j].dictionary = m->texts[j];
    m->columns[j].dictionary_n = n;
    return j;
}

/* What the checks say of rows: keep [rows] or NULL = all, first [rows] or NULL = none repeats. */
typedef struct small_rows {
    colfile file;
    colfile_column columns[2];
    colfile_block blocks[2];
    uint8_t keep[400];
    int32_t first[400];
} small_rows;

static inline const colfile *rows_of(small_rows *r, int64_t rows, const int *keep, const int *first)
{
    r->columns[0] = (colfile_column){.name = "keep", .kind = COLUMN_NUMBER};
    r->columns[1] = (colfile_column){.name = "first", .kind = COLUMN_NUMBER};
    r->blocks[0] = (colfile_block){TYPE_U8, r->keep};
    r->blocks[1] = (colfile_block){TYPE_I32, r->first};
    for (int i = 0; i < rows; i++) {
        r->keep[i] = keep ? (uint8_t)keep[i] : 1;
        r->first[i] = first ? first[i] : i;
    }
    r->file = (colfile){
        .rows = rows, .chunks = 1, .n_columns = 2, .columns = r->columns, .blocks = r->blocks};
    return &r->file;
}

/* Open a split of the table into t->split. */
static inline stint_status small_split(fixture *t, small_table *m, target_kind kind, int target,
                                       const colfile *rows, const split_settings *s)
{
    split_input in = {.file = &m->file,
                      .fingerprint = m->fingerprint,
                      .rows = rows,
                      .kind = kind,
                      .period = 360,
                      .targets = &target,
                      .n_targets = 1};
    if (t->has_split)
        split_close(&t->split);
    stint_status status = split_open(t->ctx, &in, s, &t->split);
    t->has_split = status == STINT_OK;
    return status;
}

static inline void assert_split(fixture *t, stint_status s)
{
    if (s != STINT_OK)
        fail_msg("%s", stint_message(t->ctx));
}

#endif
