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

from stint_test import DONE, SANITIZED, Place, each, end, expect, main, results, same

TIMES = 40 if SANITIZED else 200
ROWS, COLUMNS = 20_000, 20
KEYS = dict(metric="mae", folds=4, n=60, workers=2, threads=1)


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


def test_killed_at_random_moments():
    with Place() as data:
        data.csv("data.csv", rows=ROWS, columns=COLUMNS, seed=3)
        with Place() as finished:
            prepare(finished, data / "data.csv")
            began = time.monotonic()
            result = finished.run("longer.yaml")
            seconds = time.monotonic() - began
            expect(result.returncode == DONE, result.stderr)
            wanted = results(finished / "run")
        hits = collections.Counter()

        def attempt(i):
            random_ = random.Random(i)
            with Place() as place:
                prepare(place, data / "data.csv")
                whom = ("coordinator", "all", "child")[i % 3]
                # spread evenly, each within its own slice of the duration
                share = ((i // 3) + random_.random()) / (TIMES / 3)
                hit, code = once(place, share, whom, seconds, random_)
                hits[hit] += 1
                if random_.random() < 0.25:
                    again, _ = once(place, random_.random(), "all", seconds, random_)
                    hits["resume: " + again] += 1
                resumed = place.run("longer.yaml")
                expect(resumed.returncode == DONE, f"kill {i}: {hit}: resume:", resumed.stderr)
                try:
                    same(wanted, place / "run")
                    place.clean()
                except AssertionError as problem:
                    raise AssertionError(f"kill {i}: {hit} at {share:.3f} of {seconds:.2f} s "
                                         f"(exit {code}): {problem}") from problem

        # one at a time: two at once would stretch the duration that was measured
        each(attempt, range(TIMES), at_once=1)
        print(f"{TIMES} kills over {seconds:.2f} s:", dict(sorted(hits.items())))
        struck = sum(hits[whom] for whom in ("coordinator", "all", "child"))
        expect(struck > TIMES // 2, "too few kills met a living run")


if __name__ == "__main__":
    main()
