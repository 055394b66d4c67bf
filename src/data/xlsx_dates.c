#include "data/xlsx_read_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Excel's dates: numbers of days that a format shows as a date, or texts of ISO 8601. */

enum {
    DAY_SECONDS = 86400,
    DAYS_1900 = 25569, /* serial of 1970-01-01 in the calendar that begins with 1900 … */
    DAYS_1904 = 24107, /* … and with 1904 */
    LEAP_1900 = 60,    /* serial of the 29th of February 1900, which was none */
};

/* --- formats ------------------------------------------------------------------------------ */

/* ECMA-376 part 1, 18.8.30, with those of East Asia; 46 is [h]:mm:ss. */
bool date_format_builtin(int64_t id)
{
    static const int ranges[][2] = {{14, 22}, {27, 36}, {45, 45}, {47, 47}, {50, 58}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (id >= ranges[i][0] && id <= ranges[i][1])
            return true;
    return false;
}

/* Behind a bracket: colours, conditions and locales say nothing, [h], [mm] and [s] count time
 * that has passed. */
static const char *skip_bracket(const char *p, bool *passed)
{
    const char *end = strchr(p, ']');
    size_t n = end ? (size_t)(end - p) : strlen(p);
    *passed = *passed || (n && strspn(p, "hH") == n) || (n && strspn(p, "mM") == n) ||
              (n && strspn(p, "sS") == n);
    return p + n;
}

static const char *skip_quoted(const char *p)
{
    const char *end = strchr(p, '"');
    return end ? end : p + strlen(p);
}

bool date_format(const char *code)
{
    bool date = false, passed = false;
    if (strcmp(code, "General") == 0)
        return false;
    for (const char *p = code; *p; p += *p != '\0') {
        if (*p == '[')
            p = skip_bracket(p + 1, &passed);
        else if (*p == '"')
            p = skip_quoted(p + 1);
        else if (strchr("\\_*", *p)) /* the next letter as such, as a space, as filling */
            p += p[1] != '\0';
        else
            date = date || strchr("yYmMdDhHsS", *p);
    }
    return date && !passed;
}

/* --- serials ------------------------------------------------------------------------------ */

static double to_milliseconds(double seconds)
{
    return round(seconds * 1000) / 1000;
}

bool date_of_serial(double serial, bool from_1904, double *seconds)
{
    double end = from_1904 ? 2957004 : 2958466; /* 10000-01-01 */
    if (!(serial >= 0 && serial < end))
        return false;
    double days = serial - (from_1904 ? DAYS_1904 : DAYS_1900);
    if (!from_1904 && serial < LEAP_1900)
        days += 1;
    *seconds = to_milliseconds(days * DAY_SECONDS);
    return true;
}

/* --- texts -------------------------------------------------------------------------------- */

/* Exactly `digits` digits, at most `most`. */
static bool take_digits(const char **p, int digits, int most, int *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return false;
        *out = 10 * *out + (**p - '0');
    }
    return *out <= most;
}

static bool take_letter(const char **p, char letter)
{
    if (**p != letter)
        return false;
    (*p)++;
    return true;
}

/* Days from 1970-01-01 in the Gregorian calendar: years begin in March, so that the leap day
 * is their last; 400 of them have 146097 days. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1, m = (month + 9) % 12;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

static bool take_date(const char **p, double *seconds)
{
    int year, month, day;
    if (!take_digits(p, 4, 9999, &year) || !take_letter(p, '-') || !take_digits(p, 2, 12, &month) ||
        !take_letter(p, '-') || !take_digits(p, 2, 31, &day))
        return false;
    if (year < 1 || month < 1 || day < 1 || day > month_days(year, month))
        return false;
    *seconds = (double)days_of(year, month, day) * DAY_SECONDS;
    return true;
}

/* hh:mm[:ss[.f]][Z] to the end */
static bool take_time(const char *p, double *seconds)
{
    int hours, minutes, whole = 0;
    double fraction = 0, unit = 0.1;
    if (!take_digits(&p, 2, 23, &hours) || !take_letter(&p, ':') ||
        !take_digits(&p, 2, 59, &minutes))
        return false;
    if (take_letter(&p, ':') && !take_digits(&p, 2, 59, &whole))
        return false;
    if (take_letter(&p, '.'))
        for (; *p >= '0' && *p <= '9'; p++, unit /= 10)
            fraction += unit * (*p - '0');
    take_letter(&p, 'Z');
    *seconds = hours * 3600 + minutes * 60 + whole + fraction;
    return !*p;
}

bool date_of_text(const char *text, bool from_1904, double *seconds)
{
    double day = 0, time = 0;
    const char *p = text;
    bool good = take_date(&p, &day);
    if (good)
        good = !*p || (take_letter(&p, 'T') && take_time(p, &time));
    else
        good = date_of_serial(0, from_1904, &day) && take_time(text, &time);
    *seconds = to_milliseconds(day + time);
    return good;
}
