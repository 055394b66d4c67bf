#!/usr/bin/env python3
"""Times products of square f32 matrices in PyTorch, eager, a line of JSON a size.

    matmul.py [--sizes 64,128,256,512]
"""

import torch

import torch_timing


def main():
    flags = torch_timing.flags(__doc__)
    flags.add_argument("--sizes", default="64,128,256,512")
    given = torch_timing.parse(flags)
    for n in map(int, given.sizes.split(",")):
        a, b = torch.randn(n, n), torch.randn(n, n)
        with torch.no_grad():
            found = torch_timing.times(lambda a=a, b=b: lambda: a @ b, given)
        torch_timing.report(f"matmul-{n}", found)


if __name__ == "__main__":
    main()
