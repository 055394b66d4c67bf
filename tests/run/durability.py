"""Is what a run made safe from a power cut?  Judged from the calls that strace saw.

    events = watch(place, "run", "c.yaml", "--run-dir", "run")
    said = weaknesses(events, place / "run")

The rules, for every name in the run directory that lasts:

  - before a file or directory gets its lasting name by a rename, it is synced, and so is
    everything below it;
  - a directory is synced after a lasting name was made or renamed in it, before that process
    changes anything else in the run directory;
  - at the end nothing that lasts is unsynced.

Measurements and locks (EXEMPT) may be lost.
"""

import os
import re
import typing

import traced
from stint_test import DONE, expect

EXEMPT = {"timings.jsonl", "log.txt", ".lock"}
CALLS = ("openat", "open", "creat", "write", "pwrite64", "writev", "pwritev", "ftruncate", "fallocate",
         "fsync", "fdatasync", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "symlink",
         "link", "unlink", "unlinkat", "rmdir")
WRITES = ("write", "pwrite64", "writev", "pwritev", "ftruncate", "fallocate")
REMOVES = ("unlink", "unlinkat", "rmdir")


class Event(typing.NamedTuple):
    pid: int
    call: str    # made, wrote, synced, renamed, removed
    path: str
    to: str = ""  # renamed


def watch(place, *arguments, env=None):
    """Run `stint ARGUMENTS…` under strace; its Events in order."""
    log = place / "durability.strace"
    before = set(everything(place.path))
    result = place.command(*arguments, env={**traced.environment(), **(env or {})}, before=[
        "strace", "-f", "-y", "-o", log, "-e", "trace=" + ",".join(CALLS)])
    expect(result.returncode == DONE, result.returncode, result.stderr)
    events = []
    for pid, text in traced.lines_of(log):
        found = event(place.path, pid, text)
        if found and not (found.call == "made" and found.path in before):
            events.append(found)
    return events


def everything(path):
    for folder, folders, files in os.walk(path):
        for name in folders + files:
            yield os.path.join(folder, name)


def event(cwd, pid, text):
    call = re.match(r"(\w+)\((.*)\)\s+= (-?\d+)", text)
    if not call or call[3].startswith("-"):
        return None
    name, said = call[1], call[2]
    paths = [os.path.normpath(os.path.join(cwd, p)) for p in re.findall(r'"([^"]*)"', said)]
    behind = re.match(r"\d+<([^>]*)>", said)
    if name in ("open", "openat", "creat"):
        return Event(pid, "made", paths[0]) if "O_CREAT" in said or name == "creat" else None
    if name in ("mkdir", "mkdirat", "symlink", "link"):
        return Event(pid, "made", paths[-1])
    if name.startswith("rename"):
        return Event(pid, "renamed", *paths)
    if name in REMOVES:
        return Event(pid, "removed", paths[0])
    if not behind:
        return None
    return Event(pid, "synced" if "sync" in name else "wrote", behind[1])


def parent(path):
    return os.path.dirname(path)


def within(path, folder):
    return path == folder or path.startswith(folder + "/")


class Judge:
    def __init__(self, run_dir):
        self.run = run_dir
        self.dirty = set()    # files whose content is not synced
        self.entries = {}     # directory: names in it that are not synced
        self.owed = {}        # pid: directories it has to sync at once
        self.said = []

    def lasts(self, path):
        """Is this a name in the run directory (or its own) that is there to stay?"""
        parts = os.path.relpath(path, parent(self.run)).split("/")
        return within(path, self.run) and not any(
            p.endswith(".tmp") or p in EXEMPT for p in parts)

    def note(self, *words):
        self.said.append(" ".join(words))

    def due(self, e):
        """Whoever changes the run directory has paid what it owes."""
        if within(e.path, self.run) and e.call != "synced" and self.owed.get(e.pid):
            self.note(*sorted(self.owed.pop(e.pid)), "was not synced before", e.call, e.path)

    def named(self, e, path):
        self.entries.setdefault(parent(path), set()).add(path)
        if self.lasts(path):
            self.owed.setdefault(e.pid, set()).add(parent(path))

    def made(self, e):
        if os.path.isdir(e.path):
            self.named(e, e.path)
        elif e.path not in self.dirty:
            self.entries.setdefault(parent(e.path), set()).add(e.path)

    def wrote(self, e):
        self.dirty.add(e.path)

    def synced(self, e):
        self.dirty.discard(e.path)
        self.entries.pop(e.path, None)
        self.owed.get(e.pid, set()).discard(e.path)

    def removed(self, e):
        self.dirty.discard(e.path)
        self.entries.get(parent(e.path), set()).discard(e.path)
        for folder in [d for d in self.entries if within(d, e.path)]:
            del self.entries[folder]

    def renamed(self, e):
        if self.lasts(e.to):
            for path in sorted(self.dirty):
                if within(path, e.path):
                    self.note(path, "is unsynced as it becomes part of", e.to)
            for folder, names in sorted(self.entries.items()):
                if within(folder, e.path) and names:
                    self.note(folder, "is unsynced as it becomes part of", e.to)
        self.entries.get(parent(e.path), set()).discard(e.path)

        def moved(path):
            return e.to + path[len(e.path):] if within(path, e.path) else path

        self.dirty = {moved(p) for p in self.dirty}
        self.entries = {moved(d): {moved(p) for p in names} for d, names in self.entries.items()}
        self.named(e, e.to)

    def end(self):
        for path in sorted(self.dirty):
            if self.lasts(path):
                self.note(path, "is unsynced at the end")
        for folder, names in sorted(self.entries.items()):
            lost = sorted(n for n in names if self.lasts(n) and os.path.exists(n))
            if lost:
                self.note(folder, "is unsynced at the end, and may lose", *lost)


def weaknesses(events, run_dir):
    """What a power cut could take, as text, a line each; [] when all is safe."""
    judge = Judge(run_dir)
    for e in events:
        judge.due(e)
        getattr(judge, e.call)(e)
    judge.end()
    return judge.said
