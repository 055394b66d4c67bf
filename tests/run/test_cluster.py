"""`stint cluster`: three methods on one table, labels in every format, figures as JSON, a plan that
holds, reports that are whole or not there, the same bytes however it is run."""

import csv
import io
import itertools
import json
import os
import re
import shutil
import signal
import time

import traced
from stint_test import (DATA, DONE, FAILURE, OTHER, PLAN, SANITIZED, SOURCE, USAGE, Place, expect,
                        main, read, same, temporaries, tree, write)

DIGITS = os.path.join(SOURCE, "examples/data/digits.csv")
FIXTURES = os.path.join(SOURCE, "tests/data")
METHODS = {
    "kmeans": (),
    "agglomerative": ("--linkage", "ward"),
    "spectral": ("--affinity", "nearest_neighbors"),
}
PICTURES = {
    "kmeans": {"plane.png", "silhouette.png"},
    "agglomerative": {"plane.png", "silhouette.png", "dendrogram.png"},
    "spectral": {"plane.png", "silhouette.png", "eigenvalues.png"},
}
FILES = {"index.html", "cluster.json", "labels.csv"}


def clustered(place, *arguments, code=DONE, **options):
    done = place.command("cluster", *arguments, **options)
    expect(done.returncode == code, arguments, done.returncode, done.stderr)
    return done


def facts(place, *arguments, **options):
    return json.loads(clustered(place, *arguments, "--json", **options).stdout)


def refused(place, *arguments, code=USAGE):
    """The one message; nothing on standard output, nothing on disk but the cache."""
    before = os.listdir(place.path)
    done = clustered(place, *arguments, code=code)
    lines = done.stderr.splitlines()
    expect(len(lines) == 1 and lines[0].startswith("stint: "), repr(done.stderr))
    expect(done.stdout == "", repr(done.stdout))
    left = set(os.listdir(place.path)) - {"cache"}
    expect(left == set(before) - {"cache"}, left)
    return lines[0]


def blobs(place, name="blobs.csv", rows=60):
    """Three groups, wide apart, in two columns; a name, and a flag that says nothing."""
    lines = ["name,x,flag,y"]
    for i in range(rows):
        g = i % 3
        lines.append(f"n{i},{10 * g + i % 7 / 10},{'true' if g else 'false'},{-5 * g + i % 5 / 10}")
    return write(place / name, "\n".join(lines) + "\n")


def labels_of(path):
    rows = list(csv.reader(io.StringIO(read(path).decode())))
    expect(rows[0] == ["row", "label"], rows[0])
    expect([int(r[0]) for r in rows[1:]] == list(range(len(rows) - 1)), "rows out of order")
    return [int(r[1]) for r in rows[1:]]


# --- methods ------------------------------------------------------------------------------------


def test_every_method_with_report_and_json():
    with Place() as place:
        for method, more in METHODS.items():
            out = facts(place, DIGITS, "--drop", "digit", "--method", method, "--k", "10", *more,
                        "--report", method, "--out", method + ".csv")
            for key in ("method", "n", "d", "k", "sizes", "iterations", "variant", "why", "device",
                        "converged", "ambiguous", "silhouette", "silhouette_by_cluster",
                        "peak_bytes", "process_peak_bytes", "notes", "seconds"):
                expect(key in out, method, "does not say", key)
            expect((out["n"], out["d"], out["k"]) == (1797, 64, 10), out)
            expect(len(out["sizes"]) == 10 and sum(out["sizes"]) == 1797, out["sizes"])
            expect(0.1 < out["silhouette"] < 0.3, out["silhouette"])
            labels = labels_of(place / method + ".csv")
            expect([labels.count(k) for k in range(10)] == out["sizes"], method, "sizes differ")
            made = tree(place / method)
            expect(set(made) == FILES | PICTURES[method], method, set(made))
            expect(made["labels.csv"] == read(place / method + ".csv"), method, "labels differ")
            told = json.loads(made["cluster.json"])
            expect(told["sizes"] == out["sizes"] and "seconds" not in told, told)
            page = made["index.html"].decode()
            expect(page.count("data:image/png") == len(PICTURES[method]) and "<script" not in page,
                   method, "its page")
        expect(abs(facts(place, DIGITS, "--drop", "digit", "--method", "kmeans", "--k", "10")
                   ["inertia"] - 1165188) < 2000, "inertia")
        heights = facts(place, DIGITS, "--drop", "digit", "--method", "agglomerative", "--k", "10")
        expect(heights["last_heights"] == sorted(heights["last_heights"]) and
               len(heights["last_heights"]) == 30, heights["last_heights"])
        values = facts(place, DIGITS, "--drop", "digit", "--method", "spectral", "--k", "10",
                       "--affinity", "nearest_neighbors")
        expect(len(values["eigenvalues"]) == 11 and values["residual"] < 1e-5, values["eigenvalues"])
        place.clean(".")


def test_three_blobs_are_found_by_every_method():
    with Place() as place:
        blobs(place)
        for method, more in {"kmeans": (), "agglomerative": ("--linkage", "average"),
                             "spectral": ("--gamma", "0.1")}.items():
            clustered(place, "blobs.csv", "--drop", "name", "--drop", "fl*", "--method", method,
                      "--k", "3", *more, "--out", "l.csv")
            labels = labels_of(place / "l.csv")
            expect(len(set(labels)) == 3 and all(labels[i] == labels[i % 3] for i in range(60)),
                   method, labels)


# --- formats ------------------------------------------------------------------------------------


def test_labels_in_every_format():
    with Place() as place:
        blobs(place)
        run = ("blobs.csv", "--drop", "name", "--method", "kmeans", "--k", "3", "--out")
        for ending in ("csv", "tsv", "xlsx", "parquet", "json", "safetensors"):
            clustered(place, *run, "labels." + ending)
        wanted = labels_of(place / "labels.csv")
        told = json.loads(read(place / "labels.json"))
        expect([(r["row"], r["label"]) for r in told] == list(enumerate(wanted)), told[:3])
        expect(read(place / "labels.tsv").decode().split()[2:4] == ["0", str(wanted[0])], "tsv")
        read_back = []
        for ending in ("csv", "xlsx", "parquet", "safetensors"):
            done = place.command("ingest", "labels." + ending, "--json")
            expect(done.returncode == DONE, done.stderr)
            about = json.loads(done.stdout)
            expect([c["name"] for c in about["columns"]] == ["row", "label"], ending, about)
            read_back.append(about["fingerprint"])
        expect(len(set(read_back)) == 1, read_back)
        place.clean(".")


def test_data_in_every_format():
    with Place() as place:
        seen = set()
        for name in ("table.csv", "table.tsv", "table.parquet", "table.npy", "table.h5",
                     "table.xlsx", "table.safetensors", "table.jsonl"):
            shutil.copy(os.path.join(FIXTURES, name), place / name)
            done = place.command("cluster", name, "--drop", "word", "--drop", "x", "--method",
                                 "kmeans", "--k", "2", "--out", "l.csv")
            seen.add((done.returncode, read(place / "l.csv") if done.returncode == DONE else
                      re.sub(r"table\.\w+:(row )?\d+", "", done.stderr)))
        expect(len(seen) == 1 and seen.pop()[0] == DONE, seen)


def test_a_matrix_of_pairs():
    with Place() as place:
        x = [0, 1, 2, 50, 51, 53, 90]
        names = ",".join("abcdefg")
        far = [[abs(p - q) for q in x] for p in x]
        near = [[2.0 ** (-abs(p - q) / 8) for q in x] for p in x]
        for name, rows in (("far.csv", far), ("near.csv", near)):
            write(place / name, "\n".join([names] + [",".join(map(str, r)) for r in rows]) + "\n")
        clustered(place, "far.csv", "--method", "agglomerative", "--linkage", "average", "--metric",
                  "precomputed", "--k", "3", "--out", "l.csv")
        labels = labels_of(place / "l.csv")
        expect(len({*labels[:3]}) == len({*labels[3:6]}) == 1 and len({*labels}) == 3, labels)
        clustered(place, "near.csv", "--method", "spectral", "--affinity", "precomputed", "--k", "3",
                  "--out", "l.csv")
        labels = labels_of(place / "l.csv")
        expect(len({*labels[:3]}) == len({*labels[3:6]}) == 1 and len({*labels}) == 3, labels)
        run = ("--method", "agglomerative", "--linkage", "single", "--metric", "precomputed")
        expect("square" in refused(place, "far.csv", *run, "--drop", "a", code=DATA), "square")
        refused(place, "far.csv", *run, "--report", "r")
        far[2][5] += 1
        write(place / "far.csv", "\n".join([names] + [",".join(map(str, r)) for r in far]) + "\n")
        said = refused(place, "far.csv", *run, "--k", "2", code=DATA)
        expect("far.csv:7" in said and '"c"' in said and "symmetric" in said, said)


# --- centres, sweep -----------------------------------------------------------------------------


def test_centres_from_a_table():
    with Place() as place:
        blobs(place)
        write(place / "start.csv", "y,x\n-5,10\n0,0\n-10,20\n")
        run = ("blobs.csv", "--drop", "name", "--drop", "flag", "--method", "kmeans")
        out = facts(place, *run, "--init", "start.csv", "--out", "l.csv")
        expect(out["k"] == 3 and labels_of(place / "l.csv")[:3] == [1, 0, 2], out)
        expect(facts(place, *run, "--init", "random", "--k", "3")["k"] == 3, "a way by name")
        expect("3 rows, but 4" in refused(place, *run, "--init", "start.csv", "--k", "4"), "k")
        write(place / "short.csv", "y\n1\n")
        expect('no column "x"' in refused(place, *run, "--init", "short.csv", code=DATA), "column")
        expect("takes no centres" in refused(place, *run[:-1], "spectral", "--init", "start.csv"),
               "spectral")


def test_a_sweep_marks_the_elbow_and_keeps_the_best():
    with Place() as place:
        blobs(place)
        out = facts(place, "blobs.csv", "--drop", "name", "--drop", "flag", "--method", "kmeans",
                    "--sweep", "2-6", "--report", "swept")
        expect([t["k"] for t in out["sweep"]] == [2, 3, 4, 5, 6], out["sweep"])
        expect(out["elbow"] == 3 and out["best_silhouette"] == 3 and out["k"] == 3, out)
        inertia = [t["inertia"] for t in out["sweep"]]
        expect(inertia == sorted(inertia, reverse=True), inertia)
        made = set(tree(place / "swept"))
        expect(made == FILES | PICTURES["kmeans"] | {"inertia.png", "silhouettes.png"}, made)
        for method in ("agglomerative", "spectral"):
            out = facts(place, "blobs.csv", "--drop", "name", "--drop", "flag", "--method", method,
                        "--sweep", "2-4")
            expect(out["k"] == 3 and "elbow" not in out, method, out)
        for wrong in ("12", "5-2", "0-3", "a-b", "2-900"):
            refused(place, "blobs.csv", "--method", "kmeans", "--sweep", wrong)
        refused(place, "blobs.csv", "--method", "kmeans", "--sweep", "2-3", "--k", "3")


# --- plan, memory -------------------------------------------------------------------------------


def test_the_plan_and_the_smallest_memory():
    with Place() as place:
        run = (DIGITS, "--drop", "digit", "--method", "kmeans", "--k", "10")
        said = refused(place, *run, "--memory", "1MiB", code=PLAN)
        expect("about" in said and "needs at least" in said, said)
        first = json.loads(clustered(place, *run, "--plan", "--json").stdout)
        expect(not first["exact"] and first["n"] >= 1797, first)
        expect(not any(n.endswith(".csv") for n in os.listdir(place.path)), "a plan reads nothing")
        clustered(place, *run)
        plan = json.loads(clustered(place, *run, "--plan", "--json").stdout)
        expect(plan["exact"] and (plan["n"], plan["d"]) == (1797, 64), plan)
        wanted = facts(place, *run)["inertia"]
        for method, more in METHODS.items():
            run = (DIGITS, "--drop", "digit", "--method", method, "--k", "10", *more)
            said = refused(place, *run, "--memory", "1MiB", code=PLAN)
            least = re.search(r"--memory (\d+)\)", said)
            expect(least and "needs at least" in said, said)
            out = facts(place, *run, "--memory", least[1])
            expect(SANITIZED or out["process_peak_bytes"] <= int(least[1]), method, out)
            expect(out["peak_bytes"] <= int(least[1]), method, out)
            expect(method != "kmeans" or out["inertia"] == wanted, "another result in less memory")
            refused(place, *run, "--memory", int(least[1]) - 4096, code=PLAN)


# --- the same bytes -----------------------------------------------------------------------------


def results(place, name):
    """What a report has that no clock and no machine decides."""
    return {k: v for k, v in tree(place / name).items() if k != "index.html"}


def test_the_same_bytes_again_with_fewer_threads_and_less_memory():
    with Place() as place:
        for method, more in METHODS.items():
            run = (DIGITS, "--drop", "digit", "--method", method, "--k", "10", *more)
            clustered(place, *run, "--report", "first")
            wanted = results(place, "first")
            ways = {"again": {}, "one": {"before": ("taskset", "-c", "0")}}
            if not shutil.which("taskset"):
                ways.pop("one")
            for way, options in ways.items():
                clustered(place, *run, "--report", way, **options)
                expect(results(place, way) == wanted, method, way, "differs")
            clustered(place, *run, "--report", "other", "--memory", "64MiB")
            expect(results(place, "other") == wanted, method, "differs in less memory")
            clustered(place, *run, "--report", "other", "--device", "simd")
            other = results(place, "other")
            wanted["cluster.json"] = other["cluster.json"] = b""  # it warns of a poor choice
            expect(other == wanted, method, "differs on another device")


# --- what is refused ----------------------------------------------------------------------------


def test_what_is_wrong_is_said_with_its_place():
    with Place() as place:
        blobs(place)
        run = ("blobs.csv", "--method", "kmeans", "--k", "3")
        said = refused(place, *run, code=DATA)
        expect('"name" is text' in said and "--drop" in said, said)
        expect('mean "kmeans"' in refused(place, "blobs.csv", "--method", "kmean"), "method")
        refused(place, "blobs.csv")
        expect('mean "report"' in refused(place, *run, "--repot", "r"), "flag")
        expect('mean "max_iter"' in refused(place, *run, "--max-itr", "3"), "parameter")
        expect("agglomerative" in refused(place, *run, "--linkage", "ward"), "another's parameter")
        expect('mean "flag"' in refused(place, *run, "--drop", "flg"), "drop")
        refused(place, *run, "--drop", "*", code=DATA)
        refused(place, *run, "--drop", "name", "--out", "labels.txt")
        refused(place, *run, "--drop", "name", "--device", "simdd")
        refused(place, *run, "--drop", "name", "--memory", "much")
        refused(place, *run, "--drop", "name", "--k", "61", code=DATA)
        for cell, what in (("", "missing"), ("nan", "missing"), ("inf", "infinite")):
            write(place / "bad.csv", f"a,b\n1,2\n3,{cell}\n5,6\n")
            said = refused(place, "bad.csv", "--method", "kmeans", "--k", "2", code=DATA)
            expect("bad.csv:3" in said and '"b"' in said and what in said, cell, said)
        write(place / "empty.csv", "a,b\n")
        refused(place, "empty.csv", "--method", "kmeans", code=DATA)


def test_a_directory_of_others_is_left_alone():
    with Place() as place:
        blobs(place)
        run = ("blobs.csv", "--drop", "name", "--method", "kmeans", "--k", "3", "--report")
        write(place / "mine/notes.txt", "mine")
        expect('"notes.txt"' in refused(place, *run, "mine"), "mine")
        write(place / "next.tmp/notes.txt", "mine")
        expect('"notes.txt"' in refused(place, *run, "next"), "next.tmp")
        expect(read(place / "mine/notes.txt") == b"mine", "touched")
        refused(place, *run, ".")
        os.mkdir(place / "void")
        clustered(place, *run, "void/")
        expect(set(tree(place / "void")) == FILES | PICTURES["kmeans"], tree(place / "void").keys())
        clustered(place, *run, "void", "--k", "2")
        expect(json.loads(read(place / "void/cluster.json"))["k"] == 2, "not replaced")


# --- as a stage of an experiment ----------------------------------------------------------------


def test_a_clustering_beside_the_models():
    with Place() as place:
        place.csv("data.csv", rows=200, columns=3)
        place.config("small.yaml", data="data.csv", target="y", folds=2, n=3)
        for i, asked in enumerate(("{kmeans: {n_clusters: 3}}", "{agglomerative: {linkage: average}}",
                                   "{spectral: {n_clusters: 2, gamma: 0.5}}")):
            run = ("--set", "cluster=" + asked)
            for way, more in (("first", ()), ("second", ("--workers", "2", "--threads", "2"))):
                done = place.run("small.yaml", f"{way}{i}", *run, *more)
                expect(done.returncode == DONE, asked, done.stderr)
            same(place / f"first{i}", place / f"second{i}")
            told = json.loads(read(place / f"first{i}/rounds/001/metrics.json"))["clusters"]
            expect(sum(told["sizes"]) == told["rows"] == 160 and told["features"] == 3, told)
            place.command("ingest", f"first{i}/rounds/001/clusters.parquet", "--to", "l.safetensors")
            place.command("export", "l.safetensors", "l.csv")
            rows = list(csv.DictReader(io.StringIO(read(place / "l.csv").decode())))
            expect(len(rows) == 160 and len({r["row"] for r in rows}) == 160, rows[:3])
            expect([sum(int(r["label"]) == k for r in rows) for k in range(len(told["sizes"]))] ==
                   told["sizes"], told)
            page = read(place / f"first{i}/report.html").decode()
            expect('id="clusters"' in page, "the report")
            plan = place.command("plan", "small.yaml", *run, "--memory", "1MiB")
            least = re.search(r"--memory (\w+)", plan.stderr)
            expect(plan.returncode == PLAN and least, plan.stderr)
            done = place.run("small.yaml", f"least{i}", *run, "--memory", least[1])
            expect(done.returncode == DONE, done.stderr)
            same(place / f"first{i}", place / f"least{i}")
        without = place.run("small.yaml", "without")
        expect(without.returncode == DONE and "cluster" not in
               read(place / "without/experiment.yaml").decode(), "the identity")
        expect(read(place / "without/summary.json") == read(place / "first0/summary.json"),
               "models know of the clustering")
        expect(place.run("small.yaml", "without", "--set", "cluster=kmeans").returncode == OTHER,
               "another experiment")
        for wrong, said, code in (("kmean", 'mean "kmeans"', USAGE),
                                  ("{kmeans: {n_cluster: 3}}", 'mean "n_clusters"', USAGE),
                                  ("{kmeans: {n_clusters: [2, 3]}}", "one value", USAGE),
                                  ("[kmeans]", "one method", USAGE),
                                  ("{kmeans: {n_clusters: 1000}}", "1000", DATA)):
            done = place.run("small.yaml", "wrong", "--set", "cluster=" + wrong)
            expect(done.returncode == code and said in done.stderr, wrong, done.stderr)
            expect(not os.path.exists(place / "wrong/rounds"), wrong)


# --- stopped ------------------------------------------------------------------------------------


def test_stopped_by_a_signal_it_writes_nothing():
    with Place() as place:
        write(place / "big.csv", "\n".join(["a,b,c"] + [f"{i * 7919 % 10007},{i * 104729 % 10009},"
                                                        f"{i * 1299709 % 10037}"
                                                        for i in range(60000)]) + "\n")
        clustered(place, "big.csv", "--method", "kmeans", "--k", "2", "--n-init", "1")
        process = place.start("cluster", "big.csv", "--method", "kmeans", "--k", "400", "--tol", "0",
                              "--n-init", "1000", "--out", "l.csv", "--report", "r")
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=60)
        expect(process.returncode == 130, process.returncode, said)
        expect("stopped" in said and not out, said)
        expect(not {"l.csv", "r", "r.tmp"} & set(os.listdir(place.path)), os.listdir(place.path))
        place.clean(".")


def test_failed_allocations_leave_nothing():
    bad = ("leak", "Sanitizer", "runtime error", "Assertion", "corrupt", "double free")
    with Place() as place:
        blobs(place)
        first = ("blobs.csv", "--drop", "name", "--out", "l.csv", "--report", "r")
        runs = [first + ("--method", "kmeans", "--sweep", "2-3"),
                first + ("--method", "agglomerative", "--k", "3"),
                first + ("--method", "spectral", "--k", "3")]
        for run in runs:
            clustered(place, *run)
            wanted, fired = results(place, "r"), place / "fired"
            for n in itertools.count(1, 41):
                shutil.rmtree(place / "r")
                os.remove(place / "l.csv")
                done = place.command("cluster", *run, env={"STINT_FAULT": f"cluster:alloc:{n}",
                                                           "STINT_FAULT_ONCE": fired})
                expect(done.returncode in (DONE, FAILURE), run, n, done.returncode, done.stderr)
                expect(not any(b in done.stderr for b in bad), run, n, done.stderr)
                if done.returncode == FAILURE:
                    said = [s for s in done.stderr.splitlines() if s.startswith("stint: ")]
                    expect(len(said) == 1 and "memory" in said[0], run, n, done.stderr)
                    there = os.listdir(place.path)  # or only what is said at the end failed
                    expect("r" not in there or results(place, "r") == wanted, run, n, "a report")
                    expect("r.tmp" not in there and "l.csv.tmp" not in there, run, n, there)
                    clustered(place, *run)
                expect(results(place, "r") == wanted, run, n)
                if not os.path.exists(fired):
                    expect(n > 1, "no fault fired: a build without them?")
                    break
                os.remove(fired)


def test_killed_anywhere_nothing_is_half_written():
    traced.needed()
    calls = ",".join(("write", "pwrite64", "fsync", "rename", "unlink", "mkdir", "rmdir"))
    with Place() as place:
        blobs(place)
        run = ("blobs.csv", "--drop", "name", "--method", "agglomerative", "--k", "3", "--out",
               "l.csv", "--report", "r")
        clustered(place, *run)
        wanted, labels = results(place, "r"), read(place / "l.csv")
        names = set(tree(place / "r"))
        ended, kills = False, 0
        for n in range(1, 400, 3):
            for older in (False, True):
                if not older:
                    shutil.rmtree(place / "r", ignore_errors=True)
                    if os.path.exists(place / "l.csv"):
                        os.remove(place / "l.csv")
                done = place.command("cluster", *run, env=traced.environment(), before=(
                    "strace", "-f", "-b", "execve", "-o", "/dev/null", "-e", "trace=" + calls,
                    "-e", f"inject={calls}:signal=SIGKILL:when={n}"))
                ended = done.returncode == DONE
                kills += not ended
                if os.path.exists(place / "r"):
                    expect(set(tree(place / "r")) == names and results(place, "r") == wanted,
                           "call", n, "left a part of a report")
                if os.path.exists(place / "l.csv"):
                    expect(read(place / "l.csv") == labels, "call", n, "left a part of the labels")
                clustered(place, *run)
                expect(results(place, "r") == wanted and read(place / "l.csv") == labels, n)
                expect(not [t for t in temporaries(place.path) if place.cache not in t],
                       "call", n, "left", temporaries(place.path))
            if ended:
                break
        expect(ended and kills > 10, "kills:", kills)


if __name__ == "__main__":
    main()
