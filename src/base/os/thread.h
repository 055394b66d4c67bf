/* Threads and what they wait for, as the platform has them.  The objects are the caller's memory,
 * with room for any platform's. */
#ifndef BASE_OS_THREAD_H
#define BASE_OS_THREAD_H

#include <stdbool.h>
#include <stddef.h>

/* One holder at a time. */
typedef struct thread_lock {
    _Alignas(8) unsigned char room[64];
} thread_lock;
void lock_init(thread_lock *l);
void lock_deinit(thread_lock *l);
void lock_acquire(thread_lock *l);
void lock_release(thread_lock *l);

/* Waiting, with the lock given back meanwhile, until another thread signals; a waiter may wake for
 * no reason. */
typedef struct thread_signal {
    _Alignas(8) unsigned char room[64];
} thread_signal;
void signal_init(thread_signal *s);
void signal_deinit(thread_signal *s);
void signal_wait(thread_signal *s, thread_lock *held);
void signal_one(thread_signal *s);
void signal_all(thread_signal *s);

/* What is done once in a process, by whoever comes first; all zero before. */
typedef struct thread_once {
    _Alignas(8) unsigned char room[8];
} thread_once;
void once_run(thread_once *o, void (*run)(void));

/* A thread, which gets none of the process's signals; false where the system refuses one. */
typedef struct thread {
    _Alignas(8) unsigned char room[16];
} thread;
bool thread_start(thread *t, size_t stack_bytes, void *(*run)(void *), void *self);
void thread_join(thread *t);

#endif
