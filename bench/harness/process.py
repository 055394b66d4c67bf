"""Running commands: timed, or watched from outside."""

import json
import os
import shlex
import subprocess
import tempfile
import time

from harness.row import Failure


def spawn(argv, stdout=None, stderr=None):
    """Start argv by posix_spawn, so that a timed command pays for little besides itself."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
               (os.POSIX_SPAWN_OPEN, 1, stdout or os.devnull, flags, 0o644),
               (os.POSIX_SPAWN_OPEN, 2, stderr or os.devnull, flags, 0o644)]
    return os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)


def describe(argv):
    """The command as one would type it in the checkout, with stint on the path."""
    name = os.path.basename(argv[0])
    program = "stint" if name == "stint" else argv[0]
    if name.startswith("bench_"):
        program = f"build/release/bin/{name}"
    here = os.getcwd() + os.sep
    return shlex.join(a.replace(here, "") for a in (program, *argv[1:]))


def check(argv, status, stderr):
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        with open(stderr, errors="replace") as file:
            tail = file.read()[-2000:].strip()
        raise Failure(f"{describe(argv)}: ended with {code}: {tail}")


def wall_seconds(argv):
    """Wall clock of one run of a command that must end in 0."""
    with tempfile.TemporaryDirectory() as folder:
        stderr = os.path.join(folder, "stderr")
        began = time.perf_counter()
        pid = spawn(argv, stderr=stderr)
        _, status = os.waitpid(pid, 0)
        seconds = time.perf_counter() - began
        check(argv, status, stderr)
    return seconds


def output(argv):
    """What a command that must end in 0 prints."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        tail = done.stderr.strip()[-2000:]
        raise Failure(f"{describe(argv)}: ended with {done.returncode}: {tail}")
    return done.stdout


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def peer_lines(argv):
    """The lines of JSON that a peer prints: at least one."""
    lines = json_lines(output(argv))
    if not lines:
        raise Failure(f"{describe(argv)}: printed no line of JSON")
    return lines


def peer(argv):
    """The last line of JSON that a peer prints."""
    return peer_lines(argv)[-1]
