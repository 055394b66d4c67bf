#!/usr/bin/env python3
"""Times reading a CSV into a table in memory.

    read_csv.py FILE [--reader pandas|pyarrow] [--iterations N]

Import is not timed; one run warms up.
"""

import argparse
import json
import time


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
    seconds = []
    for _ in range(given.iterations + 1):
        began = time.perf_counter()
        table = read(given.file)
        seconds.append(time.perf_counter() - began)
        shape = table.shape
        del table
    print(json.dumps({"name": f"{given.reader} {library.__version__}", "seconds": seconds[1:],
                      "rows": shape[0], "columns": shape[1]}))


if __name__ == "__main__":
    main()
