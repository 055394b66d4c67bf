/* Functions of f32 vectors that flatten out: tanh and the sigmoid, as in element_math.inc.h, and
 * what they are made of; included after f32.inc.h. */

INLINE f32s f32_size(f32s x)
{
    return (f32s)((i32s)x & INT32_MAX);
}

INLINE f32s f32_sign_of(f32s x, f32s size)
{
    return (f32s)((i32s)size | ((i32s)x & INT32_MIN));
}

INLINE f32s f32_least(f32s x, float most)
{
    return f32_choose(x > most, (f32s){0} + most, x);
}

INLINE f32s f32_most(f32s x, float least)
{
    return f32_choose(x < least, (f32s){0} + least, x);
}

INLINE f32s f32_exp_clamped(f32s x)
{
    return f32_exp(f32_not_too_small(f32_least(x, 89)));
}

INLINE f32s f32_tanh(f32s x)
{
    f32s a = f32_size(x), z = a * a;
    f32s t = z * -0x1.75e1a8p-8f + 0x1.522692p-6f;
    t = t * z + -0x1.b83c58p-5f;
    t = t * z + 0x1.110726p-3f;
    t = t * z + -0x1.555532p-2f;
    f32s k, e = f32_exp_reduced(f32_least(a, 10) * 2, &k) + 1;
    f32s large = 1 - 2 / (e * f32_power(k) + 1);
    return f32_sign_of(x, f32_choose(a < 0.625f, a + a * z * t, large));
}

/* 1 / (1 + e^-x) and e^x / (1 + e^x), as e^-|x| does not overflow */
INLINE f32s f32_sigmoid(f32s x)
{
    f32s e = f32_exp_clamped(-f32_size(x));
    return f32_choose(x < 0, e, (f32s){0} + 1) / (1 + e);
}
