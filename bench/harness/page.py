"""The results as text: a table for a terminal, docs/benchmarks.md and the guide's table."""

import os

from harness.row import SKIPPED
from harness.stats import median, same, time_text

PAGE, GUIDE = "docs/benchmarks.md", "docs/optimisation-guide.md"
BEGIN, END = "<!-- measured: written by bench/run --markdown -->", "<!-- end of measured -->"

SLOWER, CHANCE = 1.10, 0.01  # as profile/bench.h


def terminal(rows):
    lines = []
    for row in rows:
        lines.append(f"{row.verdict or '-':8}{row.workload}")
        for title, text in (("target", row.target), ("peer", row.peer), ("measured", row.measured),
                            ("ratio", row.ratio), ("command", row.command), ("", row.note)):
            if text:
                lines.append(f"{'':8}{title:10}{text}")
    return "\n".join(lines)


def summary(rows):
    count = {}
    for row in rows:
        if row.verdict:
            count[row.verdict] = count.get(row.verdict, 0) + 1
    return ", ".join(f"{n} {name}" for name, n in count.items())


def regressions(rows, past):
    """Lines that compare with an earlier run; and whether one is a regression: slower at the
    median by over 10 %, and not by chance."""
    lines, worse = [], False
    before = {row["name"]: row.get("seconds") for row in past["rows"]}
    for row in rows:
        old = before.get(row.name)
        if not old or not row.seconds:
            continue
        ratio, p = median(row.seconds) / median(old), same(row.seconds, old)
        bad = ratio > SLOWER and p < CHANCE
        worse = worse or bad
        lines.append(f"{row.name}: {time_text(median(row.seconds))}, {ratio:.2f} of before "
                     f"(p {p:.2g}){'  REGRESSION' if bad else ''}")
    return lines, worse


# --- markdown


def table(titles, lines):
    def cells(texts):
        return "| " + " | ".join(str(t).replace("|", "\\|") for t in texts) + " |"
    return "\n".join([cells(titles), "|" + " --- |" * len(titles), *map(cells, lines)])


def pretty(text):
    return text.replace(">=", "≥").replace("<=", "≤").replace(" x ", " × ")


def code(text):
    return f"`{text}`" if text else ""


def target_of(row):
    return row.name.split("/")[0]


def target_table(rows):
    lines, notes = [], []
    for row in rows:
        mark = ""
        if row.note:
            notes.append(f"{len(notes) + 1}. {pretty(row.note)}.")
            mark = f" [{len(notes)}]"
        lines.append([pretty(row.workload) + mark, pretty(row.target), row.peer, row.measured,
                      row.ratio, f"**{row.verdict}**" if row.verdict else "",
                      code(f"bench/run {target_of(row)}")])
    titles = ("workload", "target", "peer", "measured", "ratio", "", "command")
    return table(titles, lines) + ("\n\n" + "\n".join(notes) if notes else "")


def command_list(rows):
    """What each target runs."""
    commands = {}
    for row in rows:
        if row.command:
            commands.setdefault(target_of(row), {})[row.command] = None
    return "\n".join(f"- {name}:\n" + "\n".join(f"  - `{c}`" for c in found)
                     for name, found in commands.items())


def parts_table(rows):
    return table(("case", "measured", "rate", "command"),
                 [[pretty(r.workload), r.measured, r.ratio, code(r.command)] for r in rows])


def measured(results, rows):
    """The part of the page between the marks."""
    figures = [row for row in rows if not row.name.startswith("parts") and not row.cells]
    parts = [row for row in rows if row.name.startswith("parts") and row.verdict != SKIPPED]
    text = [table(("", ""), list(results["machine"].items())),
            f"Measured {results['when']}, {results['load']:.1f} processes wanting a core before it "
            f"began: {summary(figures)}.", "## Targets", target_table(figures),
            "What is run; a cold cache and a new run directory are made before each run, untimed:",
            command_list(figures)]
    if parts:
        text += ["## Parts", parts_table(parts)]
    return "\n\n".join(text)


def guide_tables(results, rows):
    """One for each set of titles; "" when there is none."""
    tables = {}
    for row in rows:
        if row.cells:
            tables.setdefault(tuple(row.cells), []).append([pretty(t) for t in row.cells.values()])
    if not tables:
        return ""
    text = [table([pretty(t) for t in titles], lines) for titles, lines in tables.items()]
    return "\n\n".join(text + [
        f"Measured {results['when']}, {results['load']:.1f} processes wanting a core before it "
        f"began, on {results['machine']['machine']}; peers: "
        f"{results['machine'].get('peers', 'none')}."])


def replace_measured(path, text):
    with open(path, encoding="utf-8") as file:
        page = file.read()
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path}: the marks between which the figures stand are not there")
    with open(f"{path}.tmp", "w", encoding="utf-8") as file:
        file.write(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}")
    os.rename(f"{path}.tmp", path)


def rewrite(results, rows):
    replace_measured(PAGE, measured(results, rows))
    of_guide = guide_tables(results, rows)
    if of_guide:
        replace_measured(GUIDE, of_guide)
