"""Pairs of texts for a review, out of what is stored; those that cannot be judged are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import NamedTuple

from fairviz.analyses.comparison.request import Comparison
from fairviz.analyses.probe import present
from fairviz.analyses.probe.request import ProbeResult
from fairviz.analyses.review.request import Item
from fairviz.analyses.store import Store
from fairviz.probes.registry import PROBES


class Gathered(NamedTuple):
    """What a review can be made of."""

    items: tuple[Item, ...]  # the pairs
    # `equal`: both texts are the same; `again`: the same prompt and texts are in it already;
    # `missing`: no run has this key, or its run holds no texts.
    left_out: dict[str, int]


def gather(
    keys: Sequence[str],
    *,
    store: Store,
    most: int = 0,
    sensitive: bool = False,
    seed: int = 0,
) -> Gathered:
    """The pairs of stored runs.

    Args:
        keys: Of comparisons, or of outcomes of probes that keep both models' texts.
        most: The most pairs; more are drawn from, 0 takes all.
        sensitive: Whether all texts are blurred until asked for. Those of probes whose items
            hold stereotypes are in any case.
    """
    counts: Counter[str] = Counter()
    found: dict[tuple[str, ...], Item] = {}
    for key in dict.fromkeys(keys):
        pairs = list(_of(key, store))
        counts["missing"] += not pairs
        for item in pairs:
            what = (item.baseline, item.compressed, item.prompt, *item.texts)
            if item.texts[0].strip() == item.texts[1].strip():
                counts["equal"] += 1
            elif what in found:
                counts["again"] += 1
            else:
                found[what] = replace(item, sensitive=item.sensitive or sensitive)
    items = list(found.values())
    if 0 < most < len(items):
        draws = Random(seed)
        places = sorted(range(len(items)), key=lambda place: draws.random())[:most]
        items = [items[place] for place in sorted(places)]
    numbered = (replace(item, id=str(place)) for place, item in enumerate(items, start=1))
    return Gathered(tuple(numbered), {reason: n for reason, n in counts.items() if n})


def _of(key: str, store: Store) -> Iterator[Item]:
    comparison: Comparison | None = store.load("comparison", key)
    if comparison is not None:
        asked = comparison.request
        yield Item(
            id="",
            baseline=str(asked.baseline),
            compressed=str(asked.compressed),
            prompt=asked.prompt,
            texts=(comparison.on_baseline.text, comparison.on_compressed.text),
            source={"kind": "comparison", "key": key, "question": asked.document()},
            provenance=dict(comparison.provenance),
        )
    elif (run := store.load("probe", key)) is not None:
        yield from _probed(key, run)


def _probed(key: str, run: ProbeResult) -> Iterator[Item]:
    table, asked = run.outcome.items, run.request
    names = present.text_columns(table)
    if names is None:
        return
    question = {"probe": asked.probe, "source": asked.source, "settings": dict(asked.settings)}
    for row in table.to_dict("records"):
        yield Item(
            id="",
            baseline=str(asked.baseline),
            compressed=str(asked.compressed),
            prompt=str(row["prompt"]),
            texts=(str(row[names[0]]), str(row[names[1]])),
            source={"kind": "probe", "key": key, "item": str(row["id"]), "question": question},
            provenance=dict(run.provenance),
            sensitive=PROBES[asked.probe].sensitive,
        )
