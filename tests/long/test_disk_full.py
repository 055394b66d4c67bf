"""Promise: a full disk is a clear error that names the file, and the run carries on once there
is room.  A failed fsync is final: the kernel may have dropped the pages, so trying again would
prove nothing.

Tested: each write, pwrite64 and fallocate of a small run and of a training to a file, of each of
its processes, is once answered by ENOSPC (`strace --inject`), and each fsync by EIO.  Every time the command
exits 1 and says which file, nothing incomplete has a final name, a failed fsync's file is not
synced again, and the same command then ends in the uninterrupted run's bytes.  The same on
tmpfs mounts of growing size, which fill up for real.
"""

import collections
import os
import re
import subprocess

import kill_points
import traced
from stint_test import (DONE, FAILURE, Place, each, expect, main, read, results, same, skip,
                        temporaries)


def finish(place, situation="fresh"):
    kill_points.prepare(place, situation, None)
    result = place.command(*kill_points.command(situation))
    expect(result.returncode == DONE, result.stderr)
    return results(place / "run")


def steady(path):
    """A file's name without what differs from run to run: directories, hashes, process ids."""
    return unvaried(os.path.basename(path))


def unvaried(text):
    return re.sub(r"[0-9a-f]{32}", "*", re.sub(r"(-0x[0-9a-f]+)?\.\d+\.tmp", ".tmp", text))


def names_the_file(said, path):
    """Does a message name the file, or the final name that its .tmp is for?"""
    said = unvaried(said)
    name = steady(path)
    if name.startswith("stint-test-"):
        return " .:" in said or " /" in said  # the directory that all is in
    return name in said or name.removesuffix(".tmp") in said


def errors_at(name_of_error, text_of_error, calls_that_fail, check=lambda *_: None,
              situation="fresh", step=1):
    """Answer each step-th call of these names by the error, once; resume; compare."""
    traced.needed()
    run = kill_points.command(situation)
    with Place() as finished:
        wanted = finish(finished, situation)
        with Place() as place:
            kill_points.prepare(place, situation, None)
            result, calls = traced.record(place, *run)
            expect(result.returncode == DONE, result.stderr)
            inside = place.path + "/"
        own = traced.own_path_n(calls)
        points = [call for call in traced.first_processes(calls)
                  if call.name in calls_that_fail and (call.path + "/").startswith(inside)][::step]
        problems = []

        def attempt(call):
            try:
                with Place() as place:
                    kill_points.prepare(place, situation, None)
                    failed, done = traced.inject(
                        place, call.role, f"{call.name}:error={name_of_error}:when={call.n}", own,
                        *run, more=calls_that_fail + ("exit_group",))
                    expect(done, "never came to it")
                    expect(failed.returncode == FAILURE, "exit", failed.returncode, failed.stderr)
                    expect(text_of_error in failed.stderr, "does not say why:", failed.stderr)
                    expect(names_the_file(failed.stderr, call.path),
                           "does not name the file:", failed.stderr)
                    if os.path.exists(place / "run"):
                        kill_points.whole_so_far(wanted, place / "run")
                    check(place, call)
                    resumed = place.command(*run)
                    expect(resumed.returncode == DONE, "resume:", resumed.stderr)
                    same(wanted, place / "run")
                    place.clean()
            except AssertionError as problem:
                problems.append(f"{call.role} {call.name} {call.n} of {steady(call.path)}: {problem}")

        each(attempt, points)
        of = collections.Counter(f"{p.role} {p.name}" for p in points)
        print(f"{name_of_error}: {len(points)} points:",
              ", ".join(f"{n} {what}" for what, n in sorted(of.items())))
        expect(not problems, f"{len(problems)} went wrong, the first:\n  ",
               "\n  ".join(problems[:40]))


def test_no_space_at_each_write():
    errors_at("ENOSPC", "No space left", traced.WRITES)


def test_no_space_at_writes_of_a_training():
    errors_at("ENOSPC", "No space left", traced.WRITES, situation="training", step=3)


def test_a_failed_sync_is_final():
    sync_fails("fresh")


def test_a_failed_sync_of_a_training_is_final():
    sync_fails("training")


def sync_fails(situation):
    def not_again(place, call):
        synced = [re.search(r"<([^>]*)>", line)[1] + (" failed" if "(INJECTED" in line else "")
                  for line in read(place / "inject.strace").decode().splitlines()
                  if "fsync(" in line]
        failed = [i for i, path in enumerate(synced) if path.endswith(" failed")]
        expect(len(failed) == 1, "not one failed fsync:", synced)
        path = synced[failed[0]].removesuffix(" failed")
        expect(path not in synced[failed[0] + 1:], path, "was synced again")

    errors_at("EIO", "Input/output error", traced.SYNCS, not_again, situation)


# --- a disk that fills up ------------------------------------------------------------------------


def mount(path, kib, *more):
    options = ",".join((f"size={kib}k",) + more)
    return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "stint-test", path],
                          capture_output=True, text=True)


def test_small_disks():
    with Place() as outside:
        wanted = finish(outside)
        disk = outside / "disk"
        os.mkdir(disk)
        tried = mount(disk, 64)
        if tried.returncode:
            skip("no tmpfs can be mounted here: " + tried.stderr.strip())
        subprocess.run(["umount", disk], check=True)
        full, kib, ended = 0, 16, False
        while not ended:
            expect(kib < 16384, "the run does not even end on a disk of", kib, "KiB")
            expect(mount(disk, kib).returncode == 0, "mount failed")
            try:
                with Place(under=disk) as place:
                    ended = fills_up(place, kib, wanted)
                    full += not ended
            finally:
                subprocess.run(["umount", disk], check=True)
            kib += 8
        print(f"{full} disks of 16 to {kib - 16} KiB were too small, {kib - 8} KiB is enough")
        expect(full > 5, "too few sizes were too small")


def fills_up(place, kib, wanted):
    """Run on a small disk, then on the same one with room; was the first run able to end?"""
    kill_points.prepare(place, "fresh", None)
    first = place.run("small.yaml")
    if first.returncode == DONE:
        same(wanted, place / "run")
        return True
    said = f"{kib} KiB: {first.stderr}"
    expect(first.returncode == FAILURE, "exit", first.returncode, said)
    expect("No space left" in first.stderr, "does not say why:", said)
    expect(place.path in first.stderr or "run/" in first.stderr, "names no file:", said)
    place.alone()
    if os.path.exists(place / "run"):
        kill_points.whole_so_far(wanted, place / "run")
    # a second try without room fails as clearly, or needs less and ends; it spoils nothing
    second = place.run("small.yaml")
    expect(second.returncode == DONE or "No space left" in second.stderr, said, second.stderr)
    grown = subprocess.run(["mount", "-o", "remount,size=64m", os.path.dirname(place.path)],
                           capture_output=True, text=True)
    expect(grown.returncode == 0, grown.stderr)
    resumed = place.run("small.yaml")
    expect(resumed.returncode == DONE, f"{kib} KiB: resume:", resumed.stderr)
    same(wanted, place / "run")
    place.clean()
    return False


if __name__ == "__main__":
    main()
