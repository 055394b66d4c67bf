#include "experiment/evaluate.h"
#include "experiment/round_files.h"

#include <math.h>
#include <stdio.h>

/* How each class or label fared: rows it has in training and test, and of the test rows precision,
 * recall and F1; from the split, the targets' columns and the predictions. */

enum { LABEL_ROWS = 256 }; /* whose labels are looked at together */

typedef struct class_counts {
    int64_t train, test, predicted, hit;
} class_counts;

typedef struct tally {
    const table *t;
    int32_t *rows;    /* [COLFILE_CHUNK_ROWS] of one chunk, in some part */
    double *y;        /* [COLFILE_CHUNK_ROWS] their classes; [labels][LABEL_ROWS] */
    class_counts *of; /* [n] */
    int n;
    const char *const *names; /* [n] */
} tally;

static void count_classes(tally *s, int64_t chunk, int64_t n)
{
    table_targets(s->t, chunk, s->rows, n, s->y, COLFILE_CHUNK_ROWS, 1);
    for (int64_t i = 0; i < n; i++)
        s->of[(int)s->y[i]].train++;
}

static void count_labels(tally *s, int64_t chunk, int64_t n)
{
    for (int64_t from = 0; from < n; from += LABEL_ROWS) {
        int64_t some = n - from < LABEL_ROWS ? n - from : LABEL_ROWS;
        table_targets(s->t, chunk, s->rows + from, some, s->y, LABEL_ROWS, 1);
        for (int k = 0; k < s->n; k++)
            for (int64_t i = 0; i < some; i++)
                s->of[k].train += s->y[k * LABEL_ROWS + i] == 1;
    }
}

static void count_training(tally *s)
{
    const split *parts = s->t->split;
    for (int64_t chunk = 0; chunk < s->t->file->chunks; chunk++) {
        const uint8_t *part = split_chunk(parts, chunk);
        int64_t n = 0;
        for (int32_t i = 0; i < colfile_chunk_rows(s->t->file, chunk); i++)
            if (part[i] < parts->parts)
                s->rows[n++] = i;
        (s->t->kind == TARGET_LABELS ? count_labels : count_classes)(s, chunk, n);
    }
}

/* Columns 1 and 2 of the predictions are the actual class and the predicted one. */
static void count_test_classes(tally *s, const colfile *f)
{
    enum { SOME = 512 };
    double actual[SOME], predicted[SOME];
    for (int64_t chunk = 0; chunk < f->chunks; chunk++)
        for (int64_t from = 0, n = colfile_chunk_rows(f, chunk); from < n; from += SOME) {
            int64_t some = n - from < SOME ? n - from : SOME;
            colfile_read(f, 1, chunk, from, some, actual, 1);
            colfile_read(f, 2, chunk, from, some, predicted, 1);
            for (int64_t i = 0; i < some; i++) {
                s->of[(int)actual[i]].test++;
                s->of[(int)predicted[i]].predicted++;
                s->of[(int)actual[i]].hit += actual[i] == predicted[i];
            }
        }
}

static int64_t counted(const colfile *f, const char *what, int label)
{
    return json_integer_value(json_array_get(json_object_get(f->extra, what), (size_t)label));
}

static void count_test(tally *s, const colfile *f)
{
    if (s->t->kind != TARGET_LABELS) {
        count_test_classes(s, f);
        return;
    }
    for (int k = 0; k < s->n; k++) {
        s->of[k].test = counted(f, "came", k);
        s->of[k].predicted = counted(f, "predicted", k);
        s->of[k].hit = counted(f, "hit", k);
    }
}

static double share(int64_t of, int64_t in)
{
    return in ? (double)of / (double)in : 0;
}

static void emit_class(json_out *j, const char *name, const class_counts *k)
{
    emit_object(j, NULL);
    emit_string(j, "name", name);
    emit_int(j, "train_rows", k->train);
    emit_int(j, "test_rows", k->test);
    emit_double(j, "precision", share(k->hit, k->predicted));
    emit_double(j, "recall", share(k->hit, k->test));
    emit_double(j, "f1", share(2 * k->hit, k->test + k->predicted));
    emit_object_end(j);
}

stint_status round_emit_classes(ctx *c, const round_input *in, json_out *j)
{
    char path[4096];
    const table *t = in->table;
    colfile predictions;
    bool labels = t->kind == TARGET_LABELS;
    if (t->kind != TARGET_CLASS && !labels)
        return STINT_OK;
    int n = labels ? t->n_labels : t->n_classes;
    int64_t cells = labels ? (int64_t)n * LABEL_ROWS : COLFILE_CHUNK_ROWS;
    tally s = {
        .t = t,
        .n = n,
        .names = labels ? t->labels : t->classes,
        .rows = mem_new(c, TAG_TABLE, int32_t, COLFILE_CHUNK_ROWS),
        .y = mem_new(c, TAG_TABLE, double, cells),
        .of = mem_new(c, TAG_TABLE, class_counts, n),
    };
    snprintf(path, sizeof path, "%s/" EVALUATE_FILE, in->dir->scratch);
    stint_status status = s.rows && s.y && s.of ? STINT_OK : STINT_ENOMEM;
    if (status == STINT_OK)
        status = colfile_open(c, path, &predictions);
    if (status == STINT_OK) {
        count_training(&s);
        count_test(&s, &predictions);
        colfile_close(&predictions);
        emit_array(j, labels ? "labels" : "classes");
        for (int k = 0; k < n; k++)
            emit_class(j, s.names[k], &s.of[k]);
        emit_array_end(j);
    }
    mem_free(s.of);
    mem_free(s.y);
    mem_free(s.rows);
    return status;
}
