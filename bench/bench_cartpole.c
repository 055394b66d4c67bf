/* CartPole by policy gradient, through the public interface alone: episodes gathered many at a
 * time, one forward for all of them, against the same episodes gathered one by one.
 *
 *     bench_cartpole [SEED]
 *
 * REINFORCE (Williams 1992) with a learned baseline: per update 64 episodes, the gradient of
 *
 *     - Σ advantage log π(action | state) + ½ Σ (value - return)² - 0.01 Σ entropy
 *
 * over their steps, clipped by norm, Adam.  Solved: the mean return of 100 episodes in a row is
 * 475 or more of 500.  Every draw is a pure function of (seed, episode, step), and a row of a
 * product has the same bits whatever the other rows are, so both ways see the same episodes.
 * Prints one line of JSON. */
#include "stint/stint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LIMIT = 500, BATCH = 64, STATE = 4, HIDDEN = 64, ROWS = LIMIT * BATCH };
enum { WEIGHTS = 6, UPDATES_MOST = 200, LAST = 100, ENOUGH = 475, REPEATS = 5 };

/* --- the environment ------------------------------------------------------------------------ */

/* A pole on a cart (Barto, Sutton, Anderson 1983): x, its velocity, the angle, its velocity;
 * Euler steps of 0.02 s under a force of ±10 N.  It ends beyond 2.4 m or 12 degrees. */
static bool cart_step(float s[STATE], int action)
{
    const double gravity = 9.8, cart = 1, pole = 0.1, half = 0.5, dt = 0.02, all = cart + pole;
    double force = action ? 10 : -10, sine = sin(s[2]), cosine = cos(s[2]);
    double push = (force + pole * half * s[3] * s[3] * sine) / all;
    double turn =
        (gravity * sine - cosine * push) / (half * (4.0 / 3 - pole * cosine * cosine / all));
    double speed = push - pole * half * turn * cosine / all;
    s[0] += (float)(dt * s[1]);
    s[1] += (float)(dt * speed);
    s[2] += (float)(dt * s[3]);
    s[3] += (float)(dt * turn);
    return fabsf(s[0]) <= 2.4f && fabsf(s[2]) <= (float)(12 * 3.14159265358979 / 180);
}

/* Uniform in 0 … 1: splitmix64 (Steele, Lea, Flood 2014) of the number's place. */
static double uniform(uint64_t seed, uint64_t episode, uint64_t draw)
{
    uint64_t z = (seed * 0x2545f4914f6cdd1dULL + episode) * 1024 + draw;
    for (int i = 0; i < 2; i++) {
        z += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        z ^= z >> 31;
    }
    return (double)(z >> 11) * 0x1p-53;
}

static void cart_reset(float s[STATE], uint64_t seed, uint64_t episode)
{
    for (int i = 0; i < STATE; i++)
        s[i] = (float)(0.1 * uniform(seed, episode, LIMIT + (uint64_t)i) - 0.05);
}

/* --- the learner ---------------------------------------------------------------------------- */

typedef struct learner {
    stint_context *ctx;
    uint64_t seed;
    int wide;                 /* episodes gathered at a time */
    stint_tensor *w[WEIGHTS]; /* [4,h] [h] [h,2] [2] [h,1] [1] */
    stint_tensor *in[4];      /* of an update: states, action (one-hot), return, 1 where there is */
    stint_tensor *now;        /* [wide,4] states of the episodes being gathered */
    stint_optimiser *adam;
    stint_fn *act, *update;
    int64_t episodes, steps;
    double gather_seconds, seconds;
    double returns[UPDATES_MOST * BATCH];
} learner;

/* Gathered episodes, padded to LIMIT steps each. */
static float states[BATCH][LIMIT][STATE], actions[BATCH][LIMIT][2], returns[BATCH][LIMIT][1];
static float there[BATCH][LIMIT][1];

static stint_tensor *hidden_of(const learner *l, stint_tensor *x)
{
    return stint_tanh(stint_linear(x, l->w[0], l->w[1]));
}

static stint_status act(void *self, stint_tensor *const *in, stint_tensor **out)
{
    learner *l = self;
    out[0] = stint_softmax(stint_linear(hidden_of(l, in[0]), l->w[2], l->w[3]), -1);
    return out[0] ? STINT_OK : STINT_EFAIL;
}

/* Σ x over the steps there are, by their number */
static stint_tensor *mean_there(stint_tensor *x, stint_tensor *mask)
{
    return stint_div(stint_sum(stint_mul(x, mask), STINT_ALL_AXES, false),
                     stint_sum(mask, STINT_ALL_AXES, false));
}

static stint_status update(void *self, stint_tensor *const *in, stint_tensor **out)
{
    learner *l = self;
    stint_tensor *h = hidden_of(l, in[0]), *gradient[WEIGHTS];
    stint_tensor *log_p = stint_log_softmax(stint_linear(h, l->w[2], l->w[3]), -1);
    stint_tensor *value = stint_linear(h, l->w[4], l->w[5]);
    stint_tensor *advantage = stint_detach(stint_sub(in[2], value));
    stint_tensor *chosen = stint_sum(stint_mul(log_p, in[1]), -1, true);
    stint_tensor *entropy = stint_neg(stint_sum(stint_mul(log_p, stint_exp(log_p)), -1, true));
    stint_tensor *policy = stint_add(stint_mul(advantage, chosen), stint_mul_number(entropy, 0.01));
    stint_tensor *error = stint_mul_number(stint_square(stint_sub(value, in[2])), 0.5);
    out[0] = mean_there(stint_sub(error, policy), in[3]);
    stint_status s = stint_gradients(1, out, NULL, WEIGHTS, l->w, gradient);
    s = s ? s : stint_clip_by_norm(WEIGHTS, gradient, 0.5, NULL);
    return s ? s : stint_optimiser_update(l->adam, WEIGHTS, l->w, gradient);
}

static void learner_open(learner *l, uint64_t seed, int wide)
{
    static const int64_t shapes[WEIGHTS][2] = {{STATE, HIDDEN}, {HIDDEN}, {HIDDEN, 2}, {2},
                                               {HIDDEN, 1},     {1}};
    *l = (learner){.ctx = stint_open(NULL), .seed = seed, .wide = wide};
    stint_tensor *generator = stint_generator(l->ctx, (int64_t)seed);
    for (int i = 0; i < WEIGHTS; i++)
        l->w[i] = stint_initialise(generator, i % 2 ? "zeros" : "xavier_uniform", 0, NULL,
                                   STINT_F32, 2 - i % 2, shapes[i]);
    void *const data[4] = {states, actions, returns, there};
    const int64_t width[4] = {STATE, 2, 1, 1};
    for (int i = 0; i < 4; i++)
        l->in[i] = stint_wrap(l->ctx, STINT_F32, STINT_SHAPE(ROWS, width[i]), NULL, data[i]);
    l->now = stint_zeros(l->ctx, STINT_F32, STINT_SHAPE(wide, STATE));
    stint_setting rate = {"learning_rate", "0.01"};
    l->adam = stint_optimiser_new(l->ctx, "adam", 1, &rate);
    l->act = stint_fn_new(l->ctx, act, l, 1, 1);
    l->update = stint_fn_new(l->ctx, update, l, 4, 1);
}

static void learner_close(learner *l)
{
    stint_fn_free(l->act);
    stint_fn_free(l->update);
    stint_optimiser_free(l->adam);
    stint_close(l->ctx);
}

/* --- episodes ------------------------------------------------------------------------------- */

/* Rewards to go, 1 a step, discounted by 0.99, scaled to 0 … 1; what is beyond the end is not
 * there. */
static void finish(learner *l, int e, int length)
{
    double sum = 0;
    for (int t = length - 1; t >= 0; t--) {
        sum = 1 + 0.99 * sum;
        returns[e][t][0] = (float)(0.01 * sum);
    }
    for (int t = 0; t < LIMIT; t++)
        there[e][t][0] = t < length;
    l->returns[l->episodes + e] = length;
    l->steps += length;
}

/* One step of episode e of this update, in state `now`; true while the pole is up. */
static bool play(const learner *l, int e, int t, float now[STATE], float chance_right)
{
    bool right = uniform(l->seed, (uint64_t)(l->episodes + e), (uint64_t)t) < chance_right;
    memcpy(states[e][t], now, sizeof states[e][t]);
    actions[e][t][0] = !right;
    actions[e][t][1] = right;
    return cart_step(now, right);
}

/* `wide` episodes side by side, the first of them number `first` of this update. */
static stint_status gather(learner *l, int first)
{
    float now[BATCH][STATE], chance[BATCH][2];
    bool over[BATCH] = {false};
    stint_tensor *p;
    for (int i = 0; i < l->wide; i++)
        cart_reset(now[i], l->seed, (uint64_t)(l->episodes + first + i));
    for (int t = 0, left = l->wide; left > 0; t++) {
        stint_status s = stint_write(l->now, now, sizeof(float) * STATE * (size_t)l->wide);
        s = s ? s : stint_fn_call(l->act, &l->now, &p);
        s = s ? s : stint_read(p, chance, sizeof(float) * 2 * (size_t)l->wide);
        if (s)
            return s;
        for (int i = 0; i < l->wide; i++) {
            if (over[i] || (play(l, first + i, t, now[i], chance[i][1]) && t + 1 < LIMIT))
                continue;
            over[i] = true;
            left--;
            finish(l, first + i, t + 1);
        }
    }
    return STINT_OK;
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static stint_status learn(learner *l)
{
    stint_tensor *loss;
    double began = seconds_now();
    for (int first = 0; first < BATCH; first += l->wide) {
        stint_status s = gather(l, first);
        if (s)
            return s;
    }
    l->gather_seconds += seconds_now() - began;
    stint_status s = stint_fn_call(l->update, l->in, &loss);
    l->episodes += BATCH;
    l->seconds += seconds_now() - began;
    return s;
}

static double mean_of_last(const learner *l)
{
    double sum = 0;
    for (int64_t i = l->episodes - LAST; i < l->episodes; i++)
        sum += i < 0 ? 0 : l->returns[i];
    return sum / LAST;
}

/* --- both ways ------------------------------------------------------------------------------ */

enum { BATCHED, SINGLE, WAYS };
static const char *const names[WAYS] = {"batched", "single"};

/* Until it is solved, or UPDATES_MOST. */
static stint_status solve(learner *l)
{
    stint_status s = stint_fn_warm_up(l->act, &l->now);
    s = s ? s : stint_fn_warm_up(l->update, l->in);
    while (!s && l->episodes < UPDATES_MOST * BATCH && mean_of_last(l) < ENOUGH)
        s = learn(l);
    return s;
}

static void print_rates(const char *name, const double *rate)
{
    printf(", \"%s\": [", name);
    for (int i = 0; i < REPEATS; i++)
        printf("%s%.0f", i > 0 ? ", " : "", rate[i]);
    printf("]");
}

int main(int argc, char **argv)
{
    static learner l[WAYS];
    static float weight[WAYS][STATE * HIDDEN];
    double gathering[WAYS][REPEATS], all[WAYS][REPEATS];
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    stint_status s = STINT_OK;
    for (int i = 0; !s && i < WAYS * REPEATS; i++) { /* by turns */
        int way = i % WAYS, turn = i / WAYS;
        learner_open(&l[way], seed, way == BATCHED ? BATCH : 1);
        s = solve(&l[way]);
        s = s ? s : stint_read(l[way].w[0], weight[way], sizeof weight[way]);
        gathering[way][turn] = (double)l[way].steps / l[way].gather_seconds;
        all[way][turn] = (double)l[way].steps / l[way].seconds;
        if (s)
            fprintf(stderr, "%s\n", stint_message(l[way].ctx));
        learner_close(&l[way]);
    }
    if (s)
        return stint_status_exit(s);
    bool same = memcmp(weight[BATCHED], weight[SINGLE], sizeof weight[SINGLE]) == 0 &&
                memcmp(l[BATCHED].returns, l[SINGLE].returns, sizeof l->returns) == 0;
    printf("{\"solved\": %s, \"mean_return\": %.2f, \"episodes\": %lld, \"steps\": %lld, "
           "\"seconds\": %.3f, \"same\": %s",
           mean_of_last(l) >= ENOUGH ? "true" : "false", mean_of_last(l), (long long)l->episodes,
           (long long)l->steps, l->seconds, same ? "true" : "false");
    for (int way = 0; way < WAYS; way++) {
        char name[32];
        print_rates(names[way], all[way]);
        snprintf(name, sizeof name, "%s_gathering", names[way]);
        print_rates(name, gathering[way]);
    }
    printf("}\n");
    return 0;
}
