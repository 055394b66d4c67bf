"""One training the naive way, then with one thing after the other done better."""

from harness import process
from harness.row import Row, verdict
from harness.stats import bytes_text, median, ratio_text, time_text, times_text
from harness.target import Target

ROWS, EPOCHS = 10240, 3
WHOLE_ROWS, WHOLE_EPOCHS, REPETITIONS = 512, 100, 3
TITLE = "LSTM 3 to 64, lookback 150, batch 256"


def stage(bench, name, *arguments):
    return process.peer([f"{bench.build}/bin/bench_naive", name, *map(str, arguments)])


def measured(bench, names):
    """{stage: its runs}, by turns."""
    runs = {name: [] for name in names}
    for _ in range(max(2, bench.iterations // 2)):
        for name in names:
            runs[name].append(stage(bench, name, ROWS, EPOCHS))
    return runs


def seconds_of(runs):
    return [s for run in runs for s in run["seconds"][1:]]  # the first epoch traces


def row(name, what, before, runs, naive, command):
    seconds, first = seconds_of(runs), seconds_of(naive)
    predict, first_predict = (median([r["predict_seconds"] for r in rs]) for rs in (runs, naive))
    same = all(r["loss"] == naive[0]["loss"] and r["predictions"] == naive[0]["predictions"]
               for r in runs)
    return Row(f"naive/{name}", f"an epoch, {TITLE}, {ROWS} windows: {what}",
               target="losses and predictions the same bits",
               peer=f"naive: {times_text(first)}, grown by {bytes_text(naive[0]['grown'])}",
               measured=f"{times_text(seconds)}, grown by {bytes_text(runs[0]['grown'])}",
               ratio=f"{ratio_text(median(first) / median(seconds))}, of the stage before "
                     f"{ratio_text(median(before) / median(seconds))}",
               verdict=verdict(same), command=command, seconds=seconds, peer_seconds=first,
               note=f"naive/{name}: predicting all windows takes {time_text(predict)}, "
                    f"{ratio_text(first_predict / predict)} of the naive speed; epochs' losses "
                    f"{', '.join(f'{x:.6g}' for x in runs[0]['loss'])}")


def whole_row(bench):
    """Row C10 as it stands: 3 trainings of 100 epochs."""
    last = (WHOLE_ROWS, WHOLE_EPOCHS, REPETITIONS)
    naive, best = (stage(bench, name, *last) for name in ("naive", "trainer"))
    return Row("naive/whole", f"{REPETITIONS} x {WHOLE_EPOCHS} epochs, {TITLE}, {WHOLE_ROWS} "
               "windows, and predictions", target="the same losses",
               peer=f"naive: {time_text(naive['all_seconds'])}",
               measured=time_text(best["all_seconds"]),
               ratio=ratio_text(naive["all_seconds"] / best["all_seconds"]),
               verdict=verdict(naive["loss"] == best["loss"]),
               seconds=[best["all_seconds"]], peer_seconds=[naive["all_seconds"]])


def measure(bench):
    program = f"{bench.build}/bin/bench_naive"
    stages = process.peer_lines([program, "--list"])
    runs = measured(bench, [s["name"] for s in stages])
    naive, rows = runs["naive"], []
    before = seconds_of(naive)
    for s in stages:
        rows.append(row(s["name"], s["what"], before, runs[s["name"]], naive,
                        process.describe([program, s["name"], str(ROWS), str(EPOCHS)])))
        before = seconds_of(runs[s["name"]])
    return [*rows, whole_row(bench)]


NAIVE = Target("naive", "one training the naive way, then better step by step", measure)
