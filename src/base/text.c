#include "base/str.h"

#include <stdlib.h>
#include <string.h>

stint_status text_take(str *s, stint_text *out)
{
    *out = (stint_text){0};
    stint_status status = str_status(s);
    if (status == STINT_OK) {
        out->at = malloc(s->len + 1);
        out->len = s->len;
        if (out->at)
            memcpy(out->at, s->at, s->len + 1);
        else
            status = fail(s->ctx, STINT_ENOMEM, "out of memory: a text of %zu bytes", s->len);
    }
    str_deinit(s);
    return status;
}

void stint_text_free(stint_text *t)
{
    free(t->at);
    *t = (stint_text){0};
}

bool stint_parse_bytes(const char *text, int64_t *bytes)
{
    return str_parse_bytes(text, bytes);
}
