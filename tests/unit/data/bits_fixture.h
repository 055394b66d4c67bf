/* A column file of one number and two columns of bits, a string's and a Bloom filter's. */
#ifndef UNIT_BITS_FIXTURE_H
#define UNIT_BITS_FIXTURE_H

#include "unit/fixture.h"

enum { FP_WIDTH = 11, NAME_WIDTH = 64 };

static const bits_encoder fp_encoder = {.kind = BITS_STRING, .width = FP_WIDTH};
static const bits_encoder name_encoder = {.kind = BITS_BLOOM,
                                          .width = NAME_WIDTH,
                                          .hashes = 3,
                                          .digest = "0123456789abcdef0123456789abcdef"};

/* Bit i of row r, by any rule. */
static inline int fp_bit(int64_t r, int64_t i)
{
    return (int)((uint64_t)(r * 31 + i * 17 + r * i) * 2654435761u >> 20 & 1);
}

static inline void bits_file(fixture *t, const char *path, const bits_encoder *fp,
                             const bits_encoder *name, int64_t rows)
{
    const column_spec specs[] = {{.name = "y", .kind = COLUMN_NUMBER},
                                 {.name = "fp", .kind = COLUMN_BITS, .encoder = fp},
                                 {.name = "name", .kind = COLUMN_BITS, .encoder = name}};
    enum { FP = (FP_WIDTH + 7) / 8, NAME = NAME_WIDTH / 8 };
    char extra[256];
    double *y = malloc((size_t)rows * sizeof *y);
    uint8_t *fps = calloc((size_t)rows, FP), *names = calloc((size_t)rows, NAME);
    for (int64_t r = 0; r < rows; r++) {
        y[r] = (double)(r % 7);
        for (int64_t i = 0; i < FP_WIDTH; i++)
            fps[r * FP + i / 8] |= (uint8_t)(fp_bit(r, i) << (7 - i % 8));
        for (int64_t i = 0; i < NAME; i++)
            names[r * NAME + i] = (uint8_t)(r * 7 + i * 13);
    }
    colfile_writer *w = colfile_create(t->ctx, path, specs, 3, rows);
    assert_non_null(w);
    for (int64_t from = 0; from < rows; from += COLFILE_CHUNK_ROWS) {
        int64_t n = rows - from < COLFILE_CHUNK_ROWS ? rows - from : COLFILE_CHUNK_ROWS;
        column_chunk chunk[] = {
            {.numbers = y + from}, {.bits = fps + from * FP}, {.bits = names + from * NAME}};
        assert_int_equal(colfile_put(w, chunk, n), STINT_OK);
    }
    snprintf(extra, sizeof extra,
             "{\"format\":\"parquet\",\"files\":[{\"path\":\"t.parquet\",\"first_row\":0,"
             "\"rows\":%lld}]}",
             (long long)rows);
    assert_int_equal(colfile_finish(w, extra), STINT_OK);
    free(names);
    free(fps);
    free(y);
}

#endif
