"""Train a one-hidden-layer ReLU network, follow every neuron, and test the theory of the race.

Rooms, in the one direction in which they may import (checked by `make lint`):
config -> tasks -> network -> descent -> (neurons, capacity) -> record -> summary -> show, and
theory -> study.
"""
