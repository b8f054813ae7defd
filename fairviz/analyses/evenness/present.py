"""Evenness and fidelity of every form in two columns, with what each costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fairviz.analyses.evenness.judge import (
    MOST,
    Judged,
    asked_of,
    cells_of,
    distance,
    judge,
    passes,
)
from fairviz.analyses.evenness.request import Evenness
from fairviz.analyses.identity import command, of_machine
from fairviz.analyses.presentation import (
    Facts,
    Finding,
    Option,
    Picture,
    Presentation,
    Table,
    chosen,
    data_frame,
)
from fairviz.analyses.tradeoff.evaluation_text import ours
from fairviz.core.declared import declared, sentences_of, told
from fairviz.figures.evenness import Placed, evenness
from fairviz.i18n import N_, _
from fairviz.stats import FEW_UNITS

if TYPE_CHECKING:
    import pandas as pd


_say = sentences_of(__file__)
# Of which columns each table is.
_CHANGE = ("distance", "change", "change_low", "change_high")
_EVEN = (
    "form", *_CHANGE, "p", "fidelity", "further_low", "further_high", "planted", "effect", "units",
)  # fmt: skip
_COSTS = (
    "form", "preference", "gained", "lost", "flip_p", "kl", "ratio", "more_low", "more_high",
    "perplexity", "neutral",
)  # fmt: skip
_BY_LANGUAGE = ("form", "language", "calibrated", *_CHANGE, "units")


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
            baseline=distance(cells_of(result, new, language), "baseline"),
        ),
        alt=_say("alt", **said),
        caption=_say("caption", **said),
        table=behind,
        name="evenness",
    )  # fmt: skip
    finding, allowed = _found(result, judged, new=new, language=language)
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
        provenance=of_machine(result.provenance),
        command=_command(result),
        command_note=""
        if ours(result.request.baseline)
        else _("The report does not hold the texts; name their files."),
        facts=Facts(
            pair=(baseline, ""),
            measured=True,
            bundled=ours(result.request.baseline),
            device=str(result.provenance.get("device", "")),
            n=len(cells_of(result, new, language)),
            tests=len(judged) - 1,
            corrected=True,
        ),
    )


def _found(
    result: Evenness, judged: Sequence[Judged], *, new: bool, language: str
) -> tuple[Finding, tuple[str, ...]]:
    """The nearest to even that costs little, or why there is none; and what else may be said."""
    units = max((one.change.units for one in judged[1:]), default=0)
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
    plain = next((one for one in others if one.plain), None)
    # What costs far more is another trade.
    rivals = [one.form for one in controls if one.cheap] + [one.form for one in others if one.plain]
    past = passes(result, best.form, rivals, new=new, language=language, of=len(real))
    same = [one.form for one in controls if not past.get(one.form, True)]
    told_of = ", ".join(same or [one.form for one in controls])
    controls_do = "controls_do" if same else "controls_dont"
    also = [_say(controls_do, names=told_of, most=MOST)] if controls else []
    if plain is not None:
        ends = {"low": best.beyond.low, "high": best.beyond.high}
        also.append(_say("beyond", form=plain.form, own=plain.change.mean, **ends))
    why = ""
    if not cheap:
        why = "dear"
    elif plain is None or not controls:
        why = "no_control"
    elif not all(past.values()):
        why = "control"
    told_first = _say("found" if cheap else "dear", **said)
    return Finding(told_first, "open" if why else "strong", why), (*also, rule)


def _table(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> pd.DataFrame:
    """Some values of rows, under headings a reader understands."""
    title = {name: told(declared(__file__)["columns"][name]) for name in names}
    return data_frame([{title[name]: row[name] for name in names} for row in rows])


def _row(one: Judged) -> dict[str, Any]:
    return one.row() | {"units": one.change.units, "preference": 100 * one.preference}


def rows(judged: Sequence[Judged]) -> pd.DataFrame:
    """One row a form; evenness and fidelity are two columns."""
    return _table(map(_row, judged), _EVEN).dropna(axis="columns", how="all")


def costs(judged: Sequence[Judged]) -> pd.DataFrame:
    """One row a form: what it costs, and the minimal pairs that turn."""
    return _table(map(_row, judged), _COSTS)


def by_language(result: Evenness, *, new: bool) -> pd.DataFrame:
    """The change of every form in each language, and whether its pairs were of it."""
    found = []
    for language in map(str, result.swaps["language"].unique()):
        for one in judge(result, new=new, language=language):
            asked = asked_of(one.form)
            own = asked is not None and asked.language in ("", language)
            calibrated = _say("yes" if own else "no")
            found.append(_row(one) | {"language": language, "calibrated": calibrated})
    return _table(found, _BY_LANGUAGE)


def _command(result: Evenness) -> str:
    asked = result.request
    texts = () if ours(asked.baseline) else (("calibration", "FILE"), ("text", "FILE"))
    given = (*texts, ("language", asked.language), ("groups", asked.groups))
    return command("evenness", str(asked.baseline), *asked.forms, given=given)
