"""Against scikit-learn's numbers for the same rows (tests/oracle, made by tools/oracle_ridge.py),
and identities that need none: permuted rows, a permuted target."""

import json
import math
import os
import random

from outcome import Model, fold_scores, near, split_parts, table
from stint_test import DONE, SOURCE, Place, expect, main, read, write

ORACLE = os.path.join(SOURCE, "tests/oracle/ridge_diabetes.json")
DATA = os.path.join(SOURCE, "examples/data/diabetes.csv")


def flat(lists):
    return [v for one in lists for v in one]


def disagreement(case, env=None):
    """How a run differs from the oracle's case, as text; "" when it does not."""
    with Place() as place:
        os.symlink(DATA, place / "diabetes.csv")
        place.config("c.yaml", case["config"])
        result = place.run("c.yaml", env=env)
        if result.returncode != DONE:
            return f"exit {result.returncode}: {result.stderr}"
        run, parts = place / "run", split_parts(place.cache)
        if "".join(map(str, parts)) != case["parts"]:
            return "the split is another one now; run tools/oracle_ridge.py again"
        said = []

        def check(what, got, wanted, floor=0.0, relative=1e-9):
            off = near(got, wanted, relative, floor)
            if off:
                said.append(f"{what} off by {off:.3g}")

        folds = max(parts)
        check("scores of folds", flat(fold_scores(run, folds)), flat(case["folds"]))
        summary = json.loads(read(place / "run/summary.json"))
        if summary["best"]["params"]["alpha"] != case["best_alpha"]:
            said.append(f"the best alpha is {summary['best']['params']['alpha']}")
            return "; ".join(said)
        for name, value in case["test"].items():
            check(f"{name} on test", [summary["test"][name]], [value])
        model = Model(run)
        for got, wanted in zip(model.coef, case["coef"]):
            check("coefficients", got, wanted, max(map(abs, wanted)))
        columns = table(DATA)
        rows = [r for r in range(len(parts)) if parts[r] == folds]
        predicted = [model.predict([columns[f][r] for f in case["features"]]) for r in rows]
        check("predictions", flat(zip(*predicted)), flat(case["predicted"]))
        return "; ".join(said)


def cases():
    return json.loads(read(ORACLE))["cases"]


def test_scikit_learn_finds_the_same():
    for name, case in cases().items():
        said = disagreement(case)
        expect(not said, f"{name}: {said}")


# --- identities --------------------------------------------------------------------------------

# A split is drawn by row number, so a permuted table is split otherwise, and no two fits of a
# permuted table see the same rows.  What must not matter is the order of the rows within a part.
# Strata make that testable: with as many bins as there are distinct targets, and each target
# value standing on copies of one row only, every part gets the same number of each distinct row,
# whatever the order (parts get their share of each stratum exactly where it divides).


def repeated(distinct, copies, columns, seed):
    r = random.Random(seed)
    rows = []
    for i in range(distinct):
        x = [r.gauss(0, 1) for _ in range(columns)]
        y = math.fsum((j + 1) * v for j, v in enumerate(x)) + r.gauss(0, 1) + i * 1e-3
        rows += [",".join(repr(v) for v in x + [y])] * copies
    return ",".join([f"x{j}" for j in range(columns)] + ["y"]), rows


def test_permuted_rows_give_the_same_coefficients():
    distinct, copies, folds = 40, 10, 4
    header, rows = repeated(distinct, copies, 5, 1)
    with Place() as place:
        models, scores = [], []
        place.config("c.yaml", "data: {source: t.csv, target: y}\nchecks: {duplicates: ignore}\n"
                               f"split: {{duplicates: allow, test: 0.2, folds: {folds}, stratify: {{bins: {distinct}}}}}\n"
                               "features: {scale: standard}\n"
                               "search: {models: [ridge: {alpha: [0.1, 3]}]}\n")
        for seed in range(4):
            order = rows[:]
            random.Random(seed).shuffle(order)
            write(place / "t.csv", "\n".join([header] + order) + "\n")
            result = place.run("c.yaml", f"run-{seed}")
            expect(result.returncode == DONE, result.stderr)
            models.append(Model(place / f"run-{seed}"))
            scores.append(flat(fold_scores(place / f"run-{seed}", folds)))
        for m, s in zip(models[1:], scores[1:]):
            expect(near(flat(m.coef), flat(models[0].coef), 1e-9, 1e-3) is None, "coefficients differ")
            expect(near(m.intercepts(), models[0].intercepts(), 1e-9, 1e-3) is None, "intercepts differ")
            expect(near(s, scores[0], 1e-9) is None, "scores of folds differ")


def test_a_permuted_target_teaches_nothing():
    """R2 on test of the winner: at most 0 but for luck, whose standard error is below 1 % here."""
    with Place() as place:
        place.csv(rows=4000, columns=6, noise=0.3)
        lines = read(place / "data.csv").decode().splitlines()
        config = place.config(n=25, folds=5, low="1.0e-2", high="1.0e+6")
        expect(place.run(config, "true").returncode == DONE)
        cells = [line.rsplit(",", 1) for line in lines[1:]]
        for seed in range(3):
            targets = [c[1] for c in cells]
            random.Random(seed).shuffle(targets)
            write(place / "data.csv", "\n".join(
                lines[:1] + [f"{c[0]},{y}" for c, y in zip(cells, targets)]) + "\n")
            expect(place.run(config, f"permuted-{seed}").returncode == DONE)
            r2 = json.loads(read(place / f"permuted-{seed}/summary.json"))["test"]["r2"]
            expect(-0.02 < r2 <= 0.003, f"R2 of {r2} on test from a permuted target, seed {seed}")
        r2 = json.loads(read(place / "true/summary.json"))["test"]["r2"]
        expect(r2 > 0.9, f"R2 of {r2} on test from the true target")


if __name__ == "__main__":
    main()
