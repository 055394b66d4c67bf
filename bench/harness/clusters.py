"""Clusterings of the same rows by Stint and by its peers."""

import os
from collections import namedtuple

from harness.bench import DATA, read_json
from harness.cases import Cases
from harness.process import describe, output, peer

# seconds of each warm fit; what the first said of itself; the command
Fits = namedtuple("Fits", "seconds first command")


def blobs(bench, python, n, d, centres, apart, f32=False):
    """Rows around centres as a .npy file in build/bench-data; made once."""
    path = f"{DATA}/blobs-{n}x{d}-{centres}-{apart:g}{'-f32' if f32 else ''}.npy"
    if not os.path.exists(path):
        bench.say(f"making {path}")
        output([python, "bench/peers/blobs.py", f"{path}.tmp", str(n), str(d), str(centres),
                "--apart", str(apart), *(["--f32"] if f32 else [])])
        os.rename(f"{path}.tmp", path)
    return path


def command(bench, method, rows, settings):
    return [f"{bench.build}/bin/bench_clusters", method, rows, f"{bench.work}/fits.json", *settings]


def ours(bench, method, rows, *settings, iterations, labels=None):
    """The labels of a peer are compared with Stint's.  No iterations: the first fit is all."""
    given = [*settings, *([f"labels={labels}"] if labels else []),
             *([] if iterations else ["once=1"])]
    argv = command(bench, method, rows, given)
    cases = Cases(bench, "bench_clusters", None, iterations or 1, before=argv[1:])
    first = read_json(argv[3])
    return Fits(cases.each("fit") if iterations else [first["first_seconds"]], first,
                describe(command(bench, method, rows, settings)))


def theirs(python, method, rows, *settings, iterations, labels=None):
    """What bench/peers/cluster.py prints."""
    return peer([python, "bench/peers/cluster.py", method, rows, *settings, "--iterations",
                 str(iterations), *(["--labels", labels] if labels else [])])
