#!/usr/bin/env python3
"""Times a clustering by scikit-learn or SciPy of the rows of a .npy file.

    cluster.py METHOD ROWS.npy [SETTING=VALUE …] [--first] [--scipy] [--iterations N]
               [--labels OUT.bin]

METHOD is KMeans, MiniBatchKMeans, AgglomerativeClustering or SpectralClustering, settings are its
own.  --first: k-means begins from the first rows.  Printed: seconds of each fit after the first,
those of the first, inertia and iterations where there are such, and by how much the process grew
at its most.  --labels gets int32.
"""

import argparse
import json
import resource
import time
import warnings

import numpy
import scipy
import sklearn
import sklearn.cluster
from scipy.cluster.hierarchy import fcluster, linkage


def value_of(text):
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def by_sklearn(given, settings):
    def fit(x):
        if given.first:
            settings["init"] = x[:settings["n_clusters"]]
        model = getattr(sklearn.cluster, given.method)(**settings).fit(x)
        return model.labels_, getattr(model, "inertia_", None), getattr(model, "n_iter_", None)
    return fit


def by_scipy(settings):
    def fit(x):
        tree = linkage(x, settings["linkage"])
        return fcluster(tree, settings["n_clusters"], "maxclust") - 1, None, None
    return fit


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("method")
    flags.add_argument("rows")
    flags.add_argument("settings", nargs="*")
    flags.add_argument("--first", action="store_true")
    flags.add_argument("--scipy", action="store_true")
    flags.add_argument("--iterations", type=int, default=3, help="0: the first fit is all")
    flags.add_argument("--labels")
    given = flags.parse_intermixed_args()
    warnings.simplefilter("ignore")  # of graphs that are not connected
    x = numpy.load(given.rows)
    settings = {k: value_of(v) for k, v in (s.split("=", 1) for s in given.settings)}
    fit = by_scipy(settings) if given.scipy else by_sklearn(given, settings)
    before, seconds = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, []
    for _ in range(given.iterations + 1):
        began = time.perf_counter()
        labels, inertia, turns = fit(x)
        seconds.append(time.perf_counter() - began)
        if len(seconds) == 1:
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    if given.labels:
        labels.astype(numpy.int32).tofile(given.labels)
    name = f"SciPy {scipy.__version__}" if given.scipy else f"scikit-learn {sklearn.__version__}"
    print(json.dumps({"name": name, "seconds": seconds[1:] or seconds, "first_seconds": seconds[0],
                      "grown_bytes": grown * 1024, "inertia": inertia,
                      "iterations": turns}))


if __name__ == "__main__":
    main()
