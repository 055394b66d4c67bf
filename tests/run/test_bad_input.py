"""Bad input: each case gets its exit code and one message that says where, what and what to do,
and leaves nothing half-written behind."""

import fcntl
import json
import os
import random
import re
import shutil
import signal
import struct
import time

from stint_test import (BUDGET, DATA, DONE, FAILURE, OTHER, PLAN, USAGE, Place, each, expect, main,
                        read, results, same, skip, tree, write)

# --- what may be left ------------------------------------------------------------------------

# Never anything in the run directory, which is not even made; in the cache:
NOTHING = "nothing"  # no table of the input
TABLE = "table"      # a whole one: what is wrong with it was found after it was read


def whole_safetensors(path):
    """Does every byte of the file belong to its header or one of its tensors?"""
    data = read(path)
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    spans = sorted(v["data_offsets"] for k, v in header.items() if k != "__metadata__")
    at = 0
    for begin, end in spans:
        if begin != at:
            return False
        at = end
    return at == len(data) - 8 - size


def nothing_half_written(place, left, run_dir="run"):
    place.clean(run_dir)
    expect(not os.path.exists(place / run_dir), "a run directory is left:", place / run_dir)
    tables = [p for p in tree(place.cache) if p.startswith("columns/") and not p.endswith(".ok")]
    expect(left == TABLE or not tables, "a table of bad input is in the cache:", tables)
    for table in tables:
        expect(whole_safetensors(os.path.join(place.cache, table)), table, "is not whole")


def said_once(result, *fragments):
    """One line that begins with the command's name, and holds every fragment."""
    lines = [s for s in result.stderr.splitlines() if s.startswith("stint: ")]
    expect(len(lines) == 1, "not one message but:", repr(result.stderr))
    for f in fragments:
        expect(f in result.stderr, repr(f), "is not in", repr(result.stderr))


# --- the table of cases ----------------------------------------------------------------------

CASES = []


def case(name, code, fragments, files=None, left=NOTHING, flags=(), verb="run", **config):
    CASES.append((name, code, fragments, files, left, flags, verb, config))


def rows(n, header="a,b,y", seed=1):
    r = random.Random(seed)
    lines = [header]
    for _ in range(n):
        a, b = r.random(), r.random()
        lines.append(f"{a:.6f},{b:.6f},{2 * a + b + r.random() / 10:.6f}")
    return lines


def joined(lines, end="\n"):
    return end.join(lines) + end


def spliced(good, *bad):
    """The lines with some put in before the last five."""
    return joined(good[:-5] + list(bad) + good[-5:])


FEW, MANY = rows(100), rows(30_000, seed=2)
EARLY, LATE = 4, 30_002 - 5  # the line numbers of what early() and late() put in


def early(*bad):
    return {"data.csv": joined(FEW[:EARLY - 1] + list(bad) + FEW[EARLY - 1:])}


def late(*bad):
    return {"data.csv": spliced(MANY, *bad)}


def config(source="data.csv", target="y", data="", test=0.2, folds=5, seed=7, alpha="[0.1, 1, 10]",
           metric="rmse", change=None, add=""):
    text = (f"name: t\n"
            f"data: {{source: {source}, target: {target}{data}}}\n"
            f"split: {{test: {test}, folds: {folds}, seed: {seed}}}\n"
            f"features: {{scale: standard}}\n"
            f"search:\n"
            f"  metric: {metric}\n"
            f"  models:\n"
            f"    - ridge: {{alpha: {alpha}}}\n" + add)
    return text.replace(*change) if change else text


# files that are not tables
case("missing file", DATA, ["data.csv: there is no such file", "data.source"], {})
case("empty file", DATA, ["data.csv: the file is empty"], {"data.csv": ""})
case("header only", DATA, ["data.csv: has column names but no rows"], {"data.csv": "a,b,y\n"})
case("a directory", DATA, ["data.csv: is a directory", "data.csv/*.csv"], {"data.csv/x": "1"})
case("binary", DATA, ["data.csv:1:", "zero byte"], {"data.csv": b"\0\1\2\3" * 999})
case("junk", DATA, ["data.csv:1: not UTF-8 text", "iconv"], {"data.csv": b"\xfe\xed\xfa\xce" * 99})
case("latin-1 header", DATA, ["data.csv:1: not UTF-8 text: byte 0xE9"],
     {"data.csv": b"a,\xe9t\xe9,y\n" + joined(FEW[1:]).encode()})
case("latin-1 cell, early", DATA, [f"data.csv:{EARLY}: not UTF-8 text: byte 0xE9"],
     {"data.csv": early("0.1,X,0.4")["data.csv"].encode().replace(b"X", b"\xe9")})
case("latin-1 cell, late", DATA, [f"data.csv:{LATE}:"], left=NOTHING,
     files={"data.csv": late("0.1,X,0.4")["data.csv"].encode().replace(b"X", b"\xe9")})
case("corrupt parquet", DATA, ["data.parquet: not a whole Parquet file"], left=NOTHING,
     files={"data.parquet": b"PAR1" + bytes(range(256)) * 4 + b"PAR1"}, source="data.parquet")
case("empty parquet", DATA, ["data.parquet: the file is empty"],
     {"data.parquet": ""}, source="data.parquet")
case("glob matching nothing", DATA, ["part-*.csv: no file matches", "data.source"],
     {"data.csv": joined(FEW)}, source="'part-*.csv'")
case("glob of different columns", DATA, ["p-2.csv:1: column 2 is \"c\", where p-1.csv has \"b\""],
     {"p-1.csv": joined(FEW), "p-2.csv": joined(rows(9, "a,c,y"))}, NOTHING, source="'p-*.csv'")
case("glob of reordered columns", DATA, ["p-2.csv:1: column 1 is \"b\""],
     {"p-1.csv": joined(FEW), "p-2.csv": joined(rows(9, "b,a,y"))}, NOTHING, source="'p-*.csv'")

# headers
case("duplicate header", DATA, ["data.csv:1:", "\"a\" stands twice, in columns 1 and 2"],
     {"data.csv": joined(rows(9, "a,a,y"))})
case("empty header name", DATA, ["data.csv:1: column 2 has no name"],
     {"data.csv": joined(rows(9, "a,,y"))})
case("no header", DATA, ["data.csv:1: the first line holds numbers"], {"data.csv": joined(FEW[1:])})

# rows and cells; each both within the sample and far after it
for when, at, files in (("early", EARLY, early), ("late", LATE, late)):
    case(f"short row, {when}", DATA, [f"data.csv:{at}: 2 cells, where the header names 3 columns"],
         files("0.1,0.2"))
    case(f"long row, {when}", DATA, [f"data.csv:{at}: 4 cells, where the header names 3 columns"],
         files("0.1,0.2,0.3,0.4"))
    left = TABLE if when == "early" else NOTHING
    said = "\"oops\" is " + ("text, where line 2 has the number" if when == "early" else "not a number")
    case(f"text in a number column, {when}", DATA,
         [f"data.csv:{at}: column \"b\": {said}", "correct the cell"], files("0.1,oops,0.4"), left)
    case(f"text in the target, {when}", DATA, [f"data.csv:{at}: column \"y\": {said}"],
         files("0.1,0.2,oops"), left)
    case(f"missing cell, {when}", DATA, [f"data.csv:{at}: column \"b\": missing", "fill the cell"],
         files("0.1,,0.4"), TABLE)
    case(f"NaN, {when}", DATA, [f"data.csv:{at}: column \"b\": missing"], files("0.1,NaN,1"), TABLE)
    for inf in ("inf", "-Infinity", "1e999"):
        case(f"{inf}, {when}", DATA, [f"data.csv:{at}: column \"b\": infinite"],
             files(f"0.1,{inf},1"), TABLE)
    case(f"missing target, {when}", DATA, [f"data.csv:{at}: column \"y\": missing"],
         files("0.1,0.2,"), TABLE)

QUOTED = ["a,note,b,y"] + [f"{i * i % 17},\"two\nlines, \"\"{i}\"\"\",{i},{i % 7}" for i in range(40)]
case("line numbers past quoted line ends", DATA, ["data.csv:82: column \"b\": missing"],
     {"data.csv": joined(QUOTED + ["1,k,,3"])}, TABLE, data=", drop: [note]")
case("text past quoted line ends", DATA,
     ["data.csv:82: column \"b\": \"zz\" is text, where line 2 has the number 0"],
     {"data.csv": joined(QUOTED + ["1,k,zz,3"])}, TABLE, data=", drop: [note]")
case("line numbers of CRLF files", DATA, [f"data.csv:{EARLY}: column \"b\": missing"],
     {"data.csv": early("1,,2")["data.csv"].replace("\n", "\r\n")}, TABLE)
case("line numbers past empty lines", DATA, ["data.csv:7: column \"b\": missing"],
     {"data.csv": joined(FEW[:3] + ["", "", FEW[3], "1,,2"] + FEW[4:])}, TABLE)
case("line numbers of a semicolon file with a BOM", DATA, [f"data.csv:{EARLY}: column \"b\": missing"],
     {"data.csv": "\ufeff" + early("1,,2")["data.csv"].replace(",", ";")}, TABLE)
case("line numbers of a glob's second file", DATA, ["p-2.csv:4: column \"b\": missing"],
     {"p-1.csv": joined(FEW), "p-2.csv": early("1,,2")["data.csv"]}, TABLE, source="'p-*.csv'")
for end, name in (("\n", "LF"), ("\r\n", "CRLF"), ("\r", "CR")):
    other = "\r\n" if end == "\n" else "\n"
    case(f"line ends of two kinds, {name} first", DATA,
         [f"data.csv:52: the line does not end in {name}, as the header does"],
         {"data.csv": joined(FEW[:51], end) + joined(FEW[51:], other)})
case("an unclosed quote", DATA, ["data.csv:4:"], early("\"0.1,0.2,0.3"), NOTHING)

# columns
case("unknown target", USAGE, ["data.target: the table has no column \"gama\"", "\"gamma\""],
     {"data.csv": joined(rows(50, "alpha,beta,gamma"))}, TABLE, target="gama")
case("unknown dropped column", USAGE, ["data.drop: the table has no column \"beat\"", "\"beta\""],
     {"data.csv": joined(rows(50, "alpha,beta,y"))}, TABLE, data=", drop: [beat]")
case("constant target", DATA, ["target \"y\" is 3 in all 50 rows"],
     {"data.csv": joined(["a,b,y"] + [f"{i},{i * i % 13},3" for i in range(50)])}, TABLE)
case("all-missing feature", DATA, ["column \"a\" is missing in all 50 rows", "data.drop"],
     {"data.csv": joined(["a,b,y"] + [f",{i},{i * i % 13}" for i in range(50)])}, TABLE)
case("all-missing target", DATA, ["column \"y\" is missing in all 50 rows", "data.target"],
     {"data.csv": joined(["a,b,y"] + [f"{i},{i * i % 13}," for i in range(50)])}, TABLE)
case("text column as feature", DATA, ["column \"city\" is text (\"oslo\")", "data.drop"], {
    "data.csv": joined(["a,city,y"] + [f"{i},{['oslo', 'rome'][i % 2]},{i % 7}" for i in range(50)])
}, TABLE)
case("text column as target", DATA, ["column \"city\" is text (\"oslo\")", "data.target"], {
    "data.csv": joined(["a,city,y"] + [f"{i},{['oslo', 'rome'][i % 2]},{i % 7}" for i in range(50)])
}, TABLE, target="city")
case("nothing left as a feature", DATA, ["no column is left as a feature"], early(), TABLE,
     data=", drop: [a, b]")
case("equal rows, forbidden", DATA, ["data.csv:102: column \"a\": the row repeats row 1"],
     {"data.csv": joined(FEW + FEW[1:2])}, TABLE,
     add="checks: {duplicates: error}\n")
case("a whole number that no double holds", DATA,
     ["data.csv:4: column \"a\": 9007199254740993 is a whole number that no double holds exactly",
      "data.text"],
     {"data.csv": joined(["a,b,y"] + [f"{9007199254740993 if i == 2 else i},{i * i % 13},{i % 7}"
                                      for i in range(50)])}, TABLE)
case("more folds than rows", DATA, ["split.folds: 10 folds of 7 rows", "fewer folds"],
     {"data.csv": joined(FEW[:8])}, TABLE, folds=10)
case("a test part of one row", DATA, ["split.test:", "of 3 rows"], {"data.csv": joined(FEW[:4])},
     TABLE, folds=2)

# config
GOOD = {"data.csv": joined(FEW)}
NEAREST = (
    ("unknown key", "c.yaml:1:1: unknown key \"nmae\"; did you mean \"name\"?", ("name:", "nmae:")),
    ("misspelt key", "c.yaml:3:20: unknown key \"split.flods\"; did you mean \"split.folds\"?",
     ("folds", "flods")),
    ("misspelt parameter", "c.yaml:8:15: ridge has no parameter \"alhpa\"; did you mean \"alpha\"?",
     ("alpha", "alhpa")),
    ("misspelt model", "c.yaml:8:7: unknown model \"rigde\"; did you mean \"ridge\"?",
     ("ridge", "rigde")),
    ("misspelt metric", "c.yaml:6:11: search.metric: unknown metric \"rsme\"; did you mean \"rmse\"?",
     ("rmse", "rsme")),
    ("duplicate key", "c.yaml:2:1: the key \"name\" stands twice; first on line 1",
     ("name: t", "name: t\nname: u")),
    ("duplicate nested key", "c.yaml:3:30: the key \"folds\" stands twice; first on line 3",
     ("folds: 5", "folds: 5, folds: 4")),
    ("syntax error", "c.yaml:3:19: YAML:", ("test: 0.2", "test: 0.2,, ]")),
    ("tab", "c.yaml:6:1: YAML:", ("  metric", "\tmetric")),
    ("anchor", "c.yaml:1:7: the anchor \"x\"", ("name: t", "name: &x t")),
    ("share out of range", "c.yaml:3:15: split.test: \"1.5\" is out of range", ("0.2", "1.5")),
    ("folds out of range", "c.yaml:3:27: split.folds: \"1\" is out of range; write 2…100",
     ("folds: 5", "folds: 1")),
    ("not a whole number", "c.yaml:3:27: split.folds: \"2.5\" is not a whole number",
     ("folds: 5", "folds: 2.5")),
    ("not a number", "c.yaml:3:27: split.folds: \"five\" is not a whole number",
     ("folds: 5", "folds: five")),
    ("no data", "c.yaml: data.source is missing", ("data: {source: data.csv, target: y}\n", "")),
    ("no target", "c.yaml: data.target is missing", (", target: y", "")),
    ("name that is a path", "c.yaml:1:7: name: \"../x\" is not a name", ("name: t", "name: ../x")),
    ("target twice", "c.yaml:2:38: data.target: the column \"y\" stands twice",
     ("target: y", "target: [y, y]")),
    ("parameter out of range", "c.yaml:8:23: ridge.alpha: \"-1\" is out of range", ("0.1,", "-1,")),
    ("log scale from 0", "c.yaml:8:29: ridge.alpha: a log scale has to begin above 0",
     ("[0.1, 1, 10]", "{log: [0, 1], n: 3}")),
    ("ends the wrong way round", "c.yaml:8:28: ridge.alpha:", ("[0.1, 1, 10]", "{log: [3, 2], n: 3}")),
    ("empty list", "c.yaml:8:22: ridge.alpha: the list is empty", ("[0.1, 1, 10]", "[]")),
)
for name, message, change in NEAREST:
    case(name, USAGE, [message], GOOD, change=change)
case("wrong unit of memory", USAGE, ["c.yaml:9:18: budget.memory: \"3GiBB\" is not a size", "2GiB"],
     GOOD, add="budget: {memory: 3GiBB}\n")
case("wrong unit of time", USAGE, ["c.yaml:9:16: budget.time: \"3 parsecs\" is not a duration", "90s"],
     GOOD, add="budget: {time: 3 parsecs}\n")
case("negative size", USAGE, ["c.yaml:9:18: budget.memory: \"-3MiB\""], GOOD,
     add="budget: {memory: -3MiB}\n")

# the command line
FLAGS = (
    ("--set without =", ["--set", "abc"], "--set takes KEY=VALUE"),
    ("--set of an unknown key", ["--set", "split.fold=3"], "did you mean \"split.folds\"?"),
    ("--set of a bad value", ["--set", "split.folds=x"], "--set split.folds: \"x\" is not a whole"),
    ("unknown flag", ["--memroy", "1GiB"], "does not know --memroy; see stint run --help"),
    ("flag without its value", ["--memory"], "--memory wants SIZE"),
    ("bad size", ["--memory", "lots"], "\"lots\" is not a size"),
    ("value where none is taken", ["--quiet=1"], "--quiet takes no value"),
    ("no workers", ["--workers", "0"], "\"0\" is out of range; write auto or 1…256"),
    ("too many workers", ["--workers", "1000"], "\"1000\" is out of range"),
    ("bad cache limit", ["--cache-limit", "x"], "--cache-limit takes a size"),
    ("bad progress", ["--progress", "loud"], "--progress takes auto, bar, line or none"),
    ("two configs", ["second.yaml"], "does not want \"second.yaml\""),
    ("endless run directory", ["--run-dir", "d" * 3000], "too long"),
)
for name, flags, message in FLAGS:
    case(name, USAGE, [message], GOOD, flags=flags)
case("unknown verb", USAGE, ["no verb \"rnu\"; stint --help"], GOOD, verb="rnu")
case("status of what is no run", USAGE, ["c.yaml is not a run directory"], GOOD, verb="status")
case("report of what is no run", USAGE, ["c.yaml is not a run directory"], GOOD, verb="report")
case("run directory is a file", FAILURE, ["data.csv"], GOOD, flags=["--run-dir", "data.csv"])

# limits
case("too many configurations", PLAN, ["5001 configurations, more than 5000", "--max-configs 5001"],
     GOOD, alpha="{log: [0.01, 100], n: 5001}")
case("too little disk", PLAN, ["budget.disk: 10 KiB is too little", "--set budget.disk="], GOOD,
     flags=["--disk", "10KiB"])
case("no time at all", BUDGET, ["budget.time was reached", "run the same command"], GOOD, None,
     flags=["--time", "1ms"])


def run_case(this):
    name, code, fragments, files, left, flags, verb, keys = this
    with Place() as place:
        for path, content in files.items():
            write(place / path, content)
        place.config("c.yaml", config(**keys))
        where = ["--run-dir", "run"] if verb == "run" and "--run-dir" not in flags else []
        result = place.command(verb, "c.yaml", *where, *flags)
        try:
            expect(result.returncode == code, "exit", result.returncode, "instead of", code)
            said_once(result, *fragments)
            expect(result.stdout == "", "on stdout:", result.stdout)
            if left is not None:
                nothing_half_written(place, left)
            place.clean()
        except AssertionError as e:
            return f"{name}: {e}\n    {result.stderr.strip()}"
    return None


def test_each_case():
    wrong = [w for w in each(run_case, CASES) if w]
    expect(not wrong, f"{len(wrong)} of {len(CASES)} cases:\n" + "\n".join(wrong))


# --- what looks odd and is good --------------------------------------------------------------


def test_each_way_to_write_a_table_is_the_same_table():
    lines = rows(80, seed=3)
    ways = {
        "plain": joined(lines),
        "crlf": joined(lines, "\r\n"),
        "bom": "\ufeff" + joined(lines),
        "semicolon": joined(lines).replace(",", ";"),
        "tab": joined(lines).replace(",", "\t"),
        "no last line end": "\n".join(lines),
        "empty lines": joined(lines[:9] + ["", ""] + lines[9:]),
        "line ends in names": "\"a\r\n\",\"b\n\"" + joined(lines, "\n")[3:],
        "other line ends in names": "\"a\n\",\"b\r\"" + joined(lines, "\r\n")[3:],
        "quoted": joined([",".join(f'"{c}"' for c in s.split(",")) for s in lines]),
    }
    with Place() as place:
        model = {}
        for name, text in ways.items():
            write(place / "data.csv", text)
            place.config("c.yaml", config())
            result = place.run("c.yaml", name)
            expect(result.returncode == DONE, name, result.stderr)
            model[name] = read(place / f"{name}/rounds/001/model/model.safetensors")
        write(place / "data.tsv", ways["tab"])
        place.config("c.yaml", config(source="data.tsv"))
        expect(place.run("c.yaml", "tsv").returncode == DONE)
        model["tsv"] = read(place / "tsv/rounds/001/model/model.safetensors")
        half = len(lines) // 2
        write(place / "p-1.csv", joined(lines[:half]))
        write(place / "p-2.csv", joined(lines[:1] + lines[half:]))
        place.config("c.yaml", config(source="'p-*.csv'"))
        expect(place.run("c.yaml", "glob").returncode == DONE)
        model["glob"] = read(place / "glob/rounds/001/model/model.safetensors")
        for name in model:
            expect(model[name] == model["plain"], name, "gives another model")


def test_types_of_parquet_files_meet_alike_in_any_order():
    with Place() as place:
        for name, cells in (("bool", ["true", "false"]), ("number", ["1.5", "2"])):
            write(place / f"{name}.csv", joined(["a,b"] + [f"{c},1" for c in cells * 9]))
            made = place.command("ingest", f"{name}.csv", "--to", f"{name}.columns")
            expect(made.returncode == DONE, made.stderr)
            made = place.command("export", f"{name}.columns", f"{name}.parquet")
            expect(made.returncode == DONE, made.stderr)
        for first, second in (("bool", "number"), ("number", "bool")):
            os.makedirs(place / first, exist_ok=True)
            shutil.copy(place / f"{first}.parquet", place / f"{first}/1.parquet")
            shutil.copy(place / f"{second}.parquet", place / f"{first}/2.parquet")
            result = place.command("ingest", f"{first}/*.parquet", "--json")
            expect(result.returncode == DONE, result.stderr)
            kinds = [c["kind"] for c in json.loads(result.stdout)["columns"]]
            expect(kinds == ["text", "number"], first, "then", second, "gives", kinds)


# --- limits that say what would do -------------------------------------------------------------


def small(place, n=6, rows_=60, **keys):
    """A small experiment, c.yaml, in a place."""
    write(place / "data.csv", joined(rows(rows_, seed=4)))
    return place.config("c.yaml", config(alpha=f"{{log: [0.01, 100], n: {n}}}", **keys))


def finished(place, run_dir="run", *flags, **options):
    result = place.run("c.yaml", run_dir, *flags, **options)
    expect(result.returncode == DONE, run_dir, flags, result.returncode, result.stderr)
    return result


def test_the_smallest_budget_named_is_the_smallest_and_does():
    with Place() as place:
        small(place)
        result = place.run("c.yaml", "run", "--memory", "1MiB")
        expect(result.returncode == PLAN, result.returncode, result.stderr)
        said_once(result, "budget.memory: 1.0 MiB is too little", "The largest stage is")
        nothing_half_written(place, NOTHING)
        least = int(re.search(r"--memory (\d+)MiB", result.stderr).group(1))
        result = place.run("c.yaml", "run", "--memory", f"{least - 4}MiB")
        expect(result.returncode == PLAN, "four MiB less do as well:", result.stderr)
        finished(place, "run", "--memory", f"{least}MiB")
        finished(place, "free")
        same(place / "free", place / "run")
        plan = place.command("plan", "c.yaml", "--memory", "1MiB")
        expect(plan.returncode == PLAN and plan.stdout, "plan shows nothing of what does not fit")


def test_the_smallest_disk_named_does():
    with Place() as place:
        small(place)
        result = place.run("c.yaml", "run", "--disk", "10KiB")
        least = re.search(r"--set (budget\.disk=\d+KiB)", result.stderr).group(1)
        finished(place, "run", "--set", least)


def test_many_configurations_warn_and_may_be_allowed():
    with Place() as place:
        small(place, n=4600, folds=2)
        expect(finished(place, "near").stderr.count("near the limit of 5000") == 1)
        small(place, n=5001, folds=2)
        expect(place.run("c.yaml", "over").returncode == PLAN)
        finished(place, "over", "--max-configs", "5001")
        summary = json.loads(read(place / "over/summary.json"))
        expect(summary["configurations"] == 5001, summary)


# --- directories -------------------------------------------------------------------------------


def test_another_experiments_directory_is_refused_with_the_difference():
    with Place() as place:
        small(place)
        finished(place)
        before = tree(place / "run")
        result = place.run("c.yaml", "run", "--set", "split.seed=8")
        expect(result.returncode == OTHER, result.returncode)
        said_once(result, "belongs to another experiment", "--fresh", "seed: 7", "seed: 8")
        expect(tree(place / "run") == before, "the refused run changed the directory")
        finished(place, "run", "--memory", "512MiB", "--workers", "1")  # the same experiment
        finished(place, "run", "--set", "split.seed=8", "--fresh")
        finished(place, "other", "--set", "split.seed=8")
        same(place / "other", place / "run")


def test_a_foreign_directory_is_refused_and_untouched():
    with Place() as place:
        small(place)
        write(place / "run/thesis.txt", "years of work")
        write(place / "run/old/more.txt", "and more")
        before = tree(place / "run")
        for flags in ([], ["--fresh"]):
            result = place.run("c.yaml", "run", *flags)
            expect(result.returncode == OTHER, result.returncode, result.stderr)
            said_once(result, "which no run made", "--run-dir")
            after = tree(place / "run")
            after.pop(".lock", None)
            expect(after == before, "the refused run changed the directory:", sorted(after))


def test_fresh_keeps_what_no_run_made():
    with Place() as place:
        small(place)
        finished(place)
        write(place / "run/notes.txt", "mine")
        finished(place, "run", "--fresh", "--set", "split.seed=8")
        expect(read(place / "run/notes.txt") == b"mine")


def test_two_runs_in_one_directory():
    with Place() as place:
        small(place)
        os.mkdir(place / "run")
        with open(place / "run/.lock", "w") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)
            result = place.run("c.yaml")
            expect(result.returncode == FAILURE, result.returncode)
            said_once(result, "run is in use by another run", "--run-dir")
            expect(set(tree(place / "run")) == {".lock"})
        finished(place)


def test_two_real_runs_in_one_directory():
    with Place() as place:
        small(place, n=4000, folds=10, metric="mae")
        first = place.start("run", "c.yaml", "--run-dir", "run")
        while not os.path.exists(place / "run/experiment.yaml"):
            expect(first.poll() is None, "the first run ended at once")
            time.sleep(0.001)
        first.send_signal(signal.SIGSTOP)
        result = place.run("c.yaml")
        first.send_signal(signal.SIGCONT)
        _, said = first.communicate(timeout=60)
        expect(first.returncode == DONE, said)
        expect(result.returncode == FAILURE, result.returncode)
        said_once(result, "run is in use by another run")
        place.clean()


# --- damage ------------------------------------------------------------------------------------


def flip(path, at):
    data = bytearray(read(path))
    data[at % len(data)] ^= 1
    write(path, bytes(data))


def test_torn_and_damaged_journals_are_repaired():
    with Place() as place:
        small(place)
        finished(place)
        wanted = results(place / "run")
        journal = read(place / "run/journal.jsonl")
        lines = journal.splitlines(keepends=True)
        middle = len(journal) // 2 - len(journal[:len(journal) // 2].split(b"\n")[-1])

        def repaired(how, damaged, *fragments):
            write(place / "run/journal.jsonl", damaged)
            result = finished(place)
            for f in fragments:
                expect(f in result.stderr, how, repr(f), "is not in", repr(result.stderr))
            same(wanted, place / "run")
            whole = read(place / "run/journal.jsonl")
            expect(whole.endswith(b"\n"), how)
            for line in lines[1:]:
                trial = line.split(b",")[0]
                expect(trial in whole, how, trial, "is not in the journal")

        repaired("torn at the end", journal[:-7], "cut off", "torn line")
        repaired("torn in the middle", journal[:middle + 20], "torn line")
        repaired("torn in the first line", journal[:10], "torn line")
        repaired("empty", b"")
        repaired("a line end is all that is left", journal[:len(lines[0])])
        repaired("rubbish at the end", journal + b"\0" * 100, "torn line")
        score = journal.index(b"\"score\":", middle) + 8
        damaged = bytearray(journal)
        damaged[score] ^= 1  # another digit
        repaired("a damaged score", bytes(damaged), "1 damaged lines")
        damaged = bytearray(journal)
        damaged[journal.index(b"\n", middle)] = ord(" ")  # two lines become one
        repaired("a damaged line end", bytes(damaged), "1 damaged lines")
        repaired("lines twice", journal + b"".join(lines[1:]))
        repaired("lines in another order", lines[0] + b"".join(reversed(lines[1:])))


def test_a_changed_byte_in_a_round_is_seen_and_mended():
    with Place() as place:
        small(place)
        finished(place)
        wanted = results(place / "run")
        for i, name in enumerate(sorted(tree(place / "run/rounds"))):
            flip(place / f"run/rounds/{name}", 997 * i)
            result = finished(place)
            expect("does not verify" in result.stderr, name, result.stderr)
            same(wanted, place / "run")
        os.remove(place / "run/rounds/001/metrics.json")
        expect("does not verify" in finished(place).stderr)
        same(wanted, place / "run")
        write(place / "run/rounds/001/extra.txt", "not listed")
        expect("does not verify" in finished(place).stderr)
        same(wanted, place / "run")
        for name in ("summary.json", "plan.json", "environment.json", "timings.jsonl", "log.txt",
                     "report.html"):
            for damaged in (b"{}", b'{"best": ', b"", b"\xff\0"):
                write(place / f"run/{name}", damaged)
                finished(place)
                same(wanted, place / "run")
        shutil.rmtree(place / "run/rounds")
        finished(place)
        same(wanted, place / "run")


def test_a_changed_byte_in_the_cache_is_seen_and_mended():
    with Place() as place:
        small(place)
        finished(place)
        cached = tree(place.cache)
        for i, name in enumerate(sorted(cached)):
            if name.startswith("sources/"):
                continue
            for at in (3, 9, 100, 1009 * i, -1):
                flip(os.path.join(place.cache, name), at)
                finished(place, "again", "--fresh")
                same(place / "run", place / "again")
                if not name.endswith(".ok"):
                    now = read(os.path.join(place.cache, name))
                    expect(now == cached[name], name, "was not made again")
        for name in sorted(cached):
            write(os.path.join(place.cache, name), cached[name][:len(cached[name]) // 2])
            finished(place, "again", "--fresh")
            same(place / "run", place / "again")
        place.clean("again")


def test_data_changed_between_stop_and_resume():
    with Place() as place:
        small(place)
        finished(place)
        journal = read(place / "run/journal.jsonl")
        write(place / "run/journal.jsonl", journal[:len(journal) // 2])
        shutil.rmtree(place / "run/rounds")
        os.remove(place / "run/summary.json")
        before = read(place / "run/journal.jsonl")
        good = read(place / "data.csv")
        write(place / "data.csv", good + b"0.5,0.5,1.5\n")
        result = place.run("c.yaml")
        expect(result.returncode == OTHER, result.returncode, result.stderr)
        said_once(result, "the data is no longer what this run began with", "--fresh")
        expect(read(place / "run/journal.jsonl") == before, "the journal was changed")
        expect(not os.path.exists(place / "run/rounds/001"), "a round was made")
        write(place / "data.csv", good)  # as it was: the run carries on
        finished(place)


# --- directories that cannot be written ----------------------------------------------------------

NOBODY = 65534


def as_nobody(place):
    """What puts a command into the hands of a user that may not write everywhere."""
    if os.getuid() != 0:
        return []
    before = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if not shutil.which("setpriv"):
        skip("root may write everywhere, and there is no setpriv to be another user")
    os.chmod(place.path, 0o755)
    if place.command("--version", before=before).returncode != 0:
        skip("root may write everywhere, and another user may not run the command")
    for folder, _, files in os.walk(place.path):
        os.chown(folder, NOBODY, NOBODY)
        for name in files:
            os.chown(os.path.join(folder, name), NOBODY, NOBODY)
    return before


def set_writable(path, yes):
    for folder, _, files in os.walk(path):
        os.chmod(folder, 0o755 if yes else 0o555)
        for name in files:
            os.chmod(os.path.join(folder, name), 0o644 if yes else 0o444)


def test_a_read_only_run_directory():
    with Place() as place:
        small(place)
        os.mkdir(place / "run")
        before = as_nobody(place)
        set_writable(place / "run", False)
        result = place.run("c.yaml", before=before)
        expect(result.returncode == FAILURE, result.returncode, result.stderr)
        said_once(result, "run", "Permission denied")
        expect(not tree(place / "run"))
        set_writable(place / "run", True)
        finished(place, before=before)
        wanted = results(place / "run")
        set_writable(place / "run", False)
        result = place.run("c.yaml", before=before)
        expect(result.returncode == FAILURE, result.returncode, result.stderr)
        said_once(result, "Permission denied")
        same(wanted, place / "run")
        set_writable(place / "run", True)


def test_a_read_only_cache():
    with Place() as place:
        small(place)
        os.mkdir(place.cache)
        before = as_nobody(place)
        set_writable(place.cache, False)
        result = place.run("c.yaml", before=before)
        expect(result.returncode == FAILURE, result.returncode, result.stderr)
        said_once(result, place.cache, "Permission denied")
        place.clean()
        set_writable(place.cache, True)
        finished(place, before=before)
        set_writable(place.cache, False)  # what is in it may still be used
        finished(place, "again", before=before)
        same(place / "run", place / "again")
        set_writable(place.cache, True)


if __name__ == "__main__":
    main()
