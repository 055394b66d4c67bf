#!/usr/bin/env python3
"""Times scikit-learn's KMeans on made-up rows, and hands the same arrays on.

    kmeans.py CASE OUT.bin [--f32] [--data normal|blobs] [--algorithm lloyd|elkan]
              [--iterations N] [--result FILE]

CASE is a row of CASES.  OUT.bin gets the arrays for bench/bench_kmeans.c (its head says how);
--result the inertia and the iterations as JSON.  --iterations 0 only writes the arrays.
"""

import argparse
import json
import time
import warnings

import numpy
import sklearn
from sklearn.cluster import KMeans, MiniBatchKMeans

# rows, columns, clusters, max_iter, tol, n_init, batch size, from the first rows
CASES = {
    "first-64": (200_000, 32, 64, 50, 0, 1, 0, True),
    "defaults": (10_000, 100, 10, 300, 1e-4, 10, 0, False),
    "k1000": (200_000, 32, 1000, 20, 0, 1, 0, True),
    "k1000-seeded": (200_000, 32, 1000, 20, 0, 1, 0, False),
    "low-d": (500_000, 3, 100, 50, 0, 1, 0, True),
    "few": (500_000, 8, 8, 50, 0, 1, 0, True),
    "batches": (5_000_000, 32, 64, 100, 0, 1, 1024, False),
}


def rows(kind, n, d, k):
    random = numpy.random.default_rng(7)
    x = random.standard_normal((n, d))
    if kind == "blobs":
        centers = random.standard_normal((k, d)) * 2
        x += centers[random.integers(0, k, n)]
    return x


def write_arrays(path, x, case):
    n, d, k, max_iter, tol, n_init, batch, first = case
    with open(path, "wb") as out:
        numpy.array([n, d, k, max_iter, tol, n_init, batch, first], dtype=float).tofile(out)
        x.tofile(out)


def fit(x, case, algorithm):
    _, _, k, max_iter, tol, n_init, batch, first = case
    init = x[:k] if first else "k-means++"
    if batch:
        model = MiniBatchKMeans(k, init=init, n_init=n_init, max_iter=max_iter, tol=tol,
                                batch_size=batch, random_state=0)
    else:
        model = KMeans(k, init=init, n_init=n_init, max_iter=max_iter, tol=tol, random_state=0,
                       algorithm=algorithm)
    began = time.perf_counter()
    model.fit(x)
    return time.perf_counter() - began, model


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("case", choices=CASES)
    flags.add_argument("out")
    flags.add_argument("--f32", action="store_true")
    flags.add_argument("--data", default="blobs", choices=["normal", "blobs"])
    flags.add_argument("--algorithm", default="lloyd")
    flags.add_argument("--iterations", type=int, default=3)
    flags.add_argument("--result")
    given = flags.parse_args()
    warnings.simplefilter("ignore")

    case = CASES[given.case]
    x = rows(given.data, *case[:3])
    write_arrays(given.out, x, case)
    if given.iterations == 0:
        return
    if given.f32:
        x = x.astype(numpy.float32)
    seconds = []
    for _ in range(given.iterations):
        took, model = fit(x, case, given.algorithm)
        seconds.append(took)
    result = {"inertia": float(model.inertia_), "iterations": int(model.n_iter_)}
    if given.result:
        with open(given.result, "w") as file:
            json.dump(result, file)
    print(json.dumps({"name": f"scikit-learn {sklearn.__version__} {given.algorithm}",
                      "seconds": seconds, **result}))


if __name__ == "__main__":
    main()
