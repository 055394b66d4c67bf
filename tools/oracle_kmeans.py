#!/usr/bin/env python3
"""Write tests/oracle/kmeans.json: what scikit-learn's KMeans finds from given starts.

    build/peers/bin/python tools/oracle_kmeans.py

Rows are those of a table under examples/data without its last column, or stand in the file.  A
case begins from the rows that `start` names, or from `centers`.  tests/unit/cluster/
test_kmeans_oracle.c compares; it needs the numbers only.
"""

import json
import os
import warnings

import numpy
import pandas
import sklearn
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris, make_blobs

SOURCE = os.path.realpath(os.path.join(__file__, "../.."))
OUT = os.path.join(SOURCE, "tests/oracle/kmeans.json")
random = numpy.random.default_rng(11)


def table(name):
    return pandas.read_csv(os.path.join(SOURCE, "examples/data", name)).iloc[:, :-1].to_numpy(float)


def blobs(n, d, k, spread, offset=0.0):
    x = make_blobs(n, d, centers=k, cluster_std=spread, random_state=3)[0]
    return numpy.round(x, 3) + offset


DATA = {
    "digits": table("digits.csv"),
    "wine": table("wine.csv"),
    "cancer": table("breast_cancer.csv"),
    "diabetes": table("diabetes.csv"),
    "iris": load_iris().data,
    "blobs": blobs(300, 3, 6, 1.5),
    "offset": blobs(200, 2, 5, 1.0, 1e6),
    "line": numpy.round(random.standard_normal((150, 1)) * 10, 2),
}
TABLES = {"digits": "digits.csv", "wine": "wine.csv", "cancer": "breast_cancer.csv",
          "diabetes": "diabetes.csv"}


def has_tie(x, centers, weights, rounds):
    """Whether a round meets a row as far from two centres: there rounding alone decides."""
    before = None
    for _ in range(rounds):
        square = ((x[:, None, :] - centers[None]) ** 2).sum(2)
        labels = square.argmin(1)
        if len(centers) > 1:
            nearest = numpy.partition(square, 1, axis=1)[:, :2]
            if (nearest[:, 1] - nearest[:, 0] <= 1e-9 * nearest[:, 1]).any():
                return True
        if before is not None and (before == labels).all():
            return False
        before = labels
        centers = numpy.array([numpy.average(x[labels == i], 0, weights[labels == i])
                               if weights[labels == i].sum() > 0 else centers[i]
                               for i in range(len(centers))])
    return False


def case(data, k, tol=1e-4, max_iter=300, weights=False, far=False):
    x = DATA[data]
    weight = numpy.round(random.gamma(1, 1, len(x)), 2) + 0.01 if weights else None
    tie = True
    while tie:
        start = random.choice(len(x), k, replace=False)
        tie = not far and has_tie(x, x[start], weight if weights else numpy.ones(len(x)), max_iter)
    centers = x[start].copy()
    out = {"data": data, "k": k, "tol": tol, "max_iter": max_iter,
           "start": start.tolist(), "weights": weight.tolist() if weights else None}
    if far:  # no row is nearest to the last, which begins again elsewhere
        centers[-1] = x.max(0) * 3 + 100
        out["centers"] = centers.tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = KMeans(k, init=centers, n_init=1, max_iter=max_iter, tol=tol, algorithm="lloyd")
        model.fit(x, sample_weight=weight)
    return out | {"labels": model.labels_.tolist(), "inertia": model.inertia_,
                  "iterations": int(model.n_iter_), "first": model.cluster_centers_[0].tolist()}


CASES = [
    case("digits", 10), case("digits", 10, tol=0), case("digits", 64), case("digits", 10,
                                                                          weights=True),
    case("wine", 3), case("wine", 2, tol=0), case("cancer", 2), case("cancer", 30),
    case("diabetes", 5), case("diabetes", 20, max_iter=7), case("iris", 3), case("iris", 3, tol=0),
    case("iris", 10, weights=True), case("blobs", 6), case("blobs", 1), case("blobs", 300),
    case("blobs", 40, far=True), case("blobs", 6, far=True), case("offset", 5),
    case("offset", 12, tol=0), case("line", 7), case("line", 20, weights=True),
]

with open(OUT, "w") as file:
    json.dump({"made_by": f"tools/oracle_kmeans.py, scikit-learn {sklearn.__version__}, "
                          f"numpy {numpy.__version__}",
               "tables": TABLES,
               "data": {k: x.tolist() for k, x in DATA.items() if k not in TABLES},
               "cases": CASES}, file)
    file.write("\n")
