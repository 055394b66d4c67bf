#include "base/shortest.h"

#include "base/os/thread.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Schubfach: R. Giulietti, "The Schubfach way to render doubles", 2020.
 *
 * x = c 2^q.  Every decimal between the midpoints to x's neighbours reads back to x.  With
 * 10^k the largest power not above the width of that interval, the interval holds a multiple
 * of 10^k and at most one of 10^(k+1), so few candidates have to be looked at.  Scaling by
 * 10^-k takes its 128 leading bits, rounded up, which are computed exactly, once. */

enum { K_MIN = -292, K_MAX = 324, LIMBS = 18 };

typedef struct power {
    uint64_t high, low;
} power;

static power powers[K_MAX - K_MIN + 1]; /* 10^k 2^s, s so that the top bit is set */

/* The 128 leading bits of a number of LIMBS limbs, the least first; one more when the rest is
 * not 0. */
static power leading_bits(const uint64_t limbs[LIMBS])
{
    int top = LIMBS - 1;
    while (!limbs[top])
        top--;
    int shift = __builtin_clzll(limbs[top]);
    uint64_t part[3];
    for (int i = 0; i < 3; i++)
        part[i] = top >= i ? limbs[top - i] : 0;
    unsigned __int128 bits = (unsigned __int128)part[0] << 64 | part[1];
    uint64_t rest = part[2];
    if (shift) {
        bits = bits << shift | rest >> (64 - shift);
        rest <<= shift;
    }
    for (int i = 0; i < top - 2; i++)
        rest |= limbs[i];
    bits += rest != 0;
    return (power){(uint64_t)(bits >> 64), (uint64_t)bits};
}

/* 10^k upwards by products; downwards 2^1151 / 10^m, since floors of floors are floors of the
 * whole quotient. */
static void make_powers(void)
{
    uint64_t limbs[LIMBS] = {1};
    for (int k = 0; k <= K_MAX; k++) {
        powers[k - K_MIN] = leading_bits(limbs);
        unsigned __int128 carry = 0;
        for (int i = 0; i < LIMBS; i++) {
            carry += (unsigned __int128)limbs[i] * 10;
            limbs[i] = (uint64_t)carry;
            carry >>= 64;
        }
    }
    memset(limbs, 0, sizeof limbs);
    limbs[LIMBS - 1] = UINT64_C(1) << 63;
    for (int k = -1; k >= K_MIN; k--) {
        unsigned __int128 rest = 0;
        for (int i = LIMBS - 1; i >= 0; i--) {
            rest = rest << 64 | limbs[i];
            limbs[i] = (uint64_t)(rest / 10);
            rest %= 10;
        }
        powers[k - K_MIN] = leading_bits(limbs);
    }
}

/* floor(g c / 2^128), its last bit set when the fraction is not 0 ("round to odd") */
static uint64_t scaled(power g, uint64_t c)
{
    unsigned __int128 low = (unsigned __int128)g.low * c;
    unsigned __int128 sum = (unsigned __int128)g.high * c + (uint64_t)(low >> 64);
    return (uint64_t)(sum >> 64) | ((uint64_t)sum > 1);
}

typedef struct decimal {
    uint64_t digits;
    int exponent; /* |x| = digits 10^exponent */
} decimal;

/* fraction and biased exponent as they stand in the bits of x, not both 0 */
static decimal shortest(uint64_t fraction, int biased)
{
    uint64_t c = biased ? fraction | UINT64_C(1) << 52 : fraction;
    int q = (biased ? biased : 1) - 1075;
    uint64_t odd = c & 1;
    bool closer = fraction == 0 && biased > 1; /* the lower neighbour, below a power of two */
    int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22; /* floor(log10 of the width) */
    int h = q + ((-k * 1741647) >> 19) + 1;              /* … + floor(log2(10^-k)) */
    power g = powers[-k - K_MIN];
    uint64_t below = scaled(g, (4 * c - 2 + closer) << h) + odd; /* quarters of 10^k */
    uint64_t at = scaled(g, 4 * c << h);
    uint64_t above = scaled(g, (4 * c + 2) << h) - odd;
    uint64_t s = at / 4;
    if (s >= 10) {
        uint64_t ten = s / 10;
        bool lower = below <= 40 * ten, upper = 40 * ten + 40 <= above;
        if (lower != upper)
            return (decimal){ten + upper, k + 1};
    }
    bool lower = below <= 4 * s, upper = 4 * s + 4 <= above;
    if (lower != upper)
        return (decimal){s + upper, k};
    uint64_t middle = 4 * s + 2;
    return (decimal){s + (at > middle || (at == middle && (s & 1))), k};
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233"
                            "34353637383940414243444546474849505152535455565758596061626364656667"
                            "6869707172737475767778798081828384858687888990919293949596979899";

/* Decimal digits of n, ending before `end`; returns where they begin. */
static char *digits_before(char *end, uint64_t n)
{
    for (; n >= 100; n /= 100)
        memcpy(end -= 2, pairs + 2 * (n % 100), 2);
    if (n >= 10)
        return memcpy(end - 2, pairs + 2 * n, 2);
    *--end = (char)('0' + n);
    return end;
}

/* d[.ddd]e±dd */
static char *put_scientific(char *out, const char *digits, int n, int exponent)
{
    *out++ = digits[0];
    if (n > 1) {
        *out++ = '.';
        memcpy(out, digits + 1, (size_t)n - 1);
        out += n - 1;
    }
    *out++ = 'e';
    *out++ = exponent < 0 ? '-' : '+';
    char room[24], *end = room + sizeof room;
    unsigned size = (unsigned)(exponent < 0 ? -exponent : exponent);
    char *from = digits_before(end, size);
    if (size < 10)
        *--from = '0';
    memcpy(out, from, (size_t)(end - from));
    return out + (end - from);
}

/* ddd[.ddd], 0.000ddd, ddd000 */
static char *put_plain(char *out, const char *digits, int n, int exponent)
{
    int whole = exponent + 1; /* digits before the point */
    if (whole <= 0) {
        memset(out, '0', 6);
        out[1] = '.';
        out += 2 - whole;
        memcpy(out, digits, (size_t)n);
        return out + n;
    }
    if (whole >= n) {
        memcpy(out, digits, (size_t)n);
        memset(out + n, '0', (size_t)(whole - n));
        return out + whole;
    }
    memcpy(out, digits, (size_t)whole);
    out[whole] = '.';
    memcpy(out + whole + 1, digits + whole, (size_t)(n - whole));
    return out + n + 1;
}

static char *put_finite(char *out, uint64_t fraction, int biased)
{
    static thread_once once;
    once_run(&once, make_powers);
    decimal d = shortest(fraction, biased);
    char room[24], *end = room + sizeof room;
    char *from = digits_before(end, d.digits);
    int exponent = d.exponent + (int)(end - from) - 1;
    while (end - from > 1 && end[-1] == '0')
        end--;
    int n = (int)(end - from);
    int most = n > 15 || !biased ? n : 15; /* digits that %g would have been given */
    return exponent < -4 || exponent >= most ? put_scientific(out, from, n, exponent)
                                             : put_plain(out, from, n, exponent);
}

size_t shortest_text(char out[SHORTEST_SIZE], double x)
{
    char *at = out;
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    if (bits >> 63 && !isnan(x))
        *at++ = '-';
    double size = fabs(x);
    if (!isfinite(x) || x == 0) {
        /* minus zero keeps its point, since JSON readers take "-0" for an integer */
        const char *text = isnan(x) ? "nan" : size > 0 ? "inf" : bits ? "0.0" : "0";
        at = (char *)memcpy(at, text, strlen(text)) + strlen(text);
    } else if (size < 1e15 && size == (double)(int64_t)size) {
        char room[24], *end = room + sizeof room;
        char *from = digits_before(end, (uint64_t)size);
        at = (char *)memcpy(at, from, (size_t)(end - from)) + (end - from);
    } else {
        at = put_finite(at, bits & (UINT64_MAX >> 12), (int)(bits >> 52 & 0x7ff));
    }
    *at = '\0';
    return (size_t)(at - out);
}
