"""Does the coordinator's memory grow with the number of configurations?

The command is sampled every millisecond, and each sample told its stage by the lines of
timings.jsonl so far (a stage writes its line when it ends).  The metric is one that needs a
pass over the rows, so that the search of the few lasts long enough to be sampled.
"""

import os
import time

from harness.memory import private_bytes
from harness.process import check, describe, spawn
from harness.row import Failure, Row, verdict
from harness.stats import bytes_text
from harness.target import Target

FEW, MANY = 1000, 10_000
ROWS, COLUMNS, FOLDS = 20_000, 20, 5
GROWTH_MOST, SAMPLES_LEAST = 1 << 20, 5
LAST_SECONDS, INTERVAL_SECONDS, ATTEMPTS = 0.1, 0.001, 5

STAGES = ("ingest", "check", "split", "prepare", "search", "round", "report")


def config_text(n):
    return (f"split: {{test: 0.2, folds: {FOLDS}, seed: 7}}\n"
            "features: {scale: standard}\n"
            "search:\n  metric: mae\n  models:\n"
            f"    - ridge: {{alpha: {{log: [1.0e-4, 1.0e4], n: {n}}}}}\n")


def stage_now(run_dir):
    try:
        with open(f"{run_dir}/timings.jsonl", "rb") as file:
            done = file.read().count(b"\n")
    except OSError:
        done = 0
    return STAGES[min(done, len(STAGES) - 1)]


def sampled(argv, run_dir, stderr):
    """[(time, stage, bytes of the coordinator)] until it ends with 0."""
    samples, pid = [], spawn(argv, stderr=stderr)
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            break
        samples.append((time.perf_counter(), stage_now(run_dir), private_bytes(pid)))
        time.sleep(INTERVAL_SECONDS)
    check(argv, status, stderr)
    return samples


def at_end(samples, stages):
    """The most in the last 100 ms of these stages."""
    own = [(at, size) for at, stage, size in samples if stage in stages and size > 0]
    return max(size for at, size in own if at > own[-1][0] - LAST_SECONDS)


def coordinator(bench, source, n):
    config = bench.config(f"configurations-{n}", source, config_text(n))
    for _ in range(ATTEMPTS):  # on a busy machine a short search may pass between two samples
        run_dir, cache = bench.fresh("many-run", "many-cache")
        argv = bench.run_command(config, run_dir, cache, "--max-configs", str(2 * MANY))
        samples = sampled(argv, run_dir, f"{bench.work}/stderr")
        if sum(stage == "search" for _, stage, _ in samples) >= SAMPLES_LEAST:
            break
    else:
        raise Failure(f"fewer than {SAMPLES_LEAST} samples of a search, {ATTEMPTS} times")
    by_stage = {stage: max((size for _, at, size in samples if at == stage), default=0)
                for stage in STAGES}
    return at_end(samples, ("search",)), at_end(samples, STAGES), by_stage, argv


def measure(bench):
    source = bench.generate(ROWS, COLUMNS)
    few_search, few_end, few_stages, _ = coordinator(bench, source, FEW)
    many_search, many_end, many_stages, argv = coordinator(bench, source, MANY)
    rows = []
    for name, few, many in (("search", few_search, many_search), ("end", few_end, many_end)):
        what = "in the last 100 ms of the search" if name == "search" else "in its last 100 ms"
        rows.append(Row(f"coordinator/{name}",
                        f"{MANY} configurations against {FEW}: the coordinator {what}",
                        f"<= {bytes_text(GROWTH_MOST)} more",
                        measured=f"{bytes_text(many)} against {bytes_text(few)}",
                        ratio=f"{bytes_text(many - few)} more",
                        verdict=verdict(many - few <= GROWTH_MOST), command=describe(argv)))
    rows[0].note = f"ridge on {ROWS} x {COLUMNS}, {FOLDS} folds; most by stage: " + ", ".join(
        f"{stage} {bytes_text(many_stages[stage])} against {bytes_text(few_stages[stage])}"
        for stage in STAGES if many_stages[stage] and few_stages[stage])
    return rows


COORDINATOR = Target("coordinator", "memory of 10 000 configurations against 1000", measure)
