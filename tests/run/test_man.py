"""The manual page: every verb and flag is in it, and the committed one is the printed one."""

import os
import re
import shutil
import subprocess

from stint_test import DONE, SOURCE, Place, expect, main, read, skip

PAGE = os.path.join(SOURCE, "docs/stint.1")


def plain(page):
    """Roff as the text it sets, macros kept."""
    return (page.replace(r"\-", "-").replace(r"\(aq", "'").replace(r"\(ti", "~")
            .replace(r"\fB", "").replace(r"\fI", "").replace(r"\fR", ""))


def sections(page):
    """{title: lines} of .SH and .SS."""
    found, title = {}, None
    for line in plain(page).splitlines():
        if match := re.match(r'\.S[HS] "(.*)"', line):
            title = match[1]
            found[title] = []
        elif title:
            found[title].append(line)
    return found


def verbs(place):
    """(name, operands) of each verb that the help lists."""
    text = place.command("--help").stdout.split("\n\n")[2]
    return re.findall(r"^  (\w+) +((?:[A-Z][A-Z]+ ?|\w+\|\w+)*)", text, re.M)


def flags(place, verb):
    text = place.command(verb, "--help").stdout
    own = text[text.index("\nflags:\n"):].strip().split("\n\n")[0]
    return re.findall(r"^  (--[\w-]+) ", own, re.M)


def test_the_committed_page_is_the_printed_one():
    with Place() as place:
        printed = place.command("--man")
        expect(printed.returncode == DONE, printed.stderr)
        expect(printed.stdout.encode() == read(PAGE), "docs/stint.1 is old: make docs")


def test_every_verb_and_flag_is_in_it():
    with Place() as place:
        page = sections(place.command("--man").stdout)
        listed = verbs(place)
        expect(len(listed) >= 8 and ("cache", "ls|gc") in listed, listed)
        for name, operands in listed:
            title = " ".join(["stint", name, operands.strip()]).strip()
            expect(title in page, title, "is not in", list(page))
            tags = page[title] + page["FLAGS OF EVERY VERB"]
            known = flags(place, name)
            expect("--help" in known, name, known)
            for flag in known:
                row = [i for i, line in enumerate(tags) if line.split(" ")[0] == flag]
                expect(len(row) == 1 and tags[row[0] - 1] == ".TP", name, flag, row)
        expect(not any("worker" in title for title in page), "a hidden verb is shown")


def test_facts_are_those_of_the_help():
    with Place() as place:
        text = " ".join(place.command("--help").stdout.split())
        page = sections(place.command("--man").stdout)
        for title in ("ENVIRONMENT", "EXIT STATUS", "EXAMPLES"):
            lines = [line for line in page[title] if line != ".TP"]
            expect(len(lines) >= 8 and len(lines) % 2 == 0, title, lines)
            for name, says in zip(lines[::2], lines[1::2]):
                expect(f"{name} {says}" in text, title, name, says)


def test_it_is_set_without_a_warning():
    if not shutil.which("groff"):
        skip("groff is not installed")
    done = subprocess.run(["groff", "-man", "-Tascii", "-ww", "-P-cbou", PAGE], capture_output=True,
                          text=True)
    expect(done.returncode == 0 and not done.stderr, done.stderr)
    for line in ("stint cache gc --all", "stint ingest 'days/2026-*.parquet' --memory 256MiB"):
        expect(line in done.stdout, line, "is not in the page as it is typed")


if __name__ == "__main__":
    main()
