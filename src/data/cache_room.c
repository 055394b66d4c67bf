#include "base/os/os.h"
#include "data/cache_files.h"
#include "data/cache_room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DAY_SECONDS 86400

stint_status cache_make_room(ctx *c, const char *root, int64_t limit)
{
    cache_listing l;
    stint_status s = cache_listing_read(c, root, &l);
    if (s == STINT_OK)
        cache_trim(&l, limit);
    cache_listing_free(&l);
    return s;
}

/* The process id in "NAME.PID.tmp"; 0 when there is none. */
static long owner_of(const char *name)
{
    char text[NAME_MAX + 1];
    size_t n = strlen(name);
    if (n < 4 || n >= sizeof text || strcmp(name + n - 4, ".tmp") != 0)
        return 0;
    memcpy(text, name, n - 4);
    text[n - 4] = '\0';
    const char *dot = strrchr(text, '.');
    return dot ? strtol(dot + 1, NULL, 10) : 0;
}

cache_sum cache_sweep(const char *dir)
{
    cache_sum swept = {0};
    DIR *d = opendir(dir);
    if (!d)
        return swept;
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        struct stat st;
        long owner = owner_of(e->d_name);
        if (owner <= 0 || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        bool gone = kill((pid_t)owner, 0) != 0 && errno == ESRCH;
        bool left = gone || st.st_mtim.tv_sec + DAY_SECONDS < time(NULL);
        if (left && unlinkat(dirfd(d), e->d_name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) == 0) {
            swept.files++;
            swept.bytes += st.st_size;
        }
    }
    closedir(d);
    return swept;
}
