#include "base/os/os.h"

#include <pthread.h>

/* Frames of the calling conventions in use have the caller's frame pointer and the return address
 * side by side, lowest first:
 *
 *     [ caller's frame | return address ] …
 *
 * Code without frame pointers leaves anything in the register, so a frame is believed only where
 * it lies on this thread's stack, aligned, above the one before. */

typedef struct frame {
    const struct frame *caller;
    const void *return_address;
} frame;

/* The end of this thread's stack; 0 = cannot be had. */
static uintptr_t stack_end(void)
{
    static _Thread_local uintptr_t end;
    pthread_attr_t attr;
    void *low;
    size_t bytes;
    if (!end && pthread_getattr_np(pthread_self(), &attr) == 0) {
        if (pthread_attr_getstack(&attr, &low, &bytes) == 0)
            end = (uintptr_t)low + bytes;
        pthread_attr_destroy(&attr);
    }
    return end;
}

#ifdef __SANITIZE_ADDRESS__
__attribute__((no_sanitize_address))
#endif
int stack_walk(const void **out, int most)
{
    uintptr_t end = stack_end();
    const frame *f = __builtin_frame_address(0);
    int n = 0;
    while (n < most && (uintptr_t)f % sizeof(void *) == 0 && (uintptr_t)f + sizeof *f <= end &&
           f->return_address) {
        out[n++] = f->return_address;
        if (f->caller <= f)
            break;
        f = f->caller;
    }
    return n;
}
