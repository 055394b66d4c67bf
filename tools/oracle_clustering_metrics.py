#!/usr/bin/env python3
"""Write tests/oracle/clustering_metrics.json: scikit-learn's measures of small clusterings.

    build/peers/bin/python tools/oracle_clustering_metrics.py

tests/unit/metrics/test_clustering.c compares; it needs the numbers only, not scikit-learn.
Silhouettes and spreads are taken from SciPy's distances, which do not cancel far from the origin.
"""

import json
import os

import numpy as np
import sklearn
from scipy.spatial.distance import cdist
from sklearn import metrics

SOURCE = os.path.realpath(os.path.join(__file__, "../.."))
OUT = os.path.join(SOURCE, "tests/oracle/clustering_metrics.json")


def points(r, n, d, k, spread=1.0, far=0.0):
    """Blobs, their labels mixed a little, rounded so that they are short to write."""
    centres = r.normal(0, 4, (k, d)) + far
    label = np.concatenate([np.arange(k), r.integers(0, k, n - k)])
    x = np.round(centres[label] + spread * r.normal(0, 1, (n, d)), 4)
    mixed = r.random(n) < 0.15
    mixed[:k] = False
    label[mixed] = r.integers(0, k, mixed.sum())
    return x, label


def davies_bouldin(x, label):
    """scikit-learn's own, with distances that do not cancel."""
    names = np.unique(label)
    centres = np.stack([x[label == name].mean(axis=0) for name in names])
    spread = np.array([cdist(x[label == name], centres[i:i + 1]).mean()
                       for i, name in enumerate(names)])
    apart = cdist(centres, centres)
    if np.allclose(spread, 0) or np.allclose(apart, 0):
        value = 0.0
    else:
        apart[apart == 0] = np.inf
        value = np.max((spread[:, None] + spread) / apart, axis=1).mean()
    np.testing.assert_allclose(value, metrics.davies_bouldin_score(x, label), 1e-6)
    return value


def measured(name, x, label):
    apart = cdist(x, x)
    each = metrics.silhouette_samples(apart, label, metric="precomputed")
    return {"name": name, "x": x.tolist(), "labels": label.tolist(),
            "silhouette": metrics.silhouette_score(apart, label, metric="precomputed"),
            "each": each.tolist(), "davies_bouldin": float(davies_bouldin(x, label)),
            "calinski_harabasz": metrics.calinski_harabasz_score(x, label)}


def of_points(r):
    cases = [measured(f"{n} x {d}, {k} clusters", *points(r, n, d, k))
             for n, d, k in ((3, 1, 2), (17, 2, 2), (64, 3, 4), (65, 1, 3), (130, 9, 7),
                             (200, 33, 5), (90, 2, 60), (48, 4, 47))]
    cases.append(measured("far from the origin", *points(r, 80, 3, 4, far=1e3)))
    x, label = points(r, 60, 2, 5)
    label[label == 3] = 0
    label[7] = 3
    cases.append(measured("one row alone", x, label))
    cases.append(measured("labels of any kind", x, np.array([-7, 1000000000, 3, -2, 0])[label]))
    x, label = points(r, 40, 2, 4)
    cases.append(measured("each row where its centre is", x[:4][label], label))
    cases.append(measured("all rows alike", np.full((6, 2), 1.5), np.arange(6) % 2))
    x = np.concatenate([x, -x])
    cases.append(measured("centres coincide", x, np.tile(np.arange(40) % 2, 2)))
    return cases


def compared(name, a, b):
    a, b = np.asarray(a, int), np.asarray(b, int)
    return {"name": name, "a": a.tolist(), "b": b.tolist(),
            "adjusted_rand": metrics.adjusted_rand_score(a, b),
            "mutual_information": metrics.normalized_mutual_info_score(a, b)}


def of_labels(r):
    some = r.integers(0, 5, 200)
    near = np.where(r.random(200) < 0.2, r.integers(0, 5, 200), some)
    grid = np.arange(36)
    return [
        compared("nothing", [], []),
        compared("one row", [4], [9]),
        compared("identical", some, some),
        compared("renamed", some, 100 - 7 * some),
        compared("one cluster each", [1] * 9, [2] * 9),
        compared("one cluster of a", [1] * 9, np.arange(9) % 3),
        compared("one cluster of b", np.arange(9) % 3, [1] * 9),
        compared("each row alone in both", np.arange(9), np.arange(9)[::-1]),
        compared("each row alone in a", np.arange(20), some[:20]),
        compared("independent", grid // 6, grid % 6),
        compared("against each other", [0, 0, 1, 1], [0, 1, 0, 1]),
        compared("alike", some, near),
        compared("at random", some, r.integers(-3, 9, 200)),
        compared("many clusters", r.integers(0, 150, 200), r.integers(0, 150, 200)),
        compared("many of one", r.integers(0, 150, 200), some),
    ]


def main():
    r = np.random.default_rng(6)
    oracle = {"made_by": f"tools/oracle_clustering_metrics.py, scikit-learn {sklearn.__version__}, "
                         f"numpy {np.__version__}",
              "points": of_points(r), "labels": of_labels(r)}
    with open(OUT, "w") as f:
        json.dump(oracle, f)
        f.write("\n")


if __name__ == "__main__":
    main()
