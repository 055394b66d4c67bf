/* The identity of an experiment: its result-deciding keys as YAML, in one form however they
 * were written.  Names that users choose are always quoted; numbers are the fewest digits
 * that read back to the same bits. */
#include "experiment/config_impl.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* --- texts --------------------------------------------------------------------------------- */

/* One character of valid UTF-8; returns its length. */
static int decode(const char *s, uint32_t *code)
{
    const unsigned char *b = (const unsigned char *)s;
    int n = b[0] < 0x80 ? 1 : b[0] < 0xE0 ? 2 : b[0] < 0xF0 ? 3 : 4;
    *code = n == 1 ? b[0] : b[0] & (0xFFu >> (n + 1));
    for (int i = 1; i < n; i++)
        *code = *code << 6 | (b[i] & 0x3F);
    return n;
}

/* What YAML does not print, or reads as the end of a line. */
static bool is_special(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
           code == 0xFEFF || code == 0xFFFE || code == 0xFFFF;
}

static void add_text(str *out, const char *text)
{
    uint32_t code;
    str_add(out, "\"");
    for (int n; *text; text += n) {
        n = decode(text, &code);
        if (is_special(code))
            str_addf(out, "\\u%04" PRIX32, code);
        else if (code == '"' || code == '\\')
            str_addf(out, "\\%c", (char)code);
        else
            str_add_bytes(out, text, (size_t)n);
    }
    str_add(out, "\"");
}

static void add_texts(str *out, const char *const *texts)
{
    str_add(out, "[");
    for (int i = 0; texts[i]; i++) {
        str_add(out, i ? ", " : "");
        add_text(out, texts[i]);
    }
    str_add(out, "]");
}

/* --- models ---------------------------------------------------------------------------------- */

static void add_value(str *out, const param *p, double value)
{
    char text[PARAM_TEXT_SIZE];
    param_text(p, value, text);
    str_add(out, text);
}

static void add_dimension(str *out, const param *p, const dimension *d)
{
    if (d->spread == SPREAD_LIST && d->n == 1) {
        add_value(out, p, d->list[0]);
        return;
    }
    if (d->spread == SPREAD_LIST) {
        for (int64_t i = 0; i < d->n; i++) {
            str_add(out, i ? ", " : "[");
            add_value(out, p, d->list[i]);
        }
        str_add(out, "]");
        return;
    }
    str_add(out, d->spread == SPREAD_LOG ? "{log: [" : "{linear: [");
    add_value(out, p, d->low);
    str_add(out, ", ");
    add_value(out, p, d->high);
    str_addf(out, "], n: %" PRId64 "}", d->n);
}

static void add_model(str *out, const config_model *m)
{
    str_addf(out, "\n    - %s: {", m->class->name);
    for (int i = 0; m->space.params[i].name; i++) {
        const param *p = &m->space.params[i];
        str_addf(out, "%s%s: ", i ? ", " : "", p->name);
        add_dimension(out, p, &m->space.dimensions[i]);
    }
    str_add(out, "}");
}

/* "{kmeans: {n_clusters: 3}}" */
static void add_class(str *out, const char *name, const space *values)
{
    str_addf(out, "{%s: {", name);
    config_space_text(values, NULL, out);
    str_add(out, "}}");
}

/* --- keys ------------------------------------------------------------------------------------- */

static void add_number(str *out, const config_key *k, double value)
{
    char text[STR_DOUBLE_SIZE];
    str_format_double(text, value);
    str_add(out, k->word && value == 0 ? k->word : text);
}

static const char *chosen(const config_key *k, int value)
{
    const key_choice *w = k->choices;
    while (w->value != value)
        w++;
    return w->word;
}

static void add_pairs(str *out, const feature_pair *pairs, int n)
{
    str_add(out, "[");
    for (int i = 0; i < n; i++) {
        str_add(out, i ? ", " : "");
        add_texts(out, (const char *const[]){pairs[i].a, pairs[i].b, NULL});
    }
    str_add(out, "]");
}

static void add_bound(str *out, double x)
{
    char text[STR_DOUBLE_SIZE] = "none";
    if (isfinite(x))
        str_format_double(text, x);
    str_add(out, ", ");
    str_add(out, text);
}

static void add_ranges(str *out, const check_range *ranges, int n)
{
    str_add(out, "[");
    for (int i = 0; i < n; i++) {
        str_add(out, i ? ", [" : "[");
        add_text(out, ranges[i].column);
        add_bound(out, ranges[i].low);
        add_bound(out, ranges[i].high);
        str_add(out, "]");
    }
    str_add(out, "]");
}

static void add_formulas(str *out, const void *field, int n)
{
    const derive_column *columns = *(const derive_column *const *)field;
    str_add(out, "{");
    for (int i = 0; i < n; i++) {
        str_add(out, i ? ", " : "");
        add_text(out, columns[i].name);
        str_add(out, ": ");
        add_text(out, columns[i].formula);
    }
    str_add(out, "}");
}

static void add_key_value(str *out, const config *cfg, const config_key *k)
{
    const void *field = (const char *)cfg + k->offset;
    const int *count = (const void *)((const char *)cfg + k->count);
    switch (k->type) {
    case KEY_NAME:
    case KEY_COLUMN:
    case KEY_TEXT:
    case KEY_PATH: add_text(out, *(const char *const *)field); break;
    case KEY_COLUMNS:
    case KEY_COLUMN_SET: add_texts(out, *(const char *const *const *)field); break;
    case KEY_SECRET: config_key_kept(cfg, out); break;
    case KEY_CHOICE: str_add(out, chosen(k, *(const int *)field)); break;
    case KEY_PAIRS: add_pairs(out, *(const feature_pair *const *)field, *count); break;
    case KEY_RANGES: add_ranges(out, *(const check_range *const *)field, *count); break;
    case KEY_METRIC: str_add(out, (*(const metric_class *const *)field)->name); break;
    case KEY_MODELS:
        for (int i = 0; i < cfg->n_models; i++)
            add_model(out, &cfg->models[i]);
        break;
    case KEY_CLUSTER: add_class(out, cfg->cluster->name, &cfg->cluster_space); break;
    case KEY_MODEL: config_model_text(cfg, out); break;
    case KEY_TRAIN: config_train_text(cfg, out); break;
    case KEY_STREAM:
        str_add(out, "{");
        config_space_text(&cfg->stream.space, NULL, out);
        str_add(out, "}");
        break;
    case KEY_FORMULAS: add_formulas(out, field, *count); break;
    case KEY_INT: add_number(out, k, *(const int *)field); break;
    case KEY_INT64:
    case KEY_BYTES: add_number(out, k, (double)*(const int64_t *)field); break;
    case KEY_REAL:
    case KEY_SECONDS: add_number(out, k, *(const double *)field); break;
    case KEY_TYPES: break;
    }
}

/* The sections a path stands in, those it shares with the path before it left out. */
static void add_key_name(str *out, const char *before, const char *path)
{
    bool is_shared = true;
    int depth = 0;
    for (const char *dot; (dot = strchr(path, '.')); path = dot + 1, depth++) {
        size_t n = (size_t)(dot - path) + 1;
        is_shared = is_shared && strncmp(before, path, n) == 0;
        if (is_shared)
            before += n;
        else
            str_addf(out, "%*s%.*s:\n", 2 * depth, "", (int)n - 1, path);
    }
    str_addf(out, "%*s%s:", 2 * depth, "", path);
}

/* Without a clustering, a training, series, or columns of a kind, an experiment is what it is. */
static bool is_told(const config *cfg, const config_key *k)
{
    const char *const *const *list = (const void *)((const char *)cfg + k->only_with);
    bool series = strncmp(k->path, "series.", strlen("series.")) == 0;
    bool seed = cfg->derive.n_columns > 0 && strcmp(k->path, "series.seed") == 0;
    if (!k->decides || (k->only_with != 0 && !(*list)[0]) ||
        (series && !seed && !config_has_series(cfg)))
        return false;
    switch (k->type) {
    case KEY_CLUSTER: return cfg->cluster != NULL;
    case KEY_FORMULAS: return cfg->derive.n_columns > 0;
    case KEY_MODEL:
    case KEY_TRAIN: return cfg->training;
    case KEY_STREAM: return cfg->training && cfg->stream.given;
    case KEY_MODELS: return !cfg->training;
    default: return true;
    }
}

void config_identity(const config *cfg, str *out)
{
    const char *before = "";
    for (const config_key *k = config_keys; k->path; k++) {
        if (!is_told(cfg, k))
            continue;
        add_key_name(out, before, k->path);
        str_add(out, k->type == KEY_MODELS ? "" : " ");
        add_key_value(out, cfg, k);
        str_add(out, "\n");
        before = k->path;
    }
}
