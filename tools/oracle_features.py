#!/usr/bin/env python3
"""Write tests/oracle/features.json: what scikit-learn makes of a small table's columns.

    build/peers/bin/python tools/oracle_features.py

Each case fits scikit-learn's transformers on the rows of a training set alone and applies them to
every row.  tests/unit/data/test_features.c compares; it needs the numbers only.
"""

import json
import math
import os

import numpy
import sklearn
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (KBinsDiscretizer, MinMaxScaler, OneHotEncoder, RobustScaler,
                                   StandardScaler)

SOURCE = os.path.realpath(os.path.join(__file__, "../.."))
OUT = os.path.join(SOURCE, "tests/oracle/features.json")
ROWS, FOLDS = 60, 3
TEST, NONE = FOLDS, 255

random = numpy.random.default_rng(5)


def with_holes(x, every):
    x = numpy.array(x, dtype=float)
    x[::every] = numpy.nan
    return x


# Columns as the table has them; text with None for a missing cell.
COLUMNS = {
    "age": random.normal(40, 12, ROWS),
    "big": random.normal(100, 3, ROWS),
    "bmi": with_holes(random.lognormal(3, 0.3, ROWS), 7),
    "dir": random.integers(0, 720, ROWS) * 1.0 - 360,
    "flag": with_holes(random.integers(0, 2, ROWS), 11),
    "flat": numpy.full(ROWS, 0.1),
    "rain": numpy.where(random.random(ROWS) < 0.6, 0, random.gamma(2, 3, ROWS)),
    "region": [None if i % 13 == 5 else ["south", "north", "west", "\u00e9ast"][v]
               for i, v in enumerate(random.integers(0, 4, ROWS))],
    "year": random.integers(1998, 2003, ROWS) * 1.0,
}
PARTS = random.permutation([TEST] * 12 + [NONE] * 3 + [i % FOLDS for i in range(ROWS - 15)])


def column(name):
    return numpy.array(COLUMNS[name], dtype=float).reshape(-1, 1)


def training(fold):
    return (PARTS < TEST) & (PARTS != fold)


class Case:
    """Settings, and what scikit-learn calls each step, for one training set."""

    def __init__(self, columns, fill=None, fill_value=0.0, bins=None, map=None, pairs=(),
                 scale=None, onehot=False):
        self.columns, self.fill, self.fill_value, self.bins = columns, fill, fill_value, bins
        self.map, self.pairs, self.scale, self.onehot = map, pairs, scale, onehot

    def filled(self, x, train):
        if not self.fill:
            return x
        imputer = SimpleImputer(strategy=self.fill, fill_value=self.fill_value)
        return imputer.fit(x[train]).transform(x)

    def turned(self, name, x, train):
        if self.onehot:
            return categories(name)
        if self.map:
            return self.map(x)
        if not self.bins:
            return x
        n, strategy, encode = self.bins
        kbins = KBinsDiscretizer(n, encode=encode, strategy=strategy, subsample=None,
                                 **({"quantile_method": "linear"} if strategy == "quantile" else {}))
        out = kbins.fit(x[train]).transform(x)
        if encode == "ordinal":
            return out
        return numpy.hstack([out, numpy.zeros((len(x), n - out.shape[1]))])

    def values(self, fold):
        train = training(fold)
        blocks = [self.turned(name, x, train) for name in self.columns
                  for x in [None if self.onehot else self.filled(column(name), train)]]
        x = numpy.hstack(blocks)
        x = numpy.hstack([x] + [x[:, [a]] * x[:, [b]] for a, b in self.pairs])
        return self.scale().fit(x[train]).transform(x) if self.scale else x


def categories(name):
    cells = [c for c in COLUMNS[name] if c is not None]
    known = sorted(set(cells), key=lambda c: c.encode() if isinstance(c, str) else c)
    encoder = OneHotEncoder(categories=[known], sparse_output=False, handle_unknown="ignore")
    given = numpy.array([["?" if c is None else c] for c in COLUMNS[name]],
                        dtype=object if isinstance(known[0], str) else float)
    return encoder.fit(numpy.array([[k] for k in known])).transform(given)


def angles(x):
    turn = 2 * math.pi * x / 360
    return numpy.hstack([numpy.sin(turn), numpy.cos(turn)])


CASES = {
    "as it is": ({"keep": ["age", "big"]}, Case(["age", "big"])),
    "standard": ({"keep": ["age", "big", "flat"], "scale": "standard"},
                 Case(["age", "big", "flat"], scale=StandardScaler)),
    "minmax": ({"keep": ["age", "big", "flat"], "scale": "minmax"},
               Case(["age", "big", "flat"], scale=MinMaxScaler)),
    "robust": ({"keep": ["age", "flat", "rain"], "scale": "robust"},
               Case(["age", "flat", "rain"], scale=RobustScaler)),
    "fill mean": ({"keep": ["bmi", "flag"], "fill": "mean"}, Case(["bmi", "flag"], fill="mean")),
    "fill median": ({"keep": ["bmi", "flag"], "fill": "median"},
                    Case(["bmi", "flag"], fill="median")),
    "fill mean, standard": ({"keep": ["bmi"], "fill": "mean", "scale": "standard"},
                            Case(["bmi"], fill="mean", scale=StandardScaler)),
    "fill median, robust": ({"keep": ["bmi"], "fill": "median", "scale": "robust"},
                            Case(["bmi"], fill="median", scale=RobustScaler)),
    "fill constant, minmax": ({"keep": ["bmi"], "fill": "constant", "fill_value": -2.5,
                               "scale": "minmax"},
                              Case(["bmi"], fill="constant", fill_value=-2.5, scale=MinMaxScaler)),
    "bins by quantile": ({"keep": ["age", "rain"], "bins": ["*"], "bins_n": 5, "encode": "ordinal"},
                         Case(["age", "rain"], bins=(5, "quantile", "ordinal"))),
    "bins by quantile, one-hot": ({"keep": ["age", "flat", "rain"], "bins": ["*"], "bins_n": 4},
                                  Case(["age", "flat", "rain"],
                                       bins=(4, "quantile", "onehot-dense"))),
    "bins by width": ({"keep": ["age", "rain"], "bins": ["*"], "bins_n": 7, "by": "width",
                       "encode": "ordinal"},
                      Case(["age", "rain"], bins=(7, "uniform", "ordinal"))),
    "bins by width, one-hot": ({"keep": ["year"], "bins": ["year"], "bins_n": 3, "by": "width"},
                               Case(["year"], bins=(3, "uniform", "onehot-dense"))),
    "fill median, bins, standard": ({"keep": ["bmi"], "bins": ["bmi"], "bins_n": 6,
                                     "encode": "ordinal", "fill": "median", "scale": "standard"},
                                    Case(["bmi"], fill="median", bins=(6, "quantile", "ordinal"),
                                         scale=StandardScaler)),
    "one-hot": ({"keep": ["region", "year"], "onehot": ["*"]},
                Case(["region", "year"], onehot=True)),
    "one-hot, standard": ({"keep": ["region"], "onehot": ["*"], "scale": "standard"},
                          Case(["region"], onehot=True, scale=StandardScaler)),
    "angles": ({"keep": ["dir"], "angles": ["dir"]}, Case(["dir"], map=angles)),
    "wrap": ({"keep": ["dir"], "wrap": ["dir"], "period": 100.0},
             Case(["dir"], map=lambda x: numpy.mod(x, 100))),
    "log, minmax": ({"keep": ["big", "year"], "log": ["*"], "scale": "minmax"},
                    Case(["big", "year"], map=numpy.log, scale=MinMaxScaler)),
    "log1p": ({"keep": ["rain"], "log1p": ["r*"]}, Case(["rain"], map=numpy.log1p)),
    "square root": ({"keep": ["rain"], "power": ["rain"], "exponent": 0.5},
                    Case(["rain"], map=numpy.sqrt)),
    "cube": ({"keep": ["age", "dir"], "power": ["*"], "exponent": 3.0},
             Case(["age", "dir"], map=lambda x: x ** 3)),
    "products, standard": ({"keep": ["age", "rain", "year"], "interactions": [["a*", "*"]],
                            "scale": "standard"},
                           Case(["age", "rain", "year"], pairs=[(0, 0), (0, 1), (0, 2)],
                                scale=StandardScaler)),
    "fill mean, products, robust": ({"keep": ["age", "bmi"], "interactions": [["age", "bmi"]],
                                     "fill": "mean", "scale": "robust"},
                                    Case(["age", "bmi"], fill="mean", pairs=[(0, 1)],
                                         scale=RobustScaler)),
}


def plain(values):
    return [None if isinstance(v, float) and math.isnan(v) else v for v in values]


def main():
    oracle = {
        "made_by": f"tools/oracle_features.py, scikit-learn {sklearn.__version__}, "
                   f"numpy {numpy.__version__}",
        "rows": ROWS, "folds": FOLDS, "parts": PARTS.tolist(),
        "columns": {name: plain(cells if isinstance(cells, list) else cells.tolist())
                    for name, cells in COLUMNS.items()},
        "cases": [{"name": name, "settings": settings,
                   "sets": [{"set": fold, "values": case.values(fold).T.tolist()}
                            for fold in (0, FOLDS)]}
                  for name, (settings, case) in CASES.items()],
    }
    with open(OUT, "w") as f:
        json.dump(oracle, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
