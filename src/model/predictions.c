#include "model/predictions.h"

#include "model/label_sets.h"

#include <string.h>
#include <strings.h>

struct predictions {
    ctx *ctx;
    arena arena;
    prediction_shape shape;
    colfile_writer *writer;
    int columns;
    int64_t n;           /* rows in the buffers */
    int64_t *row;        /* [COLFILE_CHUNK_ROWS] */
    int32_t *codes;      /* [2][COLFILE_CHUNK_ROWS] classes: actual, predicted */
    double *values;      /* [numbers][COLFILE_CHUNK_ROWS] */
    column_chunk *chunk; /* [columns] */
    column_spec *specs;  /* [columns] */
    label_sets sets[2];  /* of labels: actual, predicted */
    uint8_t *is;         /* [2][labels] of a row: actual, predicted */
    int64_t *counts;     /* [3][labels] rows: came, predicted, hit */
};

enum { SET_BYTES = 256 }; /* of a set of labels that is held, give or take */

/* Columns of numbers behind the row's. */
static int numbers_of(const prediction_shape *s)
{
    switch (s->kind) {
    case TARGET_NUMBER: return (1 + s->actual) * s->n_targets;
    case TARGET_ANGLE: return 1 + 2 * s->actual;
    case TARGET_LABELS: return s->n_labels <= PREDICTIONS_CLASSES ? s->n_labels : 0;
    default: return s->n_classes <= PREDICTIONS_CLASSES ? s->n_classes : 1;
    }
}

static int codes_of(const prediction_shape *s)
{
    return s->kind == TARGET_CLASS || s->kind == TARGET_LABELS ? 1 + s->actual : 0;
}

int predictions_columns(const prediction_shape *s)
{
    return 1 + codes_of(s) + numbers_of(s);
}

/* As many sets as there can be, of each of the columns. */
static int64_t sets_bytes(const prediction_shape *s)
{
    int64_t most = s->n_labels < 40 ? INT64_C(1) << s->n_labels : s->rows;
    int64_t sets = s->rows < most ? s->rows : most;
    return s->kind == TARGET_LABELS
               ? codes_of(s) * sets * SET_BYTES + (int64_t)s->n_labels * (3 * 8 + 2 + 64)
               : 0;
}

int64_t predictions_bytes(const prediction_shape *s)
{
    int64_t cells = 8 + 4 * codes_of(s) + 8 * (int64_t)numbers_of(s);
    /* the buffers, the writer's of one column, its header */
    return sets_bytes(s) + COLFILE_CHUNK_ROWS * (cells + 8) +
           predictions_columns(s) * INT64_C(1024) + ((int64_t)1 << 18);
}

const char *angle_name(const prediction_shape *s)
{
    return s->n_targets == 1 ? s->targets[0] : "angle";
}

const char *labels_name(const prediction_shape *s)
{
    return s->n_targets == 1 ? s->targets[0] : "labels";
}

/* --- columns ----------------------------------------------------------------------------- */

typedef struct spec_list {
    arena *arena;
    column_spec *at;
    int n;
} spec_list;

static void add_number(spec_list *l, const char *prefix, const char *name)
{
    l->at[l->n++] =
        (column_spec){.name = arena_printf(l->arena, "%s%s", prefix, name), .kind = COLUMN_NUMBER};
}

static void add_class(spec_list *l, const prediction_shape *s, const char *prefix)
{
    l->at[l->n++] = (column_spec){.name = arena_printf(l->arena, "%s%s", prefix, s->targets[0]),
                                  .kind = COLUMN_TEXT,
                                  .dictionary = s->classes,
                                  .dictionary_n = s->n_classes};
}

/* Their texts are known at the end. */
static void add_labels(spec_list *l, const prediction_shape *s)
{
    static const char *const prefixes[] = {"", "predicted "};
    for (int k = !s->actual; k < 2; k++)
        l->at[l->n++] =
            (column_spec){.name = arena_printf(l->arena, "%s%s", prefixes[k], labels_name(s)),
                          .kind = COLUMN_TEXT};
    for (int k = 0; k < numbers_of(s); k++)
        add_number(l, "probability ", s->labels[k]);
}

static void add_columns(spec_list *l, const prediction_shape *s)
{
    l->at[l->n++] = (column_spec){.name = "row", .kind = COLUMN_NUMBER};
    if (s->kind == TARGET_LABELS) {
        add_labels(l, s);
        return;
    }
    if (s->kind == TARGET_CLASS) {
        if (s->actual)
            add_class(l, s, "");
        add_class(l, s, "predicted ");
        for (int k = 0; s->n_classes <= PREDICTIONS_CLASSES && k < s->n_classes; k++)
            add_number(l, "probability ", s->classes[k]);
        if (s->n_classes > PREDICTIONS_CLASSES)
            add_number(l, "probability", "");
        return;
    }
    for (int k = 0; k < (s->kind == TARGET_ANGLE ? 1 : s->n_targets); k++) {
        const char *name = s->kind == TARGET_ANGLE ? angle_name(s) : s->targets[k];
        if (s->actual)
            add_number(l, "", name);
        add_number(l, "predicted ", name);
        if (s->kind == TARGET_ANGLE && s->actual)
            add_number(l, "error ", name);
    }
}

/* Has one of the first n columns, but for one, this name? */
static bool is_taken(const spec_list *l, int n, int but, const char *name)
{
    for (int i = 0; i < n; i++)
        if (i != but && strcasecmp(l->at[i].name, name) == 0)
            return true;
    return false;
}

/* Parquet is written by a database whose names differ by more than case; where a target is called
 * "row", or two classes differ by case alone, the later column is "NAME 2", "NAME 3", … */
static stint_status tell_apart(ctx *c, spec_list *l)
{
    for (int j = 1; j < l->n; j++) {
        const char *given = l->at[j].name, *name = given;
        bool taken = is_taken(l, j, j, given);
        for (int n = 2; taken; taken = is_taken(l, l->n, j, name))
            if (!(name = arena_printf(l->arena, "%s %d", given, n++)))
                return STINT_ENOMEM;
        l->at[j].name = name;
    }
    return ctx_status(c);
}

static stint_status make_buffers(predictions *p)
{
    int codes = codes_of(&p->shape), numbers = numbers_of(&p->shape), at = 0;
    p->row = arena_new(&p->arena, int64_t, COLFILE_CHUNK_ROWS);
    p->codes = arena_new(&p->arena, int32_t, (int64_t)codes * COLFILE_CHUNK_ROWS + 1);
    p->values = arena_new(&p->arena, double, (int64_t)numbers *COLFILE_CHUNK_ROWS + 1);
    p->chunk = arena_new(&p->arena, column_chunk, p->columns);
    p->is = arena_new(&p->arena, uint8_t, 2 * (int64_t)p->shape.n_labels + 1);
    p->counts = arena_new(&p->arena, int64_t, 3 * (int64_t)p->shape.n_labels + 1);
    if (!p->row || !p->codes || !p->values || !p->chunk || !p->is || !p->counts)
        return STINT_ENOMEM;
    p->chunk[at++] = (column_chunk){.integers = p->row};
    for (int k = 0; k < codes; k++)
        p->chunk[at++] = (column_chunk){.codes = p->codes + (int64_t)k * COLFILE_CHUNK_ROWS};
    for (int k = 0; k < numbers; k++)
        p->chunk[at++] = (column_chunk){.numbers = p->values + (int64_t)k * COLFILE_CHUNK_ROWS};
    return STINT_OK;
}

static stint_status fill_in(predictions *p, const char *path, int64_t most_rows)
{
    spec_list l = {.arena = &p->arena};
    p->columns = predictions_columns(&p->shape);
    l.at = arena_new(&p->arena, column_spec, p->columns);
    if (!l.at)
        return STINT_ENOMEM;
    add_columns(&l, &p->shape);
    TRY(ctx_status(p->ctx));
    TRY(tell_apart(p->ctx, &l));
    TRY(make_buffers(p));
    p->specs = l.at;
    p->writer = colfile_create(p->ctx, path, l.at, p->columns, most_rows);
    return p->writer ? STINT_OK : ctx_status(p->ctx);
}

stint_status predictions_open(ctx *c, const prediction_shape *s, const char *path,
                              int64_t most_rows, predictions **out)
{
    predictions *p = mem_new(c, TAG_TABLE, predictions, 1);
    if (!p)
        return STINT_ENOMEM;
    p->ctx = c;
    p->shape = *s;
    arena_init(&p->arena, c, TAG_TABLE);
    for (int k = 0; k < 2; k++)
        label_sets_init(&p->sets[k], c);
    stint_status status = fill_in(p, path, most_rows);
    if (status == STINT_OK)
        *out = p;
    else
        predictions_abandon(p);
    return status;
}

/* --- rows -------------------------------------------------------------------------------- */

static double *number(predictions *p, int k)
{
    return p->values + (int64_t)k * COLFILE_CHUNK_ROWS + p->n;
}

static void put_numbers(predictions *p, const double *y, const double *prediction, int64_t stride)
{
    for (int k = 0, at = 0; k < p->shape.n_targets; k++) {
        if (p->shape.actual)
            *number(p, at++) = y[k * stride];
        *number(p, at++) = prediction[k * stride];
    }
}

static void put_class(predictions *p, const double *y, const double *prediction, int64_t stride)
{
    int best = 0, at = 0;
    for (int k = 1; k < p->shape.n_classes; k++)
        best = prediction[k * stride] > prediction[best * stride] ? k : best;
    if (p->shape.actual)
        p->codes[at++ * (int64_t)COLFILE_CHUNK_ROWS + p->n] = y[0] >= 0 ? (int32_t)y[0] : -1;
    p->codes[at * (int64_t)COLFILE_CHUNK_ROWS + p->n] = best;
    if (p->shape.n_classes > PREDICTIONS_CLASSES)
        *number(p, 0) = prediction[best * stride];
    else
        for (int k = 0; k < p->shape.n_classes; k++)
            *number(p, k) = prediction[k * stride];
}

static void put_angle(predictions *p, const double *y, const double *prediction, int64_t stride)
{
    double period = p->shape.period;
    double predicted = angle_of(prediction[0], prediction[stride], period);
    int at = 0;
    if (p->shape.actual)
        *number(p, at++) = angle_of(y[0], y[stride], period);
    *number(p, at++) = predicted;
    if (p->shape.actual)
        *number(p, at) = angle_difference(predicted, angle_of(y[0], y[stride], period), period);
}

static void put_labels(predictions *p, const double *y, const double *prediction, int64_t stride)
{
    int labels = p->shape.n_labels, at = 0;
    uint8_t *actual = p->is, *predicted = p->is + labels;
    labels_decode(&p->shape.decode, labels, prediction, 1, stride, predicted);
    for (int k = 0; k < labels && p->shape.actual; k++) {
        actual[k] = y[k * stride] == 1;
        p->counts[k] += actual[k];
        p->counts[labels + k] += predicted[k];
        p->counts[2 * labels + k] += actual[k] & predicted[k];
    }
    for (int k = !p->shape.actual; k < 2; k++, at++)
        p->codes[at * (int64_t)COLFILE_CHUNK_ROWS + p->n] =
            label_sets_code(&p->sets[k], p->shape.labels, labels, p->is + k * labels);
    for (int k = 0; k < numbers_of(&p->shape); k++)
        *number(p, k) = prediction[k * stride];
}

static stint_status flush(predictions *p)
{
    int64_t n = p->n;
    p->n = 0;
    return n > 0 ? colfile_put(p->writer, p->chunk, n) : STINT_OK;
}

stint_status predictions_add(predictions *p, const int64_t *row, int64_t n, const double *y,
                             const double *prediction, int64_t stride)
{
    static void (*const put[TARGET_KINDS])(predictions *, const double *, const double *,
                                           int64_t) = {
        [TARGET_NUMBER] = put_numbers,
        [TARGET_CLASS] = put_class,
        [TARGET_ANGLE] = put_angle,
        [TARGET_LABELS] = put_labels,
    };
    for (int64_t i = 0; i < n; i++) {
        p->row[p->n] = row[i];
        put[p->shape.kind](p, y ? y + i : NULL, prediction + i, stride);
        if (++p->n == COLFILE_CHUNK_ROWS)
            TRY(flush(p));
    }
    return ctx_status(p->ctx); /* of sets that found no room */
}

/* --- the end ------------------------------------------------------------------------------ */

static void predictions_free(predictions *p)
{
    for (int k = 0; k < 2; k++)
        label_sets_deinit(&p->sets[k]);
    arena_deinit(&p->arena);
    mem_free(p);
}

/* The texts of the sets that came, and of each label the rows that have it. */
static stint_status settle_labels(predictions *p, str *extra)
{
    static const char *const counted[] = {"came", "predicted", "hit"};
    json_out j = emit_begin(extra, false);
    int labels = p->shape.n_labels, actual = p->shape.actual;
    for (int k = !actual, column = 1; k < 2; k++, column++) {
        const label_sets *s = &p->sets[k];
        column_spec spec = {.name = p->specs[column].name,
                            .kind = COLUMN_TEXT,
                            .dictionary = label_sets_texts(s, &p->arena),
                            .dictionary_n = s->codes.n};
        if (!spec.dictionary)
            return STINT_ENOMEM;
        colfile_set_column(p->writer, column, spec);
    }
    emit_object(&j, NULL);
    for (int i = 0; i < 3 && actual; i++) {
        emit_array(&j, counted[i]);
        for (int k = 0; k < labels; k++)
            emit_int(&j, NULL, p->counts[i * labels + k]);
        emit_array_end(&j);
    }
    emit_object_end(&j);
    return str_status(extra);
}

stint_status predictions_finish(predictions *p)
{
    str extra;
    bool labels = p->shape.kind == TARGET_LABELS;
    str_init(&extra, p->ctx, TAG_TABLE);
    stint_status s = flush(p);
    if (s == STINT_OK && labels)
        s = settle_labels(p, &extra);
    if (s == STINT_OK)
        s = colfile_finish(p->writer, labels ? extra.at : NULL);
    else
        colfile_abandon(p->writer);
    str_deinit(&extra);
    predictions_free(p);
    return s;
}

void predictions_abandon(predictions *p)
{
    if (!p)
        return;
    colfile_abandon(p->writer);
    predictions_free(p);
}
