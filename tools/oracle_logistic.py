#!/usr/bin/env python3
"""Write tests/oracle/logistic.json: scikit-learn's logistic regression on small tables.

    build/peers/bin/python tools/oracle_logistic.py IRIS.csv WINE.csv

The class is the last column of each.  Rows are thinned out; binary tables have the rows of the
first two classes.  Every case is solved by Newton's method to a gradient of 1e-12.
tests/unit/model/test_logistic.c compares; it needs the numbers only.
"""

import json
import os
import sys

import numpy
import pandas
import sklearn
from sklearn.linear_model import LogisticRegression

OUT = os.path.join(os.path.realpath(os.path.join(__file__, "../..")), "tests/oracle/logistic.json")
ALPHAS = [0.01, 1.0, 100.0]


def tables(iris, wine):
    for name, path, step, columns, standard in [("iris", iris, 3, 4, False),
                                                ("wine", wine, 3, 6, False),
                                                ("wine, all, standard", wine, 4, 13, True)]:
        table = pandas.read_csv(path).iloc[::step]
        x = table.iloc[:, :columns].to_numpy(float)
        y = numpy.unique(table.iloc[:, -1], return_inverse=True)[1]
        if standard:
            x = numpy.round((x - x.mean(0)) / x.std(0), 6)
        yield name, x, y
        yield name + ", two classes", x[y < 2], y[y < 2]


def objective(x, y, coef, intercept, alpha):
    z = x @ coef.T + intercept
    if z.shape[1] == 1:
        z = numpy.c_[numpy.zeros(len(y)), z]
    top = z.max(1)
    losses = top + numpy.log(numpy.exp(z - top[:, None]).sum(1)) - z[numpy.arange(len(y)), y]
    return losses.sum() + alpha / 2 * (coef**2).sum()


def case(x, y, alpha, intercept):
    model = LogisticRegression(C=1 / alpha, fit_intercept=intercept, solver="newton-cholesky",
                               tol=1e-12, max_iter=10000).fit(x, y)
    b = numpy.broadcast_to(model.intercept_, len(model.coef_))
    return {"alpha": alpha, "intercept": intercept, "coef": model.coef_.tolist(),
            "intercepts": (b - b.mean() if len(b) > 1 else b).tolist(),
            "objective": float(objective(x, y, model.coef_, model.intercept_, alpha))}


def main():
    oracle = {"made_by": f"tools/oracle_logistic.py, scikit-learn {sklearn.__version__}",
              "tables": [{"name": name, "x": x.T.tolist(), "y": y.tolist(),
                          "cases": [case(x, y, alpha, intercept) for alpha in ALPHAS
                                    for intercept in (True, False)]}
                         for name, x, y in tables(*sys.argv[1:3])]}
    with open(OUT, "w") as f:
        json.dump(oracle, f)
        f.write("\n")


if __name__ == "__main__":
    main()
