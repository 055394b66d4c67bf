#include "base/os/thread.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>

/* POSIX threads in the caller's rooms. */

static_assert(sizeof(pthread_mutex_t) <= sizeof(thread_lock) &&
                  sizeof(pthread_cond_t) <= sizeof(thread_signal) &&
                  sizeof(pthread_once_t) <= sizeof(thread_once) &&
                  sizeof(pthread_t) <= sizeof(thread),
              "room for the platform's");
static_assert(PTHREAD_ONCE_INIT == 0, "what is all zero has not been run");

void lock_init(thread_lock *l)
{
    pthread_mutex_init((pthread_mutex_t *)l->room, NULL);
}

void lock_deinit(thread_lock *l)
{
    pthread_mutex_destroy((pthread_mutex_t *)l->room);
}

void lock_acquire(thread_lock *l)
{
    pthread_mutex_lock((pthread_mutex_t *)l->room);
}

void lock_release(thread_lock *l)
{
    pthread_mutex_unlock((pthread_mutex_t *)l->room);
}

void signal_init(thread_signal *s)
{
    pthread_cond_init((pthread_cond_t *)s->room, NULL);
}

void signal_deinit(thread_signal *s)
{
    pthread_cond_destroy((pthread_cond_t *)s->room);
}

void signal_wait(thread_signal *s, thread_lock *held)
{
    pthread_cond_wait((pthread_cond_t *)s->room, (pthread_mutex_t *)held->room);
}

void signal_one(thread_signal *s)
{
    pthread_cond_signal((pthread_cond_t *)s->room);
}

void signal_all(thread_signal *s)
{
    pthread_cond_broadcast((pthread_cond_t *)s->room);
}

void once_run(thread_once *o, void (*run)(void))
{
    pthread_once((pthread_once_t *)o->room, run);
}

/* Signals stay with the threads of the host. */
bool thread_start(thread *t, size_t stack_bytes, void *(*run)(void *), void *self)
{
    sigset_t all, before;
    pthread_attr_t attr;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, stack_bytes);
    bool started = pthread_create((pthread_t *)t->room, &attr, run, self) == 0;
    pthread_attr_destroy(&attr);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

void thread_join(thread *t)
{
    pthread_join(*(pthread_t *)t->room, NULL);
}
