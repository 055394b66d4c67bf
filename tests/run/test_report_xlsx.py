"""`report.xlsx` of a run opens in openpyxl and says what the run's other files say; `stint report`
makes the same one from the directory alone; a run that lacks it makes it again."""

import csv
import json
import os

from stint_test import DONE, Place, expect, main, read, temporaries
from test_xlsx_readers import peers_read

READ = """
import json, sys
import openpyxl
book = openpyxl.load_workbook(sys.argv[1])
print(json.dumps({s.title: {
    "rows": [[c.value for c in row] for row in s.iter_rows()],
    "frozen": s.freeze_panes,
    "filter": s.auto_filter.ref,
} for s in book}, default=str))
"""

CONFIG = """
name: small
data: {source: data.csv, target: y}
split: {test: 0.25, folds: 3, seed: 3}
search:
  metric: rmse
  models:
    - ridge: {alpha: {log: [1.0e-2, 1.0e2], n: 4}}
"""


def finished(place):
    place.csv("data.csv", rows=80, columns=3)
    place.config("c.yaml", CONFIG)
    done = place.run("c.yaml")
    expect(done.returncode == DONE, done.stderr)
    return place / "run/report.xlsx"


def predictions(place):
    """What predictions.parquet holds, by way of a column file."""
    for verb in (("ingest", "run/rounds/001/predictions.parquet", "--to", "p.safetensors"),
                 ("export", "p.safetensors", "p.csv")):
        done = place.command(*verb)
        expect(done.returncode == DONE, done.stderr)
    with open(place / "p.csv", newline="") as f:
        return list(csv.reader(f))


def test_the_sheets_say_what_the_run_says():
    with Place() as place:
        book = peers_read(READ, finished(place))
        expect(list(book) == ["Summary", "Top trials", "Predictions", "Settings"], list(book))
        metrics = json.loads(read(place / "run/rounds/001/metrics.json"))
        summary = {row[0]: row[1] for row in book["Summary"]["rows"]}
        expect(summary["best model"] == "ridge", summary)
        expect(summary["mean over the folds"] == metrics["best"]["mean"], summary)
        scores = {row[0]: row[2:6] for row in book["Summary"]["rows"]}
        for test in metrics["test"]:
            wanted = [test[k] for k in ("value", "low", "high", "baseline")]
            expect(scores[test["metric"]] == wanted, test, scores[test["metric"]])
        titles, *trials = book["Top trials"]["rows"]
        expect(titles == ["rank", "configuration", "model", "alpha", "fold_0", "fold_1", "fold_2",
                          "mean", "deviation", "folds"], titles)
        top = metrics["search"]["top"]
        expect([t[7] for t in trials] == [t["mean"] for t in top], trials)
        expect([t[1] - 1 for t in trials] == [t["configuration"] for t in top], trials)
        expect(book["Top trials"]["frozen"] == "A2", book["Top trials"]["frozen"])
        settings = [row[0] for row in book["Settings"]["rows"]]
        for line in read(place / "run/experiment.yaml").decode().splitlines():
            expect(not line or line in settings, repr(line), "is not in Settings")


def test_predictions_are_those_of_the_round():
    with Place() as place:
        sheet = peers_read(READ, finished(place))["Predictions"]
        titles, *rows = sheet["rows"]
        wanted_titles, *wanted = predictions(place)
        expect(titles == wanted_titles, titles)
        expect(len(rows) == len(wanted) == 20, len(rows))
        for got, row in zip(rows, wanted):
            expect(got == [float(x) for x in row], got, row)
        expect(sheet["frozen"] == "A2" and sheet["filter"], sheet["frozen"], sheet["filter"])


def test_report_makes_the_same_workbook_from_the_directory():
    with Place() as place:
        path = finished(place)
        before = peers_read(READ, path)
        os.remove(path)
        done = place.command("report", "run")
        expect(done.returncode == DONE, done.stderr)
        expect(done.stdout.split() == ["run/report.html", "run/report.xlsx"], done.stdout)
        after = peers_read(READ, path)
        for name in ("Top trials", "Predictions"):
            expect(before[name] == after[name], name)
        again = read(path)
        expect(place.command("report", "run").returncode == DONE)
        expect(read(path) == again, "a second report has other bytes")
        expect(not temporaries(place / "run"), temporaries(place / "run"))


def test_a_run_without_its_workbook_makes_it_again():
    with Place() as place:
        path = finished(place)
        os.remove(path)
        done = place.run("c.yaml")
        expect(done.returncode == DONE and os.path.exists(path), done.stderr)
        page, book = place / "run/report.html", path
        stands = os.stat(page).st_mtime_ns, os.stat(book).st_mtime_ns
        expect(place.run("c.yaml").returncode == DONE)
        now = os.stat(page).st_mtime_ns, os.stat(book).st_mtime_ns
        expect(now == stands, "reports that stand were made again")


if __name__ == "__main__":
    main()
