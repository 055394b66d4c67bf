#include "data/features_impl.h"
#include "data/table.h"

#include <math.h>

/* No feature is NaN or infinite: every cell is looked at once, before any model sees one. */

static stint_status fail_category(ctx *c, const feature_term *t, const colfile *file, int64_t row,
                                  double x)
{
    const colfile_column *column = &file->columns[t->column];
    char number[STR_DOUBLE_SIZE];
    str_format_double(number, x);
    if (t->texts && column->kind == COLUMN_HASH)
        return table_fail(
            c, file, t->column, row,
            "there are too many different texts in this column; the features were made "
            "of %d",
            t->n);
    if (t->texts && column->kind != COLUMN_TEXT)
        return table_fail(
            c, file, t->column, row,
            "%s is read as a number here, and the features were made of texts; read the "
            "column as text",
            number);
    const char *text = t->texts ? column->dictionary[(int64_t)x] : number;
    return table_fail(
        c, file, t->column, row,
        "%s%s%s is none of the %d categories that the features were made of; leave the "
        "row out, or the cell empty",
        t->texts ? "\"" : "", text, t->texts ? "\"" : "", t->n);
}

static stint_status fail_cell(ctx *c, const feature_term *t, const colfile *file, int64_t row,
                              double x)
{
    char number[STR_DOUBLE_SIZE];
    str_format_double(number, x);
    if (t->op->one_hot)
        return fail_category(c, t, file, row, x);
    if (isnan(x))
        return table_fail(c, file, t->column, row,
                          "missing, and missing cells are not filled (checks.missing); fill the "
                          "cell, or leave the row out");
    if (isinf(x))
        return table_fail(c, file, t->column, row,
                          "infinite; correct the cell, or leave the row out");
    return table_fail(
        c, file, t->column, row,
        "%s, and %s; correct the cell, leave the row out, or leave the column as it is", number,
        t->op->takes ? t->op->takes : "it is not a finite number");
}

/* Features are finite numbers of x alone: not of categories, nor of what is fitted. */
static bool is_of_number(const feature_term *t)
{
    return !t->op->one_hot && !t->op->edges;
}

static void evaluate_alone(const feature_term *t, const double *x, int64_t n, double *y)
{
    if (t->op->evaluate) {
        t->op->evaluate(t, NULL, x, n, &(feature_out){y, 1, 1, 0, 1});
        return;
    }
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i];
}

static bool cell_is_good(const features *f, const feature_term *t, column_kind kind, double x,
                         double y)
{
    if (x != x)
        return t->op->one_hot || f->fill != FILL_NONE;
    if (t->op->one_hot)
        return (!t->texts || kind == COLUMN_TEXT) && feature_category(t, x) >= 0;
    return t->op->edges || isfinite(y);
}

/* Rows from … from+n-1 of a chunk, up to the first that is bad. */
static void look_block(const features *f, const feature_term *t, const colfile *file, int64_t chunk,
                       int64_t from, int64_t n, const uint8_t *parts, feature_seen *out)
{
    double x[FEATURES_BLOCK], y[FEATURES_BLOCK];
    column_kind kind = file->columns[t->column].kind;
    colfile_read(file, t->column, chunk, from, n, x, 1);
    if (is_of_number(t))
        evaluate_alone(t, x, n, y);
    for (int64_t i = 0; i < n; i++) {
        if (parts && parts[from + i] == SPLIT_NONE)
            continue;
        double value = is_of_number(t) ? y[i] : 0;
        if (!cell_is_good(f, t, kind, x[i], value)) {
            out->row = chunk * COLFILE_CHUNK_ROWS + from + i;
            out->x = x[i];
            return;
        }
        out->largest = fabs(value) > out->largest ? fabs(value) : out->largest;
    }
}

feature_seen feature_look(const features *f, const feature_term *t, const colfile *file,
                          const split *s)
{
    feature_seen seen = {.row = -1, .largest = t->op->edges ? t->bins : 1};
    for (int64_t chunk = 0; seen.row < 0 && chunk < file->chunks; chunk++) {
        const uint8_t *parts = s ? split_chunk(s, chunk) : NULL;
        int64_t in_chunk = colfile_chunk_rows(file, chunk);
        for (int64_t from = 0; seen.row < 0 && from < in_chunk; from += FEATURES_BLOCK) {
            int64_t n = in_chunk - from < FEATURES_BLOCK ? in_chunk - from : FEATURES_BLOCK;
            look_block(f, t, file, chunk, from, n, parts, &seen);
        }
    }
    return seen;
}

stint_status feature_judge(ctx *c, const feature_term *t, const colfile *file,
                           const feature_seen *seen)
{
    return seen->row < 0 ? STINT_OK : fail_cell(c, t, file, seen->row, seen->x);
}

stint_status feature_check_fill(ctx *c, const features *f, const feature_term *t,
                                const double *state, double *largest)
{
    double fill = feature_fill_of(f, t, state), y = 0;
    char number[STR_DOUBLE_SIZE];
    if (fill != fill || !is_of_number(t))
        return STINT_OK;
    evaluate_alone(t, &fill, 1, &y);
    *largest = fabs(y) > *largest ? fabs(y) : *largest;
    if (isfinite(y))
        return STINT_OK;
    str_format_double(number, fill);
    return fail(c, STINT_EDATA,
                "checks.missing: missing cells of column \"%s\" would be %s, and %s",
                f->file->columns[t->column].name, number,
                t->op->takes ? t->op->takes : "that is not a finite number");
}

stint_status feature_check_products(ctx *c, const features *f, const double *largest)
{
    for (int i = 0; i < f->n_products; i++) {
        const feature_product *p = &f->products[i];
        if (!isfinite(largest[p->a] * largest[p->b]))
            return fail(c, STINT_EDATA,
                        "features.interactions: feature \"%s\" may be %g times %g, which no number "
                        "holds; scale the columns down",
                        f->names[f->n_base + i], largest[p->a], largest[p->b]);
    }
    return STINT_OK;
}
