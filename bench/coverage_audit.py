"""How often an audit says something when nothing is there, and how often its interval is right.

`python -m bench.coverage` runs it with the others. Sets are drawn in which no sentence of
`fairviz.analyses.audit.sentences` is true: the shift of a prompt has nothing to do with the
baseline's uncertainty, flips go either way alike, or all there is is rounding. What is counted are
the sentences that a reader would see, by their words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from fairviz.analyses.audit.shown import Floor
from fairviz.analyses.audit.summary import of_answers, of_items, of_prompts
from fairviz.i18n import speaking
from fairviz.inference.outcomes import outcomes
from fairviz.stats import calibration_error

DRAWS = 300
# The words with which each claim begins or ends; what is open or not said has others.
CLAIMS = (
    "More moved where the baseline was unsure, which",
    "More moved where the baseline was sure: ",
    "wrong outnumber the others",
    "right outnumber the others",
)
FALSE, COVERED = 0.05, 0.94


class Row(NamedTuple):
    """One simulated figure.

    Attributes:
        what: The sentence or the interval, and of what set.
        n: Rows of each set.
        draws: How many sets.
        rate: Share of them with the sentence, or whose interval holds the true value.
        limit: The most for a sentence, the least for an interval.
        right: Whether the rate keeps the limit, up to two standard errors of the draws.
    """

    what: str
    n: int
    draws: int
    rate: float
    limit: float
    right: bool


def run(draws: int) -> list[Row]:
    """Every claim of an audit under nothing there, and the coverage of calibration errors."""
    return list(figures(draws))


def figures(draws: int) -> Iterator[Row]:
    """The rows of `run`, each as soon as it is known."""
    for what, n, make in _nothing_there():
        rng = np.random.default_rng(0)
        with speaking("en"):
            said = [" ".join(make(rng)) for _ in range(draws)]
        rate = float(np.mean([any(claim in one for claim in CLAIMS) for one in said]))
        yield _row(f"any claim: {what}", n, draws, rate, FALSE, most=True)
    for what, n, held in _calibration(draws):
        yield _row(f"interval: {what}", n, draws, held, COVERED, most=False)


def _row(what: str, n: int, draws: int, rate: float, limit: float, *, most: bool) -> Row:
    slack = 2 * np.sqrt(limit * (1 - limit) / draws)
    right = rate <= limit + slack if most else rate >= limit - slack
    return Row(what, n, draws, rate, limit, bool(right))


def _nothing_there() -> Iterator[tuple[str, int, Callable[[np.random.Generator], tuple[str, ...]]]]:
    """Name, size, and the sentences of one drawn set in which nothing is there."""
    for n in (4, 10, 30, 100):
        yield "prompts", n, lambda rng, n=n: of_prompts(prompts(rng, n)).sentences
    for n in (5, 15):
        yield (
            "the same prompts 20 times",
            20 * n,
            lambda rng, n=n: (
                of_prompts(pd.concat([prompts(rng, n)] * 20, ignore_index=True)).sentences
            ),
        )
    yield "prompts of templates", 60, lambda rng: of_prompts(templates(rng, 15, 4)).sentences
    yield "rounding alone", 60, lambda rng: of_prompts(*rounding(rng, 60)).sentences
    for n in (10, 30, 100):
        yield "items", n, lambda rng, n=n: of_items(unrelated(rng, items(rng, n))).sentences
    yield (
        "the same items 5 times",
        100,
        lambda rng: (
            of_items(pd.concat([unrelated(rng, items(rng, 20))] * 5, ignore_index=True)).sentences
        ),
    )
    yield "answers in own words", 60, lambda rng: of_answers(answers(rng, 60)).sentences


def prompts(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Prompts whose KL has nothing to do with their entropy."""
    entropy, kl = rng.gamma(2.0, 1.0, n), np.exp(rng.normal(-5, 1.5, n))
    margin = rng.uniform(0.01, 1, n)
    return pd.DataFrame(
        {
            "id": [str(number) for number in range(n)],
            "text": [f"text {number}" for number in range(n)],
            "baseline_entropy": entropy,
            "compressed_entropy": entropy + rng.normal(0, 0.1, n),
            "baseline_margin": margin,
            "compressed_margin": np.clip(margin + rng.normal(0, 0.05, n), 0.001, 1),
            "kl": kl,
            "top_changed": rng.random(n) < 0.1,
        }
    )


def templates(rng: np.random.Generator, many: int, each: int) -> pd.DataFrame:
    """Prompts of few templates: most of their entropy and their KL is the template's."""
    table = prompts(rng, many * each)
    which = np.repeat(np.arange(many), each)
    entropy, kl = rng.gamma(2.0, 1.0, many)[which], rng.normal(-5, 1.5, many)[which]
    return table.assign(
        template=[f"t{one}" for one in which],
        baseline_entropy=entropy + rng.normal(0, 0.2, len(which)),
        kl=np.exp(kl + rng.normal(0, 0.2, len(which))),
    )


def rounding(rng: np.random.Generator, n: int) -> tuple[pd.DataFrame, Floor]:
    """Prompts that moved by rounding, which is larger where the baseline is unsure."""

    def moved(table: pd.DataFrame) -> pd.DataFrame:
        size = rng.exponential(1e-5, len(table))
        return table.assign(kl=table["baseline_entropy"] * size)

    floor = moved(prompts(rng, 128))
    rho = float(floor["baseline_entropy"].rank().corr(floor["kl"].rank()))
    return moved(prompts(rng, n)), Floor(float(floor["kl"].quantile(0.95)), rho)


def items(rng: np.random.Generator, n: int, flips: float = 0.15) -> pd.DataFrame:
    """Items of four options with flips to any other answer, right or wrong alike."""
    scores = rng.normal(0, 1.5, (n, 4))
    turned = scores.copy()
    for row in np.flatnonzero(rng.random(n) < flips):
        # Two options change places: which of them is right has no say in it.
        first, second = np.argsort(-scores[row])[:2]
        turned[row, [first, second]] = turned[row, [second, first]]
    # The two likeliest are right as often as each other, so that neither way is favoured.
    best = np.argsort(-scores, axis=1)[:, :2]
    right = best[np.arange(n), rng.integers(0, 2, n)]
    return pd.DataFrame(
        {
            "id": [str(number) for number in range(n)],
            "context": [f"question {number}" for number in range(n)],
            "options": [[" a", " b", " c", " d"]] * n,
            "right": [[int(one)] for one in right],
            "baseline_log_prob": scores.tolist(),
            "compressed_log_prob": (turned * rng.uniform(0.9, 1.1, (n, 1))).tolist(),
        }
    )


def unrelated(rng: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    """Outcomes of items with the divergences shuffled among them: of no relation to entropy."""
    found = outcomes(table)
    return found.assign(js=rng.permutation(found["js"]))


def answers(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Answers in own words, as often nearer to what is true under both models."""
    bleu = rng.normal(0, 10, n)
    turned = np.where(rng.random(n) < 0.2, -bleu, bleu)
    return pd.DataFrame(
        {
            "context": [f"question {number}" for number in range(n)],
            "baseline_entropy": rng.gamma(2.0, 1.0, n),
            "kl": np.exp(rng.normal(-5, 1.5, n)),
            "differ": turned != bleu,
            "baseline_bleu_difference": bleu,
            "compressed_bleu_difference": turned,
            "baseline_correct": (bleu > 0).astype(float),
            "compressed_correct": (turned > 0).astype(float),
        }
    )


def _calibration(draws: int) -> Iterator[tuple[str, int, float]]:
    """Name, size, and how often the interval of the ECE holds the model's own."""
    for name, slope, shift in (
        ("ECE of a calibrated model", 1.0, 0.0),
        ("ECE, a little too sure", 1.0, -0.2),
        ("ECE, far too sure", 0.6, -1.2),
        ("ECE, not sure enough", 2.0, 0.0),
    ):
        rng = np.random.default_rng(0)
        said, _, chance = _drawn(rng, 1_000_000, slope, shift)
        which = np.minimum((said * 10).astype(int), 9)
        true = np.abs(np.bincount(which, chance - said)).sum() / len(said)
        for n in (50, 150, 500):
            held = 0
            for seed in range(draws):
                said, right, _ = _drawn(rng, n, slope, shift)
                found = calibration_error(said, right, seed=seed)
                held += found.low <= true <= found.high
            yield name, n, held / draws


def _drawn(
    rng: np.random.Generator, n: int, slope: float, shift: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Confidences, whether the answers are right, and the chance that they are."""
    logit = rng.normal(0.6, 1, n)
    chance = 1 / (1 + np.exp(-(slope * logit + shift)))
    return 1 / (1 + np.exp(-logit)), rng.random(n) < chance, chance
