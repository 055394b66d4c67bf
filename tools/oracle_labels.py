#!/usr/bin/env python3
"""Write tests/oracle/labels.json: scikit-learn's metrics of small seeded multi-label problems.

    build/peers/bin/python tools/oracle_labels.py

tests/unit/metrics/test_oracle.c compares; it needs the numbers only, not scikit-learn.  Labels that
neither came nor were predicted, and rows that have none and were given none, are left out of the
averages over them; a metric that is undefined is null.
"""

import json
import os
import warnings

import numpy as np
import sklearn
from sklearn import metrics as sk

SOURCE = os.path.realpath(os.path.join(__file__, "../.."))
OUT = os.path.join(SOURCE, "tests/oracle/labels.json")
SCORES = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score,
          "jaccard": sk.jaccard_score}


def listed(a):
    return [[int(v) if v in (0, 1) else v for v in row] for row in np.round(a, 6).tolist()]


def or_null(v):
    v = float(v)
    return v if np.isfinite(v) else None


def decoded(p, threshold, top_k):
    if not top_k:
        return (p >= threshold).astype(int)
    guess = np.zeros(p.shape, int)
    order = np.argsort(-p, axis=1, kind="stable")[:, :top_k]
    np.put_along_axis(guess, order, 1, axis=1)
    return guess


def scored(f, y, guess, average):
    """Undefined where nothing came or was predicted; in the weighted mean where nothing came."""
    if not (y if average == "weighted" else y | guess).any():
        return np.nan
    rows = (y | guess).any(axis=1) if average == "samples" else slice(None)
    labels = (y | guess).any(axis=0) if average == "macro" else slice(None)
    y, guess = y[rows][:, labels], guess[rows][:, labels]
    if y.shape[1] == 1:  # scikit-learn takes one column for two classes
        y, guess = np.hstack([y, np.zeros_like(y)]), np.hstack([guess, np.zeros_like(y)])
        average = "binary" if average == "macro" else average
        if average == "binary":
            return f(y[:, 0], guess[:, 0], average=average, zero_division=0)
    return f(y, guess, average=average, zero_division=0)


def mean_of_defined(values):
    values = [v for v in values if np.isfinite(v)]
    return np.mean(values) if values else np.nan


def two_columns(y, guess):
    """With a label beside it that never is."""
    pad = lambda a: np.hstack([a, np.zeros((len(a), 2 - min(a.shape[1], 2)), int)])
    return pad(y), pad(guess)


def label_metrics(y, p, threshold, top_k):
    guess = decoded(p, threshold, top_k)
    labels = range(y.shape[1])
    ranked = [k for k in labels if y[:, k].any()]
    found = {
        "bce": np.mean([sk.log_loss(y[:, k], p[:, k], labels=[0, 1]) for k in labels]),
        "hamming_loss": np.mean([sk.zero_one_loss(y[:, k], guess[:, k]) for k in labels]),
        "subset_accuracy": sk.accuracy_score(*two_columns(y, guess)),
        "dice": sk.f1_score(*two_columns(y, guess), average="samples", zero_division=1),
        "roc_auc": mean_of_defined([sk.roc_auc_score(y[:, k], p[:, k]) for k in ranked
                                    if not y[:, k].all()]),
        "pr_auc": mean_of_defined([sk.average_precision_score(y[:, k], p[:, k]) for k in ranked]),
    }
    if y.shape[1] > 1:
        assert abs(found["hamming_loss"] - sk.hamming_loss(y, guess)) < 1e-14
    for name, f in SCORES.items():
        kinds = ("micro", "samples") if name == "jaccard" else (
            "macro", "micro", "weighted", "samples")
        found.update({f"{name}_{k}": scored(f, y, guess, k) for k in kinds})
    return {k: or_null(v) for k, v in found.items()}


def label_case(y, p, threshold=0.5, top_k=0):
    y, p = np.array(y, int), np.round(np.array(p, float), 6)
    return {"kind": "labels", "classes": y.shape[1], "rows": len(y), "threshold": threshold,
            "top_k": top_k, "y": listed(y.T), "prediction": listed(p.T),
            "metrics": label_metrics(y, p, threshold, top_k)}


def draw(r, rows, labels, skill):
    """Label k comes with a chance that falls with k."""
    y = (r.uniform(size=(rows, labels)) < 0.6 / np.arange(1, labels + 1) ** 0.7).astype(int)
    z = r.normal(-0.8, 1, y.shape) + skill * y
    return y, np.round(1 / (1 + np.exp(-z)), 4)


def label_cases(r):
    cases = {}
    for labels, rows in ((1, 40), (2, 53), (5, 71), (30, 43)):
        y, p = draw(r, rows, labels, 1.5)
        name = f"{labels} labels"
        cases[name] = label_case(y, p)
        cases[f"{name}, low threshold"] = label_case(y, p, threshold=0.2)
        cases[f"{name}, the likeliest"] = label_case(y, p, top_k=1)
        cases[f"{name}, tied"] = label_case(y, np.round(4 * p) / 4)
        cases[f"{name}, perfect"] = label_case(y, y)
        cases[f"{name}, never right"] = label_case(y, 1 - y)
        cases[f"{name}, none predicted"] = label_case(y, 0.4 * p)
        cases[f"{name}, all predicted"] = label_case(y, 0.5 + 0.5 * p)
        cases[f"{name}, none came"] = label_case(0 * y, p)
        cases[f"{name}, nothing at all"] = label_case(0 * y, 0.4 * p)
        cases[f"{name}, one row"] = label_case(y[:1], p[:1])
        if labels > 2:
            cases[f"{name}, the 3 likeliest"] = label_case(y, p, top_k=3)
            cases[f"{name}, the 3 likeliest of ties"] = label_case(y, np.round(3 * p) / 4, top_k=3)
    y, p = draw(r, 60, 6, 1)
    y[:, [1, 4]], p[:, 4] = 0, 0.1
    cases["labels that never came"] = label_case(y, p)
    y[:20], p[:20] = 0, 0.3
    cases["rows without labels"] = label_case(y, p)
    return cases


def main():
    warnings.simplefilter("ignore")
    cases = {f"labels: {k}": v for k, v in label_cases(np.random.default_rng(7)).items()}
    made_by = f"tools/oracle_labels.py, scikit-learn {sklearn.__version__}, numpy {np.__version__}"
    with open(OUT, "w") as f:
        lines = [f" {json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items()]
        f.write(f'{{"made_by": {json.dumps(made_by)},\n"cases": {{\n')
        f.write(",\n".join(lines) + "\n}}\n")


if __name__ == "__main__":
    main()
