#!/usr/bin/env python3
"""Trains a convolutional network on large images in PyTorch, eager.

    train_images.py [--threads N] [--iterations N]

4 images of 512x512, convolutions of 3x3 to 16, 16, 32, 32, 64 and 64 channels with a group norm
and ReLU after each, pooling by 2x2 after every second one, the mean over what is left, a linear
layer, cross-entropy, Adam.  The network of bench/images.h.
"""

import torch
from torch import nn

import torch_memory
import torch_timing

ROWS, SIDE, GROUPS, CHANNELS = 4, 512, 8, (3, 16, 16, 32, 32, 64, 64)


def network():
    layers = []
    for i, (before, after) in enumerate(zip(CHANNELS, CHANNELS[1:])):
        layers += [nn.Conv2d(before, after, 3, padding=1, bias=False),
                   nn.GroupNorm(GROUPS, after), nn.ReLU()]
        if i % 2 == 1:
            layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(CHANNELS[-1], ROWS))


def trainer():
    """One image of each class: noise, and waves that are shorter from class to class."""
    waves = torch.sin(0.1 * torch.arange(1, ROWS + 1).view(-1, 1, 1, 1) * torch.arange(SIDE))
    x, y = torch.randn(ROWS, 3, SIDE, SIDE) + waves, torch.arange(ROWS)
    net, loss_of = network(), nn.CrossEntropyLoss()
    adam = torch.optim.Adam(net.parameters(), lr=3e-3)

    def step(_):
        adam.zero_grad(set_to_none=True)
        loss = loss_of(net(x), y)
        loss.backward()
        adam.step()
        return loss.item()
    return step


def main():
    given = torch_timing.parse(torch_timing.flags(__doc__))
    torch_memory.run("images", trainer, given)


if __name__ == "__main__":
    main()
