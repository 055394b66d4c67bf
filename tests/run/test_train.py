"""`stint train` end to end: nets of every kind learn, predict what they did when they were tested,
and come to the same bytes whatever the threads and the memory."""

import csv
import io
import json
import os
import shutil

from outcome import safetensors
from small_nets import BATTERY, CASES, make_data, trained
from stint_test import DONE, SANITIZED, SOURCE, Place, expect, main, read, results, same

MIB = 1 << 20


def rows_of(text):
    return list(csv.reader(io.StringIO(text)))


def json_of(place, *arguments):
    result = place.command(*arguments, "--json")
    expect(result.returncode == DONE, arguments, result.stderr)
    return json.loads(result.stdout)


# --- what each training goes through -------------------------------------------------------------


def planned(place, config):
    """The plan before anything is there, as text and JSON; the least memory that it names."""
    result = place.command("train", config, "--plan")
    expect(result.returncode == DONE and "in all" in result.stdout, result.stderr)
    plan = json_of(place, "train", config, "--plan")
    expect(plan["fits"] == 1 and plan["configurations"] == 1, plan)
    expect({s["stage"] for s in plan["stages"]} >= {"prepare", "round"}, plan["stages"])
    expect(not os.path.exists(place / "runs") and not os.path.exists(place / "run"),
           "a plan makes no directory")
    return plan["least_bytes"] + (8 * MIB if SANITIZED else 0)


def told(place, case, first):
    """Files, scores, status and report of a training that ended."""
    summary = json.loads(read(place / "run/summary.json"))
    metrics = json.loads(read(place / "run/rounds/001/metrics.json"))
    score = summary["test"][case.metric]
    expect(case.least is None or score >= case.least, case.name, case.metric, score)
    expect(case.most is None or score <= case.most, case.name, case.metric, score)
    expect(summary["reproducible"] is True and summary["fits"] == 1, summary)
    better = [m for m in metrics["test"] if m["metric"] == case.metric][0]
    expect(better["value"] == score != better["baseline"], better)
    saved = json.loads(read(place / "run/rounds/001/model/model.json"))
    for params in (summary["best"]["params"], saved.get("params", {})):  # what trained it is in train
        expect("learning_rate" not in params and "epochs" not in params, params)
    epochs = rows_of(read(place / "run/rounds/001/epochs.csv").decode())
    expect(len(epochs) == 1 + metrics["training"]["epochs"], epochs)
    expect(read(place / "run/training/epochs.csv") == read(place / "run/rounds/001/epochs.csv"))
    for name in ("plots/learning.png", "model/model.json", "predictions.parquet"):
        expect(os.path.getsize(place / f"run/rounds/001/{name}") > 0, name)
    for line in ("trained", "valid", "test", "budget", "report"):
        expect(f"\n{line} " in "\n" + first.stdout, line, first.stdout)
    status = place.command("status", "run")
    expect(status.returncode == DONE and "done" in status.stdout, status.stdout)
    expect(json_of(place, "status", "run")["state"] == "done")
    os.remove(place / "run/report.html")
    report = place.command("report", "run")
    expect(report.returncode == DONE, report.stderr)
    page = read(place / "run/report.html").decode()
    expect("Learning curves" in page or "learning" in page, "the report has no learning curves")


def stays(place, config):
    """Run again, it says the same and touches neither results nor checkpoints."""
    before = {name: os.stat(place / f"run/{name}").st_mtime_ns
              for name in ("summary.json", "rounds/001/MANIFEST.json", "training/last.safetensors")}
    files = results(place / "run")
    again = json_of(place, "train", config, "--run-dir", "run")
    for name, stamp in before.items():
        expect(os.stat(place / f"run/{name}").st_mtime_ns == stamp, name, "was written again")
    same(files, place / "run")
    expect(again["summary"] == json.loads(read(place / "run/summary.json")), again)


def predicts(place, case):
    """`stint predict` on the table that it was trained on gives what the round's test gave."""
    for command in (("ingest", "run/rounds/001/predictions.parquet", "--to", "held.safetensors"),
                    ("export", "held.safetensors", "held.csv")):
        done = place.command(*command)
        expect(done.returncode == DONE, done.stderr)
    held = rows_of(read(place / "held.csv").decode())
    done = place.command("predict", "run", case.source())
    expect(done.returncode == DONE, done.stderr)
    everyone = rows_of(done.stdout)
    expect(held[0] == everyone[0], held[0], everyone[0])
    by_row = {row[0]: row for row in everyone[1:]}
    expect(len(held) > 50 and len(by_row) == len(everyone) - 1, len(held), len(everyone))
    for row in held[1:]:
        expect(row == by_row[row[0]], row, by_row[row[0]])


def the_same_elsewhere(place, config, least):
    """Other directories, caches, threads and memory."""
    ways = [("--threads", 1, "--memory", least), ("--threads", 3, "--set", "train.workers=0")]
    for i, way in enumerate(ways):
        other = f"other{i}"
        trained(place, config, other, "--cache-dir", place / other + "-cache", *way)
        same(place / "run", place / other)
    used = json.loads(read(place / "other0/environment.json"))["peak_bytes"]
    expect(SANITIZED or used <= least, "held", used, "of", least)


def whole(name, spare_bytes=0):
    case = CASES[name]
    with Place() as place:
        config = case.prepare(place)
        least = planned(place, config)
        first = trained(place, config)
        told(place, case, first)
        stays(place, config)
        predicts(place, case)
        the_same_elsewhere(place, config, least + spare_bytes)
        place.clean()


def test_mlp():
    whole("mlp")


def test_cnn():
    whole("cnn")


def test_a_net_of_its_own_layers():
    whole("own")


def test_lstm_on_series():
    whole("lstm")


def test_labels_from_bits():
    whole("labels", spare_bytes=MIB)  # a plan counts a column of bits as one before it is read


def test_angle():
    whole("angle")


# --- series --------------------------------------------------------------------------------------


def test_series_are_tested_whole_and_streamed():
    """Cells of the test part are in no other; each is streamed from its warm-up on."""
    with Place() as place:
        config = CASES["lstm"].prepare(place)
        trained(place, config)
        table = rows_of(read(place / "battery.csv").decode())[1:]
        stream = rows_of(read(place / "run/rounds/001/stream.csv").decode())
        expect(stream[0] == ["row", "voltage", "predicted voltage"], stream[0])
        streamed = {}
        for row, y, _ in stream[1:]:
            expect(float(y) == float(table[int(row)][-1]), row)
            streamed.setdefault(table[int(row)][0], []).append(int(row))
        metrics = json.loads(read(place / "run/rounds/001/metrics.json"))
        expect(metrics["split"]["test_rows"] == 150 * len(streamed) == 300, metrics["split"])
        for cell, rows in streamed.items():
            first = [i for i, line in enumerate(table) if line[0] == cell][0]
            expect(rows == list(range(first + 8, first + 150)), cell, rows[:3], rows[-3:])
        counted = metrics["training"]["stream"][0]
        errors = [float(p) - float(y) for _, y, p in stream[1:]]
        rms = (sum(e * e for e in errors) / len(errors)) ** 0.5
        expect(counted["rows"] == len(errors) and abs(counted["rms"] - rms) < 1e-12, counted, rms)
        expect(abs(counted["max"] - max(map(abs, errors))) < 1e-12, counted)
        expect(abs(counted["mae"] - sum(map(abs, errors)) / len(errors)) < 1e-12, counted)
        place.clean()


def test_predictions_are_smoothed_as_they_come():
    """Each cell's begin at its first one; the model does not change."""
    with Place() as place:
        config = CASES["lstm"].prepare(place)
        cells = [line[0] for line in rows_of(read(place / "battery.csv").decode())[1:]]
        streams = []
        for how in ("none", "ema"):
            trained(place, config, how, "--set", "stream.warm_up=0", "--set", "stream.alpha=0.25",
                    "--set", f"stream.filter={how}")
            streams.append(rows_of(read(place / f"{how}/rounds/001/stream.csv").decode())[1:])
        expect(len(streams[0]) == len(streams[1]) == 300, len(streams[0]), len(streams[1]))
        cell = smooth = None
        for (row, _, plain), (_, _, ema) in zip(*streams):
            begins, cell = cells[int(row)] != cell, cells[int(row)]
            smooth = float(plain) if begins else 0.25 * float(plain) + 0.75 * smooth
            expect(abs(smooth - float(ema)) < 1e-12, row, smooth, ema)
        models = [{k: v for k, v in results(place / d).items() if "/model/" in k}
                  for d in ("none", "ema")]
        expect(models[0] == models[1] != {}, "the filter changes the model")
        place.clean()


def test_a_stream_carries_its_state_within_a_series_and_no_further():
    """A net of windows of one row: the first row of each cell is predicted as by itself."""
    with Place() as place:
        config = CASES["lstm"].prepare(place)
        trained(place, config, "run", "--set", "stream={}", "--set",
                "model={lstm: {hidden: 8, window: 1}}")
        cells = [line[0] for line in rows_of(read(place / "battery.csv").decode())[1:]]
        done = place.command("predict", "run", "battery.csv")
        expect(done.returncode == DONE, done.stderr)
        alone = {row: float(p) for row, _, p in rows_of(done.stdout)[1:]}
        far, cell = 0, None
        for row, _, p in rows_of(read(place / "run/rounds/001/stream.csv").decode())[1:]:
            off = abs(float(p) - alone[row])
            if cells[int(row)] != cell:
                expect(off < 1e-6, "row", row, "of cell", cells[int(row)], "is off by", off)
            far += off > 1e-4
            cell = cells[int(row)]
        expect(far > 250, "rows know nothing of those before:", far)


def test_co2_beats_its_rivals():
    with Place() as place:
        shutil.copytree(os.path.join(SOURCE, "examples"), place / "examples")
        trained(place, "examples/co2.yaml", timeout=900)  # under sanitizers, that is
        metrics = json.loads(read(place / "run/rounds/001/metrics.json"))
        ours = {m["metric"]: m["value"] for m in metrics["test"]}
        rivals = {r["column"]: r for r in metrics["rivals"]}
        expect(set(rivals) == {"persistence", "seasonal"}, rivals)
        for name, rival in rivals.items():
            expect(0 < ours["rmse"] < 0.9 * rival["rmse"], name, rival, ours)
            expect(0 < ours["mae"] < 0.9 * rival["mae"], name, rival, ours)
        streamed = metrics["training"]["stream"][0]
        expect(streamed["rms"] < 0.9 * rivals["seasonal"]["rmse"], streamed)
        place.clean()


ALL = """
model: {net: {window: 6, layers: [{gru: {hidden: 5}}, last, {linear: {units: 3}}, tanh]}}
train:
  epochs: 2
  batch_size: 16
  accumulate: 2
  clip: value
  clip_at: 0.5
  seed: 11
  patience: 3
  validate_every: 2
  repetitions: 2
  drop_last: true
  fold: 1
  loss: {huber: {delta: 0.75}}
  optimiser: {adamw: {learning_rate: 0.02, weight_decay: 0.25, beta1: 0.8}}
  schedule: {cosine: {steps: 9}}
"""


def test_what_the_config_says_is_what_trains():
    """From the checkpoint, which keeps whose it is."""
    with Place() as place:
        make_data(place, "battery")
        place.config("c.yaml", BATTERY + ALL)
        trained(place, "c.yaml")
        saved = safetensors(place / "run/training/last.safetensors")["train.identity"][1]
        told = json.loads(bytes(saved))
        layers = [next(iter(layer)) for layer in told["net"]["layers"]]
        expect(layers[0] == "gru" and layers[-3:] == ["linear", "tanh", "linear"], layers)
        expect(told["net"]["shape"] == [6, 3] and told["net"]["seed"] == 11, told["net"])
        is_so = told["training"]
        for name, value in dict(epochs=2, batch_size=16, accumulate=2, clip="value", clip_at=0.5,
                                seed=11, patience=3, validate_every=2, repetitions=2,
                                drop_last="true").items():
            expect(is_so[name] == value, name, is_so[name])
        for part, values in (("loss", {"class": "huber", "delta": 0.75}),
                             ("schedule", {"class": "cosine", "steps": 9}),
                             ("optimiser", {"class": "adamw", "learning_rate": 0.02,
                                            "weight_decay": 0.25, "beta1": 0.8})):
            expect(values.items() <= is_so[part].items(), part, is_so[part])
        metrics = json.loads(read(place / "run/rounds/001/metrics.json"))["training"]
        expect(metrics["fold"] == 1 and is_so["samples"]["n"] == metrics["train_rows"], metrics)
        expect(is_so["validation"]["n"] == metrics["valid_rows"], metrics)
        place.clean()


def test_settings_that_decide_nothing():
    """Another pace of checkpoints, a limit that is not reached, no threads, recorded gradients: the
    directory is the same training's, and the model the same."""
    with Place() as place:
        config = CASES["mlp"].prepare(place)
        trained(place, config)
        other = [word for setting in ("checkpoint_every=3", "time_limit=1000", "prefetch=0",
                                      "workers=0", "leak_check=false")
                 for word in ("--set", "train." + setting)]
        trained(place, config, "run", *other)
        trained(place, config, "other", *other)
        same(place / "run", place / "other")
        trained(place, config, "flow", "--set", "train.flow=true", "--set", "train.flow_every=1")
        same(place / "run", place / "flow")
        for ending in ("txt", "json", "dot", "svg"):
            expect(os.path.getsize(place / f"flow/training/flow.{ending}") > 0, ending)
        expect(not os.path.exists(place / "run/training/flow.txt"), "nobody asked for it")
        place.clean()


if __name__ == "__main__":
    main()
