"""A table larger than the budget by far: private memory, and the kernel's own test."""

from harness import bench as b
from harness.memory import Cgroup, drop_pages, watched
from harness.process import describe
from harness.row import Failure, Row, Skip, skipped, verdict
from harness.stats import bytes_text, time_text
from harness.target import Target

ROWS, COLUMNS = 5_000_000, 20
BUDGET, SLACK = 512 << 20, 64 << 20
CHUNK_ROWS, CHUNKS_IN_FLIGHT = 65_536, 1  # src/data/chunker.h

CONFIG = """\
split: {test: 0.2, folds: 5, seed: 7}
features: {scale: standard}
search:
  metric: rmse
  models:
    - ridge: {alpha: {log: [1.0e-2, 1.0e2], n: 5}}
"""

WORKLOAD = f"{ROWS} x {COLUMNS} CSV under --memory 512MiB"


def private_row(name, what, seconds, watch, argv):
    return Row(f"large/{name}", f"{WORKLOAD}: {what}", f"private memory <= {bytes_text(BUDGET)}",
               measured=f"{bytes_text(watch.peak)} in {time_text(seconds)}",
               ratio=f"{watch.peak / BUDGET:.2f} of it", verdict=verdict(watch.peak <= BUDGET),
               command=describe(argv),
               note=f"{watch.samples} samples over {watch.processes} processes at most, "
                    f"{watch.longest_gap * 1e3:.0f} ms apart at most")


def ingest_row(bench, source):
    cache, = bench.fresh("large-cache")
    argv = bench.ingest_command(source, cache, "--memory", "512MiB")
    return private_row("ingest", "stint ingest", *watched(argv, f"{bench.work}/stderr"), argv)


def run_rows(bench, config):
    run_dir, cache = bench.fresh("large-run", "large-cache")
    argv = bench.run_command(config, run_dir, cache, "--memory", "512MiB")
    row = private_row("run", "stint run", *watched(argv, f"{bench.work}/stderr"), argv)
    row.note += "; " + ", ".join(
        f"{name} {bytes_text(line['peak_bytes'])} in {time_text(line['seconds'])}"
        for name, line in b.stages(run_dir).items())
    table = b.read_json(f"{run_dir}/environment.json")["ingest_table_peak_bytes"]
    limit = 2 * CHUNK_ROWS * (COLUMNS + 1) * 8 * CHUNKS_IN_FLIGHT
    return [row, Row("large/table", f"{WORKLOAD}: the peak under tag `table`",
                     f"<= 2 x chunk x chunks in flight, {bytes_text(limit)}",
                     measured=bytes_text(table), ratio=f"{table / limit:.2f} of it",
                     verdict=verdict(table <= limit), command=describe(argv))]


def cgroup_row(bench, source, config):
    name, workload = "large/cgroup", f"{WORKLOAD}: stint run in a memory cgroup"
    limit = BUDGET + SLACK
    target = f"passes within {bytes_text(limit)}"
    try:
        group = Cgroup(limit)
    except Skip as why:
        return skipped(name, workload, target, why)
    run_dir, cache = bench.fresh("large-run", "large-cache")
    argv = bench.run_command(config, run_dir, cache, "--memory", "512MiB")
    try:
        drop_pages(source)
        seconds, watch = watched(group.within(argv), f"{bench.work}/stderr")
        ended = f"ends with 0 in {time_text(seconds)}"
        good = group.kills() <= 0
    except Failure as why:
        ended, good, watch = str(why).rsplit(":", 1)[-1][-80:], False, None
    row = Row(name, workload, target, "", ended, "", verdict(good), describe(argv))
    row.note = (f"cgroup version {group.version}, no swap; its highest use, page cache included, "
                f"{bytes_text(group.peak())}, out-of-memory kills {group.kills()}")
    if watch:
        row.note += f", private memory {bytes_text(watch.peak)}"
    group.remove()
    return row


def measure(bench):
    source = bench.generate(ROWS, COLUMNS)
    config = bench.config("large", source, CONFIG)
    rows = [ingest_row(bench, source)]
    rows += run_rows(bench, config)
    rows.append(cgroup_row(bench, source, config))
    bench.clean()
    return rows


LARGE = Target("large", "a 2 GB CSV within 512 MiB", measure)
