"""Runs of the command under strace, where one process by its role is killed or failed.

A run is a coordinator ("run") and its children, by their verb: "ingest", "worker", "export".
record() notes every call that changes a file, of all of them.  inject() repeats such a run
with `strace --inject` on one role alone:

  - the coordinator is started under `strace -f -b execve`, which lets go of each child as
    that becomes the command again;
  - a child is reached through the coordinator: strace rewrites what readlink of /proc/self/exe
    answers it, so that it starts its children from a script of ours, and this puts `strace -D`
    in front of the first child of the role, and of no later one.

strace counts an injection's when=N by thread, and the calls that matter are made by main
threads (record() tells), so that (role, call, N) names one moment of a run.  A killed call is
not made: SIGKILL is there before it begins.
"""

import os
import re
import shutil
import subprocess
import typing

from stint_test import SANITIZED, STINT, expect, read, skip, write

ROLES = ("run", "ingest", "worker", "export")
WRITES = ("write", "pwrite64", "fallocate")
SYNCS = ("fsync", "fdatasync")
NAMES = ("rename", "renameat", "renameat2", "unlink", "unlinkat", "ftruncate",
         "mkdir", "mkdirat", "rmdir")
CHANGES = WRITES + SYNCS + NAMES
OWN_PATH = "/proc/self/exe"


class Call(typing.NamedTuple):
    """One call of a recorded run: `path` is of the file it is about; n counts from 1 among the
    calls of that name by that thread."""
    role: str
    pid: int
    main: bool
    name: str
    n: int
    path: str


def needed():
    """Skip where strace cannot trace."""
    if not shutil.which("strace"):
        skip("strace is not installed")
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode:
        skip("this machine does not let strace trace")


def environment():
    """LeakSanitizer cannot work in a traced process."""
    if not SANITIZED:
        return {}
    return {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


# --- reading what strace wrote -----------------------------------------------------------------


def lines_of(log):
    """(pid, text) per finished call, in order of their ends; interrupted lines put together."""
    begun = {}
    for line in read(log).decode(errors="replace").splitlines():
        pid, _, text = line.partition(" ")
        text = text.strip()
        if text.endswith("<unfinished ...>"):
            begun[pid] = text[:-len("<unfinished ...>")].rstrip()
        elif text.startswith("<... "):
            yield int(pid), begun.pop(pid, "") + re.sub(r"^<\.\.\. \w+ resumed>", "", text)
        else:
            yield int(pid), text


def unquote(text):
    """A name as strace prints it, -xx or plain, in quotes or in <> behind a descriptor."""
    return re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), text)


def path_in(text):
    """The file that a printed call is about: the last name in it, which is a rename's new one,
    or that of its descriptor."""
    quoted = re.findall(r'"([^"]*)"', text)
    name = re.match(r"\w+", text)[0]
    if name in NAMES and quoted and name != "ftruncate":
        return unquote(quoted[-1])
    found = re.match(r"\w+\(\d+<([^>]*)>", text)
    return unquote(found[1]) if found else ""


class Roles:
    """Whose each pid is: a thread belongs to the process that made it, a child to the verb it
    was started with."""

    def __init__(self):
        self.role, self.process = {}, {}

    def see(self, pid, text):
        if pid not in self.role:
            self.role[pid], self.process[pid] = "run", pid
        made = re.match(r"(?:clone3?|v?fork)\(.* = (\d+)", text)
        if made:
            thread = "CLONE_THREAD" in text
            child = int(made[1])
            if child not in self.process:
                self.role[child] = self.role[pid]
            self.process[child] = self.process[pid] if thread else child
        started = re.match(r'execve\("[^"]*", \["[^"]*", "([^"]*)"', text)
        if started:
            self.role[pid], self.process[pid] = unquote(started[1]), pid


def record(place, *arguments, **options):
    """Run `stint ARGUMENTS…` and return its result and its Calls."""
    log = place / "record.strace"
    trace = ",".join(CHANGES + ("execve", "clone", "clone3", "vfork", "fork", "readlink"))
    result = place.command(*arguments, env=environment(), **options, before=[
        "strace", "-f", "--seccomp-bpf", "-y", "-o", log, "-e", "trace=" + trace])
    roles, counts, calls = Roles(), {}, []
    for pid, text in lines_of(log):
        name = re.match(r"(\w+)\(", text)
        if not name:
            continue
        roles.see(pid, text)
        if name[1] in CHANGES or OWN_PATH in text:
            n = counts[pid, name[1]] = counts.get((pid, name[1]), 0) + 1
            path = OWN_PATH if name[1] == "readlink" else path_in(text)
            calls.append(Call(roles.role[pid], roles.process[pid], pid == roles.process[pid],
                              name[1], n, path))
    return result, calls


def first_processes(calls):
    """Of each role, the calls of its first process."""
    first = {}
    for call in calls:
        first.setdefault(call.role, call.pid)
    return [call for call in calls if call.pid == first[call.role]]


# --- injecting ---------------------------------------------------------------------------------

WRAPPER = """#!/bin/sh
# started by the coordinator instead of the command
set -C
if [ "$1" = {role} ] && true 2>/dev/null > {once}; then
    exec strace -D {options} {stint} "$@"
fi
exec {stint} "$@"
"""


def inject(place, role, injection, own_path_n, *arguments, more=(), **options):
    """Run `stint ARGUMENTS…` with `strace -e inject=INJECTION` on one role.

    own_path_n says which of the coordinator's readlinks of /proc/self/exe is its own, not the
    loader's.  Returns the result and whether the injection was made; what the role did stands
    in place / "inject.strace".
    """
    log, once, wrapper = place / "inject.strace", place / "inject.once", place / "inject.sh"
    name = injection.split(":")[0]
    watched = ["-y", "-o", log, "-e", "trace=" + ",".join({name, *more}), "-e", "inject=" + injection]
    for old in (log, once):
        if os.path.exists(old):
            os.unlink(old)
    if role == "run":
        before = ["strace", "-f", "-b", "execve", *watched]
    else:
        write(wrapper, WRAPPER.format(role=role, once=once, stint=STINT,
                                      options=" ".join(["-f", *watched])))
        os.chmod(wrapper, 0o755)
        before = ["strace", "-f", "-b", "execve", "-o", place / "own-path.strace", "-P", OWN_PATH,
                  "-e", "trace=readlink", "-e",
                  f"inject=readlink:retval={len(wrapper)}:"
                  f"poke_exit=@arg2={wrapper.encode().hex()}:when={own_path_n}"]
    result = place.command(*arguments, before=before, env=environment(), **options)
    place.alone()
    done = read(log).decode(errors="replace") if os.path.exists(log) else ""
    return result, "killed by SIGKILL" in done or "(INJECTED" in done


def own_path_n(calls):
    """Which of its readlinks of /proc/self/exe tells the coordinator what to start."""
    n = [call.n for call in calls if call.role == "run" and call.path == OWN_PATH]
    expect(n, "the coordinator never asked for", OWN_PATH)
    return max(n)
