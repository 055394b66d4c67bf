"""Bad configs and data of `stint train`: one message that says where, what and what to do, and
nothing half-written; damaged checkpoints; trainings that go astray."""

import json
import os
import random
import shutil
import struct

from small_nets import BATTERY, CASES, DIGITS, ENCODED, adamw, make_data, train, trained
from stint_test import (DATA, DONE, OTHER, PLAN, USAGE, Place, each, expect, main, read, results,
                        same, temporaries, tree, write)

# --- configs and data that are refused ---------------------------------------------------------

CASES_BAD = []

MLP = "model: {mlp: {hidden: 8}}\n"
LSTM = "model: {lstm: {hidden: 4, window: 8}}\n"
TRAIN = "train: {epochs: 1}\n"


def case(name, code, config, *fragments, change=None, flags=()):
    CASES_BAD.append((name, code, config, fragments, change, flags))


# the model
case("no model", USAGE, DIGITS + TRAIN, "c.yaml: model is missing", "model: {lstm: {hidden: 64}}")
case("an unknown model", USAGE, DIGITS + "model: {mpl: {}}\n", "c.yaml:4:14: model",
     'unknown model "mpl"; did you mean "mlp"?')
case("a model that is no net", USAGE, DIGITS + "model: ridge\n", 'unknown model "ridge"')
case("two models", USAGE, DIGITS + "model: {mlp: {}, cnn: {}}\n", "c.yaml:4:8: model: one model")
case("a list of values", USAGE, DIGITS + "model: {mlp: {hidden: [8, 16]}}\n",
     "c.yaml:4:23: model: hidden takes one value here: nothing is searched")
case("a range of values", USAGE, DIGITS + "model: {mlp: {dropout: {linear: [0, 0.5], n: 3}}}\n",
     "c.yaml:4:24: model: dropout takes one value here")
case("an unknown parameter", USAGE, DIGITS + "model: {mlp: {hiden: 8}}\n",
     'c.yaml:4:22: model: mlp has no parameter "hiden"; did you mean "hidden"?')
for name in ("epochs: 3", "batch_size: 8", "optimiser: adam", "learning_rate: 0.1", "loss: mse"):
    case(f"{name} under model", USAGE, DIGITS + f"model: {{mlp: {{{name}}}}}\n",
         "c.yaml:4:", f"model: {name.split(':')[0]} belongs under train: here")
case("a net without layers", USAGE, DIGITS + "model: {net: {window: 4}}\n", "net takes a list of layers")
case("an unknown layer", USAGE, DIGITS + "model: {net: {layers: [{liner: {units: 4}}]}}\n",
     'net: layer 0: there is no layer "liner"; did you mean "linear"?')
case("an unknown parameter of a layer", USAGE,
     DIGITS + "model: {net: {layers: [relu, {linear: {unit: 4}}]}}\n",
     'net: layer 1, linear has no parameter "unit"; did you mean "units"?')
case("a shape that a layer cannot take", USAGE,
     DIGITS + "model: {net: {layers: [{lstm: {hidden: 4}}]}}\n", "net: layer 0, lstm")
case("an image of another size", USAGE, DIGITS + "model: {cnn: {height: 7, width: 8}}\n",
     "64 features are no image of 1 channels, height 7 and width 8")
case("a window longer than every series", USAGE, BATTERY + "model: {lstm: {window: 151}}\n",
     "window: 151 rows are more than any series has; the longest has 150")

# training
case("an unknown key of train", USAGE, DIGITS + MLP + "train: {epoch: 3}\n",
     'c.yaml:5:16: train: train has no parameter "epoch"; did you mean "epochs"?')
case("an unknown optimiser", USAGE, DIGITS + MLP + "train: {optimiser: adm}\n",
     'c.yaml:5:20: train: unknown optimiser "adm"; did you mean "adam"?')
case("an unknown parameter of it", USAGE, DIGITS + MLP + "train: {optimiser: {sgd: {rate: 1}}}\n",
     'c.yaml:5:33: train: sgd has no parameter "rate"')
case("an unknown schedule", USAGE, DIGITS + MLP + "train: {schedule: cosin}\n",
     'unknown schedule "cosin"; did you mean "cosine"?')
case("an unknown loss", USAGE, DIGITS + MLP + "train: {loss: cross_entopy}\n",
     'unknown loss "cross_entopy"; did you mean "cross_entropy"?')
case("a list of epochs", USAGE, DIGITS + MLP + "train: {epochs: [1, 2]}\n",
     "epochs takes one value here: nothing is searched")
case("no epochs", USAGE, DIGITS + MLP + "train: {epochs: 0}\n", 'train.epochs: "0" is out of range')
case("train is a word", USAGE, DIGITS + MLP + "train: fast\n", "train", "write {epochs: 20}")
case("a fold that is not there", USAGE, DIGITS + MLP + "train: {fold: 4}\n",
     "train.fold: there are 4 folds, from 0")
case("a loss of numbers for classes", USAGE, DIGITS + MLP + "train: {loss: mse}\n", "mse", "i32")
case("no batch at all", USAGE, DIGITS + MLP + "train: {batch_size: 5000, drop_last: true}\n",
     "drop_last", "fewer samples (1078) than a batch has")
case("an unknown key of stream", USAGE, BATTERY + LSTM + "stream: {warmup: 4}\n",
     'stream: stream has no parameter "warmup"; did you mean "warm_up"?')
case("a stream of classes", USAGE, DIGITS + MLP + "stream: {warm_up: 4}\n",
     "c.yaml:5:9: stream: a streaming test is of targets that are numbers")
case("a stream of labels", USAGE, ENCODED + MLP + "stream: {warm_up: 4}\n",
     "stream: a streaming test is of targets that are numbers, not of labels")
case("a warm-up of all rows", USAGE, BATTERY + LSTM + "stream: {warm_up: 150}\n",
     "stream.warm_up: 150 rows leave none of the test part to count")
case("rivals of classes", USAGE, DIGITS.replace("task:", "rivals: [pixel_0_0], task:") + MLP,
     "rivals are forecasts of one target that is a number")
case("an unknown rival", USAGE, BATTERY.replace("target:", "rivals: [nope], target:") + LSTM,
     'data.rivals: the table has no column "nope"')
case("a rival of text", USAGE,
     BATTERY.replace("target:", "text: [current], rivals: [current], target:") + LSTM,
     'data.rivals: column "current" holds no numbers, so it forecasts none')

# formulas and labels
case("a formula of an unknown column", USAGE,
     BATTERY + "columns:\n  d: shift(curent, 1)\n" + LSTM,
     'c.yaml:5:6: columns.d: position 7: unknown column "curent"; did you mean "current"?')
case("a formula of an unknown function", USAGE, BATTERY + "columns: {d: blog(current)}\n" + LSTM,
     'c.yaml:4:14: columns.d: position 1: unknown function "blog"; did you mean "log"?')
case("a division by zero", DATA, BATTERY + "columns: {d: current / (time - time)}\n" + LSTM,
     'battery.csv:2: column "d": division by zero: "(time - time)" is 0 (position 11)',
     "guard it with if()")
case("labels outside the alphabet", DATA,
     ENCODED.replace("columns: [text]", "columns: [text], strict: true") + MLP,
     "encoded.csv:6: column \"text\": character 3 is 'ü'", "data.grams.alphabet",
     change=lambda lines: lines[5].rpartition(",")[0] + ",grün")

# memory
case("not enough memory", PLAN, BATTERY + LSTM, "budget.memory: 20.0 MiB is too little",
     "the smallest budget that fits is --memory", flags=("--memory", "20MiB"))


def bad_data(place, config, change):
    case_data = config.split("source: ")[1].split(",")[0].removesuffix(".csv")
    make_data(place, case_data)
    if change:
        lines = read(place / case_data + ".csv").decode().splitlines()
        lines[5] = change(lines)
        write(place / case_data + ".csv", "\n".join(lines) + "\n")


def test_each_is_refused_with_one_message_and_leaves_nothing():
    wrong = []

    def refused(of):
        name, code, config, fragments, change, flags = of
        with Place() as place:
            bad_data(place, config, change)
            place.config("c.yaml", config.lstrip("\n"))
            result = train(place, "c.yaml", "run", *flags)
            said = [s for s in result.stderr.splitlines() if s.startswith("stint: ")]
            if result.returncode != code or len(said) != 1:
                wrong.append(f"{name}: {result.returncode} {result.stderr}")
            wrong.extend(f"{name}: {f!r} is not in {said}" for f in fragments if f not in said[0])
            place.clean()
            if os.path.exists(place / "run"):
                wrong.append(f"{name}: leaves a run directory")

    expect(len({c[0] for c in CASES_BAD}) == len(CASES_BAD), "names stand twice")
    each(refused, CASES_BAD)
    expect(not wrong, f"{len(wrong)} go wrong:\n" + "\n".join(wrong))


def test_a_stream_in_the_config_of_a_run_is_checked_too():
    with Place() as place:
        make_data(place, "digits")
        place.config("c.yaml", DIGITS + "stream: {}\nsearch: {models: [baseline]}\n")
        result = place.run("c.yaml")
        expect(result.returncode == USAGE and "streaming test" in result.stderr, result.stderr)


# --- series that are short ---------------------------------------------------------------------


def test_short_series_and_groups_of_one_row_are_padded():
    with Place() as place:
        make_data(place, "battery")
        lines = read(place / "battery.csv").decode().splitlines()
        for cell, rows in ((100, 1), (101, 1), (102, 1), (103, 1), (104, 3), (105, 5), (106, 7)):
            lines += [f"{cell},{line.partition(',')[2]}" for line in lines[9 * cell - 890:][:rows]]
        write(place / "battery.csv", "\n".join(lines) + "\n")
        place.config("c.yaml", BATTERY + "checks: {duplicates: ignore}\n" +
                     "model: {lstm: {hidden: 4, window: 20}}\n" + adamw(2, 0.01) + "stream: {}\n")
        result = trained(place, "c.yaml")
        expect("have one row" in result.stderr or "has one row" in result.stderr, result.stderr)
        told = place.command("predict", "run", "battery.csv", "--json", "--to", "p.csv")
        expect(told.returncode == DONE, told.stderr)
        expect(len(read(place / "p.csv").splitlines()) == len(lines), "rows are missing")
        expect(b"nan" not in read(place / "p.csv").lower(), "a prediction is none")
        place.clean()


# --- trainings that go astray ------------------------------------------------------------------


def test_a_loss_that_is_no_number_ends_it_and_says_where():
    with Place() as place:
        make_data(place, "battery")
        text = (BATTERY + "model: {mlp: {hidden: 8}}\ntrain: {epochs: 3, batch_size: 32, optimiser: "
                "{sgd: {learning_rate: RATE}}}\n")
        place.config("c.yaml", text.replace("RATE", "1.0e6"))
        for _ in range(2):  # and again from its checkpoint
            result = train(place, "c.yaml")
            expect(result.returncode == DATA, result.returncode, result.stderr)
            for f in ("epoch ", "batch ", "not finite", "lower learning_rate", "clip"):
                expect(f in result.stderr, f, result.stderr)
            expect(not results(place / "run"), "something was written:", results(place / "run"))
            place.clean()
        place.config("c.yaml", text.replace("RATE", "1.0e-2"))
        result = train(place, "c.yaml")
        expect(result.returncode == OTHER, result.returncode, result.stderr)
        for f in ("learning_rate: 1000000", "learning_rate: 0.01", "--fresh", "--run-dir"):
            expect(f in result.stderr, f, result.stderr)
        trained(place, "c.yaml", "run", "--fresh")
        trained(place, "c.yaml", "other")
        same(place / "other", place / "run")
        place.clean()


def test_fresh_begins_from_the_beginning():
    """Nothing of the training that was there is carried on from."""
    with Place() as place:
        config = CASES["mlp"].prepare(place)
        trained(place, config)
        trained(place, config, "seed", "--set", "train.seed=5")
        trained(place, config, "run", "--fresh", "--set", "train.seed=5")
        same(place / "seed", place / "run")
        steps = json.loads(read(place / "run/training/summary.json"))["steps"]
        expect(steps == json.loads(read(place / "seed/training/summary.json"))["steps"], steps)


def test_another_trainings_directory_is_refused_with_the_difference():
    changes = [("train.epochs=7", "epochs: 6", "epochs: 7"),
               ("model={mlp: {hidden: 9}}", "hidden: 32", "hidden: 9"), ("train.patience=4", "patience: 0", "patience: 4"),
               ("train.seed=3", "seed: 0", "seed: 3"), ("train.fold=1", "fold: -1", "fold: 1"),
               ("train.optimiser=sgd", "optimiser: {adamw", "optimiser: {sgd"),
               ("split.seed=4", "seed: 3", "seed: 4")]
    with Place() as place:
        config = CASES["mlp"].prepare(place)
        trained(place, config)
        before = tree(place / "run")
        for setting, *fragments in changes:
            result = train(place, config, "run", "--set", setting)
            expect(result.returncode == OTHER, setting, result.returncode, result.stderr)
            for f in ["belongs to another experiment", "--fresh", *fragments]:
                expect(f in result.stderr, setting, f, result.stderr)
        expect(tree(place / "run") == before, "a refused training changed the directory")


# --- damage ------------------------------------------------------------------------------------


def spans(path):
    """{tensor: (begin, end)} within a safetensors file."""
    data = read(path)
    size = struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8:8 + size])
    return {k: tuple(8 + size + at for at in v["data_offsets"])
            for k, v in header.items() if k != "__metadata__"}


def damages(path):
    """Whole contents that are damaged: cut off, a bit turned over in the header, in each tensor."""
    data, where = read(path), random.Random(1)
    for n in (0, 5, 8, 100, len(data) // 2, len(data) - 1):
        yield f"cut to {n} bytes", data[:n]
    places = [0, 9, 40] + [where.randrange(*span) for span in spans(path).values() if len({*span}) > 1]
    for at in places:
        turned = bytearray(data)
        turned[at] ^= 1 << where.randrange(8)
        yield f"bit turned at {at}", bytes(turned)


def test_a_damaged_checkpoint_is_told_and_what_to_do():
    with Place() as place:
        config = CASES["mlp"].prepare(place, "")
        trained(place, config)
        wanted = results(place / "run")
        shutil.rmtree(place / "run/rounds")
        os.remove(place / "run/summary.json")
        last = place / "run/training/last.safetensors"
        good = read(last)
        for how, content in list(damages(last)):
            write(last, content)
            result = train(place, config)
            expect(result.returncode == DATA, how, result.returncode, result.stderr)
            for f in ("training/last.safetensors", "put back a copy of it, or remove run/training"):
                expect(f in result.stderr, how, f, result.stderr)
            expect(read(last) == content, how, "the file was changed")
            expect(not os.path.exists(place / "run/rounds/001"), how, "a round was made")
            expect(not [t for t in temporaries(place / "run") if not t.endswith("001.tmp")], how)
        write(last, good)  # a copy is put back
        trained(place, config)
        same(wanted, place / "run")
        shutil.rmtree(place / "run/rounds")
        write(last, good[:99])
        shutil.rmtree(place / "run/training")  # or it is begun again
        trained(place, config)
        same(wanted, place / "run")
        place.clean()


def test_a_damaged_best_checkpoint_is_told_too():
    with Place() as place:
        config = CASES["mlp"].prepare(place, "")
        trained(place, config)
        shutil.rmtree(place / "run/rounds")
        best = place / "run/training/best.safetensors"
        data = bytearray(read(best))
        data[spans(best)["0.linear.weight"][0]] ^= 4
        write(best, bytes(data))
        result = train(place, config)
        expect(result.returncode == DATA and "best.safetensors: is damaged" in result.stderr,
               result.returncode, result.stderr)


def test_logs_that_were_cut_or_lost_are_made_again_or_told():
    with Place() as place:
        config = CASES["mlp"].prepare(place)
        trained(place, config)
        wanted = results(place / "run")
        for name in ("epochs.csv", "batches.csv", "summary.json", "timings.jsonl"):
            path = place / f"run/training/{name}"
            whole = read(path)
            shutil.rmtree(place / "run/rounds")
            write(path, whole + b"0,0,0,torn")
            trained(place, config)
            same(wanted, place / "run")


def test_a_worker_thread_less_or_more_and_no_prefetch_is_the_same():
    with Place() as place:
        config = CASES["lstm"].prepare(place)
        trained(place, config)
        for i, (workers, prefetch) in enumerate(((0, 0), (3, 1), (1, 9))):
            trained(place, config, f"other{i}", "--set", f"train.workers={workers}", "--set",
                    f"train.prefetch={prefetch}")
            same(place / "run", place / f"other{i}")
        place.clean()


if __name__ == "__main__":
    main()
