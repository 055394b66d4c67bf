#!/usr/bin/env python3
"""Times predictions of a multi-layer perceptron in PyTorch, eager: 32 rows at once and one by one.

    batched.py [SIZES] [--batch N]

Two lines of JSON, "batch" and "singles"; a step of either predicts the whole batch.
"""

import torch

import torch_timing
from train_mlp import network


def main():
    flags = torch_timing.flags(__doc__)
    flags.add_argument("sizes", nargs="?", default="784-256-128-10")
    flags.add_argument("--batch", type=int, default=32)
    given = torch_timing.parse(flags)
    sizes = [int(n) for n in given.sizes.split("-")]
    net, x = network(sizes).eval(), torch.randn(given.batch, sizes[0])
    rows = [x[i:i + 1] for i in range(given.batch)]

    def singles():
        for row in rows:
            net(row)

    with torch.no_grad():
        torch_timing.report("batch", torch_timing.times(lambda: lambda: net(x), given))
        torch_timing.report("singles", torch_timing.times(lambda: singles, given))


if __name__ == "__main__":
    main()
