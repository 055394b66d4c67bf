"""Clusterings against scikit-learn and SciPy, and within memory."""

import struct
from collections import namedtuple

from harness.clusters import blobs, command, ours, theirs
from harness.memory import watched
from harness.process import describe, wall_seconds
from harness.row import Row, Skip, skipped, verdict
from harness.stats import bytes_text, disturbed, median, ratio_text, times_text
from harness.target import Target

# rows, columns, centres, how far apart these are
Data = namedtuple("Data", "n d centres apart")
MANY, TENS, WIDE = Data(200_000, 32, 64, 2), Data(10_000, 16, 20, 4), Data(10_000, 100, 10, 4)
LARGE, SMALL = Data(100_000, 8, 20, 1), Data(5000, 8, 8, 1)
NEAR = Data(10_000, 100, 10, 0.5)  # so near that the affinities have clusters to find
HUGE = Data(5_000_000, 32, 64, 2)
GAMMA = "gamma=0.008"  # 1 / (columns x variance) of NEAR

# method: Stint's and the peer's; settings: of both; times: at least; memory: at most, of the
# peer's; long: few iterations
Case = namedtuple("Case", "name title data methods settings own peer_own times memory long",
                  defaults=((), (), None, None, False))
KMEANS, AGGLOMERATIVE, SPECTRAL = (
    ("kmeans", "KMeans"), ("agglomerative", "AgglomerativeClustering"),
    ("spectral", "SpectralClustering"))
FIRST = {"own": ("centers=first",), "peer_own": ("--first",)}
CASES = (
    Case("kmeans-64", "k-means of 200 000 x 32, 64 clusters, 50 rounds from the first rows", MANY,
         KMEANS, ("n_clusters=64", "max_iter=50", "tol=0", "n_init=1"), **FIRST, times=3),
    Case("kmeans-defaults", "k-means of 10 000 x 100, 10 clusters, defaults with 10 starts", NEAR,
         KMEANS, ("n_clusters=10", "n_init=10"), peer_own=("random_state=0",), times=3),
    Case("kmeans-1000", "k-means of 200 000 x 32, 1000 clusters, 20 rounds from the first rows",
         MANY, KMEANS, ("n_clusters=1000", "max_iter=20", "tol=0", "n_init=1"), **FIRST, times=3,
         long=True),
    Case("ward", "ward's tree of 10 000 x 16", TENS, AGGLOMERATIVE,
         ("n_clusters=20", "linkage=ward"), times=3, memory=1 / 50, long=True),
    Case("average", "the average tree of 10 000 x 100", WIDE, AGGLOMERATIVE,
         ("n_clusters=20", "linkage=average"), peer_own=("--scipy",), times=2, long=True),
    Case("spectral-neighbours", "spectral of 5000 x 8, 8 clusters, 10 nearest neighbours", SMALL,
         SPECTRAL, ("n_clusters=8", "affinity=nearest_neighbors", "n_neighbors=10"),
         peer_own=("random_state=0",), times=5),
    Case("spectral-rbf", "spectral of 10 000 x 100, 10 clusters, rbf", NEAR, SPECTRAL,
         ("n_clusters=10", GAMMA), peer_own=("random_state=0",), times=3, memory=1 / 2, long=True),
)

MIB = 1 << 20
# fits within so much memory
Within = namedtuple("Within", "name title method data settings mib f32", defaults=(False,))
BOUNDED = (
    Within("batches", "mini-batches of 5 000 000 x 32 mapped floats (610 MiB), 64 clusters",
           "kmeans", HUGE, ("n_clusters=64", "batch_size=1024", "n_init=1", "max_iter=5"), 256,
           True),
    Within("ward-large", "ward's tree of 100 000 x 8", "agglomerative", LARGE,
           ("n_clusters=20", "linkage=ward"), 256),
    Within("single-large", "the single tree of 100 000 x 8", "agglomerative", LARGE,
           ("n_clusters=20", "linkage=single"), 256),
    Within("spectral-large", "spectral of 100 000 x 8, 20 clusters, 10 nearest neighbours",
           "spectral", LARGE, ("n_clusters=20", "affinity=nearest_neighbors"), 512),
)
SAME_INERTIA = 1e-5


def iterations_of(bench, long):
    return min(bench.iterations, 3) if long else max(bench.iterations, 5)


def agreement_of(own, peer):
    """Whether both did the same work."""
    said = []
    if own.first["agreement"] is not None:
        said.append(f"adjusted Rand index of both {own.first['agreement']:.3f}")
    if peer["inertia"]:
        far = abs(own.first["inertia"] / peer["inertia"] - 1)
        said.append(f"inertia {own.first['inertia']:.9g} and {peer['inertia']:.9g}, {far:.1g} "
                    f"apart, after {own.first['iterations']} and {peer['iterations']} rounds")
    return said


def same_work(case, own, peer):
    """From given centres the inertia has to be the peer's."""
    if "--first" not in case.peer_own:
        return True
    return abs(own.first["inertia"] / peer["inertia"] - 1) <= SAME_INERTIA


def time_row(case, own, peer):
    ratio = median(peer["seconds"]) / median(own.seconds)
    good = ratio >= case.times and same_work(case, own, peer)
    notes = [f"{case.name}: {own.first['variant']}", *agreement_of(own, peer),
             disturbed(peer["name"], peer["seconds"], own.seconds)]
    return Row(f"clustering/{case.name}", case.title, f">= {case.times:g}x",
               f"{peer['name']}: {times_text(peer['seconds'])}", times_text(own.seconds),
               ratio_text(ratio), verdict(good), own.command,
               note="; ".join(n for n in notes if n), seconds=own.seconds,
               peer_seconds=peer["seconds"])


def memory_row(case, own, peer):
    share = own.first["grown_bytes"] / peer["grown_bytes"]
    return Row(f"clustering/{case.name}-memory", f"the process's growth by it: {case.title}",
               f"<= 1/{1 / case.memory:g}", f"{peer['name']}: {bytes_text(peer['grown_bytes'])}",
               bytes_text(own.first["grown_bytes"]), f"1/{1 / share:.3g}",
               verdict(share <= case.memory), own.command)


def compared(bench, python, case):
    n = iterations_of(bench, case.long)
    rows = blobs(bench, python, *case.data)
    labels = f"{bench.work}/labels.bin"
    peer = theirs(python, case.methods[1], rows, *case.settings, *case.peer_own, iterations=n,
                  labels=labels)
    own = ours(bench, case.methods[0], rows, *case.settings, *case.own, iterations=n,
               labels=labels)
    found = [time_row(case, own, peer)]
    return found + ([memory_row(case, own, peer)] if case.memory else [])


def bounded(bench, python, case):
    rows = blobs(bench, python, *case.data, f32=case.f32)
    settings = [*case.settings, f"memory={case.mib * MIB}"]
    argv = command(bench, case.method, rows, settings)
    seconds, watch = watched([*argv, "--no-peer", "--iterations", "1"], f"{bench.work}/stderr")
    return Row(f"clustering/{case.name}", f"{case.title}: private memory of the process",
               f"<= {case.mib} MiB", "", bytes_text(watch.peak), "",
               verdict(watch.peak <= case.mib * MIB), describe(argv),
               note=f"{case.name}: two fits in {seconds:.3g} s; sampled {watch.samples} times")


# --- the whole command


def as_npy(source, n, d, path):
    """The first n rows of a .npy file of doubles, d wide."""
    head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({n}, {d}), }}"
    head += " " * (-(10 + len(head) + 1) % 64) + "\n"
    with open(source, "rb") as given, open(path, "wb") as out:
        skip = given.read(10)
        given.seek(10 + struct.unpack("<H", skip[8:])[0])
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
        out.write(given.read(n * d * 8))
    return path


def whole(bench, python):
    """`stint cluster` beside a Python process that reads the same file, fits and writes labels."""
    rows = blobs(bench, python, *MANY)
    init = as_npy(rows, 64, MANY.d, f"{bench.work}/init.npy")
    out = f"{bench.work}/labels"
    argv = [bench.stint, "cluster", rows, "--method", "kmeans", "--k", "64", "--init", init,
            "--max-iter", "50", "--tol", "0", "--n-init", "1", "--out", f"{out}.csv", "--json"]
    peer_argv = [python, "bench/peers/cluster_file.py", rows, f"{out}-peer.csv", "64", "50"]
    seconds, peer_seconds = [], []
    for _ in range(iterations_of(bench, False) + 1):  # the first is not counted
        peer_seconds.append(wall_seconds(peer_argv))
        seconds.append(wall_seconds(argv))
    seconds, peer_seconds = seconds[1:], peer_seconds[1:]
    ratio = median(peer_seconds) / median(seconds)
    return Row("clustering/command", "the whole command of the first, a .npy file to labels in a "
               ".csv", ">= 2x", f"scikit-learn, numpy: {times_text(peer_seconds)}",
               times_text(seconds), ratio_text(ratio), verdict(ratio >= 2), describe(argv),
               seconds=seconds, peer_seconds=peer_seconds)


def measure(bench):
    try:
        python = bench.peers_python("sklearn")
    except Skip as why:
        return [skipped("clustering", "clusterings", "", why)]
    rows = []
    for case in CASES:
        rows += compared(bench, python, case)
        if case is CASES[0]:
            rows.append(whole(bench, python))
    return rows + [bounded(bench, python, case) for case in BOUNDED]


CLUSTERING = Target("clustering", "k-means, trees and spectral against scikit-learn and SciPy",
                    measure)
