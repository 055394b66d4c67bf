"""What a run leaves opens in other people's readers: pyarrow, safetensors."""

import json
import os
import subprocess

from outcome import Model, fold_scores, split_parts
from stint_test import DONE, SOURCE, Place, expect, main, skip, write

PEERS = os.environ.get("STINT_PEERS") or os.path.join(SOURCE, "build/peers/bin/python")

READ = """
import json, sys
import pyarrow.parquet, safetensors
from safetensors.numpy import load_file

def parquet(path):
    t = pyarrow.parquet.read_table(path)
    return {"names": t.column_names, "types": [str(f.type) for f in t.schema],
            "rows": t.to_pydict()}

def tensors(path):
    with safetensors.safe_open(path, "np") as f:
        metadata = f.metadata()
    return {"metadata": metadata,
            "tensors": {k: [v.dtype.name, list(v.shape), v.tolist()] for k, v in load_file(path).items()}}

print(json.dumps({p: (parquet if p.endswith(".parquet") else tensors)(p) for p in sys.argv[1:]}))
"""


def peers_read(*paths):
    if not os.path.exists(PEERS):
        skip(f"there is no {PEERS}; tools/setup --peers installs it")
    done = subprocess.run([PEERS, "-c", READ, *paths], text=True, capture_output=True, timeout=100)
    if "ModuleNotFoundError" in done.stderr:
        skip(done.stderr.strip().splitlines()[-1])
    expect(done.returncode == 0, done.stderr)
    read = json.loads(done.stdout)
    return [read[p] for p in paths]


def cached(place, kind):
    folder = os.path.join(place.cache, kind)
    name, = (f for f in os.listdir(folder) if not f.endswith(".ok"))
    return os.path.join(folder, name)


def columns_of(file):
    """Names and values by column of a column file, as its metadata tells."""
    about = json.loads(file["metadata"]["stint"])
    values = []
    for j in range(len(about["columns"])):
        values.append([])
        for chunk in range((about["rows"] + about["chunk_rows"] - 1) // about["chunk_rows"]):
            values[-1] += file["tensors"][f"{chunk}/{column_name(about, j)}"][2]
    return about, values


def column_name(about, j):
    return about["columns"][j]["name"]


def test_parquet_and_safetensors_open_elsewhere():
    with Place() as place:
        place.csv(rows=200, columns=3, targets=("y", "z"))
        config = place.config(target=("y", "z"), n=7, folds=3)
        expect(place.run(config).returncode == DONE)
        round_ = place / "run/rounds/001"
        search, predictions, model, table, split = peers_read(
            f"{round_}/search.parquet", f"{round_}/predictions.parquet",
            f"{round_}/model/model.safetensors", cached(place, "columns"), cached(place, "split"))

        scores = fold_scores(place / "run", 3)
        expect(search["names"][0] == "configuration", search["names"])
        rows = search["rows"]
        expect(rows["configuration"] == list(range(7)), rows["configuration"])
        for f in range(3):
            name, = (n for n in rows if "fold" in n and n.endswith(str(f)))
            expect(rows[name] == [s[f] for s in scores], name, rows[name])
        expect(all(t in ("double", "float", "int64", "int32", "bool", "string", "uint8")
                   for t in search["types"]), search["types"])

        own = Model(place / "run")
        expect(model["tensors"]["coef"] == ["float64", [2, 3], own.coef], model["tensors"]["coef"])

        about, values = columns_of(table)
        lines = open(place / "data.csv").read().splitlines()
        expect([column_name(about, j) for j in range(5)] == lines[0].split(","), about)
        for j in range(5):
            expect(values[j] == [float(s.split(",")[j]) for s in lines[1:]], "column", j)

        parts = split_parts(place.cache)
        expect(columns_of(split)[1] == [parts])

        rows = predictions["rows"]
        tested = [i for i, part in enumerate(parts) if part == 3]
        expect(rows["row"] in (tested, [i + 1 for i in tested]), rows["row"])
        expect(rows["y"] == [values[3][i] for i in tested])
        for k, target in enumerate(("y", "z")):
            wanted = [own.predict([values[j][i] for j in range(3)])[k] for i in tested]
            off = max(abs(a - b) for a, b in zip(rows[f"predicted {target}"], wanted))
            expect(off < 1e-12, "predicted", target, "off by", off)


def test_parameters_that_are_words_are_words():
    with Place() as place:
        write(place / "t.csv", "a,y\n" + "".join(f"{i % 9},{i % 5}\n" for i in range(60)))
        config = place.config("t.yaml", "data: {source: t.csv, target: y}\n"
                              "split: {folds: 2, duplicates: allow}\n"
                              "search: {models: [baseline, knn: {n_neighbors: [2, 3], "
                              "weights: [uniform, distance]}]}\n")
        expect(place.run(config).returncode == DONE)
        search, = peers_read(place / "run/rounds/001/search.parquet")
        expect(search["rows"]["strategy"] == ["mean"] + [None] * 4, search["rows"]["strategy"])
        expect(search["rows"]["weights"] == [None] + ["uniform", "distance"] * 2,
               search["rows"]["weights"])
        expect(search["rows"]["n_neighbors"] == [None, 2, 2, 3, 3], search["rows"]["n_neighbors"])


def test_text_bool_and_missing_columns_open_elsewhere():
    with Place() as place:
        with open(place / "t.csv", "w") as f:
            f.write("word,flag,big,half,gap\n")
            for i in range(300):
                f.write(f"{['one', 'due', 'drei'][i % 3]},{['true', 'false'][i % 2]},{i << 40},"
                        f"{i / 2},{'' if i % 5 else i}\n")
        expect(place.command("ingest", "t.csv", "--to", place / "t.safetensors").returncode == DONE)
        file, = peers_read(place / "t.safetensors")
        about, values = columns_of(file)
        kinds = {c["name"]: c["kind"] for c in about["columns"]}
        expect(kinds == {"word": "text", "flag": "bool", "big": "number", "half": "number",
                         "gap": "number"}, kinds)
        words = bytes(file["tensors"]["dictionary/word"][2]).split(b"\0")
        expect([words[c] for c in values[0][:4]] == [b"one", b"due", b"drei", b"one"], words)
        expect(values[1][:3] == [True, False, True], values[1][:3])
        expect(values[2] == [i << 40 for i in range(300)])
        expect(values[3] == [i / 2 for i in range(300)])
        expect(values[4][5] == 5 and values[4][6] != values[4][6], "a missing cell is not NaN")


if __name__ == "__main__":
    main()
