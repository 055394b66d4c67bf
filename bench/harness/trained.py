"""What `stint train` did: tables that it is given, and a run as its files tell it."""

import csv
import json
import os
import shutil
import time
from collections import namedtuple

from harness.bench import DATA, read_json, read_lines
from harness.process import describe, output, wall_seconds

# seconds of each epoch; {column of epochs.csv: its numbers}; the most private bytes of the
# processes; bytes that a step works in; of a training of one epoch, seconds until it began (its
# weights are written as it ends); the command
Trained = namedtuple("Trained", "epochs losses peak step start command")


def table(bench, kind, *flags):
    """A CSV of `stint generate` in build/bench-data; made once."""
    path = f"{DATA}/{'-'.join([kind, *(f.lstrip('-') for f in flags)])}.csv"
    if not os.path.exists(path):
        bench.say(f"making {path}")
        output([bench.stint, "generate", kind, *flags, "--to", f"{path}.csv", "--quiet"])
        os.rename(f"{path}.csv", path)
    return path


def config(name, source, keys):
    """build/bench-data/NAME.yaml, its source beside it; JSON is YAML."""
    path = f"{DATA}/{name}.yaml"
    data = {"source": os.path.relpath(source, DATA), **keys["data"]}
    with open(path, "w") as file:
        json.dump({"name": name, "data": data,
                   **{k: v for k, v in keys.items() if k != "data"}}, file, indent=1)
    return path


def columns(path):
    """{name: its numbers} of a training's CSV; cells that are empty are left out."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: [float(row[key]) for row in rows if row[key]] for key in rows[0]}


def train(bench, config_path, run_dir, cache, *settings):
    """A training in a directory that is made new."""
    shutil.rmtree(run_dir, ignore_errors=True)
    argv = [bench.stint, "train", config_path, "--run-dir", run_dir, "--cache-dir", cache,
            "--quiet", *(part for s in settings for part in ("--set", s))]
    began = time.time()
    wall_seconds(argv)
    facts = read_json(f"{run_dir}/environment.json")
    seconds = [line["seconds"] for line in read_lines(f"{run_dir}/training/timings.jsonl")]
    return Trained(
        seconds, columns(f"{run_dir}/training/epochs.csv"), facts["peak_bytes"],
        facts["training"]["step_bytes"],
        os.stat(f"{run_dir}/training/best.safetensors").st_mtime - began - sum(seconds),
        describe(argv))
