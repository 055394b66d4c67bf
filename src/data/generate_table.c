#include "data/generate.h"

#include <string.h>

const generator_class *const generator_table[] = {
    &generator_angles,  &generator_blobs,   &generator_moons,   &generator_circles,
    &generator_records, &generator_battery, &generator_encoded, NULL,
};

stint_status generator_find(ctx *c, const char *name, const generator_class **out)
{
    nearest_name near = nearest_begin(name);
    char known[256] = "";
    for (int i = 0; generator_table[i]; i++) {
        const char *is = generator_table[i]->name;
        size_t n = strlen(known);
        *out = generator_table[i];
        if (strcmp(is, name) == 0)
            return STINT_OK;
        nearest_try(&near, is);
        str_print(known + n, sizeof known - n, "%s%s", n ? ", " : "", is);
    }
    if (near.name)
        return fail(c, STINT_EUSAGE, "no generator \"%s\"; did you mean \"%s\"?", name, near.name);
    return fail(c, STINT_EUSAGE, "no generator \"%s\"; there are %s", name, known);
}
