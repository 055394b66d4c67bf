#include "base/pattern.h"
#include "data/features_impl.h"
#include "data/text_column.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* Settings, which speak of names and patterns, resolved to a plan of terms. */

typedef enum list {
    LIST_ONEHOT,
    LIST_ANGLES,
    LIST_WRAP,
    LIST_LOG,
    LIST_LOG1P,
    LIST_POWER,
    LIST_BINS,
    LISTS
} list;

/* What the lists are called, and what a column in them becomes. */
static const struct {
    const char *key;
    size_t offset;
    int n_ops;
    feature_op_row ops[2];
} lists[LISTS] = {
    [LIST_ONEHOT] = {"features.onehot", offsetof(features_settings, onehot), 1, {OP_ONEHOT}},
    [LIST_ANGLES] = {"features.angles", offsetof(features_settings, angles), 2, {OP_SIN, OP_COS}},
    [LIST_WRAP] = {"features.wrap", offsetof(features_settings, wrap), 1, {OP_WRAP}},
    [LIST_LOG] = {"features.log", offsetof(features_settings, log), 1, {OP_LOG}},
    [LIST_LOG1P] = {"features.log1p", offsetof(features_settings, log1p), 1, {OP_LOG1P}},
    [LIST_POWER] = {"features.power", offsetof(features_settings, power), 1, {OP_POWER}},
    [LIST_BINS] = {"features.bins", offsetof(features_settings, bins), 1, {OP_BINS}},
};

static const char *const *list_patterns(const features_settings *s, list l)
{
    const char *const *patterns;
    memcpy(&patterns, (const char *)s + lists[l].offset, sizeof patterns);
    return patterns;
}

/* --- which columns, in which list ---------------------------------------------------------- */

enum { AS_IT_IS = -1, LEFT_OUT = -2 };

typedef struct candidates {
    ctx *ctx;
    const colfile *file;
    const int *columns; /* [n] */
    int n;
    int8_t *use; /* [n] a list, AS_IT_IS, or LEFT_OUT */
} candidates;

static const char *candidate_name(const candidates *k, int i)
{
    return k->file->columns[k->columns[i]].name;
}

static stint_status fail_nothing(const candidates *k, const char *key, const char *pattern)
{
    nearest_name near = nearest_begin(pattern);
    bool left_out = false;
    for (int i = 0; i < k->n; i++) {
        if (k->use[i] == LEFT_OUT)
            left_out = left_out || pattern_match(pattern, candidate_name(k, i));
        else if (pattern_is_name(pattern))
            nearest_try(&near, candidate_name(k, i));
    }
    if (left_out)
        return fail(k->ctx, STINT_EUSAGE,
                    "%s: \"%s\" is left out by features.keep or features.drop", key, pattern);
    if (near.name)
        return fail(k->ctx, STINT_EUSAGE,
                    "%s: no column that may be a feature is named \"%s\"; did you mean \"%s\"?",
                    key, pattern, near.name);
    return fail(k->ctx, STINT_EUSAGE,
                "%s: \"%s\" matches no column that may be a feature; there are %d, from \"%s\" to "
                "\"%s\"",
                key, pattern, k->n, candidate_name(k, 0), candidate_name(k, k->n - 1));
}

static stint_status candidates_keep(candidates *k, const char *const *patterns)
{
    if (!patterns || !patterns[0])
        return STINT_OK;
    bool *kept = mem_new(k->ctx, TAG_TABLE, bool, k->n);
    stint_status s = kept ? STINT_OK : STINT_ENOMEM;
    for (int p = 0; s == STINT_OK && patterns[p]; p++) {
        int hits = 0;
        for (int i = 0; i < k->n; i++)
            if (pattern_match(patterns[p], candidate_name(k, i))) {
                kept[i] = true;
                hits++;
            }
        s = hits ? STINT_OK : fail_nothing(k, "features.keep", patterns[p]);
    }
    for (int i = 0; s == STINT_OK && i < k->n; i++)
        k->use[i] = kept[i] ? AS_IT_IS : LEFT_OUT;
    mem_free(kept);
    return s;
}

/* What keep has left out already may be named again. */
static stint_status candidates_drop(candidates *k, const char *const *patterns)
{
    for (int p = 0; patterns && patterns[p]; p++) {
        int hits = 0;
        for (int i = 0; i < k->n; i++)
            if (pattern_match(patterns[p], candidate_name(k, i))) {
                k->use[i] = LEFT_OUT;
                hits++;
            }
        if (!hits)
            return fail_nothing(k, "features.drop", patterns[p]);
    }
    return STINT_OK;
}

static stint_status candidates_list(candidates *k, list l, const char *const *patterns)
{
    for (int p = 0; patterns && patterns[p]; p++) {
        int hits = 0;
        for (int i = 0; i < k->n; i++) {
            if (k->use[i] == LEFT_OUT || !pattern_match(patterns[p], candidate_name(k, i)))
                continue;
            if (k->use[i] != AS_IT_IS && k->use[i] != (int)l)
                return fail(k->ctx, STINT_EUSAGE,
                            "column \"%s\" is in %s and in %s; it can become one of them only",
                            candidate_name(k, i), lists[k->use[i]].key, lists[l].key);
            k->use[i] = (int8_t)l;
            hits++;
        }
        if (!hits)
            return fail_nothing(k, lists[l].key, patterns[p]);
    }
    return STINT_OK;
}

static stint_status candidates_resolve(candidates *k, const features_settings *s)
{
    memset(k->use, AS_IT_IS, (size_t)k->n);
    TRY(candidates_keep(k, s->keep));
    TRY(candidates_drop(k, s->drop));
    for (int l = 0; l < LISTS; l++)
        TRY(candidates_list(k, (list)l, list_patterns(s, (list)l)));
    for (int i = 0; i < k->n; i++)
        if (k->use[i] != LEFT_OUT)
            return STINT_OK;
    return fail(k->ctx, STINT_EDATA,
                "no column is left as a feature; features.keep and features.drop leave out all %d",
                k->n);
}

/* --- terms ---------------------------------------------------------------------------------- */

static feature_op_row op_of(const features_settings *s, int use, int i)
{
    if (use == AS_IT_IS)
        return OP_IDENTITY;
    if (use == LIST_BINS && s->bins_encode == BINS_ORDINAL)
        return OP_BINS_ORDINAL;
    return lists[use].ops[i];
}

static stint_status term_open(ctx *c, arena *a, const features_settings *s, const colfile *file,
                              feature_term *t)
{
    column_kind kind = file->columns[t->column].kind;
    if (t->op->one_hot)
        return feature_categories(c, a, file, t);
    if (t->op->packed) {
        feature_packed(file, t);
        return STINT_OK;
    }
    if (kind == COLUMN_BITS)
        return fail(c, STINT_EUSAGE,
                    "column \"%s\" holds bits, which are features as they are: take it off "
                    "features.%s",
                    file->columns[t->column].name, t->op->name);
    if (kind != COLUMN_NUMBER && kind != COLUMN_BOOL)
        return fail_text_column(c, file, t->column,
                                "list the column under features.onehot or features.drop");
    t->parameter = t->op->period ? s->period : t->op->parameter ? s->exponent : 0;
    t->bins = t->op->edges ? s->bins_n : 0;
    t->bins_by = s->bins_by;
    t->n = t->op->zero_one ? s->bins_n : 1;
    return STINT_OK;
}

static stint_status terms_open(arena *a, const candidates *k, const features_settings *s,
                               features *f)
{
    f->terms = arena_new(a, feature_term, 2 * (int64_t)k->n);
    if (!f->terms)
        return STINT_ENOMEM;
    for (int i = 0; i < k->n; i++) {
        if (k->use[i] == LEFT_OUT)
            continue;
        for (int o = 0; o < (k->use[i] == AS_IT_IS ? 1 : lists[k->use[i]].n_ops); o++) {
            feature_term *t = &f->terms[f->n_terms++];
            t->column = k->columns[i];
            t->op = &feature_ops[op_of(s, k->use[i], o)];
            if (k->use[i] == AS_IT_IS && k->file->columns[t->column].kind == COLUMN_BITS)
                t->op = &feature_ops[OP_PACKED];
            TRY(term_open(k->ctx, a, s, k->file, t));
        }
    }
    return STINT_OK;
}

static stint_status settings_check(ctx *c, const features_settings *s)
{
    assert(!(s->angles && s->angles[0]) || s->period > 0);
    assert(!(s->wrap && s->wrap[0]) || s->period > 0);
    if (s->bins && s->bins[0] && (s->bins_n < 2 || s->bins_n > FEATURES_BINS_MOST))
        return fail(c, STINT_EUSAGE, "features.bins: %d bins; there can be 2 to %d", s->bins_n,
                    FEATURES_BINS_MOST);
    return STINT_OK;
}

stint_status features_open(ctx *c, arena *a, const colfile *file, const features_settings *s,
                           const int *columns, int n, features **out)
{
    TRY(settings_check(c, s));
    if (n == 0)
        return fail(c, STINT_EDATA, "no column is left as a feature");
    features *f = arena_new(a, features, 1);
    candidates k = {c, file, columns, n, mem_new(c, TAG_TABLE, int8_t, n)};
    stint_status status = f && k.use ? candidates_resolve(&k, s) : STINT_ENOMEM;
    if (status == STINT_OK) {
        f->file = file;
        f->scale = s->scale;
        f->fill = s->fill;
        f->fill_value = s->fill_value;
        status = terms_open(a, &k, s, f);
    }
    mem_free(k.use);
    if (status == STINT_OK)
        status = feature_plan_number(c, a, f);
    if (status == STINT_OK)
        status = feature_products(c, a, s, f);
    if (status == STINT_OK)
        status = feature_plan_finish(c, a, f);
    *out = f;
    return status;
}
