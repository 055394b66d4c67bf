/* A series to learn from, and what a process measures of itself: for benchmarks that see the public
 * interface alone. */
#ifndef BENCH_SERIES_H
#define BENCH_SERIES_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SERIES_WIDTH = 3 };

typedef struct series {
    int64_t rows;
    float *x, *y; /* [rows,3] [rows] */
} series;

/* Two waves and noise, and what they come to five rows later; false where memory is short. */
static inline bool series_make(series *s, int64_t rows)
{
    *s = (series){.rows = rows,
                  .x = malloc(sizeof(float) * SERIES_WIDTH * (size_t)rows),
                  .y = malloc(sizeof(float) * (size_t)rows)};
    uint64_t z = 1;
    for (int64_t i = 0; s->x && s->y && i < rows; i++) {
        double t = (double)i;
        z = z * 6364136223846793005ULL + 1442695040888963407ULL;
        double noise = (double)(z >> 11) * 0x1p-52 - 1;
        s->x[SERIES_WIDTH * i] = (float)sin(t / 17);
        s->x[SERIES_WIDTH * i + 1] = (float)cos(t / 41);
        s->x[SERIES_WIDTH * i + 2] = (float)noise;
        s->y[i] = (float)(sin((t + 5) / 17) * cos((t + 5) / 41) + 0.1 * noise);
    }
    return s->x && s->y;
}

static inline double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A line of /proc/self/status in bytes, -1 where there is none. */
static inline int64_t status_bytes(const char *key)
{
    char line[256];
    long long kib = -1;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && kib < 0 && fgets(line, sizeof line, f))
        if (strncmp(line, key, strlen(key)) == 0)
            (void)sscanf(line + strlen(key), ": %lld", &kib);
    if (f)
        fclose(f);
    return kib < 0 ? -1 : 1024 * kib;
}

/* , "name": [ … ] */
static inline void print_numbers(const char *name, const double *x, int64_t n)
{
    printf(", \"%s\": [", name);
    for (int64_t i = 0; i < n; i++)
        printf("%s%.9g", i > 0 ? ", " : "", x[i]);
    printf("]");
}

#endif
