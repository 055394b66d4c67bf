"""Private memory as the kernel reports it, and memory cgroups.

Private means RssAnon + RssShmem + VmSwap, summed over the process and all below it.
"""

import os
import threading
import time

from harness.process import check, spawn
from harness.row import Skip

INTERVAL_SECONDS = 0.010


def private_bytes(pid):
    """0 when the process is gone."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            text = file.read()
    except OSError:
        return 0
    total = 0
    for name in (b"\nRssAnon:", b"\nRssShmem:", b"\nVmSwap:"):
        at = text.find(name)
        if at >= 0:
            total += int(text[at + len(name):].split(None, 1)[0]) * 1024
    return total


def family(pid):
    """The process and all below it."""
    found, at = [pid], 0
    while at < len(found):
        try:
            for thread in os.listdir(f"/proc/{found[at]}/task"):
                with open(f"/proc/{found[at]}/task/{thread}/children", "rb") as file:
                    found += [int(child) for child in file.read().split()]
        except OSError:
            pass
        at += 1
    return found


class Watch(threading.Thread):
    """Samples a family's private memory until stopped."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.samples, self.processes, self.longest_gap = pid, 0, 0, 0, 0.0
        self.done = threading.Event()

    def run(self):
        next_at = last = time.perf_counter()
        while not self.done.is_set():
            pids = family(self.pid)
            self.peak = max(self.peak, sum(map(private_bytes, pids)))
            self.processes = max(self.processes, len(pids))
            self.samples += 1
            now = time.perf_counter()
            self.longest_gap, last = max(self.longest_gap, now - last), now
            next_at = max(next_at + INTERVAL_SECONDS, now)
            self.done.wait(next_at - now)


def watched(argv, stderr, stdout=None):
    """Run a command that must end in 0; (seconds, Watch)."""
    began = time.perf_counter()
    pid = spawn(argv, stdout=stdout, stderr=stderr)
    watch = Watch(pid)
    watch.start()
    _, status = os.waitpid(pid, 0)
    seconds = time.perf_counter() - began
    watch.done.set()
    watch.join()
    check(argv, status, stderr)
    return seconds, watch


def drop_pages(path):
    """Take a file out of the page cache, so that whoever reads it next is charged for it."""
    with open(path, "rb") as file:
        os.fdatasync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


class Cgroup:
    """A memory cgroup of a limit, without swap; version 1 or 2."""

    def __init__(self, limit):
        name = f"stint-bench-{os.getpid()}"
        first, second = "/sys/fs/cgroup/memory", "/sys/fs/cgroup"
        if os.path.exists(f"{first}/memory.limit_in_bytes"):
            self.version, self.path = 1, f"{first}/{name}"
            limits = {"memory.limit_in_bytes": limit, "memory.swappiness": 0}
        elif os.path.exists(f"{second}/cgroup.subtree_control"):
            self.version, self.path = 2, f"{second}/{name}"
            limits = {"memory.max": limit, "memory.swap.max": 0}
        else:
            raise Skip("no memory cgroup: /sys/fs/cgroup has none")
        try:
            os.mkdir(self.path)
        except OSError as why:
            raise Skip(f"no memory cgroup can be made: {why.strerror}: run as root") from why
        # the first is the limit; not every kernel has the second
        written = [self.write(file, value) for file, value in limits.items()]
        if not written[0]:
            self.remove()
            raise Skip(f"{next(iter(limits))} cannot be set: enable the memory controller")

    def write(self, file, value):
        try:
            with open(f"{self.path}/{file}", "w") as out:
                out.write(str(value))
        except OSError:
            return False
        return True

    def number(self, file, key=None):
        try:
            with open(f"{self.path}/{file}") as text:
                lines = text.read().split("\n")
        except OSError:
            return -1
        if key is None:
            return int(lines[0])
        return next((int(line.split()[1]) for line in lines if line.split()[:1] == [key]), -1)

    def within(self, argv):
        """argv, to be run in the cgroup."""
        join = 'echo $$ >"$0" && exec "$@"'
        return ["/bin/sh", "-c", join, f"{self.path}/cgroup.procs", *argv]

    def peak(self):
        return self.number("memory.max_usage_in_bytes" if self.version == 1 else "memory.peak")

    def kills(self):
        file = "memory.oom_control" if self.version == 1 else "memory.events"
        return self.number(file, "oom_kill")

    def remove(self):
        try:
            os.rmdir(self.path)
        except OSError:
            pass
