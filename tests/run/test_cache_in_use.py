"""The cache while it is in use: a limit that is too small costs a run nothing but making its
files again, whoever else uses the same cache; and what was read while its source changed is
never kept.
"""

import os
import signal
import time

from stint_test import DATA, DONE, Place, expect, main, same


def prepare(place, rows=60, **more):
    place.csv("data.csv", rows=rows, columns=3)
    place.config("small.yaml", **{**dict(folds=2, n=6), **more})


def finished(place, run_dir, *flags):
    result = place.run("small.yaml", run_dir, *flags)
    expect(result.returncode == DONE, run_dir, result.returncode, result.stderr)


def names(place, kind):
    folder = os.path.join(place.cache, kind)
    return os.listdir(folder) if os.path.exists(folder) else []


def cached(place, kind):
    """Whole files, without their records."""
    return [n for n in names(place, kind) if not n.endswith((".ok", ".tmp"))]


def test_a_limit_below_what_a_run_needs():
    with Place() as place:
        prepare(place)
        finished(place, "reference")
        for name in ("empty", "again"):
            finished(place, name, "--cache-limit", "1KiB")
            same(place / "reference", place / name)
        finished(place, "fresh", "--cache-limit", "1KiB", "--workers", "2")
        same(place / "reference", place / "fresh")
        place.clean("fresh")


def test_a_later_put_trims_the_cache():
    with Place() as place:
        prepare(place)
        finished(place, "first")
        expect(len(cached(place, "columns")) == 1 and len(cached(place, "split")) == 1)
        prepare(place, rows=70)
        finished(place, "second", "--cache-limit", "1KiB")
        left = cached(place, "columns") + cached(place, "split")
        expect(len(left) == 2, "the first run's files are still there:", left)


def test_another_run_does_not_take_what_a_run_uses():
    with Place() as place:
        prepare(place, n=4000, folds=10)
        first = place.start("run", "small.yaml", "--run-dir", "first", "--max-configs", "4000")
        while not cached(place, "split"):
            expect(first.poll() is None, "the first run ended at once")
            time.sleep(0.001)
        first.send_signal(signal.SIGSTOP)
        used = cached(place, "columns") + cached(place, "split")
        prepare(place, rows=70)
        finished(place, "second", "--cache-limit", "1KiB")
        first.send_signal(signal.SIGCONT)
        left = cached(place, "columns") + cached(place, "split")
        expect(set(used) <= set(left), "taken from the first run:", used, left)
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=60)


def test_data_that_changes_while_it_is_read_is_not_kept():
    with Place() as place:
        prepare(place, rows=200_000)
        run = place.start("run", "small.yaml", "--run-dir", "run")
        while not any(n.endswith(".tmp") for n in names(place, "columns")):
            expect(run.poll() is None, "nothing was read")
            time.sleep(0.001)
        run.send_signal(signal.SIGSTOP)
        with open(place / "data.csv", "r+b") as data:
            data.seek(-2, os.SEEK_END)
            digit = data.read(1)
            data.seek(-2, os.SEEK_END)
            data.write(b"1" if digit != b"1" else b"2")
        run.send_signal(signal.SIGCONT)
        _, said = run.communicate(timeout=60)
        expect(run.returncode == DATA, run.returncode, said)
        expect("data.csv: the data changed while it was read; run again" in said, said)
        expect(not names(place, "columns"), "the cache keeps", names(place, "columns"))
        finished(place, "run")


if __name__ == "__main__":
    main()
