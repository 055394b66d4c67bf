"""A CSV into a mapped column file, sniffing included, against pandas.read_csv."""

import json
import os

from harness.bench import DATA
from harness.process import describe, output, peer, wall_seconds
from harness.row import FOR_SCALE, Row, Skip, skipped, verdict
from harness.stats import median, times_text
from harness.target import Target

ROWS, COLUMNS = 100_000, 20
TARGETS = {"csv": 1.5, "parquet": 5, "cached": 20}  # times faster than read_csv of the CSV
TITLES = {"csv": "CSV to a column file, sniffing included", "parquet": "the same as Parquet",
          "cached": "the same CSV again, from the cache"}
RUNS = 3  # a command is short: so many runs for each of the peer's


def parquet_of(bench, source):
    path = f"{os.path.splitext(source)[0]}.parquet"
    if not os.path.exists(path):
        python = bench.peers_python("pandas", "pyarrow")
        peer([python, "bench/peers/write_parquet.py", source, f"{path}.tmp"])
        os.rename(f"{path}.tmp", path)
    return path


def cold(bench, source, name):
    seconds = []
    for i in range(RUNS * bench.iterations + 1):
        cache, = bench.fresh(f"cache-{name}")
        argv = bench.ingest_command(source, cache)
        seconds.append(wall_seconds(argv))
    return seconds[1:], argv


def cached(bench, source):
    cache, = bench.fresh("cache-cached")
    argv = bench.ingest_command(source, cache)
    seconds = [wall_seconds(argv) for _ in range(RUNS * bench.iterations + 2)]
    return seconds[2:], argv


def child_seconds(bench, source):
    """The ingest stage alone, without starting the command."""
    cache, = bench.fresh("cache-child")
    return json.loads(output(bench.ingest_command(source, cache, "--json")))["seconds"]


def read_csv(bench, python, source, reader="pandas"):
    found = peer([python, "bench/peers/read_csv.py", source, "--reader", reader,
                  "--iterations", str(bench.iterations)])
    return found


def peers(bench, source):
    """[(what a peer printed, is it the target's)] and why others are missing."""
    found, missing = [], []
    for find, modules, is_target in ((bench.debian_python, ("pandas",), True),
                                     (bench.peers_python, ("pandas",), False)):
        try:
            found.append((read_csv(bench, find(*modules), source), is_target))
        except Skip as why:
            missing.append(str(why))
    return found, missing


def about_peers(bench, source, found):
    """What their work is, and pyarrow's own reader for scale."""
    text = "".join(f"; {peer['name']} keeps {peer['cores']:.1f} cores busy and reads "
                   f"{peer['exact']:.0%} of the cells exactly" for peer, _ in found)
    try:
        arrow = read_csv(bench, bench.peers_python("pyarrow"), source, "pyarrow")
    except Skip:
        return text
    return (f"{text}; for scale, {arrow['name']}'s csv.read_csv takes "
            f"{times_text(arrow['seconds'])}, {arrow['cores']:.1f} cores busy, "
            f"{arrow['exact']:.0%} exact")


def compare(kind, title, seconds, argv, found):
    """A row for each peer; the target is set against Debian's pandas."""
    rows = []
    for printed, is_target in found:
        name, theirs = printed["name"], printed["seconds"]
        ratio = median(theirs) / median(seconds)
        rows.append(Row(f"ingest/{kind}/{name.replace(' ', '-')}", title,
                        f">= {TARGETS[kind]:g}x" if is_target else "",
                        f"{name}: {times_text(theirs)}",
                        times_text(seconds), f"{ratio:.2g}x" if ratio < 10 else f"{ratio:.0f}x",
                        verdict(ratio >= TARGETS[kind]) if is_target else FOR_SCALE,
                        describe(argv), seconds=seconds, peer_seconds=theirs))
    return rows


def measure(bench):
    source = bench.generate(ROWS, COLUMNS)
    found, missing = peers(bench, source)
    runs = {"csv": cold(bench, source, "csv")}
    try:
        runs["parquet"] = cold(bench, parquet_of(bench, source), "parquet")
    except Skip as why:
        missing.append(f"Parquet: {why}")
    runs["cached"] = cached(bench, source)
    rows = []
    for kind, (seconds, argv) in runs.items():
        title = f"{ROWS} x {COLUMNS} {TITLES[kind]}"
        rows += compare(kind, title, seconds, argv, found) or [
            Row(f"ingest/{kind}", title, measured=times_text(seconds), command=describe(argv),
                seconds=seconds)]
    rows[0].note = (f"`stint ingest` itself counts {child_seconds(bench, source) * 1e3:.0f} ms, "
                    "from its start to the column file in the cache"
                    + about_peers(bench, source, found))
    return rows + [skipped("ingest/peer", f"{ROWS} x {COLUMNS} against read_csv", "", why)
                   for why in missing]


INGEST = Target("ingest", "reading CSV and Parquet against pandas.read_csv", measure)
