#include "plot/scale.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ticks.  A linear tick is i × mantissa × 10^exponent with integer i, computed as one
 * product or quotient of exact doubles, so that three steps of 0.1 read 0.3.  Labels share
 * one number of decimals; very large and very small ones share a power of ten, which
 * stands with the axis' label. */

#define THIN_SPACE "\u2009"
#define MINUS      "\u2212"

enum { WANTED_MOST = 12 };

double nice_step(double span, double want, int *mantissa, int *exponent)
{
    double raw = span / want;
    *exponent = (int)floor(log10(raw));
    double r = raw / pow(10, *exponent);
    *mantissa = r < 1.5 ? 1 : r < 3.5 ? 2 : r < 7.5 ? 5 : 1;
    if (r >= 7.5)
        ++*exponent;
    return *mantissa * pow(10, *exponent);
}

/* i × 10^exponent, rounded once where 10^|exponent| is exact */
static double decimal(double i, int exponent)
{
    return exponent < 0 ? i / pow(10, -exponent) : i * pow(10, exponent);
}

/* "-12345.60" → "−12 345.60", both in UTF-8 */
static void group_digits(const char *plain, char out[TICK_LABEL_SIZE])
{
    size_t at = 0;
    if (*plain == '-') {
        at = strlen(strcpy(out, MINUS));
        ++plain;
    }
    size_t digits = strcspn(plain, ".");
    for (size_t i = 0; plain[i]; ++i) {
        if (digits > 4 && i > 0 && i < digits && (digits - i) % 3 == 0 &&
            at + sizeof THIN_SPACE < TICK_LABEL_SIZE)
            at += strlen(strcpy(out + at, THIN_SPACE));
        if (at + 1 < TICK_LABEL_SIZE)
            out[at++] = plain[i];
    }
    out[at] = '\0';
}

static void label_fixed(char out[TICK_LABEL_SIZE], double value, int decimals)
{
    char plain[TICK_LABEL_SIZE];
    str_print(plain, sizeof plain, "%.*f", decimals, value == 0 ? 0 : value);
    group_digits(plain, out);
}

/* Superscript digits: "⁻³" */
static void superscript(char *out, size_t size, int n)
{
    static const char *const digit[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    char plain[16];
    snprintf(plain, sizeof plain, "%d", abs(n));
    int at = snprintf(out, size, "%s", n < 0 ? "⁻" : "");
    for (const char *p = plain; *p && (size_t)at < size; ++p)
        at += snprintf(out + at, size - (size_t)at, "%s", digit[*p - '0']);
}

const char *exponent_text(char out[TICK_LABEL_SIZE], int exponent)
{
    char power[TICK_LABEL_SIZE - 8];
    superscript(power, sizeof power, exponent);
    snprintf(out, TICK_LABEL_SIZE, "×10%s", power);
    return out;
}

static void linear_ticks(const scale *s, int want, bool whole, ticks *t)
{
    int mantissa, exponent;
    nice_step(s->high - s->low, want, &mantissa, &exponent);
    if (whole && exponent < 0)
        mantissa = 1, exponent = 0;
    double step = decimal(mantissa, exponent);
    double first = ceil(s->low / step - 1e-9), last = floor(s->high / step + 1e-9);
    double size = fmax(fabs(s->low), fabs(s->high));
    t->exponent = size >= 1e6 || size < 1e-3 ? (int)floor(log10(size)) : 0;
    int decimals = t->exponent - exponent;
    decimals = decimals < 0 ? 0 : decimals > 15 ? 15 : decimals;
    for (double i = first; i <= last && t->n < TICKS_MOST; ++i) {
        t->at[t->n] = decimal(i * mantissa, exponent);
        label_fixed(t->label[t->n], decimal(i * mantissa, exponent - t->exponent), decimals);
        ++t->n;
    }
}

/* Plain numbers while they are short, powers of ten beyond. */
static void log_label(char out[TICK_LABEL_SIZE], int mantissa, int decade, bool plain)
{
    if (plain) {
        label_fixed(out, decimal(mantissa, decade), decade < 0 ? -decade : 0);
        return;
    }
    char power[TICK_LABEL_SIZE - 16];
    superscript(power, sizeof power, decade);
    if (mantissa == 1)
        snprintf(out, TICK_LABEL_SIZE, "10%s", power);
    else
        snprintf(out, TICK_LABEL_SIZE, "%d×10%s", mantissa, power);
}

static void log_minor(const scale *s, int decade, ticks *t)
{
    for (int m = 2; m < 10 && t->n_minor < MINOR_MOST; ++m) {
        double v = decimal(m, decade);
        if (v > s->low && v < s->high)
            t->minor[t->n_minor++] = v;
    }
}

static void log_ticks(const scale *s, int want, ticks *t)
{
    int first = (int)ceil(log10(s->low) - 1e-9), last = (int)floor(log10(s->high) + 1e-9);
    int decades = last - first + 1;
    if (decades < 2 && s->high / s->low < 5) {
        linear_ticks(s, want, false, t);
        return;
    }
    int stride = (decades + want - 1) / want;
    stride = stride < 1 ? 1 : stride;
    bool plain = first >= -3 && last <= 4;
    bool fives = decades < 3;
    for (int d = first - 1; d <= last; ++d) {
        if (stride == 1)
            log_minor(s, d, t);
        for (int m = 1; m < 10; m = m == 1 ? 2 : m == 2 ? 5 : 10) {
            double v = decimal(m, d);
            if (v < s->low * (1 - 1e-9) || v > s->high * (1 + 1e-9) || t->n == TICKS_MOST)
                continue;
            /* decade 0 is labelled whenever it is visible */
            if (m == 1 ? d % stride != 0 : !fives)
                continue;
            t->at[t->n] = v;
            log_label(t->label[t->n++], m, d, plain);
        }
    }
}

void scale_ticks(const scale *s, int want, bool whole, ticks *out)
{
    assert(s->low < s->high);
    memset(out, 0, sizeof *out);
    want = want < 2 ? 2 : want > WANTED_MOST ? WANTED_MOST : want;
    if (s->kind == PLOT_LOG)
        log_ticks(s, want, out);
    else
        linear_ticks(s, want, whole, out);
}
