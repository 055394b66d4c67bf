#!/usr/bin/env python3
"""Times convolutions by 3x3 with padding 1 in PyTorch, eager, a line of JSON each.

    convolution.py [--shapes 8x3x32-16,...]

A shape is batch x channels x side - channels of the result.
"""

import torch

import torch_timing


def main():
    flags = torch_timing.flags(__doc__)
    flags.add_argument("--shapes", default="8x3x32-16,8x3x32-64,16x3x64-16,16x3x64-64")
    given = torch_timing.parse(flags)
    for shape in given.shapes.split(","):
        of, out = shape.split("-")
        batch, channels, side = map(int, of.split("x"))
        x, w = torch.randn(batch, channels, side, side), torch.randn(int(out), channels, 3, 3)
        with torch.no_grad():
            found = torch_timing.times(
                lambda x=x, w=w: lambda: torch.nn.functional.conv2d(x, w, padding=1), given)
        torch_timing.report(f"conv-{shape}", found)


if __name__ == "__main__":
    main()
