/* Any bytes as a CSV file: its dialect is found or refused, and its records end. */
#include "data/dialect.h"
#include "data/records.h"
#include "fuzz_file.h"

static void walk_records(const char *at, const char *end, char delimiter)
{
    int64_t lines = 0, bytes;
    while (at < end && (bytes = record_bytes(at, end, true, &lines)) > 0) {
        if (!record_blank(at, bytes) && record_cells(at, bytes, delimiter) < 1)
            __builtin_trap();
        at += bytes;
    }
    if (at > end)
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char path[FUZZ_PATH_SIZE];
    dialect d;
    arena a;
    stint_context *c = stint_open(NULL);
    int fd = fuzz_file(bytes, n, path);
    arena_init(&a, c, TAG_BASE);
    if (fd >= 0 && dialect_read(c, &a, path, &d) == STINT_OK)
        walk_records((const char *)bytes, (const char *)bytes + n, d.delimiter);
    arena_deinit(&a);
    stint_close(c);
    close(fd);
    return 0;
}
