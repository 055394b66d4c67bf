"""The workbooks that Stint writes open in other people's readers: openpyxl, pandas, zipfile."""

import json
import os
import subprocess
import zipfile

from stint_test import BUILD, SOURCE, Place, expect, main, skip

PEERS = os.environ.get("STINT_PEERS") or os.path.join(SOURCE, "build/peers/bin/python")
PYTHONS = (PEERS, "/usr/bin/python3")

ROWS = 20000
WORDS = ["", " edge ", "=1+1", "a<b>&\"c'", "grüß\n2", None]
CODES = ["General", "#,##0", "0.0#####", "0.00E+00", "0.0%", "@", "yyyy\\-mm\\-dd",
         "yyyy\\-mm\\-dd\\ hh:mm:ss", "0.0##\" s\"",
         "[>=1000000000]0.0,,,\" GB\";[>=1000000]0.0,,\" MB\";0.0,\" kB\"", "General"]

READ = """
import datetime, json, sys
import openpyxl
book = openpyxl.load_workbook(sys.argv[1])
rows, formats = book.worksheets
plain = lambda v: v.isoformat() if isinstance(v, datetime.datetime) else v
print(json.dumps({
    "names": book.sheetnames,
    "rows": [[plain(c.value) for c in row] for row in rows.iter_rows()],
    "kinds": [c.data_type for c in rows[4]],
    "frozen": [rows.freeze_panes, formats.freeze_panes],
    "filter": rows.auto_filter.ref,
    "bold": [c.font.bold for c in rows[1]] + [c.font.bold for c in rows[2]],
    "widths": [rows.column_dimensions[c].width for c in "AC"],
    "codes": [row[1].number_format for row in formats.iter_rows()],
    "row_codes": [c.number_format for c in rows[3]],
}))
"""

READ_PANDAS = """
import json, sys
import openpyxl, pandas
t = pandas.read_excel(sys.argv[1], keep_default_na=False, na_values=[""])
print(json.dumps({"names": list(t.columns), "rows": len(t), "whole": t["whole"].tolist()}))
"""


def peers_read(script, path):
    """What a Python that has the modules makes of it."""
    missing = []
    for python in PYTHONS:
        if not os.path.exists(python):
            missing.append(f"there is no {python}")
            continue
        done = subprocess.run([python, "-c", script, path], text=True, capture_output=True,
                              timeout=100)
        if "ModuleNotFoundError" in done.stderr:
            missing.append(f"{python}: {done.stderr.strip().splitlines()[-1]}")
            continue
        expect(done.returncode == 0, python, done.stderr)
        return json.loads(done.stdout)
    skip("; ".join(missing))


def written(place, test, name):
    """The file that a unit test's program writes when it is given a path."""
    program = os.path.join(BUILD, "tests/unit/data", test)
    if not os.path.exists(program):
        skip(f"there is no {program}")
    subprocess.run([program, place / name], check=True, timeout=100)
    return place / name


def number(i):
    return None if i % 11 == 5 else (i / 7 - 1000) * 2.0 ** (i % 200 - 100)


def day(i):
    hour = i % 24
    return 86400 * i + 3600 * hour


def test_every_cell_reads_back_exactly():
    import datetime
    with Place() as place:
        read = peers_read(READ, written(place, "test_xlsx_write", "t.xlsx"))
        expect(read["names"] == ["rows & more", "formats"], read["names"])
        titles, *rows = read["rows"]
        expect(titles == ["number", "whole", "day", "text", "bool"], titles)
        expect(len(rows) == ROWS, len(rows))
        began = datetime.datetime(1970, 1, 1)
        for i, row in enumerate(rows):
            wanted = [number(i), i * i, (began + datetime.timedelta(seconds=day(i))).isoformat(),
                      WORDS[i % 6], [False, True, None][i % 3]]
            if row[3] is None and WORDS[i % 6] == "":
                row[3] = ""  # some versions read an empty text as an empty cell
            expect(row == wanted, "row", i, row, "is not", wanted)
        expect(read["kinds"][3] == "s", "a text that looks like a formula is", read["kinds"])


def test_titles_stay_and_formats_are_set():
    with Place() as place:
        read = peers_read(READ, written(place, "test_xlsx_write", "t.xlsx"))
        expect(read["frozen"] == ["A2", None], read["frozen"])
        expect(read["filter"] == f"A1:E{ROWS + 1}", read["filter"])
        expect(read["bold"] == [True] * 5 + [False] * 5, read["bold"])
        expect(read["widths"] == [20, 22], read["widths"])
        expect(read["codes"] == CODES, read["codes"])
        expect(read["row_codes"] == [CODES[i] for i in (2, 1, 7, 5, 0)], read["row_codes"])


def test_pandas_reads_the_first_sheet():
    with Place() as place:
        read = peers_read(READ_PANDAS, written(place, "test_xlsx_write", "t.xlsx"))
        expect(read["names"] == ["number", "whole", "day", "text", "bool"], read["names"])
        expect(read["rows"] == ROWS and read["whole"] == [i * i for i in range(ROWS)])


def test_the_container_is_sound_and_has_no_times():
    with Place() as place:
        for test, name in (("test_xlsx_write", "t.xlsx"), ("test_zip_write", "t.zip")):
            with zipfile.ZipFile(written(place, test, name)) as z:
                expect(z.testzip() is None, name, z.testzip())
                expect({e.date_time for e in z.infolist()} == {(1980, 1, 1, 0, 0, 0)})
        with zipfile.ZipFile(place / "t.zip") as z:  # in the ZIP64 form
            expect(z.namelist() == ["c", "a", "folder/b"], z.namelist())
            expect(z.read("folder/b") == b"part 0 part 1 part 2 ")


if __name__ == "__main__":
    main()
