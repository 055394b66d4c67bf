#include "data/moment.h"

#include <math.h>

/* Texts are read strictly: what is not written as it should be is no time. */

/* Exactly `digits` digits. */
static bool take_digits(const char **at, int digits, int *out)
{
    *out = 0;
    for (; digits > 0; digits--, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        *out = *out * 10 + (**at - '0');
    }
    return true;
}

static bool take_char(const char **at, char c)
{
    bool there = **at == c;
    *at += there;
    return there;
}

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 0000-01-01 of the Gregorian calendar; false = no such date. */
static bool days_of(int year, int month, int day, int64_t *days)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    if (month < 1 || month > 12)
        return false;
    int length = before[month] - before[month - 1] + (month == 2 && leap(year));
    int64_t leaps = year > 0 ? (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + 1 : 0;
    *days = (int64_t)year * 365 + leaps + before[month - 1] + (month > 2 && leap(year)) + day - 1;
    return day >= 1 && day <= length;
}

static bool take_date(const char **at, int64_t *days)
{
    int year, month, day;
    return take_digits(at, 4, &year) && take_char(at, '-') && take_digits(at, 2, &month) &&
           take_char(at, '-') && take_digits(at, 2, &day) && days_of(year, month, day, days);
}

/* One to nine digits; those beyond 100 ns are zeros. */
static bool take_fraction(const char **at, int64_t *steps)
{
    const char *from = *at;
    int64_t unit = MOMENT_SECOND;
    for (; **at >= '0' && **at <= '9' && *at - from < 9; (*at)++) {
        unit /= 10;
        if (unit == 0 && **at != '0')
            return false;
        *steps += unit * (**at - '0');
    }
    return *at > from;
}

static bool take_clock(const char **at, int64_t *steps)
{
    int hour, minute, second = 0;
    int64_t fraction = 0;
    if (!take_digits(at, 2, &hour) || !take_char(at, ':') || !take_digits(at, 2, &minute))
        return false;
    if (**at == ':') {
        ++*at;
        if (!take_digits(at, 2, &second) || (take_char(at, '.') && !take_fraction(at, &fraction)))
            return false;
    }
    *steps = ((hour * 60 + minute) * 60 + second) * MOMENT_SECOND + fraction;
    return hour < 24 && minute < 60 && second < 60;
}

static bool take_zone(const char **at, moment *m)
{
    int hours, minutes = 0;
    char sign = **at;
    m->zoned = sign != '\0';
    if (sign == 'Z')
        ++*at;
    if (sign == 'Z' || sign == '\0')
        return true;
    ++*at;
    if ((sign != '+' && sign != '-') || !take_digits(at, 2, &hours))
        return false;
    bool colon = take_char(at, ':');
    if ((colon || **at != '\0') && !take_digits(at, 2, &minutes))
        return false;
    m->steps -= (sign == '-' ? -1 : 1) * (hours * 60 + minutes) * 60 * MOMENT_SECOND;
    return hours < 24 && minutes < 60;
}

bool moment_of(const char *text, moment *out)
{
    int64_t days, clock = 0;
    if (!take_date(&text, &days))
        return false;
    *out = (moment){0};
    if (*text == 'T' || *text == ' ') {
        text++;
        if (!take_clock(&text, &clock))
            return false;
        out->steps = days * 86400 * MOMENT_SECOND + clock;
        return take_zone(&text, out) && *text == '\0';
    }
    out->steps = days * 86400 * MOMENT_SECOND;
    return *text == '\0';
}

/* --- seconds since 1970 ------------------------------------------------------------------------ */

bool moment_of_number(double yyyymmdd, double *seconds)
{
    int64_t days;
    if (!(yyyymmdd >= 16000101 && yyyymmdd <= 29991231) || yyyymmdd != floor(yyyymmdd))
        return false;
    int n = (int)yyyymmdd;
    if (!days_of(n / 10000, n / 100 % 100, n % 100, &days))
        return false;
    *seconds = (double)(days - MOMENT_1970) * 86400;
    return true;
}

double moment_seconds(moment m)
{
    return (double)(m.steps - MOMENT_1970 * MOMENT_DAY) / (double)MOMENT_SECOND;
}

static int64_t first_day(int64_t year)
{
    int64_t days = 0;
    (void)days_of((int)year, 1, 1, &days);
    return days;
}

/* Seconds beyond the years 1 to 9999 count as the nearest day of those. */
calendar calendar_of(double seconds)
{
    double day = floor(seconds / 86400) + MOMENT_1970;
    int64_t days = (int64_t)fmin(fmax(day, 366), 3652424);
    int64_t year = days * 400 / 146097, of_month;
    while (first_day(year + 1) <= days)
        year++;
    while (first_day(year) > days)
        year--;
    calendar c = {.year = (int)year, .month = 12, .day_of_year = (int)(days - first_day(year)) + 1};
    while (days_of(c.year, c.month, 1, &of_month) && of_month > days)
        c.month--;
    c.day = (int)(days - of_month) + 1;
    c.weekday = (int)((days + 5) % 7); /* 0000-01-01 was a Saturday */
    return c;
}
