#!/usr/bin/env python3
"""Times scikit-learn's grid search of ridge on Stint's folds.

    grid_search.py CSV PARTS SEARCH [--iterations N] [--scores FILE]

CSV: the target is the last column.  PARTS: the split's column file in Stint's cache (the
part of each row; the highest number is the test part).  SEARCH: search.parquet of Stint's
round, for the alphas.  Only GridSearchCV.fit is timed, with 2 jobs whose processes are
already running.  --scores writes [alpha][fold] root mean squared errors as JSON.
"""

import argparse
import json
import time

import numpy
import pandas
import sklearn
from safetensors.numpy import load_file
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def read_parts(path):
    tensors = load_file(path)
    chunks = sorted((int(name.split("/")[0]), name) for name in tensors if name.endswith("/part"))
    return numpy.concatenate([tensors[name] for _, name in chunks])


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("csv")
    flags.add_argument("parts")
    flags.add_argument("search")
    flags.add_argument("--iterations", type=int, default=5)
    flags.add_argument("--scores")
    given = flags.parse_args()

    table = pandas.read_csv(given.csv).to_numpy()
    x, y = numpy.ascontiguousarray(table[:, :-1]), table[:, -1].copy()
    parts = read_parts(given.parts)
    folds = int(parts.max())
    cv = [(numpy.flatnonzero((parts != fold) & (parts != folds)), numpy.flatnonzero(parts == fold))
          for fold in range(folds)]
    alphas = pandas.read_parquet(given.search).sort_values("configuration")["alpha"].tolist()

    def search(grid):
        return GridSearchCV(make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": grid}, cv=cv,
                            scoring="neg_root_mean_squared_error", n_jobs=2)

    search(alphas[:2]).fit(x, y)  # starts the processes
    seconds = []
    for _ in range(given.iterations):
        model = search(alphas)
        began = time.perf_counter()
        model.fit(x, y)
        seconds.append(time.perf_counter() - began)
    scores = [[-float(model.cv_results_[f"split{fold}_test_score"][i]) for fold in range(folds)]
              for i in range(len(alphas))]
    if given.scores:
        with open(given.scores, "w") as file:
            json.dump(scores, file)
    print(json.dumps({"name": f"scikit-learn {sklearn.__version__}", "seconds": seconds,
                      "best": model.best_index_, "alpha": model.best_params_["ridge__alpha"]},
                     default=int))


if __name__ == "__main__":
    main()
