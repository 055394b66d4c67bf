#include "cluster/cluster.h"

/* The methods' parameters, as flags of the command. */

stint_status stint_cluster_reference(stint_context *c, const char *method, stint_text *out)
{
    str text;
    *out = (stint_text){0};
    if (method && !cluster_find(method))
        return fail(c, STINT_EUSAGE, "no method \"%s\"", method);
    str_init(&text, c, TAG_REPORT);
    for (int i = 0; cluster_table[i]; i++) {
        if (method && cluster_find(method) != cluster_table[i])
            continue;
        str_addf(&text, "%s--method %s: %s\n", text.len ? "\n" : "", cluster_table[i]->name,
                 cluster_table[i]->title);
        for (const param *p = cluster_table[i]->params; p->name; p++)
            param_reference(p, &text);
    }
    return text_take(&text, out);
}
