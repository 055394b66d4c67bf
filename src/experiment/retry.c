#include "experiment/retry.h"

#include <stdio.h>

stint_status retry_add(ctx *c, retry_list *l, const task *t)
{
    bool trials = t->kind == TASK_TRIALS;
    char *dir = t->dir[0] ? mem_strdup(c, t->dir) : NULL;
    if (t->dir[0] && !dir)
        return STINT_ENOMEM;
    retry_range range = {t->kind, t->model, t->item, t->item + (trials ? t->count : 1), dir};
    stint_status s = vec_push(c, TAG_MESSAGE, &l->ranges, range);
    if (s != STINT_OK)
        mem_free(dir);
    return s;
}

bool retry_next(retry_list *l, bool (*open)(void *self, int64_t trial), void *self, task *out)
{
    for (; l->at < l->ranges.n; l->at++) {
        retry_range *r = &l->ranges.at[l->at];
        while (r->kind == TASK_TRIALS && r->item < r->end && !open(self, r->item))
            r->item++;
        if (r->item >= r->end)
            continue;
        *out = (task){.kind = r->kind, .model = r->model, .item = r->item++, .count = 1};
        if (r->dir)
            snprintf(out->dir, sizeof out->dir, "%s", r->dir);
        return true;
    }
    return false;
}

bool retry_empty(const retry_list *l)
{
    return l->at == l->ranges.n;
}

void retry_forget(retry_list *l)
{
    for (int64_t i = 0; i < l->ranges.n; i++)
        mem_free(l->ranges.at[i].dir);
    vec_free(&l->ranges);
    l->at = 0;
}
