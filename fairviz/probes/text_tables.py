"""Continuations before and after compression: every measure with intervals and a paired test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fairviz.lexicons import Lexicon, bundled, found, language_of
from fairviz.metrics.traces import BOTH
from fairviz.probes.contrast import Contrasted, contrast, mean, summed
from fairviz.probes.results import Row
from fairviz.probes.text_measures import Measure
from fairviz.stats import holm, paired_change, wilson
from fairviz.stats.clusters import places

_RESAMPLES = 4999
Floats = npt.NDArray[np.float64]


def compared(
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    prompts: Sequence[object],
    *,
    share: bool,
    over: str,
) -> Contrasted:
    """Mean of a measure over samples under both models, its difference and the paired test.

    The two models share their noise, so that the same sample of both is a pair; the test
    exchanges the models pair by pair. A share of independent samples has Wilson's interval,
    its change that of `stats.paired_change`; everything else is as in `contrast`.

    Args:
        before: (N,) values of the baseline; NaN is not defined and not counted.
        prompts: (N,) prompt of each sample, or its place.
        share: Whether the values are 0 or 1.
        over: `samples`: they are exchanged and drawn anew within each prompt, so that the
            intervals are of these very prompts. `prompts`: a prompt's samples stand or fall
            together, and the intervals are of prompts such as these.
    """
    sides = [np.asarray(one, dtype=np.float64) for one in (before, after)]
    known = [np.isfinite(one) for one in sides]
    sums = [
        np.stack([np.where(here, one, 0.0), here.astype(np.float64)], axis=1)
        for one, here in zip(sides, known, strict=True)
    ]
    place = places(prompts, len(prompts))
    units = int(place.max()) + 1
    if over == "prompts":
        gathered = [summed(one, prompts) for one in sums]
        result = contrast(mean, gathered[0], gathered[1], resamples=_RESAMPLES)
    else:
        strata = None if units == 1 else place.tolist()
        result = contrast(mean, sums[0], sums[1], strata, resamples=_RESAMPLES)
    if share and (over == "samples" or units == len(place)):
        ends = [wilson(one[:, 0].sum(), one[:, 1].sum()) for one in sums]
        result = result._replace(
            **{
                f"{side}_{end}": float(getattr(one, end))
                for side, one in zip(BOTH, ends, strict=True)
                for end in ("low", "high")
            }
        )
    if share and all(here.all() for here in known):
        moved = paired_change(sides[0], sides[1], place if over == "prompts" else None)
        result = result._replace(low=moved.low, high=moved.high, p=moved.p_value)
    return result


def measure_table(
    values: Mapping[str, pd.DataFrame],
    measures: Sequence[Measure],
    prompts: Sequence[object],
    over: str,
) -> pd.DataFrame:
    """One row a measure that is defined for both models, with Holm's p-values over all rows.

    A list's group that stands in no text of either model is left out, so that the correction
    is not paid for words that nobody wrote.
    """
    rows: list[Row] = []
    for one in measures:
        before, after = (values[side][one.name].to_numpy(dtype=np.float64) for side in BOTH)
        if not (np.isfinite(before).any() and np.isfinite(after).any()):
            continue
        if one.axis == "groups" and not np.nansum(before) + np.nansum(after):
            continue
        result = compared(before, after, prompts, share=one.share, over=over)
        rows.append(
            {
                "measure": one.name,
                "title": one.title,
                "unit": one.unit,
                "meaning": one.meaning,
                "n_baseline": int(np.isfinite(before).sum()),
                "n_compressed": int(np.isfinite(after).sum()),
                **result._asdict(),
            }
        )
    table = pd.DataFrame(rows)
    table["p_holm"] = holm(table["p"])
    return table


def of_items(items: pd.DataFrame, *, share: bool, over: str) -> Contrasted:
    """`compared` of items with `prompt` and both values."""
    before, after = (items[side] for side in BOTH)
    return compared(before, after, items["prompt"].tolist(), share=share, over=over)


def item_table(
    rows: Sequence[Mapping[str, Any]],
    values: Mapping[str, Sequence[float]],
    prompts: pd.DataFrame,
    *,
    share: bool,
) -> pd.DataFrame:
    """One row a sample: its prompt, both texts and both values of the measure.

    Args:
        rows: As `drawn.texts` gives them.
        values: Side -> value of each row.
        prompts: `id`, `group`, `prompt` and `language` of each place.
        share: Whether a change of the value is a flip.
    """
    items = pd.DataFrame(list(rows))
    own = prompts.iloc[items["place"]].reset_index(drop=True)
    samples = items.groupby("place")["sample"].transform("size")
    items["id"] = [
        name if many == 1 else f"{name} #{sample + 1}"
        for name, sample, many in zip(own["id"], items["sample"], samples, strict=True)
    ]
    items["group"], items["prompt"] = own["group"], own["prompt"]
    items["language"] = own.get("language", "")
    items["text"] = [
        f"{prompt}{text}"
        for prompt, text in zip(items["prompt"], items["baseline_text"], strict=True)
    ]
    for side in BOTH:
        items[side] = np.asarray(values[side], dtype=np.float64)
    return moved(items, share)


def moved(items: pd.DataFrame, share: bool) -> pd.DataFrame:
    """The samples with what tells of both their values and texts; see `item_table`."""
    items["shift"] = items["compressed"] - items["baseline"]
    known = items["shift"].notna()
    items["flip"] = known & (items["shift"] != 0) if share else False
    items["same"] = items["baseline_text"] == items["compressed_text"]
    return items


def rows_of(items: pd.DataFrame) -> tuple[list[Row], pd.DataFrame]:
    """What `item_table` was made of: the texts, and the prompts that they go on from."""
    place, _names = pd.factorize(items["place"])
    own = items.assign(place=place)
    many = own.groupby("place")["sample"].transform("size").gt(1)
    prompts = own.assign(several=many).drop_duplicates("place").reset_index(drop=True)
    prompts["id"] = [
        str(name).removesuffix(f" #{sample + 1}") if many else str(name)
        for name, sample, many in zip(
            prompts["id"], prompts["sample"], prompts.pop("several"), strict=True
        )
    ]
    told = ["place", "sample", *(f"{side}_{what}" for side in BOTH for what in ("text", "ended"))]
    rows = [{str(name): one for name, one in row.items()} for row in own[told].to_dict("records")]
    return rows, prompts


def word_table(items: pd.DataFrame, own: Lexicon | None = None) -> pd.DataFrame:
    """Listed words by the number of samples that hold them, most changed first.

    Args:
        items: With `prompt`, both texts and `language`; an empty one is found by its small words.
        own: A further list.
    """
    lists = [bundled(name) for name in ("gender", "groups", "sentiment")]
    counts: dict[tuple[str, str, str, str], dict[str, int]] = {}
    for item in items.to_dict("records"):
        for side in BOTH:
            whole = item["prompt"] + item[f"{side}_text"]
            spoken = str(item["language"]) or language_of(whole)
            hits = {
                (lexicon.name, one.entry.category, one.entry.group, one.entry.word.casefold())
                for lexicon in (*lists, *([own] if own is not None else []))
                for one in found(whole, lexicon, spoken, len(item["prompt"]))
            }
            for hit in sorted(hits):
                counts.setdefault(hit, dict.fromkeys(BOTH, 0))[side] += 1
    names = ["list", "category", "group", "word", *BOTH]
    table = pd.DataFrame(
        [(*hit, *(many[side] for side in BOTH)) for hit, many in counts.items()], columns=names
    )
    table["shift"] = table["compressed"] - table["baseline"]
    order = table["shift"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)
