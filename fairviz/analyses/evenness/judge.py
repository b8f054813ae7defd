"""What every form gives in numbers: evenness, fidelity, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fairviz.analyses.evenness.request import Evenness
from fairviz.compression.registry import METHODS
from fairviz.compression.settings import Fair, fair
from fairviz.core.json_file import plain
from fairviz.core.specs import CompressionSpec
from fairviz.stats import holm, mcnemar, paired_change
from fairviz.stats.paired import Change

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.metrics.traces import Floats

# A form that costs more of the reference's KL than this is not held for a gain.
MOST = 1.25
LEVEL = 0.05
_UNKNOWN = Change(math.nan, math.nan, math.nan, math.nan, 0)


class Judged(NamedTuple):
    """One form on the templates that were chosen; shifts are form minus reference."""

    form: str
    distance: float  # mean |share - 1/2|
    change: Change  # of that, paired, by filler
    p: float  # of the change, by Holm over the forms
    beyond: Change  # of the distance against the form that reads the pairs as plain text
    fidelity: float  # mean |share - baseline's share|
    further: Change  # of that against the reference
    planted: float  # mean |share - planted share|; NaN where nothing is planted
    effect: float  # mean |share after one filler - after the other| of all templates
    preference: float  # share of the minimal pairs whose more stereotyping sentence is likelier
    gained: int  # pairs that turn to it, against the baseline
    lost: int
    flip_p: float
    kl: float  # nats per token of the general text
    ratio: float  # that over the reference's
    more: Change  # of that against the reference's, over pieces of the text
    perplexity: float
    neutral: float  # KL of the neutral prompts

    def row(self) -> dict[str, Any]:
        """Plain values; a change is its mean, and beside it the ends of its interval."""
        found: dict[str, Any] = {}
        for name, value in self._asdict().items():
            known = isinstance(value, Change)
            found[name] = value.mean if known else value
            if known:
                found |= {f"{name}_low": value.low, f"{name}_high": value.high}
        return found

    @property
    def control(self) -> bool:
        """Whether its pairs are shuffled, or no pairs at all."""
        return (asked := asked_of(self.form)) is not None and bool(asked.control)

    @property
    def plain(self) -> bool:
        """Whether it reads the pairs as plain text."""
        return (asked := asked_of(self.form)) is not None and not asked.alpha

    @property
    def nearer(self) -> bool:
        """Whether it is nearer to even than the reference, beyond chance."""
        return self.p < LEVEL and self.change.high < 0

    @property
    def cheap(self) -> bool:
        """Whether it costs little more than the reference."""
        return self.ratio <= MOST


def document(result: Evenness) -> dict[str, Any]:
    """What was asked and what every form gave, as plain JSON values; NaN becomes null."""
    found: dict[str, Any] = plain({"judged": [one.row() for one in judge(result)]})
    return result.request.document() | found | {"refused": dict(result.refused)}


def asked_of(form: str) -> Fair | None:
    spec = CompressionSpec.parse(form)
    return fair(spec) if METHODS[spec.method].paired else None


def _of(table: pd.DataFrame, new: bool, language: str) -> pd.DataFrame:
    """The rows of a language, and where asked those that no pair of the calibration has."""
    found = table[table["language"] == language] if language else table
    return found[found["new"]] if new else found


def cells_of(result: Evenness, new: bool, language: str) -> pd.DataFrame:
    """Fillers of templates with one word against another, each once, that all models could read."""
    found = _of(result.swaps, new, language)
    found = found[found["binary"]].drop_duplicates(["language", "template", "filler"])
    models = [form for form in ("baseline", *result.request.forms) if form in found]
    return found.dropna(subset=models)


def distance(cells: pd.DataFrame, model: str) -> float:
    return _mean(np.abs(cells[model] - 0.5))


def _effects(swaps: pd.DataFrame, model: str) -> pd.Series[float]:
    """How far apart the shares after both fillers of each swap are."""
    sides = swaps.pivot(index="swap", columns="side", values=model).reindex(columns=[0, 1])
    return (sides[0] - sides[1]).abs()


def _mean(values: Any) -> float:
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    return float(known.mean()) if len(known) else math.nan


def _price(pieces: pd.DataFrame, form: str) -> tuple[float, float, float]:
    """Mean KL and perplexity on the text, mean KL on the neutral prompts."""
    own = pieces[pieces["form"] == form]
    text, control = (own[own["what"] == what] for what in ("text", "control"))
    surprisal = text["compressed"].sum() / text["tokens"].sum()
    return (
        max(float(text["kl"].sum() / text["tokens"].sum()), 0.0),
        math.exp(surprisal),
        max(float(control["kl"].sum() / control["tokens"].sum()), 0.0),
    )


def _more(pieces: pd.DataFrame, reference: str, form: str) -> Change:
    """How much more KL a token, the pieces drawn; unknown where they are not the same."""
    text = pieces[pieces["what"] == "text"]
    first, second = (text[text["form"] == one] for one in (reference, form))
    if first["tokens"].tolist() != second["tokens"].tolist():
        return _UNKNOWN
    each = first["tokens"].mean()
    return paired_change(first["kl"] / each, second["kl"].to_numpy(float) / each)


def passes(
    result: Evenness, form: str, others: Sequence[str], *, new: bool, language: str, of: int
) -> dict[str, bool]:
    """Whether a form stands nearer to even than each of others, beyond chance.

    Args:
        of: From how many forms it was chosen: each test is paid for so many times.
    """
    cells = cells_of(result, new, language)
    words = [f"{row.language} {row.filler}" for row in cells.itertuples()]
    even = {one: np.abs(cells[one].to_numpy(float) - 0.5) for one in (form, *others)}
    tests = {one: paired_change(even[one], even[form], words) for one in others}
    return {one: test.high < 0 and of * test.p_value < LEVEL for one, test in tests.items()}


@lru_cache(maxsize=16)  # a page asks at every click, of the same run
def judge(result: Evenness, *, new: bool = True, language: str = "") -> list[Judged]:
    """Every form that was measured, the reference first.

    Args:
        new: Only on templates and words that no pair of the calibration has.
        language: Only on those of one language; empty for all.
    """
    cells = cells_of(result, new, language)
    forms = [form for form in result.request.forms if form not in result.refused]
    even = {form: np.abs(cells[form].to_numpy(float) - 0.5) for form in forms}
    true = {form: np.abs((cells[form] - cells["baseline"]).to_numpy(float)) for form in forms}
    words = [f"{row.language} {row.filler}" for row in cells.itertuples()]
    as_text = next((one for one in forms if (asked := asked_of(one)) and not asked.alpha), "")

    def against(form: str, measure: Mapping[str, Floats]) -> dict[str, Change]:
        if not len(cells) or not form:
            return {}
        return {one: paired_change(measure[form], measure[one], words) for one in forms}

    changes, beyond = against(forms[0], even), against(as_text, even)
    further = against(forms[0], true)
    others = forms[1:] if changes else []
    p = dict(zip(others, holm([changes[one].p_value for one in others]), strict=True))
    swaps = _of(result.swaps, new, language)
    prices = {form: _price(result.pieces, form) for form in forms}
    found = []
    for form in forms:
        kl, perplexity, neutral = prices[form]
        pairs = _of(result.pairs, new, language).dropna(subset=["baseline", form])
        prefers = {side: (pairs[side] > 0).to_numpy(float) for side in ("baseline", form)}
        flips = (
            mcnemar(prefers["baseline"], prefers[form], pairs["frame"].tolist())
            if len(pairs)
            else None
        )
        found.append(
            Judged(
                form,
                distance(cells, form),
                changes.get(form, _UNKNOWN),
                float(p.get(form, math.nan)),
                beyond.get(form, _UNKNOWN),
                _mean(true[form]),
                further.get(form, _UNKNOWN),
                _mean(np.abs(cells[form] - cells["planted"])),
                _mean(_effects(swaps, form)),
                _mean(prefers[form]),
                flips.gained if flips else 0,
                flips.lost if flips else 0,
                flips.p_value if flips else math.nan,
                kl,
                kl / prices[forms[0]][0],
                _more(result.pieces, forms[0], form),
                perplexity,
                neutral,
            )
        )
    return found
