#!/usr/bin/env python3
"""Times a chain of eight element-wise operations over a million f32 in PyTorch, eager.

    elementwise.py [--count N]

The chain is bench/bench_tensors.c's: |(relu(1.5 x + 0.5)^2 / 4) - x| + 1.
"""

import torch

import torch_timing


def chain(x):
    return torch.square(torch.relu(x * 1.5 + 0.5)).mul(0.25).sub(x).abs().add(1)


def main():
    flags = torch_timing.flags(__doc__)
    flags.add_argument("--count", type=int, default=1_000_000)
    given = torch_timing.parse(flags)
    x = torch.randn(given.count)
    with torch.no_grad():
        torch_timing.report("chain", torch_timing.times(lambda: lambda: chain(x), given))


if __name__ == "__main__":
    main()
