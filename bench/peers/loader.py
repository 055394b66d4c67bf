#!/usr/bin/env python3
"""Times epochs of PyTorch's DataLoader over a TensorDataset, nothing done with the batches.

    loader.py 300000 32 --batch 256 [--only MODE,...]

Modes, each a line of JSON, its seconds those of an epoch:

    workers-0  DataLoader(TensorDataset(x, y), batch, shuffle=True)
    workers-2  the same with num_workers=2, persistent_workers=True
    weighted   with a WeightedRandomSampler instead
    indexed    no DataLoader: x[p], y[p] for the pieces p of a torch.randperm
"""

import time

import torch
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

import torch_timing


def loaded(x, y, given, workers):
    loader = DataLoader(TensorDataset(x, y), batch_size=given.batch, shuffle=True,
                        num_workers=workers, persistent_workers=workers > 0)
    return lambda: (len(b) for b, _ in loader)


def weighted(x, y, given):
    sampler = WeightedRandomSampler(1.0 + torch.arange(len(x)) % 10, len(x))
    loader = DataLoader(TensorDataset(x, y), batch_size=given.batch, sampler=sampler)
    return lambda: (len(b) for b, _ in loader)


def indexed(x, y, given):
    return lambda: (len(x[p]) + 0 * len(y[p])
                    for p in torch.randperm(len(x)).split(given.batch))


MODES = {"workers-0": lambda x, y, given: loaded(x, y, given, 0),
         "workers-2": lambda x, y, given: loaded(x, y, given, 2),
         "weighted": weighted, "indexed": indexed}


def main():
    flags = torch_timing.flags(__doc__, iterations=5)
    flags.set_defaults(warm_up=1)
    flags.add_argument("rows", type=int)
    flags.add_argument("width", type=int)
    flags.add_argument("--batch", type=int, default=256)
    flags.add_argument("--only", default=",".join(MODES), help="modes, comma-separated")
    given = torch_timing.parse(flags)
    x, y = torch.rand(given.rows, given.width), torch.rand(given.rows, 1)
    for mode in given.only.split(","):
        if mode not in MODES:
            flags.error(f"--only: {mode} is none of {', '.join(MODES)}")
        epoch, seconds = MODES[mode](x, y, given), []
        for _ in range(given.warm_up + given.iterations):
            began = time.perf_counter()
            rows = sum(epoch())
            seconds.append(time.perf_counter() - began)
            assert rows == given.rows
        torch_timing.report(mode, {"seconds": seconds[given.warm_up:]})


if __name__ == "__main__":
    main()
