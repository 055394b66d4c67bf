/* The streaming test: a series model as it is used, row after row, its state carried from one to
 * the next, its predictions smoothed as they come.
 *
 * Each series is run from `warm_up` rows before its first row of the test part, where there are as
 * many, through its last; rows of the test part count once the warm-up is over.  A net that looks
 * at whole windows (one with convolutions, say) has no state to carry: its windows slide. */
#include "experiment/train_job.h"

#include "data/bits.h"
#include "data/table_write.h"
#include "experiment/evaluate.h"
#include "experiment/smoother.h"
#include "model/predictions.h"
#include "nn/net.h"
#include "stint/fn.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { RUN = 256 }; /* rows between two looks at the table */

typedef struct streamer {
    train_job *job;
    ctx *ctx;        /* of files and figures; the net's is the job's */
    stint_fn *step;  /* one row through the net; NULL = windows slide */
    stint_tensor *x; /* one row as the net takes it, over `row` */
    float *row;      /* [features and bits] */
    float *given;    /* [outputs] what the net makes of it */
    int outputs;
    double *predicted; /* [outputs][RUN] in the targets' units */
    double *y;         /* [outputs][RUN] */
    stream_smoother *smoother;
    predictions *out;
    residuals *counted; /* [outputs] */
} streamer;

/* --- predictions of rows in their order -------------------------------------------------------- */

static stint_status step_body(void *self, stint_tensor *const *in, stint_tensor **out)
{
    out[0] = stint_net_apply(self, in[0], false);
    return out[0] ? STINT_OK : ctx_status(stint_tensor_context(in[0]));
}

static stint_status open_step(streamer *s)
{
    train_job *j = s->job;
    stint_net *net = net_fit_net(j->fit);
    int64_t width = j->pack.features + j->pack.bits;
    if (!net_streams(net))
        return STINT_OK;
    s->row = mem_new(j->ctx, TAG_MODEL, float, width);
    s->given = mem_new(j->ctx, TAG_MODEL, float, s->outputs);
    if (!s->row || !s->given)
        return STINT_ENOMEM;
    s->x = stint_keep(stint_wrap(j->ctx, STINT_F32, STINT_SHAPE(1, 1, width), NULL, s->row));
    TRY(stint_net_carry(net, 1));
    s->step = stint_fn_new(j->ctx, step_body, net, 1, 1);
    return s->step ? STINT_OK : STINT_ENOMEM;
}

static stint_status predict_one(streamer *s, int64_t at)
{
    const pack *p = &s->job->pack;
    stint_tensor *y;
    if (p->features > 0)
        memcpy(s->row, p->x + at * p->features, (size_t)p->features * sizeof *s->row);
    if (p->bits > 0)
        bits_unpack_f32(p->x_bits + at * p->bits_bytes, p->bits_bytes, 1, p->bits,
                        s->row + p->features, p->bits);
    TRY(stint_fn_call(s->step, &s->x, &y));
    return stint_read(y, s->given, (size_t)s->outputs * sizeof *s->given);
}

/* Rows from … from+n-1 of the pack. */
static stint_status predict_run(streamer *s, int64_t from, int64_t n)
{
    const pack *p = &s->job->pack;
    int64_t rows[RUN];
    for (int64_t i = 0; i < n; i++)
        rows[i] = from + i;
    if (!s->step)
        return net_fit_predict(s->job->fit, rows, n, s->predicted, RUN);
    for (int64_t i = 0; i < n; i++) {
        TRY(predict_one(s, from + i));
        for (int k = 0; k < s->outputs; k++)
            s->predicted[k * RUN + i] = (double)s->given[k] * p->y_scale[k] + p->y_shift[k];
    }
    return STINT_OK;
}

/* --- what counts ------------------------------------------------------------------------------- */

/* The targets as the table has them: the pack's are rounded. */
static void read_targets(streamer *s, const int64_t *row, int64_t i)
{
    int32_t within = (int32_t)(*row % COLFILE_CHUNK_ROWS);
    table_targets(&s->job->run->table, *row / COLFILE_CHUNK_ROWS, &within, 1, s->y + i, RUN, 1);
}

static stint_status count_row(streamer *s, int64_t i, int64_t at)
{
    const int64_t *row = &s->job->pack.row[at];
    read_targets(s, row, i);
    for (int k = 0; k < s->outputs; k++) {
        residuals one = residuals_of(&s->y[k * RUN + i], &s->predicted[k * RUN + i], 1);
        s->counted[k] = residuals_merge(s->counted[k], one);
    }
    return predictions_add(s->out, row, 1, s->y + i, s->predicted + i, RUN);
}

static int64_t series_begin(const train_job *j, int64_t first)
{
    int64_t start = j->pack.start[first], begin = first - (int64_t)j->run->config.stream.warm_up;
    return begin > start ? begin : start;
}

/* One series, whose rows of the test part are test[0 … n-1]. */
static stint_status run_series(streamer *s, const int64_t *test, int64_t n)
{
    int64_t warm_up = (int64_t)s->job->run->config.stream.warm_up;
    int64_t begin = series_begin(s->job, test[0]), t = 0;
    if (s->step)
        TRY(stint_net_reset(net_fit_net(s->job->fit)));
    smoother_reset(s->smoother);
    for (int64_t at = begin; at <= test[n - 1]; at += RUN) {
        int64_t rows = test[n - 1] + 1 - at < RUN ? test[n - 1] + 1 - at : RUN;
        TRY(predict_run(s, at, rows));
        smoother_run(s->smoother, s->predicted, RUN, rows);
        for (int64_t i = 0; i < rows; i++) {
            if (t >= n || test[t] != at + i)
                continue;
            if (test[t++] >= begin + warm_up)
                TRY(count_row(s, i, at + i));
        }
    }
    return STINT_OK;
}

static stint_status run_all(streamer *s)
{
    const pack *p = &s->job->pack;
    for (int64_t i = 0, n; i < p->n_test; i += n) {
        for (n = 1; i + n < p->n_test && p->start[p->test[i + n]] == p->start[p->test[i]];)
            n++;
        TRY(run_series(s, p->test + i, n));
    }
    return STINT_OK;
}

stint_status train_stream_check(const train_job *j)
{
    const pack *p = &j->pack;
    int64_t warm_up = (int64_t)j->run->config.stream.warm_up;
    for (int64_t i = 0, first = 0; i < p->n_test; i++) {
        if (p->start[p->test[i]] != p->start[p->test[first]])
            first = i;
        if (p->test[i] >= series_begin(j, p->test[first]) + warm_up)
            return STINT_OK;
    }
    return fail(j->run->ctx, STINT_EUSAGE,
                "stream.warm_up: %lld rows leave none of the test part to count",
                (long long)warm_up);
}

/* --- all of it ------------------------------------------------------------------------------- */

static stint_status take_scores(streamer *s)
{
    train_job *j = s->job;
    j->stream = mem_new(j->run->ctx, TAG_MODEL, stream_score, s->outputs);
    for (int k = 0; j->stream && k < s->outputs; k++) {
        const residuals *r = &s->counted[k];
        double n = (double)r->n;
        j->stream[k] = (stream_score){.rows = r->n,
                                      .rms = sqrt(r->square_sum / n),
                                      .mae = r->abs_sum / n,
                                      .max = r->abs_max,
                                      .r2 = 1 - r->square_sum / r->y_m2};
    }
    return j->stream ? STINT_OK : STINT_ENOMEM;
}

static stint_status stream_into(streamer *s, const char *columns)
{
    arena a;
    const table *t = &s->job->run->table;
    arena_init(&a, s->ctx, TAG_MODEL);
    prediction_shape shape = predictions_of(&a, t);
    stint_status status = ctx_status(s->ctx);
    if (status == STINT_OK)
        status = predictions_open(s->ctx, &shape, columns, s->job->pack.n_test, &s->out);
    if (status == STINT_OK) {
        status = run_all(s);
        if (status == STINT_OK)
            status = predictions_finish(s->out);
        else
            predictions_abandon(s->out);
    }
    arena_deinit(&a);
    return status;
}

static stint_status open_streamer(streamer *s)
{
    s->outputs = s->job->run->table.n_targets;
    s->predicted = mem_new(s->ctx, TAG_MODEL, double, (int64_t)s->outputs *RUN);
    s->y = mem_new(s->ctx, TAG_MODEL, double, (int64_t)s->outputs *RUN);
    s->counted = mem_new(s->ctx, TAG_MODEL, residuals, s->outputs);
    if (!s->predicted || !s->y || !s->counted)
        return STINT_ENOMEM;
    TRY(smoother_open(s->ctx, &s->job->run->config.stream, s->outputs, &s->smoother));
    return open_step(s);
}

static void close_streamer(streamer *s)
{
    stint_fn_free(s->step);
    stint_drop(s->x);
    mem_free(s->row);
    mem_free(s->given);
    mem_free(s->predicted);
    mem_free(s->y);
    mem_free(s->counted);
    smoother_close(s->smoother);
}

stint_status train_stream(train_job *j, ctx *c, const char *dir)
{
    streamer s = {.job = j, .ctx = c};
    char columns[4200], to[4200];
    snprintf(columns, sizeof columns, "%s/stream.safetensors", j->run->dir.scratch);
    snprintf(to, sizeof to, "%s/stream.csv", dir);
    stint_status status = open_streamer(&s);
    if (status == STINT_OK)
        status = stream_into(&s, columns);
    if (status == STINT_OK)
        status = take_scores(&s);
    close_streamer(&s);
    stint_status back = stint_net_carry(net_fit_net(j->fit), 0);
    TRY(status == STINT_OK ? back : status);
    TRY(train_plot_stream(c, dir, columns));
    return table_write(c, columns, to, NULL);
}
