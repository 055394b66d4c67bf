#!/usr/bin/env python3
"""Times training steps of a multi-layer perceptron in PyTorch, eager.

    train_mlp.py 30-64-64-1 --batch 32 [--loss mse|cross-entropy] [--only MODE,...]

Linear layers with bias, ReLU between them, the same batch at every step, no value read back.
Modes, each a line of JSON:

    train             zero_grad(set_to_none=True), forward, loss, backward, Adam as it comes
    train-foreach     the same with Adam(foreach=True)
    train-fused       with Adam(fused=True), where this PyTorch has it for the processor
    forward-backward  gradients set to None, forward, loss, backward
"""

import torch
from torch import nn

import torch_timing

ADAM = {"train": {}, "train-foreach": {"foreach": True}, "train-fused": {"fused": True}}
MODES = (*ADAM, "forward-backward")
LOSSES = {"mse": nn.MSELoss, "cross-entropy": nn.CrossEntropyLoss}


def network(sizes):
    layers = []
    for i, (wide, narrow) in enumerate(zip(sizes, sizes[1:])):
        layers += [nn.ReLU()] * (i > 0) + [nn.Linear(wide, narrow)]
    return nn.Sequential(*layers)


def batch_of(sizes, rows, loss):
    x = torch.randn(rows, sizes[0])
    if loss == "mse":
        return x, torch.randn(rows, sizes[-1])
    return x, torch.randint(sizes[-1], (rows,))


def trainer(net, x, y, loss, settings):
    adam = torch.optim.Adam(net.parameters(), **settings)

    def step():
        adam.zero_grad(set_to_none=True)
        loss(net(x), y).backward()
        adam.step()
    return step


def differentiator(net, x, y, loss):
    weights = list(net.parameters())

    def step():
        for w in weights:
            w.grad = None
        loss(net(x), y).backward()
    return step


def times_of(mode, sizes, given):
    x, y = batch_of(sizes, given.batch, given.loss)
    loss = LOSSES[given.loss]()

    def make():
        net = network(sizes)
        if mode in ADAM:
            return trainer(net, x, y, loss, ADAM[mode])
        return differentiator(net, x, y, loss)
    return torch_timing.times(make, given)


def main():
    flags = torch_timing.flags(__doc__)
    flags.add_argument("sizes", help="30-64-64-1")
    flags.add_argument("--batch", type=int, required=True)
    flags.add_argument("--loss", choices=LOSSES, default="mse")
    flags.add_argument("--only", default=",".join(MODES), help="modes, comma-separated")
    given = torch_timing.parse(flags)
    sizes = [int(n) for n in given.sizes.split("-")]
    for mode in given.only.split(","):
        if mode not in MODES:
            flags.error(f"--only: {mode} is none of {', '.join(MODES)}")
        try:
            found = times_of(mode, sizes, given)
        except (RuntimeError, TypeError):
            if mode != "train-fused":  # which older ones have for other devices alone
                raise
            continue
        torch_timing.report(mode, found)


if __name__ == "__main__":
    main()
