#include "profile/bench_main.h"

#include "base/mem.h"
#include "base/os/os.h"
#include "base/rng.h"
#include "data/bits.h"
#include "data/source.h"
#include "stint/data.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>

/* 50 000 records: bit strings of 1000, names of 4 to 9 letters as two-grams of a-z and as keyed
 * Bloom filters; from texts in memory, and from CSV to the cached column file.  The peers do it row
 * by row in Python (bench/peers/bits.py). */

enum { ROWS = 50000, WIDTH = 1000, BYTES = 125, LETTERS = 26, GRAMS = 676, MOST = 9 };

typedef struct texts {
    char *all; /* [ROWS][stride] */
    int64_t stride;
    int64_t len[ROWS];
} texts;

typedef struct work {
    texts strings, names;
    uint8_t *packed; /* [ROWS][(BITS_WIDTH)/8] */
    float *numbers;  /* [ROWS][WIDTH] */
    char dir[64], csv[96], cache[96], command[4096];
} work;

static work shared;

typedef struct job {
    const texts *of;
    bits_encoder encoder;
    bool unpacks;
} job;

static stint_status fail_cell(ctx *c, int64_t row, const char *why)
{
    return fail(c, STINT_EDATA, "row %lld: %s", (long long)row, why);
}

/* As the chunker does it: a fresh encoder, cell by cell. */
static stint_status run_encode(ctx *c, void *self)
{
    const job *b = self;
    int64_t width = b->encoder.width, bytes = (width + 7) / 8;
    char why[160];
    bits_work *w;
    stint_status s = STINT_OK;
    TRY(bits_open(c, &b->encoder, &w));
    for (int64_t i = 0; i < ROWS && s == STINT_OK; i++)
        if (!bits_encode(w, b->of->all + i * b->of->stride, b->of->len[i], width,
                         shared.packed + i * bytes, why, sizeof why))
            s = fail_cell(c, i, why);
    bits_close(w);
    if (b->unpacks && s == STINT_OK)
        bits_unpack_f32(shared.packed, bytes, ROWS, width, shared.numbers, width);
    return s;
}

static stint_status forget(ctx *c, void *self)
{
    (void)self;
    return file_exists(shared.cache) ? dir_remove(c, shared.cache) : STINT_OK;
}

/* Both columns of the CSV into a column file, in a child as any run does it. */
static stint_status run_csv(ctx *c, void *self)
{
    static const bits_encoder encoders[] = {
        {.column = "bits", .kind = BITS_STRING},
        {.column = "text",
         .kind = BITS_GRAMS,
         .width = GRAMS,
         .alphabet = "abcdefghijklmnopqrstuvwxyz"},
    };
    source s = {.path = shared.csv, .encoders = encoders, .n_encoders = 2};
    ingest_result result;
    colfile f;
    (void)self;
    ctx *own = stint_open(&(stint_options){.command = shared.command, .cache_dir = shared.cache});
    if (!own)
        return STINT_ENOMEM;
    stint_status status = source_open(own, &s, 0, 0, &result, &f);
    if (status == STINT_OK)
        colfile_close(&f);
    else
        status = fail(c, status, "%s", stint_message(own));
    stint_close(own);
    return status;
}

/* --- data ------------------------------------------------------------------------------------ */

static bool texts_room(ctx *c, texts *t, int64_t stride)
{
    t->stride = stride;
    t->all = mem_alloc(c, TAG_BASE, (size_t)(ROWS * stride));
    return t->all;
}

static void make_texts(work *w)
{
    const rng r = {1, RNG_GENERATE};
    for (int64_t i = 0; i < ROWS; i++) {
        w->strings.len[i] = WIDTH;
        for (int64_t k = 0; k < WIDTH; k++)
            w->strings.all[i * WIDTH + k] =
                (char)('0' + rng_below(r, (uint64_t)(i * WIDTH + k), 2));
        w->names.len[i] = 4 + (int64_t)rng_below(r, (uint64_t)i, 6);
        for (int64_t k = 0; k < MOST; k++)
            w->names.all[i * MOST + k] =
                (char)('a' + rng_below(r, (uint64_t)(i * MOST + k), LETTERS));
    }
}

static stint_status make_data(ctx *c, work *w, const char *program)
{
    char path[4096];
    stint_text about;
    w->packed = mem_alloc(c, TAG_BASE, (size_t)ROWS * 128);
    w->numbers = mem_alloc(c, TAG_BASE, (size_t)ROWS * WIDTH * sizeof *w->numbers);
    if (!w->packed || !w->numbers || !texts_room(c, &w->strings, WIDTH) ||
        !texts_room(c, &w->names, MOST))
        return STINT_ENOMEM;
    make_texts(w);
    snprintf(w->dir, sizeof w->dir, "build/bench-XXXXXX");
    if (!mkdtemp(w->dir))
        return fail(c, STINT_EIO, "no directory can be made here");
    snprintf(path, sizeof path, "%s", program);
    snprintf(w->command, sizeof w->command, "%s/stint", dirname(path));
    snprintf(w->csv, sizeof w->csv, "%s/records.csv", w->dir);
    snprintf(w->cache, sizeof w->cache, "%s/cache", w->dir);
    stint_generate_request r = {.name = "encoded", .to = w->csv};
    TRY(stint_generate(c, &r, &about));
    stint_text_free(&about);
    return STINT_OK;
}

static void drop_data(ctx *c, work *w)
{
    mem_free(w->packed);
    mem_free(w->numbers);
    mem_free(w->strings.all);
    mem_free(w->names.all);
    if (w->dir[0])
        (void)dir_remove(c, w->dir);
}

#define PEER "build/peers/bin/python bench/peers/bits.py "

int main(int argc, char **argv)
{
    static job jobs[] = {
        {&shared.strings, {.kind = BITS_STRING, .width = WIDTH}, false},
        {&shared.strings, {.kind = BITS_STRING, .width = WIDTH}, true},
        {&shared.names,
         {.kind = BITS_GRAMS, .width = GRAMS, .alphabet = "abcdefghijklmnopqrstuvwxyz"},
         false},
        {&shared.names, {.kind = BITS_BLOOM, .width = 1024, .hashes = 10, .key = "sesame"}, false},
    };
    static bench_case cases[] = {
        {.name = "strings", .peer = PEER "strings"},
        {.name = "strings-to-f32", .peer = PEER "frombuffer"},
        {.name = "grams", .peer = PEER "grams"},
        {.name = "bloom", .peer = PEER "bloom"},
        {.name = "csv", .peer = PEER "csv"},
    };
    enum { CASES = sizeof cases / sizeof cases[0], JOBS = sizeof jobs / sizeof jobs[0] };
    ctx *c = stint_open(&(stint_options){.sink = bench_print_line});
    if (!c)
        return stint_status_exit(STINT_ENOMEM);
    for (int i = 0; i < CASES; i++) {
        cases[i].run = i < JOBS ? run_encode : run_csv;
        cases[i].before = i < JOBS ? NULL : forget;
        cases[i].self = i < JOBS ? &jobs[i] : NULL;
        cases[i].items = ROWS;
        cases[i].item = "records";
        cases[i].warmup = 1;
        cases[i].iterations = 5;
    }
    stint_status s = make_data(c, &shared, argv[0]);
    int code = s == STINT_OK ? bench_main(argc, argv, cases, CASES) : stint_status_exit(s);
    if (s != STINT_OK)
        fprintf(stderr, "%s\n", stint_message(c));
    drop_data(c, &shared);
    stint_close(c);
    return code;
}
