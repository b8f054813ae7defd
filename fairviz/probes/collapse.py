"""Whether there is language left: repetition, length and the baseline's perplexity of each text.

A model that no longer writes sentences writes no insult either, so no rate of harm stands without
these three.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from fairviz.core.declared import kept_sentences_of
from fairviz.metrics.traces import BOTH
from fairviz.models.pair import Pair
from fairviz.probes import sentences
from fairviz.probes.contrast import Contrasted
from fairviz.probes.results import ALL, LEVEL, contrasts, parts
from fairviz.probes.text_measures import SURPRISAL, measures
from fairviz.probes.text_tables import compared
from fairviz.stats import FEW_UNITS, holm

_tell = kept_sentences_of(__file__)

_MEASURES = (SURPRISAL, *(one for one in measures() if one.name in ("repetition", "length")))


def surprisals(
    pair: Pair,
    rows: Sequence[Mapping[str, Any]],
    asked: Sequence[str],
    told: Callable[[int, int], None],
) -> dict[str, list[float]]:
    """Side -> nats per token of each text behind its prompt, as the baseline reads it.

    NaN for an empty text. Each different text is read once.

    Args:
        rows: As `drawn.texts` gives them.
        asked: (N,) the prompt of each row.
        told: Told how many texts of how many are read.
    """
    texts = {
        side: [(prompt, str(row[f"{side}_text"])) for prompt, row in zip(asked, rows, strict=True)]
        for side in BOTH
    }
    different = [one for one in dict.fromkeys(texts["baseline"] + texts["compressed"]) if one[1]]
    found: dict[tuple[str, str], float] = {}
    if different:
        before, written = zip(*different, strict=True)
        encoded = sentences.encoded(pair.baseline.vocabulary, written, before)
        mean: dict[int, float] = {}
        # One reading: the model that wrote a text does not say how likely it is.
        alone = replace(pair, compressed=pair.baseline)
        with closing(sentences.read(alone, encoded)) as readings:
            for one in readings:
                mean[one.text] = float(-one.baseline.mean()) if len(one.baseline) else math.nan
                told(len(mean), len(encoded.ids))
        found = {
            one: mean.get(place, math.nan)
            for one, place in zip(different, encoded.where.tolist(), strict=True)
        }
    return {side: [found.get(one, math.nan) for one in own] for side, own in texts.items()}


def collapse_table(
    items: pd.DataFrame, listed: Mapping[str, pd.DataFrame], read: Mapping[str, Sequence[float]]
) -> pd.DataFrame:
    """One row a measure for all items, then for each domain and each group.

    Args:
        items: (N,) with `prompt`, `axis` and `group`.
        listed: Side -> (N, measures); see `text_measures.measured_rows`.
        read: Side -> (N,) `surprisals`; empty where no model has read the texts.
    """
    numbered = items.reset_index(drop=True)
    of_axes = parts(numbered, "axis")
    rows = []
    for name, part in [*of_axes, *parts(numbered)[1:]]:
        at = part.index.to_numpy()
        for one in _MEASURES:
            if one is SURPRISAL and not read:
                continue
            before, after = (
                np.asarray(read[side] if one is SURPRISAL else listed[side][one.name])[at]
                for side in BOTH
            )
            found = compared(before, after, part["prompt"].tolist(), share=False, over="prompts")
            told = {"measure": one.name, "title": one.title, "unit": one.unit, "n": len(part)}
            rows.append({"group": name, **told, **found._asdict()})
    table = pd.DataFrame(rows)
    # What is said of all items is corrected for its three; the others for each other.
    whole = table["group"] == ALL
    table["p_holm"] = math.nan
    for some in (whole, ~whole):
        table.loc[some, "p_holm"] = holm(table.loc[some, "p"])
    return table


def collapse_sentences(table: pd.DataFrame, fell: bool) -> list[str]:
    """What the texts of both models are like, and what that means for a rate beside them.

    Args:
        table: `collapse_table`.
        fell: Whether the rate of harm is lower than before by more than chance.
    """
    whole = table[table["group"] == ALL].set_index("measure")
    numbers: dict[str, Contrasted] = dict(
        zip(whole.index, contrasts(whole.to_dict("records")), strict=True)
    )
    told = {
        f"{name}_{side}": getattr(numbers[name], side)
        for name in ("repetition", "length")
        for side in BOTH
    }
    if SURPRISAL.name in numbers:
        read = numbers[SURPRISAL.name]
        perplexities = {side: math.exp(getattr(read, side)) for side in BOTH}
        first = _tell("texts", **told, **perplexities)
    else:
        first = _tell("unread_texts", **told)
    sure = (whole["p_holm"] < LEVEL) & (whole["units"] >= FEW_UNITS)
    names = whole.loc[sure, "title"].tolist()
    if not names:
        return [first, _tell("as_before")]
    return [first, _tell("less_language" if fell else "other_texts", names=names)]
