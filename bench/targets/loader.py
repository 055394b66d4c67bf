"""Batches of shuffled rows against PyTorch's DataLoader, and what a training step waits for them."""

from harness import bench as b
from harness import pytorch
from harness.cases import Cases
from harness.row import FOR_SCALE, Row, Skip, skipped, verdict
from harness.stats import disturbed, median, ratio_text, times_text
from harness.target import Target

ROWS, WIDTH, BATCH = 300_000, 32, 256
TIMES, WAIT = 30, 0.01
COUNT = f"{ROWS:,}".replace(",", " ")
WORKLOAD = f"an epoch of {COUNT} x {WIDTH} rows and labels, batch {BATCH}"

# ours, the peer's mode, what it is, whether the target is of it
PAIRS = (("epoch-rows-workers-0", "workers-0", "shuffled, no threads", True),
         ("epoch-rows-workers-2", "workers-2", "shuffled, 2 threads", True),
         ("epoch-rows-weighted", "weighted", "drawn by weights", False),
         ("epoch-rows-workers-0", "indexed", "shuffled, against indexing by a permutation", False))
ALONE = (("epoch-rows-workers-1", WORKLOAD + ", shuffled, 1 thread"),
         ("epoch-rows-in-order", WORKLOAD + ", in order"),
         ("epoch-order", f"the order alone of {COUNT} rows"),
         ("epoch-windows", "an epoch of 100 000 windows of 150 x 3 over one series"),
         ("epoch-bits", "an epoch of 50 000 records of 1000 bits and 676 labels"))


def rate_text(rows, seconds):
    return f"{rows / median(seconds) / 1e6:.3g} million rows/s"


def against(pair, ours, found):
    case, mode, what, has_target = pair
    mine, theirs, name = ours.each(case), found[mode]["seconds"], found[mode]["name"]
    ratio = median(theirs) / median(mine)
    remarks = [r for r in (disturbed(name, theirs, mine),) if r]
    return Row(f"loader/{mode}/{name.replace(' ', '-')}", f"{WORKLOAD}, {what}",
               f">= {TIMES}x" if has_target else "",
               f"{name}: {rate_text(ROWS, theirs)}, {times_text(theirs)}",
               f"{rate_text(ROWS, mine)}, {times_text(mine)}", ratio_text(ratio),
               verdict(ratio >= TIMES) if has_target else FOR_SCALE, ours.command,
               note=f"{mode}: " + "; ".join(remarks) if remarks else "",
               seconds=mine, peer_seconds=theirs)


def alone(case, workload, ours):
    seconds = ours.each(case)
    return Row(f"loader/{case[6:]}", workload, measured=times_text(seconds),
               ratio=f"{1 / median(ours.each_item(case)) / 1e6:.3g} million/s",
               command=ours.command, seconds=seconds)


def step_rows(bench):
    """What of a step goes to waiting, with a thread; beside it the same step without one."""
    facts_file, = bench.fresh("facts.json")
    ours = Cases(bench, "bench_loader", "step-", 2 * bench.iterations, before=[facts_file])
    rows, facts = [], b.read_json(facts_file)
    for case in (name for name in facts if name.endswith("workers-1")):
        f, seconds = facts[case], ours.each(case, facts[case]["group"])
        without = case.replace("workers-1", "workers-0")
        rows.append(Row(
            f"loader/{case}", f"a training step of {case.split('-workers')[0][5:]}, batch {BATCH}, "
            "fed by a loader of 1 thread", f"waits < {WAIT:.0%}",
            f"no threads: {times_text(ours.each(without, facts[without]['group']))}",
            times_text(seconds), f"waits {f['wait_share']:.2%}", verdict(f["wait_share"] < WAIT),
            ours.command, seconds=seconds,
            note=f"{case}: calls of the loader, with waking its thread, take "
                 f"{f['call_share']:.1%} of the time, without a thread "
                 f"{facts[without]['call_share']:.1%}"))
    return rows


def measure(bench):
    rows, pythons = [], []
    try:
        pythons = pytorch.pythons()
    except Skip as why:
        rows.append(skipped("loader/peers", "epochs against PyTorch's DataLoader", "", why))
    ours = Cases(bench, "bench_loader", "epoch-", 4 * bench.iterations)
    for python in pythons:
        found = pytorch.times(python, "loader.py", ROWS, WIDTH, "--batch", BATCH,
                              iterations=bench.iterations)
        rows += [against(pair, ours, found) for pair in PAIRS]
    return rows + [alone(case, workload, ours) for case, workload in ALONE] + step_rows(bench)


LOADER = Target("loader", "batches of a loader against PyTorch's, and the wait of a step", measure)
