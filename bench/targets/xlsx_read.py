"""Reading workbooks against openpyxl's read-only mode."""

from harness import bench as b
from harness.process import describe, output
from harness.row import FOR_SCALE, Row, Skip, skipped, verdict
from harness.stats import median, times_text
from harness.target import Target

TARGET = 5  # times faster than openpyxl, rows handed out as values only
SHAPE = "100000 x 20"


def row_of(case, argv):
    ours, only = case["seconds"], describe([*argv[:1], "--only", case["name"]])
    title = f"{SHAPE} cells of XLSX read: {case['name']}"
    if "peer" not in case:
        return Row(f"xlsx-read/{case['name']}", title, measured=times_text(ours),
                   verdict=FOR_SCALE, command=only, seconds=ours)
    theirs = case["peer"]["seconds"]
    ratio = median(theirs) / median(ours)
    return Row(f"xlsx-read/{case['name']}", title, f">= {TARGET:g}x",
               f"{case['peer']['name']}: {times_text(theirs)}", times_text(ours),
               f"{ratio:.1f}x", verdict(ratio >= TARGET), only, seconds=ours,
               peer_seconds=theirs)


def measure(bench):
    missing = []
    results, = bench.fresh("xlsx-read.json")
    argv = [f"{bench.build}/bin/bench_xlsx_read", "--iterations", str(bench.iterations),
            "--json", results]
    try:
        bench.peers_python("openpyxl")
    except Skip as why:
        return [skipped("xlsx-read/peer", f"{SHAPE} cells of XLSX read", f">= {TARGET:g}x", why)]
    output(argv)
    return [row_of(case, argv) for case in b.read_json(results)["cases"]] + missing


XLSX_READ = Target("xlsx-read", "reading workbooks against openpyxl", measure)
