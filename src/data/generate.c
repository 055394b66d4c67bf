#include "data/generate.h"
#include "stint/data.h"

#include <stdarg.h>
#include <string.h>

/* The frame of the generators: parameters in, table and description out.
 *
 * The description is made once, as JSON; for people it is the same tree printed line by line. */

/* --- what generators build on ---------------------------------------------------------- */

rng generate_rng(const generated *g, uint64_t purpose)
{
    return (rng){g->seed, RNG_GENERATE | purpose << 8};
}

stint_status generate_columns(generated *g, int n)
{
    g->columns = arena_new(&g->arena, column_spec, n);
    g->n_columns = g->columns ? n : 0;
    return g->columns ? STINT_OK : STINT_ENOMEM;
}

stint_status generate_name(generated *g, int column, const char *fmt, ...)
{
    char name[128];
    va_list args;
    va_start(args, fmt);
    vsnprintf(name, sizeof name, fmt, args);
    va_end(args);
    g->columns[column].name = arena_strdup(&g->arena, name);
    return g->columns[column].name ? STINT_OK : STINT_ENOMEM;
}

int64_t generate_label(const generated *g, uint64_t purpose, int64_t row, int64_t classes)
{
    uint64_t first =
        rng_below(generate_rng(g, purpose), (uint64_t)(row / classes), (uint64_t)classes);
    return (row % classes + (int64_t)first) % classes;
}

/* --- the description --------------------------------------------------------------------- */

static void describe_params(const generated *g, const param *table, json_out *j)
{
    char text[PARAM_TEXT_SIZE];
    double value;
    emit_object(j, "parameters");
    for (const param *p = table; p->name; p++) {
        memcpy(&value, (const char *)g->self + p->offset, sizeof value);
        param_text(p, value, text);
        if (p->type == PARAM_TYPE_INT)
            emit_int(j, p->name, (int64_t)value);
        else if (p->type == PARAM_TYPE_F64)
            emit_double(j, p->name, value);
        else if (p->type == PARAM_TYPE_BOOL)
            emit_bool(j, p->name, value != 0);
        else
            emit_string(j, p->name, text);
    }
    emit_object_end(j);
}

/* `to` NULL leaves out where it went. */
static void describe(const generated *g, const generator_class *class, const char *to, str *out)
{
    json_out j = emit_begin(out, true);
    emit_object(&j, NULL);
    emit_string(&j, "generator", class->name);
    if (to)
        emit_string(&j, "to", to);
    emit_int(&j, "rows", g->rows);
    emit_int(&j, "columns", g->n_columns);
    describe_params(g, class->params, &j);
    emit_object(&j, "structure");
    class->describe(g, &j);
    emit_object_end(&j);
    emit_object_end(&j);
    str_add(out, "\n");
}

/* What a column file keeps of where it came from: its rows are called by its own name. */
static void extra_text(const generated *g, const generator_class *class, const char *to, str *out)
{
    json_out j = emit_begin(out, false);
    emit_object(&j, NULL);
    emit_string(&j, "format", "generated");
    emit_string(&j, "generator", class->name);
    describe_params(g, class->params, &j);
    emit_array(&j, "files");
    emit_object(&j, NULL);
    emit_string(&j, "path", path_name(to));
    emit_int(&j, "first_row", 0);
    emit_int(&j, "rows", g->rows);
    emit_object_end(&j);
    emit_array_end(&j);
    emit_object_end(&j);
}

/* --- the description for people -------------------------------------------------------- */

static void add_scalar(str *out, const json_t *x)
{
    char number[STR_DOUBLE_SIZE];
    if (json_is_string(x))
        str_add(out, json_string_value(x));
    else if (json_is_integer(x))
        str_addf(out, "%lld", (long long)json_integer_value(x));
    else if (json_is_real(x)) {
        str_print(number, sizeof number, "%.4g", json_real_value(x));
        str_add(out, number);
    } else
        str_add(out, json_is_true(x) ? "true" : json_is_false(x) ? "false" : "none");
}

/* A tree on one line: "name f003, of f001 f007, weights 0.3 1.1" */
static void add_inline(str *out, json_t *x)
{
    const char *key, *before = "";
    size_t i;
    json_t *item;
    if (json_is_object(x))
        json_object_foreach(x, key, item)
        {
            str_addf(out, "%s%s ", before, key);
            add_inline(out, item);
            before = ", ";
        }
    else if (json_is_array(x))
        json_array_foreach(x, i, item)
        {
            str_add(out, before);
            add_inline(out, item);
            before = " ";
        }
    else
        add_scalar(out, x);
}

/* One line a field, one line an object of a list. */
static void add_fields(str *out, json_t *object)
{
    const char *key;
    size_t i;
    json_t *value, *item;
    json_object_foreach(object, key, value)
    {
        str_addf(out, "%s:", key);
        if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
            json_array_foreach(value, i, item)
            {
                str_add(out, "\n  ");
                add_inline(out, item);
            }
        } else {
            str_add(out, " ");
            add_inline(out, value);
        }
        str_add(out, "\n");
    }
}

/* The text of the JSON `in`, in its place. */
static stint_status for_people(ctx *c, str *text, const char *to)
{
    TRY(str_status(text));
    json_t *tree = json_parse(c, "description", text->at, text->len);
    if (!tree)
        return ctx_status(c);
    str_clear(text);
    str_addf(text, "%lld rows, %lld columns of %s%s%s\n",
             (long long)json_integer_value(json_object_get(tree, "rows")),
             (long long)json_integer_value(json_object_get(tree, "columns")),
             json_string_value(json_object_get(tree, "generator")), to ? " in " : "", to ? to : "");
    str_add(text, "parameters: ");
    add_inline(text, json_object_get(tree, "parameters"));
    str_add(text, "\n");
    add_fields(text, json_object_get(tree, "structure"));
    json_decref(tree);
    return str_status(text);
}

/* --- the public way in ------------------------------------------------------------------- */

static stint_status begin(generated *g, const generator_class *class,
                          const stint_generate_request *r)
{
    g->self = arena_alloc(&g->arena, class->bytes);
    if (!g->self)
        return STINT_ENOMEM;
    TRY(params_read(g->ctx, class->name, class->params, r->settings, r->n_settings, g->self));
    for (const param *p = class->params; p->name; p++) {
        double value;
        memcpy(&value, (char *)g->self + p->offset, sizeof value);
        if (strcmp(p->name, "rows") == 0)
            g->rows = (int64_t)value;
        else if (strcmp(p->name, "seed") == 0)
            g->seed = (uint64_t)value;
    }
    return class->begin(g);
}

static stint_status generate(generated *g, const generator_class *class,
                             const stint_generate_request *r, str *text)
{
    str extra;
    TRY(begin(g, class, r));
    describe(g, class, r->to, text);
    str_init(&extra, g->ctx, TAG_TABLE);
    if (r->to)
        extra_text(g, class, r->to, &extra);
    stint_status s = str_status(&extra);
    if (s == STINT_OK)
        s = str_status(text);
    if (s == STINT_OK)
        s = generate_write(g, class, r->to, r->fd, extra.at);
    str_deinit(&extra);
    TRY(s);
    return r->json ? STINT_OK : for_people(g->ctx, text, r->to);
}

stint_status stint_generate(stint_context *c, const stint_generate_request *r, stint_text *out)
{
    const generator_class *class;
    generated g = {.ctx = c};
    str text;
    *out = (stint_text){0};
    TRY(generator_find(c, r->name, &class));
    if (r->to)
        TRY(generate_check_name(c, r->to));
    arena_init(&g.arena, c, TAG_TABLE);
    str_init(&text, c, TAG_REPORT);
    stint_status s = generate(&g, class, r, &text);
    arena_deinit(&g.arena);
    if (s == STINT_OK)
        return text_take(&text, out);
    str_deinit(&text);
    return s;
}

/* --- the reference ------------------------------------------------------------------------- */

static void reference(const generator_class *class, str *out)
{
    str_addf(out, "%s: %s\n%s", class->name, class->summary, class->about);
    for (const param *p = class->params; p->name; p++)
        param_reference(p, out);
}

stint_status stint_generate_reference(stint_context *c, const char *name, stint_text *out)
{
    const generator_class *only = NULL;
    str text;
    *out = (stint_text){0};
    if (name)
        TRY(generator_find(c, name, &only));
    str_init(&text, c, TAG_REPORT);
    for (int i = 0; generator_table[i]; i++) {
        if (only && only != generator_table[i])
            continue;
        str_add(&text, text.len ? "\n" : "");
        reference(generator_table[i], &text);
    }
    return text_take(&text, out);
}
