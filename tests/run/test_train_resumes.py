"""A training that is killed, interrupted or cut by its time carries on, in the middle of an epoch
too, and ends in the bytes of one that never stopped."""

import json
import os
import shutil
import signal
import time

from small_nets import BATTERY, CASES, DIGITS, adamw, make_data, train, trained
from stint_test import BUDGET, DONE, Place, each, expect, main, read, same, skip

INTERRUPTED = 130

# Long enough to be hit: dropout draws numbers, accumulation spans batches, validation waits.
LONG = {
    "layers": ("digits", DIGITS + "model: {net: {layers: [{linear: {units: 64}}, relu, "
               "{dropout: {p: 0.3}}, {linear: {units: 32}}, relu]}}\n" +
               adamw(6, 3e-3, 32, ", accumulate: 2, checkpoint_every: 2, log_every: 1")),
    "series": ("battery", BATTERY + "model: {lstm: {hidden: 16, window: 30, dropout: 0.1, "
               "layers: 2}}\n" + adamw(8, 1e-2, 16, ", schedule: {cosine: {steps: 8}}, clip: norm, "
                                       "checkpoint_every: 2, log_every: 1") +
               "stream: {warm_up: 30, filter: butterworth}\n"),
    "phases": ("digits", DIGITS + "model: {mlp: {hidden: 48, norm: batch}}\n" +
               adamw(4, 1e-2, 64, ", repetitions: 2, patience: 2, exploit_epochs: 2, "
                     "checkpoint_every: 2, log_every: 1")),
}


def prepare(place, name, more=""):
    data, text = LONG[name]
    make_data(place, data)
    return place.config("long.yaml", text + more)


def start(place, config, run_dir="run", *arguments):
    return place.start("train", config, "--run-dir", run_dir, *arguments)


def stamp(path):
    try:
        return os.stat(path).st_mtime_ns
    except FileNotFoundError:
        return None


def after_checkpoints(place, process, n, run_dir="run"):
    """Wait until n more checkpoints were seen; False when the process ended before."""
    path = place / f"{run_dir}/training/last.safetensors"
    last = stamp(path)
    while n > 0:
        if process.poll() is not None:
            return False
        now = stamp(path)
        n, last = n - (now != last), now
        time.sleep(0.0005)
    return process.poll() is None


def lines(path):
    return read(path).count(b"\n") if os.path.exists(path) else 0


def strike(place, process, how, run_dir="run"):
    """Send the signal in mid-training; False when it came before or that was over."""
    process.send_signal(how)
    _, said = process.communicate(timeout=120)
    place.alone()
    if process.returncode == DONE:
        return False
    expect(process.returncode in (-how, INTERRUPTED), process.returncode, said)
    expect(how == signal.SIGKILL or "to carry on" in said, said)
    return not os.path.exists(place / f"{run_dir}/rounds/001")


def killed_again_and_again(name):
    """Kill one directory's training several times, each time a few checkpoints further."""
    with Place() as place:
        config = prepare(place, name)
        trained(place, config, "whole")
        whole = lines(place / "whole/training/batches.csv")
        hits = 0
        for n in (1, 7, 21):
            process = start(place, config)
            if not after_checkpoints(place, process, n):
                _, said = process.communicate(timeout=120)
                expect(process.returncode == DONE, process.returncode, said)
                continue
            hits += strike(place, process, signal.SIGKILL)
            if hits:
                expect(lines(place / "run/training/batches.csv") <= whole, "more than there is")
        expect(hits >= 2, "only", hits, "kills met a training")
        trained(place, config)
        same(place / "whole", place / "run")
        for log in ("epochs.csv", "batches.csv", "summary.json"):
            expect(read(place / f"run/training/{log}") == read(place / f"whole/training/{log}"), log)
        place.clean()


def test_killed_in_mid_epoch():
    each(killed_again_and_again, ["layers", "series"])


def test_killed_between_phases_and_repetitions():
    killed_again_and_again("phases")


def test_an_interrupt_is_carried_on_from():
    """Ctrl-C: the step ends, a checkpoint is written, although none is asked for within epochs."""
    with Place() as place:
        config = prepare(place, "layers")
        epochs = 150
        flags = ("--set", "train.checkpoint_every=0", "--set", f"train.epochs={epochs}")
        trained(place, config, "warm", *flags)
        began = time.monotonic()
        trained(place, config, "whole", *flags)
        seconds = time.monotonic() - began
        for part in (0.5, 0.3, 0.6, 0.4, 0.2, 0.7):
            shutil.rmtree(place / "run", ignore_errors=True)
            process = start(place, config, "run", *flags)
            time.sleep(seconds * part)
            met = strike(place, process, signal.SIGINT)
            if met and 0 < lines(place / "run/training/epochs.csv") - 1 < epochs:
                break
        else:
            skip("no interrupt met the training")
        expect(process.returncode == INTERRUPTED, process.returncode)
        status = place.command("status", "run")
        expect(status.returncode == DONE and "done" not in status.stdout.split(";")[0],
               status.stdout, status.stderr)
        expect(not os.path.exists(place / "run/summary.json"), "a summary of half a training")
        kept = lines(place / "run/training/batches.csv")
        per_epoch = lines(place / "whole/training/batches.csv") // epochs
        ended = lines(place / "run/training/epochs.csv") - 1
        expect(kept - 1 >= ended * per_epoch, kept, ended)
        trained(place, config, "run", *flags)
        same(place / "whole", place / "run")
        place.clean()


def cut(place, config, flags, seconds):
    """Run with ever other shares of the time until it cuts the training behind its first epoch."""
    for part in (0.5, 0.7, 0.4, 0.6, 0.8, 0.3, 0.9):
        shutil.rmtree(place / "run", ignore_errors=True)
        result = train(place, config, "run", *flags(f"{seconds * part:.3f}"))
        if result.returncode == BUDGET and os.path.exists(place / "run/summary.json"):
            return result
        expect(result.returncode in (DONE, BUDGET), result.returncode, result.stderr)
    skip("no time limit fell between the first epoch and the last")


def limited(flags):
    with Place() as place:
        config = prepare(place, "series")
        trained(place, config, "warm")
        began = time.monotonic()
        trained(place, config, "whole")
        result = cut(place, config, flags, time.monotonic() - began)
        expect("carry on" in result.stderr, result.stderr)
        summary = json.loads(read(place / "run/summary.json"))
        expect(summary["reproducible"] is False and summary["complete"] is False, summary)
        expect("time" in summary["reason"], summary)
        metrics = json.loads(read(place / "run/rounds/001/metrics.json"))
        expect(1 <= metrics["training"]["epochs"] < 8, metrics["training"])
        expect(os.path.exists(place / "run/report.html"), "no report of what was finished")
        expect(lines(place / "run/journal.jsonl") == 1, "a score is kept that does not stand")
        predicted = place.command("predict", "run", "battery.csv")
        expect(predicted.returncode == DONE, predicted.stderr)
        trained(place, config)
        summary = json.loads(read(place / "run/summary.json"))
        expect(summary["reproducible"] is True and "reason" not in summary, summary)
        same(place / "whole", place / "run")
        place.clean()


def test_a_budget_of_time_leaves_the_best_so_far():
    limited(lambda seconds: ["--time", seconds + "s"])


def test_a_time_limit_of_the_training_does_too():
    limited(lambda seconds: ["--set", "train.time_limit=" + seconds])


def test_a_limit_within_the_first_epoch_leaves_what_carries_on():
    with Place() as place:
        config = CASES["mlp"].prepare(place)
        trained(place, config, "whole")
        result = train(place, config, "run", "--set", "train.time_limit=1e-9")
        expect(result.returncode == BUDGET, result.returncode, result.stderr)
        expect("time limit" in result.stderr and "to carry on" in result.stderr, result.stderr)
        expect(not os.path.exists(place / "run/rounds/001"), "a round of nothing")
        expect(not os.path.exists(place / "run/summary.json"), "a summary of nothing")
        trained(place, config)
        same(place / "whole", place / "run")
        place.clean()


if __name__ == "__main__":
    main()
