#include "base/target.h"

#include <math.h>

static const double two_pi = 6.28318530717958647692;

const char *target_kind_name(target_kind k)
{
    static const char *const names[TARGET_KINDS] = {
        [TARGET_NUMBER] = "regression",
        [TARGET_CLASS] = "classification",
        [TARGET_ANGLE] = "angle",
        [TARGET_LABELS] = "labels",
    };
    return names[k];
}

double angle_difference(double a, double b, double period)
{
    double d = remainder(a - b, period);
    return d <= -period / 2 ? d + period : d;
}

/* A vector of no length points nowhere; it stands for the angle 0, whatever its zeros' signs.
 * An angle just below 0 may round up to the period, which is 0 again. */
double angle_of(double sine, double cosine, double period)
{
    if (sine == 0 && cosine == 0)
        return 0;
    double a = atan2(sine, cosine) * (period / two_pi);
    if (a < 0)
        a += period;
    return a >= period ? 0 : a;
}
