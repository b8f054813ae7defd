"""What the probes say of the planted truth: every planted share beside the one they recover."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from fairviz.metrics.traces import BOTH
from fairviz.probes import counterfactual, many_samples, minimal_pairs
from fairviz.prompts.planted import FEMININE, PRONOUNS, TRAITS, VALLEYS, Language, cells

if TYPE_CHECKING:
    from collections.abc import Callable

    from fairviz.models.pair import Pair
    from fairviz.probes.record import Items, Step

SAMPLES = 64
# The pronoun is the next word; some tokens more let a form that errs still write one.
NEW_TOKENS = 8
_PLANTED = ("trade", "valley")


class Recovered(NamedTuple):
    """One planted share under both models.

    Attributes:
        word: Whose share it is; a pronoun's is always the feminine one's.
        among: How many words share 1: two, or a valley's four traits.
        baseline: The share that the probe finds for the baseline.
        baseline_low, baseline_high, compressed_low, compressed_high: 95 % intervals where
            the probe samples; NaN where it reads the probability itself.
    """

    probe: str
    language: Language
    kind: str
    group: str
    prompt: str
    word: str
    among: int
    planted: float
    baseline: float
    compressed: float
    baseline_low: float = math.nan
    baseline_high: float = math.nan
    compressed_low: float = math.nan
    compressed_high: float = math.nan


def recovered(
    pair: Pair, told: Callable[[Step], None], *, samples: int = SAMPLES, seed: int = 0
) -> list[Recovered]:
    """Every planted share that minimal pairs, counterfactuals and samples can see."""
    return [
        *_from_pairs(pair, told),
        *_from_swaps(pair, told),
        *_from_samples(pair, told, samples, seed),
    ]


def _from_pairs(pair: Pair, told: Callable[[Step], None]) -> list[Recovered]:
    outcome = minimal_pairs.run(pair, _only_planted(minimal_pairs.bundled()), told)
    known = {cell.prompt + cell.word: cell for cell in cells()}
    found = []
    for row in outcome.items.to_dict("records"):
        more, less = known[row["more"]], known[row["less"]]
        # One of the two words is said: the others' probability is left out on both sides.
        shares = [row[f"{side}_probability"] for side in BOTH]
        if more.kind == "pronoun" and more.word != PRONOUNS[more.language][0]:
            more, less, shares = less, more, [1 - share for share in shares]
        planted = more.probability / (more.probability + less.probability)
        word = more.word if more.kind == "pronoun" else f"{more.word}, not{less.word}"
        about = more.language, more.kind, more.group, more.prompt
        found.append(Recovered("minimal_pairs", *about, word.strip(), 2, planted, *shares))
    return found


def _from_swaps(pair: Pair, told: Callable[[Step], None]) -> list[Recovered]:
    items = _only_planted(counterfactual.bundled())
    swaps = counterfactual.run(pair, items, told).details["swaps"]
    templates = items.rows.set_index("id")
    found = []
    for row in swaps.to_dict("records"):
        template = templates.loc[row["id"]]
        language, pronoun = template["language"], template["group"] == "trade"
        word = template["more"][0].strip()
        for side in ("first", "second"):
            group = row[side]
            if pronoun:
                kind, among, planted = "pronoun", 2, FEMININE[language][group]
            else:
                traits = TRAITS[language]
                kind, among, planted = "trait", len(traits), VALLEYS[group][traits.index(word)]
            about = "counterfactual", language, kind, group, row[f"prompt_{side}"], word, among
            shares = row[f"baseline_{side}"], row[f"compressed_{side}"]
            found.append(Recovered(*about, planted, *shares))
    return found


def _from_samples(
    pair: Pair, told: Callable[[Step], None], samples: int, seed: int
) -> list[Recovered]:
    outcome = many_samples.run(
        pair,
        many_samples.bundled(preset="trades"),
        told,
        samples=samples,
        max_new_tokens=NEW_TOKENS,
        seed=seed,
    )
    rates = {row["group"]: row for row in outcome.groups.to_dict("records")}
    ends = [f"{side}_{end}" for side in BOTH for end in ("low", "high")]
    found = []
    for cell in cells():
        if cell.kind == "pronoun" and cell.word == PRONOUNS[cell.language][0]:
            about = "samples", cell.language, cell.kind, cell.group, cell.prompt
            shares = [float(rates[cell.group][column]) for column in (*BOTH, *ends)]
            found.append(Recovered(*about, cell.word.strip(), 2, cell.probability, *shares))
    return found


def _only_planted(items: Items) -> Items:
    rows = items.rows[items.rows["group"].isin(_PLANTED)]
    return replace(items, rows=rows.reset_index(drop=True))
