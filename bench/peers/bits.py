#!/usr/bin/env python3
"""Encodes 50 000 records row by row, as people write it.

    bits.py strings|frombuffer|grams|bloom|csv [--iterations N]

strings: a list comprehension over the characters of each bit string; frombuffer: NumPy over each;
grams: a row of zeros with ones by a dictionary; bloom: ten bits a two-gram by HMAC-SHA-256; csv:
the file read by pandas, then strings and grams.
"""

import argparse
import hashlib
import hmac
import json
import os
import random
import tempfile
import time

import numpy as np

ROWS, WIDTH, BLOOM, HASHES = 50_000, 1000, 1024, 10
LETTERS = "abcdefghijklmnopqrstuvwxyz"
INDEX = {a + b: i * 26 + j for i, a in enumerate(LETTERS) for j, b in enumerate(LETTERS)}
KEY = b"sesame"


def bit_strings():
    return [format(random.getrandbits(WIDTH), f"0{WIDTH}b") for _ in range(ROWS)]


def names():
    return ["".join(random.choices(LETTERS, k=random.randint(4, 9))) for _ in range(ROWS)]


def strings(texts):
    return np.array([[int(c) for c in text] for text in texts], dtype=np.uint8)


def frombuffer(texts):
    out = np.empty((len(texts), WIDTH), dtype=np.float32)
    for i, text in enumerate(texts):
        out[i] = np.frombuffer(text.encode(), dtype=np.uint8) - 48
    return out


def grams(texts):
    rows = []
    for text in texts:
        row = np.zeros(len(INDEX), dtype=np.uint8)
        for i in range(len(text) - 1):
            row[INDEX[text[i:i + 2]]] = 1
        rows.append(row)
    return np.stack(rows)


def bloom(texts):
    rows = []
    for text in texts:
        row = np.zeros(BLOOM, dtype=np.uint8)
        padded = f"_{text.lower()}_"
        for i in range(len(padded) - 1):
            mac = hmac.new(KEY, padded[i:i + 2].encode(), hashlib.sha256).digest()
            h1, h2 = int.from_bytes(mac[:8], "big"), int.from_bytes(mac[8:16], "big")
            for k in range(HASHES):
                row[(h1 + k * h2) % BLOOM] = 1
        rows.append(row)
    return np.stack(rows)


def csv(path):
    import pandas
    frame = pandas.read_csv(path, dtype={"bits": str, "text": str})
    return strings(frame["bits"]), grams(frame["text"])


def main():
    ways = {"strings": (bit_strings, strings), "frombuffer": (bit_strings, frombuffer),
            "grams": (names, grams), "bloom": (names, bloom), "csv": (None, csv)}
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("way", choices=ways)
    flags.add_argument("--iterations", type=int, default=3)
    given = flags.parse_args()
    make, run = ways[given.way]
    with tempfile.TemporaryDirectory(dir=".") as folder:
        if make:
            data = make()
        else:
            data = os.path.join(folder, "records.csv")
            with open(data, "w") as file:
                file.write("id,bits,text\n")
                for i, pair in enumerate(zip(bit_strings(), names())):
                    file.write(f"{i},{pair[0]},{pair[1]}\n")
        seconds = []
        for _ in range(given.iterations):
            began = time.perf_counter()
            run(data)
            seconds.append(time.perf_counter() - began)
    print(json.dumps({"name": f"Python with NumPy {np.__version__}", "seconds": seconds}))


if __name__ == "__main__":
    main()
