"""Every measure of a token by plain float64 expressions, and how far others are from them.

Nothing of fairviz is used here, so that what is wrong there cannot be wrong here too.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Plain(NamedTuple):
    """Measures of R tokens by name, each (R,), and both models' logits, (R, V)."""

    values: dict[str, Tensor]
    logits: tuple[Tensor, Tensor]
    targets: Tensor


def of_logits(p: Tensor, q: Tensor, targets: Tensor) -> Plain:
    """All measures of `targets` (R,), whose distributions these (R, V) logits are."""
    logits = p.cpu().double(), q.cpu().double()
    targets = targets.cpu()
    log_p, log_q = (one.log_softmax(-1) for one in logits)
    log_m = torch.logaddexp(log_p, log_q) - math.log(2)
    kl = (log_p.exp() * (log_p - log_q)).sum(-1)
    values = {
        "kl": kl,
        "kl_reverse": (log_q.exp() * (log_q - log_p)).sum(-1),
        "js": (log_p.exp() * (log_p - log_m) + log_q.exp() * (log_q - log_m)).sum(-1) / 2,
        "collision": (2 * log_p).exp().sum(-1),
        "variance": (log_p.exp() * (log_q - log_p + kl[:, None]).square()).sum(-1),
    }
    for side, log in (("baseline", log_p), ("compressed", log_q)):
        two = log.topk(2, dim=-1).values.exp()
        values[f"{side} log_prob"] = log.gather(1, targets[:, None])[:, 0]
        values[f"{side} entropy"] = -(log.exp() * log).sum(-1)
        values[f"{side} margin"] = two[:, 0] - two[:, 1]
    return Plain(values, logits, targets)


def of_text(pair: tuple[Any, Any], ids: list[int]) -> Plain:
    """All measures of every token of a text but the first."""
    with torch.inference_mode():
        p, q = (model(torch.tensor([ids])[:, :-1]).logits[0] for model in pair)
    return of_logits(p, q, torch.tensor(ids[1:]))


# What only a text that is read has, for null models; decoding does without.
OF_TEXTS = ("collision", "variance")


def farthest(found: Any, expected: Plain, floor: float) -> dict[str, tuple[float, str]]:
    """The largest differences: of both models' own measures, and of the distances between them.

    Args:
        found: A `Reduced` or a `Scored`: sides with `log_prob`, `entropy`, `margin`, distances.
        expected: The same tokens'.
        floor: Nats that are added to a distance before its difference is divided by it.

    Returns:
        `own` and `distances`, each the difference (in nats, as a share) and the measure's name.
    """
    worst = {"own": (0.0, ""), "distances": (0.0, "")}
    for name, values in expected.values.items():
        holder, _, last = name.rpartition(" ")
        measured = torch.as_tensor(getattr(getattr(found, holder) if holder else found, last))
        apart = (measured.cpu().double() - values).abs()
        most = float((apart if holder else apart / (values + floor)).nan_to_num(nan=1e9).max())
        kind = "own" if holder else "distances"
        worst[kind] = max(worst[kind], (most, name))
    return worst


def misranked(found: Any, expected: Plain, near: float) -> int:
    """Tokens whose rank is none that logits within `near` of the expected ones allow."""
    wrong = 0
    for side, logits in zip(("baseline", "compressed"), expected.logits, strict=True):
        own = logits.gather(1, expected.targets[:, None])
        least = 1 + (logits > own + near).sum(-1)
        most = (logits > own - near).sum(-1).clamp(min=1)
        rank = torch.as_tensor(getattr(found, side).rank).cpu()
        wrong += int(((rank < least) | (rank > most)).sum())
    return wrong
