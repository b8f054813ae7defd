"""What is shown of a form beside its null models, of whatever was read; kept as one table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fairviz.analyses.presentation import Picture, Table, data_frame
from fairviz.core.declared import declared, sentences_of, told
from fairviz.core.json_file import plain
from fairviz.figures.null_excess import null_excess
from fairviz.i18n import _, joined
from fairviz.inference.null_readings import Null
from fairviz.stats.association import spearman
from fairviz.stats.null_models import FEW_SEEDS, Beyond, Excess, by_group, excess

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.metrics.traces import Floats

USUAL = 20
# Holds the numbers of null models, in the folder of a run.
FILE = "null.parquet"
say = sentences_of(__file__)
_P = 0.05


class Told(NamedTuple):
    """A form beside its null models."""

    allowed: tuple[str, ...] = ()
    not_allowed: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()


def read(folder: Path, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a run keeps of them, by its JSON document and `FILE`: `failed`, `found`, or nothing."""
    kept: Mapping[str, Any] = document.get("null", {})
    if "seeds" not in kept:
        return kept
    table = pq.read_table(folder / FILE)
    every = {name: table.column(name).to_numpy() for name in table.column_names}

    def rows(what: str) -> Floats:
        found = [every[name] for name in every if name.startswith(f"{what}_")]
        return np.array(found).reshape(len(found), table.num_rows)

    null = Null(tuple(kept["seeds"]), rows("weights"), rows("kl"), kept["scale"], rows("even"))
    return {"found": null}


def header(null: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in a result's JSON file."""
    found: Null | None = null.get("found")
    return dict(null) if found is None else {"seeds": list(found.seeds), "scale": found.scale}


def columns(null: Null) -> pa.Table:
    """Its numbers, a row a token."""
    parts = {"weights": null.equal_weights, "kl": null.equal_kl, "even": null.uniformity}
    return pa.table(
        {f"{what}_{place}": row for what, rows in parts.items() for place, row in enumerate(rows)}
    )


def present(
    null: Mapping[str, Any],
    kl: Floats,
    entropy: Floats,
    groups: Sequence[str] = (),
    shift: str = "KL",
) -> Told:
    """Sentences, picture, and the groups against null models.

    Args:
        null: As a result keeps it: `found`, `failed` with the reason, or empty.
        kl: (T,) of the form.
        entropy: (T,) of the baseline.
        groups: (T,) names for a reader, empty where one is of no group that is told of.
        shift: What `kl` is called.
    """
    if "failed" in null:
        return Told(not_allowed=(say("failed", why=_(str(null["failed"]))),))
    found: Null | None = null.get("found")
    if found is None:
        return Told()
    beyond = excess(kl, found.equal_kl, entropy)
    ranks = [spearman(entropy, one).rho for one in (kl, *found.equal_kl)]
    enough = len(found.seeds) >= FEW_SEEDS
    said = [_verdict(beyond, ranks, enough, shift)]
    if not len(found.equal_weights):
        said.append(say("not_in_weights", shift=shift))
    elif enough:
        each = np.nanmean(kl) / np.nanmean(found.equal_weights, axis=1)
        whole = np.nanmean(kl) / np.nanmean(found.equal_weights)
        ends = {"low": each.min(), "high": each.max(), "seeds": len(each)}
        said.append(say("size", ratio=whole, shift=shift, **ends))
    told_of = by_group(kl, found.equal_kl, groups) if enough and any(groups) else {}
    if told_of:
        said.append(_groups(told_of))
    how = say("own_size" if len(found.equal_weights) else "no_size", scale=found.scale, shift=shift)
    band = say("band", p=beyond.p_bins) if np.isfinite(beyond.high).all() else say("no_band")
    pictures: tuple[Picture, ...] = ()
    if np.isfinite(beyond.mean).all():
        pictures = (
            Picture(
                figure=null_excess(beyond, shift),
                alt=say("alt", shift=shift),
                caption=say("caption", how=how, band=band),
                table=_table(found, ranks, kl, entropy, shift),
                title=say("title"),
                name="null_models",
            ),
        )
    tables = (Table(say("groups_title"), _listed(told_of, groups)),) if told_of else ()
    return Told(tuple(said), (say("no_claim"),), pictures, tables)


def document(
    null: Mapping[str, Any], kl: Floats, entropy: Floats, groups: Sequence[str] = ()
) -> dict[str, Any]:
    """What is computed of them as plain JSON values; NaN becomes null."""
    found: Null | None = null.get("found")
    if found is None:
        return header(null)
    beyond = excess(kl, found.equal_kl, entropy)
    rows = {
        "mean_kl": np.nanmean(found.equal_kl, axis=1),
        "mean_kl_equal_weights": [np.nanmean(one) for one in found.equal_weights],
        "entropy_kl": [spearman(entropy, one).rho for one in found.equal_kl],
        "entropy_even": [spearman(entropy, one).rho for one in found.uniformity],
    }
    of = by_group(kl, found.equal_kl, groups) if any(groups) else {}
    told_of = {"groups": {name: one._asdict() for name, one in of.items()}} if of else {}
    numbers: dict[str, Any] = plain(beyond._asdict() | rows | told_of)
    return header(null) | numbers


def _verdict(found: Excess, ranks: list[float], enough: bool, shift: str) -> str:
    relation = say(
        "unsure" if ranks[0] > 0 else "sure",
        rho=ranks[0],
        seeds=len(ranks) - 1,
        low=min(ranks[1:]),
        high=max(ranks[1:]),
        shift=shift,
    )
    which = "null"
    if not enough:
        which = "few"
    elif math.isnan(found.p_slope):
        which = "untold"
    elif found.p_slope <= _P:
        which = "more"
    elif ranks[0] > max(ranks[1:]):
        which = "open"
    elif ranks[0] < min(ranks[1:]):
        which = "less"
    return say(which, relation=relation, shift=shift, times=math.exp(found.slope), p=found.p_slope)


def _groups(found: Mapping[str, Beyond]) -> str:
    more = {name: one for name, one in found.items() if one.p_value < _P}
    if not more:
        least = min(one.p_value for one in found.values())
        return say("groups_alike", n=len(found), p=least)
    each = [
        say("group", group=name, times=math.exp(one.value), p=one.p_value)
        for name, one in more.items()
    ]
    return say("groups_more", groups=joined(each))


def _listed(found: Mapping[str, Beyond], groups: Sequence[str]) -> pd.DataFrame:
    title = {key: told(one) for key, one in declared(__file__)["columns"].items() if "{" not in one}
    return data_frame(
        {
            title["group"]: list(found),
            title["n"]: [list(groups).count(name) for name in found],
            title["times"]: [math.exp(one.value) for one in found.values()],
            title["reach"]: [math.exp(one.high) for one in found.values()],
            title["p"]: [one.p_value for one in found.values()],
        }
    )


def _table(
    found: Null, ranks: list[float], kl: Floats, entropy: Floats, shift: str
) -> pd.DataFrame:
    titles = declared(__file__)["columns"]
    title = {key: told(one, shift=shift) for key, one in titles.items()}
    frame = data_frame(
        {
            title["seed"]: [title["form"], *map(str, found.seeds)],
            title["kl"]: [np.nanmean(kl), *np.nanmean(found.equal_kl, axis=1)],
            title["rho"]: ranks,
        }
    )
    if len(found.uniformity):
        frame[title["even"]] = [spearman(entropy, one).rho for one in found.uniformity]
    if len(found.equal_weights):
        frame[title["equal"]] = [math.nan, *np.nanmean(found.equal_weights, axis=1)]
    return frame
