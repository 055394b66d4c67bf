"""How the PyTorch peers of the case studies run: steps one by one, and what the process grew by,
as the kernel has it; one JSON line.

A line: {"name": "PyTorch 2.15.0", "mode": ..., "seconds": [of one step, ...], "grown": bytes that
the process was resident in at most, beyond those before the net was made, "first_loss": ...,
"last_loss": ...}.
"""

import json
import time

import torch

import torch_timing


def status_bytes(key):
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(f"{key}:"):
                return int(line.split()[1]) * 1024
    return -1


def warm_up():
    """What PyTorch loads and starts for its first product and backward pass is not the net's."""
    w = torch.ones(64, 64, requires_grad=True)
    (torch.ones(64, 64) @ w).sum().backward()


def run(mode, make, given):
    """make() -> step, step(i) -> its loss; the first step is not timed."""
    warm_up()
    began = status_bytes("VmRSS")
    step = make()
    losses, seconds = [step(0)], []
    for i in range(1, given.iterations + 1):
        start = time.perf_counter()
        losses.append(step(i))
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"name": torch_timing.NAME, "mode": mode, "seconds": seconds,
                      "grown": status_bytes("VmHWM") - began, "first_loss": losses[0],
                      "last_loss": losses[-1]}), flush=True)
