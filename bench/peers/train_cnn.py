#!/usr/bin/env python3
"""Times training steps of a small convolutional network in PyTorch, eager; a line of JSON.

    train_cnn.py [--threads N] [--iterations N]

28x28 images, two convolutions of 3x3 to 32 and 64 channels with bias, ReLU and max pooling by 2x2
after each, a linear layer to 10 classes, cross-entropy, Adam, batch 64: zero_grad, forward, loss,
backward, Adam, no value read back.  The network of bench/cnn.h.
"""

import torch
from torch import nn

import torch_timing


def network():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 7 * 7, 10))


def trainer(x, y):
    net, loss = network(), nn.CrossEntropyLoss()
    adam = torch.optim.Adam(net.parameters())

    def step():
        adam.zero_grad(set_to_none=True)
        loss(net(x), y).backward()
        adam.step()
    return step


def main():
    given = torch_timing.parse(torch_timing.flags(__doc__))
    x, y = torch.randn(64, 1, 28, 28), torch.randint(10, (64,))
    torch_timing.report("train", torch_timing.times(lambda: trainer(x, y), given))


if __name__ == "__main__":
    main()
