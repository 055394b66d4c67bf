"""What the figures were measured on, and with what."""

import datetime
import os
import platform
import subprocess

PEERS_PYTHON = "build/peers/bin/python"
PEERS_TORCH_PYTHON = "build/peers-torch/bin/python"
DEBIAN_PYTHON = "/usr/bin/python3"

VERSIONS = """
import importlib.metadata as m, platform
print("Python", platform.python_version())
for name in ("pandas", "scikit-learn", "numpy", "pyarrow", "torch"):
    try:
        print(name, m.version(name))
    except m.PackageNotFoundError:
        pass
"""


def printed(argv):
    try:
        return subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
    except OSError:
        return ""


def first_after(path, key):
    try:
        with open(path) as file:
            for line in file:
                if line.startswith(key):
                    return line.split("=" if "=" in line else ":", 1)[1].strip().strip('"')
    except OSError:
        pass
    return "unknown"


def versions(python):
    """{name: version} of an interpreter and the peers in it."""
    return dict(line.split() for line in printed([python, "-c", VERSIONS]).splitlines())


def revision():
    commit = printed(["git", "rev-parse", "--short", "HEAD"]).strip() or "unknown"
    changed = printed(["git", "status", "--porcelain", "--", "src", "cli", "include"]).strip()
    return commit + (" and changes" if changed else "")


def facts(stint):
    """Ordered {name: text}; `stint` is the command."""
    doctor = dict(line.split(None, 1) for line in printed([stint, "doctor"]).splitlines()
                  if len(line.split(None, 1)) == 2)
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    out = {
        "machine": f"{first_after('/proc/cpuinfo', 'model name')}, "
                   f"{len(os.sched_getaffinity(0))} cores ({doctor.get('simd', 'unknown')}), "
                   f"{pages * page / (1 << 30):.1f} GiB",
        "system": f"{first_after('/etc/os-release', 'PRETTY_NAME')}, Linux {platform.release()}",
        "Stint": f"{doctor.get('stint', 'unknown')}, revision {revision()}",
        "DuckDB": doctor.get("duckdb", "unknown").lstrip("v"),
        "OpenBLAS": doctor.get("openblas", "unknown").removeprefix("OpenBLAS "),
    }
    for what, python in (("peers", PEERS_PYTHON), ("newest PyTorch", PEERS_TORCH_PYTHON),
                         ("Debian's peers", DEBIAN_PYTHON)):
        found = versions(python)
        if found:
            out[what] = ", ".join(f"{name} {version}" for name, version in found.items())
    return out


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def busy():
    """Processes that want a core, over the last minute."""
    return os.getloadavg()[0]
