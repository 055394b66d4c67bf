#!/usr/bin/env python3
"""Writes a CSV as Parquet, the way pandas writes it by default.

    write_parquet.py CSV PARQUET
"""

import json
import sys
import time

import pandas


def main(csv, parquet):
    table = pandas.read_csv(csv)
    began = time.perf_counter()
    table.to_parquet(parquet)
    print(json.dumps({"name": f"pandas {pandas.__version__}",
                      "seconds": [time.perf_counter() - began]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
