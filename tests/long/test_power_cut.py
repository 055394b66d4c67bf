"""Promise: after a power cut the same command carries on and ends in the same result.

Tested: strace records each write, fsync, rename, unlink, truncation and creation of a run, of
all its processes; for the moment after each of them a disk is built on which what was not yet
fsynced is gone, in four ways (power_cut.py states the model: file bytes last by fsync of the
file, names by fsync of the directory).  From every such disk the run must carry on to exit 0
and to the uninterrupted run's summary.json and rounds/, byte for byte, without temporaries.
What was already promised must be there: once the run has said its verdict, no cut may lose it.
"""

import hashlib
import random

import kill_points
import power_cut
import traced
from stint_test import DONE, Place, each, expect, main, results, same


def states_of(situation, finished):
    """{hash: (what was cut, state)}: every different disk after a cut of an uninterrupted run."""
    found = {}
    with Place() as place:
        kill_points.prepare(place, situation, finished)
        disk = power_cut.Disk(place.path)
        result, calls = power_cut.run_seen(place, "run", "small.yaml", "--run-dir", "run")
        expect(result.returncode == DONE, result.stderr)
        cuts = 0
        for pid, text in calls:
            if not disk.call(pid, text):
                continue
            cuts += 1
            for mode in power_cut.MODES:
                state = disk.after(mode, random.Random(f"{cuts}/{mode}"))
                digest = hashlib.sha256()
                for path, content in sorted(state.items()):
                    digest.update(repr((path, content)).encode())
                found.setdefault(digest.digest(), (f"{mode} after {cuts}: {text[:60]}", state))
        # the model itself: with everything kept, the disk is the real one
        for path, content in disk.after("now").items():
            if content is not None:
                with open(place / path, "rb") as f:
                    expect(f.read() == content, "the model went wrong about", path)
    return found, cuts, disk


def cut(situation):
    traced.needed()
    with Place() as finished:
        kill_points.prepare(finished, "fresh", None)
        result = finished.run("small.yaml")
        expect(result.returncode == DONE, result.stderr)
        wanted = results(finished / "run")
        states, cuts, disk = states_of(situation, finished)
        problems = []

        def attempt(item):
            said, state = item
            try:
                with Place() as place:
                    power_cut.put_back(state, place.path)
                    resumed = place.run("small.yaml")
                    expect(resumed.returncode == DONE, "resume:", resumed.stderr)
                    same(wanted, place / "run")
                    place.clean()
            except AssertionError as problem:
                problems.append(f"{said}: {problem}")

        each(attempt, states.values())
        print(f"{situation}: {cuts} cuts, {len(states)} different disks")
        expect(not problems, f"{len(problems)} disks went wrong, the first:\n  ",
               "\n  ".join(problems[:10]))
        with Place() as place:
            power_cut.put_back(disk.after("lost"), place.path)
            same(wanted, place / "run")


def test_cut_in_a_fresh_run():
    cut("fresh")


def test_cut_in_a_run_that_repairs():
    cut("damaged")


if __name__ == "__main__":
    main()
