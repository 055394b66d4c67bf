"""What precision, accumulation and recomputation cost and save: `stint train` of two nets against
its plain self."""

from harness import trained
from harness.row import FOR_SCALE, Row, verdict
from harness.stats import bytes_text, median, times_text
from harness.target import Target

BATCH, RUNS = 64, 2
VARIANTS = {  # settings; how far its losses may be from the plain ones, None: any
    "bf16": ("activations in bf16", {"precision": "bf16"}, None),
    "f16": ("activations in f16, gradients scaled", {"precision": "f16"}, None),
    "64x1": ("64 at once, as one group", {"batch_size": 64, "accumulate": 1}, 0),
    "32x2": ("2 batches of 32 an update", {"batch_size": 32, "accumulate": 2}, 1e-3),
    "16x4": ("4 batches of 16 an update", {"batch_size": 16, "accumulate": 4}, 1e-3),
    "blocks": ("blocks computed again", {"recompute": "blocks"}, 0),
    "selective": ("what is cheap computed again", {"recompute": "selective"}, 0),
    "budget": ("half of the plain step's bytes", {"recompute": "budget"}, 0),
}
NETS = {
    "labels": {
        "title": "1000-128-128-676, batch 64, 960 records",
        "table": ("encoded", "--rows", "1500", "--bits", "1000"),
        "keys": {"data": {"target": "text", "task": "labels", "bits": ["bits"],
                          "grams": {"columns": ["text"]}, "drop": ["id"]},
                 "split": {"test": 0.2, "folds": 5}, "model": {"mlp": {"hidden": 128, "layers": 2}},
                 "train": {"epochs": 8}},
    },
    "lstm": {
        "title": "LSTM 3 to 64, 2 layers, lookback 150, batch 64, 900 windows",
        "table": ("battery", "--rows", "300", "--series", "5"),
        "keys": {"data": {"target": "voltage"}, "series": {"group": "series", "time": "time"},
                 "split": {"test": 0.2, "folds": 4, "group": "series"},
                 "model": {"lstm": {"hidden": 64, "layers": 2, "window": 150}},
                 "train": {"epochs": 3}},
    },
}


class Net:
    def __init__(self, bench, name):
        self.bench, self.name, net = bench, name, NETS[name]
        self.title, (kind, *flags) = net["title"], net["table"]
        train = {**net["keys"]["train"], "batch_size": BATCH, "log_every": 0, "seed": 1}
        self.config = trained.config(f"economy-{name}", trained.table(bench, kind, *flags),
                                     {**net["keys"], "train": train, "budget": {"memory": "2GiB"}})

    def run(self, settings):
        run, = self.bench.fresh(f"economy-{self.name}")
        return trained.train(self.bench, self.config, run, f"{self.bench.work}/cache",
                             *(f"train.{key}={value}" for key, value in settings.items()))


def epochs_of(runs):
    return [s for run in runs for s in run.epochs[1:]]  # the first makes the steps


def apart(run, plain):
    """How far the losses of the last epoch are from each other, of training and validation."""
    return max(abs(run.losses[key][-1] - plain.losses[key][-1]) / abs(plain.losses[key][-1])
               for key in ("train_loss", "valid_loss"))


def losses_text(run):
    return f"{run.losses['train_loss'][-1]:.6g}, {run.losses['valid_loss'][-1]:.6g} held out"


def memory_text(run):
    return f"step {bytes_text(run.step)}, processes {bytes_text(run.peak)}"


def row(net, name, runs, plains):
    what, _, most = VARIANTS[name]
    seconds, before, one, plain = epochs_of(runs), epochs_of(plains), runs[0], plains[0]
    off = apart(one, plain)
    equal = {None: "", 0: "the same losses"}.get(most, "losses equal but for rounding")
    return Row(f"economy/{net.name}/{name}", f"an epoch, {net.title}: {what}", equal,
               f"plain: {times_text(before)}, {memory_text(plain)}",
               f"{times_text(seconds)}, {memory_text(one)}",
               f"{median(seconds) / median(before):.2f} of the time, {one.step / plain.step:.2f} "
               f"of the step's bytes, {one.peak / plain.peak:.2f} of the processes'",
               FOR_SCALE if most is None else verdict(off <= most), one.command,
               note=f"{net.name}/{name}: last losses {losses_text(one)}, {off:.2g} from the plain "
                    f"ones, {losses_text(plain)}", seconds=seconds, peer_seconds=before)


def rows_of(bench, name):
    """By turns, so that what disturbs one disturbs all."""
    net = Net(bench, name)
    runs = {variant: [] for variant in ("plain", *VARIANTS)}
    for _ in range(RUNS):
        for variant, found in runs.items():
            settings = dict(VARIANTS[variant][1]) if variant != "plain" else {}
            if variant == "budget":
                settings["recompute_value"] = runs["plain"][0].step // 2
            found.append(net.run(settings))
    plain = runs.pop("plain")
    return [row(net, variant, found, plain) for variant, found in runs.items()]


def measure(bench):
    return [row for name in NETS for row in rows_of(bench, name)]


ECONOMY = Target("economy", "precision, accumulation and recomputation against a plain training",
                 measure)
