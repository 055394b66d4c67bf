/* Random numbers: Philox4x32-10 keyed by the seed, whose counters are places in the sequence.
 *
 * A block of four words is four numbers of 32 bits or two of 64: uniform are the upper 24 or 53
 * bits.  Normal numbers come in pairs 2p, 2p + 1 of two neighbours u, v: √(-2 ln u) cos 2πv and
 * sin 2πv (Box, Muller 1958); u is over (0, 1] and keeps its lower bits where it is small, so
 * that f32 reaches 6.7 standard deviations. */
#include "device/steps.h"

#include "kernel/philox.h"

#include <assert.h>
#include <string.h>

/* Beside the streams of base/rng.h, for tensors. */
static const uint64_t stream = (uint64_t)1 << 32;

enum { ITEM = 1 << 16, RUN = 2 * ELEMENT_BLOCK, LINE = 16 }; /* numbers; both even */

typedef struct numbers {
    uint32_t word[2 * (RUN + 8)];
    double u[ELEMENT_BLOCK], v[ELEMENT_BLOCK]; /* f32 in the lower half, or f64 */
    double normal[RUN];
    _Alignas(64) char program[ELEMENT_SCRATCH_BYTES];
} numbers;

/* r = √(-2 ln u); r cos 2πv, r sin 2πv */
enum { IN_U, IN_V, MINUS_2, TWO_PI, R, ANGLE, COS, SIN, REGISTERS };
static const element_code box_muller[] = {
    {ELEMENT_LOG, R, IN_U},     {ELEMENT_MUL, R, R, MINUS_2},
    {ELEMENT_SQRT, R, R},       {ELEMENT_MUL, ANGLE, IN_V, TWO_PI},
    {ELEMENT_COS, COS, ANGLE},  {ELEMENT_SIN, SIN, ANGLE},
    {ELEMENT_MUL, COS, R, COS}, {ELEMENT_MUL, SIN, R, SIN},
};
static const double box_muller_constants[] = {-2, 6.283185307179586};
static const uint8_t box_muller_outputs[] = {COS, SIN};
static const uint8_t f32s[] = {STINT_F32, STINT_F32}, f64s[] = {STINT_F64, STINT_F64};

static void box_muller_run(bool f32, int64_t pairs, numbers *n)
{
    const element_program p = {
        .domain = f32 ? ELEMENT_F32 : ELEMENT_F64,
        .inputs = 2,
        .constants = 2,
        .registers = REGISTERS,
        .codes = sizeof box_muller / sizeof *box_muller,
        .outputs = 2,
        .in_dtype = f32 ? f32s : f64s,
        .constant = box_muller_constants,
        .code = box_muller,
        .out_register = box_muller_outputs,
        .out_dtype = f32 ? f32s : f64s,
    };
    char *out = (char *)n->normal;
    element_span in[] = {{(char *)n->u, 1}, {(char *)n->v, 1}};
    element_span outs[] = {{out, 2}, {out + (f32 ? 4 : 8), 2}};
    element_run(&p, pairs, in, outs, n->program);
}

static uint64_t wide(const uint32_t *w)
{
    return (uint64_t)w[1] << 32 | w[0];
}

static void uniform_f32(int64_t n, const uint32_t *restrict w, float *restrict out)
{
    int64_t i = 0;
    for (; i + LINE <= n; i += LINE) /* of fixed length, so that it becomes vectors */
        for (int k = 0; k < LINE; k++)
            out[i + k] = (float)(int32_t)(w[i + k] >> 8) * 0x1p-24f;
    for (; i < n; i++)
        out[i] = (float)(int32_t)(w[i] >> 8) * 0x1p-24f;
}

static void uniform_f64(int64_t n, const uint32_t *w, double *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = (double)(int64_t)(wide(w + 2 * i) >> 11) * 0x1p-53;
}

static void normal_f32(int64_t pairs, const uint32_t *w, numbers *s)
{
    float *u = (float *)s->u, *v = (float *)s->v;
    for (int64_t i = 0; i < pairs; i++) {
        uint32_t a = w[2 * i], b = w[2 * i + 1];
        u[i] = (float)(int32_t)(a >> 8) * 0x1p-24f + ((float)(int32_t)(a & 255) + 0.5f) * 0x1p-32f;
        v[i] = (float)(int32_t)(b >> 8) * 0x1p-24f;
    }
    box_muller_run(true, pairs, s);
}

static void normal_f64(int64_t pairs, const uint32_t *w, numbers *s)
{
    for (int64_t i = 0; i < pairs; i++) {
        s->u[i] = 1 - (double)(int64_t)(wide(w + 4 * i) >> 11) * 0x1p-53;
        s->v[i] = (double)(int64_t)(wide(w + 4 * i + 2) >> 11) * 0x1p-53;
    }
    box_muller_run(false, pairs, s);
}

/* Numbers first … first + n - 1, n ≤ RUN - 4, wherever they lie in their blocks. */
static void run_of(const random_args *a, uint64_t seed, uint64_t first, int64_t n, numbers *s,
                   char *out)
{
    bool f32 = a->dtype == STINT_F32;
    uint64_t per_block = f32 ? 4 : 2;
    uint64_t block = first / per_block, end = (first + (uint64_t)n - 1) / per_block + 1;
    int64_t skip = (int64_t)(first % per_block);
    philox()(seed, stream, block, (int64_t)(end - block), s->word);
    if (!a->normal) {
        if (f32)
            uniform_f32(n, s->word + skip, (float *)out);
        else
            uniform_f64(n, s->word + 2 * skip, (double *)out);
        return;
    }
    int64_t pairs = (int64_t)((end - block) * per_block / 2);
    if (f32)
        normal_f32(pairs, s->word, s);
    else
        normal_f64(pairs, s->word, s);
    size_t bytes = f32 ? 4 : 8;
    memcpy(out, (char *)s->normal + (size_t)skip * bytes, (size_t)n * bytes);
}

static int64_t parts(const random_args *a)
{
    return (a->count + ITEM - 1) / ITEM;
}

static int64_t random_items(const void *args, int phase)
{
    (void)phase;
    return parts(args);
}

static void random_run(const void *args, int phase, int64_t item, char *const *memory,
                       void *scratch)
{
    const random_args *a = args;
    const int64_t *generator = (const int64_t *)memory[a->generator];
    static_assert(sizeof(numbers) <= PLAN_SCRATCH_BYTES, "the scratch of a thread");
    (void)phase;
    int64_t bytes = a->dtype == STINT_F32 ? 4 : 8, most = RUN - 4;
    int64_t end = a->count - item * ITEM < ITEM ? a->count : (item + 1) * ITEM;
    for (int64_t i = item * ITEM; i < end; i += most)
        run_of(a, (uint64_t)generator[0], (uint64_t)(generator[1] + i),
               end - i < most ? end - i : most, scratch, memory[a->out] + i * bytes);
}

static void random_describe(const void *args, str *out)
{
    const random_args *a = args;
    str_addf(out, "%s [%lld]", a->normal ? "normal" : "uniform", (long long)a->count);
}

const step_class step_random = {
    .name = "random",
    .items = random_items,
    .run = random_run,
    .describe = random_describe,
};
