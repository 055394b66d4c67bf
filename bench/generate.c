/* A CSV of normal numbers and a linear target, for the benchmarks.
 *
 *     generate ROWS COLUMNS FILE [SEED]
 *
 * Columns x1 … xd are N(0, 1), y = 10 + Σ w_j x_j + N(0, 16 d) with w_j ~ N(0, 1), so noisy
 * that the best ridge is not the least: cell by cell a pure function of (SEED, row, column),
 * so any number of threads writes the same bytes.
 * Numbers have as few digits as read back to the same bits (15 to 17), as pandas' to_csv
 * writes them.  Compiled by bench/run together with src/base/rng.c. */
#include "base/rng.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__extension__ typedef unsigned __int128 u128;

enum { BLOCK_ROWS = 2048, CELL_MOST = 32, THREADS_MOST = 64 };

/* --- numbers ----------------------------------------------------------------------------- */

static const uint64_t tens[] = {1,
                                10,
                                100,
                                1000,
                                10000,
                                100000,
                                1000000,
                                10000000,
                                100000000,
                                1000000000,
                                10000000000,
                                100000000000,
                                1000000000000,
                                10000000000000,
                                100000000000000,
                                1000000000000000,
                                10000000000000000,
                                100000000000000000,
                                1000000000000000000};

static int put_slow(char *out, double x)
{
    for (int digits = 15;; digits++) {
        int n = snprintf(out, CELL_MOST, "%.*g", digits, x);
        if (digits == 17 || strtod(out, NULL) == x)
            return n;
    }
}

/* x = m 2^-s.  Rounded to k decimals it is d = round(m 10^k / 2^s), which reads back as x
 * when |d 2^s - m 10^k| < 10^k / 2: all in 128 bits, for 2^-10 ≤ |x| < 2^9. */
static int put_number(char *out, double x)
{
    int exponent;
    double magnitude = fabs(x);
    if (!(magnitude >= 0x1p-10 && magnitude < 0x1p9))
        return put_slow(out, x);
    uint64_t m = (uint64_t)(frexp(magnitude, &exponent) * 0x1p53);
    int s = 53 - exponent; /* 44 … 62 */
    int lead = magnitude >= 100 ? 2 : magnitude >= 10 ? 1 : 0;
    for (double below = 1; magnitude < below; below /= 10)
        lead--; /* the first digit stands for 10^lead */
    for (int digits = 15; digits <= 17; digits++) {
        int k = digits - 1 - lead;
        if (k > 18)
            return put_slow(out, x);
        u128 scaled = (u128)m * tens[k], half = (u128)1 << (s - 1);
        uint64_t d = (uint64_t)((scaled + half) >> s);
        u128 back = (u128)d << s, off = back > scaled ? back - scaled : scaled - back;
        if (digits < 17 && 2 * off >= tens[k])
            continue;
        int n = 0, used;
        if (x < 0)
            out[n++] = '-';
        char fraction[24];
        uint64_t whole = d / tens[k], rest = d % tens[k];
        for (int i = k - 1; i >= 0; i--, rest /= 10)
            fraction[i] = (char)('0' + rest % 10);
        for (used = k; used > 1 && fraction[used - 1] == '0';)
            used--;
        if (whole >= 100)
            out[n++] = (char)('0' + whole / 100);
        if (whole >= 10)
            out[n++] = (char)('0' + whole / 10 % 10);
        out[n++] = (char)('0' + whole % 10);
        out[n++] = '.';
        memcpy(out + n, fraction, (size_t)used);
        return n + used;
    }
    return 0;
}

/* --- blocks of rows, made by several threads, written in order ---------------------------- */

typedef struct job {
    int64_t rows, columns, next;
    uint64_t seed;
    int64_t written; /* blocks */
    double *weights; /* [columns] */
    double noise;
    int fd;
    bool failed;
    pthread_mutex_t lock;
    pthread_cond_t turn;
} job;

static size_t fill(const job *j, int64_t block, char *out)
{
    size_t n = 0;
    rng numbers = {j->seed, RNG_GENERATE};
    int64_t end = (block + 1) * BLOCK_ROWS;
    for (int64_t i = block * BLOCK_ROWS; i < end && i < j->rows; i++) {
        uint64_t at = (uint64_t)i * (uint64_t)(j->columns + 1);
        double y = 10 + j->noise * rng_normal(numbers, at + (uint64_t)j->columns);
        for (int64_t c = 0; c < j->columns; c++) {
            double x = rng_normal(numbers, at + (uint64_t)c);
            y += j->weights[c] * x;
            n += (size_t)put_number(out + n, x);
            out[n++] = ',';
        }
        n += (size_t)put_number(out + n, y);
        out[n++] = '\n';
    }
    return n;
}

static bool put_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        text += done;
        n -= (size_t)done;
    }
    return true;
}

static void *work(void *self)
{
    job *j = self;
    int64_t blocks = (j->rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    char *text = malloc((size_t)BLOCK_ROWS * (size_t)(j->columns + 1) * CELL_MOST);
    pthread_mutex_lock(&j->lock);
    j->failed = j->failed || !text;
    while (!j->failed && j->next < blocks) {
        int64_t block = j->next++;
        pthread_mutex_unlock(&j->lock);
        size_t n = fill(j, block, text);
        pthread_mutex_lock(&j->lock);
        while (!j->failed && j->written < block)
            pthread_cond_wait(&j->turn, &j->lock);
        pthread_mutex_unlock(&j->lock);
        bool good = put_all(j->fd, text, n);
        pthread_mutex_lock(&j->lock);
        j->written++;
        j->failed = j->failed || !good;
        pthread_cond_broadcast(&j->turn);
    }
    pthread_cond_broadcast(&j->turn);
    pthread_mutex_unlock(&j->lock);
    free(text);
    return NULL;
}

static bool write_header(const job *j)
{
    char cell[CELL_MOST];
    bool good = true;
    for (int64_t c = 1; c <= j->columns && good; c++) {
        snprintf(cell, sizeof cell, "x%lld,", (long long)c);
        good = put_all(j->fd, cell, strlen(cell));
    }
    return good && put_all(j->fd, "y\n", 2);
}

static bool generate(job *j)
{
    pthread_t threads[THREADS_MOST];
    int started = 0;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    j->noise = 4 * sqrt((double)j->columns);
    for (int64_t c = 0; c < j->columns; c++)
        j->weights[c] = rng_normal((rng){j->seed, RNG_GENERATE + 1}, (uint64_t)c);
    j->failed = !write_header(j);
    for (; started < cores && started < THREADS_MOST; started++)
        if (pthread_create(&threads[started], NULL, work, j) != 0)
            break;
    if (started == 0)
        (void)work(j);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return !j->failed && fsync(j->fd) == 0;
}

int main(int argc, char **argv)
{
    job j = {.rows = argc > 2 ? atoll(argv[1]) : 0,
             .columns = argc > 2 ? atoll(argv[2]) : 0,
             .seed = argc > 4 ? (uint64_t)atoll(argv[4]) : 1,
             .lock = PTHREAD_MUTEX_INITIALIZER,
             .turn = PTHREAD_COND_INITIALIZER};
    if (argc < 4 || j.rows < 1 || j.columns < 1 || j.columns > 100000) {
        fputs("usage: generate ROWS COLUMNS FILE [SEED]\n", stderr);
        return 2;
    }
    j.weights = malloc((size_t)j.columns * sizeof *j.weights);
    j.fd = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool good = j.weights && j.fd >= 0 && generate(&j);
    if (!good)
        fprintf(stderr, "generate: cannot write %s: %s\n", argv[3], strerror(errno));
    free(j.weights);
    return good ? 0 : 1;
}
