/* Any bytes as a column file: opened or refused, and what opens can be read to its end. */
#include "data/colfile.h"
#include "fuzz_file.h"

static void read_all(const colfile *f)
{
    double out[256];
    for (int64_t k = 0; k < f->chunks; k++)
        for (int j = 0; j < f->n_columns; j++)
            for (int64_t at = 0, rows = colfile_chunk_rows(f, k); at < rows; at += 256)
                colfile_read(f, j, k, at, rows - at < 256 ? rows - at : 256, out, 1);
    for (int j = 0; j < f->n_columns; j++)
        for (int64_t i = 0; i < f->columns[j].width; i++)
            if (!f->columns[j].bits[i][0])
                __builtin_trap();
    for (int j = 0; j < f->n_columns; j++)
        for (int64_t i = 0; i < f->columns[j].dictionary_n; i++)
            (void)colfile_find(f, f->columns[j].dictionary[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char path[FUZZ_PATH_SIZE];
    colfile f;
    stint_context *c = stint_open(NULL);
    int fd = fuzz_file(bytes, n, path);
    if (c && fd >= 0 && colfile_open(c, path, &f) == STINT_OK) {
        read_all(&f);
        colfile_close(&f);
    }
    stint_close(c);
    close(fd);
    return 0;
}
