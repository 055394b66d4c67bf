#include "experiment/round_files.h"

#include "base/arena.h"

#include <math.h>
#include <string.h>

/* search.safetensors: configuration, model, mean, deviation, fold_0 …, status, then every
 * parameter that any of the models has, once per name; missing where a model lacks it. */

typedef struct search_table {
    ctx *ctx;
    const round_input *in;
    arena *arena;
    colfile_writer *writer;
    const char *params[PARAM_MOST]; /* names, in order of first appearance */
    const char **words[PARAM_MOST]; /* of one that is chosen among words: all of any model's */
    int n_words[PARAM_MOST];        /* 0 = its values are numbers */
    int n_params, columns;
    column_spec *specs;       /* [columns] */
    column_chunk *chunk;      /* [columns] */
    int64_t most;             /* rows at once */
    int64_t *numbers;         /* [most] configuration */
    int32_t *models, *status; /* [most] codes */
    double *values;           /* [2 + folds + n_params][most] */
    int32_t *codes;           /* [n_params][most] of words, -1 = none */
} search_table;

static const char *const status_names[] = {"ok", "failed", "missing"};

static void collect_params(search_table *t)
{
    const config *cfg = t->in->config;
    for (int m = 0; m < cfg->n_models; m++)
        for (const param *p = cfg->models[m].class->params; p->name; p++) {
            int i = 0;
            while (i < t->n_params && strcmp(t->params[i], p->name) != 0)
                i++;
            if (i == t->n_params && t->n_params < PARAM_MOST)
                t->params[t->n_params++] = p->name;
        }
}

static int word_code(const search_table *t, int i, const char *word)
{
    int k = 0;
    while (k < t->n_words[i] && strcmp(t->words[i][k], word) != 0)
        k++;
    return k;
}

/* The words of a parameter, over all models that have one of that name. */
static stint_status collect_words(search_table *t, int i)
{
    const config *cfg = t->in->config;
    int most = 0;
    for (int m = 0; m < cfg->n_models; m++) {
        const param *p = param_find(cfg->models[m].class->params, t->params[i]);
        for (int k = 0; p && p->type == PARAM_TYPE_CHOICE && p->choices[k]; k++)
            most++;
    }
    t->words[i] = arena_new(t->arena, const char *, most + 1);
    if (!t->words[i])
        return STINT_ENOMEM;
    for (int m = 0; m < cfg->n_models; m++) {
        const param *p = param_find(cfg->models[m].class->params, t->params[i]);
        for (int k = 0; p && p->type == PARAM_TYPE_CHOICE && p->choices[k]; k++) {
            int code = word_code(t, i, p->choices[k]);
            t->words[i][code] = p->choices[k];
            t->n_words[i] += code == t->n_words[i];
        }
    }
    return STINT_OK;
}

static stint_status make_specs(search_table *t)
{
    const config *cfg = t->in->config;
    int folds = t->in->trials->folds, at = 0;
    const char **models = arena_new(t->arena, const char *, cfg->n_models);
    t->columns = 5 + folds + t->n_params;
    t->specs = arena_new(t->arena, column_spec, t->columns);
    t->chunk = arena_new(t->arena, column_chunk, t->columns);
    if (!models || !t->specs || !t->chunk)
        return STINT_ENOMEM;
    for (int m = 0; m < cfg->n_models; m++)
        models[m] = cfg->models[m].class->name;
    t->specs[at++] = (column_spec){.name = "configuration", .kind = COLUMN_NUMBER};
    t->specs[at++] = (column_spec){
        .name = "model", .kind = COLUMN_TEXT, .dictionary = models, .dictionary_n = cfg->n_models};
    t->specs[at++] = (column_spec){
        .name = "status", .kind = COLUMN_TEXT, .dictionary = status_names, .dictionary_n = 3};
    t->specs[at++] = (column_spec){.name = "mean", .kind = COLUMN_NUMBER};
    t->specs[at++] = (column_spec){.name = "deviation", .kind = COLUMN_NUMBER};
    for (int f = 0; f < folds; f++)
        t->specs[at++] =
            (column_spec){.name = arena_printf(t->arena, "fold_%d", f), .kind = COLUMN_NUMBER};
    for (int i = 0; i < t->n_params; i++) {
        TRY(collect_words(t, i));
        t->specs[at++] = (column_spec){.name = t->params[i],
                                       .kind = t->n_words[i] ? COLUMN_TEXT : COLUMN_NUMBER,
                                       .dictionary = t->words[i],
                                       .dictionary_n = t->n_words[i]};
    }
    return ctx_status(t->ctx);
}

static stint_status make_buffers(search_table *t)
{
    int doubles = t->columns - 3, at = 0;
    t->numbers = arena_new(t->arena, int64_t, t->most);
    t->models = arena_new(t->arena, int32_t, t->most);
    t->status = arena_new(t->arena, int32_t, t->most);
    t->values = arena_new(t->arena, double, doubles * t->most);
    t->codes = arena_new(t->arena, int32_t, t->n_params * t->most + 1);
    if (!t->numbers || !t->models || !t->status || !t->values || !t->codes)
        return STINT_ENOMEM;
    t->chunk[at++] = (column_chunk){.integers = t->numbers};
    t->chunk[at++] = (column_chunk){.codes = t->models};
    t->chunk[at++] = (column_chunk){.codes = t->status};
    for (int i = 0; i < doubles; i++) {
        int param = i - (doubles - t->n_params);
        int64_t from = i * t->most;
        if (param >= 0 && t->n_words[param])
            t->chunk[at++] = (column_chunk){.codes = t->codes + param * t->most};
        else
            t->chunk[at++] = (column_chunk){.numbers = t->values + from};
    }
    return STINT_OK;
}

static void fill_row(search_table *t, int64_t number, int64_t row)
{
    const round_input *in = t->in;
    int folds = in->trials->folds;
    configuration k = trials_configuration(in->trials, number);
    double *column = t->values + row, own_values[PARAM_MOST];
    int64_t own;
    t->numbers[row] = number;
    t->models[row] = grid_model(in->grid, number, &own);
    t->status[row] = k.status == TRIAL_OK ? 0 : k.status == TRIAL_FAILED ? 1 : 2;
    column[0] = k.mean;
    column[t->most] = k.status == TRIAL_OK ? k.deviation : NAN;
    for (int f = 0; f < folds; f++) {
        const trial_slot *slot = trials_at(in->trials, number * folds + f);
        column[(2 + f) * t->most] = slot->status == TRIAL_OK ? slot->score : NAN;
    }
    const param *params = in->config->models[t->models[row]].class->params;
    grid_values_of(in->grid, number, own_values);
    for (int i = 0; i < t->n_params; i++) {
        const param *p = param_find(params, t->params[i]);
        double value = p ? own_values[p - params] : NAN;
        column[(2 + folds + i) * t->most] = value;
        t->codes[i * t->most + row] =
            p && t->n_words[i] ? word_code(t, i, p->choices[(int)value]) : -1;
    }
}

static stint_status write_rows(search_table *t, const char *path)
{
    int64_t n = t->in->trials->configurations;
    t->writer = colfile_create(t->ctx, path, t->specs, t->columns, n);
    stint_status s = t->writer ? STINT_OK : ctx_status(t->ctx);
    for (int64_t from = 0; s == STINT_OK && from < n; from += COLFILE_CHUNK_ROWS) {
        int64_t rows = n - from < COLFILE_CHUNK_ROWS ? n - from : COLFILE_CHUNK_ROWS;
        for (int64_t i = 0; i < rows; i++)
            fill_row(t, from + i, i);
        s = colfile_put(t->writer, t->chunk, rows);
    }
    if (s == STINT_OK)
        return colfile_finish(t->writer, NULL);
    if (t->writer)
        colfile_abandon(t->writer);
    return s;
}

static int64_t rows_at_once(int64_t configurations)
{
    return configurations < COLFILE_CHUNK_ROWS ? configurations : COLFILE_CHUNK_ROWS;
}

/* The buffers, the writer's of one column, its header. */
int64_t round_search_bytes(int columns, int64_t configurations)
{
    int64_t chunks = configurations / COLFILE_CHUNK_ROWS + 1;
    return rows_at_once(configurations) * columns * 12 + COLFILE_CHUNK_ROWS * 8 +
           columns * chunks * 1024 + ((int64_t)1 << 18);
}

stint_status round_write_search(ctx *c, const round_input *in, const char *path)
{
    arena a;
    search_table t = {
        .ctx = c, .in = in, .arena = &a, .most = rows_at_once(in->trials->configurations)};
    arena_init(&a, c, TAG_SEARCH);
    collect_params(&t);
    stint_status s = make_specs(&t);
    if (s == STINT_OK)
        s = make_buffers(&t);
    if (s == STINT_OK)
        s = write_rows(&t, path);
    arena_deinit(&a);
    return s;
}
