"""Promise: killed at any moment, the same command carries on and ends in the same result.

Tested: 200 times, a run of 20 000 x 20 rows with a cold cache (by mean absolute error, so that
each fit costs a pass over the data) is hit by SIGKILL at a random moment of its measured
duration: its coordinator, one of its children, or all of them at once.  One resume in four is
hit again.  The last resume must exit 0 with the uninterrupted run's summary.json and rounds/,
byte for byte; no process and no temporary is left.  The random numbers are seeded, the
machine's timing is not.
"""

import collections
import os
import random
import time

from stint_test import DONE, SANITIZED, Place, end, expect, main, results, same

TIMES = 40 if SANITIZED else 200
ROWS, COLUMNS = 20_000, 20
KEYS = dict(metric="mae", folds=4, n=4000, workers=2, threads=1)


def prepare(place, data):
    os.link(data, place / "data.csv")
    place.config("longer.yaml", **KEYS)


def strike(place, run, whom, random_):
    """Kill; returns what was hit, "nothing" when the run was over before."""
    if run.poll() is not None:
        return "nothing"
    if whom == "coordinator":
        run.kill()
        return whom
    if whom == "all":
        for pid in place.processes():
            end(pid)
        return whom
    children = [pid for pid in place.processes() if pid != run.pid]
    if not children:
        return "no child was there"
    end(random_.choice(children))
    return whom


def once(place, share, whom, seconds, random_):
    """A run that is hit after a share of the seconds; returns what was hit and its exit code."""
    run = place.start("run", "longer.yaml", "--run-dir", "run")
    time.sleep(share * seconds)
    hit = strike(place, run, whom, random_)
    _, said = run.communicate(timeout=120)
    place.alone()
    if hit in ("nothing", "no child was there"):
        expect(run.returncode == DONE, said)
    return hit, run.returncode


def interrupt(i, data, seconds, wanted, hits):
    """One kill, the resumes after it, and the comparison; False when there was nothing to hit."""
    random_ = random.Random(i)
    with Place() as place:
        prepare(place, data)
        whom = ("coordinator", "all", "child")[i % 3]
        # spread evenly, each within its own slice of the duration
        share = (i // 3 % (TIMES // 3) + random_.random()) / (TIMES // 3)
        hit, code = once(place, share, whom, seconds, random_)
        hits[hit] += 1
        if hit != whom:
            return False
        if random_.random() < 0.25:
            again, _ = once(place, random_.random(), "all", seconds, random_)
            hits["resume: " + again] += 1
        resumed = place.run("longer.yaml")
        try:
            expect(resumed.returncode == DONE, "resume:", resumed.stderr)
            same(wanted, place / "run")
            place.clean()
        except AssertionError as problem:
            raise AssertionError(f"kill {i}: {hit} at {share:.3f} of {seconds:.2f} s "
                                 f"(exit {code}): {problem}") from problem
        return True


def test_killed_at_random_moments():
    hits = collections.Counter()
    with Place() as data:
        data.csv("data.csv", rows=ROWS, columns=COLUMNS, seed=3)
        taken = []
        for _ in range(3):
            with Place() as finished:
                prepare(finished, data / "data.csv")
                began = time.monotonic()
                result = finished.run("longer.yaml")
                taken.append(time.monotonic() - began)
                expect(result.returncode == DONE, result.stderr)
                wanted = results(finished / "run")
        seconds = sorted(taken)[1]
        # one at a time: two at once would stretch the duration that was measured
        i = struck = 0
        while struck < TIMES:
            expect(i < 2 * TIMES, "too few kills met a living run:", dict(hits))
            struck += interrupt(i, data / "data.csv", seconds, wanted, hits)
            i += 1
    print(f"{struck} kills over {seconds:.2f} s:", dict(sorted(hits.items())))


if __name__ == "__main__":
    main()
