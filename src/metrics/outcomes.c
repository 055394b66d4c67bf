#include "metrics/outcomes_impl.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

/* The shared pass: a block's rows go into sums, counts and, where wanted, the room of what is
 * kept.  One function a kind of target. */

const double outcome_limits[OUTCOME_LIMITS] = {0.5, 5, 10, 20};

/* Sine and cosine give an angle back to some 1e-13 degrees: an error of 5 of them is at that limit,
 * not beyond it. */
static const double limit_slack = 1e-9;

/* --- room --------------------------------------------------------------------------------- */

/* How many items each array of a pass has. */
typedef struct room {
    int64_t residuals, confusion, classes, labels, kept, actual, cells, ranked;
} room;

bool outcomes_keep(const outcome_shape *s)
{
    bool fits = s->kind != TARGET_LABELS || s->rows <= OUTCOME_LABEL_VALUES / (s->classes + 1);
    return s->keep && fits;
}

static room room_of(const outcome_shape *s)
{
    bool class = s->kind == TARGET_CLASS, labels = s->kind == TARGET_LABELS;
    bool keep = outcomes_keep(s);
    int64_t columns = class || labels ? s->classes : s->kind == TARGET_NUMBER ? s->targets : 1;
    return (room){
        .residuals = class || labels ? 0 : columns,
        .confusion = class ? columns * columns : 0,
        .classes = class || labels ? columns : 0,
        .labels = labels ? columns : 0,
        .kept = keep ? columns * s->rows : 0,
        .actual = keep && class ? s->rows : 0,
        .cells = keep && labels ? columns * s->rows : 0,
        .ranked = keep && (class || labels) ? s->rows : 0,
    };
}

int64_t outcomes_bytes(const outcome_shape *shape)
{
    room r = room_of(shape);
    return mem_cost(sizeof(outcomes)) + mem_cost((size_t)r.residuals * sizeof(residuals)) +
           mem_cost((size_t)r.confusion * sizeof(int64_t)) +
           2 * mem_cost((size_t)r.classes * sizeof(int64_t)) +
           mem_cost((size_t)r.labels * sizeof(int64_t)) +
           mem_cost((size_t)(r.labels * LABEL_BLOCK)) + mem_cost((size_t)r.cells) +
           mem_cost((size_t)r.kept * sizeof(double)) +
           mem_cost((size_t)r.actual * sizeof(int32_t)) +
           mem_cost((size_t)r.ranked * sizeof(double));
}

stint_status outcomes_new(ctx *c, const outcome_shape *shape, outcomes **out)
{
    room r = room_of(shape);
    outcomes *o = mem_new(c, TAG_MODEL, outcomes, 1);
    if (!o)
        return STINT_ENOMEM;
    o->shape = *shape;
    o->shape.keep = outcomes_keep(shape);
    o->shape.targets = shape->kind == TARGET_NUMBER ? shape->targets : 1;
    o->residuals = mem_new(c, TAG_MODEL, residuals, r.residuals);
    o->confusion = mem_new(c, TAG_MODEL, int64_t, r.confusion);
    o->came = mem_new(c, TAG_MODEL, int64_t, r.classes);
    o->predicted = mem_new(c, TAG_MODEL, int64_t, r.classes);
    o->hit = mem_new(c, TAG_MODEL, int64_t, r.labels);
    o->decoded = mem_new(c, TAG_MODEL, uint8_t, r.labels * LABEL_BLOCK);
    o->cells = mem_new(c, TAG_MODEL, uint8_t, r.cells);
    o->kept = mem_new(c, TAG_MODEL, double, r.kept);
    o->actual = mem_new(c, TAG_MODEL, int32_t, r.actual);
    o->ranked = mem_new(c, TAG_MODEL, double, r.ranked);
    if (!o->residuals || !o->confusion || !o->came || !o->predicted || !o->hit || !o->decoded ||
        !o->cells || !o->kept || !o->actual || !o->ranked) {
        outcomes_free(o);
        return STINT_ENOMEM;
    }
    *out = o;
    return STINT_OK;
}

void outcomes_free(outcomes *o)
{
    if (!o)
        return;
    mem_free(o->residuals);
    mem_free(o->confusion);
    mem_free(o->came);
    mem_free(o->predicted);
    mem_free(o->hit);
    mem_free(o->decoded);
    mem_free(o->cells);
    mem_free(o->kept);
    mem_free(o->actual);
    mem_free(o->ranked);
    mem_free(o);
}

void outcomes_clear(outcomes *o)
{
    room r = room_of(&o->shape);
    memset(o->residuals, 0, (size_t)r.residuals * sizeof *o->residuals);
    memset(o->confusion, 0, (size_t)r.confusion * sizeof *o->confusion);
    memset(o->came, 0, (size_t)r.classes * sizeof *o->came);
    memset(o->predicted, 0, (size_t)r.classes * sizeof *o->predicted);
    memset(o->hit, 0, (size_t)r.labels * sizeof *o->hit);
    *o = (outcomes){
        .shape = o->shape,
        .residuals = o->residuals,
        .confusion = o->confusion,
        .came = o->came,
        .predicted = o->predicted,
        .hit = o->hit,
        .decoded = o->decoded,
        .cells = o->cells,
        .kept = o->kept,
        .actual = o->actual,
        .ranked = o->ranked,
    };
}

/* --- numbers ------------------------------------------------------------------------------ */

static void keep_sizes(double *kept, const double *y, const double *prediction, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        kept[i] = fabs(y[i] - prediction[i]);
}

static void add_numbers(outcomes *o, const double *y, const double *prediction, int64_t n,
                        int64_t stride)
{
    for (int k = 0; k < o->shape.targets; k++) {
        const double *actual = y + k * stride, *guess = prediction + k * stride;
        o->residuals[k] = residuals_merge(o->residuals[k], residuals_of(actual, guess, n));
        if (o->shape.keep)
            keep_sizes(o->kept + k * o->shape.rows + o->n, actual, guess, n);
    }
}

/* --- angles ------------------------------------------------------------------------------- */

enum { ANGLE_BLOCK = 256 };

static void add_angles(outcomes *o, const double *y, const double *prediction, int64_t n,
                       int64_t stride)
{
    static const double zero[ANGLE_BLOCK];
    double error[ANGLE_BLOCK] = {0}, period = o->shape.period;
    for (int64_t i = 0; i < n; i++) {
        double e = angle_difference(angle_of(prediction[i], prediction[stride + i], period),
                                    angle_of(y[i], y[stride + i], period), period);
        for (int k = 0; k < OUTCOME_LIMITS; k++)
            o->within[k] += fabs(e) * 360 / period <= outcome_limits[k] + limit_slack;
        o->undefined += isnan(e);
        error[i] = e;
    }
    o->residuals[0] = residuals_merge(o->residuals[0], residuals_of(error, zero, n));
    if (o->shape.keep)
        keep_sizes(o->kept + o->n, error, zero, n);
}

/* --- classes ------------------------------------------------------------------------------ */

void exact_add(exact_sum *s, double v)
{
    double sum = s->sum + v;
    s->error += fabs(s->sum) >= fabs(v) ? (s->sum - sum) + v : (v - sum) + s->sum;
    s->sum = sum;
}

/* p: the row's probabilities, `stride` apart. */
static void add_class(outcomes *o, int actual, const double *p, int64_t stride)
{
    int classes = o->shape.classes, likeliest = 0;
    double brier = 0;
    for (int k = 0; k < classes; k++) {
        double v = p[k * stride], off = v - (k == actual);
        brier += off * off;
        likeliest = v > p[likeliest * stride] ? k : likeliest;
    }
    if (isnan(brier)) {
        o->undefined++;
        return;
    }
    o->confusion[(int64_t)actual * classes + likeliest]++;
    o->came[actual]++;
    o->predicted[likeliest]++;
    double loss = -log(fmin(fmax(p[actual * stride], DBL_EPSILON), 1 - DBL_EPSILON));
    exact_add(&o->log_loss, loss);
    exact_add(&o->brier, brier);
    o->log_loss_square_sum += loss * loss;
    o->brier_square_sum += brier * brier;
}

static void add_classes(outcomes *o, const double *y, const double *prediction, int64_t n,
                        int64_t stride)
{
    int64_t rows = o->shape.rows;
    for (int64_t i = 0; i < n; i++) {
        bool is_one = y[i] >= 0 && y[i] < o->shape.classes;
        if (is_one)
            add_class(o, (int)y[i], prediction + i, stride);
        else
            o->undefined++;
        if (o->shape.keep)
            o->actual[o->n + i] = is_one ? (int32_t)y[i] : -1;
    }
    for (int k = 0; o->shape.keep && k < o->shape.classes; k++)
        memcpy(o->kept + k * rows + o->n, prediction + k * stride, (size_t)n * sizeof *o->kept);
}

/* --- all ---------------------------------------------------------------------------------- */

void outcomes_add(outcomes *o, const double *y, const double *prediction, int64_t n, int64_t stride)
{
    typedef void add_rows(outcomes *, const double *, const double *, int64_t, int64_t);
    static const struct {
        add_rows *add;
        int64_t most; /* rows at once */
    } kinds[TARGET_KINDS] = {
        [TARGET_NUMBER] = {add_numbers, INT64_MAX},
        [TARGET_CLASS] = {add_classes, INT64_MAX},
        [TARGET_ANGLE] = {add_angles, ANGLE_BLOCK},
        [TARGET_LABELS] = {outcomes_add_labels, LABEL_BLOCK},
    };
    int64_t most = kinds[o->shape.kind].most;
    assert(!o->shape.keep || o->n + n <= o->shape.rows);
    for (int64_t from = 0, some; from < n; from += some, o->n += some) {
        some = n - from < most ? n - from : most;
        kinds[o->shape.kind].add(o, y + from, prediction + from, some, stride);
    }
}
