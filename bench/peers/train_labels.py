#!/usr/bin/env python3
"""Trains a multi-label perceptron on a CSV of bit strings in PyTorch, as it is usually done.

    train_labels.py make FILE.csv [--rows 1000]      bits of 1000 and labels of 676, as 0 and 1 text
    train_labels.py FILE.csv [--epochs 5] [--threads 2]

The columns "bits" and "labels" are read by pandas (by the csv module where there is none), each
string made an array character by character, then Linear 1000-128-128-676 with ReLU,
BCEWithLogitsLoss, Adam, a DataLoader of batches of 32, loss.item() at each batch.  Prints a line of
JSON: seconds of reading, of parsing, until the first epoch began (`start`, from the start of the
process), and of each epoch; the losses; the most bytes the process was resident in.  Nothing is kept from one
start to the next, so a second one takes as long, but for what the system keeps of files.
"""

import time

BEGAN = time.perf_counter()

import argparse  # noqa: E402
import csv  # noqa: E402
import json  # noqa: E402

import numpy as np  # noqa: E402

BITS, HIDDEN, LABELS, BATCH = 1000, 128, 676, 32
SHARE = 0.3  # of bits that are 1


def make(path, rows):
    """Labels are where a few bits meet, so that there is something to learn."""
    draw = np.random.default_rng(1)
    bits = draw.random((rows, BITS)) < SHARE
    chosen = draw.integers(0, BITS, (LABELS, 3))
    labels = bits[:, chosen].all(axis=2)
    with open(path, "w") as file:
        file.write("id,bits,labels\n")
        for i in range(rows):
            x, y = ("".join("01"[int(b)] for b in row) for row in (bits[i], labels[i]))
            file.write(f"{i},{x},{y}\n")


def read(path):
    """[bit strings], [label strings]"""
    try:
        import pandas
        table = pandas.read_csv(path, dtype={"bits": str, "labels": str})
        return table["bits"].tolist(), table["labels"].tolist()
    except ImportError:
        with open(path, newline="") as file:
            rows = list(csv.DictReader(file))
        return [r["bits"] for r in rows], [r["labels"] for r in rows]


def parse(strings):
    return np.array([[float(c) for c in s] for s in strings], dtype=np.float32)


def train(x, y, epochs):
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset
    data = TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
    loader = DataLoader(data, batch_size=BATCH, shuffle=True)
    net = nn.Sequential(nn.Linear(BITS, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(),
                        nn.Linear(HIDDEN, LABELS))
    adam, loss_of = torch.optim.Adam(net.parameters()), nn.BCEWithLogitsLoss()
    start, seconds, losses = time.perf_counter() - BEGAN, [], []
    for _ in range(epochs):
        began, total = time.perf_counter(), 0.0
        for a, b in loader:
            adam.zero_grad()
            loss = loss_of(net(a), b)
            loss.backward()
            adam.step()
            total += loss.item() * len(a)
        seconds.append(time.perf_counter() - began)
        losses.append(total / len(data))
    return start, seconds, losses


def main():
    flags = argparse.ArgumentParser(description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("file", nargs="+", help="[make] FILE.csv")
    flags.add_argument("--rows", type=int, default=1000)
    flags.add_argument("--epochs", type=int, default=5)
    flags.add_argument("--threads", type=int, default=2)
    given = flags.parse_args()
    if given.file[0] == "make":
        make(given.file[1], given.rows)
        return
    began = time.perf_counter()
    bits, labels = read(given.file[0])
    reading, began = time.perf_counter() - began, time.perf_counter()
    x, y = parse(bits), parse(labels)
    parsing = time.perf_counter() - began
    import torch
    import torch_memory
    import torch_timing
    torch.set_num_threads(given.threads)
    torch.manual_seed(1)
    start, seconds, losses = train(x, y, given.epochs)
    print(json.dumps({"name": torch_timing.NAME, "rows": len(bits), "reading": reading,
                      "parsing": parsing, "start": start, "seconds": seconds, "loss": losses,
                      "all": time.perf_counter() - BEGAN,
                      "peak": torch_memory.status_bytes("VmHWM")}))


if __name__ == "__main__":
    main()
