"""Convolutions, and training steps of a small convolutional network, against PyTorch."""

from harness import pytorch
from harness.cases import Cases
from harness.row import FOR_SCALE, Row, Skip, skipped, verdict
from harness.stats import disturbed, median, ratio_text, times_text
from harness.target import Target

SHAPES = ("8x3x32-16", "8x3x32-64", "16x3x64-16", "16x3x64-64")
STEPS = 20  # timed at once, as bench_convolution does
CNN = "28x28 images, 32 and 64 channels, batch 64"
CNN_TIMES, CONVOLUTION_TIMES = 2, 1.5


def against(name, title, least, ours, found, command):
    theirs, peer = found["seconds"], found["name"]
    ratio = median(theirs) / median(ours)
    note = disturbed(peer, theirs, ours)
    return Row(f"convolution/{name}/{peer.replace(' ', '-')}", title, f">= {least:g}x",
               f"{peer}: {times_text(theirs)}", times_text(ours), ratio_text(ratio),
               verdict(ratio >= least), command, note=f"{peer}, {name}: {note}" if note else "",
               seconds=ours, peer_seconds=theirs)


def share_row(ours):
    name = "conv-16x3x64-64"
    rate, peak = ours.best_rate(name), ours.best_rate("peak")
    return Row("convolution/share", f"a convolution, {name[5:]}",
               measured=f"{rate / 1e9:.0f} Gflop/s", ratio=f"{rate / peak:.0%} of peak",
               verdict=FOR_SCALE, command=ours.command)


def measure(bench):
    n = 3 * bench.iterations
    try:
        pythons = pytorch.pythons()
    except Skip as why:
        return [skipped("convolution/peers", "convolutions against PyTorch", "", why)]
    rows, found = [], []
    for python in pythons:
        trained = pytorch.times(python, "train_cnn.py", iterations=n)
        alone = pytorch.times(python, "convolution.py", "--shapes", ",".join(SHAPES),
                              iterations=n)
        found.append({**trained, **alone})
    ours = Cases(bench, "bench_convolution", iterations=n)
    for modes in found:
        rows.append(against("cnn", f"a training step, {CNN}", CNN_TIMES,
                            ours.each("cnn-train", STEPS), modes["train"], ours.command))
        rows += [against(s, f"a convolution by 3x3, {s}", CONVOLUTION_TIMES,
                         ours.each(f"conv-{s}", STEPS), modes[f"conv-{s}"], ours.command)
                 for s in SHAPES]
    return rows + [share_row(ours)]


CONVOLUTION = Target("convolution", "convolutions and a small network of them against PyTorch",
                     measure)
