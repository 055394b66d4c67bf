"""Kill a run at a call of one of its processes, resume it, compare: the kill tests' shared part.

Situations that are interrupted.  "fresh": nothing is there, cache included.  "classes" and
"angles": the same, of experiments that write every kind of cached file: rows left out, states
of features.  "training" and "streams": the same, of trainings of a net, the second of series, with
formulas and a streaming test; checkpoints are written within epochs.  "damaged": a run whose
journal ends in a torn line, whose round has a changed byte, and which left temporaries behind; to
carry on it truncates, moves aside and removes.

A point is (situation, role, call, n): strace kills the first process of that role before it
makes its nth such call.  Whatever the rest of the run makes of that (a dead worker is replaced,
a dead ingest fails the run, nothing survives a dead coordinator), then

  - no process of the run is left, without anybody's help;
  - what stands under its final name is whole: rounds/001, if there, equals the uninterrupted
    run's, and so does summary.json;
  - the same command once more exits 0, and summary.json and rounds/ equal the uninterrupted
    run's, byte for byte, with no temporary left in the run's directory or the cache.
"""

import collections
import json
import os
import shutil
import typing

import traced
from stint_test import DONE, Place, difference, each, expect, read, results, same, write

KEYS = dict(folds=2, n=3, workers=1, threads=1)
ROWS, COLUMNS = 40, 2


def ridge(place):
    place.csv("data.csv", rows=ROWS, columns=COLUMNS)
    place.config("small.yaml", **KEYS)


def classes(place):
    """JSON lines with a text, a gap and a row that stands twice."""
    lines = [json.dumps({"a": None if i == 5 else i % 13, "kind": "uvw"[i % 3],
                         "y": "ab"[i * 7 % 13 > 5]}) for i in range(60)]
    write(place / "data.jsonl", "\n".join(lines + lines[:1]) + "\n")
    place.config("small.yaml", """
data: {source: data.jsonl, target: y, task: classification}
checks: {missing: median, duplicates: drop}
split: {test: 0.2, folds: 2, duplicates: allow}
features: {onehot: [kind], scale: standard}
search: {models: [baseline, logistic: {alpha: [1, 10]}, knn: {n_neighbors: 3}]}
budget: {workers: 1, threads: 1}
""")


def angles(place):
    """Tab-separated, in order of time, with bins and products."""
    rows = [f"{i}\t{i * 37 % 101}\t{i * 17 % 23}\t{i * 37 % 101 * 3.5}" for i in range(60)]
    write(place / "data.tsv", "\n".join(["t\ta\tb\tangle"] + rows) + "\n")
    place.config("small.yaml", """
data: {source: data.tsv, target: angle, task: angle}
split: {by: time, column: t, test: 0.2, folds: 2}
features: {bins: {columns: [b], n: 3}, interactions: [[a, a]], scale: robust}
search: {models: [linear, ridge: {alpha: 1}]}
budget: {workers: 1, threads: 1}
""")


def training(place):
    place.csv("data.csv", rows=ROWS, columns=COLUMNS)
    place.config("small.yaml", """
data: {source: data.csv, target: y}
split: {test: 0.2, folds: 2}
model: {mlp: {hidden: 4, layers: 1}}
train: {epochs: 2, batch_size: 4, checkpoint_every: 3, log_every: 1, repetitions: 2, patience: 1}
budget: {threads: 1}
""")


def streams(place):
    """Four series of twelve rows."""
    rows = [f"{s},{t},{(s * 7 + t * t) % 11},{(s * 5 + t * 3) % 13}"
            for s in range(4) for t in range(12)]
    write(place / "data.csv", "\n".join(["s,t,x,y"] + rows) + "\n")
    place.config("small.yaml", """
data: {source: data.csv, target: y}
series: {group: s, time: t}
columns: {before: "shift(x, 1)"}
checks: {missing: mean}
split: {test: 0.25, folds: 2, group: s}
model: {lstm: {hidden: 2, window: 4}}
train: {epochs: 2, batch_size: 8, checkpoint_every: 2, flow: true, flow_every: 1}
stream: {warm_up: 2, filter: butterworth}
budget: {threads: 1}
""")


# What each situation's run is of.
EXPERIMENTS = {"fresh": ridge, "damaged": ridge, "classes": classes, "angles": angles,
               "training": training, "streams": streams}
VERBS = {"training": "train", "streams": "train"}


def command(situation):
    """What runs it."""
    return VERBS.get(situation, "run"), "small.yaml", "--run-dir", "run"


class Point(typing.NamedTuple):
    situation: str
    role: str
    call: str
    n: int
    path: str  # what the call was about, when recorded


def prepare(place, situation, finished):
    """Config and data, and for "damaged" a copy of the finished run with its damage."""
    EXPERIMENTS[situation](place)
    if situation != "damaged":
        return
    shutil.copytree(finished / "run", place / "run")
    journal = read(place / "run/journal.jsonl")
    write(place / "run/journal.jsonl", journal[:-20])
    metrics = read(place / "run/rounds/001/metrics.json")
    write(place / "run/rounds/001/metrics.json", metrics[:-9] + b"!" + metrics[-8:])
    write(place / "run/scratch.tmp/ridge-000.bin", "left over")
    write(place / "run/rounds/001.tmp/model/model.json.tmp", "left over")
    write(place / "run/plan.json.tmp", "left over")


def points_of(situation, finished):
    """Every point of an uninterrupted run, and which readlink is the coordinator's own."""
    with Place() as place:
        prepare(place, situation, finished)
        result, calls = traced.record(place, *command(situation))
        expect(result.returncode == DONE, result.stderr)
        same(finished / "run", place / "run")
        place.clean()
    elsewhere = [call for call in calls if not call.main]
    expect(not elsewhere, "calls of other threads than the main one cannot be counted:", elsewhere)
    own = traced.own_path_n(calls)
    return [Point(situation, call.role, call.name, call.n, call.path)
            for call in traced.first_processes(calls) if call.name in traced.CHANGES], own


def whole_so_far(wanted, run_dir):
    """Fail if a final name holds anything but the final bytes."""
    got = results(run_dir)
    if not any(name.startswith("rounds/001/") for name in got):
        wanted = {k: v for k, v in wanted.items() if not k.startswith("rounds/")}
    if "summary.json" not in got:
        wanted = {k: v for k, v in wanted.items() if k != "summary.json"}
    got = {k: v for k, v in got.items() if k.split("/")[:2] in (["summary.json"], ["rounds", "001"])}
    said = difference(wanted, got)
    expect(not said, "not whole:", said)


def kill_at(point, own, finished, wanted):
    """Fails with the point's name, or returns how the interrupted run ended."""
    try:
        with Place() as place:
            prepare(place, point.situation, finished)
            killed, done = traced.inject(
                place, point.role, f"{point.call}:signal=SIGKILL:when={point.n}", own,
                *command(point.situation))
            if not done:
                expect(killed.returncode == DONE, killed.stderr)
                return "never came to it"
            if point.situation != "damaged" and os.path.exists(place / "run"):
                whole_so_far(wanted, place / "run")
            if killed.returncode == DONE:
                same(wanted, place / "run")
            resumed = place.command(*command(point.situation))
            expect(resumed.returncode == DONE, "resume:", resumed.stderr)
            same(wanted, place / "run")
            place.clean()
            return {DONE: "ended well", -9: "died"}.get(killed.returncode, "failed")
    except Exception as problem:
        raise AssertionError(f"{point}: {problem}") from problem


def kill_some(situation, step):
    with Place() as finished:
        prepare(finished, "fresh" if situation == "damaged" else situation, None)
        result = finished.command(*command(situation))
        expect(result.returncode == DONE, result.stderr)
        wanted = results(finished / "run")
        points, own = points_of(situation, finished)
        chosen = points[::step]
        problems = []

        def attempt(point):
            try:
                return kill_at(point, own, finished, wanted)
            except AssertionError as problem:
                problems.append(str(problem))
                return "went wrong"

        ends = collections.Counter(each(attempt, chosen))
        of = collections.Counter(f"{p.role} {p.call}" for p in chosen)
        print(f"{situation}: {len(chosen)} of {len(points)} points:",
              ", ".join(f"{n} {how}" for how, n in ends.items()))
        print("   ", ", ".join(f"{n} {what}" for what, n in sorted(of.items())))
        expect(not problems, f"{len(problems)} points went wrong, the first:\n  ",
               "\n  ".join(problems[:10]))
        expect(ends["never came to it"] <= len(chosen) // 50, "too many points were not reached")


def kill_all(situations, step=1):
    """Kill at every step-th point; prints how many there were, and what became of the runs."""
    traced.needed()
    for situation in situations:
        kill_some(situation, step)
