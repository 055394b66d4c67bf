#!/usr/bin/env python3
"""Times reading the first sheet of a workbook, cell by cell, with openpyxl's read-only mode.

    read_xlsx.py FILE [--iterations N]

Import is not timed.  Beside the times: how many cells hold a value.
"""

import argparse
import json
import time
import warnings

import openpyxl


def read(file):
    book = openpyxl.load_workbook(file, read_only=True)
    cells = 0
    for row in book.worksheets[0].iter_rows(values_only=True):
        cells += len(row) - row.count(None)
    book.close()
    return cells


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("file")
    flags.add_argument("--iterations", type=int, default=3)
    given = flags.parse_args()
    warnings.simplefilter("ignore")  # of looks that the workbook leaves out
    seconds, cells = [], 0
    for _ in range(given.iterations):
        began = time.perf_counter()
        cells = read(given.file)
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"name": f"openpyxl {openpyxl.__version__}", "seconds": seconds,
                      "cells": cells}))


if __name__ == "__main__":
    main()
