"""The nth allocation of a small run or training fails: a clean end or none at all, and a resume to
the same bytes."""

import itertools
import os
import shutil

from stint_test import CORES, DONE, FAILURE, Place, each, expect, results, same, skip, write

ROLES = {"run": ("run", "ingest", "worker", "export"), "train": ("run", "ingest", "export")}
BAD = ("leak", "Sanitizer", "runtime error", "Assertion", "corrupt", "double free", "core dumped")


def experiment(place):
    """Classes and gaps, so that every stage has something to do; two models, so that both ways of
    fitting a class are gone through."""
    text = ["a,b,kind,y"] + [f"{'' if i == 7 else i % 13},{i * i % 17},{'uvw'[i % 3]},"
                             f"{'no' if i * 7 % 13 > 5 else 'yes'}" for i in range(60)]
    write(place / "data.csv", "\n".join(text + text[1:2]) + "\n")
    place.config("c.yaml", """
data: {source: data.csv, target: y, task: classification}
checks: {missing: mean, duplicates: drop}
split: {test: 0.2, folds: 2, duplicates: allow}
features: {onehot: [kind], bins: {columns: [b], n: 3}, scale: standard}
search: {models: [logistic: {alpha: [1, 10]}, knn: {n_neighbors: [2, 3]}]}
""")


def training(place):
    """Series with a formula, a net that remembers, a streaming test, the flow of gradients."""
    rows = [f"{s},{t},{(s * 7 + t * t) % 11},{(s * 5 + t * 3) % 13}"
            for s in range(4) for t in range(12)]
    write(place / "data.csv", "\n".join(["s,t,x,y"] + rows) + "\n")
    place.config("c.yaml", """
data: {source: data.csv, target: y}
series: {group: s, time: t}
columns: {before: "shift(x, 1)"}
checks: {missing: mean}
split: {test: 0.25, folds: 2, group: s}
model: {lstm: {hidden: 2, window: 4, dropout: 0.2}}
train: {epochs: 2, batch_size: 8, accumulate: 2, checkpoint_every: 2, workers: 1, flow: true}
stream: {warm_up: 2, filter: ema}
""")


def command(place, verb, run_dir, *flags, **options):
    return place.command(verb, "c.yaml", "--run-dir", run_dir, *flags, **options)


def fail_nth(place, wanted, verb, role, n):
    """Fail the nth allocation of the first process of `role` that gets so far.  Returns False
    when there is none."""
    name = f"{role}-{n}"
    fired, cache = place / f"{name}.fired", place / f"{name}.cache"
    flags = ["--cache-dir", cache]
    env = {"STINT_FAULT": f"{role}:alloc:{n}", "STINT_FAULT_ONCE": fired}
    what = f"{role}, allocation {n}:"
    result = command(place, verb, name, *flags, env=env)
    expect(result.returncode in (DONE, FAILURE), what, "exit", result.returncode, result.stderr)
    for bad in BAD:
        expect(bad not in result.stderr, what, result.stderr)
    if result.returncode == FAILURE:
        said = [s for s in result.stderr.splitlines() if s.startswith("stint: ")]
        expect(len(said) == 1 and "memory" in said[0], what, "no clean message:", result.stderr)
    if result.returncode == DONE:
        same(wanted, place / name)
    else:
        again = command(place, verb, name, *flags)
        expect(again.returncode == DONE, what, "the resume:", again.returncode, again.stderr)
        same(wanted, place / name)
    place_left = [p for d in (place / name, cache) for p in temporaries(d)]
    expect(not place_left, what, "temporaries left:", place_left)
    done = os.path.exists(fired)
    shutil.rmtree(place / name)
    shutil.rmtree(cache)
    return done


def temporaries(path):
    return [os.path.join(d, f) for d, ds, fs in os.walk(path) for f in ds + fs if f.endswith(".tmp")]


def fail_every(steps, verb="run"):
    """Fail every so-manieth allocation of each role, until it has no more."""
    failed, wrong = {}, []
    with Place() as place:
        {"run": experiment, "train": training}[verb](place)
        expect(command(place, verb, "reference").returncode == DONE)
        wanted = results(place / "reference")

        def one(role_n):
            try:
                return fail_nth(place, wanted, verb, *role_n)
            except AssertionError as e:
                wrong.append(str(e))
                return True

        for role in ROLES[verb]:
            failed[role], step = 0, steps.get(role, 1)
            for first in itertools.count(1, step * 2 * CORES):
                ns = range(first, first + step * 2 * CORES, step)
                fired = each(one, [(role, n) for n in ns])
                failed[role] += sum(fired)
                if not all(fired):
                    break
        place.alone()
    if not any(failed.values()):
        skip("this build injects no faults")
    print("       " + ", ".join(f"{n} in {role}" for role, n in failed.items()))
    expect(not wrong, f"{len(wrong)} go wrong:\n" + "\n".join(wrong[:40]))
    expect(all(failed.values()), "a role never failed:", failed)
