#!/usr/bin/env python3
"""Times training steps of a recurrent net in PyTorch, eager.

    train_sequence.py lstm 8 64 --time 50 --batch 32 [--layers 1] [--only MODE,...]

nn.LSTM or nn.GRU (batch_first) from 8 to 64 units, a linear layer on the last output, mean squared
error, the same batch at every step, no value read back.  Modes, each a line of JSON:

    train             zero_grad(set_to_none=True), forward, loss, backward, Adam as it comes
    forward-backward  gradients set to None, forward, loss, backward
"""

import torch
from torch import nn

import torch_timing

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU}
MODES = ("train", "forward-backward")


class Net(nn.Module):
    def __init__(self, cell, wide, hidden, layers):
        super().__init__()
        self.cell = CELLS[cell](wide, hidden, layers, batch_first=True)
        self.last = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.last(self.cell(x)[0][:, -1])


def stepper(net, x, y, mode):
    loss, weights = nn.MSELoss(), list(net.parameters())
    adam = torch.optim.Adam(weights) if mode == "train" else None

    def step():
        for w in weights:
            w.grad = None
        loss(net(x), y).backward()
        if adam:
            adam.step()
    return step


def main():
    flags = torch_timing.flags(__doc__)
    flags.add_argument("cell", choices=CELLS)
    flags.add_argument("wide", type=int)
    flags.add_argument("hidden", type=int)
    flags.add_argument("--time", type=int, required=True)
    flags.add_argument("--batch", type=int, required=True)
    flags.add_argument("--layers", type=int, default=1)
    flags.add_argument("--only", default=",".join(MODES), help="modes, comma-separated")
    given = torch_timing.parse(flags)
    x, y = torch.randn(given.batch, given.time, given.wide), torch.randn(given.batch, 1)
    for mode in given.only.split(","):
        if mode not in MODES:
            flags.error(f"--only: {mode} is none of {', '.join(MODES)}")

        def make(mode=mode):
            return stepper(Net(given.cell, given.wide, given.hidden, given.layers), x, y, mode)
        torch_timing.report(mode, torch_timing.times(make, given))


if __name__ == "__main__":
    main()
