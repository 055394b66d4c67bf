"""Writing workbooks against pandas.DataFrame.to_excel with xlsxwriter."""

from harness import bench as b
from harness.process import describe, output
from harness.row import FOR_SCALE, Row, Skip, skipped, verdict
from harness.stats import median, times_text
from harness.target import Target

TARGET = 3.5  # times faster than to_excel, with two threads
SHAPE = "100000 x 20"
PEERED = {"numbers-2-threads": "normal numbers", "mixed-2-threads": "numbers, words and bools"}


def peered(case, argv):
    ours, theirs = case["seconds"], case["peer"]["seconds"]
    ratio = median(theirs) / median(ours)
    return Row(f"xlsx/{case['name']}", f"{SHAPE} {PEERED[case['name']]} to XLSX, two threads",
               f">= {TARGET:g}x", f"{case['peer']['name']}: {times_text(theirs)}",
               times_text(ours), f"{ratio:.2g}x" if ratio < 10 else f"{ratio:.0f}x",
               verdict(ratio >= TARGET), describe([*argv[:1], "--only", case["name"]]),
               seconds=ours, peer_seconds=theirs)


def alone(case, argv):
    return Row(f"xlsx/{case['name']}", f"{SHAPE} to XLSX: {case['name']}",
               measured=times_text(case["seconds"]), verdict=FOR_SCALE,
               command=describe([*argv[:1], "--no-peer", "--only", case["name"]]),
               seconds=case["seconds"])


def measure(bench):
    missing = []
    results, = bench.fresh("xlsx.json")
    argv = [f"{bench.build}/bin/bench_xlsx", "--iterations", str(bench.iterations),
            "--json", results]
    try:
        bench.debian_python("pandas", "xlsxwriter")
    except Skip as why:
        missing.append(skipped("xlsx/peer", f"{SHAPE} to XLSX against to_excel", "", why))
        argv.append("--no-peer")
    output(argv)
    cases = {case["name"]: case for case in b.read_json(results)["cases"]}
    rows = [(peered if "peer" in case else alone)(case, argv) for case in cases.values()]
    batches, singly = (median(cases[name]["seconds"])
                       for name in ("numbers-2-threads", "numbers-row-by-row-2-threads"))
    rows[0].note = (f"rows handed in one by one take {singly / batches:.2f} times as long as by "
                    "4096, and give the same bytes")
    return rows + missing


XLSX = Target("xlsx", "writing workbooks against pandas.to_excel", measure)
