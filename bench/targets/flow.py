"""What gradient flow costs an update of the trainer: instructions by callgrind, and time."""

import re
import shutil
import subprocess

from harness import process
from harness.row import FOR_SCALE, Failure, Row, skipped, verdict
from harness.stats import median, times_text
from harness.target import Target

NETS = {"mlp": "784-256-128-10, batch 128", "lstm": "LSTM of 64 over 50 steps of 8, batch 32"}
MOST, UPDATES = 0.05, 20  # of an update; of an epoch of bench_flow


def instructions(bench, argv):
    """On one core, where no thread waits for another by spinning."""
    profile, = bench.fresh("callgrind")
    done = subprocess.run(["taskset", "-c", "0", "valgrind", "--tool=callgrind",
                           f"--callgrind-out-file={profile}", *argv], capture_output=True,
                          text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        raise Failure(f"{process.describe(argv)}: {done.stderr.strip()[-500:]}")
    return int(found[1])


def counted(bench, program, net, way):
    """Of an update: a second epoch has neither tracing nor planning."""
    one, two = (instructions(bench, [program, net, way, epochs]) for epochs in ("1", "2"))
    return (two - one) / UPDATES


def count_row(bench, program, net, title):
    off, on = (counted(bench, program, net, way) for way in ("off", "on"))
    return Row(f"flow/{net}/instructions", f"an update, {title}: instructions with gradient flow",
               f"<= {MOST:.0%} more", f"off: {off / 1e6:.2f} million", f"{on / 1e6:.2f} million",
               f"{on / off - 1:+.1%}", verdict(on / off - 1 <= MOST),
               process.describe([program, net, "on", "2"]))


def measure(bench):
    program, rows = f"{bench.build}/bin/bench_flow", []
    for found in process.peer_lines([program]):
        title = NETS[found["net"]]
        rows.append(Row(f"flow/{found['net']}/time", f"an update, {title}, with gradient flow",
                        peer=f"off: {times_text(found['off'])}", measured=times_text(found["on"]),
                        ratio=f"{median(found['on']) / median(found['off']) - 1:+.1%}",
                        verdict=FOR_SCALE, command=process.describe([program]),
                        seconds=found["on"], peer_seconds=found["off"]))
    if not shutil.which("valgrind"):
        return [*rows, skipped("flow/instructions", "instructions with gradient flow",
                               f"<= {MOST:.0%} more", "valgrind is not there")]
    return rows + [count_row(bench, program, net, title) for net, title in NETS.items()]


FLOW = Target("flow", "what gradient flow costs an update", measure)
