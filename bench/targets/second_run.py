"""How much sooner a second run of each example is ready to search than the first."""

import glob
import os

from harness import bench as b
from harness.process import describe, wall_seconds
from harness.row import Row, verdict
from harness.stats import median, time_text, times_text
from harness.target import Target

TIMES = 5  # sooner
READY = ("ingest", "check", "split", "features")


def ready_seconds(run_dir):
    lines = b.stages(run_dir)
    return sum(lines[name]["seconds"] for name in READY), lines["prepare"]["seconds"]


def measure(bench):
    rows = []
    for config in sorted(glob.glob("examples/*.yaml")):
        name = os.path.basename(config)[:-5]
        first, second, prepare = [], [], []
        for _ in range(bench.iterations):
            one, two, cache = bench.fresh("run-1", "run-2", "second-cache")
            wall_seconds(bench.run_command(config, one, cache))
            argv = bench.run_command(config, two, cache)
            wall_seconds(argv)
            first.append(ready_seconds(one)[0])
            second.append(ready_seconds(two)[0])
            prepare.append(ready_seconds(two)[1])
        ratio = median(first) / median(second)
        rows.append(Row(f"second-run/{name}", f"examples/{name}.yaml again, until it can search",
                        f">= {TIMES}x sooner", f"the first run: {times_text(first)}",
                        times_text(second), f"{ratio:.0f}x", verdict(ratio >= TIMES),
                        describe(argv), seconds=second, peer_seconds=first,
                        note=f"workers and their statistics take {time_text(median(prepare))} more "
                             "in both"))
    return rows


SECOND_RUN = Target("second-run", "the examples again, from the cache", measure)
