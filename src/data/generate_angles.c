#include "data/generate.h"

#include <math.h>

/* Many columns about one angle, few of which tell it.  For a row with angle θ, magnitude m and
 * group g, each informative column is one harmonic of the angle,
 *
 *     x = s a sin(kθ + φ) + group_effect b[g] + noise e,    s = m or 1, e scaled by m or 1,
 *
 * a redundant column adds up three informative ones with weights w, and a little noise; the
 * others are standard normal.  b and e are standard normal too, b one number for each pair of
 * group and column, so that rows of one group are alike and a split through groups is too
 * hopeful.  Where a column of a role stands is dealt out by the seed. */

enum { TERMS = 3, ATTEMPTS = 64 };
enum { SCALE_SIGNAL, SCALE_NOISE };
enum { TARGET_DEGREES, TARGET_SINCOS, TARGET_BOTH };
enum { /* purposes of random numbers; a column's own begin where the fixed ones end */
       DEAL,
       WAVE,
       TERM,
       ANGLE,
       MAGNITUDE,
       CELL = 1 << 8,
       GROUP = 1 << 16
};

static const double two_pi = 6.283185307179586;

typedef struct wave {
    double amplitude, harmonic, phase;
} wave;

typedef struct angles {
    double rows, seed, features, informative, redundant, harmonics, noise, redundant_noise,
        concentration, direction, magnitude_spread, magnitude_scales, group_rows, group_effect,
        targets;

    int n, waves, sums;      /* as integers: features, informative, redundant */
    int *column;             /* [n] where each stands: informative, redundant, noise */
    wave *wave;              /* [waves] */
    int *first;              /* [sums] the first of its TERMS informative columns */
    double (*weight)[TERMS]; /* [sums] */
    double *x;               /* [waves] of the row at hand */
} angles;

static const char *const scales[] = {"signal", "noise", "nothing", NULL};
static const char *const targets[] = {"degrees", "sincos", "both", NULL};

static const param angles_params[] = {
    GENERATE_PARAM_ROWS(angles, 3888),
    GENERATE_PARAM_SEED(angles),
    PARAM_INT(angles, features, 167, 1, GENERATE_FEATURES_MOST, "feature columns of all roles"),
    PARAM_INT(angles, informative, 40, 0, GENERATE_FEATURES_MOST, "those that follow the angle"),
    PARAM_INT(angles, redundant, 30, 0, GENERATE_FEATURES_MOST, "those that add up informative"),
    PARAM_INT(angles, harmonics, 3, 1, 64, "informative columns turn 1 to so many times"),
    PARAM_F64(angles, noise, 0.5, 0, 1e6, "deviation of the noise on informative columns"),
    PARAM_F64(angles, redundant_noise, 0.1, 0, 1e6, "deviation of the noise on redundant ones"),
    PARAM_F64(angles, concentration, 0, 0, 1e6, "of a von Mises distribution; 0 is uniform"),
    PARAM_F64(angles, direction, 0, 0, 360, "degrees that the angles concentrate at"),
    PARAM_F64(angles, magnitude_spread, 0.5, 0, 10, "deviation of the magnitude's logarithm"),
    {"magnitude_scales", PARAM_TYPE_CHOICE, offsetof(angles, magnitude_scales), SCALE_SIGNAL, 0, 2,
     scales, "what the magnitude multiplies"},
    PARAM_INT(angles, group_rows, 8, 1, 1e6, "rows of a group"),
    PARAM_F64(angles, group_effect, 0.2, 0, 1e6, "deviation that the rows of a group share"),
    {"targets", PARAM_TYPE_CHOICE, offsetof(angles, targets), TARGET_DEGREES, 0, 2, targets,
     "the angle in degrees, its sine and cosine, or both"},
    PARAM_END,
};

/* --- the columns ------------------------------------------------------------------------- */

/* A Fisher–Yates shuffle. */
static void deal(const generated *g, int *column, int n)
{
    for (int i = 0; i < n; i++)
        column[i] = i;
    for (int i = n - 1; i > 0; i--) {
        int k = (int)rng_below(generate_rng(g, DEAL), (uint64_t)i, (uint64_t)i + 1), at = column[i];
        column[i] = column[k];
        column[k] = at;
    }
}

static stint_status allocate(generated *g, angles *a)
{
    a->column = arena_new(&g->arena, int, a->n);
    a->wave = arena_new(&g->arena, wave, a->waves);
    a->x = arena_new(&g->arena, double, a->waves);
    a->first = arena_new(&g->arena, int, a->sums);
    a->weight = arena_array(&g->arena, a->sums, sizeof *a->weight);
    return ctx_status(g->ctx);
}

static void draw_coefficients(const generated *g, angles *a)
{
    rng waves = generate_rng(g, WAVE), terms = generate_rng(g, TERM);
    for (int j = 0; j < a->waves; j++)
        a->wave[j] = (wave){
            .amplitude = 0.5 + rng_uniform(waves, (uint64_t)j * 2),
            .harmonic = 1 + j % (int)a->harmonics,
            .phase = two_pi * rng_uniform(waves, (uint64_t)j * 2 + 1),
        };
    for (int j = 0; j < a->sums; j++) {
        uint64_t at = (uint64_t)j * (TERMS + 1);
        a->first[j] = (int)rng_below(terms, at, (uint64_t)a->waves);
        for (int q = 0; q < TERMS; q++)
            a->weight[j][q] = rng_normal(terms, at + 1 + (uint64_t)q);
    }
}

static stint_status name_columns(generated *g, const angles *a)
{
    static const char *const degrees[] = {"angle"}, *const sincos[] = {"sin_angle", "cos_angle"};
    int n = a->n;
    TRY(generate_columns(g, n + 2 + (a->targets == TARGET_DEGREES ? 1 : (int)a->targets + 1)));
    for (int j = 0; j < n; j++)
        TRY(generate_name(g, j, "f%03d", j));
    g->columns[n++].name = "magnitude";
    g->columns[n++].name = "group";
    if (a->targets != TARGET_SINCOS)
        g->columns[n++].name = degrees[0];
    if (a->targets != TARGET_DEGREES) {
        g->columns[n++].name = sincos[0];
        g->columns[n++].name = sincos[1];
    }
    return STINT_OK;
}

static stint_status angles_begin(generated *g)
{
    angles *a = g->self;
    a->n = (int)a->features;
    a->waves = (int)a->informative;
    a->sums = (int)a->redundant;
    if (a->waves + a->sums > a->n)
        return fail(g->ctx, STINT_EUSAGE,
                    "angles: %d informative and %d redundant columns are more than the %d "
                    "features; raise features",
                    a->waves, a->sums, a->n);
    if (a->sums && a->waves < TERMS)
        return fail(g->ctx, STINT_EUSAGE,
                    "angles: a redundant column adds up %d informative ones, of which there are "
                    "%d; raise informative or set redundant to 0",
                    TERMS, a->waves);
    TRY(allocate(g, a));
    deal(g, a->column, a->n);
    draw_coefficients(g, a);
    return name_columns(g, a);
}

/* --- the rows ------------------------------------------------------------------------------ */

/* Best and Fisher 1979: proposals from a wrapped Cauchy distribution; at least 65 % are taken,
 * so that running out of attempts does not happen in practice.  Radians around 0. */
static double von_mises(rng r, uint64_t row, double k)
{
    double tau = 1 + sqrt(1 + 4 * k * k), rho = (tau - sqrt(2 * tau)) / (2 * k), angle = 0;
    double s = k < 1e-5 ? 1 / k + k : (1 + rho * rho) / (2 * rho); /* rho's cancellation */
    for (uint64_t i = 0, at = row * ATTEMPTS * 3; i < ATTEMPTS; i++, at += 3) {
        double z = cos(two_pi / 2 * rng_uniform(r, at)), f = (1 + s * z) / (s + z);
        f = fmin(fmax(f, -1), 1);
        double c = k * (s - f), u = 1 - rng_uniform(r, at + 1);
        angle = rng_uniform(r, at + 2) < 0.5 ? -acos(f) : acos(f);
        if (c * (2 - c) > u || log(c / u) + 1 >= c)
            break;
    }
    return angle;
}

/* Degrees in [0, 360). */
static double angle_of(const generated *g, const angles *a, uint64_t row)
{
    rng r = generate_rng(g, ANGLE);
    if (a->concentration == 0)
        return 360 * rng_uniform(r, row);
    double x = a->direction + von_mises(r, row, a->concentration) * 360 / two_pi;
    x = fmod(x + 360, 360);
    return x < 360 ? x : 0;
}

static double normal(const generated *g, int purpose, int column, uint64_t index)
{
    return rng_normal(generate_rng(g, (uint64_t)(purpose + column)), index);
}

static void fill_features(const generated *g, angles *a, uint64_t row, double angle, double m,
                          double *out, int64_t stride)
{
    uint64_t group = row / (uint64_t)a->group_rows;
    double signal = a->magnitude_scales == SCALE_SIGNAL ? m : 1;
    double noise = a->magnitude_scales == SCALE_NOISE ? a->noise * m : a->noise;
    const int *column = a->column;
    for (int j = 0; j < a->waves; j++, column++) {
        const wave *w = &a->wave[j];
        a->x[j] = signal * w->amplitude * sin(w->harmonic * angle + w->phase) +
                  a->group_effect * normal(g, GROUP, *column, group) +
                  noise * normal(g, CELL, *column, row);
        out[*column * stride] = a->x[j];
    }
    for (int j = 0; j < a->sums; j++, column++) {
        double sum = a->redundant_noise * normal(g, CELL, *column, row);
        for (int q = 0; q < TERMS; q++)
            sum += a->weight[j][q] * a->x[(a->first[j] + q) % a->waves];
        out[*column * stride] = sum;
    }
    for (; column < a->column + a->n; column++)
        out[*column * stride] = normal(g, CELL, *column, row);
}

static void angles_fill(generated *g, int64_t from, int64_t n, double *out, int64_t stride)
{
    angles *a = g->self;
    for (int64_t i = 0; i < n; i++) {
        uint64_t row = (uint64_t)(from + i);
        double degrees = angle_of(g, a, row), radians = degrees / 360 * two_pi;
        double m = exp(a->magnitude_spread * rng_normal(generate_rng(g, MAGNITUDE), row));
        fill_features(g, a, row, radians, m, out + i, stride);
        double *other = out + a->n * stride + i;
        other[0] = m;
        other[stride] = floor((double)row / a->group_rows);
        other += 2 * stride;
        if (a->targets != TARGET_SINCOS) {
            *other = degrees;
            other += stride;
        }
        if (a->targets != TARGET_DEGREES) {
            other[0] = sin(radians);
            other[stride] = cos(radians);
        }
    }
}

/* --- the known structure ----------------------------------------------------------------- */

static void describe_waves(const generated *g, const angles *a, json_out *j)
{
    emit_array(j, "informative");
    for (int i = 0; i < a->waves; i++) {
        emit_object(j, NULL);
        emit_string(j, "name", g->columns[a->column[i]].name);
        emit_double(j, "amplitude", a->wave[i].amplitude);
        emit_int(j, "harmonic", (int64_t)a->wave[i].harmonic);
        emit_double(j, "phase", a->wave[i].phase);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void describe_sums(const generated *g, const angles *a, json_out *j)
{
    emit_array(j, "redundant");
    for (int i = 0; i < a->sums; i++) {
        emit_object(j, NULL);
        emit_string(j, "name", g->columns[a->column[a->waves + i]].name);
        emit_array(j, "of");
        for (int q = 0; q < TERMS; q++)
            emit_string(j, NULL, g->columns[a->column[(a->first[i] + q) % a->waves]].name);
        emit_array_end(j);
        emit_array(j, "weights");
        for (int q = 0; q < TERMS; q++)
            emit_double(j, NULL, a->weight[i][q]);
        emit_array_end(j);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void angles_describe(const generated *g, json_out *j)
{
    const angles *a = g->self;
    bool signal = a->magnitude_scales == SCALE_SIGNAL, noise = a->magnitude_scales == SCALE_NOISE;
    str formula;
    str_init(&formula, g->ctx, TAG_REPORT);
    str_addf(&formula,
             "%samplitude * sin(harmonic * angle + phase) + group_effect * b[group, column] + "
             "noise * %se",
             signal ? "magnitude * " : "", noise ? "magnitude * " : "");
    emit_array(j, "targets");
    for (int i = a->n + 2; i < g->n_columns; i++)
        emit_string(j, NULL, g->columns[i].name);
    emit_array_end(j);
    emit_string(j, "group", "group");
    emit_str(j, "informative_formula", &formula);
    emit_string(j, "redundant_formula", "weights of three informative + redundant_noise * e");
    emit_string(j, "noise_formula", "standard normal");
    str_deinit(&formula);
    describe_waves(g, a, j);
    describe_sums(g, a, j);
    emit_array(j, "noise");
    for (int i = a->waves + a->sums; i < a->n; i++)
        emit_string(j, NULL, g->columns[a->column[i]].name);
    emit_array_end(j);
}

const generator_class generator_angles = {
    .name = "angles",
    .summary = "an angle behind informative, redundant and noise columns, rows in groups",
    .about =
        "  Columns f000, f001 … (roles dealt out by the seed), magnitude (lognormal), group, then\n"
        "  the targets: angle in degrees, or sin_angle and cos_angle.  An informative column is\n"
        "  one harmonic of the angle, times the magnitude, plus an offset of the row's group and\n"
        "  noise; a redundant one adds up three informative ones; the others are noise alone.\n",
    .bytes = sizeof(angles),
    .params = angles_params,
    .begin = angles_begin,
    .fill = angles_fill,
    .describe = angles_describe,
};
