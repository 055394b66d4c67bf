"""The same table in every format is the same table; and what is wrong with a file of one is said
with its place, and leaves nothing in the cache."""

import io
import json
import os
import shutil
import struct
import subprocess
import time
import zipfile

from stint_test import DATA, DONE, SOURCE, Place, each, expect, main, read, skip, tree, write

PEERS = os.environ.get("STINT_PEERS") or os.path.join(SOURCE, "build/peers/bin/python")
FIXTURES = os.path.join(SOURCE, "tests/data")
NAMES = ["x", "n", "flag", "word", "y"]
KINDS = ["number", "number", "bool", "text", "number"]


def ingest(place, *arguments):
    result = place.command("ingest", *arguments, "--json")
    expect(result.returncode == DONE, arguments, result.stderr)
    return json.loads(result.stdout)


def hashes(column_file):
    """Name, kind and hash of each column."""
    data = read(column_file)
    size = struct.unpack("<Q", data[:8])[0]
    about = json.loads(json.loads(data[8:8 + size])["__metadata__"]["stint"])
    return {c["name"]: (c["kind"], c["hash"]) for c in about["columns"]}


def fixture(place, name):
    shutil.copy(os.path.join(FIXTURES, name), place / name)
    return name


# --- the same table ----------------------------------------------------------------------------


def test_small_tables_of_every_format_are_the_same():
    with Place() as place:
        seen = {}
        for name in ("table.csv", "table.tsv", "table.parquet", "table.jsonl", "table.npy",
                     "table.h5", "table.xlsx", "table.safetensors"):
            made = ingest(place, fixture(place, name))
            expect([c["name"] for c in made["columns"]] == NAMES, name, made["columns"])
            expect([c["kind"] for c in made["columns"]] == KINDS, name, made["columns"])
            seen[name] = made["fingerprint"], hashes(made["column_file"])
        for name, what in seen.items():
            expect(what == seen["table.csv"], name, "gives", what, "not", seen["table.csv"])
        place.clean()


MAKE = """
import json, sys
import numpy as np, h5py, pyarrow, pyarrow.parquet
n = 70_001
r = np.random.default_rng(3)
t = {"x": r.normal(size=n), "n": r.integers(-9, 70_000, n), "flag": r.random(n) < 0.3,
     "word": np.array(["red", "gr\\u00fcn", "a,b", "-"])[r.integers(0, 4, n)],
     "y": r.normal(size=n).astype("f4").astype("f8")}
names = list(t)

def records(text, order="<"):
    out = np.empty(n, [("x", order + "f8"), ("n", order + "i4"), ("flag", "?"), ("word", text),
                       ("y", order + "f4")])
    for k in names:
        out[k] = np.char.encode(t[k], "utf-8") if k == "word" and text[0] == "S" else t[k]
    return out

rows = [{k: t[k][i].item() for k in names} for i in range(n)]
with open("t.jsonl", "w") as f:
    f.writelines(json.dumps(row) + "\\n" for row in rows)
for name, mark in (("t.csv", ","), ("t.tsv", "\\t")):
    with open(name, "w") as f:
        f.write(mark.join(names) + "\\n")
        for row in rows:
            f.write(mark.join([repr(row["x"]), str(row["n"]), str(row["flag"]).lower(),
                               '"' + row["word"] + '"', repr(row["y"])]) + "\\n")
pyarrow.parquet.write_table(pyarrow.table(t), "t.parquet", row_group_size=9999)
for order in "<>":
    np.save({"<": "little", ">": "big"}[order] + ".npy", records("U5" if order == "<" else "S5", order))
packed = dict(chunks=(4096,), compression="gzip", shuffle=True)

def file(name, fill):
    with h5py.File(name, "w") as h:
        fill(h)

def group(h, **how):
    for k in names:
        d = dict(data=[str(w) for w in t[k]], dtype=h5py.string_dtype()) if k == "word" else dict(data=t[k])
        h.create_dataset("g/" + {"x": "1x", "n": "2n", "flag": "3flag", "word": "4word", "y": "5y"}[k], **d, **how)

def frame(h, chunks=None, **how):
    g = h.create_group("df")
    g.attrs["pandas_type"] = np.bytes_("frame")
    g["axis0"] = np.array([k.encode() for k in names])
    g["axis1"] = np.arange(n)
    for i, block in enumerate((["x", "y"], ["n"], ["flag"], ["word"])):
        values = np.stack([np.char.encode(t[k], "utf-8") if k == "word" else t[k] for k in block], 1)
        g[f"block{i}_items"] = np.array([k.encode() for k in block])
        g.create_dataset(f"block{i}_values", data=values, chunks=chunks and (*chunks, 1), **how)

def matrix(h, **how):
    m = np.stack([t["x"], t["n"], t["y"]], 1)
    h.create_dataset("m", data=m, **how)
    h["m"].attrs["columns"] = ["x", "n", "y"]

file("records.h5", lambda h: h.create_dataset("r", data=records("S5", ">")))
file("records-packed.h5", lambda h: h.create_dataset("r", data=records("S5"), **packed))
file("group.h5", group)
file("group-packed.h5", lambda h: group(h, **packed))
file("frame.h5", frame)
file("frame-packed.h5", lambda h: frame(h, **packed))
file("matrix.h5", matrix)
file("matrix-packed.h5", lambda h: matrix(h, chunks=(1000, 2), compression="gzip"))
m = np.stack([t["x"], t["n"], t["y"]], 1)
np.save("c.npy", m)
np.save("fortran.npy", np.asfortranarray(m))
np.save("half.npy", t["x"].astype("f2"))
np.save("half-as-double.npy", t["x"].astype("f2").astype("f8"))
for kind in "iu":
    for size in "1248":
        np.save(f"whole-{kind}{size}.npy", np.arange(100).astype(">" + kind + size))
"""


def make_all(place):
    if not os.path.exists(PEERS):
        skip(f"there is no {PEERS}; tools/setup --peers installs it")
    made = subprocess.run([PEERS, "-c", MAKE], cwd=place.path, text=True, capture_output=True,
                          timeout=100)
    if "ModuleNotFoundError" in made.stderr:
        skip(made.stderr.strip().splitlines()[-1])
    expect(made.returncode == 0, made.stderr)


def test_tables_of_many_chunks_are_the_same_in_every_format_and_layout():
    with Place() as place:
        make_all(place)
        wanted = ingest(place, "t.csv", "--to", "t.safetensors")
        of = hashes(wanted["column_file"])
        for name in ("t.tsv", "t.parquet", "t.jsonl", "little.npy", "big.npy", "t.safetensors",
                     "records.h5", "records-packed.h5", "group.h5", "group-packed.h5", "frame.h5",
                     "frame-packed.h5"):
            made = ingest(place, name)
            got = hashes(made["column_file"])
            if name.startswith("group"):
                got = {k[1:]: v for k, v in got.items()}
            else:
                expect(made["fingerprint"] == wanted["fingerprint"], name, made)
            expect(got == of, name, "gives", got, "not", of)
        for name in ("matrix.h5", "matrix-packed.h5"):
            got = hashes(ingest(place, name)["column_file"])
            expect(got == {k: of[k] for k in ("x", "n", "y")}, name, got)
        for name in ("c.npy", "fortran.npy"):
            got = hashes(ingest(place, name)["column_file"])
            expect(got == {"c0": of["x"], "c1": of["n"], "c2": of["y"]}, name, got)
        prints = {n: ingest(place, n)["fingerprint"] for n in tree(place.path)
                  if n.endswith(".npy") and n.startswith(("half", "whole"))}
        expect(prints["half.npy"] == prints["half-as-double.npy"], prints)
        expect(len({v for k, v in prints.items() if k.startswith("whole")}) == 1, prints)
        place.clean()


def test_a_damaged_number_of_rows_fills_no_disk():
    data = small("table.h5")
    rows = struct.pack("<Q", 12)  # the extent of the dataset is among these
    with Place() as place:
        at = -1
        refused = 0
        while (at := data.find(rows, at + 1)) >= 0:
            write(place / "t.h5", data[:at] + struct.pack("<Q", 12 + (1 << 34)) + data[at + 8:])
            result = place.command("ingest", "t.h5", "--quiet")
            expect(result.returncode in (DONE, DATA), result.returncode, result.stderr)
            refused += "more than the file's" in result.stderr
        expect(refused > 0, "no number of rows was found to be too large")


def test_globs_of_each_format():
    with Place() as place:
        once = {}
        for name in ("table.csv", "table.parquet", "table.jsonl", "table.npy", "table.h5",
                     "table.xlsx", "table.safetensors"):
            end = name[5:]
            for part in "ab":
                shutil.copy(os.path.join(FIXTURES, name), place / f"{part}{end}")
            made = ingest(place, f"?{end}")
            expect(made["rows"] == 24, name, made["rows"])
            once[name] = made["fingerprint"]
        expect(len(set(once.values())) == 1, once)
        shutil.copy(place / "a.npy", place / "a.zzz")
        result = place.command("ingest", "a.[cz]*")
        expect(result.returncode == DATA, result.returncode)
        expect("a.zzz: is NumPy, where a.csv is CSV: all files need one format" in result.stderr,
               result.stderr)


def test_a_changed_file_is_read_again():
    with Place() as place:
        for name in ("table.npy", "table.h5", "table.parquet", "table.safetensors"):
            fixture(place, name)
            time.sleep(0.05)  # older than a tick of the clock
            first = ingest(place, name)
            expect(ingest(place, name)["cached"], name, "was read twice")
            os.utime(place / name)
            again = ingest(place, name)
            expect(not again["cached"] and again["fingerprint"] == first["fingerprint"], name)
        data = bytearray(read(place / "table.npy"))
        data[-1] ^= 1
        for _ in range(20):  # some of them within one tick
            data[-2] ^= 16
            write(place / "table.npy", bytes(data))
            one = ingest(place, "table.npy")["fingerprint"]
            data[-2] ^= 16
            write(place / "table.npy", bytes(data))
            expect(ingest(place, "table.npy")["fingerprint"] != one, "an old table was found")
            data[-2] ^= 16


# --- bad input ------------------------------------------------------------------------------------

CASES = []


def case(name, file, content, *fragments):
    CASES.append((name, file, content, fragments))


def lines(*rows):
    return "".join(row + "\n" for row in rows)


def npy(descr, shape="(2,)", data=b"", fortran="False", version=1):
    header = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}".encode()
    return (b"\x93NUMPY" + bytes([version, 0]) +
            struct.pack("<H" if version == 1 else "<I", len(header)) + header + data)


def small(name):
    return read(os.path.join(FIXTURES, name))


OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def xlsx(*rows, after=""):
    """A workbook of one sheet, "Data"; a cell is text, a number, a bool, None or XML."""
    def cell(i, j, v):
        at = f'r="{chr(65 + j)}{i + 1}"'
        if v is None:
            return ""
        if isinstance(v, str) and v.startswith("<"):
            return v.replace("<c", f"<c {at}", 1)
        if isinstance(v, bool):
            return f'<c {at} t="b"><v>{int(v)}</v></c>'
        if isinstance(v, str):
            return f'<c {at} t="inlineStr"><is><t>{v}</t></is></c>'
        return f"<c {at}><v>{v!r}</v></c>"
    sheet = "".join(f'<row r="{i + 1}">' + "".join(cell(i, j, v) for j, v in enumerate(row)) +
                    "</row>" for i, row in enumerate(rows))
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="a" '
                       f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="Data" '
                           'sheetId="1" r:id="b"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship '
                                      f'Id="b" Type="{OFFICE}/worksheet" '
                                      'Target="worksheets/sheet1.xml"/><Relationship Id="c" '
                                      f'Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
                         '<xf numFmtId="22"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData>{after}'
                                    "</worksheet>",
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, text in parts.items():
            z.writestr(name, text)
    return out.getvalue()


def day(n):
    return f'<c s="1"><v>{n}</v></c>'


def moment(n):
    return f'<c s="2"><v>{n}</v></c>'


MANY = [f'{{"a": {i}, "b": "t{i}"}}' for i in range(120_000)]  # far behind the sample

case("jsonl: empty", "t.jsonl", "", "t.jsonl: the file is empty")
case("jsonl: blank", "t.jsonl", "\n \n", "t.jsonl: has no rows")
case("jsonl: no keys", "t.jsonl", "{}\n", "t.jsonl:1: the object has no keys")
case("jsonl: not an object", "t.jsonl", lines('{"a": 1}', "[1]"), "t.jsonl:2: not a line of JSON",
     "an object is expected", "at byte 1")
case("jsonl: cut off", "t.jsonl", '{"a": 1}\n{"a": ', "t.jsonl:2: not a line of JSON",
     "a value is expected")
case("jsonl: text that does not end", "t.jsonl", '{"a": "x\n', "t.jsonl:1:", "a text does not end")
case("jsonl: two on a line", "t.jsonl", '{"a": 1} {"a": 2}\n', "t.jsonl:1:", "one a line")
case("jsonl: key twice", "t.jsonl", lines('{"a": 1}', '{"a": 1, "a": 2}'),
     "t.jsonl:2: the key \"a\" stands twice")
case("jsonl: key twice, late", "t.jsonl", lines(*MANY, '{"a": 1, "a": 2}'),
     "t.jsonl:120001: the key \"a\" stands twice")
case("jsonl: nested", "t.jsonl", lines('{"a": 1}', '{"a": {"b": 1}}'),
     "t.jsonl:2: column \"a\" is an object: flatten it", "data.drop")
case("jsonl: nested, late", "t.jsonl", lines(*MANY, '{"a": [1]}'),
     "t.jsonl:120001: column \"a\" is a list: flatten it")
case("jsonl: unknown key, late", "t.jsonl", lines(*MANY, '{"z": 1}'),
     "t.jsonl:120001: the key \"z\" stands on none of the first lines")
case("jsonl: text among numbers, late", "t.jsonl", lines(*MANY, '{"a": "n/a"}'),
     "t.jsonl:120001: column \"a\": \"n/a\" is not a number")
case("jsonl: latin-1", "t.jsonl", b'{"a": "\xe9"}\n', "t.jsonl:1:", "not UTF-8 text")
case("jsonl: half a character", "t.jsonl", '{"a": "\\ud83d"}\n', "t.jsonl:1:", "half a character")
case("jsonl: large, missing", "t.jsonl", lines('{"a": 9007199254740993}', '{"a": null}'),
     "t.jsonl:1: column \"a\": 9007199254740993 stands in a column with missing cells")
case("jsonl: large, decimals", "t.jsonl", lines('{"a": 0.5}', '{"a": 9007199254740993}'),
     "t.jsonl:2: column \"a\": no double holds 9007199254740993 exactly")
case("csv: large, missing", "t.csv", "a,b\n1,\n,2\n9007199254740993,1\n",
     "t.csv:4: column \"a\": 9007199254740993 stands in a column with missing cells")
case("csv: large, decimals", "t.csv", "a,b\n0.5,1\n\n\"9007199254740993\",2\n",
     "t.csv:4: column \"a\": no double holds 9007199254740993 exactly")
case("npy: cut off", "t.npy", npy("'<f8'", data=b"\0" * 15), "t.npy: not a whole NumPy array",
     "too short")
case("npy: cut off in its header", "t.npy", npy("'<f8'")[:20], "t.npy: not a whole NumPy array")
case("npy: by name alone", "t.npy", "a,b\n1,2\n", "t.npy: not a whole NumPy array",
     "it does not begin as one")
case("npy: no rows", "t.npy", npy("'<f8'", "(0, 2)"), "t.npy: has columns but no rows")
case("npy: objects", "t.npy", npy("'|O'", data=b"\0" * 16), "t.npy: the array holds \"|O\"")
case("npy: three dimensions", "t.npy", npy("'<f8'", "(1, 1, 1)", b"\0" * 8),
     "t.npy: the array has 3 dimensions")
case("npy: unread field", "t.npy", npy("[('a', '<f8'), ('b', '<c8')]", data=b"\0" * 32),
     "t.npy: column \"b\" is of type \"<c8\", which is not read", "data.drop")
case("npy: no name", "t.npy", npy("[('a', '<f8'), ('a', '<f8')]", data=b"\0" * 32),
     "t.npy: the column name \"a\" stands twice, in columns 1 and 2")
case("npy: text that is none", "t.npy", npy("'|S2'", data=b"ok\xff\xfe"),
     "t.npy:row 2: column \"c0\": the text is not UTF-8")
case("npy: code that is none", "t.npy", npy("'<U1'", data=b"a\0\0\0\0\0\x11\0"),
     "t.npy:row 2: column \"c0\": the text is not UTF-8")
case("npy: beyond int64", "t.npy", npy("'<u8'", data=b"\1" + b"\0" * 7 + b"\xff" * 8),
     "t.npy:row 2: column \"c0\": no double holds 18446744073709551615 exactly")
case("hdf5: junk", "t.h5", b"\x89HDF\r\n\x1a\n" + b"junk" * 99, "t.h5: not a whole HDF5 file")
case("hdf5: by name alone", "t.hdf5", "a,b\n1,2\n", "t.hdf5: not a whole HDF5 file")
case("hdf5: cut off", "t.h5", small("table.h5")[:-700], "t.h5: not a whole HDF5 file")
case("hdf5: several tables", "t.h5", small("layouts.h5"),
     "t.h5: holds 5 tables: name one in data.dataset: /frame, /group, /matrix, /named, /records")
case("hdf5: unread field", "t.h5", small("refused.h5"),
     "t.h5: dataset /mixed: column \"when\" is an array, which is not read", "data.drop")
case("columns: another safetensors", "t.safetensors", b"\2\0\0\0\0\0\0\0{}",
     "t.safetensors: damaged, or not a column file")
case("columns: cut off", "t.safetensors", small("table.safetensors")[:-9],
     "t.safetensors: damaged, or not a column file")
case("columns: another value", "t.safetensors",
     small("table.safetensors").replace(b"red\0", b"rad\0"),
     "t.safetensors: column \"word\" is damaged")
case("parquet: cut off", "t.parquet", small("table.parquet")[:-9],
     "t.parquet: not a whole Parquet file")


case("xlsx: cut off", "t.xlsx", xlsx(["a"], [1])[:-40], "t.xlsx: ")
case("xlsx: by name alone", "t.xlsx", "a,b\n1,2\n", "t.xlsx: ")
case("xlsx: no rows", "t.xlsx", xlsx(["a", "b"]), "t.xlsx: sheet \"Data\" has column names but no rows")
case("xlsx: nothing", "t.xlsx", xlsx(), "t.xlsx: sheet \"Data\": the first row is empty")
case("xlsx: empty first row", "t.xlsx", xlsx([], ["a"], [1]),
     "t.xlsx: sheet \"Data\": the first row is empty")
case("xlsx: a number as a name", "t.xlsx", xlsx(["a", 3], [1, 2]),
     "t.xlsx: Data!B1: holds the number 3, where a column's name is needed")
case("xlsx: no name", "t.xlsx", xlsx(["a", None, "c"], [1, 2, 3]), "t.xlsx: Data!B1: holds nothing")
case("xlsx: name twice", "t.xlsx", xlsx(["a", "a"], [1, 2]),
     "t.xlsx: the column name \"a\" stands twice, in columns 1 and 2")
case("xlsx: cell behind the names", "t.xlsx", xlsx(["a", "b"], [1, 2], [1, 2, None, 4]),
     "t.xlsx: Data!D3: a cell behind the last column")
case("xlsx: text among numbers", "t.xlsx", xlsx(["a", "b"], [None, 1], [1.5, 2], ["n/a", 3]),
     "t.xlsx: Data!A4: column \"a\" has the text \"n/a\", where Data!A3 has a number", "data.text")
case("xlsx: date among numbers", "t.xlsx", xlsx(["a"], [1], [day(45000)]),
     "t.xlsx: Data!A3: column \"a\" has a date, where Data!A2 has a number")
case("xlsx: formula", "t.xlsx", xlsx(["a", "b"], [1, 2], [1, "<c><f>A2*2</f><v>2</v></c>"]),
     "t.xlsx: Data!B3: column \"b\" has a formula", "paste as values")
case("xlsx: error", "t.xlsx", xlsx(["a"], [1], ['<c t="e"><v>#N/A</v></c>']),
     "t.xlsx: Data!A3: column \"a\" has the error #N/A", "clear it")
case("xlsx: merged", "t.xlsx",
     xlsx(["a", "b"], [1, 2], [1, 2], after='<mergeCells><mergeCell ref="A2:A3"/></mergeCells>'),
     "t.xlsx: Data!A2:A3 are merged cells", "unmerge them")


def run_case(this):
    name, file, content, fragments = this
    with Place() as place:
        write(place / file, content)
        result = place.command("ingest", file)
        try:
            expect(result.returncode == DATA, "exit", result.returncode)
            said = [s for s in result.stderr.splitlines() if s.startswith("stint: ")]
            expect(len(said) == 1 and result.stdout == "", "not one message")
            for f in fragments:
                expect(f in result.stderr, repr(f), "is not said")
            left = [p for p in tree(place.cache) if p.startswith("columns/")]
            expect(not left, "left in the cache:", left)
            place.clean()
        except AssertionError as e:
            return f"{name}: {e}\n    {result.stderr.strip()}"
    return None


def test_each_bad_file():
    wrong = [w for w in each(run_case, CASES) if w]
    expect(not wrong, f"{len(wrong)} of {len(CASES)} cases:\n" + "\n".join(wrong))


LARGE = """
import decimal, pyarrow, pyarrow.parquet
pyarrow.parquet.write_table(pyarrow.table({"a": [1, 2]}), "0.parquet")
pyarrow.parquet.write_table(pyarrow.table({"a": pyarrow.array([2**60, 2**63], pyarrow.uint64())}), "1.parquet")
pyarrow.parquet.write_table(pyarrow.table({"a": pyarrow.array([1, 2**63 + 1], pyarrow.uint64())}), "2.parquet")
pyarrow.parquet.write_table(pyarrow.table({"a": [None, 2**53 + 1]}), "3.parquet")
"""


def test_large_numbers_in_parquet():
    if not os.path.exists(PEERS):
        skip(f"there is no {PEERS}; tools/setup --peers installs it")
    with Place() as place:
        made = subprocess.run([PEERS, "-c", LARGE], cwd=place.path, text=True, capture_output=True)
        if "ModuleNotFoundError" in made.stderr:
            skip(made.stderr.strip().splitlines()[-1])
        ingest(place, "[01].parquet")
        for name, said in (("2", "row 2: column \"a\": no double holds 9223372036854775809 exactly"),
                           ("3", "row 2: column \"a\": 9007199254740993 stands in a column with "
                                 "missing cells")):
            result = place.command("ingest", f"{name}.parquet")
            expect(result.returncode == DATA and said in result.stderr, result.stderr)


def test_dates_in_a_sheet_are_text():
    with Place() as place:
        write(place / "t.xlsx", xlsx(["d", "t", "x"], [day(45000), moment(45000.5), 1],
                                     [day(45001), day(45001), 2], [None, None, 3], [], [None]))
        write(place / "t.csv", "d,t,x\n2023-03-15,2023-03-15T12:00:00,1\n"
                               "2023-03-16,2023-03-16T00:00:00,2\n,,3\n")
        made, wanted = ingest(place, "t.xlsx"), ingest(place, "t.csv")
        expect(made["fingerprint"] == wanted["fingerprint"], made, wanted)


def test_mixed_columns_name_the_first_line_of_each_type():
    tables = {"t.csv": "a,x,y\n" + "".join(f"{i},{v},{i % 3}\n" for i, v in
                                            enumerate(["", "1.5", "2", "n/a", "x"] * 9)),
              "t.jsonl": "".join(json.dumps({"a": i, "x": v, "y": i % 3}) + "\n" for i, v in
                                 enumerate([None, 1.5, 2, "n/a", "x"] * 9))}
    with Place() as place:
        for name, content in tables.items():
            write(place / name, content)
            place.config("c.yaml", f"name: t\ndata: {{source: {name}, target: y}}\n"
                                   "split: {test: 0.2, folds: 2, seed: 1}\n"
                                   "search: {metric: rmse, models: [{ridge: {alpha: 1}}]}\n")
            result = place.run("c.yaml")
            first = 2 if name == "t.csv" else 1
            expect(result.returncode == DATA, result.returncode, result.stderr)
            expect(f"{name}:{first + 3}: column \"x\": \"n/a\" is text, where line {first + 1} has the "
                   "number 1.5: correct the cell" in result.stderr, result.stderr)


if __name__ == "__main__":
    main()
