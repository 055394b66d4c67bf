"""Five checks at once against one after another, and from the cache; results batched and singly."""

from harness import bench as b
from harness.process import describe, output
from harness.row import Row, verdict
from harness.stats import median, times_text
from harness.target import Target

AT_ONCE, CACHED, BATCHED = 1.7, 20, 3


def times_of(bench, program, *flags):
    results, = bench.fresh(f"{program}.json")
    argv = [f"{bench.build}/bin/{program}", "--no-peer", "--json", results, *flags]
    output(argv)
    return {c["name"]: c["seconds"] for c in b.read_json(results)["cases"]}, describe(argv[:1])


def against(name, workload, times, slow, fast, slow_name, command):
    ratio = median(slow) / median(fast)
    return Row(name, workload, f">= {times:g}x", f"{slow_name}: {times_text(slow)}",
               times_text(fast), f"{ratio:.2g}x" if ratio < 10 else f"{ratio:.0f}x",
               verdict(ratio >= times), command, seconds=fast, peer_seconds=slow)


def measure(bench):
    seconds, command = times_of(bench, "bench_checks")
    table = "five checks of 1000000 x 20"
    rows = [against("checks/at-once", f"{table}, at once", AT_ONCE, seconds["checks-one-by-one"],
                    seconds["checks-at-once"], "one after another", command),
            against("checks/cached", f"{table}, from the cache", CACHED, seconds["checks-at-once"],
                    seconds["checks-cached"], "at once", command)]
    written, command = times_of(bench, "bench_base", "--only", "journal")
    durable, command = times_of(bench, "bench_base", "--only", "results")
    rows.append(against("checks/results", "50 results of fits kept in the journal, synced",
                        BATCHED, durable["results_singly"], durable["results_batch"],
                        "one by one", command))
    ratio = median(written["journal_singly"]) / median(written["journal_append"])
    rows[-1].note = f"without the sync, 1000 at once are written {ratio:.2g} times as fast"
    return rows


CHECKS = Target("checks", "checks at once and cached, results written in batches", measure)
