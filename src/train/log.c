#include "train/trainer.h"

#include "base/mem.h"
#include "base/os/os.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* Lines appended to files: epochs.csv and batches.csv, without times, and timings.jsonl.
 *
 * A checkpoint counts the bytes of each; lines are on the disk before it is.  What a file has
 * beyond that, whole lines or torn ones, belongs to steps that are done again, so it is cut off. */

enum { LOG_HELD = 8192 };

static const char *const names[LOGS] = {"epochs.csv", "batches.csv", "timings.jsonl"};
static const char *const heads[LOGS] = {
    "repetition,epoch,steps,batch_size,learning_rate,train_loss,valid_loss,skipped,best,exploit\n",
    "repetition,epoch,batch,steps,loss,learning_rate,skipped\n",
    "",
};

/* ---- lines ---- */

static stint_status write_held(stint_trainer *t, train_log *l)
{
    if (l->n == 0)
        return STINT_OK;
    TRY(file_pwrite(t->ctx, l->fd, l->path, l->held, (size_t)l->n, l->bytes));
    l->bytes += l->n;
    l->n = 0;
    l->unsynced = true;
    return STINT_OK;
}

static stint_status append(stint_trainer *t, train_log *l, int len)
{
    if (l->n + len > LOG_HELD)
        TRY(write_held(t, l));
    memcpy(l->held + l->n, l->line, (size_t)len);
    l->n += len;
    return STINT_OK;
}

/* Nothing for NaN, as tables have it. */
static const char *number(char out[STR_DOUBLE_SIZE], double x)
{
    out[0] = '\0';
    if (!isnan(x))
        str_format_double(out, x);
    return out;
}

static stint_status log_timing(stint_trainer *t, const stint_epoch *e)
{
    train_log *l = &t->log[LOG_TIMINGS];
    int len = str_print(l->line, sizeof l->line,
                        "{\"repetition\":%lld,\"epoch\":%lld,\"seconds\":%.6g,"
                        "\"wait_seconds\":%.6g}\n",
                        (long long)e->repetition, (long long)e->epoch, e->seconds, e->wait_seconds);
    return append(t, l, len);
}

stint_status log_epoch(stint_trainer *t, const stint_epoch *e)
{
    train_log *l = &t->log[LOG_EPOCHS];
    char rate[STR_DOUBLE_SIZE], train[STR_DOUBLE_SIZE], valid[STR_DOUBLE_SIZE];
    if (l->fd < 0)
        return STINT_OK;
    int len = str_print(l->line, sizeof l->line, "%lld,%lld,%lld,%lld,%s,%s,%s,%lld,%d,%d\n",
                        (long long)e->repetition, (long long)e->epoch, (long long)e->steps,
                        (long long)e->batch, number(rate, e->rate), number(train, e->train_loss),
                        number(valid, e->valid_loss), (long long)e->skipped, e->best, e->exploit);
    TRY(append(t, l, len));
    return log_timing(t, e);
}

stint_status log_batch(stint_trainer *t, const stint_train_batch *b)
{
    train_log *l = &t->log[LOG_BATCHES];
    char rate[STR_DOUBLE_SIZE], loss[STR_DOUBLE_SIZE];
    if (l->fd < 0)
        return STINT_OK;
    int len = str_print(l->line, sizeof l->line, "%lld,%lld,%lld,%lld,%s,%s,%lld\n",
                        (long long)b->repetition, (long long)b->epoch, (long long)b->batch,
                        (long long)b->steps, number(loss, b->loss), number(rate, b->rate),
                        (long long)b->skipped);
    return append(t, l, len);
}

/* ---- files ---- */

static stint_status open_one(stint_trainer *t, int which, int64_t bytes)
{
    train_log *l = &t->log[which];
    str_print(l->path, sizeof l->path, "%s/%s", t->given.dir, names[which]);
    if (!l->held && !(l->held = mem_alloc(t->ctx, TAG_JOURNAL, LOG_HELD)))
        return STINT_ENOMEM;
    l->fd = open(l->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (l->fd < 0)
        return fail_errno(t->ctx, "open", l->path);
    if (file_size(l->path) < bytes)
        return fail(t->ctx, STINT_EDATA,
                    "%s: shorter than the checkpoint beside it says; remove the directory to "
                    "begin again",
                    l->path);
    if (ftruncate(l->fd, bytes) != 0)
        return fail_errno(t->ctx, "truncate", l->path);
    l->bytes = bytes;
    l->n = 0;
    l->unsynced = true;
    if (bytes > 0 || !heads[which][0])
        return STINT_OK;
    size_t n = strlen(heads[which]);
    memcpy(l->held, heads[which], n);
    l->n = (int64_t)n;
    return STINT_OK;
}

stint_status logs_open(stint_trainer *t, const double bytes[LOGS])
{
    for (int i = 0; i < LOGS; i++)
        TRY(open_one(t, i, (int64_t)bytes[i]));
    return STINT_OK;
}

stint_status logs_sync(stint_trainer *t)
{
    for (int i = 0; i < LOGS; i++) {
        train_log *l = &t->log[i];
        TRY(write_held(t, l));
        if (l->unsynced)
            TRY(file_sync(t->ctx, l->fd, l->path));
        l->unsynced = false;
        t->at.log_bytes[i] = (double)l->bytes;
    }
    return STINT_OK;
}

void logs_close(stint_trainer *t)
{
    for (int i = 0; i < LOGS; i++) {
        if (t->log[i].fd >= 0)
            close(t->log[i].fd);
        t->log[i].fd = -1;
        t->log[i].n = 0;
    }
}
