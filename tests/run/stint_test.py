"""What the tests of the built command share: a place of their own, data, comparison, leftovers.

    from stint_test import Place, expect, main, same

    def test_a_second_run_gives_the_same_bytes():
        with Place() as place:
            place.csv("data.csv", rows=60, columns=3)
            place.config("small.yaml", data="data.csv", target="y", folds=2, n=4)
            first = place.run("small.yaml", "first")
            expect(first.returncode == 0, first.stderr)
            place.run("small.yaml", "second", "--workers", "2")
            same(place / "first", place / "second")
            place.clean("second")

    if __name__ == "__main__":
        main()

A Place is a fresh directory, with a cache of its own, that is gone after `with`.  Every process
started from it carries its mark in the environment, so that those left over can be found.
main() runs each test_* function of the calling file, says how each went, and exits 0, 1, or 77
when all of them were skipped.
"""

import collections
import concurrent.futures
import inspect
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

SOURCE = os.environ.get("STINT_SOURCE") or os.path.realpath(os.path.join(__file__, "../../.."))
BUILD = os.environ.get("STINT_BUILD") or os.path.join(SOURCE, "build/debug")
STINT = os.environ.get("STINT") or os.path.join(BUILD, "bin/stint")
SANITIZED = os.environ.get("STINT_SANITIZED") == "1"
CORES = len(os.sched_getaffinity(0))

# exit codes, as the design names them
DONE, FAILURE, USAGE, DATA, PLAN, BUDGET, OTHER = range(7)

MARK = "STINT_TEST_PLACE"


class Skipped(Exception):
    """Raised by skip(): this test cannot be made here, for a reason that is said."""


def skip(reason):
    raise Skipped(reason)


def expect(condition, *what):
    """assert with a message, and not left out by python -O."""
    if not condition:
        raise AssertionError(" ".join(str(w) for w in what) or "expectation failed")


# --- places ---------------------------------------------------------------------------------


class Place:
    """A fresh directory for runs.  `place / "x"` is a path in it; `place.cache` the cache.

    `under` chooses where (a tmpfs mount, say); keep=True leaves it there afterwards, and so
    does STINT_TEST_KEEP in the environment.
    """

    def __init__(self, under=None, keep=False):
        self.path = os.path.realpath(tempfile.mkdtemp(prefix="stint-test-", dir=under))
        self.cache = os.path.join(self.path, "cache")
        self.keep = keep or bool(os.environ.get("STINT_TEST_KEEP"))

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for pid in self.processes():
            end(pid)
        if not self.keep:
            shutil.rmtree(self.path, ignore_errors=True)

    def __truediv__(self, name):
        return os.path.join(self.path, name)

    def environment(self, **more):
        """The environment of a run here.  A value None takes the variable out."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("STINT_")}
        env.update(STINT_CACHE_DIR=self.cache, LC_ALL="C.UTF-8")
        env[MARK] = self.path
        for name, value in more.items():
            env.pop(name, None) if value is None else env.update({name: str(value)})
        return env

    def command(self, *arguments, before=(), env=None, timeout=120, **options):
        """`stint ARGUMENTS…` here; its result has returncode, stdout, stderr as text.

        `before` is put in front (["strace", …]); `env` adds to the environment.
        """
        process = self.start(*arguments, before=before, env=env, **options)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def start(self, *arguments, before=(), env=None, **options):
        """The same, started and not waited for: a Popen whose communicate() gives both texts."""
        return Started(
            [*before, STINT, *map(str, arguments)], cwd=self.path,
            env=self.environment(**(env or {})), stdin=subprocess.DEVNULL, **options)

    def run(self, config, run_dir="run", *arguments, **options):
        """`stint run CONFIG --run-dir RUN_DIR ARGUMENTS…` here."""
        return self.command("run", config, "--run-dir", run_dir, *arguments, **options)

    def config(self, file="config.yaml", text=None, **keys):
        """Write a config: `text` as it is, or config_text(**keys).  Returns its path."""
        return write(self / file, config_text(**keys) if text is None else text)

    def csv(self, name="data.csv", **keys):
        """Write csv_text(**keys).  Returns its path."""
        return write(self / name, csv_text(**keys))

    def processes(self):
        """Living processes that were started from here, by pid."""
        return marked(self.path)

    def alone(self, seconds=5):
        """Fail unless every process started from here is gone within the time."""
        until = time.monotonic() + seconds
        while self.processes():
            expect(time.monotonic() < until, "processes left:", describe(self.processes()))
            time.sleep(0.01)

    def clean(self, run_dir="run"):
        """Fail on a process, or a temporary of the run or the cache, that was left over."""
        self.alone()
        left = temporaries(self / run_dir) + temporaries(self.cache)
        expect(not left, "temporaries left:", left)


class Started(subprocess.Popen):
    """A process whose outputs go to files: communicate() waits for it alone, where pipes would
    wait for each child that it left behind, and so hide those."""

    def __init__(self, command, **options):
        self.texts = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        super().__init__(command, stdout=self.texts[0], stderr=self.texts[1], **options)

    def communicate(self, input=None, timeout=None):
        self.wait(timeout)
        said = []
        for text in self.texts:
            text.seek(0)
            said.append(text.read().decode(errors="replace"))
        return tuple(said)

    def __del__(self):
        for text in self.texts:
            text.close()
        super().__del__()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(text.encode() if isinstance(text, str) else text)
    return path


def read(path):
    with open(path, "rb") as f:
        return f.read()


def marked(mark):
    wanted = f"{MARK}={mark}".encode()
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                if wanted in read(f"/proc/{name}/environ").split(b"\0"):
                    found.append(int(name))
            except OSError:
                pass
    return found


def describe(pids):
    lines = []
    for pid in pids:
        try:
            lines.append(f"{pid} " + read(f"/proc/{pid}/cmdline").replace(b"\0", b" ").decode())
        except OSError:
            pass
    return "; ".join(lines)


def end(pid, how=signal.SIGKILL):
    """Send a signal to a process that may be gone."""
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        pass


# --- data and configs -----------------------------------------------------------------------


def csv_text(rows=100, columns=4, targets=("y",), seed=1, noise=0.5):
    """A linear problem as CSV: x0…, then the targets.  The same text for the same arguments."""
    random_ = random.Random(f"{seed}/{columns}")
    weights = [[random_.gauss(0, 1) for _ in range(columns)] for _ in targets]
    lines = [",".join([f"x{j}" for j in range(columns)] + list(targets))]
    for _ in range(rows):
        x = [random_.gauss(0, 1) for _ in range(columns)]
        y = [math.fsum(a * b for a, b in zip(w, x)) + random_.gauss(0, noise) for w in weights]
        lines.append(",".join(f"{v:.6f}" for v in x + y))
    return "\n".join(lines) + "\n"


def config_text(data="data.csv", target="y", metric="rmse", n=4, folds=2, seed=7, scale="standard",
                name="small", bins=None, memory=None, workers=None, threads=None, low="1.0e-3",
                high="1.0e+3"):
    """A small ridge search: n alphas on a log scale."""
    target = target if isinstance(target, str) else "[" + ", ".join(target) + "]"
    stratify = f", stratify: {{bins: {bins}}}" if bins else ""
    budget = ", ".join(f"{k}: {v}" for k, v in
                       (("memory", memory), ("workers", workers), ("threads", threads)) if v)
    lines = [
        f"name: {name}",
        f"data: {{source: {data}, target: {target}}}",
        f"split: {{test: 0.2, folds: {folds}, seed: {seed}{stratify}}}",
        f"features: {{scale: {scale}}}",
        "search:",
        f"  metric: {metric}",
        "  models:",
        f"    - ridge: {{alpha: {{log: [{low}, {high}], n: {n}}}}}",
    ]
    return "\n".join(lines + ([f"budget: {{{budget}}}"] if budget else [])) + "\n"


# --- results --------------------------------------------------------------------------------


def tree(path):
    """{relative path: bytes} of every file below."""
    found = {}
    for folder, _, files in os.walk(path):
        for name in files:
            full = os.path.join(folder, name)
            found[os.path.relpath(full, path)] = read(full)
    return found


def results(run_dir):
    """What equal runs have equal: summary.json and every file under rounds/, as bytes."""
    found = {f"rounds/{k}": v for k, v in tree(os.path.join(run_dir, "rounds")).items()}
    summary = os.path.join(run_dir, "summary.json")
    if os.path.exists(summary):
        found["summary.json"] = read(summary)
    return found


def difference(wanted, got):
    """How two results() differ, as text; "" when they do not."""
    said = []
    for name in sorted(wanted.keys() | got.keys()):
        if name not in got:
            said.append(f"{name} is missing")
        elif name not in wanted:
            said.append(f"{name} is too many")
        elif wanted[name] != got[name]:
            at = len(os.path.commonprefix([wanted[name], got[name]]))
            said.append(f"{name} differs at byte {at}: "
                        f"{wanted[name][at:at + 40]!r} against {got[name][at:at + 40]!r}")
    return "; ".join(said)


def same(wanted, got):
    """Fail unless two run directories (or results of them) are equal and complete."""
    wanted, got = (results(x) if isinstance(x, str) else x for x in (wanted, got))
    expect("summary.json" in wanted and "rounds/001/MANIFEST.json" in wanted,
           "the run to compare with is not complete:", sorted(wanted))
    said = difference(wanted, got)
    expect(not said, said)


def temporaries(path):
    """Every file or directory below whose name ends in .tmp."""
    return [os.path.join(folder, name) for folder, folders, files in os.walk(path)
            for name in folders + files if name.endswith(".tmp")]


# --- running tests --------------------------------------------------------------------------


def each(function, items, at_once=CORES):
    """[function(item) for item in items], some at once; the first failure is raised."""
    with concurrent.futures.ThreadPoolExecutor(max(1, at_once)) as pool:
        waiting = collections.deque(pool.submit(function, item) for item in items)
        done = []
        try:
            while waiting:
                done.append(waiting.popleft().result())
        finally:
            for w in waiting:
                w.cancel()
        return done


def main():
    """Run the test_* functions of the calling file, or those its command line names."""
    module = inspect.getmodule(inspect.stack()[1].frame)
    tests = {k: v for k, v in vars(module).items() if k.startswith("test_") and callable(v)}
    chosen = [t for t in tests if not sys.argv[1:] or any(a in t for a in sys.argv[1:])]
    failed = skipped = 0
    for name in chosen:
        began = time.monotonic()
        try:
            tests[name]()
            how = "ok"
        except Skipped as reason:
            how, skipped = f"skipped: {reason}", skipped + 1
        except Exception:
            traceback.print_exc(file=sys.stdout)
            how, failed = "FAILED", failed + 1
        if how.startswith("skipped"):
            print(how, f"({name})", flush=True)
        else:
            print(f"{how:6} {name} ({time.monotonic() - began:.1f} s)", flush=True)
    sys.exit(1 if failed or not chosen else 77 if skipped == len(chosen) else 0)
