"""What was planned against what it took, over varied configs."""

import json

from harness import bench as b
from harness.memory import watched
from harness.process import describe, output
from harness.row import Row, verdict
from harness.stats import bytes_text, median, percentile
from harness.target import Target

# rows, columns, folds, configurations, metric, scale, workers, memory
CASES = (
    (200, 3, 2, 1, "rmse", "none", 1, "1GiB"),
    (200, 3, 20, 50, "rmse", "standard", 2, "1GiB"),
    (200, 30, 5, 300, "mae", "standard", 1, "512MiB"),
    (500, 100, 5, 20, "rmse", "standard", 1, "256MiB"),
    (1000, 10, 5, 2000, "rmse", "standard", 2, "1GiB"),
    (1000, 10, 10, 200, "mae", "none", 2, "256MiB"),
    (2000, 200, 5, 50, "rmse", "standard", 2, "1GiB"),
    (2000, 200, 3, 10, "mae", "standard", 1, "512MiB"),
    (5000, 30, 5, 100, "rmse", "standard", 1, "96MiB"),
    (5000, 30, 5, 100, "mae", "standard", 2, "128MiB"),
    (10_000, 3, 20, 1000, "rmse", "none", 2, "256MiB"),
    (10_000, 50, 4, 40, "mae", "none", 2, "1GiB"),
    (20_000, 20, 5, 200, "rmse", "standard", 2, "1GiB"),
    (20_000, 100, 10, 20, "rmse", "standard", 1, "512MiB"),
    (20_000, 200, 2, 5, "mae", "standard", 2, "1GiB"),
    (50_000, 10, 5, 50, "mae", "standard", 1, "256MiB"),
    (50_000, 200, 5, 10, "rmse", "none", 2, "1GiB"),
    (100_000, 20, 20, 2000, "rmse", "standard", 2, "512MiB"),
    (200_000, 3, 2, 10, "mae", "none", 1, "128MiB"),
    (200_000, 30, 5, 100, "rmse", "standard", 2, "512MiB"),
)


def config_text(folds, configurations, metric, scale, workers, memory):
    alpha = "1.0" if configurations == 1 else f"{{log: [1.0e-4, 1.0e4], n: {configurations}}}"
    return (f"split: {{test: 0.2, folds: {folds}, seed: 7}}\nfeatures: {{scale: {scale}}}\n"
            f"search:\n  metric: {metric}\n  models:\n    - ridge: {{alpha: {alpha}}}\n"
            f"budget: {{memory: {memory}, workers: {workers}}}\n")


def one(bench, number, case):
    rows, columns, *rest = case
    source = bench.generate(rows, columns)
    config = bench.config(f"plan-{number:02}", source, config_text(*rest))
    run_dir, cache = bench.fresh("plan-run", "plan-cache")
    sampled = json.loads(output([bench.stint, "plan", config, "--cache-dir", cache, "--json"]))
    argv = bench.run_command(config, run_dir, cache)
    seconds, watch = watched(argv, f"{bench.work}/stderr")
    stages = b.stages(run_dir)
    exact = b.read_json(f"{run_dir}/plan.json")
    own = b.read_json(f"{run_dir}/environment.json")["peak_bytes"]
    return {"case": case, "sampled": sampled, "exact": exact, "stages": stages, "seconds": seconds,
            "watched": watch.peak, "own": own, "argv": argv}


def spread(x):
    return (f"{median(x):.2g} at the median, {min(x):.2g} – {percentile(x, 0.9):.2g} – "
            f"{max(x):.2g} (least, 90th percentile, most)")


def stage_factors(runs, planned, actual, floor):
    """{stage: [planned / actual]} over the runs in which it took something worth stating."""
    out = {}
    for run in runs:
        for name, line in run["stages"].items():
            if line[actual] >= floor:
                out.setdefault(name, []).append(line[planned] / line[actual])
    return out


def by_stage(factors):
    return ", ".join(f"{name} {median(x):.2g} ({min(x):.2g} – {max(x):.2g})"
                     for name, x in factors.items())


def exceeded(runs):
    """(run, stage) in which a stage took more memory than was planned for it."""
    return [(i, name) for i, run in enumerate(runs, 1) for name, line in run["stages"].items()
            if line["peak_bytes"] > line["planned_peak_bytes"]]


def without_ingest(runs):
    """Planned / actual peak over the other stages: ingest's plan is a share, not an estimate."""
    factors = []
    for run in runs:
        rest = [line for name, line in run["stages"].items() if name != "ingest"]
        factors.append(max(line["planned_peak_bytes"] for line in rest) /
                       max(line["peak_bytes"] for line in rest))
    return factors


def peak_is_ingest(run):
    stages = run["stages"]
    return max(stages, key=lambda name: stages[name]["planned_peak_bytes"]) == "ingest"


def memory_rows(runs, command):
    workload = f"plan against actual, {len(runs)} configs"
    actual = [max(r["watched"], r["own"]) for r in runs]
    factor = [r["exact"]["peak_bytes"] / a for r, a in zip(runs, actual)]
    sampled = [r["sampled"]["peak_bytes"] / a for r, a in zip(runs, actual)]
    over = exceeded(runs)
    return [
        Row("plan/peak", f"{workload}: peak memory", "predicted >= actual in all",
            measured=f"{sum(f >= 1 for f in factor)} of {len(runs)}", ratio=spread(factor),
            verdict=verdict(min(factor) >= 1), command=command,
            note="predicted / actual, the higher of the run's own samples and ours every 10 ms; "
                 f"the plan made from a sample before ingest: {spread(sampled)}; in "
                 f"{sum(map(peak_is_ingest, runs))} of them the predicted peak is the share that "
                 f"ingest is granted; without ingest: {spread(without_ingest(runs))}"),
        Row("plan/stage-peak", f"{workload}: peak memory of each stage",
            "predicted >= actual in all",
            measured=f"{len(over)} stages of {sum(len(r['stages']) for r in runs)} over"
                     + "".join(f"; plan-{i:02} {name}" for i, name in over[:6]),
            ratio="", verdict=verdict(not over), command=command,
            note="predicted / actual: " + by_stage(stage_factors(
                runs, "planned_peak_bytes", "peak_bytes", 1)))]


def time_row(runs, command):
    faster = sum(r["seconds"] < r["exact"]["seconds_low"] for r in runs)
    slower = sum(r["seconds"] > r["exact"]["seconds_high"] for r in runs)
    middle = [(r["exact"]["seconds_low"] * r["exact"]["seconds_high"]) ** 0.5 / r["seconds"]
              for r in runs]
    factors = {}
    for run in runs:
        for name, line in run["stages"].items():
            low, high = line["planned_seconds_low"], line["planned_seconds_high"]
            if high > 0 and line["seconds"] > 0.001:
                factors.setdefault(name, []).append((low * high) ** 0.5 / line["seconds"])
    return Row("plan/time", f"plan against actual, {len(runs)} configs: time", "reported",
               measured=f"{len(runs) - faster - slower} of {len(runs)} within the interval, "
                        f"{faster} faster, {slower} slower",
               ratio=spread(middle), command=command,
               note="middle of the interval / actual, stages over 1 ms: " + by_stage(factors))


def disk_row(runs, command):
    factor = [sum(s["planned_disk_bytes"] for s in r["stages"].values()) /
              sum(s["disk_bytes"] for s in r["stages"].values()) for r in runs]
    return Row("plan/disk", f"plan against actual, {len(runs)} configs: disk", "reported",
               measured=f"{sum(f >= 1 for f in factor)} of {len(runs)} predicted >= actual",
               ratio=spread(factor), command=command,
               note="predicted / actual, stages over 4 KiB: " + by_stage(stage_factors(
                   runs, "planned_disk_bytes", "disk_bytes", 4096)))


def measure(bench):
    runs = []
    for i, case in enumerate(CASES, 1):
        runs.append(one(bench, i, case))
        run = runs[-1]
        peak = max(run["watched"], run["own"])
        bench.say(f"plan-{i:02} {' '.join(map(str, case))}: {bytes_text(peak)} of "
                  f"{bytes_text(run['exact']['peak_bytes'])}, {run['seconds']:.2f} s of "
                  f"{run['exact']['seconds_low']:.2f} – {run['exact']['seconds_high']:.2f}")
    command = describe(runs[-1]["argv"]).replace(f"plan-{len(runs):02}", "plan-NN")
    return [*memory_rows(runs, command), time_row(runs, command), disk_row(runs, command)]


PLAN = Target("plan", "plan against actual on 20 varied configs", measure)
