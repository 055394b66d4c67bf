#!/usr/bin/env python3
"""Trains a perceptron that decodes records' bits in PyTorch, as it is usually done.

    train_labels.py FILE.csv WEIGHTS.safetensors [--epochs 5] [--threads 2]

FILE.csv is of `stint generate encoded`, with a column "part": rows of 1 are trained on, rows of 0
validate.  It is read by pandas (by the csv module where there is none); each text of bits is made a
list character by character, each name a row of 676 by a dictionary of two-grams; then Linear
1000-128-128-676 with ReLU, BCEWithLogitsLoss, AdamW, a DataLoader of batches of 32 in the
order of the file, loss.item() at each batch, validation after each epoch.  WEIGHTS are those that
`stint train` began with.  Two trial epochs over few rows say whether one thread or all are faster;
the faster are taken.  Prints a line of JSON: seconds of reading, of parsing and of each epoch, when
the first epoch began by time.time() (trials aside), threads, the losses.  Nothing is kept from one
start to the next.
"""

import argparse
import csv
import json
import time

import numpy as np

BATCH, TRIAL, LETTERS = 32, 512, "abcdefghijklmnopqrstuvwxyz"
INDEX = {a + b: 26 * i + j for i, a in enumerate(LETTERS) for j, b in enumerate(LETTERS)}


def read(path):
    """[bits], [text], [part], all text"""
    names = ("bits", "text", "part")
    try:
        import pandas
        table = pandas.read_csv(path, usecols=names, dtype=str, keep_default_na=False)
        return [table[name].tolist() for name in names]
    except ImportError:
        with open(path, newline="") as file:
            rows = list(csv.DictReader(file))
        return [[row[name] for row in rows] for name in names]


def inputs_of(texts):
    return np.array([[float(c) for c in text] for text in texts], dtype=np.float32)


def labels_of(texts):
    rows = []
    for text in texts:
        row = np.zeros(len(INDEX), dtype=np.float32)
        for i in range(len(text) - 1):
            row[INDEX[text[i:i + 2]]] = 1
        rows.append(row)
    return np.stack(rows)


def parts(path):
    """{part: (inputs, labels)}; seconds of reading and of parsing"""
    began = time.perf_counter()
    bits, texts, part = read(path)
    read_at = time.perf_counter()
    x, y, part = inputs_of(bits), labels_of(texts), np.array(part)
    found = {p: (x[part == p], y[part == p]) for p in ("0", "1")}
    return found, read_at - began, time.perf_counter() - read_at


def net_of(path):
    import torch
    from torch import nn
    from train_windows import safetensors
    given, layers = safetensors(path), []
    for at in (0, 2, 4):
        w, bias = (torch.tensor(given[f"{at}.linear.{name}"]) for name in ("weight", "bias"))
        layer = nn.Linear(*w.shape)
        with torch.no_grad():
            layer.weight.copy_(w.T)
            layer.bias.copy_(bias)
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def batches_of(x, y):
    import torch
    from torch.utils.data import DataLoader, TensorDataset
    data = TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
    return DataLoader(data, batch_size=BATCH)


def epoch(net, loss_of, batches, adam=None):
    total = 0.0
    for x, y in batches:
        loss = loss_of(net(x), y)
        if adam:
            adam.zero_grad()
            loss.backward()
            adam.step()
        total += loss.item() * len(x)
    return total / len(batches.dataset)


def stepper(path):
    import torch
    net = net_of(path)
    return net, torch.nn.BCEWithLogitsLoss(), torch.optim.AdamW(net.parameters())


def faster(path, x, y, most):
    """Threads: small products may lose by a second one."""
    import torch
    seconds = {}
    for threads in sorted({1, most}):
        torch.set_num_threads(threads)
        net, loss_of, adam = stepper(path)
        for _ in range(2):  # the first warms up
            began = time.perf_counter()
            epoch(net, loss_of, batches_of(x[:TRIAL], y[:TRIAL]), adam)
            seconds[threads] = time.perf_counter() - began
    return min(seconds, key=seconds.get)


def main():
    flags = argparse.ArgumentParser(description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("file")
    flags.add_argument("weights")
    flags.add_argument("--epochs", type=int, default=5)
    flags.add_argument("--threads", type=int, default=2)
    given = flags.parse_args()
    found, reading, parsing = parts(given.file)
    import torch
    import torch_timing
    torch.manual_seed(1)
    training, validation = (batches_of(*found[p]) for p in ("1", "0"))
    net, loss_of, adam = stepper(given.weights)
    start, seconds, losses, valid = time.time(), [], [], []
    if given.epochs > 0:
        torch.set_num_threads(faster(given.weights, *found["1"], given.threads))
    for _ in range(given.epochs):
        began = time.perf_counter()
        losses.append(epoch(net, loss_of, training, adam))
        with torch.no_grad():
            valid.append(epoch(net, loss_of, validation))
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"name": torch_timing.NAME, "reading": reading, "parsing": parsing,
                      "start": start, "threads": torch.get_num_threads(), "seconds": seconds,
                      "loss": losses, "valid": valid}))


if __name__ == "__main__":
    main()
