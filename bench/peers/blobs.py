#!/usr/bin/env python3
"""Writes rows of normal numbers around random centres as a .npy file.

    blobs.py OUT.npy ROWS COLUMNS CENTRES [--apart SIGMAS] [--f32]
"""

import argparse

import numpy

ROWS_AT_ONCE = 1 << 18


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("out")
    flags.add_argument("rows", type=int)
    flags.add_argument("columns", type=int)
    flags.add_argument("centres", type=int)
    flags.add_argument("--apart", type=float, default=4.0, help="spread of the centres")
    flags.add_argument("--f32", action="store_true")
    given = flags.parse_args()
    dtype = numpy.float32 if given.f32 else numpy.float64
    random = numpy.random.default_rng(1)
    centres = (given.apart * random.standard_normal((given.centres, given.columns))).astype(dtype)
    out = numpy.lib.format.open_memmap(given.out, "w+", dtype, (given.rows, given.columns))
    for at in range(0, given.rows, ROWS_AT_ONCE):
        n = min(ROWS_AT_ONCE, given.rows - at)
        rows = random.standard_normal((n, given.columns), dtype=dtype)
        out[at:at + n] = rows + centres[random.integers(0, given.centres, n)]
    out.flush()


if __name__ == "__main__":
    main()
