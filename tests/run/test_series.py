"""Experiments on series: columns by formula, rows on a clock, and what is refused of them."""

import csv
import json
import math
import os
import shutil

import allocations
import kill_points
from stint_test import DATA, DONE, OTHER, SOURCE, USAGE, Place, expect, main, read, same, write

CO2 = """
data: {source: co2.csv, target: co2}
series: {time: date, every: 7d, fill: linear}
columns:
  last_week: shift(co2, 1)
  last_year: shift(co2, 52)
  trend: shift(moving_average(co2, 52), 1)
  year_before: diff(last_week, 52)
  season: sin(2 * 3.14159265 * day_of_year(date) / 365.25)
checks: {missing: drop}
split: {by: time, test: 0.2, folds: 4}
search: {models: [linear, baseline: {strategy: persistence}]}
"""

BATTERY = """
data: {source: battery.csv, target: voltage, drop: [temperature]}
series: {group: cell, time: time}
columns:
  lag: fill(shift(current, 1), 0)
  load: ema(abs(current), 0.05) + noise(1.0e-6)
  smooth: butter_zero(current, 2, 0.2)
  peak: fill(rolling_max(current, 20), 0)
  charge: cumsum(current) / 3600
split: {group: cell, test: 0.25, folds: 3}
search: {models: [ridge: {alpha: [0.1, 1]}]}
"""


def co2(place):
    shutil.copy(os.path.join(SOURCE, "examples/data/co2.csv"), place / "co2.csv")
    place.config("co2.yaml", CO2)


def battery_text(cells=8, rows=200):
    """A load that wanders, and a voltage that follows it late."""
    lines = ["cell,time,current,temperature,voltage"]
    for cell in range(cells):
        late = 0.0
        for t in range(rows):
            current = 2 + math.sin(t * (0.05 + cell * 0.01)) + (t // 25 + cell) % 3
            late += 0.05 * (current - late)
            lines.append(f"c{cell},{t},{current:.6f},{20 + cell},{4 - 0.1 * late:.6f}")
    return "\n".join(lines) + "\n"


def battery(place):
    write(place / "battery.csv", battery_text())
    place.config("battery.yaml", BATTERY)


def summary(place, run):
    return json.loads(read(place / f"{run}/summary.json"))


def test_weeks_of_co2_are_foretold():
    with Place() as place:
        co2(place)
        plan = place.command("plan", "co2.yaml")
        expect(plan.returncode == DONE and "ingest" in plan.stdout, plan.stderr)
        result = place.run("co2.yaml", "run")
        expect(result.returncode == DONE, result.stderr)
        said = summary(place, "run")
        expect(said["best"]["model"] == "linear" and said["test"]["rmse"] < 0.5, said)
        expect(said["reproducible"], said)
        place.clean("run")


def test_a_run_says_the_same_from_any_cache_and_with_any_workers():
    with Place() as place:
        battery(place)
        first = place.run("battery.yaml", "first")
        expect(first.returncode == DONE, first.stderr)
        expect(summary(place, "first")["test"]["r2"] > 0.9, summary(place, "first"))
        for name, flags in {"cached": ["--workers", "2"],
                            "fresh": ["--cache-dir", place / "other", "--threads", "3"],
                            "small": ["--cache-dir", place / "third", "--memory", "200MiB"]}.items():
            again = place.run("battery.yaml", name, *flags)
            expect(again.returncode == DONE, name, again.stderr)
            same(place / "first", place / name)
        place.clean("first")


def test_predictions_of_new_data_derive_the_same_columns():
    with Place() as place:
        battery(place)
        expect(place.run("battery.yaml", "run").returncode == DONE)
        result = place.command("predict", "run", "battery.csv", "--to", "all.csv")
        expect(result.returncode == DONE, result.stderr)
        expect("1 column is not needed" in result.stdout, result.stdout)
        # one cell alone: its columns are what they were among the others
        lines = battery_text().splitlines()
        some = [lines[0]] + [s for s in lines if s.startswith("c3,")]
        write(place / "c3.csv", "\n".join(some) + "\n")
        result = place.command("predict", "run", "c3.csv", "--to", "some.csv")
        expect(result.returncode == DONE, result.stderr)
        everything, alone = (list(csv.DictReader(open(place / n))) for n in ("all.csv", "some.csv"))
        expect(len(alone) == 200 and len(everything) == 1600, len(alone), len(everything))
        for a, b in zip(everything[600:800], alone):
            expect(abs(float(a["predicted voltage"]) - float(b["predicted voltage"])) < 1e-5, a, b)
        text = "\n".join([lines[0]] + lines[10:20] + lines[1:10]) + "\n"
        write(place / "mixed.csv", text)
        result = place.command("predict", "run", "mixed.csv", "--to", "mixed.out.csv")
        expect(result.returncode == DATA and "mixed.csv:12: column \"time\": 0 is before 18" in
               result.stderr, result.returncode, result.stderr)
        write(place / "less.csv", "cell,time,voltage\nc0,0,1\n")
        result = place.command("predict", "run", "less.csv", "--to", "less.out.csv")
        expect(result.returncode == USAGE and "unknown column \"current\"" in result.stderr,
               result.returncode, result.stderr)


def test_rows_without_a_value_yet_are_not_predicted():
    with Place() as place:
        co2(place)
        place.config("next.yaml", CO2.replace("target: co2", "target: next").replace(
            "  last_week:", "  next: shift(co2, -1)\n  last_week:"))
        for name, target, rows in (("co2", "co2", 2231), ("next", "next", 2231)):
            expect(place.run(f"{name}.yaml", name).returncode == DONE)
            result = place.command("predict", name, "co2.csv", "--to", "out.csv")
            expect(result.returncode == DONE and "53 of 2284 rows are left out" in result.stderr,
                   result.stderr)
            rmse = [s.split()[1] for s in result.stdout.splitlines() if s.split()[0] == "rmse"]
            expect(0 < float(rmse[0]) < 0.5, name, result.stdout)
            got = list(csv.DictReader(open(place / "out.csv")))
            expect(len(got) == rows and got[0]["row"] == "53" and got[-1]["row"] == "2283", got[0])
            last = got[-1][target]
            expect(last == ("371.5" if name == "co2" else ""), name, got[-1])
        write(place / "short.csv", "".join(open(place / "co2.csv").readlines()[:40]))
        result = place.command("predict", "co2", "short.csv", "--to", "short.out.csv")
        expect(result.returncode == DATA and "the data have to begin earlier" in result.stderr,
               result.returncode, result.stderr)
        place.clean("co2")


WRONG = [
    ("charge: cumsum(current) / 3600", "charge: 1 / (time - 5)", DATA,
     "battery.csv:7: column \"charge\": division by zero: \"(time - 5)\" is 0 (position 5)"),
    ("charge: cumsum(current) / 3600", "charge: log(current - 100)", DATA,
     "battery.csv:2: column \"charge\": \"log(current - 100)\" is no finite number"),
    ("charge: cumsum(current) / 3600", "charge: savgol(current, 201, 3)", DATA,
     "battery.csv:2: column \"charge\": \"savgol(current, 201, 3)\" needs 201 rows in one piece"),
    ("charge: cumsum(current) / 3600", "charge: cumsum(curent)", USAGE,
     "battery.yaml:9:11: columns.charge: position 8: unknown column \"curent\"; did you mean "
     "\"current\"?"),
    ("charge: cumsum(current) / 3600", "charge: moving_avg(current, 3)", USAGE,
     "battery.yaml:9:11: columns.charge: position 1: unknown function \"moving_avg\"; did you mean "
     "\"moving_average\"?"),
    ("charge: cumsum(current) / 3600", "charge: cell + 1", USAGE,
     "columns.charge: position 1: the column \"cell\" is text"),
    ("charge: cumsum(current) / 3600", "time: current", USAGE,
     "columns.time: there is a column of that name already"),
    ("group: cell, time: time", "group: celll", USAGE,
     "series.group: the table has no column \"celll\"; did you mean \"cell\"?"),
    ("group: cell, time: time", "time: time", DATA,
     "battery.csv:202: column \"time\": 0 is before 199 of the row before it (battery.csv:201)"),
    ("group: cell, time: time", "group: cell, time: time, zero: [nothing]", USAGE,
     "series.zero: no feature matches \"nothing\""),
]


def test_what_is_wrong_is_told_with_its_place():
    with Place() as place:
        battery(place)
        for old, new, code, message in WRONG:
            expect(old in BATTERY, old)
            place.config("battery.yaml", BATTERY.replace(old, new))
            result = place.run("battery.yaml", "wrong", "--fresh")
            expect(result.returncode == code, new, result.returncode, result.stderr)
            expect(message in result.stderr, new, result.stderr)


def test_series_that_are_apart_are_told():
    with Place() as place:
        lines = battery_text(cells=2, rows=30).splitlines()
        write(place / "battery.csv", "\n".join(lines[:11] + lines[31:] + lines[11:31]) + "\n")
        place.config("battery.yaml", BATTERY)
        for text in (BATTERY, BATTERY[:BATTERY.index("columns:")] + BATTERY[
                BATTERY.index("split:"):]):  # with columns to derive, and with none
            place.config("battery.yaml", text)
            result = place.run("battery.yaml", "run", "--fresh")
            expect(result.returncode == DATA and "battery.csv:42: column \"cell\": the series "
                   "\"c0\" began at battery.csv:2 and goes on here" in
                   result.stderr.replace(place.path + "/", ""), result.stderr)


def test_lines_are_those_of_a_file_of_one_column():
    """Its blank lines are missing cells, whatever columns are made of it."""
    with Place() as place:
        write(place / "one.csv", "x\n1\n2\n\n3\n0\n5\n")
        place.config("one.yaml", """
data: {source: one.csv, target: x}
columns: {lag: "fill(shift(x, 1), 0)", far: "1 / (x - 3)"}
checks: {ranges: [[lag, 0, 2]]}
split: {test: 0.3, folds: 2}
search: {models: [ridge]}
""")
        result = place.run("one.yaml", "run")
        expect(result.returncode == DATA and "one.csv:5: column \"far\"" in result.stderr,
               result.stderr)
        result = place.run("one.yaml", "run", "--fresh", "--set", "columns.far=1")
        expect(result.returncode == DATA and "one.csv:6" in result.stderr, result.stderr)


def test_another_formula_is_another_experiment():
    with Place() as place:
        battery(place)
        expect(place.run("battery.yaml", "run").returncode == DONE)
        place.config("battery.yaml", BATTERY.replace("0.05)", "0.06)"))
        result = place.run("battery.yaml", "run")
        expect(result.returncode == OTHER and "ema(abs(current), 0.06)" in result.stderr,
               result.returncode, result.stderr)
        result = place.run("battery.yaml", "run", "--set", "columns.load=ema(abs(current), 0.05) + "
                           "noise(1.0e-6)")
        expect(result.returncode == DONE, result.stderr)


# --- killed, and out of memory -------------------------------------------------------------------


def small(place):
    """Both steps of a derived table, and calls that need a whole series."""
    lines = ["cell,t,x,y"] + [f"{i // 30},{i % 30 + (i % 30 > 20)},{i * 37 % 101},{i * 17 % 23}"
                              for i in range(60)]
    write(place / "data.csv", "\n".join(lines) + "\n")
    text = """
data: {source: data.csv, target: y}
series: {group: cell, time: t, every: 1, fill: linear, zero: ["lag"]}
columns: {lag: "fill(shift(x, 1), 0)", flat: "savgol(butter_zero(x, 1, 0.2), 5, 2) / (1 + lag)"}
split: {test: 0.2, folds: 2}
search: {models: [ridge: {alpha: [1, 10]}]}
budget: {workers: 1, threads: 1}
"""
    place.config("small.yaml", text)
    place.config("c.yaml", text)


def test_killed_at_some_calls():
    kill_points.EXPERIMENTS["series"] = small
    kill_points.kill_all(["series"], step=23)


def test_failed_allocations():
    allocations.experiment = small
    allocations.fail_every({"run": 29, "ingest": 31, "worker": 31, "export": 31})


if __name__ == "__main__":
    main()
