#!/usr/bin/env python3
"""Writes a table of normal numbers as XLSX, the way pandas and xlsxwriter do.

    write_xlsx.py ROWS COLUMNS [--mixed] [--engine xlsxwriter] [--iterations N]

--mixed makes of every five columns one of words and one of bools, as bench_xlsx.c does.
"""

import argparse
import json
import os
import tempfile
import time

import numpy
import pandas

WORDS = ["red", "green", "blue", "black & white", "grey", "", "a longer label", None]


def table(rows, columns, mixed):
    numbers = numpy.random.default_rng(1).normal(size=(rows, columns))
    made = {}
    for j in range(columns):
        if mixed and j % 5 == 3:
            made[f"x{j}"] = [WORDS[i % len(WORDS)] for i in range(rows)]
        elif mixed and j % 5 == 4:
            made[f"x{j}"] = numpy.arange(rows) % 2 == 1
        else:
            made[f"x{j}"] = numbers[:, j]
    return pandas.DataFrame(made)


def main():
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("rows", type=int)
    flags.add_argument("columns", type=int)
    flags.add_argument("--mixed", action="store_true")
    flags.add_argument("--engine", default="xlsxwriter")
    flags.add_argument("--iterations", type=int, default=1)
    given = flags.parse_args()
    frame = table(given.rows, given.columns, given.mixed)
    seconds = []
    with tempfile.TemporaryDirectory(dir=".") as folder:
        path = os.path.join(folder, "table.xlsx")
        for _ in range(given.iterations):
            began = time.perf_counter()
            frame.to_excel(path, engine=given.engine, index=False)
            seconds.append(time.perf_counter() - began)
        size = os.path.getsize(path)
    print(json.dumps({"name": f"pandas {pandas.__version__} with {given.engine}",
                      "seconds": seconds, "bytes": size}))


if __name__ == "__main__":
    main()
