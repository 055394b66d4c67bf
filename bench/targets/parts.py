"""The library's parts, by the bench executables of the build: for scale, no targets."""

import glob
import os

from harness import bench as b
from harness.process import describe, output
from harness.row import Row, skipped
from harness.stats import times_text
from harness.target import Target

ONE_BY_ONE = ("studies", "clusters")  # run by their target: each case is a process of its own


def rate_text(amount, unit):
    for prefix in ("", "k", "M", "G", "T"):
        if amount < 1000:
            break
        amount /= 1000
    return f"{amount:.3g} {prefix}{unit}/s"


def measure(bench):
    rows = []
    for program in sorted(glob.glob(f"{bench.build}/bin/bench_*")):
        name = os.path.basename(program).removeprefix("bench_")
        if name in ONE_BY_ONE:
            continue
        results, = bench.fresh(f"{name}.json")
        argv = [program, "--no-peer", "--json", results]
        output(argv)
        for case in b.read_json(results)["cases"]:
            rates = []
            if "items" in case:
                rates.append(rate_text(case["items"] / case["p50"], case["item"]))
            if "bytes" in case:
                rates.append(rate_text(case["bytes"] / case["p50"], "B"))
            rows.append(Row(f"parts/{name}/{case['name']}", f"{name}: {case['name']}",
                            measured=times_text(case["seconds"]), ratio=", ".join(rates),
                            command=describe([program, "--only", case["name"]]),
                            seconds=case["seconds"]))
    return rows or [skipped("parts", "bench executables", "", f"none in {bench.build}/bin")]


PARTS = Target("parts", "kernels, random numbers, journal, column file", measure)
