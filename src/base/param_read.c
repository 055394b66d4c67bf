#include "base/params.h"

#include "base/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Parameters from text, as flags and settings give them. */

static void choices_text(const param *p, char out[PARAM_RANGE_SIZE])
{
    size_t n = 0;
    for (int i = 0; p->choices[i] && n < PARAM_RANGE_SIZE; i++)
        n += (size_t)snprintf(out + n, PARAM_RANGE_SIZE - n, "%s%s",
                              i == 0              ? ""
                              : p->choices[i + 1] ? ", "
                                                  : " or ",
                              p->choices[i]);
}

void param_range(const param *p, char out[PARAM_RANGE_SIZE])
{
    char low[PARAM_TEXT_SIZE], high[PARAM_TEXT_SIZE];
    switch (p->type) {
    case PARAM_TYPE_F64:
    case PARAM_TYPE_INT:
        param_text(p, p->low, low);
        param_text(p, p->high, high);
        snprintf(out, PARAM_RANGE_SIZE, "a %snumber from %s to %s",
                 p->type == PARAM_TYPE_INT ? "whole " : "", low, high);
        break;
    case PARAM_TYPE_BOOL: snprintf(out, PARAM_RANGE_SIZE, "true or false"); break;
    case PARAM_TYPE_CHOICE: choices_text(p, out); break;
    }
}

void param_reference(const param *p, str *out)
{
    char flag[64], value[PARAM_TEXT_SIZE], range[PARAM_RANGE_SIZE];
    str_print(flag, sizeof flag, "--%s", p->name);
    for (char *at = flag; *at; at++)
        *at = *at == '_' ? '-' : *at;
    param_text(p, p->fallback, value);
    param_range(p, range);
    str_addf(out, "  %-22s %s (%s; default %s)\n", flag, p->help, range, value);
}

/* The value of a text, or NaN.  Without a text a bool is set. */
static double value_of(const param *p, const char *text)
{
    static const char *const words[] = {"false", "true", NULL};
    const char *const *choices = p->type == PARAM_TYPE_BOOL ? words : p->choices;
    double x;
    if (!text)
        return p->type == PARAM_TYPE_BOOL ? 1 : NAN;
    if (p->type == PARAM_TYPE_F64 || p->type == PARAM_TYPE_INT) {
        bool whole = p->type == PARAM_TYPE_INT;
        return str_parse_double(text, &x) && (!whole || x == floor(x)) ? x : NAN;
    }
    for (int i = 0; choices[i]; i++)
        if (strcmp(choices[i], text) == 0)
            return i;
    return NAN;
}

static stint_status read_one(ctx *c, const char *owner, const param *p, const char *text,
                             double *out)
{
    char range[PARAM_RANGE_SIZE];
    *out = value_of(p, text);
    if (p->type == PARAM_TYPE_CHOICE ? !isnan(*out) : *out >= p->low && *out <= p->high)
        return STINT_OK;
    param_range(p, range);
    if (!text)
        return fail(c, STINT_EUSAGE, "%s: %s has no value; write %s", owner, p->name, range);
    return fail(c, STINT_EUSAGE, "%s: %s is \"%s\"; write %s", owner, p->name, text, range);
}

static stint_status refuse_name(ctx *c, const char *owner, const param *table, const char *name)
{
    char known[512];
    size_t n = 0;
    nearest_name near = nearest_begin(name);
    for (const param *p = table; p->name; p++)
        nearest_try(&near, p->name);
    if (near.name)
        return fail(c, STINT_EUSAGE, "%s has no parameter \"%s\"; did you mean \"%s\"?", owner,
                    name, near.name);
    for (const param *p = table; p->name && n < sizeof known; p++)
        n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", n ? ", " : "", p->name);
    return fail(c, STINT_EUSAGE, "%s has no parameter \"%s\"; known are %s", owner, name, known);
}

stint_status params_read(ctx *c, const char *owner, const param *table,
                         const stint_setting *settings, int n, void *self)
{
    double values[PARAM_MOST];
    for (int i = 0; table[i].name; i++)
        values[i] = table[i].fallback;
    for (int i = 0; i < n; i++) {
        const param *p = param_find(table, settings[i].key);
        if (!p)
            return refuse_name(c, owner, table, settings[i].key);
        TRY(read_one(c, owner, p, settings[i].value, &values[p - table]));
    }
    params_store(table, values, self);
    return STINT_OK;
}
