#include "base/os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Locks of the open file description: unlike POSIX record locks they are not lost when
 * another descriptor of the file is closed, and they hold between threads too. */

/* Does the name still lead to what is open?  A holder may have removed the file between our
 * open and our lock, and then the lock is of a file that nobody else will meet. */
static bool still_named(int fd, const char *path)
{
    struct stat held, named;
    return fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino &&
           held.st_dev == named.st_dev;
}

static stint_status lock_once(ctx *c, const char *path, int *fd)
{
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

stint_status lock_take(ctx *c, const char *path, int *fd)
{
    for (int tries = 0; tries < 8; tries++) {
        *fd = -1;
        TRY(lock_once(c, path, fd));
        if (still_named(*fd, path))
            return STINT_OK;
        close(*fd);
    }
    *fd = -1;
    return fail(c, STINT_EBUSY, "%s is locked: others take and leave it all the time", path);
}

bool lock_is_held(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool held = fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    close(fd);
    return held;
}

/* A remover unlinks the file while it holds it alone: who opened it before that and locks it
 * after has a file that is gone. */
stint_status lock_share(ctx *c, const char *path, int *fd)
{
    *fd = -1;
    int opened = open(path, O_RDONLY | O_CLOEXEC);
    if (opened < 0)
        return errno == ENOENT ? STINT_OK : fail_errno(c, "open", path);
    struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    bool removing = fcntl(opened, F_OFD_SETLK, &whole) != 0 && (errno == EAGAIN || errno == EACCES);
    if (removing || !still_named(opened, path))
        close(opened);
    else
        *fd = opened;
    return STINT_OK;
}

bool lock_alone(const char *path, int *fd)
{
    *fd = -1;
    int opened = open(path, O_RDWR | O_CLOEXEC);
    if (opened < 0)
        return false;
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(opened, F_OFD_SETLK, &whole) != 0 || !still_named(opened, path)) {
        close(opened);
        return false;
    }
    *fd = opened;
    return true;
}

void lock_drop(int fd)
{
    if (fd >= 0)
        close(fd);
}
