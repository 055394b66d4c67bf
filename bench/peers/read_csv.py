#!/usr/bin/env python3
"""Times reading a CSV into a table in memory.

    read_csv.py FILE [--reader pandas|pyarrow] [--iterations N]

Import is not timed; one run warms up.  Beside the times: how many cores were busy, and the
share of cells (of the first 2000 rows) that came out as the nearest double to what is written.
"""

import argparse
import json
import time


def exact_share(file, columns):
    """`columns`: the first rows of each, as lists."""
    right = cells = 0
    with open(file) as lines:
        next(lines)
        for i, line in zip(range(len(columns[0])), lines):
            for j, text in enumerate(line.split(",")):
                right += columns[j][i] == float(text)
                cells += 1
    return right / cells


def first_rows(table, reader, n=2000):
    if reader == "pandas":
        return [table.iloc[:n, j].tolist() for j in range(table.shape[1])]
    return [column.slice(0, n).to_pylist() for column in table.columns]


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("file")
    flags.add_argument("--reader", choices=("pandas", "pyarrow"), default="pandas")
    flags.add_argument("--iterations", type=int, default=5)
    given = flags.parse_args()
    if given.reader == "pandas":
        import pandas as library
        read = library.read_csv
    else:
        import pyarrow as library
        from pyarrow.csv import read_csv as read
    seconds, busy, table = [], [], None
    for _ in range(given.iterations + 1):
        del table
        cpu, began = time.process_time(), time.perf_counter()
        table = read(given.file)
        seconds.append(time.perf_counter() - began)
        busy.append(time.process_time() - cpu)
    print(json.dumps({"name": f"{given.reader} {library.__version__}", "seconds": seconds[1:],
                      "cores": sum(busy[1:]) / sum(seconds[1:]),
                      "exact": exact_share(given.file, first_rows(table, given.reader))}))


if __name__ == "__main__":
    main()
