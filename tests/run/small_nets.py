"""Small trainings of `stint train`, one of each kind of net and task, that take about a second.

    with Place() as place:
        case = small_nets.CASES["lstm"]
        case.prepare(place)                      # its data and "lstm.yaml"
        result = small_nets.train(place, "lstm.yaml")
"""

import os
import shutil
import typing

from stint_test import DONE, SOURCE, expect

DIGITS = """
data: {source: digits.csv, target: digit, task: classification}
checks: {constant: ignore}
split: {test: 0.2, folds: 4, seed: 3}
"""
BATTERY = """
data: {source: battery.csv, target: voltage}
series: {group: series, time: time}
split: {test: 0.25, folds: 2, group: series}
"""
ENCODED = """
data: {source: encoded.csv, target: text, task: labels, bits: [bits], grams: {columns: [text]},
       drop: [id]}
checks: {duplicates: ignore}
split: {test: 0.2, folds: 2, duplicates: allow}
"""
ANGLES = """
data: {source: angles.csv, target: angle, task: angle, drop: [magnitude]}
split: {test: 0.2, folds: 3, group: group}
"""


def adamw(epochs, rate, batch=64, more=""):
    return (f"train: {{epochs: {epochs}, batch_size: {batch}, "
            f"optimiser: {{adamw: {{learning_rate: {rate}}}}}{more}}}\n")


class Case(typing.NamedTuple):
    """`metric` of the test part comes at least to `least`, or is within `most`."""
    name: str
    data: str
    config: str
    metric: str
    least: float = None
    most: float = None

    def source(self):
        """The file's name, from the config."""
        return self.config.split("source: ")[1].split(",")[0]

    def prepare(self, place, more=""):
        """Write data and config.  Returns the config's name."""
        make_data(place, self.data)
        place.config(self.name + ".yaml", self.config + more)
        return self.name + ".yaml"


GENERATED = {
    "battery": ("battery", "--rows", 150, "--series", 8, "--step", 5),
    "encoded": ("encoded", "--rows", 400, "--bits", 128, "--hashes", 4, "--names", 12,
                "--followers", 3),
}


def make_data(place, name):
    """An example's table, or a generated one, as NAME.csv."""
    if name in GENERATED:
        done = place.command("generate", *GENERATED[name], "--to", name + ".csv")
        expect(done.returncode == DONE, done.stderr)
    else:
        shutil.copy(os.path.join(SOURCE, f"examples/data/{name}.csv"), place / name + ".csv")


CASES = {case.name: case for case in (
    Case("mlp", "digits", DIGITS + "model: {mlp: {hidden: 32, layers: 1}}\n" + adamw(6, 3e-3),
         "accuracy", least=0.85),
    Case("cnn", "digits", DIGITS + "model: {cnn: {height: 8, width: 8, filters: 8, hidden: 0}}\n" +
         adamw(4, 1e-2), "accuracy", least=0.8),
    Case("own", "digits", DIGITS + "model: {net: {layers: [{linear: {units: 24}}, relu, "
         "{dropout: {p: 0.1}}, {linear: {units: 16}}, tanh]}}\n" + adamw(8, 5e-3),
         "accuracy", least=0.8),
    Case("lstm", "battery", BATTERY + "model: {lstm: {hidden: 8, window: 8}}\n" +
         adamw(5, 2e-2, 32) + "stream: {warm_up: 8, filter: ema, alpha: 0.9}\n", "r2", least=0.4),
    Case("labels", "encoded", ENCODED + "model: {mlp: {hidden: 48, layers: 1}}\n" +
         adamw(8, 1e-2, 32), "f1_micro", least=0.75),
    Case("angle", "angles", ANGLES + "model: {mlp: {hidden: 32, layers: 1}}\n" +
         adamw(8, 1e-2, 32), "circular_mae", most=55),
)}


def train(place, config, run_dir="run", *arguments, **options):
    """`stint train CONFIG --run-dir RUN_DIR ARGUMENTS…`."""
    return place.command("train", config, "--run-dir", run_dir, *arguments, **options)


def trained(place, config, run_dir="run", *arguments, **options):
    """The same, and it ends well."""
    result = train(place, config, run_dir, *arguments, **options)
    expect(result.returncode == DONE, config, result.returncode, result.stderr)
    return result
