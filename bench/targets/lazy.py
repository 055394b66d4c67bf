"""Of a wide table, what a run reads that names a few columns."""

import os
import re

from harness.bench import DATA
from harness.process import describe, output, peer
from harness.row import Row, Skip, skipped, verdict
from harness.target import Target

ROWS, COLUMNS, NAMED = 20_000, 2000, 3
MOST = 0.01  # of the file's bytes
READ = re.compile(r"(read|pread64|readv|preadv)\(\d+<([^>]*)>.* = (\d+)$")

CONFIG = """\
name: lazy
data: {{source: {source}, target: y}}
features: {{keep: [x0, x1]}}
search: {{models: [ridge]}}
"""


def files(bench):
    paths = {kind: f"{DATA}/wide-{ROWS}x{COLUMNS}.{kind}" for kind in ("parquet", "h5")}
    if not all(map(os.path.exists, paths.values())):
        python = bench.peers_python("pyarrow", "h5py")
        tmp = [f"{p}.tmp" for p in paths.values()]
        bench.say("making a wide table")
        peer([python, "bench/peers/write_wide.py", str(ROWS), str(COLUMNS), *tmp])
        for made, path in zip(tmp, paths.values()):
            os.rename(made, path)
    return paths


def bytes_read(trace, name):
    """By every process, of files of that name."""
    total = 0
    with open(trace, errors="replace") as lines:
        for line in lines:
            found = READ.search(line)
            if found and os.path.basename(found[2]) == name:
                total += int(found[3])
    return total


def measure(bench):
    try:
        paths = files(bench)
    except Skip as why:
        return [skipped("lazy", f"{NAMED} of {COLUMNS} columns", f"< {MOST:.0%}", why)]
    rows = []
    for kind, path in paths.items():
        run_dir, cache, trace = bench.fresh("lazy-run", "lazy-cache", "lazy.trace")
        config = f"{DATA}/lazy-{kind}.yaml"
        with open(config, "w") as file:
            file.write(CONFIG.format(source=os.path.basename(path)))
        argv = bench.run_command(config, run_dir, cache)
        output(["strace", "-f", "-y", "-qq", "-o", trace, "-e",
                "trace=read,pread64,readv,preadv", *argv])
        size = os.path.getsize(path)
        read = bytes_read(trace, os.path.basename(path))
        share = read / size
        rows.append(Row(f"lazy/{kind}", f"a run that names {NAMED} of {COLUMNS} columns of "
                        f"{'Parquet' if kind == 'parquet' else 'HDF5'}", f"< {MOST:.0%} of the file",
                        "", f"{read / 1e6:.2f} of {size / 1e6:.0f} MB read", f"{share:.2%}",
                        verdict(share < MOST), describe(argv)))
    return rows


LAZY = Target("lazy", "what a run reads of a table whose columns it names", measure)
