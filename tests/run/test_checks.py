"""The checks of a config: each key of `checks` under each of its words, from the CSV to what the
run says and leaves out."""

import json

from stint_test import DATA, DONE, USAGE, Place, each, expect, main, read, same, write

ROWS = 120


def cells(i):
    """a, b, k, region, y: features that have little to do with y, and a key."""
    a, b = i * 7 % 41, i * i % 29 + i / 64
    return [f"{a}", f"{b:.6f}", f"{i}", ("north", "south")[i * i % 11 % 2],
            f"{2 * a - b + i * i * i % 37:.6f}"]


def table(changes=(), more=()):
    """The CSV with cells changed, (row, column, text), and lines put at its end; row 0 is line 2."""
    lines = [cells(i) for i in range(ROWS)]
    for row, column, text in changes:
        lines[row]["abkry".index(column)] = text
    lines += [list(lines[row]) for row in more]
    return "a,b,k,region,y\n" + "".join(",".join(line) + "\n" for line in lines)


def config(checks="", task="", features="", drop="[k, region]", split=""):
    return (f"name: t\n"
            f"data: {{source: data.csv, target: y, drop: {drop}{task}}}\n"
            f"checks: {{{checks}}}\n"
            f"split: {{test: 0.2, folds: 3, seed: 7{split}}}\n"
            f"features: {{scale: standard{features}}}\n"
            f"search:\n"
            f"  metric: rmse\n"
            f"  models:\n"
            f"    - ridge: {{alpha: [0.1, 1]}}\n")


# name, CSV, config, exit code, fragments: of the message, or of the details of a check by its name
CASES = []


def case(name, csv, keys, code, *said):
    CASES.append((name, csv, config(**keys), code, said))


GOOD = table()
MISSING = table([(5, "b", ""), (9, "a", "")])
INFINITE = table([(5, "b", "inf")])
FAR = table([(5, "b", "1e6")])
TWICE = table(more=[3, 8])
CONSTANT = table([(i, "a", "4") for i in range(ROWS)])
NEARLY = table([(i, "a", "4") for i in range(ROWS) if i % 60])
LEAKY = table([(i, "a", f"{-2 * float(cells(i)[4])}") for i in range(ROWS)])
LINE = "data.csv:7: column \"b\": "  # of row 5, the sixth

case("nothing wrong", GOOD, {}, DONE)

case("text, by default", GOOD, {"drop": "[k]"}, DATA,
     "column \"region\" is text (\"north\")", "data.drop or features.onehot")
case("text, dropped", GOOD, {"drop": "[k]", "checks": "types: drop"}, DONE,
     ("types", "the first is \"region\""))
case("text, encoded", GOOD, {"drop": "[k]", "features": ", onehot: [region]"}, DONE,
     ("types", "1 of text to encode"))

case("missing, by default", MISSING, {}, DATA, "missing (1 such in this column)", "fill the cell")
case("missing, dropped", MISSING, {"checks": "missing: drop"}, DONE,
     ("missing or infinite cells", "2 missing cells of 2 columns are left out with their rows"))
for word in ("mean", "median", "constant"):
    fill = ", fill: -1" if word == "constant" else ""
    case(f"missing, filled by {word}", MISSING, {"checks": f"missing: {word}{fill}"}, DONE,
         ("missing or infinite cells", "2 missing cells of 2 columns are filled"))
case("missing target, filled", table([(5, "y", "")]), {"checks": "missing: mean"}, DATA,
     "data.csv:7: column \"y\": missing")
case("missing target, dropped", table([(5, "y", "")]), {"checks": "missing: drop"}, DONE,
     ("missing or infinite cells", "1 missing cell of 1 column is left out"))
case("infinite, by default", INFINITE, {}, DATA, LINE + "infinite (1 such")
case("infinite, dropped", INFINITE, {"checks": "infinite: drop"}, DONE,
     ("missing or infinite cells", "the first in row 6: \"b\""))

RANGE = "ranges: [[b, -1, 100]]"
case("outside, by default", FAR, {"checks": RANGE}, DATA,
     LINE + "1000000 lies outside of [-1, 100]", "checks.outside")
case("outside, warned of", FAR, {"checks": RANGE + ", outside: warn"}, DONE,
     ("ranges", "1 cell of 1 column outside, the first in row 6: \"b\" is 1000000"))
case("outside, dropped", FAR, {"checks": RANGE + ", outside: drop"}, DONE,
     ("ranges", "their rows are left out"))
case("outside of one of two ranges", GOOD, {"checks": "ranges: [[b, none, 100], [\"?\", 0, none]]"},
     DATA, "lies outside of [0, ")
case("a range of nothing", GOOD, {"checks": "ranges: [[z*, 0, 1]]"}, USAGE,
     "checks.ranges: \"z*\" matches no column")

case("duplicates, by default", TWICE, {}, DONE,
     ("duplicate rows", "the first is row 121, which repeats row 4"))
case("duplicates, forbidden", TWICE, {"checks": "duplicates: error"}, DATA,
     "data.csv:122: column \"a\": the row repeats row 4 (2 such rows)")
case("duplicates, dropped", TWICE, {"checks": "duplicates: drop"}, DONE,
     ("duplicate rows", "left out"))
case("duplicates, ignored", TWICE, {"checks": "duplicates: ignore"}, DONE,
     ("duplicate rows", "not looked for"))

KEY = "duplicates: ignore, key: {columns: [k]"
case("a key", GOOD, {"checks": KEY + "}"}, DONE, ("repeated keys", "every row has a key of its own"))
case("a key that stands twice", TWICE, {"checks": KEY + "}"}, DATA,
     "data.csv:122: column \"k\": the key is that of row 4", "checks.key.repeats")
case("a key that stands twice, warned of", TWICE, {"checks": KEY + ", repeats: warn}"}, DONE,
     ("repeated keys", "2 rows have the key of an earlier one"))
case("a key that stands twice, dropped", TWICE, {"checks": KEY + ", repeats: drop}"}, DONE,
     ("repeated keys", "left out"))
case("a key of no column", GOOD, {"checks": "key: {columns: [regoin]}"}, USAGE,
     "checks.key.columns: the table has no column \"regoin\"; did you mean \"region\"?")

case("constant, by default", CONSTANT, {}, DONE, ("constant columns", "\"a\" is 4 in every row"))
case("constant, forbidden", CONSTANT, {"checks": "constant: error"}, DATA,
     "column \"a\" is 4 in every row", "data.drop")
case("constant, dropped", CONSTANT, {"checks": "constant: drop"}, DONE,
     ("constant columns", "left out"))
case("constant, ignored", CONSTANT, {"checks": "constant: ignore"}, DONE,
     ("constant columns", "not looked for"))
case("nearly constant, by default", NEARLY, {}, DONE, ("constant columns", "every column varies"))
case("nearly constant, by a share", NEARLY, {"checks": "constant_share: 0.98"}, DONE,
     ("constant columns", "\"a\" is 4 in 118 of 120 rows"))
case("every feature constant", table([(i, c, "4") for i in range(ROWS) for c in "ab"]),
     {"checks": "constant: drop"}, DATA, "the checks leave no feature")

case("outliers, by default", FAR, {}, DONE, ("outliers", "not looked for"))
case("outliers, warned of", FAR, {"checks": "outliers: warn"}, DONE,
     ("outliers", "more than 6 deviations from the mean, the first in row 6: \"b\" is 1000000"))
case("outliers, forbidden", FAR, {"checks": "outliers: error"}, DATA,
     LINE + "1000000 is more than 6 deviations from the mean")
case("outliers, dropped", FAR, {"checks": "outliers: drop"}, DONE,
     ("outliers", "their rows are left out"))
case("outliers, further out", FAR, {"checks": "outliers: error, outlier_deviations: 20"}, DONE,
     ("outliers", "no cell is more than 20 deviations"))

case("leakage, by default", LEAKY, {}, DONE, ("leakage", "have a correlation of -1"))
case("leakage, forbidden", LEAKY, {"checks": "leakage: error"}, DATA,
     "\"a\" and the target \"y\" have a correlation of -1", "data.drop")
case("leakage, dropped", LEAKY, {"checks": "leakage: drop"}, DONE, ("leakage", "left out"))
case("leakage, ignored", LEAKY, {"checks": "leakage: ignore"}, DONE, ("leakage", "not looked for"))
case("leakage, from less", GOOD, {"checks": "leakage: error, leakage_correlation: 0.5"}, DATA,
     "\"a\" and the target \"y\" have a correlation of 0.8")


def details(place, run_dir="run"):
    metrics = json.loads(read(place / f"{run_dir}/rounds/001/metrics.json"))
    return {check["name"]: check["details"] for check in metrics["data"]["checks"]}


def run_case(this):
    name, csv, text, code, said = this
    with Place() as place:
        write(place / "data.csv", csv)
        place.config("c.yaml", text)
        result = place.run("c.yaml")
        try:
            expect(result.returncode == code, "exit", result.returncode, "instead of", code)
            if code == DONE:
                found = details(place)
                for check, fragment in said:
                    expect(fragment in found[check], repr(fragment), "is not in", found[check])
            else:
                for fragment in said:
                    expect(fragment in result.stderr, repr(fragment), "is not said")
            place.clean()
        except AssertionError as e:
            return f"{name}: {e}\n    {result.stderr.strip()}"
    return None


def test_each_case():
    wrong = [w for w in each(run_case, CASES) if w]
    expect(not wrong, f"{len(wrong)} of {len(CASES)} cases:\n" + "\n".join(wrong))


def test_what_is_checked_once_is_known():
    with Place() as place:
        write(place / "data.csv", TWICE)
        place.config("c.yaml", config(checks="missing: drop"))
        for name in ("first", "second"):
            expect(place.run("c.yaml", name).returncode == DONE)
        same(place / "first", place / "second")


def test_rows_left_out_are_as_if_they_never_were():
    """Rows that a check drops from the end of a table in order of time leave the others' parts as
    they are, so the models are the same."""
    with Place() as place:
        models = {}
        for name, csv in (("without", GOOD), ("dropped", table(more=[3, 8]))):
            write(place / "data.csv", csv)
            place.config("c.yaml", config(checks="duplicates: drop", split=", by: time"))
            result = place.run("c.yaml", name)
            expect(result.returncode == DONE, name, result.stderr)
            models[name] = read(place / f"{name}/rounds/001/model/model.safetensors")
        expect(models["without"] == models["dropped"], "rows left out change the model")


def test_a_class_whose_rows_are_all_left_out_is_none():
    with Place() as place:
        lines = ["a,y"] + [f"{i % 7},{'xy'[i % 2]}" for i in range(60)] + [",z"] * 9
        write(place / "t.csv", "\n".join(lines) + "\n")
        config = place.config("t.yaml", "data: {source: t.csv, target: y, task: classification}\n"
                              "checks: {missing: drop}\n"
                              "split: {folds: 3, duplicates: allow}\n"
                              "search: {models: [baseline, logistic]}\n")
        result = place.run(config, "t")
        expect(result.returncode == DONE, result.stderr)
        metrics = json.loads(read(place / "t/rounds/001/metrics.json"))
        expect([c["name"] for c in metrics["classes"]] == ["x", "y"], metrics["classes"])
        place.clean("t")


if __name__ == "__main__":
    main()
