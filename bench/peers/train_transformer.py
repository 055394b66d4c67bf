#!/usr/bin/env python3
"""Trains a causal language model of characters in PyTorch, eager, f32, whole batches.

    train_transformer.py TEXT [--threads N] [--iterations N]

6 blocks of width 256, 8 heads, feed-forward parts of 1024 with GELU, norms before each, the
embedding used again for the logits, 16 rows of 256 characters, AdamW.  The network of
bench/transformer.h.
"""

import torch
from torch import nn
from torch.nn import functional

import torch_memory
import torch_timing

LAYERS, WIDTH, HEADS, TIME, HIDDEN, CHARACTERS, ROWS = 6, 256, 8, 256, 1024, 128, 16


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.inner_norm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.all, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)

    def attention(self, x):
        q, k, v = (part.view(*x.shape[:2], HEADS, -1).transpose(1, 2)
                   for part in self.all(x).split(WIDTH, dim=-1))
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).reshape(x.shape))

    def forward(self, x):
        x = x + self.attention(self.norm(x))
        return x + self.down(functional.gelu(self.up(self.inner_norm(x))))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(CHARACTERS, WIDTH)
        self.position = nn.Parameter(torch.empty(TIME, WIDTH))
        self.blocks, self.norm = nn.Sequential(*(Block() for _ in range(LAYERS))), nn.LayerNorm(WIDTH)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                added = name.endswith(("out.weight", "down.weight"))
                nn.init.normal_(weight, 0, 0.02 / (2 * LAYERS) ** 0.5 if added else 0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)

    def forward(self, x):
        x = self.norm(self.blocks(self.embedding(x) + self.position))
        return x @ self.embedding.weight.T


def trainer(text):
    net = Net()
    adam = torch.optim.AdamW(net.parameters(), lr=1e-3)

    def batch(i, shift):
        starts = [row * 7919 % (len(text) - TIME - 1) + shift
                  for row in range(i * ROWS, (i + 1) * ROWS)]
        return torch.stack([text[at:at + TIME] for at in starts])

    def step(i):
        adam.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(net(batch(i, 0)).view(-1, CHARACTERS),
                                        batch(i, 1).view(-1))
        loss.backward()
        adam.step()
        return loss.item()
    return step


def main():
    flags = torch_timing.flags(__doc__)
    flags.add_argument("text")
    given = torch_timing.parse(flags)
    with open(given.text, "rb") as file:
        text = torch.tensor(list(file.read()), dtype=torch.long) & (CHARACTERS - 1)
    torch_memory.run("transformer", lambda: trainer(text), given)


if __name__ == "__main__":
    main()
