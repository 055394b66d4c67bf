"""What a target is given: where things are, and the work that targets share."""

import json
import os
import shutil
import subprocess
import sys

from harness import machine, process
from harness.row import Failure, Skip

DATA = "build/bench-data"
GENERATOR = (f"{DATA}/generate", "bench/generate.c", "src/base/rng.c", "src/base/rng.h")


class Bench:
    def __init__(self, build, iterations):
        self.stint, self.build, self.iterations = f"{build}/bin/stint", build, iterations
        self.work = f"{DATA}/work"
        if not os.access(self.stint, os.X_OK):
            raise Failure(f"{self.stint} is not there: make bench builds it")
        self.clean()

    def clean(self):
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.work)

    @staticmethod
    def say(text):
        print(f"bench: {text}", flush=True, file=sys.stderr)

    # --- data

    def generate(self, rows, columns, seed=1):
        """A CSV of that shape in build/bench-data; made once."""
        path = f"{DATA}/normal-{rows}x{columns}-{seed}.csv"
        if os.path.exists(path):
            return path
        program, *sources = GENERATOR
        if not os.path.exists(program) or any(
                os.path.getmtime(s) > os.path.getmtime(program) for s in sources):
            process.output([os.environ.get("CC", "cc"), "-std=gnu17", "-O2", "-Isrc", "-o", program,
                            *(s for s in sources if s.endswith(".c")), "-lm", "-lpthread"])
        self.say(f"making {path}")
        process.output([program, str(rows), str(columns), f"{path}.tmp", str(seed)])
        os.rename(f"{path}.tmp", path)
        return path

    def config(self, name, source, body):
        """build/bench-data/NAME.yaml, its source beside it."""
        path = f"{DATA}/{name}.yaml"
        with open(path, "w") as file:
            file.write(f"name: {name}\n"
                       f"data: {{source: {os.path.relpath(source, DATA)}, target: y}}\n{body}")
        return path

    # --- Stint

    def fresh(self, *names):
        """Paths below the work directory where nothing is."""
        paths = [f"{self.work}/{name}" for name in names]
        for path in paths:
            shutil.rmtree(path, ignore_errors=True)
        return paths

    def run_command(self, config, run_dir, cache, *flags):
        return [self.stint, "run", config, "--run-dir", run_dir, "--cache-dir", cache, "--quiet",
                *flags]

    def ingest_command(self, source, cache, *flags):
        return [self.stint, "ingest", source, "--cache-dir", cache, "--quiet", *flags]

    # --- peers

    def peers_python(self, *modules):
        return self.python(machine.PEERS_PYTHON, "tools/setup --peers", modules)

    def debian_python(self, *modules):
        names = " ".join(f"python3-{m}" for m in modules)
        how = f"apt-get install --no-install-recommends {names}"
        return self.python(machine.DEBIAN_PYTHON, how, modules)

    @staticmethod
    def python(path, how, modules):
        if not os.access(path, os.X_OK):
            raise Skip(f"{path} is not there: {how}")
        for module in modules:
            find = f"import importlib.util as u, sys; sys.exit(u.find_spec('{module}') is None)"
            if subprocess.run([path, "-c", find], capture_output=True).returncode != 0:
                raise Skip(f"{path} has no {module}: {how}")
        return path


def read_json(path):
    with open(path) as file:
        return json.load(file)


def read_lines(path):
    """Objects of a JSON-lines file."""
    with open(path) as file:
        return [json.loads(line) for line in file if line.strip()]


def stages(run_dir):
    """{stage: its last line in timings.jsonl}"""
    return {line["stage"]: line for line in read_lines(f"{run_dir}/timings.jsonl")}
