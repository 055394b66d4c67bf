#!/usr/bin/env python3
"""Trains an LSTM over windows of a series in PyTorch, as it is usually done.

    train_windows.py DIR HIDDEN [--threads 2]

All windows in one tensor, a TensorDataset, a DataLoader of batches of 256, nn.LSTM, a linear layer
on the last output, mean squared error, Adam, loss.item() at each batch.  DIR is what bench_windows
left: the series, the order of the samples, the weights to begin with; so losses can be compared.
The second of nn.LSTM's two biases stays 0, since the other net has one.  A line of JSON: seconds
and loss of each epoch, bytes by which the process grew beyond what PyTorch itself takes.
"""

import argparse
import json
import struct
import time

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import torch_memory
import torch_timing

LOOKBACK, FEATURES, BATCH = 150, 3, 256


class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.lstm = nn.LSTM(FEATURES, hidden, batch_first=True)
        self.last = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.last(self.lstm(x)[0][:, -1])


def safetensors(path):
    """{name: array} of an f32 file."""
    with open(path, "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(length)), file.read()
    return {name: np.frombuffer(data[slice(*of["data_offsets"])], np.float32).reshape(of["shape"])
            for name, of in header.items() if name != "__metadata__" and of["dtype"] == "F32"}


def take_weights(net, path):
    """Ours are [in, 4h], with the same order of gates."""
    given = {name.split(".", 2)[2]: torch.tensor(w) for name, w in safetensors(path).items()
             if name.startswith("0.lstm.")}
    last = {name.split(".", 2)[2]: torch.tensor(w) for name, w in safetensors(path).items()
            if name.startswith("1.linear.")}
    with torch.no_grad():
        net.lstm.weight_ih_l0.copy_(given["weight_input"].T)
        net.lstm.weight_hh_l0.copy_(given["weight_recurrent"].T)
        net.lstm.bias_ih_l0.copy_(given["bias"])
        net.lstm.bias_hh_l0.zero_()
        net.last.weight.copy_(last["weight"].T)
        net.last.bias.copy_(last["bias"])
    net.lstm.bias_hh_l0.requires_grad_(False)


def windows_of(series):
    """[n, lookback, features]; before the first row stands that row again."""
    padded = np.concatenate([np.repeat(series[:1], LOOKBACK - 1, axis=0), series])
    x = []
    for i in range(len(series)):
        x.append(padded[i:i + LOOKBACK])
    return torch.from_numpy(np.array(x))


def epoch(net, adam, loader):
    loss_of, total, samples = nn.MSELoss(), 0.0, 0
    for x, y in loader:
        adam.zero_grad()
        loss = loss_of(net(x), y)
        loss.backward()
        adam.step()
        total += loss.item() * len(x)
        samples += len(x)
    return total / samples


def main():
    flags = argparse.ArgumentParser(description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("dir")
    flags.add_argument("hidden", type=int)
    flags.add_argument("--samples", type=int, required=True, help="of an epoch")
    flags.add_argument("--threads", type=int, default=2)
    given = flags.parse_args()
    torch.set_num_threads(given.threads)
    torch_memory.warm_up()
    began = torch_memory.status_bytes("VmRSS")
    series = np.fromfile(f"{given.dir}/series.f32", np.float32).reshape(-1, FEATURES)
    target = np.fromfile(f"{given.dir}/target.f32", np.float32).reshape(-1, 1)
    order = np.fromfile(f"{given.dir}/order.i64", np.int64).reshape(-1, given.samples)
    start = time.perf_counter()
    data = TensorDataset(windows_of(series), torch.from_numpy(target))
    prepared = time.perf_counter() - start
    net = Net(given.hidden)
    take_weights(net, f"{given.dir}/weights.safetensors")
    adam = torch.optim.Adam([w for w in net.parameters() if w.requires_grad])
    seconds, losses = [], []
    for samples in order:
        loader = DataLoader(data, batch_size=BATCH, sampler=samples.tolist())
        start = time.perf_counter()
        losses.append(epoch(net, adam, loader))
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"name": torch_timing.NAME, "seconds": seconds, "loss": losses,
                      "prepared": prepared,
                      "grown": torch_memory.status_bytes("VmHWM") - began}))


if __name__ == "__main__":
    main()
