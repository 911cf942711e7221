"""How much faster the closed form in the span of the samples trains than a plain PyTorch loop.

    python tests/benchmarks/training_steps.py [float64|float32]

Both train the default experiment (CIFAR-10, 300 neurons, 200 images of 3,072 inputs), ours with its
recording and its preparation included. They take turns, so that a busy machine slows both.
"""

import statistics
import sys
import time

import torch
from rich.progress import track

from racing_core import record, tasks
from racing_core.config import Config

ROUNDS = 3
PLAIN_STEPS = 60
OUR_STEPS = 10_000


class Network(torch.nn.Module):
    def __init__(self, inputs, width, dtype):
        super().__init__()
        self.first = torch.nn.Linear(inputs, width, dtype=dtype)
        self.second = torch.nn.Linear(width, 2, bias=False, dtype=dtype)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))


def plain_steps_per_second(task, config):
    dtype = getattr(torch, config.dtype)
    x, y = torch.tensor(task.x, dtype=dtype), torch.tensor(task.y)
    network = Network(x.shape[1], config.width, dtype)
    optimizer = torch.optim.SGD(network.parameters(), lr=config.lr)
    began = time.perf_counter()
    for _ in range(PLAIN_STEPS):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(x), y).backward()
        optimizer.step()
    return PLAIN_STEPS / (time.perf_counter() - began)


def our_steps_per_second(config):
    began = time.perf_counter()
    record.run(config)
    return config.steps / (time.perf_counter() - began)


def main():
    config = Config(steps=OUR_STEPS, dtype=sys.argv[1] if len(sys.argv) > 1 else "float64")
    task = tasks.load(config.task)
    plain, ours = [], []
    for _ in track(range(ROUNDS), "Taking turns"):
        plain.append(plain_steps_per_second(task, config))
        ours.append(our_steps_per_second(config))
    ratios = [fast / slow for fast, slow in zip(ours, plain, strict=True)]
    print(f"{config.dtype}, {torch.get_num_threads()} threads")
    print(f"plain loop: {statistics.median(plain):8.1f} steps/s (median of {ROUNDS})")
    print(f"ours:       {statistics.median(ours):8.1f} steps/s, recording included")
    low, high = min(ratios), max(ratios)
    print(f"ratio:      {statistics.median(ratios):8.1f} (from {low:.1f} to {high:.1f})")


if __name__ == "__main__":
    main()
