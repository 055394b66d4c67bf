/* Small trainings for the tests of the trainer: a regression of two numbers from four. */
#ifndef UNIT_TRAIN_TRAINING_H
#define UNIT_TRAIN_TRAINING_H

#include "stint/train.h"
#include "unit/fixture.h"

enum { IN = 4, OUT = 2, N = 50, VALID = 20, MOST_SETTINGS = 16 };

typedef struct training {
    float x[N][IN], y[N][OUT], valid_x[VALID][IN], valid_y[VALID][OUT];
    stint_samples samples, valid;
    stint_net *net;
    stint_trainer_settings given;
    stint_setting settings[MOST_SETTINGS], optimiser[4], schedule[4];
    stint_trainer *trainer;
    stint_train_result result;
} training;

/* Numbers that look random; the same ones always. */
static inline float training_number(uint64_t i)
{
    i = i * 6364136223846793005u + 1442695040888963407u;
    i ^= i >> 29;
    i *= 0x9E3779B97F4A7C15u;
    return (float)(i >> 40) / 8388608.0f - 1;
}

static inline void training_fill(float *x, float *y, int64_t n, uint64_t from)
{
    for (int64_t i = 0; i < n; i++) {
        float *a = x + i * IN;
        for (int j = 0; j < IN; j++)
            a[j] = training_number(from + (uint64_t)(i * IN + j));
        y[i * OUT] = a[0] - 2 * a[1] + 0.1f * training_number(77777 + from + (uint64_t)i);
        y[i * OUT + 1] = a[2] * a[3];
    }
}

static inline stint_net *training_net(ctx *c, stint_dtype d, const char *layers)
{
    stint_net *n = stint_net_new(c, d, STINT_SHAPE(IN), 7);
    assert_int_equal(stint_net_add_json(n, layers), STINT_OK);
    return n;
}

static const char training_layers[] = "[{\"linear\": {\"units\": 8}}, \"tanh\", "
                                      "{\"linear\": {\"units\": 2}}]";
static const char training_dropout[] = "[{\"linear\": {\"units\": 8}}, \"tanh\", "
                                       "{\"dropout\": {\"p\": 0.2}}, {\"linear\": {\"units\": 2}}]";

static inline void training_samples(const void *x, const void *y, int64_t n, stint_samples *out)
{
    assert_int_equal(stint_samples_rows(
                         2, (stint_rows[]){{x, STINT_F32, IN, 0}, {y, STINT_F32, OUT, 0}}, n, out),
                     STINT_OK);
}

/* Settings as "key value key value …" */
static inline int training_split(const char *text, stint_setting *out)
{
    static char room[64][256];
    static int used;
    char *at = room[used++ % 64], *rest = at;
    int n = 0;
    snprintf(at, sizeof room[0], "%s", text);
    for (char *word; (word = strtok_r(rest, " ", &rest));) {
        out[n].key = word;
        out[n++].value = strtok_r(rest, " ", &rest);
    }
    return n;
}

static inline void training_data(training *r)
{
    training_fill(&r->x[0][0], &r->y[0][0], N, 0);
    training_fill(&r->valid_x[0][0], &r->valid_y[0][0], VALID, 10000);
    training_samples(r->x, r->y, N, &r->samples);
    training_samples(r->valid_x, r->valid_y, VALID, &r->valid);
}

/* Data, a net and settings; `given` may be added to before training_new. */
static inline void training_init(training *r, ctx *c, const char *layers, const char *settings)
{
    memset(r, 0, sizeof *r);
    training_data(r);
    r->net = training_net(c, STINT_F32, layers ? layers : training_layers);
    r->given.n_settings = training_split(settings, r->settings);
    r->given.settings = r->settings;
    r->given.optimiser_settings = r->optimiser;
    r->given.schedule_settings = r->schedule;
}

static inline void training_optimiser(training *r, const char *name, const char *settings)
{
    r->given.optimiser = name;
    r->given.n_optimiser = training_split(settings, r->optimiser);
}

static inline void training_schedule(training *r, const char *name, const char *settings)
{
    r->given.schedule = name;
    r->given.n_schedule = training_split(settings, r->schedule);
}

static inline void training_new(training *r, ctx *c, bool validates)
{
    r->trainer = stint_trainer_new(c, r->net, &r->samples, validates ? &r->valid : NULL, &r->given);
    if (!r->trainer)
        fail_msg("%s", stint_message(c));
}

static inline void training_ok(training *r, ctx *c, stint_status s)
{
    if (s != STINT_OK)
        fail_msg("%s: %s", stint_status_text(s), stint_message(c));
    assert_int_equal(stint_trainer_result(r->trainer, &r->result), STINT_OK);
}

static inline void training_run(training *r, ctx *c, bool validates)
{
    training_new(r, c, validates);
    training_ok(r, c, stint_trainer_run(r->trainer));
}

static inline void training_end(training *r)
{
    stint_trainer_free(r->trainer);
    stint_net_free(r->net);
    r->trainer = NULL;
    r->net = NULL;
}

/* All weights, one behind the other; how many. */
static inline int training_weights(stint_net *n, float *out)
{
    char name[64];
    int count = 0;
    for (int i = 0; i < stint_net_weights(n); i++) {
        stint_tensor *w = stint_net_weight(n, i, name, sizeof name);
        int k = (int)stint_tensor_count(w);
        assert_int_equal(stint_read(w, out + count, (size_t)k * 4), STINT_OK);
        count += k;
    }
    return count;
}

/* A file of a directory under the fixture's, as a text to be freed. */
static inline char *training_file(const char *dir, const char *name, size_t *len)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    char *out = calloc(1, 1 << 20);
    *len = fread(out, 1, (1 << 20) - 1, f);
    fclose(f);
    return out;
}

#endif
