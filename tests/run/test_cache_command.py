"""`stint cache ls` and `stint cache gc`: what they say, what they remove, and what they leave."""

import json
import os
import re
import signal
import time

from stint_test import DONE, USAGE, Place, expect, main, same, tree, write


def prepare(place, rows=60, **more):
    place.csv("data.csv", rows=rows, columns=3)
    place.config("small.yaml", **{**dict(folds=2, n=6), **more})


def ran(place, run_dir):
    result = place.run("small.yaml", run_dir)
    expect(result.returncode == DONE, run_dir, result.returncode, result.stderr)


def said(place, *arguments):
    """What `stint cache ARGUMENTS… --json` says."""
    result = place.command("cache", *arguments, "--json")
    expect(result.returncode == DONE, arguments, result.returncode, result.stderr)
    return json.loads(result.stdout)


def bytes_of(files):
    """Of all files and records, temporaries not counted."""
    return sum(len(data) for name, data in files.items() if not name.endswith(".tmp"))


def whole(place):
    """KIND/KEY of what is there without its record; a run may be at work on it."""
    return {f"{os.path.basename(folder)}/{name}" for folder, _, names in os.walk(place.cache)
            for name in names if not name.endswith((".ok", ".tmp"))}


def test_an_absent_cache_is_empty_and_is_not_made():
    with Place() as place:
        for verb in ("ls", "gc"):
            result = place.command("cache", verb)
            expect(result.returncode == DONE, result.stderr)
        expect(place.command("cache", "ls").stdout == f"{place.cache} is empty; it may hold 10.0 GiB\n")
        expect(said(place, "ls") == {"dir": place.cache, "files": 0, "bytes": 0,
                                     "limit_bytes": 10 << 30, "kinds": []})
        expect(not os.path.exists(place.cache), "a cache was made")


def test_ls_lists_what_is_there():
    with Place() as place:
        prepare(place)
        ran(place, "run")
        files = tree(place.cache)
        listed = said(place, "ls", "--cache-limit", "3MB")
        expect(listed["limit_bytes"] == 3_000_000 and listed["bytes"] == bytes_of(files), listed)
        expect([k["kind"] for k in listed["kinds"]] == ["checks", "columns", "sources", "split"], listed)
        for kind in listed["kinds"]:
            expect(kind["files"] == len(kind["entries"]) == 1, kind)
            entry, = kind["entries"]
            expect(sorted(entry) == ["bytes", "in_use", "key", "last_use", "record"], entry)
            expect(f"{kind['kind']}/{entry['key']}.ok" in files, entry)
            expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["last_use"]), entry)
            expect(entry["in_use"] is False and kind["bytes"] == entry["bytes"], entry)
            wanted = ("source",) if kind["kind"] == "sources" else ("stands", "unconfirmed")
            expect(entry["record"] in wanted, entry)
        text = place.command("cache", "ls").stdout
        expect(all(k["entries"][0]["key"] in text for k in listed["kinds"]), text)
        expect(tree(place.cache) == files, "ls changed the cache")


def test_gc_keeps_to_the_limit_and_sweeps():
    with Place() as place:
        prepare(place)
        ran(place, "run")
        write(os.path.join(place.cache, "columns", "x.999999999.tmp"), "theirs")
        orphan = "columns/" + "0" * 32 + ".ok"
        write(os.path.join(place.cache, orphan), "left")
        before = tree(place.cache)
        told = said(place, "gc")
        expect(told["temporaries"] == {"files": 1, "bytes": 6}, told)
        expect(told["orphan_records"] == {"files": 1, "bytes": 4}, told)
        expect(told["removed"] == told["in_use"] == told["stuck"] == [], told)
        after = tree(place.cache)
        expect(set(before) - set(after) == {"columns/x.999999999.tmp", orphan}, sorted(after))
        limit = bytes_of(after) - 1
        told = said(place, "gc", "--cache-limit", str(limit))
        expect(told["limit_bytes"] == limit and len(told["removed"]) == 1, told)
        expect(sorted(told["removed"][0]) == ["bytes", "key", "kind", "last_use"], told)
        expect(told["left"]["bytes"] == bytes_of(tree(place.cache)) <= limit, told)
        ran(place, "again")
        same(place / "run", place / "again")
        place.clean("again")


def test_all_keeps_what_a_running_process_holds():
    with Place() as place:
        prepare(place)
        ran(place, "small")
        idle = whole(place)
        prepare(place, rows=70, n=4000, folds=10)
        run = place.start("run", "small.yaml", "--run-dir", "first", "--max-configs", "4000")
        until = time.monotonic() + 60
        while not [k for k in whole(place) - idle if k.startswith("split/")]:
            expect(run.poll() is None and time.monotonic() < until, "the run made no split")
            time.sleep(0.001)
        run.send_signal(signal.SIGSTOP)
        held = {(k["kind"], e["key"]) for k in said(place, "ls")["kinds"]
                for e in k["entries"] if e["in_use"]}
        expect({kind for kind, _ in held} == {"columns", "split"}, held)
        expect(", in use" in place.command("cache", "ls").stdout)
        told = said(place, "gc", "--all")
        expect({(e["kind"], e["key"]) for e in told["in_use"]} == held, told, held)
        expect({f"{e['kind']}/{e['key']}" for e in told["removed"]} >= idle, told, idle)
        left = {k for k in tree(place.cache) if not k.endswith(".tmp")}
        expect(left == {f"{kind}/{key}{end}" for kind, key in held for end in ("", ".ok")}, left)
        text = place.command("cache", "gc", "--all").stdout
        expect("in use   2 files" in text and ", stays" in text, text)
        run.send_signal(signal.SIGCONT)
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=60)
        told = said(place, "gc", "--all")
        expect(told["in_use"] == [] and told["left"] == {"files": 0, "bytes": 0}, told)


def test_what_is_wrong_on_the_line_is_said():
    wrong = [
        ((), "stint cache wants ls|gc"),
        (("rm",), 'stint cache wants ls|gc, not "rm"'),
        (("l",), 'stint cache wants ls|gc, not "l"'),
        (("ls|gc",), "stint cache wants ls|gc, not"),
        (("ls", "gc"), 'does not want "gc"'),
        (("ls", "--all"), "--all is for stint cache gc"),
        (("gc", "--all", "--cache-limit", "1GiB"), "give one of them"),
        (("gc", "--cache-limit", "much"), "--cache-limit takes a size, for example 2GiB"),
        (("gc", "--cache-limit", "0"), "--cache-limit takes a size"),
        (("gc", "--cache-limit", "-1GiB"), "--cache-limit takes a size"),
        (("ls", "--cache-limit", "1e30"), "--cache-limit takes a size"),
        (("gc", "--workers", "2"), "does not know --workers"),
    ]
    with Place() as place:
        write(os.path.join(place.cache, "columns", "0" * 32), "kept")
        for arguments, why in wrong:
            result = place.command("cache", *arguments)
            expect(result.returncode == USAGE and why in result.stderr, arguments, result.stderr)
            expect(result.stdout == "", arguments, result.stdout)
        expect(len(tree(place.cache)) == 1, "something was removed")
        # sizes as a config takes them
        told = said(place, "gc", "--cache-limit", "1.5 gib")
        expect(told["limit_bytes"] == 3 << 29, told)


if __name__ == "__main__":
    main()
