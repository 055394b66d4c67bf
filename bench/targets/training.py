"""Training steps of multi-layer perceptrons against PyTorch, and against the machine's peak."""

from collections import namedtuple

from harness import bench as b
from harness import pytorch
from harness.cases import Cases
from harness.row import FOR_SCALE, Row, Skip, skipped, verdict
from harness.stats import bytes_text, disturbed, median, ratio_text, times_text
from harness.target import Target

# times: steps a second against PyTorch's; share: of the peak, forward and backward alone
Mlp = namedtuple("Mlp", "sizes batch loss times share")
MLPS = (Mlp("30-64-64-1", 32, "mse", 10, None),
        Mlp("64-128-64-10", 64, "cross-entropy", 8, None),
        Mlp("784-256-128-10", 64, "cross-entropy", 5, 0.6),
        Mlp("1024-4096-4096-1024", 256, "mse", 1.6, 0.85),
        Mlp("784-128-10", 32, "cross-entropy", 2, None),
        Mlp("2048-512-100", 64, "cross-entropy", 2, 0.6),
        Mlp("1024-256-50", 128, "cross-entropy", 2, 0.6))
WIDE = MLPS[3]
OTHER_ADAMS = {"train-foreach": "Adam(foreach=True)", "train-fused": "Adam(fused=True)"}


def iterations_of(bench, mlp):
    return bench.iterations * (1 if mlp is WIDE else 3)  # a step of the others is short


def against(mlp, title, case, ours, found, command):
    theirs = found["train"]["seconds"]
    ratio = median(theirs) / median(ours)
    others = [f"with {OTHER_ADAMS[mode]} {times_text(line['seconds'])}, ratio "
              f"{ratio_text(median(line['seconds']) / median(ours))}"
              for mode, line in found.items() if mode in OTHER_ADAMS]
    name = found["train"]["name"]
    remarks = [r for r in (*others, disturbed(name, theirs, ours)) if r]
    return Row(f"training/{case}/{name.replace(' ', '-')}", f"a training step, {title}",
               f">= {mlp.times:g}x", f"{name}: {times_text(theirs)}", times_text(ours),
               ratio_text(ratio), verdict(ratio >= mlp.times), command,
               note=f"{name}, {case}: " + "; ".join(remarks) if remarks else "",
               seconds=ours, peer_seconds=theirs)


def share_row(mlp, title, case, ours, flops, peak, found, command):
    def share(seconds):
        return flops / median(seconds) / peak
    others = [f"{modes['forward-backward']['name']} reaches "
              f"{share(modes['forward-backward']['seconds']):.0%} "
              f"({times_text(modes['forward-backward']['seconds'])})" for modes in found]
    return Row(f"training/{case}/share", f"forward and backward alone, {title}",
               f">= {mlp.share:.0%} of peak" if mlp.share else "",
               f"peak: {peak / 1e9:.0f} Gflop/s", times_text(ours), f"{share(ours):.0%}",
               verdict(share(ours) >= mlp.share) if mlp.share else FOR_SCALE, command,
               note=f"{case}: " + "; ".join(others) if others else "", seconds=ours)


def peak_flops(bench):
    return Cases(bench, "bench_train", "peak").best_rate("peak")


def measure_mlp(bench, mlp, pythons):
    """Rows, and {step: facts}."""
    case, n = f"{mlp.sizes}-b{mlp.batch}", iterations_of(bench, mlp)
    title = f"{mlp.sizes}, batch {mlp.batch}, {mlp.loss}"
    facts_file, = bench.fresh("facts.json")
    found = [pytorch.times(python, "train_mlp.py", mlp.sizes, "--batch", mlp.batch, "--loss",
                           mlp.loss, iterations=n) for python in pythons]
    peak = peak_flops(bench)
    ours = Cases(bench, "bench_train", f"{case}-", n, before=[facts_file])
    peak = max(peak, peak_flops(bench))
    facts = b.read_json(facts_file)
    train, gradients = f"{case}-train", f"{case}-gradients"
    steps = ours.each(train, facts[train]["group"])
    alone = ours.each(gradients, facts[gradients]["group"])
    rows = [against(mlp, title, case, steps, modes, ours.command) for modes in found]
    if not found:
        rows = [Row(f"training/{case}", f"a training step, {title}",
                    measured=times_text(steps), command=ours.command, seconds=steps)]
    rows.append(share_row(mlp, title, case, alone, facts[gradients]["flops"], peak, found,
                          ours.command))
    return rows, facts


def plans_row(facts):
    """The planner's promise, over all steps."""
    right = sum(f["planned_bytes"] == f["allocated_bytes"] for f in facts.values())
    wide = facts[f"{WIDE.sizes}-b{WIDE.batch}-train"]
    return Row("training/plans", "bytes planned for each of these steps", "= bytes allocated",
               measured=f"{right} of {len(facts)} steps", verdict=verdict(right == len(facts)),
               note=f"the widest training step is {wide['nodes']} nodes in {wide['steps']} "
                    f"kernels; its intermediates take {bytes_text(wide['planned_bytes'])}, each in "
                    f"memory of its own they would take {bytes_text(wide['unshared_bytes'])}")


def measure(bench):
    rows, facts, pythons = [], {}, []
    try:
        pythons = pytorch.pythons()
    except Skip as why:
        rows.append(skipped("training/peers", "training steps against PyTorch", "", why))
    for mlp in MLPS:
        more, found = measure_mlp(bench, mlp, pythons)
        rows += more
        facts.update(found)
    return rows + [plans_row(facts)]


TRAINING = Target("training", "training steps of perceptrons against PyTorch and the peak", measure)
