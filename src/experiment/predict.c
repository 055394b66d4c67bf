#include "base/json.h"
#include "data/cache.h"
#include "data/derive.h"
#include "data/source.h"
#include "data/table_write.h"
#include "experiment/manifest.h"
#include "model/predictions.h"
#include "model/rows.h"
#include "model/saved.h"
#include "stint/experiment.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Predictions of new data by a finished run's model.  The data go the way that the run's own
 * went: through the cache into a column file; predictions are a column file beside it, written out
 * in the format that was asked for.  Where the data hold the targets too, they are scored. */

typedef struct predictor {
    ctx *ctx;
    const stint_predict_request *request;
    arena arena;
    char model_dir[4200], scratch[4200];
    saved_model model;
    colfile file;
    ingest_result ingested;
    derive_settings derive; /* as the run's table was made of its source */
    spill rows;             /* [rows of file] their numbers in that table; NULL = all are there */
    table table;
    features_states states;
    outcomes *outcomes; /* NULL = the targets are not there */
    predictions *predictions;
    int extra; /* columns that neither the model nor its score needs */
    bool opened;
} predictor;

static stint_status open_model(predictor *p)
{
    char round[4096], why[512];
    bool whole = false;
    snprintf(round, sizeof round, "%s/rounds/001", p->request->run_dir);
    if (!file_exists(round))
        return fail(p->ctx, STINT_EUSAGE, "%s: there is no finished round; stint run makes one",
                    p->request->run_dir);
    TRY(manifest_verify(p->ctx, round, &whole, why, sizeof why));
    if (!whole)
        return fail(p->ctx, STINT_EDATA, "%s does not verify (%s); stint run makes it again", round,
                    why);
    snprintf(p->model_dir, sizeof p->model_dir, "%s/model", round);
    return model_open(p->ctx, p->model_dir, &p->model);
}

/* The encoders of the columns of bits, the target's among them. */
static stint_status encoders_of(predictor *p, source *s)
{
    bits_encoder *saved, *all;
    int n;
    TRY(features_saved_encoders(p->ctx, &p->arena, p->model.json, &saved, &n));
    all = arena_new(&p->arena, bits_encoder, n + 1);
    if (!all)
        return STINT_ENOMEM;
    memcpy(all, saved, (size_t)n * sizeof *all);
    if (p->model.label_encoder)
        all[n++] = *p->model.label_encoder;
    s->encoders = all;
    s->n_encoders = n;
    return bits_find_key(p->ctx, &p->arena, "the model's data", all, n);
}

/* The data go the way that the run's table went. */
static stint_status derive_data(predictor *p)
{
    char made[HASH_TEXT_SIZE], path[4096];
    colfile source = p->file;
    if (!derive_is_needed(&p->derive))
        return *p->derive.group || *p->derive.time ? derive_check(p->ctx, &p->file, &p->derive)
                                                   : STINT_OK;
    pool *threads = pool_new(p->ctx, cpu_count());
    p->opened = false;
    stint_status s = threads ? derive_open(p->ctx, &source, p->ingested.fingerprint, &p->derive,
                                           threads, made, path, sizeof path, &p->file)
                             : STINT_ENOMEM;
    p->opened = s == STINT_OK;
    pool_free(threads);
    colfile_close(&source);
    return s;
}

/* Columns that the model looks at and that are missing where they have no value yet: derived ones,
 * and all where the clock makes rows; none where missing cells are filled. */
static int needed_columns(const predictor *p, int *out)
{
    const json_t *own = json_object_get(p->model.json, "features"), *term;
    const char *fill = json_string_value(json_object_get(own, "fill"));
    int n = 0, source = p->derive.every > 0 ? 0 : p->file.n_columns - p->derive.n_columns;
    size_t i;
    json_array_foreach(json_object_get(own, "terms"), i, term)
    {
        const char *name = json_string_value(json_object_get(term, "column"));
        const char *how = json_string_value(json_object_get(term, "operation"));
        int column = name ? colfile_find(&p->file, name) : -1;
        if (column >= source && fill && strcmp(fill, "none") == 0 && how &&
            strcmp(how, "onehot") != 0 && p->file.columns[column].kind != COLUMN_BITS)
            out[n++] = column;
    }
    return n;
}

/* Rows that have no value yet are not predicted. */
static stint_status leave_out(predictor *p)
{
    const json_t *terms = json_object_get(json_object_get(p->model.json, "features"), "terms");
    int *columns = arena_new(&p->arena, int, (int64_t)json_array_size(terms) + 1);
    char dir[4096], path[4200];
    int64_t kept, all = p->file.rows;
    colfile derived = p->file;
    if (!columns)
        return STINT_ENOMEM;
    int n = needed_columns(p, columns);
    if (n == 0)
        return STINT_OK;
    TRY(cache_dir(p->ctx, dir, sizeof dir));
    snprintf(path, sizeof path, "%s/whole.%d.tmp", dir, (int)getpid());
    TRY(derive_whole(p->ctx, &derived, columns, n, path, &p->rows, &kept));
    if (kept == all)
        return STINT_OK;
    p->opened = false;
    stint_status s = colfile_open(p->ctx, path, &p->file);
    unlink(path);
    p->opened = s == STINT_OK;
    colfile_close(&derived);
    log_line(p->ctx, "%lld of %lld rows are left out: a derived column is missing there",
             (long long)(all - kept), (long long)all);
    return s;
}

/* Columns of the data, which stand before those derived from them, that nothing reads. */
static stint_status count_extra(predictor *p, const features *of)
{
    const char *const *reads = derive_reads(p->ctx, &p->arena, &p->derive);
    bool *needed = arena_new(&p->arena, bool, p->file.n_columns);
    int n, own = p->file.n_columns - p->derive.n_columns;
    const int *columns = features_columns(of, &n);
    if (!reads || !needed)
        return ctx_status(p->ctx);
    for (int i = 0; i < n; i++)
        needed[columns[i]] = true;
    for (int i = 0; i < p->table.n_targets; i++)
        needed[p->table.targets[i]] = true;
    for (; *reads; reads++)
        needed[colfile_find(&p->file, *reads)] = true;
    p->extra = 0;
    for (int i = 0; i < own; i++)
        p->extra += !needed[i];
    return STINT_OK;
}

static stint_status open_data(predictor *p)
{
    const stint_predict_request *q = p->request;
    const json_t *schema = p->model.json;
    source s = {.path = q->data, .sheet = q->sheet, .dataset = q->dataset};
    int64_t memory = 0;
    features *of;
    if (q->memory && !str_parse_bytes(q->memory, &memory))
        return fail(p->ctx, STINT_EUSAGE,
                    "--memory: \"%s\" is not a size; write for example 512MiB", q->memory);
    TRY(derive_load(p->ctx, &p->arena, schema, &p->derive));
    s.text = features_saved_text(&p->arena, schema);
    TRY(ctx_status(p->ctx));
    TRY(encoders_of(p, &s));
    TRY(source_open(p->ctx, &s, memory, 0, &p->ingested, &p->file));
    p->opened = true;
    TRY(derive_data(p));
    if (derive_is_needed(&p->derive))
        TRY(leave_out(p));
    TRY(features_load(p->ctx, &p->arena, schema, &p->file, &of, &p->states.at, &p->extra));
    int n;
    const int *columns = features_columns(of, &n);
    for (int i = 0; i < n; i++)
        TRY(table_check_exact(p->ctx, &p->file, columns[i]));
    if (features_count(of) != p->model.n_features)
        return fail(p->ctx, STINT_EDATA,
                    "%s/model.json: %d features are not the model's %d: fit it again", p->model_dir,
                    features_count(of), p->model.n_features);
    if (features_scale(of) == SCALE_STANDARD && !p->model.class->standardises && !p->states.at)
        return fail(p->ctx, STINT_EDATA,
                    "%s/model.json: the scales of its features are missing: fit it again",
                    p->model_dir);
    p->table = (table){.file = &p->file,
                       .features = of,
                       .n_features = features_count(of),
                       .kind = p->model.kind,
                       .period = p->model.period,
                       .n_classes = p->model.n_classes,
                       .classes = p->model.classes,
                       .n_labels = p->model.n_labels,
                       .labels = p->model.labels,
                       .decode = p->model.decode};
    TRY(table_find_targets(p->ctx, &p->arena, p->model.targets, p->model.n_targets, &p->table));
    return count_extra(p, of);
}

/* --- predicting -------------------------------------------------------------------------- */

static bool is_known(const predictor *p, const rows_block *b, int64_t row)
{
    for (int k = 0; k < table_outputs(&p->table); k++)
        if (isnan(b->y[(int64_t)k * ROWS_BLOCK + row]))
            return false;
    return true;
}

/* Where the target is not known, as that of a series' last row that tells of the next one,
 * nothing is scored. */
static void score_block(const predictor *p, const rows_block *b, const double *prediction)
{
    for (int64_t from = 0, to; from < b->n; from = to + 1) {
        for (to = from; to < b->n && is_known(p, b, to); to++)
            ;
        if (to > from)
            outcomes_add(p->outcomes, b->y + from, prediction + from, to - from, ROWS_BLOCK);
    }
}

static stint_status add_block(void *self, const rows_block *b, const double *prediction)
{
    predictor *p = self;
    int64_t row[ROWS_BLOCK];
    const int64_t *number = p->rows.at;
    for (int64_t i = 0; i < b->n; i++)
        row[i] = number ? number[b->row[i]] : b->row[i];
    if (p->outcomes)
        score_block(p, b, prediction);
    return predictions_add(p->predictions, row, b->n, p->outcomes ? b->y : NULL, prediction,
                           ROWS_BLOCK);
}

static stint_status predict_rows(predictor *p)
{
    const model_class *class = p->model.class;
    bool actual = p->table.n_targets > 0;
    model_task task = {&p->table, p->states.at ? &p->states : NULL, NULL};
    rows_pass pass = {.part = ROWS_ALL,
                      .standardise = !class->standardises,
                      .previous = class->previous && actual,
                      .blind = class->blind,
                      .predictions = saved_predictions(p->model.json)};
    outcome_shape shape = rows_outcomes(&p->table, p->file.rows, true);
    prediction_shape columns = {.kind = p->model.kind,
                                .period = p->model.period,
                                .n_targets = p->model.n_targets,
                                .n_classes = p->model.n_classes,
                                .targets = p->model.targets,
                                .classes = p->model.classes,
                                .actual = actual,
                                .n_labels = p->model.n_labels,
                                .labels = p->model.labels,
                                .decode = p->model.decode,
                                .rows = p->file.rows};
    shape.targets = p->model.kind == TARGET_NUMBER ? p->model.n_targets : 1;
    if (actual)
        TRY(outcomes_new(p->ctx, &shape, &p->outcomes));
    TRY(predictions_open(p->ctx, &columns, p->scratch, p->file.rows, &p->predictions));
    stint_status s =
        rows_evaluate(p->ctx, &task, &pass, class, &p->model.model, 1, NULL, add_block, p);
    if (s == STINT_OK)
        s = predictions_finish(p->predictions);
    else
        predictions_abandon(p->predictions);
    return s;
}

static stint_status write_out(predictor *p)
{
    const stint_predict_request *q = p->request;
    colfile f;
    if (q->to)
        return table_write(p->ctx, p->scratch, q->to,
                           &(table_write_settings){.threads = cpu_count()});
    TRY(colfile_open(p->ctx, p->scratch, &f));
    stint_status s = table_write_text(p->ctx, &f, q->fd, "standard output", ',');
    colfile_close(&f);
    return s;
}

/* --- what is said ------------------------------------------------------------------------ */

static void tell_text(const predictor *p, str *out)
{
    unsigned kind = TARGET_BIT(p->model.kind);
    str_addf(out, "%lld rows predicted by %s", (long long)p->file.rows, p->model.class->title);
    if (p->extra > 0)
        str_addf(out, "; %d column%s not needed", p->extra, p->extra == 1 ? " is" : "s are");
    str_addf(out, "\n%s\n", p->request->to ? p->request->to : "");
    for (int i = 0; p->outcomes && metric_table[i]; i++)
        if (metric_table[i]->kinds & kind)
            str_addf(out, "  %-20s %.6g\n", metric_table[i]->name,
                     metric_table[i]->value(p->outcomes));
}

static void tell_json(const predictor *p, str *out)
{
    unsigned kind = TARGET_BIT(p->model.kind);
    json_out j = emit_begin(out, true);
    emit_object(&j, NULL);
    emit_int(&j, "rows", p->file.rows);
    emit_string(&j, "model", p->model.class->name);
    emit_string(&j, "to", p->request->to);
    emit_int(&j, "columns_not_needed", p->extra);
    emit_object(&j, "metrics");
    for (int i = 0; p->outcomes && metric_table[i]; i++)
        if (metric_table[i]->kinds & kind)
            emit_double(&j, metric_table[i]->name, metric_table[i]->value(p->outcomes));
    emit_object_end(&j);
    emit_object_end(&j);
    str_add(out, "\n");
}

static stint_status predict_all(predictor *p)
{
    char dir[4096];
    if (p->request->to)
        TRY(table_write_check(p->ctx, p->request->to));
    TRY(open_model(p));
    TRY(open_data(p));
    TRY(cache_dir(p->ctx, dir, sizeof dir));
    snprintf(p->scratch, sizeof p->scratch, "%s/predictions.%d.tmp", dir, (int)getpid());
    TRY(predict_rows(p));
    stint_status s = write_out(p);
    unlink(p->scratch);
    return s;
}

stint_status stint_predict(stint_context *ctx, const stint_predict_request *r, stint_text *out)
{
    predictor p = {.ctx = ctx, .request = r, .states.lock = -1};
    str text;
    arena_init(&p.arena, ctx, TAG_MODEL);
    str_init(&text, ctx, TAG_REPORT);
    stint_status s = predict_all(&p);
    if (s == STINT_OK)
        (r->json ? tell_json : tell_text)(&p, &text);
    outcomes_free(p.outcomes);
    if (p.opened)
        colfile_close(&p.file);
    spill_close(&p.rows);
    model_close(&p.model);
    arena_deinit(&p.arena);
    if (s == STINT_OK)
        return text_take(&text, out);
    str_deinit(&text);
    return s;
}
