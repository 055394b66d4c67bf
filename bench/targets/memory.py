"""What the memory profiler costs a training step."""

from harness.cases import Cases
from harness.row import FOR_SCALE, Row, verdict
from harness.stats import median, time_text, times_text
from harness.target import Target

MOST = 0.01  # of a step
STEP = "a training step of 784-256-128-10, batch 64, Adam"


def measure(bench):
    cases = Cases(bench, "bench_memory", "", 3 * bench.iterations)
    step, checkpoint = cases.each_item("step"), cases.each_item("checkpoint")
    share = median(checkpoint) / median(step)  # a traced step makes no handles: there is no more
    rows = [Row("memory/traced", f"{STEP}, traced, with a checkpoint each",
                f"<= {MOST:.0%} more", f"off: {times_text(step)}",
                f"{time_text(median(checkpoint))} a checkpoint", f"{share:+.2%} of time",
                verdict(share <= MOST), cases.command, seconds=checkpoint, peer_seconds=step)]
    for name, what in (("eager", f"{STEP}, eagerly, with a checkpoint each"),
                       ("handle", "a handle made and dropped")):
        plain, ours = cases.each_item(name), cases.each_item(f"{name}-profiled")
        rows.append(Row(f"memory/{name}", what, "", f"off: {times_text(plain)}", times_text(ours),
                        f"{median(ours) / median(plain) - 1:+.1%} of time", FOR_SCALE,
                        cases.command, seconds=ours, peer_seconds=plain))
    return rows


MEMORY = Target("memory", "what the memory profiler costs a training step", measure)
