"""An LSTM over windows of a series: views and the trainer against PyTorch with all of them."""

from harness import pytorch, process
from harness.row import Row, Skip, skipped, verdict
from harness.stats import bytes_text, median, ratio_text, time_text, times_text
from harness.target import Target

HIDDEN, WINDOWS, EPOCHS = (64, 128), 100000, 1
TIMES, MEMORY, LOSS = 6, 0.5, 1e-3  # epochs a second, bytes, relative


def rows_of(bench, hidden, pythons):
    folder, = bench.fresh(f"windows-{hidden}")
    process.output(["mkdir", "-p", folder])
    argv = [f"{bench.build}/bin/bench_windows", folder, str(hidden), str(WINDOWS), str(WINDOWS),
            str(EPOCHS)]
    ours = process.peer(argv)
    command, title = process.describe(argv), f"LSTM 3 to {hidden}, lookback 150, batch 256"
    work = f"an epoch of {WINDOWS} windows, {title}"
    rows = [against(hidden, work, ours, process.peer(
        [python, "bench/peers/train_windows.py", folder, str(hidden), "--samples", str(WINDOWS)]),
        command) for python in pythons]
    waited = ours["wait"] / sum(ours["seconds"])
    return [*(row for found in rows for row in found),
            Row(f"windows/{hidden}/wait", f"{work}: waiting for batches", "< 1%",
                measured=f"{waited:.2%} of {times_text(ours['seconds'])}",
                verdict=verdict(waited < 0.01), command=command, seconds=ours["seconds"])]


def against(hidden, work, ours, theirs, command):
    name = f"{hidden}/{theirs['name'].replace(' ', '-')}"
    ratio = median(theirs["seconds"]) / median(ours["seconds"])
    memory = ours["grown"] / theirs["grown"]
    apart = abs(ours["loss"][0] - theirs["loss"][0]) / theirs["loss"][0]
    return (
        Row(f"windows/{name}", work, f">= {TIMES}x at equal loss",
            f"{theirs['name']}: {times_text(theirs['seconds'])}", times_text(ours["seconds"]),
            ratio_text(ratio), verdict(ratio >= TIMES and apart < LOSS), command,
            note=f"{theirs['name']}, {hidden}: mean losses {ours['loss'][0]:.7g} and "
                 f"{theirs['loss'][0]:.7g} from the same weights over the same batches; making "
                 f"all windows took {time_text(theirs['prepared'])} more",
            seconds=ours["seconds"], peer_seconds=theirs["seconds"]),
        Row(f"windows/{name}/memory", f"{work}: memory", f"<= {MEMORY:g} of its",
            f"{theirs['name']}: grown by {bytes_text(theirs['grown'])}",
            f"grown by {bytes_text(ours['grown'])}", f"{memory:.2f}", verdict(memory <= MEMORY),
            command))


def measure(bench):
    try:
        pythons = pytorch.pythons()[:1]  # the first found: an epoch takes minutes
    except Skip as why:
        return [skipped("windows/peers", "windows against PyTorch", "", why)]
    return [row for hidden in HIDDEN for row in rows_of(bench, hidden, pythons)]


WINDOWS_TARGET = Target("windows", "an LSTM over windows of a series against PyTorch", measure)
