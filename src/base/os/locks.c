#include "base/os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Locks of the open file description: unlike POSIX record locks they are not lost when
 * another descriptor of the file is closed, and they hold between threads too. */

stint_status lock_take(ctx *c, const char *path, int *fd)
{
    *fd = -1;
    int opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (opened < 0)
        return fail_errno(c, "open lock", path);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(opened, F_OFD_SETLK, &whole) == 0) {
        *fd = opened;
        return STINT_OK;
    }
    stint_status s = errno == EAGAIN || errno == EACCES
                         ? fail(c, STINT_EBUSY, "%s is locked: in use by another process", path)
                         : fail_errno(c, "lock", path);
    close(opened);
    return s;
}

void lock_drop(int fd)
{
    if (fd >= 0)
        close(fd);
}
