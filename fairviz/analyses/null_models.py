"""What is shown of a form beside its null models, of whatever was read; kept as one table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from fairviz.analyses.presentation import Picture
from fairviz.core.declared import declared, sentences_of, told
from fairviz.figures.null_excess import null_excess
from fairviz.i18n import _
from fairviz.inference.null_model import Null
from fairviz.stats.association import spearman
from fairviz.stats.null_models import FEW_SEEDS, Excess, excess

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.metrics.traces import Floats

USUAL = 20
_say = sentences_of(__file__)
_P = 0.05


class Told(NamedTuple):
    """A form beside its null models."""

    allowed: tuple[str, ...]
    not_allowed: tuple[str, ...]
    pictures: tuple[Picture, ...]


def of_kept(kept: Mapping[str, Any], table: pa.Table | None) -> Mapping[str, Any]:
    """The inverse of `header` and `columns`: `failed`, or `found`, or nothing."""
    if table is None:
        return kept
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


def present(null: Mapping[str, Any], kl: Floats, entropy: Floats) -> Told:
    """Sentences and picture.

    Args:
        null: As a result keeps it: `found`, `failed` with the reason, or empty.
        kl: (T,) of the form.
        entropy: (T,) of the baseline.
    """
    if "failed" in null:
        return Told((), (_say("failed", why=_(str(null["failed"]))),), ())
    found: Null | None = null.get("found")
    if found is None:
        return Told((), (), ())
    beyond = excess(kl, found.equal_kl, entropy)
    ranks = [spearman(entropy, one).rho for one in (kl, *found.equal_kl)]
    range_ = {"low": min(ranks[1:]), "high": max(ranks[1:])}
    said = [
        _say("relation", rho=ranks[0], seeds=len(found.seeds), **range_),
        _verdict(beyond, ranks),
    ]
    if len(found.equal_weights) >= FEW_SEEDS:
        ratios = kl.mean() / found.equal_weights.mean(axis=1)
        whole = kl.mean() / found.equal_weights.mean()
        ends = {"low": ratios.min(), "high": ratios.max()}
        said.append(_say("size", ratio=whole, seeds=len(found.seeds), **ends))
    how = _say("own_size", scale=found.scale) if len(found.equal_weights) else _say("no_size")
    banded = bool(np.isfinite(beyond.high).all())
    band = _say("band", p=beyond.p_bins) if banded else _say("few")
    pictures: tuple[Picture, ...] = ()
    if np.isfinite(beyond.mean).all():
        pictures = (
            Picture(
                figure=null_excess(beyond),
                alt=_say("alt"),
                caption=_say("caption", how=how, band=band),
                table=_table(found, ranks, kl, entropy),
                title=_say("title"),
                name="null_models",
            ),
        )
    return Told(tuple(one for one in said if one), (_say("no_claim"),), pictures)


def document(null: Mapping[str, Any], kl: Floats, entropy: Floats) -> dict[str, Any]:
    """What is computed of them as plain JSON values; NaN becomes null."""
    found: Null | None = null.get("found")
    if found is None:
        return header(null)
    beyond = excess(kl, found.equal_kl, entropy)
    rows = {
        "mean_kl": found.equal_kl.mean(axis=1),
        "mean_kl_equal_weights": found.equal_weights.mean(axis=1),
        "entropy_kl": [spearman(entropy, one).rho for one in found.equal_kl],
        "entropy_even": [spearman(entropy, one).rho for one in found.uniformity],
    }
    numbers = beyond._asdict() | rows

    def plain(value: Any) -> Any:
        if np.ndim(value):
            return [plain(one) for one in value]
        return float(value) if math.isfinite(value) else None

    return header(null) | {name: plain(value) for name, value in numbers.items()}


def _verdict(found: Excess, ranks: list[float]) -> str:
    if math.isnan(found.p_bins):
        return ""
    if not np.isfinite(found.high).all():
        return _say("few")
    if found.p_slope <= _P:
        return _say("more", times=math.exp(found.slope), p=found.p_slope)
    if ranks[0] > max(ranks[1:]):
        return _say("open", p=found.p_slope)
    return _say("null", p=found.p_slope)


def _table(found: Null, ranks: list[float], kl: Floats, entropy: Floats) -> pd.DataFrame:
    import pandas as pd

    title = {key: told(one) for key, one in declared(__file__)["columns"].items()}
    frame = pd.DataFrame(
        {
            title["seed"]: [title["form"], *map(str, found.seeds)],
            title["kl"]: [kl.mean(), *found.equal_kl.mean(axis=1)],
            title["rho"]: ranks,
            title["even"]: [spearman(entropy, one).rho for one in found.uniformity],
        }
    )
    if len(found.equal_weights):
        frame[title["equal"]] = [math.nan, *found.equal_weights.mean(axis=1)]
    return frame
