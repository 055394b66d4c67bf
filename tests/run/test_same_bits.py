"""The same bytes of summary.json and rounds/ for any number of threads and workers, any memory
from the least that the plan names, and from a run cut short and carried on; and within it."""

import json
import os
import random
import shutil
import subprocess
import threading
import time

from stint_test import (BUDGET, DONE, SANITIZED, SOURCE, Place, each, expect, main, read, same, skip,
                        tree, write)

MIB = 1 << 20


def least_bytes(place, config):
    """The least memory that the plan names, before anything is in the cache."""
    result = place.command("plan", config, "--json")
    expect(result.returncode == DONE, result.stderr)
    slack = 8 * MIB if SANITIZED else 0  # what sanitizers hold varies from start to start
    return json.loads(result.stdout)["least_bytes"] + slack


def all_the_same(place, config, ways, at_once=2):
    """Run a config once for each (workers, threads, memory), each from nothing, and compare."""

    def one(way):
        workers, threads, memory = way
        name = f"run-{workers}-{threads}-{memory}"
        cache = place / f"cache-{name}"
        flags = ["--workers", workers, "--threads", threads, "--cache-dir", cache]
        result = place.run(config, name, *flags, "--memory", memory or "none")
        expect(result.returncode == DONE, way, result.returncode, result.stderr)
        facts = json.loads(read(place / f"{name}/environment.json"))
        # sanitizers take memory of their own
        expect(SANITIZED or not memory or facts["peak_bytes"] <= memory, way, "held",
               facts["peak_bytes"])
        expect(facts["retries"] == 0, way, "needed", facts["retries"], "retries")
        files = {k: v for k, v in tree(cache).items()
                 if not k.endswith(".ok") and not k.startswith("sources/")}
        shutil.rmtree(cache)
        return name, files

    done = each(one, ways, at_once)
    first, wanted = done[0]
    for name, files in done[1:]:
        same(place / first, place / name)
        expect(files == wanted, name, "made other files in the cache than", first)
    return first


def copy_diabetes(place):
    os.makedirs(place / "data")
    shutil.copy(os.path.join(SOURCE, "examples/data/diabetes.csv"), place / "data/diabetes.csv")
    return place.config("diabetes.yaml",
                        read(os.path.join(SOURCE, "examples/diabetes.yaml")).decode())


def test_threads_workers_and_memory_on_diabetes():
    with Place() as place:
        config = copy_diabetes(place)
        least = least_bytes(place, config)
        memory = [least, least + 10 * MIB, 1 << 30, None]
        ways = [(w, t, memory[(w + t + m) % 4]) for w in (1, 2, 4) for t in (1, 2, 3, 4)
                for m in (0, 2)]
        all_the_same(place, config, ways + [(1, 1, m) for m in memory])
        place.clean()


def large_csv(rows, seed=1):
    """Whole numbers with a wide column, a narrow one, one constant in parts, and the target."""
    bits = random.Random(seed).getrandbits
    lines = ["a,b,c,y"]
    for i in range(rows):
        a, b, c, e = bits(20), bits(7), i // 70_000, bits(10)
        lines.append(f"{a},{b},{c},{(3 * a + 9000 * b - 777 * c * c + 500 * e) / 8}")
    return "\n".join(lines) + "\n"


def test_several_chunks_and_groups():
    """More than nine chunks of 65 536 rows, in two groups of eight."""
    with Place() as place:
        write(place / "large.csv", large_csv(9 * 65_536 + 4_321))
        for metric in ("rmse", "mae"):
            config = place.config("large.yaml", f"""
data: {{source: large.csv, target: y}}
checks: {{duplicates: ignore}}
split: {{test: 0.15, folds: 3, stratify: {{bins: 7}}, seed: 3}}
features: {{scale: standard}}
search:
  metric: {metric}
  models:
    - ridge: {{alpha: {{log: [1.0e-3, 1.0e5], n: 5}}}}
""")
            least = least_bytes(place, config)
            ways = [(1, 1, None), (4, 4, None), (1, 1, least), (2, 3, least + 20 * MIB)]
            ways += [(1, 4, None), (2, 1, 256 * MIB), (4, 1, None)] if metric == "rmse" else []
            first = all_the_same(place, config, ways)
            for name in os.listdir(place.path):
                if name.startswith("run-") and name != first:
                    shutil.rmtree(place / name)
            shutil.rmtree(place / first)
        place.clean()


MIXED = """
data: {{source: mixed.csv, target: {target}, task: {task}, drop: [{drop}]}}
checks: {{missing: median, duplicates: drop, outliers: drop, constant: drop}}
split: {{test: 0.2, folds: 3, seed: 3, {split}}}
features:
  onehot: [kind]
  bins: {{columns: [b], n: 4}}
  interactions: [[a, c]]
  scale: {scale}
search:
  models:
{models}
"""


def mixed_csv(rows, seed=5):
    """Numbers with gaps, texts, a group, a class, an angle, some rows twice."""
    rng = random.Random(seed)
    lines = ["a,b,c,kind,when,ward,class,angle,y"]
    for i in range(rows):
        a, b, c = rng.gauss(0, 1), rng.uniform(0, 9), rng.expovariate(1)
        kind = rng.choice("stuv")
        gap = "" if rng.random() < 0.02 else f"{a:.6f}"
        label = ("low", "mid", "high")[(a + rng.gauss(0, 0.5) > -0.5) + (b > 5)]
        angle = (120 * a + 20 * b + rng.gauss(0, 15)) % 360
        lines.append(f"{gap},{b:.5f},{c:.5f},{kind},{i // 3},{i // 7 % 90},{label},{angle:.4f},"
                     f"{2 * a - b + 3 * (kind == 't') + rng.gauss(0, 1):.6f}")
        if i % 211 == 0:
            lines.append(lines[-1])
    return "\n".join(lines) + "\n"


def test_classes_angles_and_every_kind_of_feature():
    linear = "    - linear\n    - ridge: {alpha: {log: [1.0e-2, 1.0e3], n: 4}}\n"
    near = "    - knn: {n_neighbors: [3, 9], weights: [uniform, distance]}\n"
    cases = [
        ("y", "regression", "group: ward, stratify: {bins: 4}", "robust", linear + near),
        ("class", "classification", "group: ward", "standard",
         "    - baseline\n    - logistic: {alpha: [0.1, 10]}\n" + near),
        ("angle", "angle", "stratify: {bins: 6}, duplicates: allow", "standard", linear + near),
        ("y", "regression", "by: time, column: when", "minmax", linear),
    ]
    with Place() as place:
        write(place / "mixed.csv", mixed_csv(2500))
        for number, (target, task, split, scale, models) in enumerate(cases):
            drop = ", ".join(name for name in ("y", "class", "angle") if name != target)
            text = MIXED.format(drop=drop, target=target, task=task, split=split, scale=scale, models=models)
            config = place.config(f"mixed{number}.yaml", text)
            least = least_bytes(place, config)
            all_the_same(place, config, [(1, 1, None), (2, 2, None), (4, 1, least),
                                         (1, 4, least + 10 * MIB)])
            for name in os.listdir(place.path):
                if name.startswith("run-"):
                    shutil.rmtree(place / name)
        place.clean()


def test_a_run_cut_by_its_time_carries_on_to_the_same_bytes():
    with Place() as place:
        place.csv(rows=40_000, columns=4)
        config = place.config(n=2000, folds=4, metric="mae")
        began = time.monotonic()
        expect(place.run(config, "whole").returncode == DONE)
        whole = time.monotonic() - began
        for part in (0.5, 0.3, 0.7, 0.4, 0.6, 0.8, 0.2):
            shutil.rmtree(place / "cut", ignore_errors=True)
            result = place.run(config, "cut", "--time", f"{whole * part:.3f}s")
            if result.returncode == BUDGET and os.path.exists(place / "cut/summary.json"):
                break
        else:
            skip("no time budget fell into the search")
        expect("budget.time was reached after" in result.stderr, result.stderr)
        summary = json.loads(read(place / "cut/summary.json"))
        expect(summary["reproducible"] is False and "budget.time" in summary["reason"], summary)
        expect(os.path.exists(place / "cut/report.html"), "no report of what was finished")
        result = place.run(config, "cut")
        expect(result.returncode == DONE and "stand in the journal" in result.stderr, result.stderr)
        same(place / "whole", place / "cut")
        place.clean("cut")


# --- within the budget, as the kernel counts ----------------------------------------------------


def private_bytes(pid):
    """RssAnon + RssShmem + VmSwap of a process; 0 when it is gone."""
    try:
        lines = read(f"/proc/{pid}/status").decode(errors="replace").splitlines()
    except OSError:
        return 0
    fields = ("RssAnon:", "RssShmem:", "VmSwap:")
    return sum(int(s.split()[1]) * 1024 for s in lines if s.startswith(fields))


def family(pid):
    """A process and all its descendants."""
    found = [pid]
    for one in found:
        try:
            for thread in os.listdir(f"/proc/{one}/task"):
                found += map(int, read(f"/proc/{one}/task/{thread}/children").split())
        except OSError:
            pass
    return found


class Meter:
    """The most private memory that a started command and its children held, looked at every 10 ms."""

    def __init__(self, process):
        self.process, self.peak, self.samples = process, 0, 0
        self.thread = threading.Thread(target=self.measure)
        self.thread.start()

    def measure(self):
        while self.process.poll() is None:
            self.peak = max(self.peak, sum(map(private_bytes, family(self.process.pid))))
            self.samples += 1
            time.sleep(0.01)

    def end(self):
        said = self.process.communicate(timeout=120)
        self.thread.join()
        return said


def test_five_thousand_rows_of_thirty_fit_in_96_mib():
    if SANITIZED:
        skip("sanitizers take memory of their own")
    if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
        skip("this kernel does not list the children of a process")
    with Place() as place:
        place.csv(rows=5000, columns=30)
        config = place.config(n=50, folds=5, bins=10)
        expect(place.run(config, "free").returncode == DONE)
        for flags in ([], ["--workers", "2", "--threads", "2"]):
            shutil.rmtree(place / "tight", ignore_errors=True)
            shutil.rmtree(place.cache)
            process = place.start("run", config, "--run-dir", "tight", "--memory", "96MiB", *flags)
            meter = Meter(process)
            _, said = meter.end()
            expect(process.returncode == DONE, said)
            expect(meter.samples >= 5, "only", meter.samples, "samples")
            print(f"       {meter.peak / MIB:.1f} MiB at the peak, {meter.samples} samples")
            expect(2 * MIB < meter.peak <= 96 * MIB, meter.peak, "bytes held")
            facts = json.loads(read(place / "tight/environment.json"))
            expect(facts["retries"] == 0, "estimates were exceeded")
            same(place / "free", place / "tight")
        place.clean("tight")


def test_the_meter_sees_children():
    if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
        skip("this kernel does not list the children of a process")
    hold = "import time; x = bytearray(64 << 20); time.sleep(.3)"
    process = subprocess.Popen(["sh", "-c", f"python3 -c '{hold}'; true"])
    meter = Meter(process)
    meter.end()
    expect(meter.peak > 64 * MIB, meter.peak)


if __name__ == "__main__":
    main()
