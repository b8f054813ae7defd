"""Evenness and fidelity of every form in two columns, with what each costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fairviz.analyses.evenness.request import Evenness
from fairviz.analyses.identity import command
from fairviz.analyses.presentation import (
    Facts,
    Finding,
    Option,
    Picture,
    Presentation,
    Table,
    chosen,
)
from fairviz.analyses.tradeoff.evaluation_text import ours
from fairviz.compression.registry import METHODS
from fairviz.compression.settings import Fair, fair
from fairviz.core.declared import declared, sentences_of, told
from fairviz.core.specs import CompressionSpec
from fairviz.figures.evenness import Placed, evenness
from fairviz.i18n import N_, _
from fairviz.stats import FEW_UNITS, holm, mcnemar, paired_change
from fairviz.stats.paired import Change

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.metrics.traces import Floats

_say = sentences_of(__file__)
# A form that costs more of the reference's KL than this is not held for a gain.
MOST = 1.25
_LEVEL = 0.05


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

    @property
    def control(self) -> bool:
        """Whether its pairs are shuffled, or no pairs at all."""
        return (asked := _asked(self.form)) is not None and bool(asked.control)

    @property
    def plain(self) -> bool:
        """Whether it reads the pairs as plain text."""
        return (asked := _asked(self.form)) is not None and not asked.alpha

    @property
    def nearer(self) -> bool:
        """Whether it is nearer to even than the reference, beyond chance."""
        return self.p < _LEVEL and self.change.high < 0

    @property
    def cheap(self) -> bool:
        """Whether it costs little more than the reference."""
        return self.ratio <= MOST


def _asked(form: str) -> Fair | None:
    spec = CompressionSpec.parse(form)
    return fair(spec) if METHODS[spec.method].paired else None


def options(result: Evenness) -> tuple[Option, ...]:
    """What is judged on."""
    languages = [str(one) for one in result.swaps["language"].unique()]
    names = {"fr": N_("French"), "en": N_("English")}
    return (
        Option(
            "judged",
            N_("Judged on"),
            (("new", N_("templates and words never read")), ("all", N_("all templates"))),
            "new",
        ),
        Option(
            "judged_language",
            N_("Language"),
            (("", N_("all languages")), *((one, names.get(one, one)) for one in languages)),
        ),
    )


def present(
    result: Evenness, given: Mapping[str, Any] | None = None, audience: str = "report"
) -> Presentation:
    """Everything about one judgement."""
    picked = chosen(options(result), given or {})
    new, language = picked["judged"] == "new", str(picked["judged_language"])
    judged = judge(result, new=new, language=language)
    reference, baseline = judged[0].form, str(result.request.baseline)
    units = max((one.change.units for one in judged[1:]), default=0)
    said = {"reference": reference, "most": MOST}
    behind = rows(judged)
    picture = Picture(
        figure=evenness(
            [
                Placed(one.form, one.distance, one.change.low, one.change.high, one.fidelity,
                       one.cheap)
                for one in judged
            ],
            reference,
            baseline=_distance(_cells(result, new, language), "baseline"),
        ),
        alt=_say("alt", **said),
        caption=_say("caption", **said),
        table=behind,
        name="evenness",
    )  # fmt: skip
    finding, allowed = _found(judged, new, units)
    read = result.request.calibration["pairs"]
    pairs = _say("pairs_of", n=read["count"], name=_(read["name"]))
    calibration = result.request.calibration
    return Presentation(
        kind="evenness",
        title=_say("title", baseline=baseline),
        question=(
            (_("Baseline"), baseline),
            (_("Calibration"), f"{_(calibration['name'])} ({calibration['hash']})"),
            (_("Pairs"), f"{pairs} ({read['hash']})"),
            (_("Measured on"), f"{_(result.request.text)} ({result.request.text_hash})"),
        ),
        finding=finding,
        figures=(picture,),
        tables=(
            Table(_say("table"), behind, folded=False),
            Table(_say("costs"), costs(judged), folded=False),
            Table(_say("by_language"), by_language(result, new=new)),
        ),
        allowed=allowed,
        not_allowed=(
            _say("even"),
            _say("decide", pairs=pairs),
            _say("use"),
            *(_say("not_made", form=form, why=why) for form, why in result.refused.items()),
        ),
        provenance=_provenance(result),
        command=_command(result),
        command_note=""
        if ours(result.request.baseline)
        else _("The report does not hold the texts; name their files."),
        facts=Facts(
            pair=(baseline, ""),
            measured=True,
            bundled=ours(result.request.baseline),
            device=str(result.provenance.get("device", "")),
            n=len(_cells(result, new, language)),
            tests=len(judged) - 1,
            corrected=True,
        ),
    )


def judge(result: Evenness, *, new: bool = True, language: str = "") -> list[Judged]:
    """Every form that was measured, the reference first.

    Args:
        new: Only on templates and words that no pair of the calibration has.
        language: Only on those of one language; empty for all.
    """
    cells = _cells(result, new, language)
    forms = [form for form in result.request.forms if form not in result.refused]
    even = {form: np.abs(cells[form].to_numpy(float) - 0.5) for form in forms}
    true = {form: np.abs((cells[form] - cells["baseline"]).to_numpy(float)) for form in forms}
    words = [f"{row.language} {row.filler}" for row in cells.itertuples()]
    plain = next((one for one in forms if (asked := _asked(one)) and not asked.alpha), "")

    def against(form: str, measure: Mapping[str, Floats]) -> dict[str, Change]:
        if not len(cells) or not form:
            return {}
        return {one: paired_change(measure[form], measure[one], words) for one in forms}

    changes, beyond = against(forms[0], even), against(plain, even)
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
                _distance(cells, form),
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


_UNKNOWN = Change(math.nan, math.nan, math.nan, math.nan, 0)


def _of(table: pd.DataFrame, new: bool, language: str) -> pd.DataFrame:
    """The rows of a language, and where asked those that no pair of the calibration has."""
    found = table[table["language"] == language] if language else table
    return found[found["new"]] if new else found


def _cells(result: Evenness, new: bool, language: str) -> pd.DataFrame:
    """Fillers of templates with one word against another, each once, that all models could read."""
    found = _of(result.swaps, new, language)
    found = found[found["binary"]].drop_duplicates(["language", "template", "filler"])
    models = [form for form in ("baseline", *result.request.forms) if form in found]
    return found.dropna(subset=models)


def _distance(cells: pd.DataFrame, model: str) -> float:
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


def _found(judged: Sequence[Judged], new: bool, units: int) -> tuple[Finding, tuple[str, ...]]:
    """The nearest to even that costs little, or why there is none; and what else may be said."""
    reference, *others = judged
    real = [one for one in others if not (one.control or one.plain)]
    controls = [one for one in others if one.control]
    said = {"reference": reference.form, "most": MOST, "before": reference.distance}
    rule = _say("read_most", **said)
    if not new:
        return Finding(_say("seen"), "none", "read"), (rule,)
    if units < FEW_UNITS:
        return Finding(_say("few", fewest=FEW_UNITS), "none"), ()
    nearer = sorted((one for one in real if one.nearer), key=lambda one: one.distance)
    cheap = [one for one in nearer if one.cheap]
    if not nearer:
        return Finding(_say("nowhere", **said), "open"), (rule,)
    best = cheap[0] if cheap else min(nearer, key=lambda one: one.ratio)
    said |= {
        "form": best.form,
        "after": best.distance,
        "low": best.change.low,
        "high": best.change.high,
        "ratio": best.ratio,
    }
    same = [one.form for one in controls if one.nearer and one.cheap]
    told_of = ", ".join(same or [one.form for one in controls])
    also = [_say("controls_do" if same else "controls_dont", names=told_of)] if controls else []
    plain = next((one for one in others if one.plain), None)
    if plain is not None:
        ends = {"low": best.beyond.low, "high": best.beyond.high}
        also.append(_say("beyond", form=plain.form, own=plain.change.mean, **ends))
    past = best.beyond.high < 0 and best.beyond.p_value < _LEVEL
    why = ""
    if not cheap:
        why = "dear"
    elif plain is None or not controls:
        why = "no_control"
    elif same or not past:
        why = "control"
    told_first = _say("found" if cheap else "dear", **said)
    return Finding(told_first, "open" if why else "strong", why), (*also, rule)


def rows(judged: Sequence[Judged]) -> pd.DataFrame:
    """One row a form; evenness and fidelity are two columns."""
    import pandas as pd

    title = {key: told(one) for key, one in declared(__file__)["columns"].items()}
    table = pd.DataFrame(
        {
            title["form"]: one.form,
            title["distance"]: one.distance,
            title["change"]: one.change.mean,
            title["low"]: one.change.low,
            title["high"]: one.change.high,
            title["p"]: one.p,
            title["fidelity"]: one.fidelity,
            title["further_low"]: one.further.low,
            title["further_high"]: one.further.high,
            title["planted"]: one.planted,
            title["effect"]: one.effect,
            title["units"]: one.change.units,
        }
        for one in judged
    )
    return table.dropna(axis="columns", how="all")


def costs(judged: Sequence[Judged]) -> pd.DataFrame:
    """One row a form: what it costs, and the minimal pairs that turn."""
    import pandas as pd

    title = {key: told(one) for key, one in declared(__file__)["columns"].items()}
    return pd.DataFrame(
        {
            title["form"]: one.form,
            title["preference"]: 100 * one.preference,
            title["gained"]: one.gained,
            title["lost"]: one.lost,
            title["flip_p"]: one.flip_p,
            title["kl"]: one.kl,
            title["ratio"]: one.ratio,
            title["more_low"]: one.more.low,
            title["more_high"]: one.more.high,
            title["perplexity"]: one.perplexity,
            title["neutral"]: one.neutral,
        }
        for one in judged
    )


def by_language(result: Evenness, *, new: bool) -> pd.DataFrame:
    """The change of every form in each language, and whether its pairs were of it."""
    import pandas as pd

    title = {key: told(one) for key, one in declared(__file__)["columns"].items()}
    found = []
    for language in result.swaps["language"].unique():
        for one in judge(result, new=new, language=str(language)):
            asked = _asked(one.form)
            own = asked is not None and asked.language in ("", language)
            found.append(
                {
                    title["form"]: one.form,
                    title["language"]: str(language),
                    title["calibrated"]: _say("yes" if own else "no"),
                    title["distance"]: one.distance,
                    title["change"]: one.change.mean,
                    title["low"]: one.change.low,
                    title["high"]: one.change.high,
                    title["units"]: one.change.units,
                }
            )
    return pd.DataFrame(found)


def _provenance(result: Evenness) -> tuple[tuple[str, str], ...]:
    known = result.provenance
    versions = ", ".join(f"{name} {version}" for name, version in known.get("versions", {}).items())
    given = (
        (_("Date"), str(known.get("date", ""))),
        (_("Device"), str(known.get("device", ""))),
        (_("Versions"), versions),
    )
    return tuple((name, value) for name, value in given if value)


def _command(result: Evenness) -> str:
    asked = result.request
    texts = () if ours(asked.baseline) else (("calibration", "FILE"), ("text", "FILE"))
    given = (*texts, ("language", asked.language))
    return command("evenness", str(asked.baseline), *asked.forms, given=given)
