"""What a disk may hold after a power cut, from what strace saw of a run: the shared part.

The model is of files and directories with two contents each: what a process would read now,
and what surely lasts.  fsync of a file makes its bytes last, and nothing else: not its name.
fsync of a directory makes its entries (names made, renamed, removed) last, and not what is in
those files.  A cut may come after any call; what then comes back is one of

    lost    only what surely lasts: of bytes and of names
    names   all names as they were, but of bytes only what lasts: renamed files are empty
    zeros   all names and all sizes, but bytes that were not synced read as zeros
    some    by chance: each directory as it was or as it lasts, each unsynced write kept or not

("now" is the disk without a cut.)
No file system gives away more than "lost"; ext4, XFS and btrfs are known for the others.
Maps are not followed: Stint never writes through one.  A disk that was built again has other
inodes and times than the cache's records name, so its files are verified by their hashes there.
"""

import os
import re

from stint_test import expect, read
from traced import NAMES, SYNCS, WRITES, Roles, environment, lines_of, unquote

MODES = ("lost", "names", "zeros", "some")
TRACED = WRITES + SYNCS + NAMES + ("openat", "open", "creat", "lseek", "dup", "dup2", "dup3",
                                   "fcntl", "link", "linkat", "pwritev", "pwritev2", "writev",
                                   "truncate", "copy_file_range", "sendfile", "msync",
                                   "execve", "clone", "clone3", "vfork", "fork")
UNKNOWN = ("link", "linkat", "pwritev", "pwritev2", "writev", "truncate", "copy_file_range",
           "sendfile", "msync")


class File:
    def __init__(self, content=b""):
        self.synced = content
        self.now = content
        self.pending = []  # since the last sync: (offset, bytes), or (size, None) for a new size

    def change(self, at, data):
        self.pending.append((at, data))
        self.now = apply(self.now, at, data)

    def sync(self):
        self.synced, self.pending = self.now, []

    def after(self, mode, random_):
        if mode in ("lost", "names"):
            return self.synced
        if mode == "now":
            return self.now
        content = self.synced
        for at, data in self.pending:
            if mode == "zeros":
                content = apply(content, at, data and bytes(len(data)))
            elif random_.random() < 0.5:
                content = apply(content, at, data)
        return content


class Directory:
    def __init__(self):
        self.synced, self.now = {}, {}

    def sync(self):
        self.synced = dict(self.now)

    def after(self, mode, random_):
        lasts = mode == "lost" or (mode == "some" and random_.random() < 0.5)
        return self.synced if lasts else self.now


def apply(content, at, data):
    if data is None:
        return content[:at] + bytes(max(0, at - len(content)))
    return content[:at] + bytes(max(0, at - len(content))) + data + content[at + len(data):]


class Disk:
    """The tree below one directory, as a run's calls change it."""

    def __init__(self, root):
        self.root = root
        self.top = self.load(root)
        self.open = {}  # (process, descriptor): [node, offset, does it append]
        self.roles = Roles()

    def load(self, path):
        if not os.path.isdir(path):
            return File(read(path))
        node = Directory()
        node.now = {name: self.load(os.path.join(path, name)) for name in os.listdir(path)}
        node.sync()
        return node

    # names

    def parts(self, path):
        """Names below the root; None for a path that is elsewhere."""
        path = os.path.normpath(os.path.join(self.root, path))
        if path != self.root and not path.startswith(self.root + "/"):
            return None
        return [] if path == self.root else os.path.relpath(path, self.root).split("/")

    def node(self, path):
        node = self.top
        for name in self.parts(path):
            node = node.now[name]
        return node

    def parent(self, path):
        parts = self.parts(path)
        node = self.top
        for name in parts[:-1]:
            node = node.now[name]
        return node, parts[-1]

    # one call

    def call(self, pid, text):
        """Take one finished call; True when it could matter to what a cut leaves."""
        self.roles.see(pid, text)
        made = re.match(r"(\w+)\((.*)\)\s+= (-?\d+)(?:<([^>]*)>)?", text, re.S)
        if not made or int(made[3]) < 0:
            return False
        name, arguments, answer = made[1], made[2], int(made[3])
        process = self.roles.process[pid]
        names = [unquote(n) for n in re.findall(r'"([^"]*)"', arguments)]
        if name in ("open", "openat", "creat"):
            return self.opened(process, answer, unquote(made[4] or ""), arguments)
        if name in NAMES and name != "ftruncate":
            expect(not re.match(r"\d", arguments), "relative to a directory:", text[:200])
            return self.named(name, names, arguments)
        descriptor = re.match(r"(\d+)<([^>]*)>", arguments)
        at = self.open.get((process, int(descriptor[1]))) if descriptor else None
        if name in UNKNOWN or name.startswith("dup"):
            expect(at is None, "the model does not know this call:", text[:200])
        if at is None:
            return False
        return self.changed(at, name, arguments, answer)

    def opened(self, process, descriptor, path, arguments):
        self.open.pop((process, descriptor), None)
        if self.parts(path) is None:
            return False
        flags = re.search(r"O_[A-Z_|]+", arguments)[0].split("|")
        folder, name = self.parent(path) if self.parts(path) else (None, None)
        if folder is not None and name not in folder.now:
            expect("O_CREAT" in flags, "not there:", path)
            folder.now[name] = File()
        node = self.node(path)
        if "O_TRUNC" in flags and node.now:
            node.change(0, None)
        self.open[process, descriptor] = [node, 0, "O_APPEND" in flags]
        return "O_CREAT" in flags

    def named(self, name, paths, arguments):
        inside = [self.parts(p) is not None for p in paths]
        if not any(inside):
            return False
        expect(all(inside), "across the border:", paths)
        folder, last = self.parent(paths[0])
        if name.startswith("mkdir"):
            folder.now[last] = Directory()
        elif name.startswith("rename"):
            to, new = self.parent(paths[1])
            to.now[new] = folder.now.pop(last)
        else:
            del folder.now[last]
        return True

    def changed(self, at, name, arguments, answer):
        node, offset, appends = at
        numbers = [int(n) for n in re.findall(r", (\d+)(?=,|$)", arguments)]
        if name in SYNCS:
            node.sync()
        elif name == "lseek":
            at[1] = answer
            return False
        elif name == "fcntl":
            return False
        elif name == "ftruncate":
            node.change(numbers[-1], None)
        elif name == "fallocate":
            expect(re.search(r">, 0, ", arguments), "fallocate with a mode:", arguments[:200])
            if sum(numbers[-2:]) > len(node.now):
                node.change(sum(numbers[-2:]), None)
        else:
            data = re.search(r'"([^"]*)"(\.\.\.)?', arguments)
            expect(not data[2], "strace cut the data short")
            data = bytes.fromhex(data[1].replace("\\x", ""))[:answer]
            where = numbers[-1] if name == "pwrite64" else len(node.now) if appends else offset
            if name == "write":
                at[1] = where + answer
            node.change(where, data)
        return True

    # after a cut

    def after(self, mode, random_=None):
        """{path: bytes, or None for a directory}, as it may come back."""
        found = {}

        def visit(node, path):
            if isinstance(node, File):
                found[path] = node.after(mode, random_)
                return
            if path:
                found[path] = None
            for name, below in sorted(node.after(mode, random_).items()):
                visit(below, os.path.join(path, name))

        visit(self.top, "")
        return found


def run_seen(place, *arguments, env=None):
    """Run `stint ARGUMENTS…`; its result, and (pid, text) of every call of all its processes."""
    log = place.path + ".strace"  # beside the place, not in it
    try:
        result = place.command(*arguments, env={**environment(), **(env or {})}, before=[
            "strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "100000000", "-o", log,
            "-e", "trace=?" + ",?".join(TRACED)])
        return result, list(lines_of(log))
    finally:
        os.unlink(log)


def put_back(state, root):
    """Make the directory hold a state, and nothing else."""
    for path, content in state.items():
        full = os.path.join(root, path)
        os.makedirs(full if content is None else os.path.dirname(full), exist_ok=True)
        if content is not None:
            with open(full, "wb") as f:
                f.write(content)
