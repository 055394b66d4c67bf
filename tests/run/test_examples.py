"""Every example runs, resumes, reports, says the same again from its files, and predicts."""

import csv
import glob
import io
import json
import os
import shutil

from stint_test import DATA, DONE, SOURCE, USAGE, Place, expect, main, read, same, write

NAMES = sorted(os.path.basename(p)[:-5] for p in glob.glob(os.path.join(SOURCE, "examples/*.yaml")))

# What a model with any sense reaches on the test rows: metric, least or most.
REACHES = {
    "diabetes": ("rmse", None, 62),
    "digits": ("log_loss", None, 0.35),
    "breast_cancer": ("roc_auc", 0.98, None),
    "wine": ("f1_macro", 0.9, None),
    "angles": ("circular_mae", None, 50),
    "co2": ("rmse", None, 0.7),
    "battery": ("rmse", None, 0.03),
    "digits_nets": ("log_loss", None, 0.2),
    "records": ("f1_micro", 0.5, None),
}

# Their table is the example's own, its last column the target (test_train.py has the others).
TABLES = ("diabetes", "digits", "breast_cancer", "wine", "angles")


def copy_examples(place):
    shutil.copytree(os.path.join(SOURCE, "examples"), place / "examples")
    return place / "examples"


def rows_of(text):
    return list(csv.reader(io.StringIO(text)))


def test_there_are_examples_of_every_task():
    expect(set(NAMES) == set(REACHES), NAMES)


def test_each_runs_and_says_so():
    with Place() as place:
        examples = copy_examples(place)
        for name in NAMES:
            result = place.run(f"{examples}/{name}.yaml", name)
            expect(result.returncode == DONE, name, result.stderr)
            summary = json.loads(read(place / f"{name}/summary.json"))
            metric, least, most = REACHES[name]
            score = summary["test"][metric]
            expect(least is None or score >= least, name, metric, score)
            expect(most is None or score <= most, name, metric, score)
            expect(summary["reproducible"] is True, summary)
            for file in ("report.html", "report.xlsx", "rounds/001/predictions.parquet"):
                expect(os.path.getsize(place / f"{name}/{file}") > 0, name, file)
            metrics = json.loads(read(place / f"{name}/rounds/001/metrics.json"))
            expect(summary["task"] == metrics["data"]["task"], summary)
            better = [m for m in metrics["test"] if m["metric"] == metric][0]
            expect(better["baseline"] != better["value"], name, better)


def test_a_second_run_from_the_cache_gives_the_same_and_a_finished_one_stays():
    with Place() as place:
        examples = copy_examples(place)
        for name in NAMES:
            config = f"{examples}/{name}.yaml"
            expect(place.run(config, f"{name}-a").returncode == DONE, name)
            stamp = os.stat(place / f"{name}-a/summary.json").st_mtime_ns
            expect(place.run(config, f"{name}-b", "--workers", "1").returncode == DONE, name)
            same(place / f"{name}-a", place / f"{name}-b")
            expect(place.run(config, f"{name}-a").returncode == DONE, name)
            expect(os.stat(place / f"{name}-a/summary.json").st_mtime_ns == stamp, name)
            before = read(place / f"{name}-a/report.html")
            os.remove(place / f"{name}-a/report.xlsx")
            result = place.command("report", f"{name}-a")
            expect(result.returncode == DONE, result.stderr)
            expect(len(read(place / f"{name}-a/report.html")) > len(before) / 2, name)
            expect(os.path.exists(place / f"{name}-a/report.xlsx"), name)


def test_each_predicts_its_own_data():
    with Place() as place:
        examples = copy_examples(place)
        for name in TABLES:
            expect(place.run(f"{examples}/{name}.yaml", name).returncode == DONE, name)
            data = f"{examples}/data/{name}.csv"
            result = place.command("predict", name, data)
            expect(result.returncode == DONE, name, result.stderr)
            source, out = rows_of(read(data).decode()), rows_of(result.stdout)
            expect(len(out) == len(source), name, len(out), len(source))
            target = source[0][-1]
            expect(f"predicted {target}" in out[0] and target in out[0], out[0])
            told = place.command("predict", name, data, "--to", f"{name}.parquet", "--json")
            expect(told.returncode == DONE, told.stderr)
            metric = REACHES[name][0]
            score = json.loads(told.stdout)["metrics"][metric]
            expect(isinstance(score, float), told.stdout)


def test_predictions_of_the_test_rows_are_those_of_the_run():
    """The rows that the run held back get the same prediction by `stint predict`."""
    with Place() as place:
        examples = copy_examples(place)
        for name in ("diabetes", "breast_cancer", "angles"):
            config = f"{examples}/{name}.yaml"
            expect(place.run(config, name).returncode == DONE, name)
            told = place.command("ingest", f"{name}/rounds/001/predictions.parquet", "--to",
                                 "held.safetensors")
            expect(told.returncode == DONE, told.stderr)
            told = place.command("export", "held.safetensors", "held.csv")
            expect(told.returncode == DONE, told.stderr)
            held = rows_of(read(place / "held.csv").decode())
            everyone = rows_of(place.command("predict", name, f"{examples}/data/{name}.csv").stdout)
            expect(held[0] == everyone[0], held[0], everyone[0])
            by_row = {row[0]: row for row in everyone[1:]}
            for row in held[1:]:
                expect(row == by_row[row[0]], row, by_row[row[0]])


def test_many_rows_without_their_targets():
    with Place() as place:
        place.csv(rows=3000, columns=2, targets=("y", "z"))
        lines = read(place / "data.csv").decode().splitlines()
        write(place / "new.csv", "".join(",".join(line.split(",")[:2]) + "\n" for line in lines))
        for model in ("ridge", "knn", "baseline"):
            config = place.config(f"{model}.yaml", "data: {source: data.csv, target: [y, z]}\n"
                                  f"split: {{folds: 2}}\nsearch: {{models: [{model}]}}\n")
            expect(place.run(config, model).returncode == DONE)
            whole = rows_of(place.command("predict", model, "data.csv").stdout)
            result = place.command("predict", model, "new.csv")
            expect(result.returncode == DONE, model, result.returncode, result.stderr)
            rows = rows_of(result.stdout)
            expect(rows[0] == ["row", "predicted y", "predicted z"], rows[0])
            expect(rows[1:] == [[r[0], r[2], r[4]] for r in whole[1:]], model)


def test_data_that_the_model_cannot_take():
    with Place() as place:
        examples = copy_examples(place)
        write(place / "t.csv", "x,kind,y\n" + "".join(
            f"{i % 7},{'abc'[i % 3]},{i % 7 + i % 3}\n" for i in range(90)))
        config = place.config("t.yaml", "data: {source: t.csv, target: y}\n"
                              "features: {onehot: [kind]}\nsearch: {models: [ridge]}\n")
        expect(place.run(config, "t").returncode == DONE)
        cases = [
            ("kind,z\na,1\n", "x"),
            ("x,kind\n1,a\n2,d\n", "\"d\""),
            ("x,kind\n1,a\nlots,b\n", "lots"),
            ("x,kind\n1,a\n,b\n", "missing"),
        ]
        for text, says in cases:
            write(place / "new.csv", text)
            result = place.command("predict", "t", "new.csv", "--to", "out.csv")
            expect(result.returncode == DATA, text, result.returncode, result.stderr)
            expect(says in result.stderr and "new.csv" in result.stderr, text, result.stderr)
            expect(not os.path.exists(place / "out.csv"), "something is left")
        write(place / "new.csv", "x,extra,kind\n1,9,a\n2,8,b\n")
        result = place.command("predict", "t", "new.csv", "--to", "out.csv")
        expect(result.returncode == DONE and "1 column is not needed" in result.stdout,
               result.stdout, result.stderr)
        expect(rows_of(read(place / "out.csv").decode())[0] == ["row", "predicted y"])
        result = place.command("predict", examples, "new.csv")
        expect(result.returncode == USAGE and "no finished round" in result.stderr, result.stderr)
        for to in ("out.doc", "no/such/dir/out.csv"):
            expect(place.command("predict", "t", "new.csv", "--to", to).returncode != DONE, to)


if __name__ == "__main__":
    main()
