#include "train/trainer.h"

#include "graph/graph.h"

#include <math.h>

/* What steps count, in one f64 tensor that they change in place: losses, rows, skipped updates.
 *
 * An update whose loss or gradients are not finite is skipped by the graph.  Once too many were
 * skipped in a row the graph skips all that follow and counts no more, so it does not matter how
 * much later the host looks: what it finds is what it would have found at once.  So nothing need be
 * read after a step, and one read serves all that asks. */

double sums_most_skips(const stint_trainer *t)
{
    return t->set.non_finite == NON_FINITE_STOP ? 0 : t->set.most_skips;
}

stint_status sums_new(stint_trainer *t)
{
    static const double places[SUMS] = {0, 1, 2, 3, 4, 5, 6};
    if (t->sums && t->places && t->valid_sums)
        return STINT_OK;
    stint_drop(t->sums);
    stint_drop(t->places);
    stint_drop(t->valid_sums);
    t->sums = stint_keep(stint_zeros(t->ctx, STINT_F64, STINT_SHAPE(SUMS)));
    t->places = stint_keep(stint_tensor_new(t->ctx, STINT_F64, STINT_SHAPE(SUMS), places));
    t->valid_sums = stint_keep(stint_zeros(t->ctx, STINT_F64, STINT_SHAPE(2)));
    graph_own(t->sums, "sums of a trainer");
    graph_own(t->places, "sums of a trainer");
    graph_own(t->valid_sums, "sums of a trainer");
    return t->sums && t->places && t->valid_sums ? STINT_OK : ctx_status(t->ctx);
}

/* ---- in the graph: vectors [SUMS] by their places ---- */

/* [SUMS] the value, a scalar or [1], at one place, and `other` elsewhere */
static stint_tensor *at_place(stint_trainer *t, int place, stint_tensor *value, stint_tensor *other)
{
    stint_tensor *here = stint_equal(t->places, stint_scalar(t->ctx, STINT_F64, place));
    return stint_where(here, value, other);
}

static stint_tensor *number(stint_trainer *t, double x)
{
    return stint_scalar(t->ctx, STINT_F64, x);
}

stint_tensor *sums_slice(stint_trainer *t, int which)
{
    return stint_slice(t->sums, 0, which, which + 1, 1);
}

/* Too many in a row: bool [1] */
static stint_tensor *is_frozen(stint_trainer *t)
{
    return stint_less(number(t, sums_most_skips(t)), sums_slice(t, SUM_RUN));
}

stint_tensor *sums_frozen(stint_trainer *t)
{
    stint_tensor *frozen = stint_squeeze_axis(is_frozen(t), 0);
    return stint_where(frozen, stint_scalar(t->ctx, STINT_F32, (double)NAN),
                       stint_scalar(t->ctx, STINT_F32, 0));
}

stint_status sums_add_group(stint_trainer *t, stint_tensor *loss, int64_t rows)
{
    stint_tensor *lost = stint_mul_number(stint_cast(loss, STINT_F64), (double)rows);
    stint_tensor *add = at_place(t, SUM_GROUP_ROWS, number(t, (double)rows), number(t, 0));
    stint_add_(t->sums, at_place(t, SUM_GROUP_LOSS, lost, add));
    return ctx_status(t->ctx);
}

stint_status sums_update(stint_trainer *t, stint_tensor *loss_rows, stint_tensor *rows,
                         stint_tensor *go, stint_tensor *blame)
{
    stint_tensor *zero = number(t, 0), *one = number(t, 1), *frozen = is_frozen(t);
    stint_tensor *add = at_place(t, SUM_LOSS, loss_rows, zero);
    add = at_place(t, SUM_ROWS, rows, at_place(t, SUM_SEEN, one, add));
    stint_tensor *good = at_place(t, SUM_RUN, zero, stint_add(t->sums, add));
    stint_tensor *skip = at_place(t, SUM_SKIPPED, one, at_place(t, SUM_SEEN, one, zero));
    stint_tensor *bad = stint_add(t->sums, at_place(t, SUM_RUN, blame, skip));
    stint_tensor *next = stint_where(go, good, stint_where(frozen, t->sums, bad));
    if (t->accumulator)
        next = at_place(t, SUM_GROUP_LOSS, zero, at_place(t, SUM_GROUP_ROWS, zero, next));
    stint_assign(t->sums, next);
    return ctx_status(t->ctx);
}

/* ---- between steps ---- */

static stint_status refuse(stint_trainer *t)
{
    int64_t first = ((int64_t)t->sum[SUM_SEEN] - 1) * (int64_t)t->set.accumulate;
    return fail(t->ctx, STINT_EDATA,
                "training: epoch %.0f, batch %lld: the loss or a gradient is not finite, for the "
                "%s; look for values in the samples that are not numbers and for classes out of "
                "range, or lower learning_rate or clip gradients",
                t->at.epoch, (long long)first,
                sums_most_skips(t) == 0 ? "first time"
                                        : "last of more than most_skips updates in a row");
}

stint_status sums_read(stint_trainer *t)
{
    TRY(stint_read(t->sums, t->sum, sizeof t->sum));
    return t->sum[SUM_RUN] > sums_most_skips(t) ? refuse(t) : STINT_OK;
}

stint_status sums_write(stint_trainer *t)
{
    return stint_write(t->sums, t->sum, sizeof t->sum);
}

stint_status sums_begin_epoch(stint_trainer *t)
{
    for (int i = 0; i < SUMS; i++)
        if (i != SUM_RUN)
            t->sum[i] = 0;
    t->at.logged_loss = t->at.logged_rows = 0;
    return sums_write(t);
}
