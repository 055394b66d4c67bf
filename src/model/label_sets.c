#include "model/label_sets.h"

void label_sets_init(label_sets *s, ctx *c)
{
    map_init(&s->codes, c, TAG_TABLE);
    str_init(&s->text, c, TAG_TABLE);
}

void label_sets_deinit(label_sets *s)
{
    map_deinit(&s->codes);
    str_deinit(&s->text);
}

int32_t label_sets_code(label_sets *s, const char *const *names, int labels, const uint8_t *is)
{
    str_clear(&s->text);
    for (int k = 0; k < labels; k++)
        if (is[k])
            str_addf(&s->text, "%s%s", s->text.len ? " " : "", names[k]);
    if (str_status(&s->text) != STINT_OK)
        return 0;
    map_entry *e = map_add(&s->codes, s->text.at, (int64_t)s->text.len, s->codes.n);
    return e ? (int32_t)e->value : 0;
}

const char *const *label_sets_texts(const label_sets *s, arena *a)
{
    const char **texts = arena_new(a, const char *, s->codes.n + 1);
    for (int64_t i = 0; texts && i < s->codes.n; i++)
        texts[i] = s->codes.entries[i].key;
    return texts;
}
