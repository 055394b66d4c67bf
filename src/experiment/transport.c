#include "experiment/transport.h"

#include "experiment/worker.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

const transport_class *const transport_table[] = {&transport_process, &transport_thread, NULL};

const transport_class *transport_of(ctx *c)
{
    return ctx_options(c)->command ? &transport_process : &transport_thread;
}

/* --- worker processes over a socket pair ------------------------------------------------- */

static stint_status process_start(ctx *c, int64_t memory_bytes, worker_link *out)
{
    const char *command = ctx_options(c)->command;
    char share[64], limit[64];
    snprintf(share, sizeof share, "STINT_WORKER_MEMORY=%lld", (long long)memory_bytes);
    snprintf(limit, sizeof limit, "STINT_DATA_LIMIT=%lld",
             (long long)(memory_bytes + WORKER_VIRTUAL_BYTES));
    const char *const argv[] = {command, "worker", "--child", NULL};
    const char *const env[] = {share, memory_bytes ? limit : NULL, NULL};
    return child_start(c, argv, env, &out->child);
}

static void process_stop(ctx *c, worker_link *l, bool kill, char *how, size_t size)
{
    int wait_status = 0;
    how[0] = '\0';
    if (kill) {
        child_kill(&l->child);
        return;
    }
    shutdown(l->child.fd, SHUT_WR);
    if (child_wait(c, &l->child, &wait_status) == STINT_OK &&
        !(WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0))
        child_describe(wait_status, how, size);
}

const transport_class transport_process = {"process", process_start, process_stop};

/* --- worker threads of this process, for hosts without the command ----------------------- */

typedef struct thread_start {
    stint_options options;
    int fd;
} thread_start;

static void *thread_main(void *self)
{
    thread_start start = *(thread_start *)self;
    stint_context *own = stint_open(&start.options);
    mem_free(self);
    if (own)
        (void)worker_serve(own, start.fd); /* its failures went to the coordinator as messages */
    stint_close(own);
    close(start.fd);
    return NULL;
}

static stint_status thread_start_worker(ctx *c, int64_t memory_bytes, worker_link *out)
{
    int fds[2];
    thread_start *start = mem_new(c, TAG_MESSAGE, thread_start, 1);
    if (!start)
        return STINT_ENOMEM;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        mem_free(start);
        return fail_errno(c, "make", "a socket pair");
    }
    *start = (thread_start){*ctx_options(c), fds[1]};
    start->options.memory_bytes = memory_bytes;
    start->options.sink = NULL;
    out->child = (child){0, fds[0]};
    if (pthread_create(&out->thread, NULL, thread_main, start) != 0) {
        close(fds[0]);
        close(fds[1]);
        mem_free(start);
        return fail(c, STINT_EFAIL, "cannot start a worker thread");
    }
    return STINT_OK;
}

static void thread_stop(ctx *c, worker_link *l, bool kill, char *how, size_t size)
{
    (void)c, (void)kill, (void)size;
    how[0] = '\0';
    shutdown(l->child.fd, SHUT_RDWR);
    pthread_join(l->thread, NULL);
    close(l->child.fd);
}

const transport_class transport_thread = {"thread", thread_start_worker, thread_stop};
