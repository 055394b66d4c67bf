/* Any bytes as a journal: replayed, cut off or refused; records that pass their check are of
 * some trial, and a second opening finds what the first left. */
#include "experiment/journal.h"
#include "fuzz_file.h"

static stint_status count(void *self, const record *r)
{
    (void)r;
    ++*(int64_t *)self;
    return STINT_OK;
}

static int64_t open_once(const char *path)
{
    journal j;
    journal_owner owner = {"experiment", "fingerprint", "isa"};
    int64_t n = 0;
    stint_context *c = stint_open(NULL);
    stint_status s = c ? journal_open(c, path, &owner, count, &n, &j) : STINT_ENOMEM;
    if (s == STINT_OK)
        journal_close(&j);
    stint_close(c);
    return s == STINT_OK ? n : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char path[FUZZ_PATH_SIZE];
    int fd = fuzz_file(bytes, n, path);
    if (fd < 0)
        return 0;
    int64_t first = open_once(path);
    if (first >= 0 && open_once(path) != first)
        __builtin_trap();
    close(fd);
    return 0;
}
