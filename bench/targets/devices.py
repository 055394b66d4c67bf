"""Clusterings on every device of this machine, and within less and less memory.

The tables of docs/optimisation-guide.md: their rows are the `cells` of these."""

from collections import namedtuple

from harness.clusters import blobs, ours, theirs
from harness.row import FOR_SCALE, Row, Skip, skipped
from harness.stats import bytes_text, median, ratio_text, time_text
from harness.target import Target

DEVICES = ("scalar", "simd", "threads", "blas")
Data = namedtuple("Data", "n d centres apart")
# its iterations; starts of k-means, 0 = from the first rows; whether trees and spectral are for so
# many rows
Size = namedtuple("Size", "data iterations starts all")
SIZES = (Size(Data(100, 10, 3, 1), 15, 10, True), Size(Data(1000, 50, 5, 1), 9, 10, True),
         Size(Data(10_000, 100, 10, 1), 3, 10, True), Size(Data(100_000, 200, 10, 1), 3, 0, False))

SAMPLED = 0.005  # seconds that a fit has to take for an average of samples, one a millisecond
LONG = 10_000  # from so many rows on the slowest device fits once

# speed against scalar, and what is said of it
WORTH = ((10, "highly recommended"), (2, "recommended"), (1.2, "worth it"), (0.8, "no gain"),
         (0, "not recommended"))


def recommendation(speed):
    return next(text for least, text in WORTH if speed > least)


def methods_of(size):
    """(Stint's, the peer's, settings of both, Stint's own, the peer's own)"""
    k = f"n_clusters={size.data.centres}"
    found = [("kmeans", "KMeans", (k, f"n_init={size.starts or 1}"),
              () if size.starts else ("centers=first",),
              ("random_state=0",) if size.starts else ("--first",))]
    if size.all:
        found += [("agglomerative", "AgglomerativeClustering", (k, "linkage=ward"), (), ()),
                  ("spectral", "SpectralClustering", (k, "affinity=nearest_neighbors"), (),
                   ("random_state=0",))]
    return found


def row_of(method, size, device, own, scalar, peer):
    warm, first = median(own.seconds), own.first["first_seconds"]
    speed = scalar / warm
    shape = f"{size.data.n} x {size.data.d}"
    said = recommendation(speed) if device != DEVICES[0] else "the reference"
    best = f"{ratio_text(median(peer['seconds']) / warm)}"
    cells = {"method": method, "rows x columns": shape, "device": device,
             "variant": own.first["variant"], "time": time_text(warm),
             "first call": time_text(first), "against scalar": ratio_text(speed),
             "peak": bytes_text(own.first["peak_bytes"]),
             "average": bytes_text(own.first["average_bytes"]) if first > SAMPLED else "",
             "allocations": str(own.first["blocks"]),
             "scikit-learn": f"{time_text(median(peer['seconds']))} ({best})", "advice": said}
    return Row(f"devices/{method}-{size.data.n}-{device}", f"{method} of {shape} on {device}",
               measured=time_text(warm), ratio=ratio_text(speed), verdict=FOR_SCALE,
               command=own.command, note=said, seconds=own.seconds, peer_seconds=peer["seconds"],
               cells=cells)


def measure_size(bench, python, size):
    data = blobs(bench, python, *size.data)
    rows = []
    for method, peer_method, settings, more, peer_own in methods_of(size):
        peer = theirs(python, peer_method, data, *settings, *peer_own, iterations=size.iterations)
        scalar = None
        for device in DEVICES:
            slow = device == DEVICES[0] and size.data.n >= LONG
            own = ours(bench, method, data, *settings, *more, f"device={device}",
                       iterations=0 if slow else size.iterations)
            scalar = scalar or median(own.seconds)
            rows.append(row_of(method, size, device, own, scalar, peer))
    return rows


# memory in MiB, 0 = as much as there is
Budget = namedtuple("Budget", "title method data settings mib")
BUDGETS = (
    Budget("k-means, 1000 clusters, 20 rounds", "kmeans", Data(200_000, 32, 64, 2),
           ("n_clusters=1000", "max_iter=20", "tol=0", "n_init=1", "centers=first"), (0, 32, 16)),
    Budget("the average tree", "agglomerative", Data(4000, 100, 10, 1),
           ("n_clusters=10", "linkage=average"), (0, 32, 16)),
    Budget("the ward tree", "agglomerative", Data(100_000, 8, 20, 1),
           ("n_clusters=20", "linkage=ward"), (0,)),
    Budget("spectral, rbf", "spectral", Data(4000, 100, 10, 0.5),
           ("n_clusters=10", "gamma=0.008"), (0, 32)),
)


def budget_rows(bench, python, case):
    data, shape = blobs(bench, python, *case.data), f"{case.data.n} x {case.data.d}"
    rows, whole = [], None
    for mib in case.mib:
        own = ours(bench, case.method, data, *case.settings, *([f"memory={mib << 20}"] if mib else
                                                              []), iterations=1)
        seconds = median(own.seconds)
        whole = whole or seconds
        may = f"{mib} MiB" if mib else "any"
        cells = {"clustering": case.title, "rows x columns": shape, "may hold": may,
                 "variant": own.first["variant"], "held": bytes_text(own.first["peak_bytes"]),
                 "time": time_text(seconds), "times as long": f"{seconds / whole:.3g}"}
        rows.append(Row(f"devices/{case.method}-{case.data.n}-{mib}-MiB",
                        f"{case.title} of {shape} within {may}", measured=time_text(seconds),
                        command=own.command, seconds=own.seconds, cells=cells))
    return rows


def measure(bench):
    try:
        python = bench.peers_python("sklearn")
    except Skip as why:
        return [skipped("devices", "clusterings on every device", "", why)]
    return ([row for size in SIZES for row in measure_size(bench, python, size)] +
            [row for case in BUDGETS for row in budget_rows(bench, python, case)])


DEVICES_TARGET = Target("devices", "clusterings on every device, for docs/optimisation-guide.md",
                        measure)
