#!/usr/bin/env python3
"""Write tests/oracle/neighbours.json: scikit-learn's k-nearest neighbours of small seeded problems.

    build/peers/bin/python tools/oracle_neighbours.py

tests/unit/model/test_neighbours.c compares; it needs the numbers only, not scikit-learn.  Rows of x
and q are rows, y and predictions are columns as in src/base/target.h.  Problems are such that no
two distances of a query are equal but those of equal rows, whose order is not scikit-learn's to
say: they have the same y.
"""

import json
import os

import numpy as np
import sklearn
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

SOURCE = os.path.realpath(os.path.join(__file__, "../.."))
OUT = os.path.join(SOURCE, "tests/oracle/neighbours.json")
METRICS = ("euclidean", "manhattan", "cosine")
TASKS = {"number": "regression", "numbers": "regression", "classes": "classification",
         "angle": "angle"}


def rows(r, n, d):
    """Rows away from the origin, some twice: rounded, so that they are short to write."""
    x = np.round(r.normal(0, 1, (n, d)) + 0.5, 4)
    x[n // 2:n // 2 + 5] = x[:5]
    return x


def targets(r, x, kind):
    z = x @ r.normal(0, 1, (x.shape[1], 3))
    if kind == "number":
        return np.round(z[:, :1], 4)
    if kind == "numbers":
        return np.round(z, 4)
    if kind == "angle":
        a = np.arctan2(z[:, 0], z[:, 1])
        return np.stack([np.sin(a), np.cos(a)], axis=1)
    return np.digitize(z[:, 0], [-1, 1]).astype(float)[:, None]


def answer(x, y, q, kind, k, weights, metric):
    # brute force has Euclidean distances by a formula that cancels: 1e-8 for equal rows, not 0
    keys = {"n_neighbors": k, "weights": weights, "metric": metric,
            "algorithm": "brute" if metric == "cosine" else "kd_tree"}
    if kind == "classes":
        return KNeighborsClassifier(**keys).fit(x, y[:, 0].astype(int)).predict_proba(q)
    return KNeighborsRegressor(**keys).fit(x, y).predict(q).reshape(len(q), -1)


def problem(r, kind, n, d):
    x = rows(r, n, d)
    y = targets(r, x, kind)
    q = np.concatenate([rows(r, 12, d), x[:2], x[n - 2:]])
    found = []
    for metric in METRICS:
        for weights in ("uniform", "distance"):
            for k in (1, 2, 5, 17, n):
                # a cosine of 1 is rounded there, so that equal rows are not at distance 0
                asked = q[:12] if metric == "cosine" and weights == "distance" else q
                p = answer(x, y, asked, kind, k, weights, metric)
                found.append({"metric": metric, "weights": weights, "n_neighbors": k,
                              "prediction": p.T.tolist()})
    return {"task": TASKS[kind], "classes": 3 if kind == "classes" else 0, "x": x.tolist(),
            "y": y.tolist(), "q": q.tolist(), "answers": found}


def main():
    r = np.random.default_rng(20)
    oracle = {"made_by": f"tools/oracle_neighbours.py, scikit-learn {sklearn.__version__}, "
                         f"numpy {np.__version__}",
              "cases": {kind: problem(r, kind, 60, d)
                        for kind, d in zip(TASKS, (4, 3, 7, 20))}}
    os.makedirs(os.path.dirname(OUT), exist_ok=True)
    with open(OUT, "w") as f:
        json.dump(oracle, f)
        f.write("\n")


if __name__ == "__main__":
    main()
