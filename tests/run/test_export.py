"""`stint export`: a column file in every format holds what was read in; a name without a format, a
file that is none, and a table that a sheet cannot hold are refused, and nothing is left."""

import os

from stint_test import DATA, DONE, USAGE, Place, expect, main, read
from test_xlsx_readers import peers_read

TABLES = ("angles", "battery", "blobs", "records")
ENDINGS = (".csv", ".tsv", ".xlsx", ".parquet", ".safetensors")

READ = """
import json, sys
import openpyxl
sheet, = openpyxl.load_workbook(sys.argv[1]).worksheets
print(json.dumps([sheet.title, [[c.value for c in row] for row in sheet.iter_rows()]]))
"""


def generated(place, name, ending, rows=300):
    done = place.command("generate", name, "--rows", str(rows), "--to", name + ending)
    expect(done.returncode == DONE, done.stderr)
    return name + ending


def exported(place, source, to, code=DONE):
    done = place.command("export", source, to)
    expect(done.returncode == code, source, to, done.returncode, done.stderr)
    return done.stderr


def test_texts_are_those_that_generate_writes():
    with Place() as place:
        for name in TABLES:
            columns = generated(place, name, ".safetensors")
            for ending in (".csv", ".tsv", ".safetensors"):
                exported(place, columns, "exported" + ending)
                expect(read(place / ("exported" + ending)) ==
                       read(place / generated(place, name, ending)), name, ending)


def test_formats_read_back_to_the_same_numbers():
    with Place() as place:
        columns = generated(place, "blobs", ".safetensors")
        exported(place, columns, "first.csv")
        for ending in (".csv", ".tsv", ".parquet"):
            exported(place, columns, "t" + ending)
            done = place.command("ingest", "t" + ending, "--to", "read.safetensors")
            expect(done.returncode == DONE, ending, done.stderr)
            exported(place, "read.safetensors", "again.csv")
            expect(read(place / "again.csv") == read(place / "first.csv"), ending)


def test_a_workbook_holds_the_same_numbers():
    with Place() as place:
        exported(place, generated(place, "blobs", ".safetensors"), "t.xlsx")
        _, (_, *rows) = peers_read(READ, place / "t.xlsx")
        _, *lines = read(place / generated(place, "blobs", ".csv")).decode().splitlines()
        expect(len(rows) == len(lines) == 300, len(rows))
        for row, line in zip(rows, lines):
            for got, wanted in zip(row, line.split(",")):
                expect(got == (wanted if isinstance(got, str) else float(wanted)), row, line)


def test_a_workbook_opens_elsewhere():
    with Place() as place:
        exported(place, generated(place, "records", ".safetensors", rows=20), "t.xlsx")
        title, rows = peers_read(READ, place / "t.xlsx")
        expect(title == "Table" and len(rows) == 21, title, len(rows))
        head = read(place / generated(place, "records", ".csv", rows=20)).decode().splitlines()[0]
        expect(",".join(rows[0]) == head, rows[0], head)


def test_what_cannot_be_written_is_refused_and_leaves_nothing():
    with Place() as place:
        columns = generated(place, "blobs", ".safetensors")
        text = generated(place, "blobs", ".csv")
        before = sorted(os.listdir(place.path))
        expect("let it end in .csv" in exported(place, columns, "t.txt", USAGE))
        expect("there is no such file" in exported(place, "none.safetensors", "t.csv", USAGE))
        for ending in ENDINGS:
            exported(place, text, "t" + ending, DATA)
        expect(sorted(os.listdir(place.path)) == before, os.listdir(place.path))


def test_more_rows_than_a_sheet_holds():
    with Place() as place:
        columns = generated(place, "moons", ".safetensors", rows=1048576)
        said = exported(place, columns, "t.xlsx", DATA)
        expect("a sheet holds 1048576 rows" in said, said)
        expect(not os.path.exists(place / "t.xlsx") and not os.path.exists(place / "t.xlsx.tmp"))


if __name__ == "__main__":
    main()
