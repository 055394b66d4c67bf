#!/usr/bin/env python3
"""Write tests/oracle/spectral.json: scikit-learn's spectral clusterings of made-up points.

    build/peers/bin/python tools/oracle_spectral.py

tests/unit/cluster/test_spectral.c compares; it needs the numbers only, not scikit-learn.  Cases are
blobs, moons and circles, by rbf and by nearest neighbours, of two seeds each.  Eigenvalues are those
of the normalised Laplacian, computed densely.
"""

import json
import os
import warnings

import numpy as np
import sklearn
from scipy.sparse.csgraph import laplacian
from sklearn.cluster import SpectralClustering
from sklearn.datasets import make_blobs, make_circles, make_moons

SOURCE = os.path.realpath(os.path.join(__file__, "../.."))
OUT = os.path.join(SOURCE, "tests/oracle/spectral.json")

MAKERS = {
    "blobs": (4, 0.5, lambda n, seed: make_blobs(n, centers=4, cluster_std=0.9, random_state=seed)),
    "moons": (2, 30.0, lambda n, seed: make_moons(n, noise=0.05, random_state=seed)),
    "circles": (2, 30.0, lambda n, seed: make_circles(n, noise=0.04, factor=0.45,
                                                      random_state=seed)),
}


def case(name, affinity, seed, assign):
    k, gamma, make = MAKERS[name]
    x = np.round(make(150, seed)[0], 4)
    model = SpectralClustering(k, affinity=affinity, gamma=gamma, n_neighbors=10,
                               assign_labels=assign, random_state=0).fit(x)
    weights = model.affinity_matrix_
    weights = weights.toarray() if hasattr(weights, "toarray") else weights
    values = np.linalg.eigvalsh(laplacian(weights, normed=True))[:k + 1]
    return {"name": f"{name} {affinity} {assign} {seed}", "affinity": affinity, "gamma": gamma,
            "assign": assign, "k": k, "x": x.tolist(), "labels": model.labels_.tolist(),
            "values": values.tolist()}


def main():
    warnings.filterwarnings("ignore")  # a graph in several parts is one of the cases
    cases = [case(name, affinity, seed, assign) for name in MAKERS
             for affinity in ("rbf", "nearest_neighbors")
             for seed, assign in ((1, "kmeans"), (2, "cluster_qr"))]
    with open(OUT, "w", encoding="ascii") as f:
        json.dump({"made_by": f"scikit-learn {sklearn.__version__}", "cases": cases}, f)
        f.write("\n")


if __name__ == "__main__":
    main()
