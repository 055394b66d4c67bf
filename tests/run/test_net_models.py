"""Promise: neural models are models like others: searched, refitted, kept and used in the same
way, with the same promises.

Tested: accuracy on digits; a series that only the rows before explain, against persistence;
labels, angles and packed bits; the same bytes for any workers and threads; a trial whose loss
diverges fails with the reason and the run goes on; a killed worker leaves no trace; peaks within
the plan; predictions of new data equal the run's own.
"""

import csv
import json
import math
import os
import random

from stint_test import DONE, SOURCE, USAGE, Place, expect, main, read, results, same, skip, write

DIGITS = os.path.join(SOURCE, "examples/data/digits.csv")


def summary(run_dir):
    return json.loads(read(run_dir + "/summary.json"))


def done(place, config, run_dir="run", *arguments, **options):
    result = place.run(config, run_dir, *arguments, timeout=600, **options)
    expect(result.returncode == DONE, result.stderr)
    return summary(place / run_dir), result


def within_plan(run_dir):
    for line in read(run_dir + "/timings.jsonl").splitlines():
        stage = json.loads(line)
        if "planned_peak_bytes" in stage:
            expect(stage["peak_bytes"] <= stage["planned_peak_bytes"], "beyond the plan:", line)


def table(place, name, header, rows):
    text = [",".join(header)] + [",".join(str(x) for x in row) for row in rows]
    write(place / name, "\n".join(text) + "\n")


def series(place, rows=900, groups=1):
    draw, out = random.Random(3), []
    for g in range(groups):
        before = [0.0] * 4
        for _ in range(rows // groups):
            before.append(draw.gauss(0, 1))
            y = before[-2] - 0.7 * before[-4] + 0.2 * before[-1]
            out.append((f"{before[-1]:.6f}", f"{draw.gauss(0, 1):.6f}", f"{y:.6f}"))
    table(place, "series.csv", ("u", "v", "y"), out)


def test_mlp_on_digits():
    with Place() as place:
        place.config("digits.yaml", f"""
data: {{source: {DIGITS}, target: digit, task: classification}}
checks: {{constant: drop}}
split: {{test: 0.2, folds: 3, seed: 1}}
search:
  metric: log_loss
  models:
    - mlp: {{hidden: [32, 64], epochs: 15, learning_rate: 0.003}}
    - cnn: {{filters: 8, epochs: 1, channels: 5, height: 4, width: 3}}
budget: {{memory: 512MiB}}
""")
        of, _ = done(place, "digits.yaml")
        expect(of["best"]["params"]["hidden"] in (32, 64), of["best"])
        expect(of["test"]["accuracy"] >= 0.95, of["test"]["accuracy"])
        within_plan(place / "run")
        place.clean()


def test_workers_and_threads_change_no_byte():
    with Place() as place:
        series(place)
        place.config("s.yaml", """
data: {source: series.csv, target: y}
split: {test: 0.2, folds: 2, seed: 1}
search:
  metric: rmse
  models:
    - mlp: {hidden: 16, epochs: 4, dropout: [0, 0.2], validation: [0, 0.2], seed: [0, 1]}
    - lstm: {hidden: 8, epochs: 3, window: [3, 6]}
""")
        done(place, "s.yaml", "one", "--workers", "1", "--threads", "1")
        wanted = results(place / "one")
        for workers, threads in ((1, 3), (2, 1), (3, 2)):
            name = f"{workers}-{threads}"
            done(place, "s.yaml", name, "--workers", workers, "--threads", threads)
            same(wanted, place / name)
            within_plan(place / name)


def test_a_series_that_rows_do_not_explain():
    with Place() as place:
        series(place, rows=1500)
        place.config("s.yaml", """
data: {source: series.csv, target: y}
split: {by: time, test: 0.2, folds: 2}
search:
  metric: rmse
  models:
    - baseline: {strategy: persistence}
    - lstm: {hidden: 16, epochs: 20, window: [4, 8], learning_rate: 0.01}
""")
        of, _ = done(place, "s.yaml")
        expect(of["best"]["model"] == "lstm", of["best"])
        expect(of["test"]["rmse"] < 0.2, of["test"])
        within_plan(place / "run")
        result = place.command("predict", "run", "series.csv", "--to", "out.csv")
        expect(result.returncode == DONE, result.stderr)
        with open(place / "out.csv") as file:
            rows = list(csv.DictReader(file))
        expect(len(rows) == 1500, len(rows))
        last = rows[1200:]
        squares = sum((float(r["y"]) - float(r["predicted y"])) ** 2 for r in last)
        expect(math.isclose(math.sqrt(squares / len(last)), of["test"]["rmse"], rel_tol=1e-9),
               "predictions of the test rows are others than the run's")
        place.clean()


def test_labels_and_bits():
    draw = random.Random(2)
    rows = []
    for _ in range(500):
        bits = [draw.randint(0, 1) for _ in range(40)]
        rows.append(("".join(map(str, bits)), f"{draw.gauss(0, 1):.5f}", bits[3] & bits[7],
                     bits[5] | bits[9]))
    with Place() as place:
        table(place, "records.csv", ("fp", "z", "t1", "t2"), rows)
        place.config("b.yaml", """
data: {source: records.csv, target: [t1, t2], task: labels, bits: [fp]}
split: {test: 0.2, folds: 3, seed: 1}
search:
  metric: f1_macro
  models:
    - mlp: {hidden: 32, epochs: 20, learning_rate: 0.01, loss: [bce, soft_margin]}
""")
        of, _ = done(place, "b.yaml")
        expect(of["test"]["f1_macro"] > 0.95, of["test"])
        within_plan(place / "run")
        result = place.command("predict", "run", "records.csv", "--to", "out.csv")
        expect(result.returncode == DONE, result.stderr)
        place.clean()


def test_angles():
    draw = random.Random(5)
    rows = []
    for _ in range(600):
        angle = draw.uniform(0, 360)
        turn = math.radians(angle)
        rows.append((f"{math.cos(turn) + draw.gauss(0, 0.05):.6f}",
                     f"{math.sin(turn) + draw.gauss(0, 0.05):.6f}", f"{angle:.4f}"))
    with Place() as place:
        table(place, "angles.csv", ("a", "b", "angle"), rows)
        place.config("a.yaml", """
data: {source: angles.csv, target: angle, task: angle}
split: {test: 0.2, folds: 3, seed: 1}
search:
  metric: circular_mae
  models:
    - mlp: {hidden: 32, epochs: 30, learning_rate: 0.003, activation: [relu, tanh]}
""")
        of, _ = done(place, "a.yaml")
        expect(of["test"]["circular_mae"] < 5, of["test"])
        place.clean()


def test_a_diverging_trial_fails_and_the_run_goes_on():
    with Place() as place:
        series(place)
        place.config("s.yaml", """
data: {source: series.csv, target: y}
split: {test: 0.2, folds: 2, seed: 1}
search:
  metric: rmse
  models:
    - mlp: {epochs: 5, optimiser: sgd, learning_rate: [0.01, 1000]}
    - lstm: {window: 5000, epochs: 1}
""")
        of, result = done(place, "s.yaml")
        expect(of["reproducible"] is False, "says nothing of what failed")
        expect("not finite" in result.stderr, result.stderr)
        expect("window: 5000 rows are more than any series has" in result.stderr, result.stderr)
        expect(of["best"]["params"]["learning_rate"] == 0.01, of["best"])
        place.clean()


def test_a_killed_worker_leaves_no_trace():
    with Place() as place:
        series(place)
        place.config("s.yaml", """
data: {source: series.csv, target: y}
split: {test: 0.2, folds: 2, seed: 1}
search:
  metric: rmse
  models:
    - gru: {hidden: 8, epochs: 3, window: 4, seed: [0, 1, 2]}
""")
        done(place, "s.yaml", "reference", "--workers", "2")
        crash = {"STINT_FAULT": "worker:crash:1", "STINT_FAULT_ONCE": place / "once"}
        _, result = done(place, "s.yaml", "run", "--workers", "2", env=crash)
        if "signal 9" not in result.stderr:
            skip("this build has no fault injection")
        same(results(place / "reference"), place / "run")
        place.clean()


def test_what_is_too_large_is_refused_before():
    with Place() as place:
        series(place)
        place.config("s.yaml", """
data: {source: series.csv, target: y}
split: {test: 0.2, folds: 2, seed: 1}
search:
  metric: rmse
  models:
    - mlp: {hidden: [16, 8192], layers: 3}
budget: {memory: 200MiB}
""")
        result = place.run("s.yaml")
        expect(result.returncode == 4, result.returncode, result.stderr)
        expect("GiB" in result.stderr, result.stderr)


def test_parameters_that_do_not_fit_are_refused_before():
    wrong = (("mlp: {loss: [mse, bce]}", "loss: bce is none of regression"),
             ("cnn: {channels: 3}", "2 features are no image of 3 channels"),
             ("cnn: {window: [2, 8], kernel: 3, norm: batch}", "norm is batch for images"))
    with Place() as place:
        series(place)
        for models, said in wrong:
            place.config("s.yaml", f"""
data: {{source: series.csv, target: y}}
split: {{test: 0.2, folds: 2, seed: 1}}
search: {{metric: rmse, models: [{{{models}}}]}}
""")
            result = place.run("s.yaml")
            expect(result.returncode == USAGE, result.returncode, result.stderr)
            expect(said in result.stderr, result.stderr)


if __name__ == "__main__":
    main()
