"""Mutation tests: each fault that a build can inject into itself makes one of the checks fail."""

import json

import durability
import test_oracle
import traced
from stint_test import DONE, Place, difference, expect, main, read, results, same, skip


def small(place):
    place.csv(rows=120, columns=4)
    return place.config("c.yaml", n=6, folds=4)


def reference(place):
    expect(place.run("c.yaml", "reference").returncode == DONE)
    if place.command("--version", env={"STINT_FAULT": "x"}).returncode != DONE:
        skip("the command does not start")
    return results(place / "reference")


def with_fault(place, fault, run_dir="faulty"):
    result = place.run("c.yaml", run_dir, env={"STINT_FAULT": fault})
    return result, results(place / run_dir)


def retries(place, run_dir="faulty"):
    return json.loads(read(place / f"{run_dir}/environment.json"))["retries"]


def test_another_merge_order_changes_the_bytes():
    """What the tests of equal bytes would see: the last bits of some scores."""
    with Place() as place:
        small(place)
        wanted = reference(place)
        for n in (0, 1):
            result, got = with_fault(place, f"worker:merge-order:{n}", f"faulty-{n}")
            expect(result.returncode == DONE, result.stderr)
            expect("metrics.json" in difference(wanted, got), "the fault was not seen, n =", n)
        result, got = with_fault(place, "none:merge-order:0", "no fault")
        expect(not difference(wanted, got), difference(wanted, got))


def test_a_leak_fails_its_task_and_is_named():
    """Once: the task's records are not taken, it runs again.  Always: its fit is a failed one."""
    with Place() as place:
        small(place)
        wanted = reference(place)
        result = place.run("c.yaml", "faulty", env={
            "STINT_FAULT": "worker:leak:1", "STINT_FAULT_ONCE": place / "fired"})
        expect(result.returncode == DONE, result.stderr)
        expect("leak: " in result.stderr and "src/model/ridge.c:" in result.stderr, result.stderr)
        expect(retries(place) == 1, "the task was not run again")
        same(wanted, place / "faulty")
        expect(retries(place, "reference") == 0)
        result, _ = with_fault(place, "worker:leak:1", "leaks-again")
        expect(result.returncode == DONE and "failed twice" in result.stderr, result.stderr)
        summary = json.loads(read(place / "leaks-again/summary.json"))
        expect(not summary["reproducible"], summary)


def test_an_exceeded_estimate_is_told_and_run_again_alone():
    with Place() as place:
        small(place)
        wanted = reference(place)
        for n in (0, 1):
            run_dir = f"faulty-{n}"
            result, got = with_fault(place, f"worker:overalloc:{n}", run_dir)
            expect(result.returncode == DONE, result.stderr)
            expect("out of memory" in result.stderr and "runs again alone" in result.stderr,
                   result.stderr)
            expect(retries(place, run_dir) > 0, "the estimate was exceeded and nothing says so")
            same(wanted, got)


def test_a_scaler_fitted_on_all_rows_is_seen_by_the_oracle():
    case = test_oracle.cases()["scaled"]
    expect(not test_oracle.disagreement(case), "without a fault")
    said = test_oracle.disagreement(case, env={"STINT_FAULT": "worker:scale-all:0"})
    expect("scores of folds off" in said, "the fault was not seen:", said)


def test_a_crash_of_a_worker_costs_a_retry_and_changes_nothing():
    with Place() as place:
        small(place)
        wanted = reference(place)
        result = place.run("c.yaml", "faulty", env={
            "STINT_FAULT": "worker:crash:1", "STINT_FAULT_ONCE": place / "fired"})
        expect(result.returncode == DONE, result.stderr)
        expect("killed by signal 9" in result.stderr and retries(place) == 1, result.stderr)
        same(wanted, place / "faulty")
        place.clean("faulty")


# --- durability ---------------------------------------------------------------------------------


def synced_by_the_run(events):
    """The coordinator's fsyncs in order: what skip-fsync counts.  It is the first to speak."""
    return [e for e in events if e.call == "synced" and e.pid == events[0].pid]


def test_every_lasting_name_is_synced():
    traced.needed()
    with Place() as place:
        small(place)
        events = durability.watch(place, "run", "c.yaml", "--run-dir", "run")
        said = durability.weaknesses(events, place / "run")
        expect(not said, "\n".join(said))
        renamed = {e.to for e in events if e.call == "renamed"}
        expect({place / "run/rounds/001", place / "run/summary.json"} <= renamed, sorted(renamed))
        events = durability.watch(place, "run", "c.yaml", "--run-dir", "run")  # told again
        said = durability.weaknesses(events, place / "run")
        expect(not said, "\n".join(said))


def test_a_skipped_fsync_is_seen():
    """Leave out one fsync after the other: those that matter are missed by weaknesses()."""
    traced.needed()
    with Place() as place:
        small(place)
        reference(place)  # the cache is filled
        events = durability.watch(place, "run", "c.yaml", "--run-dir", "run")
        expect(not durability.weaknesses(events, place / "run"), "without a fault")
        synced = synced_by_the_run(events)
        needed = [n for n, left_out in enumerate(synced, 1)
                  if durability.weaknesses([e for e in events if e is not left_out], place / "run")]
        names = {synced[n - 1].path[len(place.path) + 1:] for n in needed}
        for name in ("run", "run/rounds", "run/journal.jsonl", "run/summary.json.tmp",
                     "run/experiment.yaml.tmp"):
            expect(name in names, name, "is synced for nothing; needed are", sorted(names))
        for n in needed:
            run_dir = f"run-{n}"
            faulty = durability.watch(place, "run", "c.yaml", "--run-dir", run_dir,
                                      env={"STINT_FAULT": f"run:skip-fsync:{n}"})
            expect(len(synced_by_the_run(faulty)) == len(synced) - 1, "fsync", n, "was made")
            expect(durability.weaknesses(faulty, place / run_dir),
                   "skipping fsync", n, "of", synced[n - 1].path, "was not seen")
        print(f"       {len(needed)} of {len(synced)} fsyncs left out, one at a time")


if __name__ == "__main__":
    main()
