/* What Stint needs of the platform; the only place with #ifdefs on it. */
#ifndef BASE_OS_H
#define BASE_OS_H

#include "base/str.h"

#include <sys/types.h>

/* --- files: every write is checked, every sync failure is final ---------------------- */

/* Write a whole file so that either all of it stands under its name or none: PATH.tmp in
 * the same directory, written, fsynced, renamed, directory fsynced. */
stint_status file_write_atomic(ctx *c, const char *path, const void *bytes, size_t n);

/* DIR/NAME from a finished string, the same way; a string that failed is STINT_ENOMEM. */
stint_status file_write_str(ctx *c, const char *dir, const char *name, const str *text);

/* Read a whole file into `out` (appended).  A missing file is STINT_EIO. */
stint_status file_read(ctx *c, const char *path, str *out);

stint_status file_pwrite(ctx *c, int fd, const char *path, const void *bytes, size_t n, int64_t at);
/* The same at the file's position: pipes and terminals too. */
stint_status file_write(ctx *c, int fd, const char *path, const void *bytes, size_t n);
stint_status file_sync(ctx *c, int fd, const char *path);
/* Start writing a range back without waiting, so that a later file_sync waits less: a hint. */
void file_sync_soon(int fd, int64_t at, int64_t n);
stint_status file_sync_path(ctx *c, const char *path); /* a file or a directory, by name */

/* Call `take` with each piece of at most 1 MiB, in order. */
typedef stint_status file_piece(void *self, const void *bytes, size_t n);
stint_status file_each_piece(ctx *c, const char *path, file_piece *take, void *self);

bool file_exists(const char *path);
int64_t file_size(const char *path); /* -1 when absent */

/* What identifies an unchanged file without reading it. */
typedef struct file_stat {
    uint64_t device, inode;
    int64_t size, mtime_ns, ctime_ns;
} file_stat;
stint_status file_stat_of(ctx *c, const char *path, file_stat *out);
bool file_stat_try(const char *path, file_stat *out); /* false, with errno, when it cannot be had */

/* --- directories ---------------------------------------------------------------------- */

stint_status dir_make(ctx *c, const char *path);   /* with its parents */
stint_status dir_remove(ctx *c, const char *path); /* the whole tree; absent is fine */
stint_status dir_rename(ctx *c, const char *from, const char *to); /* and fsync the parent */

/* fsync every file and directory below `path`, then `path`. */
stint_status dir_sync(ctx *c, const char *path);
int64_t dir_bytes(const char *path); /* of all files below it; 0 when absent */

/* Call `visit` with each entry's name, sorted. */
typedef stint_status dir_visit(void *self, const char *name, bool is_dir);
stint_status dir_list(ctx *c, const char *path, dir_visit *visit, void *self);

/* Directory and last part of a path, into caller's memory; "a/b.c" → "a", "b.c"; "x" → ".", "x". */
void path_dir(const char *path, char *out, size_t size);
const char *path_name(const char *path);

/* --- maps: read-only views of whole files --------------------------------------------- */

typedef struct file_map {
    const uint8_t *at;
    int64_t size;
} file_map;
stint_status map_open(ctx *c, const char *path, file_map *out);
void map_close(file_map *m);
void map_forget(const file_map *m, int64_t from, int64_t bytes); /* drop from residence */

/* Memory of this process that is walked through with large strides, all of it soon: pages of
 * megabytes where the system has them.  A hint; the contents stay. */
void memory_in_large_pages(void *at, size_t bytes);

/* --- locks: open-file-description, gone with their holder ------------------------------ */

/* Take the lock on `path` (made when absent), without waiting: STINT_EBUSY when another
 * open file holds it.  *fd keeps it until lock_drop. */
stint_status lock_take(ctx *c, const char *path, int *fd);
void lock_drop(int fd);

/* Is it held by anyone, as far as can be told without taking it? */
bool lock_is_held(const char *path);

/* Hold the file `path` while it is used, with any number of others, so that lock_alone fails:
 * *fd keeps it until lock_drop, -1 when there is no such file or it is just being removed.
 * Where the file system has no locks, *fd is the open file alone. */
stint_status lock_share(ctx *c, const char *path, int *fd);
/* Take the file `path` to remove it, without waiting: false when someone holds it, or it
 * cannot be locked. */
bool lock_alone(const char *path, int *fd);

/* --- processes ------------------------------------------------------------------------- */

typedef struct child {
    pid_t pid;
    int fd; /* our end of the socket pair; the child's is its descriptor 3 */
} child;

/* Start `argv` with descriptor 3 as a stream socket to us, standard input from /dev/null, a
 * process group of its own, and no other descriptor of ours above 2.  argv[0] is a path, not
 * searched for.  `env` adds NAME=VALUE strings to ours (NULL-terminated; NULL = none);
 * STINT_PARENT is our process, STINT_DATA_LIMIT=BYTES may be added.  The child calls
 * process_adopt first, so that it dies with us: with the thread that started it, to be
 * exact, so that thread must live on. */
stint_status child_start(ctx *c, const char *const argv[], const char *const env[], child *out);
stint_status child_wait(ctx *c, child *ch, int *wait_status); /* closes fd */
void child_kill(child *ch);                                   /* and reap; closes fd */
/* "exited with code 3", "was killed by signal 9 (Killed)" */
void child_describe(int wait_status, char *out, size_t size);

/* In a child: die with the parent `parent` (0 = as $STINT_PARENT says), and limit private
 * writable memory to `data_bytes` (0 = as $STINT_DATA_LIMIT says, if it does). */
stint_status process_adopt(ctx *c, pid_t parent, int64_t data_bytes);

/* RssAnon + RssShmem + VmSwap of a process (0 = this one), in bytes; -1 when it is gone. */
int64_t process_private_bytes(pid_t pid);
/* Its file-backed resident part, RssFile. */
int64_t process_file_bytes(pid_t pid);

/* --- call stacks ----------------------------------------------------------------------- */

/* Return addresses of this thread's calls, innermost first, by frame pointers; how many there are.
 * A chain that leaves the stack ends there. */
int stack_walk(const void **out, int most);

/* "train_step+0x1a (train)" of an address in code; "0x7f…" of what no symbol covers. */
void symbol_text(const void *address, char *out, size_t size);
/* The function's name alone; false where it is unknown. */
bool symbol_name(const void *address, char *out, size_t size);
/* Is it in the file that this library's code was loaded from, and that file no program? */
bool symbol_is_library(const void *address);

/* --- clock, machine ------------------------------------------------------------------- */

double clock_seconds(void);                /* monotonic */
double clock_cpu_seconds(void);            /* of this process */
int cpu_count(void);                       /* usable by this process */
void cpu_pause(void);                      /* tells the core that this thread spins */
int64_t memory_total_bytes(void);          /* of the machine, or the cgroup's limit if lower */
int64_t disk_free_bytes(const char *path); /* where `path` is or would be; -1 = unknown */

/* ISO 8601 in UTC, to the second: now, and a time in seconds since 1970 ("?" beyond the
 * calendar). */
void clock_text(char out[32]);
void clock_text_at(char out[32], int64_t seconds);

#endif
