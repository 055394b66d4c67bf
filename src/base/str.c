#include "base/str.h"

#include "base/os/thread.h"
#include "base/shortest.h"

#include <ctype.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An empty string owns no block (room 0) and points at this, which is never written. */
static char nothing[1];

void str_init(str *s, ctx *c, budget_tag tag)
{
    *s = (str){.at = nothing, .ctx = c, .tag = tag};
}

void str_deinit(str *s)
{
    if (s->room)
        mem_free(s->at);
    str_init(s, s->ctx, s->tag);
}

void str_clear(str *s)
{
    s->len = 0;
    if (s->room)
        s->at[0] = '\0';
}

/* Room for `more` bytes and the NUL. */
static bool reserve(str *s, size_t more)
{
    if (s->failed)
        return false;
    size_t want = s->len + more + 1;
    if (want <= s->room)
        return true;
    size_t room = s->room ? 2 * s->room : 64;
    room = room < want ? want : room;
    char *at = mem_resize(s->ctx, s->tag, s->room ? s->at : NULL, room);
    if (!at) {
        s->failed = true;
        return false;
    }
    s->at = at;
    s->room = room;
    return true;
}

void str_add_bytes(str *s, const void *bytes, size_t n)
{
    if (!n || !reserve(s, n))
        return;
    memcpy(s->at + s->len, bytes, n);
    s->len += n;
    s->at[s->len] = '\0';
}

void str_add(str *s, const char *text)
{
    str_add_bytes(s, text, strlen(text));
}

/* ---- the C locale ---- */

static locale_t plain_locale;

static void plain_make(void)
{
    plain_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* For this thread, until plain_end(what it answered); 0 = it cannot be had. */
static locale_t plain_begin(void)
{
    static thread_once once;
    once_run(&once, plain_make);
    return plain_locale ? uselocale(plain_locale) : (locale_t)0;
}

static void plain_end(locale_t before)
{
    if (before)
        uselocale(before);
}

void str_vaddf(str *s, const char *fmt, va_list args)
{
    va_list again;
    locale_t before = plain_begin();
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    if (n > 0 && reserve(s, (size_t)n)) {
        vsnprintf(s->at + s->len, (size_t)n + 1, fmt, again);
        s->len += (size_t)n;
    }
    va_end(again);
    plain_end(before);
}

void str_addf(str *s, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    str_vaddf(s, fmt, args);
    va_end(args);
}

char *str_take(str *s)
{
    if (!reserve(s, 0)) {
        str_deinit(s);
        return NULL;
    }
    char *taken = s->at;
    taken[s->len] = '\0';
    str_init(s, s->ctx, s->tag);
    return taken;
}

stint_status str_status(const str *s)
{
    return s->failed ? STINT_ENOMEM : STINT_OK;
}

/* ---- numbers out ---- */

int str_print(char *out, size_t size, const char *fmt, ...)
{
    va_list args;
    locale_t before = plain_begin();
    va_start(args, fmt);
    int n = vsnprintf(out, size, fmt, args);
    va_end(args);
    plain_end(before);
    return n;
}

static double read_double(const char *text, char **end)
{
    locale_t before = plain_begin();
    double x = strtod(text, end);
    plain_end(before);
    return x;
}

void str_format_double(char out[STR_DOUBLE_SIZE], double x)
{
    shortest_text(out, x);
}

const char *str_format_bytes(char out[STR_SIZE_SIZE], int64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double x = (double)bytes;
    int unit = 0;
    /* what would round up to 1024 goes to the next unit */
    while (unit < 6 && fabs(x) >= (unit < 2 ? 1023.5 : 1023.95)) {
        x /= 1024;
        unit++;
    }
    str_print(out, STR_SIZE_SIZE, "%.*f %s", unit < 2 ? 0 : 1, x, units[unit]);
    return out;
}

const char *str_format_seconds(char out[STR_SIZE_SIZE], double seconds)
{
    if (!isfinite(seconds) || seconds > 1e15) {
        snprintf(out, STR_SIZE_SIZE, "unknown");
        return out;
    }
    long long whole = llround(seconds), minutes = llround(seconds / 60);
    if (seconds < 0.9995)
        str_print(out, STR_SIZE_SIZE, "%.0f ms", seconds * 1e3);
    else if (seconds < 59.95)
        str_print(out, STR_SIZE_SIZE, "%.1f s", seconds);
    else if (whole < 3600)
        snprintf(out, STR_SIZE_SIZE, "%lld min %02lld s", whole / 60, whole % 60);
    else if (minutes < 48 * 60)
        snprintf(out, STR_SIZE_SIZE, "%lld h %02lld min", minutes / 60, minutes % 60);
    else
        snprintf(out, STR_SIZE_SIZE, "%lld d %02lld h", minutes / 1440, minutes % 1440 / 60);
    return out;
}

/* ---- numbers in ---- */

/* digits[.digits][e[+-]digits] as mantissa * 10^exponent, when the mantissa has at most 19
 * digits, so that it is exact in 64 bits. */
typedef struct decimal {
    uint64_t mantissa;
    int exponent;
    bool negative;
} decimal;

static bool take_digits(const char **p, decimal *d, int *digits)
{
    const char *from = *p;
    for (; **p >= '0' && **p <= '9'; (*p)++) {
        d->mantissa = 10 * d->mantissa + (uint64_t)(**p - '0');
        *digits += *digits > 0 || **p != '0';
    }
    return *p > from;
}

/* The whole text; false = another form, or too many digits, or an exponent beyond 99. */
static bool parse_decimal(const char *p, decimal *out)
{
    decimal d = {0};
    int digits = 0, exponent = 0;
    d.negative = *p == '-';
    p += d.negative;
    bool some = take_digits(&p, &d, &digits);
    if (*p == '.') {
        const char *point = ++p;
        some = take_digits(&p, &d, &digits) || some;
        if (p - point > 99)
            return false;
        d.exponent = -(int)(p - point);
    }
    if (some && (*p == 'e' || *p == 'E')) {
        bool less = p[1] == '-';
        const char *first = p + 1 + (p[1] == '-' || p[1] == '+');
        for (p = first; *p >= '0' && *p <= '9' && p - first < 2; p++)
            exponent = 10 * exponent + (*p - '0');
        some = p > first;
        d.exponent += less ? -exponent : exponent;
    }
    *out = d;
    return some && !*p && digits <= 19;
}

/* Clinger 1990: where mantissa and power of ten are exact, one operation rounds once, as it
 * should.  False = not so. */
static bool exact_double(const decimal *d, double *out)
{
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int e = d->exponent;
    if (FLT_EVAL_METHOD != 0 || d->mantissa > 1ull << 53 || e < -22 || e > 22)
        return false;
    double m = (double)d->mantissa;
    *out = e < 0 ? m / tens[-e] : m * tens[e];
    return true;
}

/* The same in the 64 bits of an x87 register, whose second rounding is harmless unless the
 * first has come out half-way between two doubles. */
static bool nearly_exact_double(const decimal *d, double *out)
{
#if LDBL_MANT_DIG == 64
    static const long double tens[] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,
                                       1e7L,  1e8L,  1e9L,  1e10L, 1e11L, 1e12L, 1e13L,
                                       1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L,
                                       1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};
    uint64_t bits;
    int e = d->exponent;
    if (e < -27 || e > 27)
        return false;
    long double m = (long double)d->mantissa, x = e < 0 ? m / tens[-e] : m * tens[e];
    memcpy(&bits, &x, sizeof bits);
    *out = (double)x;
    return (bits & 0x7FF) != 0x400;
#else
    (void)d, (void)out;
    return false;
#endif
}

bool str_parse_double(const char *text, double *out)
{
    decimal d;
    char *end;
    if (parse_decimal(text, &d) && (exact_double(&d, out) || nearly_exact_double(&d, out))) {
        *out = d.negative ? -*out : *out;
        return true;
    }
    *out = read_double(text, &end);
    return end > text && *end == '\0' && !strpbrk(text, "xXpP(");
}

typedef struct unit {
    const char *name;
    long double factor;
} unit;

static const unit byte_units[] = {
    {"", 1},       {"B", 1},      {"kB", 1e3L},     {"MB", 1e6L},        {"GB", 1e9L},
    {"TB", 1e12L}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}, {"TiB", 1099511627776.0L},
    {NULL, 0},
};

static const unit time_units[] = {
    {"", 1}, {"ms", 1e-3L}, {"s", 1}, {"min", 60}, {"m", 60}, {"h", 3600}, {"d", 86400}, {NULL, 0},
};

/* The longest digits[.digits][e[+-]digits] at *at, in any locale; false = none there. */
static bool take_number(const char **at, long double *out)
{
    const char *p = *at;
    long double mantissa = 0;
    int digits = 0, places = 0;
    for (; isdigit((unsigned char)*p); p++, digits++)
        mantissa = 10 * mantissa + (*p - '0');
    if (*p == '.')
        for (p++; isdigit((unsigned char)*p); p++, digits++, places++)
            mantissa = 10 * mantissa + (*p - '0');
    if (!digits || digits > 4000)
        return false;
    long exponent = 0;
    const char *e = p + 1 + (p[0] && (p[1] == '+' || p[1] == '-'));
    if (tolower((unsigned char)*p) == 'e' && isdigit((unsigned char)*e)) {
        char *end;
        exponent = strtol(p + 1, &end, 10);
        p = end;
    }
    exponent = exponent > 4000 ? 4000 : exponent < -4000 ? -4000 : exponent;
    /* dividing by an exact power keeps 0.1 as near as can be */
    long shift = exponent - places;
    *out = shift < 0 ? mantissa / powl(10, (long double)-shift)
                     : mantissa * powl(10, (long double)shift);
    *at = p;
    return true;
}

static const char *skip_spaces(const char *p)
{
    while (isspace((unsigned char)*p))
        p++;
    return p;
}

/* Is `p` this name, in any case, and then nothing but spaces? */
static bool unit_is(const char *p, const char *name)
{
    for (; *name; name++, p++)
        if (tolower((unsigned char)*p) != tolower((unsigned char)*name))
            return false;
    return !*skip_spaces(p);
}

static bool parse_quantity(const char *text, const unit *units, long double *out)
{
    const char *p = skip_spaces(text);
    long double x;
    if (!take_number(&p, &x))
        return false;
    p = skip_spaces(p);
    while (units->name && !unit_is(p, units->name))
        units++;
    *out = x * units->factor;
    return units->name && isfinite(*out);
}

bool str_parse_bytes(const char *text, int64_t *bytes)
{
    long double x;
    if (!parse_quantity(text, byte_units, &x) || x >= 0x1p63L)
        return false;
    *bytes = (int64_t)x;
    return true;
}

bool str_parse_seconds(const char *text, double *seconds)
{
    long double x;
    if (!parse_quantity(text, time_units, &x) || x > DBL_MAX)
        return false;
    *seconds = (double)x;
    return true;
}

/* ---- distance ---- */

static int least(int a, int b, int c)
{
    int m = a < b ? a : b;
    return m < c ? m : c;
}

/* Optimal string alignment over three rows; names longer than that differ anyway. */
int str_distance(const char *a, const char *b)
{
    enum { MOST = 128 };
    int m = (int)strnlen(a, MOST), n = (int)strnlen(b, MOST);
    int rows[3][MOST + 1];
    for (int j = 0; j <= n; j++)
        rows[0][j] = j;
    for (int i = 1; i <= m; i++) {
        int *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = i;
        for (int j = 1; j <= n; j++) {
            now[j] = least(before[j] + 1, now[j - 1] + 1, before[j - 1] + (a[i - 1] != b[j - 1]));
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && earlier[j - 2] + 1 < now[j])
                now[j] = earlier[j - 2] + 1;
        }
    }
    return rows[m % 3][n];
}
