"""Perplexities of corpora, their ratio to the first one, and what compression does to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from fairviz.i18n import N_, said
from fairviz.metrics.traces import BOTH
from fairviz.probes.contrast import Contrasted, Floats, contrast, summed
from fairviz.probes.record import Outcome
from fairviz.probes.results import Metric, Results
from fairviz.probes.rows import ALL, contrasts, headlines, repeated

if TYPE_CHECKING:
    import pandas as pd

# Unit -> column that counts it.
UNITS = {"character": "characters", "word": "words", "token": "tokens"}
_MEASURES = {
    "character": N_("surprisal in nats per character"),
    "word": N_("surprisal in nats per word"),
    "token": N_("surprisal in nats per token"),
}
_RATIOS = {
    "character": N_("The perplexity per character of {corpus} over that of {reference}"),
    "word": N_("The perplexity per word of {corpus} over that of {reference}"),
    "token": N_("The perplexity per token of {corpus} over that of {reference}"),
}


def surprisal(sums: Floats) -> Floats:
    """Nats per unit, of the sums (nats, units)."""
    mean: Floats = sums[..., 0] / sums[..., 1]
    return mean


def perplexity(sums: Floats) -> Floats:
    """exp of that."""
    found: Floats = np.exp(surprisal(sums))
    return found


def ratio(sums: Floats) -> Floats:
    """The second corpus's perplexity over the first's, of the sums (nats, units) of each."""
    found: Floats = np.exp(surprisal(sums[..., 2:]) - surprisal(sums[..., :2]))
    return found


def difference(sums: Floats) -> Floats:
    """The second corpus's perplexity minus the first's."""
    found: Floats = perplexity(sums[..., 2:]) - perplexity(sums[..., :2])
    return found


def outcome(table: pd.DataFrame, unit: str) -> Outcome:
    """The outcome of scored documents.

    Args:
        table: (N,) documents: `id`, `group` (the corpus), `key` (shared by documents that say
            the same), `aligned`, the columns of `UNITS`, and for each side `_surprisal` (nats).
        unit: A key of `UNITS`.
    """
    import pandas as pd

    items = table.copy()
    for side in BOTH:
        items[side] = items[f"{side}_surprisal"] / items[UNITS[unit]]
    items["shift"] = items["compressed"] - items["baseline"]
    corpora = list(dict.fromkeys(items["group"]))
    items["flip"] = _flips(items, corpora[0])
    results, perplexities, gaps = Results(), [], []
    tell = partial(results.metric, axis="dialect", level="group")
    for corpus in (ALL, *corpora):
        part = items if corpus == ALL else items[items["group"] == corpus]
        found = _over(surprisal, part, unit)
        results.group(corpus, part, found)
        for one in () if corpus == ALL else UNITS:
            found = _over(perplexity, part, one)
            perplexities.append({"group": corpus, "unit": one, "n": len(part), **found._asdict()})
            name = "perplexity" if one == "token" else f"perplexity_{one}"
            tell(Metric(name, "", "higher"), found, len(part), group=corpus)
    for corpus in corpora[1:]:
        two = items[items["group"].isin([corpora[0], corpus])]
        for one in UNITS:
            for kind, of in (("ratio", ratio), ("difference", difference)):
                found = _gap(of, two, one, (corpora[0], corpus))
                told = {"group": corpus, "against": corpora[0], "unit": one, "measure": kind}
                gaps.append({**told, "n": len(two), **found._asdict()})
                metric = Metric(f"perplexity_{kind}_{one}", "", "higher")
                tell(metric, found, len(two), group=corpus)
    details = {"gaps": pd.DataFrame(gaps), "perplexities": pd.DataFrame(perplexities)}
    return results.outcome(
        items,
        measure=said.Said.of(_MEASURES[unit]),
        sentences=_sentences(details["gaps"], results, items, unit),
        details=details,
        order=["shift"],
    )


def _over(of: Callable[[Floats], Floats], part: pd.DataFrame, unit: str) -> Contrasted:
    """Over documents: those that say the same are one, drawn apart from those that stand alone."""
    keys = part["key"].tolist()
    sums = [
        summed(part[[f"{side}_surprisal", UNITS[unit]]].to_numpy(dtype=np.float64), keys)
        for side in BOTH
    ]
    of_one = part.drop_duplicates("key")
    strata = np.where(of_one["aligned"], "pairs", of_one["group"])
    return contrast(of, sums[0], sums[1], strata.tolist())


def _gap(
    of: Callable[[Floats], Floats], two: pd.DataFrame, unit: str, corpora: tuple[str, str]
) -> Contrasted:
    """Documents that say the same are drawn together, others within their corpus.

    The exchange test asks whether the models may be swapped at all. Where compression makes
    both corpora harder alike, it is slower than the interval to see that one suffers more.
    """
    keys = list(dict.fromkeys(two["key"]))
    place = {key: number for number, key in enumerate(keys)}
    sums = {side: np.zeros((len(keys), 4)) for side in BOTH}
    strata = [""] * len(keys)
    for row in two.to_dict("records"):
        number, second = place[row["key"]], row["group"] == corpora[1]
        # A pair counts as one stratum with all pairs, whichever of its documents comes last.
        strata[number] = "pairs" if row["aligned"] else str(second)
        for side in BOTH:
            sums[side][number, 2 * second : 2 * second + 2] += (
                row[f"{side}_surprisal"],
                row[UNITS[unit]],
            )
    return contrast(of, sums["baseline"], sums["compressed"], strata)


def _flips(items: pd.DataFrame, reference: str) -> list[bool]:
    """Whether the other model finds the other of two documents that say the same easier."""
    own = items[(items["group"] == reference) & items["aligned"]]
    easier = own.drop_duplicates("key").set_index("key")
    flips = []
    for row in items.to_dict("records"):
        if row["group"] == reference or row["key"] not in easier.index:
            flips.append(False)
            continue
        before, after = (row[side] < easier.loc[row["key"], side] for side in BOTH)
        flips.append(bool(before != after))
    return flips


def _sentences(
    gaps: pd.DataFrame, results: Results, items: pd.DataFrame, unit: str
) -> tuple[str, ...]:
    chosen = gaps[(gaps["unit"] == unit) & (gaps["measure"] == "ratio")].to_dict("records")
    names = [said._(_RATIOS[unit], corpus=row["group"], reference=row["against"]) for row in chosen]
    return (
        *headlines(
            list(zip(names, contrasts(chosen), strict=True)),
            said._("models exchanged over documents"),
        ),
        results.changed(said._("corpora")),
        repeated(items[["group", "text"]]),
    )
