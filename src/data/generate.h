/* Made-up tables with known structure (`stint generate`): a class per generator.
 *
 * A row is a pure function of (parameters, seed, row), by Philox; a generator that works
 * through a series in order is one of (parameters, seed, series, time).  So equal requests
 * give equal bytes, and rows do not depend on how many follow.  Nothing a generator holds
 * grows with the rows.
 *
 * The frame reads the parameters (every class has `rows` and `seed`), calls `begin` once,
 * `fill` for one batch of rows after the other, and `describe` at the end. */
#ifndef DATA_GENERATE_H
#define DATA_GENERATE_H

#include "base/arena.h"
#include "base/json.h"
#include "base/params.h"
#include "base/rng.h"
#include "data/colfile.h"

/* Bounds that every generator shares: what a whole column chunk of the widest table takes
 * (2 GiB) is bounded with them, and so is a column file's header. */
#define GENERATE_ROWS_MOST     1e10
#define GENERATE_FEATURES_MOST 4096

#define GENERATE_PARAM_ROWS(owner, n)                                                              \
    PARAM_INT(owner, rows, n, 1, GENERATE_ROWS_MOST, "rows of the table")
#define GENERATE_PARAM_SEED(owner)                                                                 \
    PARAM_INT(owner, seed, 1, 0, 9007199254740991.0, "another seed, another table of its kind")

typedef struct generated {
    ctx *ctx;
    arena arena; /* what `begin` makes */
    void *self;  /* the class's struct: its parameters, then what `begin` adds */
    uint64_t seed;
    int64_t rows;         /* as the parameter says, until `begin` says otherwise */
    column_spec *columns; /* [n_columns] numbers, bools, texts with their dictionary, and bits
                           * with their encoder */
    int n_columns;
} generated;

typedef struct generator_class {
    const char *name, *summary;
    const char *about; /* the columns and the model behind them; lines end in \n */
    size_t bytes;      /* of the struct, which `params` describes the beginning of */
    const param *params;

    /* Checks that concern several parameters; generate_columns; what `fill` looks up. */
    stint_status (*begin)(generated *g);

    /* Rows [from, from+n), n > 0, each batch behind the last: out[j*stride + i] is column j of
     * row from+i.  NaN = missing, bools are 0 and 1, texts the position in their dictionary. */
    void (*fill)(generated *g, int64_t from, int64_t n, double *out, int64_t stride);

    /* The packed bits of a row, for a class with columns of them; their cells in `out` above are
     * the row's number. */
    void (*bits)(const generated *g, int column, int64_t row, uint8_t *out);

    /* The known structure, as fields of the object that is open. */
    void (*describe)(const generated *g, json_out *j);
} generator_class;

extern const generator_class generator_angles, generator_battery, generator_blobs,
    generator_circles, generator_encoded, generator_moons, generator_records;
extern const generator_class *const generator_table[]; /* NULL-terminated */

/* STINT_EUSAGE with the nearest name when there is none. */
stint_status generator_find(ctx *c, const char *name, const generator_class **out);

/* Random numbers of one purpose of a generator, by its own count of purposes. */
rng generate_rng(const generated *g, uint64_t purpose);

/* Room for n columns in g->columns, each a number without a name yet. */
stint_status generate_columns(generated *g, int n);

/* A column's name, printf-like; a failure is in the context and in the status. */
stint_status generate_name(generated *g, int column, const char *fmt, ...) STINT_PRINTF(3, 4);

/* The class of a row, of `classes` equally large ones: in every run of `classes` rows each
 * comes once, in turn from a random one. */
int64_t generate_label(const generated *g, uint64_t purpose, int64_t row, int64_t classes);

/* --- where rows go ----------------------------------------------------------------------- */

/* Write the whole table to the file `to`, by what its name ends in, or as CSV to `fd` when
 * `to` is NULL.  `extra` is for a column file: a JSON object's text. */
stint_status generate_write(generated *g, const generator_class *class, const char *to, int fd,
                            const char *extra);

/* STINT_EUSAGE when no format goes by that name. */
stint_status generate_check_name(ctx *c, const char *to);

/* All rows in batches of `room`, each handed to `put` as `fill` left it; stops between two when
 * it is asked to. */
typedef stint_status generate_put(void *self, const generated *g, const double *x, int64_t n,
                                  int64_t stride);
stint_status generate_batches(generated *g, const generator_class *class, int64_t room,
                              generate_put *put, void *self);

/* Rows to an open file, `delimiter` between cells; `path` is what messages call it. */
stint_status generate_text(generated *g, const generator_class *class, int fd, const char *path,
                           char delimiter);

/* Rows to a column file at `path`, as it is (the caller makes it atomic). */
stint_status generate_colfile(generated *g, const generator_class *class, const char *path,
                              const char *extra);

#endif
