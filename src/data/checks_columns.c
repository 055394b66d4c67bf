#include "data/checks_impl.h"

#include "base/pattern.h"
#include "data/table.h"
#include "data/text_column.h"

#include <math.h>
#include <string.h>

/* Which columns are looked at: the targets, the candidates that features.keep and features.drop
 * leave, and whatever key and ranges name beside them. */

const char *look_name(const checking *k, const look *l)
{
    return k->in->file->columns[l->column].name;
}

bool look_drops_outside(const checking *k, const look *l)
{
    return l->ranged && k->only & CHECK_RANGES && k->s->outside == POLICY_DROP;
}

/* A text that is missing is encoded by zeros. */
bool look_needs_cells(const look *l)
{
    return l->target || (l->feature && l->number);
}

static bool any_matches(const char *const *patterns, const char *name)
{
    for (int i = 0; patterns && patterns[i]; i++)
        if (pattern_match(patterns[i], name))
            return true;
    return false;
}

static look look_at(const checking *k, int column)
{
    const colfile_column *info = &k->in->file->columns[column];
    return (look){.column = column,
                  .number = info->kind == COLUMN_NUMBER || info->kind == COLUMN_BOOL,
                  .packed = info->kind == COLUMN_BITS,
                  .category = any_matches(k->in->features->onehot, info->name),
                  .low = -INFINITY,
                  .high = INFINITY};
}

static look *look_of(checking *k, int column)
{
    for (int i = 0; i < k->n_looks; i++)
        if (k->looks[i].column == column)
            return &k->looks[i];
    k->looks[k->n_looks] = look_at(k, column);
    return &k->looks[k->n_looks++];
}

/* --- targets and features ----------------------------------------------------------------- */

static stint_status choose_targets(checking *k)
{
    const checks_input *in = k->in;
    for (int i = 0; i < in->n_targets; i++) {
        look l = look_at(k, in->targets[i]);
        bool labels = in->kind == TARGET_LABELS;
        if (labels ? !l.number && !l.packed : !l.number && in->kind != TARGET_CLASS)
            return fail_text_column(
                k->ctx, in->file, l.column,
                labels ? "labels are columns of 0 and 1, or one of bits; see data.bits"
                       : "choose another data.target, or set data.task: classification");
        l.target = true;
        k->looks[k->n_looks++] = l;
    }
    return STINT_OK;
}

/* Text that nothing encodes: an error, or left out. */
static stint_status refuse_text(checking *k, int column, bool encoded)
{
    const colfile *f = k->in->file;
    if (!(k->only & CHECK_TYPES))
        return STINT_OK;
    if (k->s->types == POLICY_DROP) {
        k->dropped[column] = true;
        return STINT_OK;
    }
    if (encoded)
        return fail(k->ctx, STINT_EDATA,
                    "column \"%s\" has too many different texts for features.onehot; list it "
                    "under data.drop",
                    f->columns[column].name);
    return fail_text_column(k->ctx, f, column, "list it under data.drop or features.onehot");
}

static stint_status choose_features(checking *k)
{
    const checks_input *in = k->in;
    for (int i = 0; i < in->n_candidates; i++) {
        const colfile_column *info = &in->file->columns[in->candidates[i]];
        const char *const *keep = in->features->keep;
        if ((keep && *keep && !any_matches(keep, info->name)) ||
            any_matches(in->features->drop, info->name))
            continue;
        look l = look_at(k, in->candidates[i]);
        if (info->kind == COLUMN_HASH || (info->kind == COLUMN_TEXT && !l.category)) {
            TRY(refuse_text(k, l.column, l.category));
            continue;
        }
        l.feature = !l.packed;
        l.packed_feature = l.packed;
        k->looks[k->n_looks++] = l;
        k->n_features++;
    }
    return STINT_OK;
}

/* --- key and ranges ----------------------------------------------------------------------- */

static stint_status choose_key(checking *k)
{
    const colfile *f = k->in->file;
    for (int i = 0; k->s->key && k->s->key[i]; i++) {
        int column = colfile_find(f, k->s->key[i]);
        nearest_name near = nearest_begin(k->s->key[i]);
        for (int j = 0; column < 0 && j < f->n_columns; j++)
            nearest_try(&near, f->columns[j].name);
        if (column < 0)
            return fail(k->ctx, STINT_EUSAGE,
                        "checks.key.columns: the table has no column \"%s\"%s%s%s", k->s->key[i],
                        near.name ? "; did you mean \"" : "", near.name ? near.name : "",
                        near.name ? "\"?" : "");
        look_of(k, column)->key = true;
    }
    return STINT_OK;
}

static stint_status choose_range(checking *k, const check_range *r)
{
    const colfile *f = k->in->file;
    int numbers = 0, texts = 0;
    for (int i = 0; i < f->n_columns; i++) {
        column_kind kind = f->columns[i].kind;
        if (!pattern_match(r->column, f->columns[i].name))
            continue;
        if (kind != COLUMN_NUMBER && kind != COLUMN_BOOL) {
            texts++;
            continue;
        }
        look *l = look_of(k, i);
        l->ranged = true;
        l->low = r->low > l->low ? r->low : l->low;
        l->high = r->high < l->high ? r->high : l->high;
        numbers++;
    }
    return numbers ? STINT_OK
                   : fail(k->ctx, STINT_EUSAGE, "checks.ranges: \"%s\" matches no column%s",
                          r->column, texts ? " of numbers" : "");
}

/* The targets' looks come first, in their order. */
stint_status checks_choose(checking *k)
{
    TRY(choose_targets(k));
    TRY(choose_features(k));
    if (k->only & CHECK_DUPLICATES)
        TRY(choose_key(k));
    for (int i = 0; k->only & CHECK_RANGES && i < k->s->n_ranges; i++)
        TRY(choose_range(k, &k->s->ranges[i]));
    return STINT_OK;
}
