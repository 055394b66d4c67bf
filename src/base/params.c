#include "base/params.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

int param_count(const param *table)
{
    int n = 0;
    while (table[n].name)
        n++;
    return n;
}

const param *param_find(const param *table, const char *name)
{
    for (; table->name; table++)
        if (!strcmp(table->name, name))
            return table;
    return NULL;
}

static void put(const param *p, void *self, double value)
{
    memcpy((char *)self + p->offset, &value, sizeof value);
}

void params_default(const param *table, void *self)
{
    for (; table->name; table++)
        put(table, self, table->fallback);
}

void params_store(const param *table, const double *values, void *self)
{
    for (; table->name; table++)
        put(table, self, *values++);
}

static const char *choice_name(const param *p, double value)
{
    for (int i = 0; p->choices[i]; i++)
        if (i == value)
            return p->choices[i];
    return "unknown";
}

void param_text(const param *p, double value, char out[PARAM_TEXT_SIZE])
{
    char number[STR_DOUBLE_SIZE];
    switch (p->type) {
    case PARAM_TYPE_INT: snprintf(out, PARAM_TEXT_SIZE, "%.0f", value); break;
    case PARAM_TYPE_BOOL:
        snprintf(out, PARAM_TEXT_SIZE, "%s", value != 0 ? "true" : "false");
        break;
    case PARAM_TYPE_CHOICE: snprintf(out, PARAM_TEXT_SIZE, "%s", choice_name(p, value)); break;
    case PARAM_TYPE_F64:
        str_format_double(number, value);
        snprintf(out, PARAM_TEXT_SIZE, "%s", number);
        break;
    }
}
