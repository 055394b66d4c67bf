"""Columns that become packed bits while they are read: every format gives the same bits, what is
wrong with a cell is said with its line, a run keeps its key to itself, and a model encodes new
data as it encoded the old."""

import json
import os
import subprocess

from stint_test import DATA, DONE, FAILURE, SOURCE, USAGE, Place, each, expect, main, read, skip, tree, write

PEERS = os.environ.get("STINT_PEERS") or os.path.join(SOURCE, "build/peers/bin/python")
NAMES = ["Smith", "Müller", "O'Brien", "", "Åse", "José María", "van der Berg", "smyth"]
WORDS = ["anna", "bob", "banana", "", "c-d", "Nona"]
KEY = "open sesame, says the test"
SECRET = {"STINT_BLOOM_KEY": KEY}


def row(i):
    bits = "".join("1" if (i * 37 + k * 11 + i * k) % 7 < 3 else "0" for k in range(37))
    return [str(i), bits, NAMES[i % len(NAMES)], WORDS[i % len(WORDS)],
            f"{bits.count('1') + i % 3 / 8}"]


HEADER = ["id", "fp", "name", "word", "y"]
ROWS = [row(i) for i in range(240)]


def csv(rows, delimiter=","):
    return "".join(delimiter.join(r) + "\n" for r in [HEADER, *rows])


def config(source="data.csv", bits="[fp]", more="", models="[ridge]"):
    return (f"name: t\n"
            f"data: {{source: {source}, target: y, drop: [id], bits: {bits},\n"
            f"       bloom: {{columns: [name], width: 64, hashes: 4}},\n"
            f"       grams: {{columns: [word], alphabet: abno}}{more}}}\n"
            f"split: {{folds: 2, seed: 7}}\n"
            f"search: {{models: {models}}}\n")


def run(place, *arguments, key=SECRET, file="t.yaml", run_dir="run"):
    return place.command("run", file, "--run-dir", place / run_dir,
                         *arguments, env=place.environment(**(key or {})))


def model(place, run_dir="run"):
    return json.loads(read(os.path.join(place / run_dir, "rounds/001/model/model.json")))


def table(place, fmt):
    """The rows as a file of that format."""
    name = f"data.{fmt}"
    if fmt in ("csv", "tsv"):
        write(place / name, csv(ROWS, "," if fmt == "csv" else "\t"))
    elif fmt == "jsonl":
        write(place / name, "".join(
            json.dumps(dict(zip(HEADER, [int(r[0]), r[1], r[2] or None, r[3] or None,
                                         float(r[4])]))) + "\n" for r in ROWS))
    else:
        write(place / "rows.json", json.dumps([HEADER, ROWS]))
        done = subprocess.run([PEERS, "-c", MAKE, str(place / "rows.json"), str(place / name)],
                              capture_output=True, text=True)
        expect(done.returncode == 0, done.stderr)
    return name


MAKE = """
import json, sys
header, rows = json.load(open(sys.argv[1]))
columns = {k: [r[j] for r in rows] for j, k in enumerate(header)}
columns["id"] = [int(v) for v in columns["id"]]
columns["y"] = [float(v) for v in columns["y"]]
if sys.argv[2].endswith("parquet"):
    import pyarrow, pyarrow.parquet
    pyarrow.parquet.write_table(pyarrow.table(columns), sys.argv[2])
else:
    import openpyxl
    book = openpyxl.Workbook()
    book.active.append(header)
    for row in zip(*columns.values()):
        book.active.append([v if v != "" else None for v in row])
    book.save(sys.argv[2])
"""


def test_every_format_gives_the_same_bits():
    formats = ["csv", "tsv", "jsonl"]
    if os.access(PEERS, os.X_OK):
        formats += ["parquet", "xlsx"]
    with Place() as place:
        seen = {}
        for fmt in formats:
            write(place / "t.yaml", config(table(place, fmt)))
            done = run(place, "--fresh")
            expect(done.returncode == DONE, fmt, done.stderr)
            saved = model(place)
            report = json.loads(read(os.path.join(place / "run", "environment.json")))
            seen[fmt] = report["fingerprint"], json.dumps(saved["features"])
        for fmt, what in seen.items():
            expect(what == seen["csv"], fmt, "differs from csv:", what[0], seen["csv"][0])
        features = json.loads(seen["csv"][1])
        expect(len(features["names"]) == 37 + 64 + 16, len(features["names"]))
        expect(features["names"][0] == "fp 0" and features["names"][-1] == "word oo",
               features["names"])
        place.clean()


# --- bad input --------------------------------------------------------------------------------

BAD = [
    ("a strange character", (5, 1, "01x" + "0" * 34), "data.csv:7: column \"fp\": character 3 is 'x', not 0 or 1"),
    ("a short cell", (9, 1, "0" * 36), "data.csv:11: column \"fp\": 36 bits, where 37 are needed"),
    ("a long cell", (9, 1, "0" * 38), "data.csv:11: column \"fp\": 38 bits, where 37 are needed"),
    ("an empty cell", (4, 1, ""), "data.csv:6: column \"fp\": the cell is empty, where bits are needed"),
    ("an empty first cell", (0, 1, ""), "data.csv:2: column \"fp\": the cell is empty"),
    ("too wide", (0, 1, "0" * 65537), "data.csv:2: column \"fp\": 65537 bits, where 65536 are the most"),
]


def test_bad_cells_are_said_with_their_line():
    def one(case):
        name, (at, column, cell), said = case
        rows = [list(r) for r in ROWS]
        rows[at][column] = cell
        with Place() as place:
            write(place / "data.csv", csv(rows))
            write(place / "t.yaml", config())
            done = run(place)
            expect(done.returncode == DATA, name, done.returncode, done.stderr)
            expect(said in done.stderr, name, done.stderr)
            kept = tree(os.path.join(place.cache, "columns")) if os.path.isdir(
                os.path.join(place.cache, "columns")) else {}
            expect(not kept, name, kept)
    each(one, BAD)


def test_a_strict_alphabet():
    with Place() as place:
        write(place / "data.csv", csv(ROWS))
        write(place / "t.yaml", config().replace("alphabet: abno", "alphabet: abno, strict: true"))
        done = run(place)
        expect(done.returncode == DATA, done.stderr)
        expect("data.csv:6: column \"word\": character 1 is 'c', which is not in "
               "data.grams.alphabet" in done.stderr, done.stderr)


SETTINGS = [
    ("bits: [fq]", config(bits="[fq]"), USAGE, "data.bits: ", "has no column \"fq\"; did you mean \"fp\"?"),
    ("two encoders", config(bits="[fp, name]"), USAGE,
     "column \"name\" is in data.bits and in data.bloom.columns"),
    ("a list for bits", config() + "features: {onehot: [fp]}\n", DATA, "column \"fp\" holds bits"),
    ("a narrow filter", config().replace("width: 64", "width: 4"), USAGE, "data.bloom.width", "8…65536"),
    ("no hash", config().replace("hashes: 4", "hashes: 0"), USAGE, "data.bloom.hashes"),
    ("an alphabet that repeats", config().replace("abno", "aba"), USAGE,
     "data.grams.alphabet: a character stands twice"),
]


def test_settings_that_cannot_be():
    def one(case):
        name, text, code, *said = case
        with Place() as place:
            write(place / "data.csv", csv(ROWS))
            write(place / "t.yaml", text)
            done = run(place)
            expect(done.returncode == code, name, done.returncode, done.stderr)
            for part in said:
                expect(part in done.stderr, name, "lacks", part, "in", done.stderr)
    each(one, SETTINGS)


# --- the key ----------------------------------------------------------------------------------


def holds(folder, text):
    found = []
    for at, _, files in os.walk(folder):
        for name in files:
            with open(os.path.join(at, name), "rb") as file:
                if text.encode() in file.read():
                    found.append(os.path.join(at, name))
    return found


def test_the_key_is_written_nowhere():
    with Place() as place:
        write(place / "data.csv", csv(ROWS))
        write(place / "t.yaml", config())
        done = run(place)
        expect(done.returncode == DONE, done.stderr)
        given = run(place, "--set", f"data.bloom.key={KEY}", key=None, run_dir="given")
        expect(given.returncode == DONE, given.stderr)
        expect(not holds(place.path, KEY), holds(place.path, KEY))
        expect("kept:" in read(os.path.join(place / "run", "experiment.yaml")).decode(),
               "the experiment tells no digest")
        expect(read(os.path.join(place / "run", "experiment.yaml")) ==
               read(os.path.join(place / "given", "experiment.yaml")), "two experiments of one key")


def test_without_a_key_or_with_another():
    with Place() as place:
        write(place / "data.csv", csv(ROWS))
        write(place / "t.yaml", config())
        none = run(place, key=None)
        expect(none.returncode == USAGE and "STINT_BLOOM_KEY" in none.stderr, none.stderr)
        expect(run(place).returncode == DONE)
        other = run(place, key={"STINT_BLOOM_KEY": "another"})
        expect(other.returncode != DONE and "belongs to another experiment" in other.stderr,
               other.stderr)


# --- new data ---------------------------------------------------------------------------------


def predict(place, data, *arguments, key=SECRET):
    return place.command("predict", place / "run", data, *arguments,
                         env=place.environment(**(key or {})))


def test_new_data_are_encoded_as_the_old():
    with Place() as place:
        write(place / "data.csv", csv(ROWS))
        write(place / "t.yaml", config())
        expect(run(place).returncode == DONE)
        some = [[r[k] for k in (3, 1, 4, 2, 0)] for r in ROWS[:20]]
        write(place / "new.csv", "word,fp,y,name,id\n" + "".join(",".join(r) + "\n" for r in some))
        whole = predict(place, place / "data.csv")
        part = predict(place, place / "new.csv")
        expect(part.returncode == DONE, part.stderr)
        expect(part.stdout.splitlines()[1:] == whole.stdout.splitlines()[1:21], part.stdout)
        refused = predict(place, place / "new.csv", key={"STINT_BLOOM_KEY": "another"})
        expect(refused.returncode == USAGE and "was encoded with another key" in refused.stderr,
               refused.stderr)
        write(place / "short.csv", csv([[r[0], r[1][:-1], *r[2:]] for r in ROWS[:3]]))
        short = predict(place, place / "short.csv")
        expect(short.returncode == DATA and "short.csv:2: column \"fp\": 36 bits, where 37 are "
               "needed" in short.stderr, short.stderr)
        write(place / "more.csv", csv(ROWS[:30]))
        lacking = predict(place, place / "more.csv", key=None)
        expect(lacking.returncode == USAGE and "STINT_BLOOM_KEY" in lacking.stderr, lacking.stderr)


# --- out again --------------------------------------------------------------------------------


def column_file(place):
    folder = os.path.join(place.cache, "columns")
    return os.path.join(folder, next(n for n in os.listdir(folder) if not n.endswith(".ok")))


def test_bits_are_written_as_0_and_1_and_read_again():
    with Place() as place:
        write(place / "data.csv", csv(ROWS))
        write(place / "t.yaml", config())
        expect(run(place).returncode == DONE)
        first = json.loads(read(os.path.join(place / "run", "environment.json")))["fingerprint"]
        made = column_file(place)
        out = place.command("export", made, place / "out.csv")
        expect(out.returncode == DONE, out.stderr)
        lines = read(place / "out.csv").decode().splitlines()
        expect([line.split(",")[1] for line in lines[1:]] == [r[1] for r in ROWS], lines[:2])
        expect(len(lines[1].split(",")[2]) == 64, lines[1])
        for name in ("out.parquet", "out.xlsx"):
            out = place.command("export", made, place / name)
            expect(out.returncode == DONE, name, out.stderr)
        os.link(made, place / "copy.safetensors")
        write(place / "t.yaml", config("copy.safetensors"))
        again = run(place, run_dir="again")
        expect(again.returncode == DONE, again.stderr)
        expect(json.loads(read(os.path.join(place / "again", "environment.json")))["fingerprint"]
               == first, "the copy's content is another")
        other = run(place, key={"STINT_BLOOM_KEY": "another"}, run_dir="other")
        expect(other.returncode == DATA and "made with another key" in other.stderr, other.stderr)


def test_equal_rows_are_found_by_all_bits():
    rows = [[*r[:4], f"{i}"] for i, r in enumerate(ROWS)]
    rows[7] = list(rows[3])
    rows[9] = list(rows[4])
    rows[9][1] = rows[9][1][::-1]  # as many ones in another order
    with Place() as place:
        write(place / "data.csv", csv(rows))
        write(place / "t.yaml", config() + "checks: {duplicates: error}\n")
        done = run(place)
        expect(done.returncode == DATA and "data.csv:9: " in done.stderr and "repeats row 4 (1 such"
               in done.stderr, done.stderr)


def test_memory_that_does_not_suffice_is_said():
    wide = "0110" * 8192
    with Place() as place:
        write(place / "data.csv", "fp,y\n" + "".join(f"{wide},{i}\n" for i in range(300)))
        write(place / "t.yaml", "name: t\ndata: {source: data.csv, target: y, bits: [fp]}\n"
              "budget: {memory: 24MiB}\nsearch: {models: [ridge]}\n")
        done = run(place)
        expect(done.returncode not in (DONE, DATA), done.returncode, done.stderr)
        expect("budget.memory" in done.stderr, done.stderr)


def test_allocations_fail_while_cells_are_encoded():
    with Place() as place:
        write(place / "data.csv", csv(ROWS))
        write(place / "t.yaml", config(models="[baseline]"))

        def one(n):
            fired, cache = place / f"{n}.fired", place / f"{n}.cache"
            fault = {"STINT_FAULT": f"ingest:alloc:{n}", "STINT_FAULT_ONCE": fired}
            done = run(place, "--cache-dir", cache, key={**SECRET, **fault}, run_dir=f"run-{n}")
            expect(done.returncode in (DONE, FAILURE), n, done.returncode, done.stderr)
            expect(done.returncode == DONE or "memory" in done.stderr, n, done.stderr)
            went_off.append(os.path.exists(fired))

        went_off, first = [], 1
        while not went_off or any(went_off[-4:]):
            each(one, [first + 3 * k for k in range(4)])
            first += 12
        if len(went_off) == 4 and not any(went_off):
            skip("this build injects no faults")
        expect(len(went_off) > 8, "few allocations:", len(went_off))


if __name__ == "__main__":
    main()
