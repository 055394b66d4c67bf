/* Features: what models see, computed from a table's columns block by block.
 *
 * Nothing is copied: a feature is an expression over one or two columns, evaluated into the
 * caller's block.  What has to be fitted (fills, bin edges, shifts and scales) is a `state`, an
 * array of doubles for each training set, fitted on that set's rows alone and kept in the cache.
 *
 *     column ──fill──> [ as it is | sin, cos | wrap | log | log1p | power | one-hot | bins ]
 *                      ──> (products of two) ──> scale ──> feature
 *
 * A column of packed bits is taken as it is: a feature for each bit, "fp 3", "name bloom 3",
 * "word ab".
 *
 * Names: "age", "sin dir", "cos dir", "wrap dir", "log x", "log1p x", "x^0.5", "region=north",
 * "flag=true", "year=1999", "age bin 0" … or, ordinal, "age bin"; a product is "age*sin dir".
 *
 * Missing cells.  A column that is one-hot encoded needs no fill: where its cell is missing all
 * its features are 0.  Of every other column missing cells are filled before anything else. */
#ifndef DATA_FEATURES_H
#define DATA_FEATURES_H

#include "base/json.h"
#include "base/pool.h"
#include "data/colfile.h"
#include "data/split.h"

typedef enum feature_scale { SCALE_NONE, SCALE_STANDARD, SCALE_MINMAX, SCALE_ROBUST } feature_scale;
typedef enum feature_fill { FILL_NONE, FILL_MEAN, FILL_MEDIAN, FILL_CONSTANT } feature_fill;
typedef enum bins_by { BINS_QUANTILE, BINS_WIDTH } bins_by;
typedef enum bins_encode { BINS_ONEHOT, BINS_ORDINAL } bins_encode;

#define FEATURES_MOST          1000000
#define FEATURES_PRODUCTS_MOST 100000
#define FEATURES_NUMBERS_MOST  256 /* different numbers of a column that is one-hot encoded */
#define FEATURES_BINS_MOST     256

typedef struct feature_pair {
    const char *a, *b; /* patterns over the names of features, before products */
} feature_pair;

/* Lists of patterns (base/pattern.h) over column names, NULL-terminated; NULL = empty.  Each
 * column is in one list of onehot … bins at most: one that two match is an error that names
 * both.  So is a pattern that matches nothing. */
typedef struct features_settings {
    const char *const *keep; /* empty = every candidate */
    const char *const *drop;
    const char *const *onehot; /* text, true/false, or at most 256 different numbers: one 0/1
                                * feature for each category the table has, ascending */
    const char *const *angles; /* -> "sin dir", "cos dir" */
    const char *const *wrap;   /* -> into [0, period) */
    double period;             /* of angles and wrap: 360 */
    const char *const *log;    /* ln x */
    const char *const *log1p;  /* ln (1 + x) */
    const char *const *power;
    double exponent;         /* of power */
    const char *const *bins; /* edges of training rows; beyond them: the bins at the ends */
    int bins_n;              /* 2 … 256; equal edges make fewer */
    bins_by bins_by;
    bins_encode bins_encode;          /* ordinal: 0 … bins_n-1 */
    const feature_pair *interactions; /* products of features that match a and b, each unordered
                                       * pair once; squares too, but no pair of features that are
                                       * 0/1 of one column, which tells nothing new */
    int n_interactions;
    feature_scale scale; /* of every feature, last */
    feature_fill fill;   /* of missing cells; FILL_NONE: there are none */
    double fill_value;   /* FILL_CONSTANT */
} features_settings;

typedef struct features features;

/* Resolve settings against columns [n], ascending, of `file`: those that may be features.
 * Everything lives in `a`, and `file` must live as long.  Text that no list one-hot encodes is
 * STINT_EDATA with the first offending line; so are two features of one name, none at all, or more
 * than 1 000 000, or 100 000 products.  Unknown names are STINT_EUSAGE with the nearest one. */
stint_status features_open(ctx *c, arena *a, const colfile *file, const features_settings *s,
                           const int *columns, int n, features **out);

int features_count(const features *f);
const char *features_name(const features *f, int feature);
/* The columns that features are made of, ascending. */
const int *features_columns(const features *f, int *n);
/* May the column's cells be missing: are they filled, or one-hot encoded? */
bool features_take_missing(const features *f, int column);
/* Do values depend on the training set, standard scaling apart (which a model may do itself)? */
bool features_fitted(const features *f);
feature_scale features_scale(const features *f);
/* Identifies everything that was resolved: two plans of one key give the same values. */
hash128 features_settings_key(const features *f);

/* --- states ---------------------------------------------------------------------------- */

/* The states of every training set: [folds + 1][stride] doubles, in a mapped cache file. */
typedef struct features_states {
    file_map map;
    int lock;
    char path[4096]; /* "" = nothing had to be fitted or checked: there is no file */
    const double *at;
    int64_t stride;
} features_states;

/*  [ fills ][ bin edges ][ shift of each feature ][ scale of each feature ] */
int64_t features_state_doubles(const features *f);

/* From the cache, else fitted (columns in parallel, bounded memory: exact order statistics by
 * passes, quantiles.h).  `key` identifies table, rows and split.  `standard`: shifts and scales of
 * standard scaling are wanted too (else they are NaN).  The rows of every part are checked: what a
 * transform cannot take (log of 0) is STINT_EDATA with its line; so is a column without a cell
 * to learn a fill from, and what grows beyond the doubles.
 *
 * standard: mean and population deviation; minmax: into [0, 1]; robust: median and the distance
 * of the quartiles.  A feature that does not vary is only shifted. */
stint_status features_states_open(ctx *c, const features *f, const split *s, hash128 key,
                                  bool standard, pool *p, features_states *out);
/* The same from its file, as another process made it. */
stint_status features_states_open_file(ctx *c, const char *path, const features *f, int folds,
                                       features_states *out);
void features_states_close(features_states *s);

/* Upper bounds for fitting `features` features of `columns` columns: private memory; seconds on
 * one slow core. */
int64_t features_fit_bytes(const features_settings *s, int columns, int features, int64_t rows,
                           int folds, int threads);
double features_fit_seconds(const features_settings *s, int64_t rows, int columns, int features,
                            int folds);

/* --- values ----------------------------------------------------------------------------- */

/* Rows `rows[i]` (within the chunk) of features into out[feature * column_stride + i * row_stride];
 * n ≤ FEATURES_BLOCK.  `state` may be NULL when features_fitted is false and `standardise` is.
 * `standardise`: apply SCALE_STANDARD (other scales always are applied). */
#define FEATURES_BLOCK 1024
void features_read(const features *f, const double *state, bool standardise, const colfile *file,
                   int64_t chunk, const int32_t *rows, int64_t n, double *out,
                   int64_t column_stride, int64_t row_stride);

/* --- with a saved model ------------------------------------------------------------------- */

/* The schema that new data must have, and one state (NULL = none is needed): a member "features" of
 * the open JSON object. */
void features_emit(json_out *j, const features *f, const double *state);

/* The same from there, for a table of new data, all of whose rows are checked.  A missing column,
 * text where numbers are needed, a category that was never seen (named with its row), a missing
 * cell without a fill, a number that a transform cannot take: STINT_EDATA.  Columns that are not
 * needed are counted into *extra.  *state is in `a`; NULL when none was saved. */
stint_status features_load(ctx *c, arena *a, const json_t *saved, const colfile *file,
                           features **out, const double **state, int *extra);

/* The columns that new data must have as text, whatever they look like (source.text);
 * NULL-terminated, in `a`; NULL when memory is short. */
const char *const *features_saved_text(arena *a, const json_t *saved);

/* How the columns of bits were encoded, for source.encoders: [*n] in `a`, without keys. */
stint_status features_saved_encoders(ctx *c, arena *a, const json_t *saved, bits_encoder **out,
                                     int *n);

#endif
