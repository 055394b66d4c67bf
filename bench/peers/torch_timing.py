"""How the PyTorch peers time: groups of steps long enough for the clock, one JSON line a mode.

A line: {"name": "PyTorch 2.1.0", "mode": ..., "seconds": [of one step, ...], "group": steps
timed at once, "threads": as given, "cores": kept busy on average}.
"""

import argparse
import json
import time

import torch

LEAST_SECONDS = 0.05  # of a group
NAME = "PyTorch " + torch.__version__.split("+")[0]


def flags(description, iterations=15):
    out = argparse.ArgumentParser(description=description,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    out.add_argument("--threads", type=int, default=2)
    out.add_argument("--iterations", type=int, default=iterations, help="groups timed")
    out.add_argument("--warm-up", type=int, default=3, help="groups run before them")
    return out


def parse(arguments):
    given = arguments.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(1)
    return given


def group_of(step, most):
    """So many steps that a group takes LEAST_SECONDS."""
    step()
    began, n = time.perf_counter(), 0
    while n < most and time.perf_counter() - began < LEAST_SECONDS:
        step()
        n += 1
    return n


def times(make, given, most=500):
    """make() -> step, made anew, untimed, before every group: no run of steps is long enough to
    converge, and so none computes with the denormal numbers that converged training ends in."""
    step = make()
    group = max(group_of(step, most) for _ in range(2))
    seconds, busy = [], []
    for _ in range(given.warm_up + given.iterations):
        step = make()
        step()
        cpu, began = time.process_time(), time.perf_counter()
        for _ in range(group):
            step()
        seconds.append((time.perf_counter() - began) / group)
        busy.append((time.process_time() - cpu) / group)
    seconds, busy = seconds[given.warm_up:], busy[given.warm_up:]
    return {"seconds": seconds, "group": group, "threads": given.threads,
            "cores": sum(busy) / sum(seconds)}


def report(mode, found):
    print(json.dumps({"name": NAME, "mode": mode, **found}), flush=True)
