#include "experiment/trials.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

int64_t trials_bytes_on_disk(int64_t configurations, int folds)
{
    return configurations * folds * (int64_t)sizeof(trial_slot);
}

stint_status trials_open(ctx *c, const char *dir, int64_t configurations, int folds, trials *out)
{
    *out = (trials){
        .ctx = c, .folds = folds, .configurations = configurations, .n = configurations * folds};
    snprintf(out->path, sizeof out->path, "%s/trials.bin", dir);
    out->fd = open(out->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (out->fd < 0)
        return fail_errno(c, "create", out->path);
    /* Room taken now, so that a full disk is met here and not under the map. */
    errno = posix_fallocate(out->fd, 0, trials_bytes_on_disk(configurations, folds));
    stint_status s = errno ? fail_errno(c, "make room for", out->path) : STINT_OK;
    if (s == STINT_OK)
        s = map_open(c, out->path, &out->map);
    if (s != STINT_OK)
        close(out->fd);
    return s;
}

void trials_close(trials *t)
{
    map_close(&t->map);
    close(t->fd);
    unlink(t->path);
}

const trial_slot *trials_at(const trials *t, int64_t trial)
{
    return (const trial_slot *)t->map.at + trial;
}

stint_status trials_put(trials *t, const record *r)
{
    if (r->trial < 0 || r->trial >= t->n)
        return fail(t->ctx, STINT_EFAIL, "trial %lld is not one of %lld", (long long)r->trial,
                    (long long)t->n);
    const trial_slot *before = trials_at(t, r->trial);
    bool was_failed = before->status == TRIAL_FAILED, was_there = before->status != TRIAL_MISSING;
    trial_slot slot = {r->score, (float)r->seconds, (uint8_t)r->status, (uint8_t)r->attempts};
    TRY(file_pwrite(t->ctx, t->fd, t->path, &slot, sizeof slot, r->trial * (int64_t)sizeof slot));
    t->finished += !was_there;
    t->failed += (r->status == TRIAL_FAILED) - was_failed;
    t->seconds += r->seconds;
    return STINT_OK;
}

configuration trials_configuration(const trials *t, int64_t number)
{
    configuration c = {.number = number, .status = TRIAL_OK};
    const trial_slot *slots = trials_at(t, number * t->folds);
    double sum = 0, squares = 0;
    for (int f = 0; f < t->folds; f++) {
        c.status = slots[f].status == TRIAL_OK ? c.status
                   : c.status == TRIAL_MISSING ? c.status
                                               : (trial_status)slots[f].status;
        sum += slots[f].score;
        c.seconds += slots[f].seconds;
    }
    c.mean = c.status == TRIAL_OK ? sum / t->folds : NAN;
    for (int f = 0; f < t->folds; f++)
        squares += (slots[f].score - c.mean) * (slots[f].score - c.mean);
    c.deviation = t->folds > 1 ? sqrt(squares / (t->folds - 1)) : 0;
    return c;
}

int trials_best(const trials *t, const metric_class *metric, int k, configuration *out)
{
    int n = 0;
    for (int64_t i = 0; i < t->configurations; i++) {
        configuration c = trials_configuration(t, i);
        if (c.status != TRIAL_OK || isnan(c.mean))
            continue;
        if (n == k && !metric_better(metric, c.mean, out[n - 1].mean))
            continue;
        int at = n < k ? n++ : n - 1;
        for (; at > 0 && metric_better(metric, c.mean, out[at - 1].mean); at--)
            out[at] = out[at - 1];
        out[at] = c;
    }
    return n;
}
