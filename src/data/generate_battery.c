#include "data/generate.h"

#include <assert.h>
#include <math.h>

/* Lithium-ion cells under changing load, by an equivalent circuit of the first order: an open
 * circuit voltage, a series resistance, and one resistance beside a capacitance.  Current is
 * positive on discharge; h is the step, T in kelvin, 298.15 K the reference.
 *
 *     OCV(s) = 3.5 + 0.6 s - 0.25 exp(-20 s) + 0.05 exp(10 (s - 1))
 *     R0(T)  = r0 exp(2500 (1/T - 1/298.15)),  R1(T) likewise
 *     s     -= I h / (3600 Q)
 *     V1     = V1 exp(-h / (R1 C1)) + R1 I (1 - exp(-h / (R1 C1)))
 *     T      = ambient + (T - ambient) exp(-h / 500) + 5 (I² R0 + V1² / R1) (1 - exp(-h / 500))
 *     V      = OCV(s) - I R0(T) - V1 + noise e
 *
 * (heat of 5 K per watt, a thermal time constant of 500 s).  A cell is discharged in pulses of
 * 20 to 200 s, at rest in one of five, else at 0.2 to 2 times its capacity per hour, until s
 * falls to 0.1; then charged at once its capacity per hour until s reaches 0.9; and so on. */

enum { CELL, PULSE, NOISE, PURPOSES };
enum { CAPACITY, R0, R1, C1, AMBIENT, SOC, DRAWN };

typedef struct cell {
    double capacity, r0, r1, c1, ambient, soc; /* Ah, ohm, ohm, farad, °C, at the beginning */
} cell;

typedef struct battery {
    double rows, seed, series, step, capacity, resistance, spread, ambient_low, ambient_high, noise;

    int64_t length; /* rows of a series */
    cell cell;      /* of the series at hand */
    double soc, v1, temperature, current;
    bool charging;
    int64_t next_row, pulse, pulse_left; /* pulses so far, rows left of this one */
} battery;

static const param battery_params[] = {
    PARAM_INT(battery, rows, 3600, 1, GENERATE_ROWS_MOST, "rows of each series"),
    GENERATE_PARAM_SEED(battery),
    PARAM_INT(battery, series, 8, 1, 4096, "cells, one series each"),
    PARAM_F64(battery, step, 1, 0.001, 60, "seconds from row to row"),
    PARAM_F64(battery, capacity, 2.5, 0.1, 1000, "mean capacity in Ah"),
    PARAM_F64(battery, resistance, 0.03, 0.0001, 1, "mean series resistance in ohm at 25 °C"),
    PARAM_F64(battery, spread, 0.05, 0, 0.5, "capacity, resistances differ by up to this share"),
    PARAM_F64(battery, ambient_low, 5, -20, 50, "coldest surroundings in °C"),
    PARAM_F64(battery, ambient_high, 35, -20, 50, "warmest surroundings in °C"),
    PARAM_F64(battery, noise, 0.002, 0, 1, "deviation of the noise on voltage, in volts"),
    PARAM_END,
};

static stint_status battery_begin(generated *g)
{
    static const char *const names[] = {"series",      "time", "current",
                                        "temperature", "soc",  "voltage"};
    battery *b = g->self;
    if (b->ambient_low > b->ambient_high)
        return fail(g->ctx, STINT_EUSAGE,
                    "battery: ambient_low %g is above ambient_high %g; swap them", b->ambient_low,
                    b->ambient_high);
    b->length = g->rows;
    g->rows *= (int64_t)b->series;
    TRY(generate_columns(g, 6));
    for (int j = 0; j < 6; j++)
        g->columns[j].name = names[j];
    return STINT_OK;
}

/* --- a cell --------------------------------------------------------------------------------- */

static double varied(const battery *b, double mean, double u)
{
    return mean * (1 + b->spread * (2 * u - 1));
}

static cell draw_cell(const generated *g, const battery *b, int64_t series)
{
    double u[DRAWN];
    for (int i = 0; i < DRAWN; i++)
        u[i] = rng_uniform(generate_rng(g, CELL), (uint64_t)(series * DRAWN + i));
    return (cell){
        .capacity = varied(b, b->capacity, u[CAPACITY]),
        .r0 = varied(b, b->resistance, u[R0]),
        .r1 = varied(b, 0.6 * b->resistance, u[R1]),
        .c1 = varied(b, 60 / b->resistance, u[C1]),
        .ambient = b->ambient_low + (b->ambient_high - b->ambient_low) * u[AMBIENT],
        .soc = 0.5 + 0.4 * u[SOC],
    };
}

static double open_circuit(double s)
{
    return 3.5 + 0.6 * s - 0.25 * exp(-20 * s) + 0.05 * exp(10 * (s - 1));
}

static double warm_factor(double celsius)
{
    return exp(2500 * (1 / (celsius + 273.15) - 1 / 298.15));
}

/* --- its load --------------------------------------------------------------------------------- */

static rng series_rng(const generated *g, int purpose, int64_t series)
{
    return generate_rng(g, (uint64_t)(purpose + series * PURPOSES));
}

static void next_pulse(const generated *g, battery *b, int64_t series)
{
    rng r = series_rng(g, PULSE, series);
    uint64_t at = (uint64_t)b->pulse++ * 3;
    double seconds = 20 + 180 * rng_uniform(r, at);
    bool rest = rng_uniform(r, at + 1) < 0.2;
    b->pulse_left = 1 + (int64_t)(seconds / b->step);
    b->current = rest ? 0 : (0.2 + 1.8 * rng_uniform(r, at + 2)) * b->cell.capacity;
}

static void choose_current(const generated *g, battery *b, int64_t series)
{
    if (b->charging && b->soc >= 0.9) {
        b->charging = false;
        b->pulse_left = 0;
    } else if (!b->charging && b->soc <= 0.1) {
        b->charging = true;
        b->current = -b->cell.capacity;
    }
    if (!b->charging && b->pulse_left-- <= 0)
        next_pulse(g, b, series);
}

static void start_series(const generated *g, battery *b, int64_t series)
{
    b->cell = draw_cell(g, b, series);
    b->soc = b->cell.soc;
    b->temperature = b->cell.ambient;
    b->v1 = 0;
    b->charging = false;
    b->pulse = b->pulse_left = 0;
}

static void advance(battery *b)
{
    const cell *e = &b->cell;
    double warm = warm_factor(b->temperature), r1 = e->r1 * warm, i = b->current;
    double fade = exp(-b->step / (r1 * e->c1)), cool = exp(-b->step / 500);
    double heat = i * i * e->r0 * warm + b->v1 * b->v1 / r1; /* watts */
    b->soc -= i * b->step / (3600 * e->capacity);
    b->temperature = e->ambient + (b->temperature - e->ambient) * cool + 5 * heat * (1 - cool);
    b->v1 = b->v1 * fade + r1 * i * (1 - fade);
}

static void battery_fill(generated *g, int64_t from, int64_t n, double *out, int64_t stride)
{
    battery *b = g->self;
    assert(from == b->next_row);
    b->next_row += n;
    for (int64_t i = 0; i < n; i++, out++) {
        int64_t series = (from + i) / b->length, t = (from + i) % b->length;
        if (t == 0)
            start_series(g, b, series);
        choose_current(g, b, series);
        double r0 = b->cell.r0 * warm_factor(b->temperature);
        double e = rng_normal(series_rng(g, NOISE, series), (uint64_t)t);
        out[0] = (double)series;
        out[stride] = (double)t * b->step;
        out[2 * stride] = b->current;
        out[3 * stride] = b->temperature;
        out[4 * stride] = b->soc;
        out[5 * stride] = open_circuit(b->soc) - b->current * r0 - b->v1 + b->noise * e;
        advance(b);
    }
}

/* --- the known structure --------------------------------------------------------------------- */

static void battery_describe(const generated *g, json_out *j)
{
    const battery *b = g->self;
    emit_string(j, "target", "voltage");
    emit_string(j, "group", "series");
    emit_string(j, "voltage", "OCV(soc) - current * R0(temperature) - V1 + noise * e");
    emit_string(j, "OCV", "3.5 + 0.6 s - 0.25 exp(-20 s) + 0.05 exp(10 (s - 1))");
    emit_string(j, "R0", "r0 exp(2500 (1/T - 1/298.15)), T in kelvin; R1 likewise");
    emit_string(j, "V1", "V1 exp(-h/(R1 C1)) + R1 current (1 - exp(-h/(R1 C1))), 0 at first");
    emit_string(j, "temperature",
                "ambient + (T - ambient) exp(-h/500) + 5 (current^2 R0 + V1^2 / R1) (1 - "
                "exp(-h/500)), ambient at first");
    emit_string(j, "units", "s, A (positive on discharge), °C, Ah, ohm, F, V");
    emit_array(j, "series");
    for (int64_t i = 0; i < (int64_t)b->series; i++) {
        cell e = draw_cell(g, b, i);
        emit_object(j, NULL);
        emit_int(j, "series", i);
        emit_double(j, "capacity", e.capacity);
        emit_double(j, "r0", e.r0);
        emit_double(j, "r1", e.r1);
        emit_double(j, "c1", e.c1);
        emit_double(j, "ambient", e.ambient);
        emit_double(j, "first_soc", e.soc);
        emit_object_end(j);
    }
    emit_array_end(j);
}

const generator_class generator_battery = {
    .name = "battery",
    .summary = "series of current, temperature and charge with the voltage that follows",
    .about =
        "  Columns series, time, current, temperature, soc (state of charge, 0 to 1), voltage: a\n"
        "  series of discharge pulses and charges for each cell, by an equivalent circuit with an\n"
        "  open circuit voltage, a series resistance that falls with warmth, and one RC pair.\n",
    .bytes = sizeof(battery),
    .params = battery_params,
    .begin = battery_begin,
    .fill = battery_fill,
    .describe = battery_describe,
};
