/* What a round has of a training: its model, its epochs, its learning curves, its streaming test. */
#include "experiment/train_job.h"

#include "experiment/evaluate.h"

#include <stdio.h>

/* --- the epochs --------------------------------------------------------------------------------- */

/* A copy of the log belongs to the round; what it draws does too. */
static stint_status write_epochs(ctx *c, const train_job *j, const char *round)
{
    char path[4200];
    str text;
    snprintf(path, sizeof path, "%s/" TRAIN_DIR "/epochs.csv", j->run->dir.path);
    str_init(&text, c, TAG_REPORT);
    stint_status s = file_read(c, path, &text);
    if (s == STINT_OK)
        s = file_write_str(c, round, "epochs.csv", &text);
    if (s == STINT_OK)
        s = train_plot_epochs(c, j, round, &text);
    str_deinit(&text);
    return s;
}

/* --- the model ----------------------------------------------------------------------------- */

static stint_status write_text(ctx *c, const char *dir, const char *name, stint_text *text)
{
    char path[4300];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    stint_status s = file_write_atomic(c, path, text->at, text->len);
    stint_text_free(text);
    return s;
}

/* Where gradient flow was asked for: as text, JSON, a graph and a picture, beside the logs, since what
 * is looked at decides no result. */
static stint_status write_flow(ctx *c, train_job *j)
{
    static const struct {
        stint_flow_format format;
        const char *name;
    } files[] = {{STINT_FLOW_TEXT, "flow.txt"},
                 {STINT_FLOW_JSON, "flow.json"},
                 {STINT_FLOW_DOT, "flow.dot"},
                 {STINT_FLOW_SVG, "flow.svg"}};
    char dir[4200];
    stint_text text;
    snprintf(dir, sizeof dir, "%s/" TRAIN_DIR, j->run->dir.path);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        TRY(stint_trainer_flow(net_fit_trainer(j->fit), files[i].format, &text));
        TRY(write_text(c, dir, files[i].name, &text));
    }
    return STINT_OK;
}

stint_status train_model(void *self, ctx *c, const char *dir, metric_score *scores)
{
    run *r = self;
    train_job *j = r->job;
    char round[4200];
    model_task task = {&r->table, r->states.at ? &r->states : NULL, r->dir.scratch,
                       &r->config.derive};
    path_dir(dir, round, sizeof round);
    TRY(net_fit_save_model(c, j->fit, &task, dir));
    TRY(evaluate_test(c, &task, dir, scores));
    TRY(write_epochs(c, j, round));
    if (train_flows(&r->config))
        TRY(write_flow(c, j));
    return r->config.stream.given ? train_stream(j, c, round) : STINT_OK;
}

/* --- metrics.json ---------------------------------------------------------------------------- */

static void tell_stream(const train_job *j, json_out *o)
{
    const run *r = j->run;
    emit_array(o, "stream");
    for (int k = 0; k < r->table.n_targets; k++) {
        emit_object(o, NULL);
        emit_string(o, "target", table_target_name(&r->table, k));
        emit_int(o, "rows", j->stream[k].rows);
        emit_double(o, "rms", j->stream[k].rms);
        emit_double(o, "mae", j->stream[k].mae);
        emit_double(o, "max", j->stream[k].max);
        emit_double(o, "r2", j->stream[k].r2);
        emit_object_end(o);
    }
    emit_array_end(o);
}

void train_tell(void *self, json_out *o)
{
    const run *r = self;
    const train_job *j = r->job;
    const stint_train_result *t = &j->result;
    emit_object(o, "training");
    emit_int(o, "fold", j->fold);
    emit_int(o, "train_rows", j->pack.n_train);
    emit_int(o, "valid_rows", j->pack.n_held_out);
    emit_int(o, "epochs", t->epochs);
    emit_int(o, "steps", t->steps);
    emit_int(o, "best_repetition", t->best_repetition);
    emit_int(o, "best_epoch", t->best_epoch);
    emit_double(o, "train_loss", t->train_loss);
    emit_double(o, "valid_loss", t->valid_loss);
    emit_int(o, "skipped", t->skipped);
    emit_bool(o, "stopped_early", t->stopped_early);
    if (j->stream)
        tell_stream(j, o);
    emit_object_end(o);
}
