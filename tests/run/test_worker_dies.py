"""Promise: a worker that dies costs one retry, then a failed record with the reason, and the
run goes on.  A retry that succeeds leaves no trace in the results; a trial that failed marks
them `reproducible: false` with the reason, and the next run makes it again.

Tested: a worker that kills itself in its first task (a fault that test builds can inject), or
that is killed from outside, once; and workers that die in each of their tasks.
"""

import json
import time

from stint_test import (DONE, FAILURE, Place, difference, end, expect, main, read, results, same,
                        skip, write)

CRASH = {"STINT_FAULT": "worker:crash:1"}  # without STINT_FAULT_ONCE: every worker, each time


def prepare(place, **more):
    place.csv("data.csv", rows=60, columns=3)
    place.config("small.yaml", **{**dict(folds=2, n=6, workers=2), **more})


def finish(place):
    result = place.run("small.yaml", "reference")
    expect(result.returncode == DONE, result.stderr)
    return results(place / "reference")


def retries(run_dir):
    return json.loads(read(run_dir + "/environment.json"))["retries"]


def journalled(run_dir):
    """Statuses by trial, the last record of each."""
    lines = [json.loads(line) for line in read(run_dir + "/journal.jsonl").splitlines()[1:]]
    return {line["trial"]: line["status"] for line in lines}


def needs_faults(place):
    """Skip where the command was built without faults; returns the run where all trials died."""
    result = place.run("small.yaml", "dying", env=CRASH)
    if result.returncode == DONE and retries(place / "dying") == 0:
        skip("this build has no fault injection")
    return result


def test_a_worker_that_dies_once_leaves_no_trace():
    with Place() as place:
        prepare(place)
        wanted = finish(place)
        needs_faults(place)
        result = place.run("small.yaml", env={**CRASH, "STINT_FAULT_ONCE": place / "once"})
        expect(result.returncode == DONE, result.stderr)
        expect("signal 9" in result.stderr, "does not say how it died:", result.stderr)
        expect(retries(place / "run") == 1, "retries:", retries(place / "run"))
        same(wanted, place / "run")
        place.clean()


def test_a_worker_killed_from_outside_leaves_no_trace():
    with Place() as place:
        place.csv("data.csv", rows=4000, columns=20)
        place.config("small.yaml", folds=4, n=800, workers=2, metric="mae")
        wanted = finish(place)
        killed = 0
        for i in range(12):
            run = place.start("run", "small.yaml", "--run-dir", f"run-{i}")
            hit = None
            while run.poll() is None and not hit:
                workers = [p for p in place.processes() if b"\0worker\0" in cmdline(p)]
                if workers:
                    time.sleep(0.004 * i)
                    hit = workers[i % len(workers)]
                    end(hit)
            _, said = run.communicate(timeout=60)
            killed += "signal 9" in said
            expect(run.returncode == DONE, said)
            same(wanted, place / f"run-{i}")
            place.clean(f"run-{i}")
        print(f"{killed} of 12 workers were killed in a task")
        expect(killed, "no worker was killed in time")


def cmdline(pid):
    try:
        return read(f"/proc/{pid}/cmdline")
    except OSError:
        return b""


def test_trials_that_always_fail_are_marked_and_made_again():
    with Place() as place:
        prepare(place)
        wanted = finish(place)
        needs_faults(place)
        # half of the search is done; then all workers die
        place.run("small.yaml")
        journal = read(place / "run/journal.jsonl").splitlines(keepends=True)
        kept = 1 + 6
        write(place / "run/journal.jsonl", b"".join(journal[:kept]))
        done = set(journalled(place / "run"))
        result = place.run("small.yaml", env=CRASH)
        expect(result.returncode == DONE, result.returncode, result.stderr)
        expect("failed twice" in result.stderr and "signal 9" in result.stderr, result.stderr)
        statuses = journalled(place / "run")
        expect({t for t, s in statuses.items() if s == "failed"} == set(range(12)) - done, statuses)
        summary = json.loads(read(place / "run/summary.json"))
        expect(summary["reproducible"] is False, summary)
        expect("6 of 12 fits failed" in summary["reason"], summary)
        expect(difference(wanted, results(place / "run")), "failures left no trace")
        place.clean()
        # dying again changes nothing; without the fault, the failed ones are made and all is well
        again = place.run("small.yaml", env=CRASH)
        expect(again.returncode == DONE, again.stderr)
        expect(json.loads(read(place / "run/summary.json")) == summary)
        resumed = place.run("small.yaml")
        expect(resumed.returncode == DONE, resumed.stderr)
        same(wanted, place / "run")
        place.clean()


def test_fits_that_fail_each_time_say_why_and_are_counted_once():
    with Place() as place:
        prepare(place)
        place.config("far.yaml", "data: {source: data.csv, target: y}\nsplit: {folds: 2}\n"
                     "search: {models: [linear, knn: {n_neighbors: [3, 40]}]}\n")
        for _ in range(2):
            result = place.run("far.yaml")
            expect(result.returncode == DONE, result.stderr)
            expect(b"n_neighbors is 40" in read(place / "run/log.txt"), result.stderr)
            reason = json.loads(read(place / "run/summary.json"))["reason"]
            expect(reason.startswith("2 of 6 fits failed"), reason)
            status = json.loads(place.command("status", "run", "--json").stdout)
            expect((status["fits_done"], status["fits"]) == (4, 6), status)
            place.clean()


def test_a_fit_without_a_score_says_so():
    with Place() as place:
        rows = ["a,part,y"] + [f"{i * 7 % 13},{'test' if i < 20 else i % 2},{'uv'[i // 2 % 2]}"
                               for i in range(60)]
        rows += [f"{i},2,u" for i in range(9)]
        write(place / "data.csv", "\n".join(rows) + "\n")
        place.config("one.yaml", "data: {source: data.csv, target: y, task: classification}\n"
                     "split: {by: column, column: part, missing_class: allow, "
                     "duplicates: allow}\n"
                     "search: {metric: roc_auc, models: [knn: {n_neighbors: [3, 5]}]}\n")
        result = place.run("one.yaml")
        expect(result.returncode == FAILURE, result.returncode, result.stderr)
        expect("no configuration was fitted on every fold" in result.stderr, result.stderr)
        said = read(place / "run/log.txt").decode()
        expect("trial 2 and 1 more failed: their scores are not finite numbers" in said, said)


def test_no_trial_at_all_is_a_failure_that_the_next_run_mends():
    with Place() as place:
        prepare(place)
        wanted = finish(place)
        result = needs_faults(place)
        expect(result.returncode == FAILURE, result.returncode, result.stderr)
        expect("no configuration was fitted on every fold" in result.stderr, result.stderr)
        expect(not results(place / "dying"), "results of nothing:", list(results(place / "dying")))
        place.alone()
        resumed = place.run("small.yaml", "dying")
        expect(resumed.returncode == DONE, resumed.stderr)
        same(wanted, place / "dying")
        place.clean("dying")


if __name__ == "__main__":
    main()
