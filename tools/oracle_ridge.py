#!/usr/bin/env python3
"""Write tests/oracle/ridge_diabetes.json: what scikit-learn makes of Stint's own splits.

    STINT=build/debug/bin/stint build/peers/bin/python tools/oracle_ridge.py

For each case, Stint runs once and says which part each row is in; scikit-learn then fits
Pipeline(StandardScaler, Ridge) for every fold and alpha, and the best one on all training
rows.  tests/run/test_oracle.py compares; it needs the numbers only, not scikit-learn.
"""

import json
import os
import sys

import numpy
import sklearn
from sklearn import metrics
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

SOURCE = os.path.realpath(os.path.join(__file__, "../.."))
sys.path.insert(0, os.path.join(SOURCE, "tests/run"))

from outcome import split_parts, table  # noqa: E402
from stint_test import DONE, Place, expect  # noqa: E402

DATA = os.path.join(SOURCE, "examples/data/diabetes.csv")
OUT = os.path.join(SOURCE, "tests/oracle/ridge_diabetes.json")
FOLDS = 5
ALPHAS = [1e-4, 1e-3, 1e-2, 0.1, 0.5, 1.0, 10.0, 100.0, 1000.0, 1e4]

CASES = {
    "scaled": {},
    "scaled, no intercept": {"intercept": False},
    "as it is": {"scale": False},
    "as it is, no intercept": {"scale": False, "intercept": False},
    "two targets": {"targets": ["progression", "bmi"]},
    "two targets, as they are, no intercept": {
        "targets": ["bp", "progression"], "scale": False, "intercept": False},
    "mean absolute error": {"metric": "mae"},
    "r2": {"metric": "r2"},
    "largest error": {"metric": "max_error", "targets": ["progression", "bmi"]},
    "least squares": {"alphas": [0.0]},
    "least squares, no strata": {"alphas": [0.0], "scale": False, "bins": 0},
}


def config(targets, scale, intercept, metric, alphas, bins):
    stratify = f", stratify: {{bins: {bins}}}" if bins else ""
    return (f"data: {{source: diabetes.csv, target: [{', '.join(targets)}]}}\n"
            f"split: {{test: 0.2, folds: {FOLDS}, seed: 11{stratify}}}\n"
            f"features: {{scale: {'standard' if scale else 'none'}}}\n"
            f"search:\n  metric: {metric}\n  models:\n"
            f"    - ridge: {{alpha: {alphas}, intercept: {str(intercept).lower()}}}\n")


def parts_of(text):
    with Place() as place:
        os.symlink(DATA, place / "diabetes.csv")
        place.config("c.yaml", text)
        result = place.run("c.yaml")
        expect(result.returncode == DONE, result.stderr)
        return split_parts(place.cache)


SCORES = {
    "rmse": lambda y, p: numpy.sqrt(metrics.mean_squared_error(y, p, multioutput="raw_values")).mean(),
    "mae": metrics.mean_absolute_error,
    "r2": metrics.r2_score,
    "max_error": lambda y, p: numpy.abs(y - p).max(),
}
GREATER = {"r2"}


def one_case(targets=("progression",), scale=True, intercept=True, metric="rmse", alphas=ALPHAS,
             bins=10):
    text = config(list(targets), scale, intercept, metric, list(alphas), bins)
    columns = table(DATA)
    features = [c for c in columns if c not in targets]
    x = numpy.array([columns[c] for c in features]).T
    y = numpy.array([columns[c] for c in targets]).T
    parts = numpy.array(parts_of(text))
    test = parts == FOLDS

    def fit(alpha, rows):
        scaler = StandardScaler() if scale else FunctionTransformer()
        model = make_pipeline(scaler, Ridge(alpha=alpha, fit_intercept=intercept, solver="svd"))
        return model.fit(x[rows], y[rows])

    folds = [[float(SCORES[metric](y[parts == k],
                                   fit(a, ~test & (parts != k)).predict(x[parts == k])
                                   .reshape(-1, len(targets)))) for k in range(FOLDS)]
             for a in alphas]
    means = [sum(f) / FOLDS for f in folds]
    best = means.index(max(means) if metric in GREATER else min(means))
    model = fit(alphas[best], ~test)
    predicted = model.predict(x[test]).reshape(-1, len(targets))
    coef = model[-1].coef_.reshape(len(targets), -1)
    if scale:
        coef = coef / model[0].scale_
    return {
        "config": text, "targets": list(targets), "features": features, "alphas": list(alphas),
        "parts": "".join(map(str, parts)), "folds": folds, "best_alpha": alphas[best],
        "coef": coef.tolist(), "predicted": predicted.T.tolist(),
        "test": {name: float(f(y[test], predicted)) for name, f in SCORES.items()},
    }


def main():
    oracle = {"made_by": f"tools/oracle_ridge.py, scikit-learn {sklearn.__version__}, "
                         f"numpy {numpy.__version__}",
              "cases": {name: one_case(**keys) for name, keys in CASES.items()}}
    os.makedirs(os.path.dirname(OUT), exist_ok=True)
    with open(OUT, "w") as f:
        json.dump(oracle, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
