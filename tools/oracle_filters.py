#!/usr/bin/env python3
"""Write tests/oracle/filters.json: filters by SciPy, windows by pandas.

    build/peers/bin/python tools/oracle_filters.py

tests/unit/data/test_filter.c and test_formula.c compare; NaN is null.
"""

import json
import os

import numpy
import pandas
from scipy import signal

OUT = os.path.join(os.path.realpath(os.path.join(__file__, "../..")), "tests/oracle/filters.json")
ROWS = 120


def series():
    """A trend, two waves and noise, far from 0."""
    t = numpy.arange(ROWS)
    noise = numpy.random.default_rng(5).normal(size=ROWS)
    return 300 + 0.1 * t + 3 * numpy.sin(t / 6) + numpy.sin(t * 1.7) + noise


def butterworth(x):
    for order in range(1, 9):
        for cutoff in (0.02, 0.1, 0.25, 0.5, 0.9):
            sos = signal.butter(order, cutoff, output="sos")
            level = signal.sosfilt_zi(sos) * x[0]
            yield {"order": order, "cutoff": cutoff,
                   "rest": signal.sosfilt(sos, x),
                   "level": signal.sosfilt(sos, x, zi=level)[0],
                   "zero": signal.sosfiltfilt(sos, x)}


def filtfilt(x):
    """The polynomial form, where it is well conditioned."""
    for order in (1, 2, 3, 4):
        b, a = signal.butter(order, 0.2)
        yield {"order": order, "cutoff": 0.2,
               "rest": signal.lfilter(b, a, x), "zero": signal.filtfilt(b, a, x)}


def savgol(x):
    for window, order in ((1, 0), (3, 1), (5, 2), (11, 3), (31, 5), (61, 3), (119, 2)):
        yield {"window": window, "order": order,
               "y": signal.savgol_filter(x, window, order, mode="interp")}
    # SciPy fits powers of t by least squares, which here lose digits: Legendre polynomials do not
    for window, order in ((11, 3), (61, 8), (119, 12)):
        yield {"window": window, "order": order, "y": fitted(x, window, order)}


def fitted(x, window, order):
    t, half = numpy.linspace(-1, 1, window), window // 2
    fits = [numpy.polynomial.Legendre.fit(t, x[i:i + window], order)(t)
            for i in range(len(x) - window + 1)]
    return numpy.concatenate([fits[0][:half], [f[half] for f in fits], fits[-1][half + 1:]])


def windows(x):
    holes = x.copy()
    holes[[7, 40, 41, 100]] = numpy.nan
    for name, values in (("whole", x), ("holes", holes)):
        for n in (2, 3, 10, 60):
            r = pandas.Series(values).rolling(n)
            yield {"x": name, "n": n, "moving_average": r.mean(), "rolling_sum": r.sum(),
                   "rolling_min": r.min(), "rolling_max": r.max(), "rolling_std": r.std()}


def plain(value):
    if isinstance(value, (numpy.ndarray, pandas.Series)):
        return [None if numpy.isnan(v) else float(v) for v in value]
    return value


def main():
    x = series()
    out = {
        "x": x,
        "butterworth": list(butterworth(x)),
        "filtfilt": list(filtfilt(x)),
        "savgol": list(savgol(x)),
        "windows": list(windows(x)),
        "ema": [{"alpha": a, "y": pandas.Series(x).ewm(alpha=a, adjust=False).mean()}
                for a in (0.05, 0.3, 1.0)],
    }
    with open(OUT, "w") as f:
        json.dump(out, f, default=plain, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
