"""Training steps of recurrent nets against PyTorch, and against the machine's peak."""

from collections import namedtuple

from harness import pytorch
from harness.cases import Cases
from harness.row import FOR_SCALE, Row, Skip, skipped, verdict
from harness.stats import disturbed, median, ratio_text, times_text
from harness.target import Target

# group: steps that the benchmark times at once; times: steps a second against PyTorch's; share: of
# the peak, forward and backward alone
Net = namedtuple("Net", "cell wide hidden time batch layers group times share")
NETS = (Net("lstm", 8, 64, 50, 32, 1, 20, 8, None),
        Net("gru", 8, 64, 50, 32, 1, 20, 8, None),
        Net("lstm", 8, 128, 100, 64, 1, 2, 8, 0.6),
        Net("gru", 8, 128, 100, 64, 1, 2, 8, 0.6),
        Net("lstm", 16, 256, 100, 64, 2, 1, 8, 0.6))


def case_of(net):
    return f"{net.cell}-{net.wide}-{net.hidden}-t{net.time}-b{net.batch}-l{net.layers}"


def title_of(net):
    layers = f", {net.layers} layers" if net.layers > 1 else ""
    return (f"{net.cell.upper()} {net.wide} to {net.hidden}{layers}, {net.time} steps, "
            f"batch {net.batch}")


def flops_of(net):
    """Of forward and backward, as bench/recurrent.h counts them."""
    columns, steps = (4 if net.cell == "lstm" else 3) * net.hidden, net.time * net.batch
    return sum(2 * steps * columns * ((3 * net.hidden if i else 2 * net.wide) + 3 * net.hidden)
               for i in range(net.layers))


def against(net, ours, found, command):
    theirs, name, case = found["train"]["seconds"], found["train"]["name"], case_of(net)
    ratio = median(theirs) / median(ours)
    remark = disturbed(name, theirs, ours)
    return Row(f"sequences/{case}/{name.replace(' ', '-')}", f"a training step, {title_of(net)}",
               f">= {net.times:g}x", f"{name}: {times_text(theirs)}", times_text(ours),
               ratio_text(ratio), verdict(ratio >= net.times), command,
               note=f"{name}, {case}: {remark}" if remark else "", seconds=ours,
               peer_seconds=theirs)


def share_row(net, ours, peak, command):
    share = flops_of(net) / median(ours) / peak
    return Row(f"sequences/{case_of(net)}/share", f"forward and backward alone, {title_of(net)}",
               f">= {net.share:.0%} of peak" if net.share else "",
               f"peak: {peak / 1e9:.0f} Gflop/s", times_text(ours), f"{share:.0%}",
               verdict(share >= net.share) if net.share else FOR_SCALE, command, seconds=ours)


def peak_flops(bench):
    return Cases(bench, "bench_sequence", "peak").best_rate("peak")


def measure_net(bench, net, pythons):
    n, case = bench.iterations, case_of(net)
    found = [pytorch.times(python, "train_sequence.py", net.cell, net.wide, net.hidden, "--time",
                           net.time, "--batch", net.batch, "--layers", net.layers, iterations=n)
             for python in pythons]
    peak = peak_flops(bench)
    ours = Cases(bench, "bench_sequence", f"{case}-", n)
    peak = max(peak, peak_flops(bench))
    steps = ours.each(f"{case}-train", net.group)
    rows = [against(net, steps, modes, ours.command) for modes in found]
    if not found:
        rows = [Row(f"sequences/{case}", f"a training step, {title_of(net)}",
                    measured=times_text(steps), command=ours.command, seconds=steps)]
    return rows + [share_row(net, ours.each(f"{case}-gradients", net.group), peak, ours.command)]


def measure(bench):
    rows, pythons = [], []
    try:
        pythons = pytorch.pythons()
    except Skip as why:
        rows.append(skipped("sequences/peers", "training steps against PyTorch", "", why))
    for net in NETS:
        rows += measure_net(bench, net, pythons)
    return rows


SEQUENCES = Target("sequences", "training steps of recurrent nets against PyTorch and the peak",
                   measure)
