"""Does the coordinator's memory grow with the number of configurations?

The command alone, without its workers, is sampled every millisecond.  The search lasts while
its journal grows.  The metric is one that needs a pass over the rows, so that the search of the
few lasts long enough to be sampled.
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
GROWTH_MOST = 1 << 20
LAST_SECONDS, INTERVAL_SECONDS = 0.1, 0.001
SAMPLES_LEAST, ATTEMPTS = 10, 5

WORKLOAD = f"{MANY} configurations against {FEW}"


def config_text(n):
    return (f"split: {{test: 0.2, folds: {FOLDS}, seed: 7}}\n"
            "features: {scale: standard}\n"
            "search:\n  metric: mae\n  models:\n"
            f"    - ridge: {{alpha: {{log: [1.0e-4, 1.0e4], n: {n}}}}}\n")


def file_size(path):
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def sampled(argv, run_dir, stderr):
    """[(time, bytes of the journal, private bytes of the coordinator)] until it ends with 0."""
    samples, pid = [], spawn(argv, stderr=stderr)
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            break
        own = private_bytes(pid)
        if own > 0:
            samples.append((time.perf_counter(), file_size(f"{run_dir}/journal.jsonl"), own))
        time.sleep(INTERVAL_SECONDS)
    check(argv, status, stderr)
    return samples


def split_phases(samples):
    """What came before the search, the search, and what came after."""
    header = min(size for _, size, _ in samples if size > 0)
    final = samples[-1][1]
    before = [s for s in samples if s[1] <= header]
    after = [s for s in samples if s[1] == final]
    search = [s for s in samples if header < s[1] < final] + after[:1]
    return before, search, after


def last(samples):
    """The most in the last 100 ms."""
    return max(own for at, _, own in samples if at >= samples[-1][0] - LAST_SECONDS)


def coordinator(bench, source, n):
    """(at the search's end, at the run's end, text of the most in each phase, argv)"""
    config = bench.config(f"configurations-{n}", source, config_text(n))
    for _ in range(ATTEMPTS):  # on a busy machine a short search may pass between few samples
        run_dir, cache = bench.fresh("many-run", "many-cache")
        argv = bench.run_command(config, run_dir, cache, "--max-configs", str(2 * MANY))
        samples = sampled(argv, run_dir, f"{bench.work}/stderr")
        phases = split_phases(samples)
        if len(phases[1]) >= SAMPLES_LEAST:
            break
    else:
        raise Failure(f"fewer than {SAMPLES_LEAST} samples of a search, {ATTEMPTS} times")
    most = [bytes_text(max(own for _, _, own in phase)) for phase in phases]
    text = (f"{n}: {most[0]} before the search, {most[1]} in it ({len(phases[1])} samples), "
            f"{most[2]} after it")
    return last(phases[1]), last(samples), text, argv


def growth_row(name, what, few, many, argv):
    return Row(f"coordinator/{name}", f"{WORKLOAD}: the coordinator {what}",
               f"<= {bytes_text(GROWTH_MOST)} more",
               measured=f"{bytes_text(many)} against {bytes_text(few)}",
               ratio=f"{bytes_text(many - few)} more", verdict=verdict(many - few <= GROWTH_MOST),
               command=describe(argv))


def measure(bench):
    source = bench.generate(ROWS, COLUMNS)
    few_search, few_end, few_text, _ = coordinator(bench, source, FEW)
    many_search, many_end, many_text, argv = coordinator(bench, source, MANY)
    rows = [growth_row("search", "at the search's end", few_search, many_search, argv),
            growth_row("end", "at its end", few_end, many_end, argv)]
    rows[0].note = (f"ridge on {ROWS} x {COLUMNS}, {FOLDS} folds, mae; the most in 100 ms; "
                    f"the most in all, {few_text}; {many_text}")
    return rows


COORDINATOR = Target("coordinator", "memory of 10 000 configurations against 1000", measure)
