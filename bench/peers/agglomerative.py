#!/usr/bin/env python3
"""Times a tree of clusters by scikit-learn or SciPy on rows like those of bench_agglomerative.

    agglomerative.py sklearn|scipy LINKAGE ROWS COLUMNS [--connectivity K] [--iterations N]

Beside the times: by how much the process grew at its most, in MiB.
"""

import argparse
import json
import resource
import time
import warnings

import numpy as np
import scipy
import sklearn
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import AgglomerativeClustering
from sklearn.neighbors import kneighbors_graph


def by_sklearn(x, method, k):
    graph = kneighbors_graph(x, k, include_self=False) if k else None
    AgglomerativeClustering(n_clusters=20, linkage=method, connectivity=graph,
                            compute_full_tree=True).fit(x)


def by_scipy(x, method, _):
    fcluster(linkage(x, method), 20, "maxclust")


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("peer", choices=("sklearn", "scipy"))
    flags.add_argument("linkage")
    flags.add_argument("rows", type=int)
    flags.add_argument("columns", type=int)
    flags.add_argument("--connectivity", type=int, default=0)
    flags.add_argument("--iterations", type=int, default=2)
    given = flags.parse_args()
    warnings.simplefilter("ignore")  # of components that are joined
    r = np.random.default_rng(1)
    centres = 4 * r.normal(size=(20, given.columns))
    x = centres[np.arange(given.rows) % 20] + r.normal(size=(given.rows, given.columns))
    run = by_sklearn if given.peer == "sklearn" else by_scipy
    run(x[:200], given.linkage, given.connectivity)
    before, seconds = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, []
    for _ in range(given.iterations):
        began = time.perf_counter()
        run(x, given.linkage, given.connectivity)
        seconds.append(time.perf_counter() - began)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    name = sklearn.__version__ if given.peer == "sklearn" else scipy.__version__
    print(json.dumps({"name": f"{given.peer} {name}", "seconds": seconds,
                      "grown_mib": round(grown, 1)}))


if __name__ == "__main__":
    main()
