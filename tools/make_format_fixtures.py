#!/usr/bin/env python3
"""Makes tests/data: one small table in every format, for tests that have no NumPy or h5py.

    build/peers/bin/python tools/make_format_fixtures.py build/debug/bin/stint

The column file is made by the command given, from table.csv.
"""

import json
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np
import openpyxl
import pyarrow
import pyarrow.parquet

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/data")
ROWS = 12
NAMES = ["x", "n", "flag", "word", "y"]


def table():
    i = np.arange(ROWS)
    return {"x": i / 8 - 0.5, "n": i * 37 % 300 - 5, "flag": i % 3 == 0,
            "word": np.array(["red", "grün", "a,b"])[i % 3], "y": 1.5 * i}


def lines(t):
    return [{k: t[k][i].item() for k in NAMES} for i in range(ROWS)]


def write_text(t):
    with open(os.path.join(HERE, "table.jsonl"), "w", encoding="utf-8") as f:
        f.writelines(json.dumps(row) + "\n" for row in lines(t))
    for name, mark in (("table.csv", ","), ("table.tsv", "\t")):
        with open(os.path.join(HERE, name), "w", encoding="utf-8") as f:
            f.write(mark.join(NAMES) + "\n")
            for row in lines(t):
                cells = [json.dumps(v, ensure_ascii=False) if k == "word" else
                         str(v).lower() if k == "flag" else repr(v) for k, v in row.items()]
                f.write(mark.join(cells) + "\n")
    with open(os.path.join(HERE, "refused.jsonl"), "w", encoding="utf-8") as f:
        f.write('{"x": 1}\n{"x": 2, "when": {"day": 3}}\n')


def records(t, text, order="<"):
    out = np.empty(ROWS, [("x", order + "f8"), ("n", order + "i2"), ("flag", "?"), ("word", text),
                          ("y", order + "f4")])
    for k in NAMES:
        out[k] = np.char.encode(t[k], "utf-8") if k == "word" and text[0] == "S" else t[k]
    return out


def write_numpy(t):
    np.save(os.path.join(HERE, "table.npy"), records(t, "U5", ">"))
    odd = np.zeros(3, [("x", "f8"), ("when", "M8[s]")])
    np.save(os.path.join(HERE, "refused.npy"), odd)


def write_frame(h, t):
    g = h.create_group("frame")
    g.attrs["pandas_type"] = np.bytes_("frame")
    g["axis0"] = np.array([b"x", b"n", b"y"])
    g["axis1"] = np.arange(ROWS)
    g["block0_items"] = np.array([b"x", b"y"])
    g["block0_values"] = np.stack([t["x"], t["y"]], 1)
    g["block1_items"] = np.array([b"n"])
    g["block1_values"] = t["n"].reshape(ROWS, 1)


def write_hdf5(t):
    with h5py.File(os.path.join(HERE, "table.h5"), "w") as h:
        h.create_dataset("table", data=records(t, "S5"), chunks=(5,), compression="gzip")
    with h5py.File(os.path.join(HERE, "layouts.h5"), "w") as h:
        both = np.stack([t["x"], t["y"]], 1)
        h["matrix"] = both
        h.create_dataset("named", data=both, chunks=(5, 1), compression="gzip")
        h["named"].attrs["columns"] = ["x", "y"]
        h["records"] = records(t, "S5", ">")
        for k in NAMES:
            if k == "word":
                h.create_dataset("group/word", data=list(t[k]), dtype=h5py.string_dtype())
            else:
                h["group/" + k] = t[k]
        write_frame(h, t)
        h["cube"] = np.zeros((2, 3, 4))
        h["odd/a"], h["odd/b"] = t["x"], t["x"][:3]
    with h5py.File(os.path.join(HERE, "refused.h5"), "w") as h:
        h["mixed"] = np.zeros(3, [("x", "f8"), ("when", "f8", (2,))])


def write_excel(t):
    book = openpyxl.Workbook()
    book.active.append(NAMES)
    for row in lines(t):
        book.active.append([row[k] for k in NAMES])
    book.save(os.path.join(HERE, "table.xlsx"))


def main():
    t = table()
    os.makedirs(HERE, exist_ok=True)
    write_text(t)
    write_numpy(t)
    write_hdf5(t)
    write_excel(t)
    pyarrow.parquet.write_table(pyarrow.table({k: t[k] for k in NAMES}),
                                os.path.join(HERE, "table.parquet"))
    with tempfile.TemporaryDirectory() as cache:
        subprocess.run([sys.argv[1], "ingest", "table.csv", "--to", "table.safetensors", "--cache-dir",
                        cache, "--quiet"], cwd=HERE, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
