#include "experiment/watch.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#define WATCHED_MOST 512

struct watch {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
    pid_t pids[WATCHED_MOST];
    int n;
    int64_t stage_peak, peak;
};

static void watch_sample(watch *w)
{
    int64_t sum = process_private_bytes(getpid());
    for (int i = 0; i < w->n; i++) {
        int64_t bytes = process_private_bytes(w->pids[i]);
        sum += bytes > 0 ? bytes : 0;
    }
    w->stage_peak = sum > w->stage_peak ? sum : w->stage_peak;
    w->peak = sum > w->peak ? sum : w->peak;
}

static void *watch_main(void *self)
{
    watch *w = self;
    pthread_mutex_lock(&w->lock);
    while (!w->stopping) {
        struct timespec until;
        watch_sample(w);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 10 * 1000 * 1000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&w->wake, &w->lock, &until);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

stint_status watch_start(ctx *c, watch **out)
{
    watch *w = mem_new(c, TAG_BASE, watch, 1);
    if (!w)
        return STINT_ENOMEM;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, NULL);
    if (pthread_create(&w->thread, NULL, watch_main, w) != 0) {
        mem_free(w);
        return fail(c, STINT_EFAIL, "cannot start the thread that watches memory");
    }
    *out = w;
    return STINT_OK;
}

void watch_stop(watch *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    mem_free(w);
}

void watch_add(watch *w, pid_t pid)
{
    if (!w || pid <= 0)
        return;
    pthread_mutex_lock(&w->lock);
    if (w->n < WATCHED_MOST)
        w->pids[w->n++] = pid;
    pthread_mutex_unlock(&w->lock);
}

void watch_remove(watch *w, pid_t pid)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    watch_sample(w);
    for (int i = 0; i < w->n; i++)
        if (w->pids[i] == pid)
            w->pids[i--] = w->pids[--w->n];
    pthread_mutex_unlock(&w->lock);
}

int64_t watch_stage(watch *w)
{
    pthread_mutex_lock(&w->lock);
    watch_sample(w);
    int64_t peak = w->stage_peak;
    w->stage_peak = 0;
    pthread_mutex_unlock(&w->lock);
    return peak;
}

int64_t watch_peak(const watch *w)
{
    watch *locked = (watch *)(uintptr_t)w;
    pthread_mutex_lock(&locked->lock);
    int64_t peak = w->peak;
    pthread_mutex_unlock(&locked->lock);
    return peak;
}
