/* The cells, included once for each kind of register with
 *
 *     REAL, V              a value, and LANES of them
 *     load, store          the first n ≤ LANES lanes
 *     SIGMOID, TANH        of a V
 *     SEQUENCE_ROW, _TEXT  the row of the table and its name
 *
 * Each cell is written for one register of units; whole registers have a constant n. */

#include "kernel/sequence.h"

/* The register of part k that begins at unit j */
#define PART(x, k)     load((const REAL *)(x) + (k)*s->h + j, n)
#define PUT(x, k, v)   store((REAL *)(x) + (k)*s->h + j, v, n)
#define GIVEN(x, k, v) ((x) ? (V)((v) + PART(x, k)) : (V)(v))

INLINE void lstm_units(const sequence_step *s, int64_t j, int64_t n)
{
    V i = SIGMOID(PART(s->product, 0) + PART(s->gates, 0));
    V f = SIGMOID(PART(s->product, 1) + PART(s->gates, 1));
    V g = TANH(PART(s->product, 2) + PART(s->gates, 2));
    V o = SIGMOID(PART(s->product, 3) + PART(s->gates, 3));
    V c = f * PART(s->before, 4) + i * g;
    PUT(s->after, 0, i);
    PUT(s->after, 1, f);
    PUT(s->after, 2, g);
    PUT(s->after, 3, o);
    PUT(s->after, 4, c);
    PUT(s->after, 5, o * TANH(c));
}

INLINE void gru_units(const sequence_step *s, int64_t j, int64_t n)
{
    V r = SIGMOID(PART(s->product, 0) + PART(s->bias, 0) + PART(s->gates, 0));
    V z = SIGMOID(PART(s->product, 1) + PART(s->bias, 1) + PART(s->gates, 1));
    V q = PART(s->product, 2) + PART(s->bias, 2);
    V c = TANH(PART(s->gates, 2) + r * q);
    PUT(s->after, 0, r);
    PUT(s->after, 1, z);
    PUT(s->after, 2, c);
    PUT(s->after, 3, q);
    PUT(s->after, 4, c + z * (PART(s->before, 4) - c));
}

INLINE void lstm_back_units(const sequence_back *s, int64_t j, int64_t n)
{
    V i = PART(s->kept, 0), f = PART(s->kept, 1), g = PART(s->kept, 2), o = PART(s->kept, 3);
    V t = TANH(PART(s->kept, 4));
    V dh = GIVEN(s->of_h, 0, PART(s->product, 0) + PART(s->keep_h, 0));
    V dc = GIVEN(s->of_c, 0, PART(s->keep_c, 0)) + dh * o * (1 - t * t);
    V di = GIVEN(s->of_a, 0, dc * g), df = GIVEN(s->of_a, 1, dc * PART(s->before, 4));
    V dg = GIVEN(s->of_a, 2, dc * i), d_o = GIVEN(s->of_a, 3, dh * t);
    PUT(s->out, 0, di * i * (1 - i));
    PUT(s->out, 1, df * f * (1 - f));
    PUT(s->out, 2, dg * (1 - g * g));
    PUT(s->out, 3, d_o * o * (1 - o));
    PUT(s->keep_h, 0, (V){0});
    PUT(s->keep_c, 0, dc * f);
}

INLINE void gru_back_units(const sequence_back *s, int64_t j, int64_t n)
{
    V r = PART(s->kept, 0), z = PART(s->kept, 1), c = PART(s->kept, 2), q = PART(s->kept, 3);
    V dh = GIVEN(s->of_h, 0, PART(s->product, 0) + PART(s->keep_h, 0));
    V dn = GIVEN(s->of_a, 2, dh * (1 - z)) * (1 - c * c);
    V dq = GIVEN(s->of_a, 3, dn * r);
    V dr = GIVEN(s->of_a, 0, dn * q) * r * (1 - r);
    V dz = GIVEN(s->of_a, 1, dh * (PART(s->before, 4) - c)) * z * (1 - z);
    PUT(s->out, 0, dr);
    PUT(s->out, 1, dz);
    PUT(s->out, 2, dn);
    PUT(s->out, 3, dr);
    PUT(s->out, 4, dz);
    PUT(s->out, 5, dq);
    PUT(s->keep_h, 0, dh * z);
}

#define CELL(name, arguments)                                                                      \
    static void name(const arguments *s)                                                           \
    {                                                                                              \
        const arguments own = *s; /* which no store can change */                                  \
        int64_t j = 0;                                                                             \
        for (; j + LANES <= own.h; j += LANES)                                                     \
            name##_units(&own, j, LANES);                                                          \
        if (j < own.h)                                                                             \
            name##_units(&own, j, own.h - j);                                                      \
    }
CELL(lstm, sequence_step)
CELL(gru, sequence_step)
CELL(lstm_back, sequence_back)
CELL(gru_back, sequence_back)
#undef CELL
#undef PART
#undef PUT
#undef GIVEN

const sequence_class SEQUENCE_ROW = {
    .name = SEQUENCE_TEXT,
    .step = {[SEQUENCE_LSTM] = lstm, [SEQUENCE_GRU] = gru},
    .back = {[SEQUENCE_LSTM] = lstm_back, [SEQUENCE_GRU] = gru_back},
};
