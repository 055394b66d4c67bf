#include "data/source.h"
#include "data/features_impl.h"
#include "data/text_column.h"

#include <math.h>
#include <string.h>

/* Features of a saved model, for a table of new data.  The file may come from anywhere, so each of
 * its numbers is checked; what it says is in features_emit.c. */

/* --- in: the plan ------------------------------------------------------------------------------ */

static stint_status fail_damaged(ctx *c, const char *what)
{
    return fail(c, STINT_EDATA, "the saved model's features are damaged: %s", what);
}

static bool name_take(const json_t *value, const char *const *names, int n, int *out)
{
    const char *text = json_string_value(value);
    for (*out = 0; text && *out < n; (*out)++)
        if (strcmp(names[*out], text) == 0)
            return true;
    return false;
}

static stint_status fail_no_column(ctx *c, const colfile *file, const char *name)
{
    char path[1024];
    int64_t line;
    bool is_line;
    nearest_name near = nearest_begin(name);
    for (int i = 0; i < file->n_columns; i++)
        nearest_try(&near, file->columns[i].name);
    TRY(source_line(c, file, 0, path, sizeof path, &line, &is_line));
    return fail(c, STINT_EDATA, "%s: there is no column \"%s\", which the model needs%s%s%s", path,
                name, near.name ? "; is it \"" : "", near.name ? near.name : "",
                near.name ? "\"?" : "");
}

static bool texts_take(arena *a, const json_t *list, feature_term *t)
{
    const char **texts = arena_new(a, const char *, t->n + 1);
    for (int i = 0; texts && i < t->n; i++) {
        const char *text = json_string_value(json_array_get(list, (size_t)i));
        if (!text || (i > 0 && strcmp(texts[i - 1], text) >= 0) ||
            !(texts[i] = arena_strdup(a, text)))
            return false;
    }
    t->texts = texts;
    return texts != NULL;
}

static bool numbers_take(arena *a, const json_t *list, feature_term *t)
{
    double *numbers = arena_new(a, double, t->n + 1);
    for (int i = 0; numbers && i < t->n; i++) {
        const json_t *item = json_array_get(list, (size_t)i);
        t->truth = json_is_boolean(item);
        numbers[i] = t->truth ? json_is_true(item) : json_number_value(item);
        if ((!t->truth && !json_is_number(item)) || (i > 0 && !(numbers[i - 1] < numbers[i])))
            return false;
    }
    t->numbers = numbers;
    return numbers && t->n <= FEATURES_NUMBERS_MOST;
}

static stint_status categories_take(ctx *c, arena *a, const json_t *saved, const colfile *file,
                                    feature_term *t)
{
    const json_t *list = json_object_get(saved, "categories");
    if (!json_is_array(list) || json_array_size(list) > FEATURES_MOST)
        return fail_damaged(c, "a column has no categories");
    t->n = (int)json_array_size(list);
    bool text = t->n > 0 && json_is_string(json_array_get(list, 0));
    if (!(text ? texts_take : numbers_take)(a, list, t))
        return fail_damaged(c, "categories are not ascending");
    return t->texts ? feature_codes(a, file, t) : STINT_OK;
}

/* New data have to be encoded as the training rows were; source.encoders sees to that. */
static stint_status packed_take(ctx *c, arena *a, const json_t *saved, const colfile *file,
                                feature_term *t)
{
    char why[128];
    bits_encoder e;
    const colfile_column *column = &file->columns[t->column];
    if (!bits_take(a, json_object_get(saved, "encoder"), &e) || e.width < 1 ||
        !bits_check(&e, why, sizeof why))
        return fail_damaged(c, "a column of bits has no encoder");
    if (column->kind != COLUMN_BITS || !bits_same(&e, column->encoder))
        return fail(c, STINT_EDATA,
                    "column \"%s\" is not encoded as the model's training data were: %s of %lld "
                    "bits%s",
                    column->name, bits_kind_name(e.kind), (long long)e.width,
                    e.kind == BITS_BLOOM ? ", by the key of the digest in the model" : "");
    feature_packed(file, t);
    return STINT_OK;
}

/* A text column without texts is one of missing cells: as good as numbers. */
static stint_status kind_check(ctx *c, const colfile *file, const feature_term *t)
{
    const colfile_column *column = &file->columns[t->column];
    bool text =
        column->kind == COLUMN_HASH || (column->kind == COLUMN_TEXT && column->dictionary_n > 0);
    if (column->kind == COLUMN_BITS && !t->op->packed)
        return fail(c, STINT_EDATA, "column \"%s\" holds bits, where the model takes %s",
                    column->name, t->texts ? "texts" : "numbers");
    if (text && !t->texts)
        return fail_text_column(c, file, t->column,
                                "the model knows it as numbers: correct the cells");
    return STINT_OK;
}

static stint_status term_take(ctx *c, arena *a, const json_t *saved, const colfile *file,
                              feature_term *t)
{
    const char *name = json_string_value(json_object_get(saved, "column"));
    t->op = feature_op_find(json_string_value(json_object_get(saved, "operation")));
    if (!name || !t->op)
        return fail_damaged(c, "a column or an operation is not known");
    t->column = colfile_find(file, name);
    if (t->column < 0)
        return fail_no_column(c, file, name);
    t->n = 1;
    if (t->op->one_hot)
        TRY(categories_take(c, a, saved, file, t));
    if (t->op->packed)
        TRY(packed_take(c, a, saved, file, t));
    t->parameter = t->op->parameter ? json_number_or_nan(saved, "parameter") : 0;
    if (!isfinite(t->parameter) || (t->op->period && !(t->parameter > 0)))
        return fail_damaged(c, "a parameter is out of range");
    if (t->op->edges) {
        json_int_t bins = json_integer_value(json_object_get(saved, "bins"));
        int by;
        if (bins < 2 || bins > FEATURES_BINS_MOST ||
            !name_take(json_object_get(saved, "by"), feature_bins_names, 2, &by))
            return fail_damaged(c, "bins are out of range");
        t->bins = (int)bins;
        t->bins_by = (bins_by)by;
        t->n = t->op->zero_one ? t->bins : 1;
    }
    return kind_check(c, file, t);
}

static stint_status terms_take(ctx *c, arena *a, const json_t *list, features *f)
{
    size_t n = json_array_size(list);
    if (n == 0 || n > FEATURES_MOST)
        return fail_damaged(c, "there are none");
    f->terms = arena_new(a, feature_term, (int64_t)n);
    if (!f->terms)
        return STINT_ENOMEM;
    for (; f->n_terms < (int)n; f->n_terms++)
        TRY(term_take(c, a, json_array_get(list, (size_t)f->n_terms), f->file,
                      &f->terms[f->n_terms]));
    return STINT_OK;
}

static stint_status products_take(ctx *c, arena *a, const json_t *list, features *f)
{
    size_t n = json_array_size(list);
    if (n > FEATURES_PRODUCTS_MOST)
        return fail_damaged(c, "there are too many products");
    f->products = arena_new(a, feature_product, (int64_t)n + 1);
    if (!f->products)
        return STINT_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const json_t *pair = json_array_get(list, i);
        const json_t *first = json_array_get(pair, 0), *second = json_array_get(pair, 1);
        json_int_t low = json_integer_value(first), high = json_integer_value(second);
        if (!json_is_integer(first) || !json_is_integer(second) || low < 0 || low > high ||
            high >= f->n_base)
            return fail_damaged(c, "a product is of features that are not there");
        f->products[f->n_products++] = (feature_product){(int)low, (int)high};
    }
    return STINT_OK;
}

/* --- in: the state ------------------------------------------------------------------------------- */

/* Numbers into out [n]; null is `null`, where it may stand. */
static bool doubles_take(const json_t *list, int64_t n, double null, double *out)
{
    if ((int64_t)json_array_size(list) != n)
        return false;
    for (int64_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(list, (size_t)i);
        if (!json_is_number(item) && !json_is_null(item))
            return false;
        out[i] = json_is_null(item) ? null : json_number_value(item);
    }
    return true;
}

static bool edges_take(const json_t *saved, const feature_term *t, double *edges)
{
    if (!doubles_take(json_object_get(saved, "edges"), t->bins - 1, INFINITY, edges))
        return false;
    for (int i = 1; i < t->bins - 1; i++)
        if (!(edges[i - 1] < edges[i]) && !isinf(edges[i]))
            return false;
    return true;
}

static bool scales_take(const json_t *saved, const features *f, double *state)
{
    int64_t n = features_count(f);
    double *shift = state + f->scales_at, *divide = shift + n;
    double null = f->scale == SCALE_STANDARD ? NAN : INFINITY;
    if (f->scale == SCALE_NONE)
        return true;
    if (!doubles_take(json_object_get(saved, "shift"), n, null, shift) ||
        !doubles_take(json_object_get(saved, "divide"), n, null, divide))
        return false;
    for (int64_t i = 0; i < n; i++)
        if (isinf(shift[i]) || isinf(divide[i]) || divide[i] <= 0)
            return false;
    return true;
}

static stint_status state_take(ctx *c, arena *a, const json_t *saved, const features *f,
                               const double **out)
{
    *out = NULL;
    if (!json_is_true(json_object_get(saved, "fitted")))
        return features_fitted(f) ? fail_damaged(c, "what was fitted is missing") : STINT_OK;
    double *state = arena_new(a, double, features_state_doubles(f) + 1);
    if (!state)
        return STINT_ENOMEM;
    for (int i = 0; i < f->n_terms; i++) {
        const feature_term *t = &f->terms[i];
        const json_t *term = json_array_get(json_object_get(saved, "terms"), (size_t)i);
        if (t->fill_at >= 0)
            state[t->fill_at] = json_number_or_nan(term, "fill");
        if ((t->fill_at >= 0 && !isfinite(state[t->fill_at])) ||
            (t->op->edges && !edges_take(term, t, state + t->edges_at)))
            return fail_damaged(c, "a fill or the edges of bins are missing");
    }
    if (!scales_take(saved, f, state))
        return fail_damaged(c, "scales are missing");
    *out = state;
    return STINT_OK;
}

/* --- in: all of it --------------------------------------------------------------------------------- */

static stint_status plan_take(ctx *c, arena *a, const json_t *saved, features *f)
{
    int fill, scale;
    if (!name_take(json_object_get(saved, "fill"), feature_fill_names, 4, &fill) ||
        !name_take(json_object_get(saved, "scale"), feature_scale_names, 4, &scale))
        return fail_damaged(c, "fill or scale is not known");
    f->fill = (feature_fill)fill;
    f->scale = (feature_scale)scale;
    f->fill_value = json_number_or_nan(saved, "fill_value");
    if (!isfinite(f->fill_value))
        return fail_damaged(c, "the fill is not a number");
    TRY(terms_take(c, a, json_object_get(saved, "terms"), f));
    TRY(feature_plan_number(c, a, f));
    TRY(products_take(c, a, json_object_get(saved, "products"), f));
    return feature_plan_finish(c, a, f);
}

static stint_status cells_check(ctx *c, const features *f, const double *state)
{
    double *largest = mem_new(c, TAG_TABLE, double, f->n_base);
    stint_status s = largest ? STINT_OK : STINT_ENOMEM;
    for (int i = 0; s == STINT_OK && i < f->n_terms; i++) {
        const feature_term *t = &f->terms[i];
        feature_seen seen = feature_look(f, t, f->file, NULL);
        s = feature_judge(c, t, f->file, &seen);
        if (s == STINT_OK)
            s = feature_check_fill(c, f, t, state, &seen.largest);
        for (int k = 0; k < t->n; k++)
            largest[t->first + k] = seen.largest;
    }
    if (s == STINT_OK)
        s = feature_check_products(c, f, largest);
    mem_free(largest);
    return s;
}

stint_status features_load(ctx *c, arena *a, const json_t *saved, const colfile *file,
                           features **out, const double **state, int *extra)
{
    const json_t *own = json_object_get(saved, "features");
    features *f = arena_new(a, features, 1);
    if (!f)
        return STINT_ENOMEM;
    f->file = file;
    TRY(plan_take(c, a, own, f));
    TRY(state_take(c, a, own, f, state));
    TRY(cells_check(c, f, *state));
    *out = f;
    *extra = file->n_columns - f->n_columns;
    return STINT_OK;
}

const char *const *features_saved_text(arena *a, const json_t *saved)
{
    const json_t *terms = json_object_get(json_object_get(saved, "features"), "terms"), *term;
    const char **names = arena_new(a, const char *, (int64_t)json_array_size(terms) + 1);
    int n = 0;
    size_t i;
    json_array_foreach(terms, i, term)
    {
        const char *name = json_string_value(json_object_get(term, "column"));
        const json_t *first = json_array_get(json_object_get(term, "categories"), 0);
        if (!names || !name || !json_is_string(first))
            continue;
        names[n] = arena_strdup(a, name);
        if (!names[n++])
            return NULL;
    }
    return names;
}

stint_status features_saved_encoders(ctx *c, arena *a, const json_t *saved, bits_encoder **out,
                                     int *n)
{
    const json_t *terms = json_object_get(json_object_get(saved, "features"), "terms"), *term;
    size_t i;
    *n = 0;
    *out = arena_new(a, bits_encoder, (int64_t)json_array_size(terms) + 1);
    if (!*out)
        return STINT_ENOMEM;
    json_array_foreach(terms, i, term)
    {
        char why[128];
        bits_encoder *e = &(*out)[*n];
        const json_t *encoder = json_object_get(term, "encoder");
        const char *column = json_string_value(json_object_get(term, "column"));
        if (!encoder)
            continue;
        if (!column || !bits_take(a, encoder, e) || !bits_check(e, why, sizeof why))
            return fail_damaged(c, "an encoder is not known");
        if (!(e->column = arena_strdup(a, column)))
            return STINT_ENOMEM;
        ++*n;
    }
    return STINT_OK;
}
