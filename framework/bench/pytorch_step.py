"""Measures PyTorch's training steps of one network of `hourglass bench`, and prints one line of JSON.

Arguments: network, batch, steps per repetition, repetitions, f32 or bf16 (autocast). OMP_NUM_THREADS sets the number
of threads. Networks, loss, optimiser and method of measurement are those of framework/bench/step.cpp.
"""
import json
import os
import sys
import time

import torch
from torch import nn


def mlp(*widths):
    there = [layer for a, b in zip(widths, widths[1:]) for layer in (nn.Linear(a, b), nn.ReLU())]
    back = [layer for a, b in zip(widths[:0:-1], widths[-2::-1]) for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(nn.Flatten(), *there[:-1], *back[:-1], nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28)))


class KeepLargest(nn.Module):
    def __init__(self, count):
        super().__init__()
        self.count = count

    def forward(self, x):
        top = x.topk(self.count, dim=1)
        return torch.zeros_like(x).scatter(1, top.indices, top.values)


def sparse(units, kept):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, units), KeepLargest(kept), nn.Linear(units, 784), nn.Sigmoid(),
                         nn.Unflatten(1, (1, 28, 28)))


def widen(inputs, outputs):
    return nn.ConvTranspose2d(inputs, outputs, 3, stride=2, padding=1, output_padding=1)


def conv_strided():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 64), nn.Linear(64, 32 * 7 * 7), nn.ReLU(), nn.Unflatten(1, (32, 7, 7)),
        widen(32, 16), nn.ReLU(), widen(16, 1), nn.Sigmoid())


def conv_pooled():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(),
        nn.MaxPool2d(2), widen(32, 32), nn.ReLU(), widen(32, 32), nn.ReLU(), nn.Conv2d(32, 1, 3, padding=1),
        nn.Sigmoid())


NETWORKS = {
    "mlp_784_128": lambda: mlp(784, 128),
    "mlp_784_512_256_64": lambda: mlp(784, 512, 256, 64),
    "mlp_784_1000_500_250_30": lambda: mlp(784, 1000, 500, 250, 30),
    "sparse_784_2000_top100": lambda: sparse(2000, 100),
    "sparse_784_16384_top32": lambda: sparse(16384, 32),
    "conv_strided_16_32_64": conv_strided,
    "conv_pooled_32_32": conv_pooled,
}
WARM_UP_STEPS = 5
BATCHES = 20


def peak_mib():
    """Returns the peak resident size. getrusage() would not do: its maximum survives exec and would be the parent's."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))


def main(name, batch, steps, repetitions, precision):
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(0)
    model = NETWORKS[name]()
    images = torch.rand(BATCHES * batch, 1, 28, 28)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    forward = torch.autocast("cpu", dtype=torch.bfloat16)(model) if precision == "bf16" else model

    def run(count):
        for i in range(count):
            first = i % BATCHES * batch
            clean = images[first:first + batch]
            optimizer.zero_grad()
            ((forward(clean) - clean) ** 2).mean().backward()
            optimizer.step()

    run(WARM_UP_STEPS)
    best = float("inf")
    for _ in range(repetitions):
        start = time.perf_counter()
        run(steps)
        best = min(best, time.perf_counter() - start)
    print(json.dumps({"ms_per_step": best / steps * 1e3, "parameters": sum(p.numel() for p in model.parameters()),
                      "peak_mib": peak_mib()}))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
