#!/usr/bin/env python3
"""Write tests/oracle/agglomerative.json: SciPy's trees and scikit-learn's labels of small problems.

    build/peers/bin/python tools/oracle_agglomerative.py

tests/unit/cluster/test_agglomerative.c compares; it needs the numbers only.  Heights are SciPy's
linkage's, or with a graph those of scikit-learn; no two are equal but on the lattice.
"""

import json
import os
import warnings

import numpy as np
import scipy
import sklearn
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist, squareform
from sklearn.cluster import AgglomerativeClustering
from sklearn.neighbors import kneighbors_graph

SOURCE = os.path.realpath(os.path.join(__file__, "../.."))
OUT = os.path.join(SOURCE, "tests/oracle/agglomerative.json")
METRICS = {"euclidean": "euclidean", "manhattan": "cityblock", "cosine": "cosine"}


def cosine(x):
    """1 - cos without its cancellation, which costs pdist up to half of the digits."""
    u = x.astype(np.longdouble)
    u /= np.sqrt((u * u).sum(axis=1, keepdims=True))
    i, j = np.triu_indices(len(x), 1)
    return (((u[i] - u[j]) ** 2).sum(axis=1) / 2).astype(float)


def blobs(r, n, d, centres, spread):
    c = r.normal(0, 6, (centres, d))
    return np.round(c[np.arange(n) % centres] + spread * r.normal(0, 1, (n, d)), 5)


def data():
    r = np.random.default_rng(6)
    return {"blobs": blobs(r, 90, 3, 4, 1.0), "cloud": np.round(r.normal(1, 1, (70, 6)), 5),
            "plane": np.round(r.uniform(0, 10, (120, 2)), 5),
            "far": np.round(1e5 + r.normal(0, 1, (60, 4)), 6),
            "apart": blobs(r, 80, 2, 5, 0.4), "row": np.round(r.normal(0, 1, (40, 1)), 6),
            "lattice": r.integers(0, 6, (50, 2)).astype(float)}


def tree(x, method, metric):
    if metric == "precomputed":
        return linkage(pdist(x, "cityblock"), method)
    if metric == "cosine":
        return linkage(cosine(x), method)
    return linkage(x, method, METRICS[metric])


def fit(x, method, metric, **how):
    given = squareform(pdist(x, "cityblock")) if metric == "precomputed" else x
    return AgglomerativeClustering(linkage=method, metric=metric, compute_distances=True,
                                   compute_full_tree=True, **how).fit(given)


def case(name, x, method, metric, clusters=0, threshold=-1.0, k=0):
    how = {"n_clusters": clusters or None,
           "distance_threshold": threshold if threshold >= 0 else None}
    components = 0
    if k:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            how["connectivity"] = kneighbors_graph(x, k, metric=metric, include_self=False)
            found = fit(x, method, metric, **how)
        children, distances = found.children_, found.distances_
        components = found.n_connected_components_
    else:
        found = fit(x, method, metric, **how)
        z = tree(x, method, metric)
        children, distances = z[:, :2].astype(int), z[:, 2]
    assert k or name == "lattice" or np.diff(distances).min() > 1e-9 * distances.max(), (name, method, metric)
    return {"data": name, "linkage": method, "metric": metric, "n_clusters": clusters,
            "distance_threshold": threshold, "connectivity": k, "components": int(components),
            "labels": found.labels_.tolist(), "children": np.sort(children, axis=1).tolist(),
            "distances": distances.tolist()}


def between(x, method, metric, clusters):
    """A threshold that leaves so many clusters."""
    z = tree(x, method, metric)[:, 2]
    return float((z[-clusters] + z[-clusters + 1]) / 2)


def main():
    sets, cases = data(), []
    pairs = [("ward", "euclidean")] + [(method, metric) for method in
                                       ("complete", "average", "single")
                                       for metric in (*METRICS, "precomputed")]
    for i, (method, metric) in enumerate(pairs):
        one, two = ("blobs", "cloud") if i % 2 else ("cloud", "blobs")
        cases.append(case(one, sets[one], method, metric, clusters=2 + i % 9))
        cases.append(case(two, sets[two], method, metric,
                          threshold=between(sets[two], method, metric, 3 + i % 4)))
    for name in ("plane", "far", "row"):
        cases.append(case(name, sets[name], "ward", "euclidean", clusters=7))
    # at a height itself: what is at the threshold does not merge
    exact = float(tree(sets["plane"], "complete", "euclidean")[-5, 2])
    cases.append(case("plane", sets["plane"], "complete", "euclidean", threshold=exact))
    for method in ("ward", "complete", "average", "single"):
        cases.append(case("plane", sets["plane"], method, "euclidean", clusters=4, k=10))
        cases.append(case("apart", sets["apart"], method, "euclidean", clusters=6, k=4))
    cases.append(case("cloud", sets["cloud"], "average", "manhattan", clusters=3, k=6))
    for method in ("complete", "average", "single"):  # ties, in which SciPy's order is ours
        cases.append(case("lattice", sets["lattice"], method, "manhattan", clusters=4))
    oracle = {"made_by": f"tools/oracle_agglomerative.py, SciPy {scipy.__version__}, "
                         f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
              "data": {name: x.tolist() for name, x in sets.items()}, "cases": cases}
    with open(OUT, "w") as f:
        json.dump(oracle, f)
        f.write("\n")
    print(len(cases), "cases,", sum(c["components"] > 1 for c in cases), "of several components")


if __name__ == "__main__":
    main()
