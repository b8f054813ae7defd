"""Null models on a probe: by how much random errors of the form's size change its rates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from fairviz.analyses.probe.request import ProbeRequest
from fairviz.core.declared import kept_sentences_of
from fairviz.core.specs import digest
from fairviz.i18n import said
from fairviz.inference.noise_floor import or_why_not
from fairviz.inference.null_readings import Beside, Columns, Reading, beside, texts
from fairviz.metrics.traces import Floats
from fairviz.models.pair import Pair
from fairviz.probes import labels
from fairviz.probes.record import Items, Outcome, Step
from fairviz.probes.registry import probe_of
from fairviz.probes.results import LEVEL
from fairviz.stats import FEW_UNITS
from fairviz.stats.null_models import FEW_SEEDS, Beyond, beyond

# The name of its table among an outcome's details.
TABLE = "null_models"
# Of the items' texts, on which the mean KL is made equal.
_TEXTS = 64
_tell = kept_sentences_of(__file__)


def with_null(
    pair: Pair,
    request: ProbeRequest,
    items: Items,
    settings: Mapping[str, Any],
    outcome: Outcome,
    told: Callable[[Step], None],
) -> Outcome:
    """The outcome with a table of what null models change, and what that allows to say.

    Args:
        pair, items, settings: As it was measured with.
        told: How many readings of about how many are done; may raise to stop.
    """

    def read(pair: Pair) -> Columns:
        found = probe_of(request.probe).measure(pair, items, lambda step: None, settings)
        return {"changes": _changes(found, outcome)}

    def tell(done: int, of: int) -> None:
        told(Step(done, of, null=True))

    def measure() -> dict[str, Any]:
        asked = {**request.document(), "baseline": "", "compressed": "", "null": 0}
        then = Reading(digest([asked, list(outcome.groups["group"])]), read)
        seeds = range(request.null)
        return {"found": beside(pair, _texts(pair, outcome), seeds, tell, then=then)}

    found = or_why_not(measure)
    if "failed" in found:
        return replace(
            outcome, sentences=(*outcome.sentences, _tell("failed", why=found["failed"]))
        )
    table, sentences = _held(outcome, found["found"])
    return replace(
        outcome,
        details={**outcome.details, TABLE: table},
        sentences=(*outcome.sentences, *sentences),
    )


def _texts(pair: Pair, outcome: Outcome) -> Reading:
    """The first texts of the items, whole sentences where they are pairs of them."""
    column = next(name for name in ("more", "prompt", "text") if name in outcome.items)
    encode = pair.baseline.vocabulary.encode
    ids = [encode(one) for one in dict.fromkeys(map(str, outcome.items[column]))]
    long = [one for one in ids if len(one) > 1][:_TEXTS]
    return texts(long) if long else texts([one for one in ids if one][:_TEXTS], ends=True)


def _changes(found: Outcome, outcome: Outcome) -> Floats:
    """(G,) the change of each group of an outcome, as another found it."""
    changes = found.groups.set_index("group")["difference"]
    return changes.reindex(outcome.groups["group"]).to_numpy(dtype=np.float64)


def _held(outcome: Outcome, found: Beside) -> tuple[pd.DataFrame, tuple[str, ...]]:
    groups = outcome.groups.reset_index(drop=True)
    own, null = groups["difference"].to_numpy(dtype=np.float64), found.equal_kl["changes"]
    known = np.isfinite(own) & np.isfinite(null).all(axis=0)
    units = groups["units"] if "units" in groups else groups["n"]
    tested = known & (units >= FEW_UNITS).to_numpy()
    first = np.arange(len(groups)) == 0
    # The row of all is tested alone, as it is without null models.
    parts = [part for part in (tested & first, tested & ~first) if part.any()]
    results: dict[int, Beyond] = {}
    for part in parts:
        here = np.flatnonzero(part)
        results |= dict(zip(here.tolist(), beyond(own[here], null[:, here]), strict=True))
    columns = {"null_low": "low", "null_high": "high", "p_holm": "p_value"}
    table = groups.loc[list(results), ["group", "n", "difference"]].assign(
        **{
            column: [getattr(one, name) for one in results.values()]
            for column, name in columns.items()
        }
    )
    return table, tuple(_said(table, results, found))


def _said(table: pd.DataFrame, results: Mapping[int, Beyond], found: Beside) -> Iterator[str]:
    seeds, kl = len(found.seeds), found.form["kl"]
    if seeds < FEW_SEEDS:
        yield _tell("few", n=seeds)
        return
    if 0 in results:
        whole = results[0]
        which = "beyond" if whole.p_value < LEVEL else "within"
        values = {name: said.number(getattr(whole, name), "+.3g") for name in ("low", "high")}
        change = said.number(whole.value, "+.3g")
        yield _tell(which, seeds=seeds, change=change, p=whole.p_value, **values)
    others = {place: one for place, one in results.items() if place}
    moved = [place for place, one in others.items() if one.p_value < LEVEL]
    if moved:
        names = [labels.kept(str(table.loc[place, "group"])) for place in moved]
        yield _tell("groups_beyond", n=len(others), names=names)
    elif others:
        least = min(one.p_value for one in others.values())
        yield _tell("groups_within", n=len(others), p=least)
    if len(found.equal_weights):
        ratio = float(np.nanmean(kl) / np.nanmean(found.equal_weights))
        if math.isfinite(ratio):
            yield _tell("size", ratio=ratio)
    else:
        yield _tell("not_in_weights")
