"""What a finished run found, read without any library: safetensors files, journal, split, model."""

import csv
import json
import math
import os
import struct

from stint_test import expect, read

FORMATS = {"F64": "d", "F32": "f", "I64": "q", "I32": "i", "U8": "B", "BOOL": "?"}


def safetensors(path):
    """{name: (shape, values)} of a whole file, values in row-major order."""
    data = read(path)
    size = struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, t in header.items():
        begin, end = (8 + size + at for at in t["data_offsets"])
        count = math.prod(t["shape"])
        values = struct.unpack(f"<{count}{FORMATS[t['dtype']]}", data[begin:end])
        tensors[name] = t["shape"], list(values)
    return tensors


def column(path, number):
    """A column of a column file, over all chunks."""
    tensors, values, chunk = safetensors(path), [], 0
    while f"{chunk}/{number}" in tensors or f"{chunk}/part" in tensors:
        values += (tensors.get(f"{chunk}/{number}") or tensors[f"{chunk}/part"])[1]
        chunk += 1
    return values


def split_parts(cache):
    """The part of each row, from the one split that a cache holds."""
    folder = os.path.join(cache, "split")
    files = [f for f in os.listdir(folder) if not f.endswith((".ok", ".tmp"))]
    expect(len(files) == 1, "not one split in the cache:", files)
    return column(os.path.join(folder, files[0]), 0)


def fold_scores(run_dir, folds):
    """[configuration][fold] scores, from the journal."""
    scores = {}
    for line in read(os.path.join(run_dir, "journal.jsonl")).splitlines()[1:]:
        record = json.loads(line)
        scores[record["trial"]] = record["score"]
    expect(sorted(scores) == list(range(len(scores))), "the journal has holes")
    return [[scores[c * folds + f] for f in range(folds)] for c in range(len(scores) // folds)]


class Model:
    """A saved ridge: prediction[t] = offset[t] + sum of coef[t][j] (x[j] - mean[j])."""

    def __init__(self, run_dir):
        folder = os.path.join(run_dir, "rounds/001/model")
        self.about = json.loads(read(os.path.join(folder, "model.json")))
        tensors = safetensors(os.path.join(folder, "model.safetensors"))
        (_, d), flat = tensors["coef"]
        self.coef = [flat[i:i + d] for i in range(0, len(flat), d)]
        self.mean, self.offset = tensors["mean"][1], tensors["offset"][1]

    def predict(self, x):
        return [o + math.fsum(w * (v - m) for w, v, m in zip(c, x, self.mean))
                for o, c in zip(self.offset, self.coef)]

    def intercepts(self):
        return self.predict([0] * len(self.mean))


def table(path):
    """Columns by name of a CSV of numbers."""
    with open(path, newline="") as f:
        names, *rows = csv.reader(f)
    return {name: [float(r[i]) for r in rows] for i, name in enumerate(names)}


def near(got, wanted, relative=1e-9, floor=0.0):
    """The largest difference of two lists, relative to the larger of |wanted| and `floor`, is
    within `relative`; its size if not, else None."""
    expect(len(got) == len(wanted), len(got), "values instead of", len(wanted))
    worst = max(abs(g - w) / max(abs(w), floor, 1e-300) for g, w in zip(got, wanted))
    return None if worst <= relative else worst
