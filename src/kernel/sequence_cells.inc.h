/* The cells, included once for each kind of register with
 *
 *     REAL, V              a value, and LANES of them
 *     load, store          the first n ≤ LANES lanes
 *     FMA                  a b + c of Vs
 *     SIGMOID, TANH        of a V
 *
 * Each cell is written for one register of units of one row; whole registers have a constant n. */

/* Where a register of a row begins in the first part of each operand; parts are h apart, but for
 * the product, which is LANES apart, and the gates. */
typedef struct forth_units {
    const REAL *product, *gates, *bias, *before;
    REAL *after;
    int64_t gates_apart;
} forth_units;

typedef struct back_units {
    const REAL *product, *kept, *before, *of_a, *of_c, *of_h;
    REAL *keep_h, *keep_c, *out;
} back_units;

#define PART(x, k)     load((x) + (k)*h, n)
#define PRODUCT(k)     load(s->product + (k)*LANES, LANES)
#define GATE(k)        load(s->gates + (k)*s->gates_apart, n)
#define PUT(x, k, v)   store((x) + (k)*h, v, n)
#define GIVEN(x, k, v) ((x) ? (V)((v) + PART(x, k)) : (V)(v))

INLINE void lstm_units(const forth_units *s, int64_t h, int64_t n)
{
    V i = SIGMOID(PRODUCT(0) + GATE(0));
    V f = SIGMOID(PRODUCT(1) + GATE(1));
    V g = TANH(PRODUCT(2) + GATE(2));
    V o = SIGMOID(PRODUCT(3) + GATE(3));
    V c = FMA(f, PART(s->before, 4), i * g);
    PUT(s->after, 0, i);
    PUT(s->after, 1, f);
    PUT(s->after, 2, g);
    PUT(s->after, 3, o);
    PUT(s->after, 4, c);
}

/* Apart, so that what is done first for one row is not waited for beside another's. */
INLINE void lstm_output_units(const forth_units *s, int64_t h, int64_t n)
{
    PUT(s->after, 5, PART(s->after, 3) * TANH(PART(s->after, 4)));
}

INLINE void gru_units(const forth_units *s, int64_t h, int64_t n)
{
    V r = SIGMOID(PRODUCT(0) + PART(s->bias, 0) + GATE(0));
    V z = SIGMOID(PRODUCT(1) + PART(s->bias, 1) + GATE(1));
    V q = PRODUCT(2) + PART(s->bias, 2);
    V c = TANH(FMA(r, q, GATE(2)));
    PUT(s->after, 0, r);
    PUT(s->after, 1, z);
    PUT(s->after, 2, c);
    PUT(s->after, 3, q);
    PUT(s->after, 4, FMA(z, PART(s->before, 4) - c, c));
}

INLINE V gradient_h(const back_units *s, int64_t h, int64_t n)
{
    return GIVEN(s->of_h, 0, PRODUCT(0) + PART(s->keep_h, 0));
}

INLINE V gradient_c(const back_units *s, int64_t h, int64_t n)
{
    return GIVEN(s->of_c, 0, PART(s->keep_c, 0));
}

INLINE void lstm_back_units(const back_units *s, int64_t h, int64_t n)
{
    V i = PART(s->kept, 0), f = PART(s->kept, 1), g = PART(s->kept, 2), o = PART(s->kept, 3);
    V t = TANH(PART(s->kept, 4));
    V dh = gradient_h(s, h, n);
    V dc = FMA(dh * o, 1 - t * t, gradient_c(s, h, n));
    V di = GIVEN(s->of_a, 0, dc * g), df = GIVEN(s->of_a, 1, dc * PART(s->before, 4));
    V dg = GIVEN(s->of_a, 2, dc * i), d_o = GIVEN(s->of_a, 3, dh * t);
    PUT(s->out, 0, di * i * (1 - i));
    PUT(s->out, 1, df * f * (1 - f));
    PUT(s->out, 2, dg * (1 - g * g));
    PUT(s->out, 3, d_o * o * (1 - o));
    PUT(s->keep_h, 0, (V){0});
    PUT(s->keep_c, 0, dc * f);
}

INLINE void gru_back_units(const back_units *s, int64_t h, int64_t n)
{
    V r = PART(s->kept, 0), z = PART(s->kept, 1), c = PART(s->kept, 2), q = PART(s->kept, 3);
    V dh = gradient_h(s, h, n);
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

INLINE void first_units(const back_units *s, int64_t h, int64_t n)
{
    PUT(s->out, 0, gradient_h(s, h, n));
    PUT(s->out, 1, gradient_c(s, h, n));
}

#undef PART
#undef PRODUCT
#undef GATE
#undef PUT
#undef GIVEN
