"""Labels end to end: a list of columns of 0 and 1 learned, predicted and decoded; what is refused;
the same bytes whatever the workers."""

import csv
import io
import json
import random

from stint_test import DATA, DONE, USAGE, Place, each, expect, main, read, same, write

LABELS = ("red", "green", "blue", "round", "rare")
ROWS = 300


def cells():
    """Three features; labels by planes through them, the last one in no row."""
    r = random.Random(5)
    planes = [[r.gauss(0, 1) for _ in range(3)] for _ in LABELS]
    rows = []
    for _ in range(ROWS):
        x = [r.gauss(0, 1) for _ in range(3)]
        y = [sum(a * b for a, b in zip(x, w)) + r.gauss(0, 0.3) > 0.4 for w in planes]
        rows.append([f"{v:.4f}" for v in x] + [str(int(v)) for v in y[:-1]] + ["0"])
    return rows


def table(changes=(), labels=True):
    rows = cells()
    for row, column, text in changes:
        rows[row][3 + LABELS.index(column)] = text
    head = ["x", "y", "z", *LABELS]
    n = len(head) if labels else 3
    return "\n".join(",".join(line[:n]) for line in [head, *rows]) + "\n"


def config(decode="threshold: 0.4", more="", metric="", models="[baseline, knn: {n_neighbors: [5, 15]}]"):
    return (f"name: t\n"
            f"data: {{source: data.csv, task: labels, target: [{', '.join(LABELS)}],\n"
            f"  decode: {{{decode}}}}}\n"
            f"split: {{test: 0.25, folds: 3, seed: 2}}\n"
            f"features: {{scale: standard}}\n"
            f"{more}"
            f"search: {{{metric}models: {models}}}\n")


def lines(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_labels_are_learned_and_predicted():
    with Place() as place:
        write(place / "data.csv", table())
        write(place / "t.yaml", config())
        ran = place.run("t.yaml")
        expect(ran.returncode == DONE, ran.stderr)
        metrics = json.loads(read(place / "run/rounds/001/metrics.json"))
        expect(metrics["best"]["model"] == "knn", metrics["best"])
        expect(metrics["baseline"] == "each label's share", metrics["baseline"])
        scores = {m["metric"]: m for m in metrics["test"]}
        expect(scores["bce"]["value"] < 0.7 * scores["bce"]["baseline"], scores["bce"])
        expect(scores["f1_micro"]["value"] > 0.7 > scores["f1_micro"]["baseline"], scores)
        expect(scores["roc_auc"]["baseline"] == 0.5, scores["roc_auc"])
        said = {c["name"]: c["details"] for c in metrics["data"]["checks"]}
        expect('1 of 5 labels is the same in every row, the first: "rare" is 0'
               in said["constant labels"], said)
        expect([k["name"] for k in metrics["labels"]] == list(LABELS), metrics["labels"])
        came = sum(int(line[3]) for line in cells())
        red = metrics["labels"][0]
        expect(red["train_rows"] + red["test_rows"] == came, red, came)
        expect(metrics["labels"][4]["f1"] == 0, metrics["labels"][4])
        for picture in ("label-scores", "label-support", "history"):
            expect(read(place / f"run/rounds/001/plots/{picture}.png")[:4] == b"\x89PNG", picture)
        page = read(place / "run/report.html").decode()
        for text in ('id="labels"', "5 labels", "each label&#39;s share", "Label</th>"):
            expect(text in page or text.replace("&#39;", "'") in page, text)
        predictions(place, metrics)
        place.clean()


def predictions(place, metrics):
    """The saved model on the same table, then without its labels; scores from the texts."""
    told = place.command("predict", "run", "data.csv", "--to", "p.csv", "--json")
    expect(told.returncode == DONE, told.stderr)
    rows = lines(read(place / "p.csv").decode())
    hit = came = given = 0
    for line, made in zip(rows, cells()):
        actual, predicted = set(line["labels"].split()), set(line["predicted labels"].split())
        expect(actual == {k for k, v in zip(LABELS, made[3:]) if v == "1"}, line, made)
        expect(predicted == {k for k in LABELS if float(line[f"probability {k}"]) >= 0.4}, line)
        hit, came, given = (hit + len(actual & predicted), came + len(actual),
                            given + len(predicted))
    scored = json.loads(told.stdout)["metrics"]
    expect(abs(scored["f1_micro"] - 2 * hit / (came + given)) < 1e-12, scored, hit, came, given)
    write(place / "new.csv", table(labels=False))
    told = place.command("predict", "run", "new.csv")
    expect(told.returncode == DONE, told.stderr)
    new = lines(told.stdout)
    expect("labels" not in new[0], new[0])
    expect([n["predicted labels"] for n in new] == [r["predicted labels"] for r in rows])
    told = place.command("predict", "run", "new.csv", "--to", "p.parquet")
    expect(told.returncode == DONE, told.stderr)
    for told in (place.command("ingest", "p.parquet", "--to", "p.safetensors"),
                 place.command("export", "p.safetensors", "back.csv")):
        expect(told.returncode == DONE, told.stderr)
    back = lines(read(place / "back.csv").decode())
    expect([b["predicted labels"] for b in back] == [n["predicted labels"] for n in new], back[0])


def test_exactly_k_labels_are_given():
    with Place() as place:
        write(place / "data.csv", table())
        write(place / "t.yaml", config(decode="top_k: 2", models="[knn: {n_neighbors: 9}]"))
        ran = place.run("t.yaml")
        expect(ran.returncode == DONE, ran.stderr)
        told = place.command("predict", "run", "data.csv")
        for line in lines(told.stdout):
            p = [float(line[f"probability {k}"]) for k in LABELS]
            likeliest = sorted(range(5), key=lambda k: (-p[k], k))[:2]
            expect(line["predicted labels"].split() == [LABELS[k] for k in sorted(likeliest)], line)


def test_workers_give_the_same_bytes():
    with Place() as place:
        write(place / "data.csv", table())
        write(place / "t.yaml", config(metric="metric: f1_macro, "))
        for n in (1, 2):
            ran = place.run("t.yaml", f"run{n}", "--workers", n, "--threads", n)
            expect(ran.returncode == DONE, ran.stderr)
        same(place / "run1", place / "run2")


NAMES = ("anna", "maria", "peter", "paul", "hans", "josef", "karl", "otto", "erika", "ursula")


def records(n=150, name=lambda i: NAMES[i * i % 7 + i % 4]):
    """A name's length and first letter, and the name."""
    return "".join(f"{len(name(i))},{ord(name(i)[0]) % 32},{name(i)}\n" for i in range(n))


def test_one_column_of_bits_is_labels():
    """Two-grams of a text: 676 labels; new data with and without the text."""
    with Place() as place:
        write(place / "data.csv", "size,first,name\n" + records())
        write(place / "t.yaml", config(more="checks: {duplicates: ignore}\n").replace(
            f"[{', '.join(LABELS)}]", "name, grams: {columns: [name]}").replace(
            "seed: 2", "seed: 2, duplicates: allow"))
        ran = place.run("t.yaml")
        expect(ran.returncode == DONE, ran.stderr)
        metrics = json.loads(read(place / "run/rounds/001/metrics.json"))
        expect(len(metrics["labels"]) == 676, len(metrics["labels"]))
        scores = {m["metric"]: m for m in metrics["test"]}
        expect(scores["f1_micro"]["value"] > 0.9 > scores["f1_micro"]["baseline"], scores)
        told = place.command("predict", "run", "data.csv")
        expect(told.returncode == DONE, told.stderr)
        rows = lines(told.stdout)
        expect(list(rows[0]) == ["row", "name", "predicted name"], rows[0])
        for i, row in enumerate(rows):
            text = NAMES[i * i % 7 + i % 4]
            grams = {text[j:j + 2] for j in range(len(text) - 1)}
            expect(set(row["name"].split()) == grams, row, grams)
        write(place / "new.csv", "size,first\n4,1\n")
        told = place.command("predict", "run", "new.csv")
        expect(told.returncode == DONE, told.stderr)
        new = lines(told.stdout)
        expect(list(new[0]) == ["row", "predicted name"], new)
        expect(new[0]["predicted name"] == "an na nn", new)


BAD = (
    (table([(7, "green", "2")]), config(), DATA,
     'data.csv:9: column "green": 2, where a label is 0 or 1'),
    (table([(7, "green", "0.5"), (3, "blue", "-1")]), config(), DATA, "where a label is 0 or 1"),
    (table([(7, "round", "")]), config(), DATA, 'data.csv:9: column "round": missing (1 such'),
    (table([(7, "round", "")]), config(more="checks: {missing: drop}\n"), DONE, ""),
    (table([(7, "red", "yes")]), config(), DATA,
     "labels are columns of 0 and 1, or one of bits"),
    (table(), config(decode="top_k: 6"), USAGE, "6 labels a row, where there are only 5"),
    (table(), config(models="[ridge]"), USAGE, "ridge does not do labels"),
    (table(), config().replace("rare]", "rar]"), USAGE, 'did you mean "rare"?'),
)


def test_bad_tables_are_refused():
    def refused(of):
        text, cfg, code, said = of
        with Place() as place:
            write(place / "data.csv", text)
            write(place / "t.yaml", cfg)
            ran = place.run("t.yaml")
            expect(ran.returncode == code and said in ran.stderr, said, ran.returncode, ran.stderr)

    each(refused, BAD)


def test_bad_cells_of_new_data_are_refused():
    with Place() as place:
        write(place / "data.csv", table())
        write(place / "t.yaml", config(models="[baseline]"))
        ran = place.run("t.yaml")
        expect(ran.returncode == DONE, ran.stderr)
        write(place / "new.csv", table([(4, "blue", "3")]))
        told = place.command("predict", "run", "new.csv")
        expect(told.returncode == DATA, told.returncode)
        expect('new.csv:6: column "blue": 3, where a label is 0 or 1' in told.stderr, told.stderr)


if __name__ == "__main__":
    main()
