"""One model's readings of the same texts, alone and in a batch."""

import numpy as np
import torch

from fairviz.inference.multiple_choice import Choice, choices
from fairviz.inference.scoring import following, score

WIDTH = 300


def texts(count=8):
    """As many texts of 3 to 30 tokens."""
    random = np.random.default_rng(0)
    return [random.integers(0, WIDTH, size).tolist() for size in random.integers(3, 30, count)]


def numbers(reader, ids, together):
    """Every log-probability and entropy of what a model says of texts, each text a row."""
    groups = [ids] if together else [[one] for one in ids]
    found = []
    for group in groups:
        read = dict(score(reader, reader, group, width=WIDTH))
        next_ones = dict(following(reader, reader, group, width=WIDTH))
        items = [Choice(one[:2], [one[2:], one[:3], one[1:2], one[2:3]]) for one in group]
        likely = dict(choices(reader, items, width=WIDTH))
        found += [
            np.concatenate([
                read[one].baseline.log_prob,
                read[one].baseline.entropy,
                next_ones[one].baseline.top_log_probs[0],
                likely[one].log_prob,
            ])
            for one in range(len(group))
        ]  # fmt: skip
    return found


def apart(reader, ids=None):
    """The largest change, in nats, of any text's numbers by reading it in a batch of them all."""
    ids = texts() if ids is None else ids
    with torch.inference_mode():
        alone, together = (numbers(reader, ids, one) for one in (False, True))
    return max(float(np.abs(a - b).max()) for a, b in zip(alone, together, strict=True))
