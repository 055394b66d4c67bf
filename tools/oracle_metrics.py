#!/usr/bin/env python3
"""Write tests/oracle/metrics.json: scikit-learn's metrics of small seeded problems.

    build/peers/bin/python tools/oracle_metrics.py

tests/unit/metrics/test_oracle.c compares; it needs the numbers only, not scikit-learn.  Columns are
as in src/base/target.h; a metric that is undefined is null.  What scikit-learn leaves undefined for
a class that is absent is left out of the mean over classes; angles are turned into wrapped
differences by complex numbers.
"""

import json
import os
import warnings

import numpy as np
import sklearn
from sklearn import metrics as sk

SOURCE = os.path.realpath(os.path.join(__file__, "../.."))
OUT = os.path.join(SOURCE, "tests/oracle/metrics.json")
QUANTILES = {"error_p50": 0.5, "error_p90": 0.9, "error_p95": 0.95}
LIMITS = {"within_0": 0.5, "within_5": 5, "within_10": 10, "within_20": 20}


def listed(a):
    return np.asarray(a, dtype=float).tolist()


def or_null(v):
    v = float(v)
    return v if np.isfinite(v) else None


# --- numbers ------------------------------------------------------------------------------


def number_metrics(y, p):
    error = np.abs(y - p)
    found = {
        "rmse": np.mean(np.sqrt(sk.mean_squared_error(y, p, multioutput="raw_values"))),
        "mae": sk.mean_absolute_error(y, p),
        "r2": sk.r2_score(y, p),
        "max_error": error.max(),
    }
    found.update({k: np.quantile(error, q, axis=0).mean() for k, q in QUANTILES.items()})
    return found


def number_case(y, p):
    y, p = np.array(y, float), np.array(p, float)
    return {"kind": "regression", "targets": y.shape[1], "rows": y.shape[0], "y": listed(y.T),
            "prediction": listed(p.T), "metrics": number_metrics(y, p)}


def number_cases(r):
    y = r.normal(3, 10, (57, 3))
    guess = y + r.normal(0, [0.1, 2, 30], y.shape)
    flat = np.full((9, 1), 2.5)
    return {
        "one target": number_case(y[:, :1], guess[:, :1]),
        "three targets": number_case(y, guess),
        "far from zero": number_case(y + 1e3, guess + 1e3),
        "tied errors": number_case(np.round(y), np.round(y) + r.integers(-2, 3, y.shape)),
        "perfect": number_case(y, y),
        "constant, hit": number_case(flat, flat),
        "constant, missed": number_case(flat, flat + r.normal(0, 1, flat.shape)),
        "constant prediction": number_case(y, np.full(y.shape, 3.0)),
        "one row": number_case(y[:1], guess[:1]),
        "two rows": number_case(y[:2], guess[:2]),
    }


# --- classes ------------------------------------------------------------------------------


def mean_of_defined(values):
    values = [v for v in values if v is not None and np.isfinite(v)]
    return np.mean(values) if values else np.nan


def one_class_auc(is_one, score):
    return sk.roc_auc_score(is_one, score) if 0 < is_one.sum() < len(is_one) else np.nan


def one_class_ap(is_one, score):
    return sk.average_precision_score(is_one, score) if is_one.any() else np.nan


def class_metrics(y, p):
    classes = p.shape[1]
    guess = p.argmax(axis=1)
    labels = list(range(classes))
    ranked = [1] if classes == 2 else labels
    found = {
        "accuracy": sk.accuracy_score(y, guess),
        "balanced_accuracy": sk.balanced_accuracy_score(y, guess),
        "log_loss": sk.log_loss(y, p, labels=labels),
        "brier": sk.brier_score_loss(y, p, labels=labels),
        "roc_auc": mean_of_defined([one_class_auc(y == k, p[:, k]) for k in ranked]),
        "pr_auc": mean_of_defined([one_class_ap(y == k, p[:, k]) for k in ranked]),
    }
    if len(set(y)) == classes > 2:
        assert abs(found["roc_auc"] - sk.roc_auc_score(y, p, multi_class="ovr")) < 1e-14
        assert abs(found["pr_auc"] - sk.average_precision_score(y, p)) < 1e-14
    for average in ("macro", "micro", "weighted"):
        for name, f in (("precision", sk.precision_score), ("recall", sk.recall_score),
                        ("f1", sk.f1_score)):
            found[f"{name}_{average}"] = f(y, guess, average=average, zero_division=0)
    return found


def class_curves(y, p):
    curves = []
    for k in range(p.shape[1]):
        is_one = y == k
        if not 0 < is_one.sum() < len(y):
            curves.append(None)
            continue
        fpr, tpr, _ = sk.roc_curve(is_one, p[:, k], drop_intermediate=False)
        precision, recall, _ = sk.precision_recall_curve(is_one, p[:, k])
        curves.append({"roc": [listed(fpr), listed(tpr)],
                       "pr": [listed(recall[::-1]), listed(precision[::-1])]})
    return curves


def class_case(y, p, curves=False):
    y, p = np.array(y, int), np.array(p, float)
    case = {"kind": "classification", "classes": p.shape[1], "rows": len(y), "y": [listed(y)],
            "prediction": listed(p.T), "metrics": class_metrics(y, p)}
    if curves:
        case["curves"] = class_curves(y, p)
    return case


def softmax(z):
    z = np.exp(z - z.max(axis=1, keepdims=True))
    return z / z.sum(axis=1, keepdims=True)


def draw(r, rows, classes, skill, absent=()):
    there = [k for k in range(classes) if k not in absent]
    y = r.choice(there, rows, p=(w := np.arange(1, len(there) + 1)) / w.sum())
    return y, softmax(r.normal(0, 1, (rows, classes)) + skill * np.eye(classes)[y])


def tied(p, steps):
    """Probabilities that are multiples of 1/steps and still sum to 1."""
    q = np.floor(p * steps)
    q[:, 0] += steps - q.sum(axis=1)
    return q / steps


def class_cases(r):
    cases = {}
    for classes, rows in ((2, 83), (3, 71), (10, 97)):
        y, p = draw(r, rows, classes, 1.5)
        cases[f"{classes} classes"] = class_case(y, p, curves=classes < 10)
        cases[f"{classes} classes, tied"] = class_case(y, tied(p, 8), curves=classes < 10)
        cases[f"{classes} classes, sure of it"] = class_case(y, np.eye(classes)[p.argmax(axis=1)])
        cases[f"{classes} classes, perfect"] = class_case(y, np.eye(classes)[y])
        cases[f"{classes} classes, never right"] = class_case(y, np.eye(classes)[(y + 1) % classes])
        cases[f"{classes} classes, constant"] = class_case(y, np.full(p.shape, 1 / classes), True)
        cases[f"{classes} classes, one row"] = class_case(y[:1], p[:1], True)
        cases[f"{classes} classes, only the last"] = class_case(
            np.full(9, classes - 1), p[:9], True)
        cases[f"{classes} classes, only the first"] = class_case(np.zeros(9), p[:9], True)
    cases["absent classes"] = class_case(*draw(r, 60, 10, 1, absent=(4, 7)))
    cases["an absent class in three"] = class_case(*draw(r, 30, 3, 1, absent=(1,)), curves=True)
    y, p = draw(r, 40, 10, 1, absent=(0, 9))
    p[:, 9] = 0
    cases["a class never came nor predicted"] = class_case(y, p / p.sum(axis=1, keepdims=True))
    return cases


# --- angles -------------------------------------------------------------------------------


def unit(degrees):
    turns = np.radians(np.asarray(degrees, float))
    return np.array([np.sin(turns), np.cos(turns)])


def angle_metrics(y, p, period):
    """Differences as arguments of quotients: no angle is ever wrapped by hand."""
    truth, guess = y[1] + 1j * y[0], p[1] + 1j * p[0]
    guess = np.where(guess == 0, 1, guess)
    error = np.angle(guess * truth.conj()) * (period / (2 * np.pi))
    size, zero = np.abs(error), np.zeros_like(error)
    found = {
        "circular_mae": sk.mean_absolute_error(zero, error),
        "circular_rmse": np.sqrt(sk.mean_squared_error(zero, error)),
    }
    found.update({k: np.mean(size * 360 / period <= limit + 1e-9) for k, limit in LIMITS.items()})
    found.update({k: np.quantile(size, q) for k, q in QUANTILES.items()})
    return found


def angle_case(y, p, period=360.0):
    y, p = np.array(y, float), np.array(p, float)
    return {"kind": "angle", "period": period, "rows": y.shape[1], "y": listed(y),
            "prediction": listed(p), "metrics": angle_metrics(y, p, period)}


def angle_cases(r):
    y = r.uniform(0, 360, 64)
    guess = y + r.normal(0, 12, 64)
    lengths = 10.0 ** r.uniform(-6, 6, 64)
    whole = r.integers(0, 360, 64)
    nothing = np.zeros((2, 5))
    return {
        "units": angle_case(unit(y), unit(guess)),
        "any length": angle_case(unit(y), unit(guess) * lengths),
        "hours": angle_case(unit(y), unit(guess) * lengths, 24.0),
        "radians": angle_case(unit(y), unit(guess), 2 * np.pi),
        "at random": angle_case(unit(y), unit(r.uniform(0, 360, 64))),
        "across zero": angle_case(unit([359, 1, 358, 3, 180, 0]), unit([1, 359, 4, 357, 181, 360])),
        "at the limits": angle_case(unit(np.tile(whole, 4)), unit(np.concatenate(
            [whole + 0.5, whole - 5, whole + 10, whole - 20]))),
        "beyond the limits": angle_case(unit(np.tile(whole, 4)), unit(np.concatenate(
            [whole + 0.501, whole - 5.001, whole + 10.001, whole - 20.001]))),
        "of no length": angle_case(unit([0, 7, 90, 200, 350]), nothing),
        "constant": angle_case(unit(y), unit(np.full(64, 77.0))),
        "one row": angle_case(unit([10]), unit([350])),
    }


def main():
    warnings.simplefilter("ignore")
    r = np.random.default_rng(20)
    cases = {**number_cases(r), **class_cases(r), **{f"angle: {k}": v
                                                     for k, v in angle_cases(r).items()}}
    for case in cases.values():
        case["metrics"] = {k: or_null(v) for k, v in case["metrics"].items()}
    oracle = {"made_by": f"tools/oracle_metrics.py, scikit-learn {sklearn.__version__}, "
                         f"numpy {np.__version__}", "cases": cases}
    with open(OUT, "w") as f:
        lines = [f" {json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items()]
        f.write(f'{{"made_by": {json.dumps(oracle["made_by"])},\n"cases": {{\n')
        f.write(",\n".join(lines) + "\n}}\n")


if __name__ == "__main__":
    main()
