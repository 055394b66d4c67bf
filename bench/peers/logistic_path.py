#!/usr/bin/env python3
"""Times scikit-learn's LogisticRegression along a path of penalties, and hands the same arrays on.

    logistic_path.py CSV OUT.bin [--raw] [--solver NAME] [--tol T] [--alphas N] [--max-iter N]
                     [--iterations N] [--scores FILE]

CSV: the class is the last column.  Rows are dealt to 5 folds by their number; each fold's
features are standardised by its own training rows unless --raw.  OUT.bin gets the arrays for
bench/bench_logistic.c (its head says how); --scores the [alpha][fold] log losses, accuracies and
objectives as JSON.  --iterations 0 only writes the arrays.
"""

import argparse
import json
import time
import warnings

import numpy
import pandas
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss

FOLDS = 5


def objective(model, x, y, alpha):
    """Sum of log losses plus half the penalty."""
    p = model.predict_proba(x)
    return log_loss(y, p, normalize=False) + alpha / 2 * (model.coef_**2).sum()


def folds_of(x, y, raw):
    for k in range(FOLDS):
        held = numpy.arange(len(y)) % FOLDS == k
        mean = 0 if raw else x[~held].mean(0)
        scale = 1 if raw else x[~held].std(0)
        scale = numpy.where(scale == 0, 1, scale)
        z = (x - mean) / scale
        yield z[~held], y[~held], z[held], y[held]


def write_arrays(path, folds, alphas, classes):
    """Doubles: folds, features, classes, alphas, the alphas; then for each fold its numbers of
    training and of held-out rows, x [features][rows] and y of the training rows, of the others."""
    with open(path, "wb") as out:
        head = [FOLDS, folds[0][0].shape[1], classes, len(alphas), *alphas]
        numpy.array(head, dtype=float).tofile(out)
        for x, y, hx, hy in folds:
            numpy.array([len(y), len(hy)], dtype=float).tofile(out)
            for part in (x.T, y, hx.T, hy):
                numpy.ascontiguousarray(part, dtype=float).tofile(out)


def path(folds, alphas, settings):
    began, models, fit_seconds = time.perf_counter(), [], []
    for alpha in alphas:
        for x, y, _, _ in folds:
            t = time.perf_counter()
            models.append(LogisticRegression(C=1 / alpha, **settings).fit(x, y))
            fit_seconds.append(time.perf_counter() - t)
    return time.perf_counter() - began, models


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("csv")
    flags.add_argument("out")
    flags.add_argument("--raw", action="store_true")
    flags.add_argument("--solver", default="lbfgs")
    flags.add_argument("--tol", type=float, default=1e-4)
    flags.add_argument("--alphas", type=int, default=20)
    flags.add_argument("--max-iter", type=int, default=100)
    flags.add_argument("--iterations", type=int, default=3)
    flags.add_argument("--scores")
    given = flags.parse_args()
    warnings.simplefilter("ignore")

    table = pandas.read_csv(given.csv)
    x = table.iloc[:, :-1].to_numpy(float)
    y = numpy.unique(table.iloc[:, -1], return_inverse=True)[1]
    classes = int(y.max()) + 1
    alphas = numpy.logspace(-4, 4, given.alphas).tolist()
    folds = list(folds_of(x, y, given.raw))
    write_arrays(given.out, folds, alphas, classes)
    if given.iterations == 0:
        return
    settings = {"solver": given.solver, "tol": given.tol, "max_iter": given.max_iter}
    seconds = []
    for _ in range(given.iterations):
        took, models = path(folds, alphas, settings)
        seconds.append(took)
    if given.scores:
        rows = []
        for i, model in enumerate(models):
            fx, fy, hx, hy = folds[i % FOLDS]
            p = model.predict_proba(hx)
            rows.append({"alpha": alphas[i // FOLDS], "fold": i % FOLDS,
                         "log_loss": log_loss(hy, p, labels=range(classes)),
                         "accuracy": accuracy_score(hy, p.argmax(1)),
                         "objective": objective(model, fx, fy, alphas[i // FOLDS]),
                         "iterations": int(model.n_iter_.max())})
        with open(given.scores, "w") as file:
            json.dump(rows, file, indent=1)
    print(json.dumps({"name": f"scikit-learn {sklearn.__version__} {given.solver}",
                      "seconds": seconds}))


if __name__ == "__main__":
    main()
