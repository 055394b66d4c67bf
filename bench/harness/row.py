"""A row of the table: one figure against its target."""

from dataclasses import dataclass, field

PASS, SHORT, SKIPPED, FOR_SCALE = "pass", "short", "skipped", ""


class Skip(Exception):
    """What a figure needs is not there; the message says what, and how to get it."""


class Failure(Exception):
    """A command that must work did not."""


@dataclass
class Row:
    name: str  # stable, "ingest/parquet": what --compare goes by
    workload: str
    target: str = ""
    peer: str = ""
    measured: str = ""
    ratio: str = ""
    verdict: str = FOR_SCALE
    command: str = ""
    note: str = ""  # below the table
    seconds: list = field(default_factory=list)  # Stint's, every run
    peer_seconds: list = field(default_factory=list)
    cells: dict = field(default_factory=dict)  # of a row of docs/optimisation-guide.md instead


def verdict(good):
    return PASS if good else SHORT


def skipped(name, workload, target, why):
    return Row(name, workload, target=target, verdict=SKIPPED, note=str(why))
