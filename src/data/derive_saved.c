#include "data/derive_impl.h"

#include <math.h>
#include <string.h>

/* Settings on their way: which columns they read, and with a saved model. */

static bool is_listed(const char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

const char *const *derive_reads(ctx *c, arena *a, const derive_settings *s)
{
    formula **formulas;
    int n = 0, most = 3;
    if (derive_parse(c, a, s, &formulas) != STINT_OK)
        return NULL;
    for (int k = 0; k < s->n_columns; k++)
        most += formulas[k]->n_columns;
    const char **names = arena_new(a, const char *, most);
    if (!names)
        return NULL;
    if (*s->group)
        names[n++] = s->group;
    if (*s->time && !is_listed(names, n, s->time))
        names[n++] = s->time;
    for (int k = 0; k < s->n_columns; k++)
        for (int i = 0; i < formulas[k]->n_columns; i++) {
            const char *name = formulas[k]->columns[i].name;
            if (derive_made(s, name, k) < 0 && !is_listed(names, n, name))
                names[n++] = name;
        }
    return names;
}

/* --- with a saved model ------------------------------------------------------------------------------ */

static const char *const bys[] = {"mean", "last", "sum", "min", "max"};
static const char *const fills[] = {"none", "previous", "linear"};

enum { BYS = sizeof bys / sizeof *bys, FILLS = sizeof fills / sizeof *fills };

void derive_emit(json_out *j, const derive_settings *s)
{
    if (!derive_is_needed(s) && !*s->group && !*s->time)
        return;
    emit_object(j, "derive");
    emit_string(j, "group", s->group);
    emit_string(j, "time", s->time);
    emit_double(j, "every", s->every);
    emit_string(j, "by", bys[s->by]);
    emit_string(j, "fill", fills[s->fill]);
    emit_int(j, "seed", (int64_t)s->seed);
    emit_array(j, "columns");
    for (int k = 0; k < s->n_columns; k++) {
        emit_object(j, NULL);
        emit_string(j, "name", s->columns[k].name);
        emit_string(j, "formula", s->columns[k].formula);
        emit_object_end(j);
    }
    emit_array_end(j);
    emit_object_end(j);
}

/* The word's place in a list; -1 = none of it. */
static int word_of(const json_t *value, const char *const *words, int n)
{
    const char *word = json_string_value(value);
    for (int i = 0; word && i < n; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

static const char *text_of(arena *a, const json_t *object, const char *key, bool *good)
{
    const char *text = json_string_value(json_object_get(object, key));
    const char *copy = text ? arena_strdup(a, text) : NULL;
    *good = *good && copy;
    return copy ? copy : "";
}

static bool columns_load(arena *a, const json_t *list, derive_settings *out)
{
    size_t i;
    const json_t *item;
    bool good = json_is_array(list) && json_array_size(list) <= 10000;
    derive_column *columns =
        arena_new(a, derive_column, good ? (int64_t)json_array_size(list) + 1 : 1);
    if (!columns || !good)
        return false;
    json_array_foreach(list, i, item)
    {
        columns[i] = (derive_column){.name = text_of(a, item, "name", &good),
                                     .formula = text_of(a, item, "formula", &good),
                                     .place = "model.json"};
        good = good && *columns[i].name;
    }
    out->columns = columns;
    out->n_columns = (int)json_array_size(list);
    return good;
}

stint_status derive_load(ctx *c, arena *a, const json_t *saved, derive_settings *out)
{
    formula **formulas;
    const json_t *json = json_object_get(saved, "derive");
    *out = (derive_settings){.group = "", .time = ""};
    if (!json)
        return STINT_OK;
    bool good = columns_load(a, json_object_get(json, "columns"), out);
    out->group = text_of(a, json, "group", &good);
    out->time = text_of(a, json, "time", &good);
    out->every = json_number_or_nan(json, "every");
    out->seed = (uint64_t)json_integer_value(json_object_get(json, "seed"));
    int by = word_of(json_object_get(json, "by"), bys, BYS);
    int fill = word_of(json_object_get(json, "fill"), fills, FILLS);
    TRY(ctx_status(c));
    if (!good || by < 0 || fill < 0 || !(out->every >= 0 && isfinite(out->every)) ||
        (out->every > 0 && !*out->time))
        return fail(c, STINT_EDATA,
                    "model.json: \"derive\" is not what a run writes: fit the model again");
    out->by = (resample_by)by;
    out->fill = (resample_fill)fill;
    return derive_parse(c, a, out, &formulas);
}
