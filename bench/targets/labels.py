"""A perceptron that decodes records' bits: `stint train` against pandas and PyTorch, from the same
CSV, the same rows in the same order and the same weights."""

import os
import time

from harness import memory, process, pytorch, trained
from harness.bench import DATA
from harness.row import FOR_SCALE, Row, Skip, skipped, verdict
from harness.stats import bytes_text, disturbed, median, ratio_text, time_text, times_text
from harness.target import Target

SIZES, EPOCHS = (1000, 10000), 5
TIMES, SOONER, LOSS = 4, 3, 0.02  # epochs a second; a second start; relative
NET = "1000-128-128-676"
CONFIG = {
    "data": {"target": "text", "task": "labels", "bits": ["bits"], "grams": {"columns": ["text"]},
             "drop": ["id"]},
    "split": {"by": "column", "column": "part"},
    "model": {"mlp": {"hidden": 128, "layers": 2}},
    "train": {"epochs": EPOCHS, "batch_size": 32, "fold": 0, "log_every": 0,
              "shuffle": False,
              "optimiser": {"adamw": {}}},
    "budget": {"memory": "1GiB"},
}


def source(bench, size):
    """`size` rows to train on, a tenth more that validate, and as many that test; made once."""
    tenth = size // 10
    made = trained.table(bench, "encoded", "--rows", str(size + 2 * tenth), "--bits", "1000")
    path = f"{DATA}/labels-{size}.csv"
    parts = ["part", *["1"] * size, *["0"] * tenth, *["-1"] * tenth]
    with open(made) as rows, open(path, "w") as out:
        out.writelines(f"{row.rstrip()},{part}\n" for row, part in zip(rows, parts))
    return path


class Ours:
    """Starts with nothing kept and with a cache that is warm, by turns; then whole trainings."""

    def __init__(self, bench, size):
        self.csv = source(bench, size)
        config = trained.config(f"labels-{size}", self.csv, CONFIG)
        run, cache, again = bench.fresh("labels-run", "labels-cache", "labels-again")
        self.first, self.second = [], []
        for _ in range(bench.iterations):
            bench.fresh("labels-cache")
            for found, where in ((self.first, run), (self.second, again)):
                found.append(trained.train(bench, config, where, cache, "train.epochs=1").start)
        runs = [trained.train(bench, config, run, cache) for _ in range(bench.iterations)]
        self.epochs = [s for r in runs for s in r.epochs[1:]]
        self.losses, self.command = runs[0].losses, runs[0].command
        _, watch = memory.watched([bench.stint, "train", config, "--run-dir", again, "--cache-dir",
                                   cache, "--quiet", "--fresh"], f"{bench.work}/stderr")
        self.peak = watch.peak
        # a training whose rate is 0 ends with what it began with
        trained.train(bench, config, again, cache, "train.epochs=1",
                      "train.optimiser.adamw.learning_rate=0")
        self.weights = f"{again}/training/last.safetensors"


class Theirs:
    """One training, and starts without one."""

    def __init__(self, bench, python, ours):
        argv = [python, "bench/peers/train_labels.py", ours.csv, ours.weights, "--threads",
                str(len(os.sched_getaffinity(0)))]
        out = f"{bench.work}/peer.json"
        _, watch = memory.watched([*argv, "--epochs", str(EPOCHS)], f"{bench.work}/stderr", out)
        with open(out) as file:
            self.said = process.json_lines(file.read())[-1]
        self.peak, self.name, self.threads = watch.peak, self.said["name"], self.said["threads"]
        self.epochs, self.starts = self.said["seconds"][1:], []
        for _ in range(max(2, bench.iterations // 2)):
            began = time.time()
            self.starts.append(process.peer([*argv, "--epochs", "0"])["start"] - began)


def epoch_row(name, work, ours, theirs):
    ratio = median(theirs.epochs) / median(ours.epochs)
    pairs = ((ours.losses["train_loss"][-1], theirs.said["loss"][-1]),
             (ours.losses["valid_loss"][-1], theirs.said["valid"][-1]))
    apart = max(abs(a - b) / b for a, b in pairs)
    told = " and ".join(f"{a:.4g} against {b:.4g}" for a, b in pairs)
    remark = disturbed(theirs.name, theirs.epochs, ours.epochs)
    remark = f"; {remark}" if remark else ""
    return Row(f"labels/{name}", f"an epoch of {work}", f">= {TIMES}x at equal loss",
               f"{theirs.name}: {times_text(theirs.epochs)}", times_text(ours.epochs),
               ratio_text(ratio), verdict(ratio >= TIMES and apart < LOSS), ours.command,
               note=f"{theirs.name} on {theirs.threads} thread{'s' * (theirs.threads > 1)}, which "
                    f"is its faster: losses of epoch {EPOCHS}, of training and of validation, are "
                    f"{told}, from the same weights over the same batches{remark}",
               seconds=ours.epochs, peer_seconds=theirs.epochs)


def rows_of(size, ours, theirs):
    name = f"{size}/{theirs.name.replace(' ', '-')}"
    work = f"{size} records, {NET}, batch 32"
    sooner = median(theirs.starts) / median(ours.second)
    share = ours.peak / theirs.peak
    return (
        epoch_row(name, work, ours, theirs),
        Row(f"labels/{name}/start", f"until the first epoch: {work}, from CSV, a second time",
            f">= {SOONER}x sooner", f"{theirs.name}: {times_text(theirs.starts)}",
            times_text(ours.second), ratio_text(sooner), verdict(sooner >= SOONER), ours.command,
            note=f"{theirs.name}: nothing is kept between its starts; reading the file takes "
                 f"{time_text(theirs.said['reading'])} of one, making arrays of it "
                 f"{time_text(theirs.said['parsing'])}, the rest are imports",
            seconds=ours.second, peer_seconds=theirs.starts),
        Row(f"labels/{name}/memory", f"the whole training: {work}",
            peer=f"{theirs.name}: {bytes_text(theirs.peak)} private",
            measured=f"{bytes_text(ours.peak)} private", ratio=f"{share:.2g}", verdict=FOR_SCALE,
            command=ours.command))


def own_start(size, ours):
    sooner = median(ours.first) / median(ours.second)
    return Row(f"labels/{size}/second-start", f"until the first epoch: {size} records, {NET}, a "
               "second time, in another directory", f">= {SOONER}x sooner",
               f"the first time: {times_text(ours.first)}", times_text(ours.second),
               ratio_text(sooner), verdict(sooner >= SOONER), ours.command, seconds=ours.second,
               peer_seconds=ours.first)


def measure(bench):
    rows, missing = [], []
    try:
        pythons = pytorch.pythons()
    except Skip as why:
        pythons, missing = [], [skipped("labels/peers", "records against PyTorch", "", why)]
    for size in SIZES:
        ours = Ours(bench, size)
        rows.append(own_start(size, ours))
        for python in pythons:
            rows += rows_of(size, ours, Theirs(bench, python, ours))
    return rows + missing


LABELS = Target("labels", "a perceptron that decodes records' bits against PyTorch", measure)
