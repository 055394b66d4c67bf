#include "data/colfile_hash.h"
#include "data/features_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A plan whose terms are known: its features and its state numbered, named and hashed. */

/* --- numbers --------------------------------------------------------------------------------- */

static stint_status features_limit(ctx *c, int64_t n)
{
    if (n > FEATURES_MOST)
        return fail(c, STINT_EDATA, "%lld features are more than the %d there can be", (long long)n,
                    FEATURES_MOST);
    if (n == 0)
        return fail(c, STINT_EDATA, "no feature is left: what is one-hot encoded has no category");
    return STINT_OK;
}

static stint_status columns_number(arena *a, features *f)
{
    f->term_first = arena_new(a, int, f->file->n_columns);
    f->columns = arena_new(a, int, f->n_terms);
    if (!f->term_first || !f->columns)
        return STINT_ENOMEM;
    for (int i = 0; i < f->file->n_columns; i++)
        f->term_first[i] = -1;
    for (int i = f->n_terms - 1; i >= 0; i--)
        f->term_first[f->terms[i].column] = i;
    for (int i = 0; i < f->file->n_columns; i++)
        if (f->term_first[i] >= 0)
            f->columns[f->n_columns++] = i;
    return STINT_OK;
}

static stint_status terms_number(ctx *c, arena *a, features *f)
{
    int64_t n = 0;
    for (int i = 0; i < f->n_terms; i++)
        n += f->terms[i].n;
    TRY(features_limit(c, n));
    f->term_of = arena_new(a, int, n);
    if (!f->term_of)
        return STINT_ENOMEM;
    for (int i = 0; i < f->n_terms; i++) {
        f->terms[i].first = f->n_base;
        for (int k = 0; k < f->terms[i].n; k++)
            f->term_of[f->n_base++] = i;
    }
    return columns_number(a, f);
}

/* Terms of one column stand together and share its fill. */
static void state_number(features *f)
{
    bool fitted = f->fill == FILL_MEAN || f->fill == FILL_MEDIAN;
    int64_t at = 0;
    for (int i = 0; i < f->n_terms; i++) {
        feature_term *t = &f->terms[i];
        bool shared = i > 0 && f->terms[i - 1].column == t->column;
        t->fill_at = !fitted || t->op->one_hot || t->op->packed ? -1
                     : shared                                   ? f->terms[i - 1].fill_at
                                                                : at++;
    }
    for (int i = 0; i < f->n_terms; i++) {
        f->terms[i].edges_at = at;
        at += f->terms[i].op->edges ? f->terms[i].bins - 1 : 0;
    }
    f->scales_at = at;
    f->doubles = at + (f->scale == SCALE_NONE ? 0 : 2 * (int64_t)features_count(f));
}

void feature_packed(const colfile *file, feature_term *t)
{
    t->n = (int)file->columns[t->column].width;
    t->bits = file->columns[t->column].bits;
}

/* --- names ----------------------------------------------------------------------------------- */

static char *base_name(arena *a, const features *f, int feature)
{
    const feature_term *t = &f->terms[f->term_of[feature]];
    const char *column = f->file->columns[t->column].name;
    if (t->op->feature)
        return t->op->feature(a, t, column, feature - t->first);
    return arena_printf(a, "%s%s", t->op->prefix, column);
}

stint_status feature_plan_number(ctx *c, arena *a, features *f)
{
    TRY(terms_number(c, a, f));
    f->names = arena_new(a, const char *, f->n_base);
    for (int i = 0; f->names && i < f->n_base; i++)
        if (!(f->names[i] = base_name(a, f, i)))
            return STINT_ENOMEM;
    return f->names ? STINT_OK : STINT_ENOMEM;
}

static stint_status products_name(arena *a, features *f)
{
    const char **names = arena_new(a, const char *, features_count(f));
    if (!names)
        return STINT_ENOMEM;
    memcpy(names, f->names, (size_t)f->n_base * sizeof *names);
    for (int i = 0; i < f->n_products; i++) {
        const feature_product *p = &f->products[i];
        names[f->n_base + i] = arena_printf(a, "%s*%s", f->names[p->a], f->names[p->b]);
        if (!names[f->n_base + i])
            return STINT_ENOMEM;
    }
    f->names = names;
    return STINT_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static stint_status names_differ(ctx *c, const features *f)
{
    int64_t n = features_count(f);
    const char **sorted = mem_new(c, TAG_TABLE, const char *, n);
    if (!sorted)
        return STINT_ENOMEM;
    memcpy(sorted, f->names, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, by_text);
    stint_status s = STINT_OK;
    for (int64_t i = 1; s == STINT_OK && i < n; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            s = fail(c, STINT_EDATA,
                     "two features would be named \"%s\"; leave one out by features.drop",
                     sorted[i]);
    mem_free(sorted);
    return s;
}

/* --- the key ----------------------------------------------------------------------------------- */

static void key_number(hasher *h, double x)
{
    hash_add(h, &x, sizeof x);
}

static stint_status key_term(ctx *c, hasher *h, const features *f, const feature_term *t)
{
    if (t->op->packed)
        TRY(colfile_hash_encoder(c, h, f->file->columns[t->column].encoder));
    hash_add_text(h, t->op->name);
    hash_add_text(h, f->file->columns[t->column].name);
    key_number(h, t->parameter);
    key_number(h, t->bins);
    key_number(h, t->bins_by);
    key_number(h, t->n);
    for (int i = 0; t->texts && i < t->n; i++)
        hash_add_text(h, t->texts[i]);
    for (int i = 0; t->numbers && i < t->n; i++)
        key_number(h, t->numbers[i]);
    return STINT_OK;
}

static stint_status plan_key(ctx *c, features *f)
{
    hasher *h = hash_begin(c);
    if (!h)
        return STINT_ENOMEM;
    hash_add_text(h, "features 1");
    key_number(h, f->fill);
    key_number(h, f->fill == FILL_CONSTANT ? f->fill_value : 0);
    key_number(h, f->scale);
    stint_status s = STINT_OK;
    for (int i = 0; s == STINT_OK && i < f->n_terms; i++)
        s = key_term(c, h, f, &f->terms[i]);
    if (f->n_products)
        hash_add(h, f->products, (size_t)f->n_products * sizeof *f->products);
    f->key = hash_end(h);
    return s;
}

stint_status feature_plan_finish(ctx *c, arena *a, features *f)
{
    TRY(features_limit(c, features_count(f)));
    TRY(products_name(a, f));
    if (f->n_products || f->n_terms < f->n_base || f->n_columns < f->n_terms)
        TRY(names_differ(c, f));
    state_number(f);
    return plan_key(c, f);
}

/* --- what a plan tells ---------------------------------------------------------------------------- */

int features_count(const features *f)
{
    return f->n_base + f->n_products;
}

const char *features_name(const features *f, int feature)
{
    return f->names[feature];
}

const int *features_columns(const features *f, int *n)
{
    *n = f->n_columns;
    return f->columns;
}

bool features_take_missing(const features *f, int column)
{
    int first = f->term_first[column];
    if (first >= 0 && f->terms[first].op->packed)
        return false;
    return first >= 0 && (f->fill != FILL_NONE || f->terms[first].op->one_hot);
}

/* Is anything of the state before shifts and scales the term's? */
static bool term_varies(const feature_term *t)
{
    return t->fill_at >= 0 || t->op->edges;
}

bool feature_varies(const features *f, int feature)
{
    if (feature < f->n_base)
        return term_varies(&f->terms[f->term_of[feature]]);
    const feature_product *p = &f->products[feature - f->n_base];
    return feature_varies(f, p->a) || feature_varies(f, p->b);
}

bool features_fitted(const features *f)
{
    return f->scales_at > 0 || f->scale == SCALE_MINMAX || f->scale == SCALE_ROBUST;
}

feature_scale features_scale(const features *f)
{
    return f->scale;
}

hash128 features_settings_key(const features *f)
{
    return f->key;
}

int64_t features_state_doubles(const features *f)
{
    return f->doubles;
}
