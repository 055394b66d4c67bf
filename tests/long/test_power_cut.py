"""Promise: after a power cut the same command carries on and ends in the same result.

Tested: strace records each write, fsync, rename, unlink, truncation and creation of a run, of
all its processes; for the moment after each of them (after some, of a training) a disk is built on
which what was not yet fsynced is gone, in four ways (power_cut.py states the model: file bytes last
by fsync of the file, names by fsync of the directory).  From every such disk the run must carry on to exit 0
and to the uninterrupted run's summary.json and rounds/, byte for byte, without temporaries.
Once a run has ended, no cut may lose its result: summary.json and rounds/ are there as they
are, without a resume.

That the test would notice is tested too: in a build with fault injection, runs that leave out
one fsync each are seen to lose their result.
"""

import hashlib
import random

import kill_points
import power_cut
import traced
from stint_test import DONE, Place, difference, each, expect, main, results, same, skip

RUN = kill_points.command("fresh")


def finish(place, situation="fresh"):
    """An uninterrupted run, and its results."""
    kill_points.prepare(place, "fresh" if situation == "damaged" else situation, None)
    result = place.command(*kill_points.command(situation))
    expect(result.returncode == DONE, result.stderr)
    return results(place / "run")


def cuts_of(situation, finished, each_cut):
    """Record a run; each_cut(number, call, disk) after every call of it that counts."""
    with Place() as place:
        kill_points.prepare(place, situation, finished)
        disk = power_cut.Disk(place.path)
        result, calls = power_cut.run_seen(place, *kill_points.command(situation))
        expect(result.returncode == DONE, result.stderr)
        cuts = 0
        for pid, text in calls:
            if disk.call(pid, text):
                cuts += 1
                each_cut(cuts, text, disk)
        for path, content in disk.after("now").items():
            expect(content is None or open(place / path, "rb").read() == content,
                   "the model went wrong about", path)
        return cuts, disk


def lost_after_the_end(wanted, disk):
    """What of a finished run's result a cut takes away; "" when nothing."""
    for mode in power_cut.MODES[:3]:
        with Place() as place:
            power_cut.put_back(disk.after(mode), place.path)
            said = difference(wanted, results(place / "run"))
            if said:
                return f"{mode}: {said}"
    return ""


def cut(situation, step=1):
    """Cut after every step-th call."""
    traced.needed()
    with Place() as finished:
        wanted = finish(finished, situation)
        states = {}  # {hash: (how it came about, state)}: every different disk

        def collect(number, text, disk):
            for mode in power_cut.MODES if number % step == 0 else ():
                state = disk.after(mode, random.Random(f"{number}/{mode}"))
                digest = hashlib.sha256()
                for path, content in sorted(state.items()):
                    digest.update(repr((path, content)).encode())
                states.setdefault(digest.digest(), (f"{mode} after {number}: {text[:40]}", state))

        cuts, disk = cuts_of(situation, finished, collect)
        problems = []

        def attempt(item):
            how, state = item
            try:
                with Place() as place:
                    power_cut.put_back(state, place.path)
                    resumed = place.command(*kill_points.command(situation))
                    expect(resumed.returncode == DONE, "resume:", resumed.stderr)
                    same(wanted, place / "run")
                    place.clean()
            except AssertionError as problem:
                problems.append(f"{how}: {problem}")

        each(attempt, states.values())
        print(f"{situation}: {cuts} cuts, {len(states)} different disks")
        expect(not problems, f"{len(problems)} disks went wrong, the first:\n  ",
               "\n  ".join(problems[:10]))
        said = lost_after_the_end(wanted, disk)
        expect(not said, "lost after the end:", said)


def test_cut_in_a_fresh_run():
    cut("fresh")


def test_cut_in_a_run_that_repairs():
    cut("damaged")


def test_cut_in_runs_of_classes_and_angles():
    cut("classes")
    cut("angles")


def test_cut_in_a_training():
    cut("training", step=4)


def test_a_missing_fsync_is_noticed():
    """Files of a round are synced twice (by themselves and before the manifest), so that not
    every one is missed; those of the last steps are."""
    traced.needed()
    with Place() as finished:
        wanted = finish(finished)
        with Place() as place:
            kill_points.prepare(place, "fresh", None)
            _, calls = traced.record(place, *RUN)
        syncs = [call for call in calls if call.role == "run" and call.name == "fsync"]

        def attempt(call):
            with Place() as place:
                kill_points.prepare(place, "fresh", None)
                disk = power_cut.Disk(place.path)
                _, calls = power_cut.run_seen(
                    place, *RUN, env={"STINT_FAULT": f"run:skip-fsync:{call.n}"})
                made = sum(disk.call(pid, text) and "fsync(" in text
                           and disk.roles.role[pid] == "run" for pid, text in calls)
                return made, lost_after_the_end(wanted, disk)

        made, _ = attempt(syncs[0])
        if made == len(syncs):
            skip("this build has no fault injection")
        missed = [call.path.rpartition("run/")[2] or "run"
                  for call, (_, said) in zip(syncs, each(attempt, syncs)) if said]
        print(f"{len(missed)} of {len(syncs)} left-out fsyncs lose a finished result:", missed)
        for name in ("summary.json.tmp", "rounds/001.tmp/MANIFEST.json.tmp"):
            expect(name in missed, "nobody noticed that there was no fsync of", name)
        expect(any(name.endswith("rounds") for name in missed), "nor one of rounds/")


if __name__ == "__main__":
    main()
