"""PyTorch as a peer: every version of it that is installed, by the scripts of bench/peers/."""

import os
import subprocess

from harness import machine, process
from harness.row import Skip

HOW = ("tools/setup --peers installs Debian's python3-torch, tools/setup --peers-torch the newest "
       "release")
PYTHONS = (machine.PEERS_PYTHON, machine.PEERS_TORCH_PYTHON, machine.DEBIAN_PYTHON)


def imports(python):
    return os.access(python, os.X_OK) and subprocess.run(
        [python, "-c", "import torch"], capture_output=True).returncode == 0


def pythons():
    """[interpreter], one for each version of PyTorch."""
    found = {}
    for python in PYTHONS:
        version = machine.versions(python).get("torch") if os.access(python, os.X_OK) else None
        if version and version not in found and imports(python):
            found[version] = python
    if not found:
        raise Skip(f"no PyTorch: {HOW}")
    return list(found.values())


def times(python, script, *arguments, iterations):
    """{mode: what the script printed of it}, on as many threads as Stint takes."""
    lines = process.peer_lines([python, f"bench/peers/{script}", *map(str, arguments),
                                "--threads", str(len(os.sched_getaffinity(0))),
                                "--iterations", str(iterations)])
    return {line["mode"]: line for line in lines}
