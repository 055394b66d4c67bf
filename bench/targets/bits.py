"""Bit strings, two-grams and Bloom filters against the way they are made row by row in Python."""

from harness import bench as b
from harness.process import describe, output
from harness.row import FOR_SCALE, Row, Skip, skipped, verdict
from harness.stats import median, times_text
from harness.target import Target

TARGET = 20  # times faster than row by row
RECORDS = "50000 records"
CASES = {
    "strings": ("bit strings of 1000 to packed bits", "a list comprehension a row", True),
    "strings-to-f32": ("bit strings of 1000 to a matrix of f32", "numpy.frombuffer a row", False),
    "grams": ("two-grams over a-z to labels", "a dictionary and a row of zeros", True),
    "bloom": ("names to keyed Bloom filters, 1024 bits, 10 a two-gram", "hmac a two-gram", True),
    "csv": ("CSV of bit strings and names to the cached table", "pandas.read_csv, then a row each",
            False),
}


def row_of(case, argv):
    what, how, held = CASES[case["name"]]
    command = describe([*argv[:1], "--only", case["name"]])
    if "peer" not in case:
        return Row(f"bits/{case['name']}", f"{RECORDS}: {what}",
                   measured=times_text(case["seconds"]), verdict=FOR_SCALE, command=command,
                   seconds=case["seconds"])
    ours, theirs = case["seconds"], case["peer"]["seconds"]
    ratio = median(theirs) / median(ours)
    return Row(f"bits/{case['name']}", f"{RECORDS}: {what}", f">= {TARGET}x" if held else "",
               f"{how}: {times_text(theirs)}", times_text(ours),
               f"{ratio:.2g}x" if ratio < 10 else f"{ratio:.0f}x",
               verdict(ratio >= TARGET) if held else FOR_SCALE, command, seconds=ours,
               peer_seconds=theirs)


def measure(bench):
    missing = []
    results, = bench.fresh("bits.json")
    argv = [f"{bench.build}/bin/bench_bits", "--iterations", str(bench.iterations), "--json",
            results]
    try:
        bench.peers_python("numpy", "pandas")
    except Skip as why:
        missing.append(skipped("bits/peer", f"{RECORDS} against Python row by row", "", why))
        argv.append("--no-peer")
    output(argv)
    return [row_of(case, argv) for case in b.read_json(results)["cases"]] + missing


BITS = Target("bits", "bit strings, two-grams and Bloom filters against Python row by row", measure)
