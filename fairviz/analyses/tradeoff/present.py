"""What compressed forms of a model weigh and what they do to it; or what one that was made is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fairviz.analyses import everyday
from fairviz.analyses.identity import command, of_machine
from fairviz.analyses.presentation import (
    Facts,
    Finding,
    Number,
    Option,
    Picture,
    Presentation,
    Table,
    chosen,
    data_frame,
)
from fairviz.analyses.tradeoff.axes import HARMS, SIZES, drawable, harm_of, shown_name, size_of
from fairviz.analyses.tradeoff.evaluation_text import ours
from fairviz.analyses.tradeoff.measure import Point
from fairviz.analyses.tradeoff.request import Tradeoff
from fairviz.core.declared import sentences_of
from fairviz.core.specs import is_gguf
from fairviz.figures.tradeoff import FAMILIES, Axis, Mark, tradeoff
from fairviz.i18n import N_, _, joined, number

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.models.shelf import Made

_say = sentences_of(__file__)

_COLOURS = {
    "quantization": N_("blue-green is quantization"),
    "pruning": N_("ochre is pruning"),
    "structured pruning": N_("magenta is structured pruning"),
    "distillation": N_("green is distillation"),
}


# Of points that were measured with them: title -> field.
_FURTHER = {
    N_("KL, 99 % of tokens"): "kl_99",
    N_("Same top token"): "same_top",
    N_("Minimal pairs, shift"): "pairs_shift",
    N_("Pairs, low"): "pairs_low",
    N_("Pairs, high"): "pairs_high",
    N_("Pairs that changed sides"): "pairs_moved",
    N_("KL, times random errors'"): "null_ratio",
    N_("Times, low"): "null_low",
    N_("Times, high"): "null_high",
}


def options(result: Tradeoff) -> tuple[Option, ...]:
    """What the two axes show."""
    return (
        Option("size", N_("Size"), tuple(SIZES.items()), "disk"),
        Option(
            "harm",
            N_("What it does"),
            tuple((name, measure.short) for name, measure in HARMS.items()),
            "kl",
        ),
        everyday.PLAIN,
    )


def present(
    result: Tradeoff, given: Mapping[str, Any] | None = None, audience: str = "report"
) -> Presentation:
    """Everything about one trade-off."""
    picked = chosen(options(result), given or {})
    size, harm = str(picked["size"]), str(picked["harm"])
    measure, baseline = HARMS[harm], str(result.request.baseline)
    points = sorted(result.points, key=lambda point: point.kl)
    drawn = [point for point in points if drawable(point, size, harm)]
    behind = rows(points)
    picture = Picture(
        figure=tradeoff(
            [_mark(point, size, harm) for point in drawn],
            baseline,
            across=_(SIZES[size]),
            up=Axis(_(measure.title), measure.log, measure.still),
            whole=result.whole.get(size),
        ),
        alt=_say(
            "alt",
            n=len(drawn),
            baseline=baseline,
            across=_(SIZES[size]),
            up=_(measure.title),
        ),
        caption=_caption(drawn, measure.meaning),
        table=behind,
        name="tradeoff",
    )
    title = _say("title", n=len(points))
    return Presentation(
        kind="tradeoff",
        title=_("{baseline}: how much compression?", baseline=baseline),
        question=(
            (_("Baseline"), baseline),
            (_("Measured on"), f"{_(result.request.text)} ({result.request.text_hash})"),
        ),
        finding=_finding(result.points, plain=bool(picked["plain"])),
        figures=(picture,) if drawn else (),
        tables=(Table(title, behind),) if points else (),
        allowed=_allowed(result.points, size),
        not_allowed=_reading(result, len(points) - len(drawn)),
        provenance=of_machine(result.provenance),
        command=_command(result),
        command_note=""
        if ours(result.request.baseline)
        else _("The report does not hold the texts; name their files."),
        facts=Facts(
            pair=(baseline, ""),
            measured=True,
            bundled=ours(result.request.baseline),
            n=sum(point.tokens for point in points[:1]),
            item_level=False,
        ),
    )


def _mark(point: Point, size: str, harm: str) -> Mark:
    name = shown_name(point.name)
    told = (
        name,
        _say(
            "place",
            disk=point.bytes_on_disk / 1e6,
            memory=point.bytes_in_memory / 1e6,
        ),
        _say(
            "kl",
            kl=point.kl,
            low=point.kl_low,
            high=point.kl_high,
        ),
        _say(
            "perplexity",
            perplexity=point.perplexity,
            ratio=point.perplexity_ratio,
        ),
        *_further(point),
        "" if point.bias_shift is None else _("bias shift {shift:.3g}", shift=point.bias_shift),
        _say("tokens", n=point.tokens, text=_(point.text)),
    )
    return Mark(
        name.rpartition("+")[2],
        point.method,
        point.family,
        size_of(point, size),
        harm_of(point, harm),
        tuple(line for line in told if line),
        (point.kl_low, point.kl_high) if harm == "kl" else None,
    )


def _further(point: Point) -> tuple[str, ...]:
    if point.kl_99 is None or point.same_top is None:
        return ()
    return (
        _("KL of 99 % of the tokens at most {kl:.3g} nats", kl=point.kl_99),
        _("the same likeliest token at {share:.2%}", share=point.same_top),
    )


def _caption(drawn: list[Point], meaning: str) -> str:
    present = [name for name in FAMILIES if any(point.family == name for point in drawn)]
    colours = ", ".join(_(_COLOURS[name]) for name in present)
    return " ".join(
        (
            _(meaning),
            _say("how_to_read"),
            _("{colours}; the sign tells the method.", colours=colours[:1].upper() + colours[1:]),
        )
    )


def _allowed(points: Sequence[Point], size: str) -> tuple[str, ...]:
    """On what it was measured, and which form changes the model least, be it not at all."""
    measured = [one for one in points if math.isfinite(one.kl + size_of(one, size))]
    if not measured:
        return ()
    least = min(measured, key=lambda point: (point.kl, size_of(point, size)))
    return (
        _say(
            "measured_on",
            n=least.tokens,
            text=_(least.text),
            hash=least.text_hash,
        ),
        _say(
            "moves_least",
            form=shown_name(least.name),
            kl=least.kl,
            low=least.kl_low,
            high=least.kl_high,
            size=size_of(least, size),
        ),
        *_null(measured),
    )


def _null(points: Sequence[Point]) -> list[str]:
    """What each form's KL is beside that of random errors as large."""
    ratios = [(one, one.null_ratio) for one in points if one.null_ratio is not None]
    said = []
    if ratios:
        each = [_say("null_form", form=shown_name(one.name), times=ratio) for one, ratio in ratios]
        said.append(_say("null", forms=joined(each)))
    others = [shown_name(one.name) for one in points if one.null and one.null_ratio is None]
    if others:
        said.append(_say("null_not_in_weights", forms=joined(others)))
    return said


def _finding(points: Sequence[Point], *, plain: bool) -> Finding | None:
    """Which forms move the model least and most, and whether their intervals are apart."""
    known = sorted((one for one in points if math.isfinite(one.kl)), key=lambda one: one.kl)
    if len(known) < 2:
        return None
    least, most = known[0], known[-1]
    far = [100 * everyday.less_chance(one.kl) if plain else one.kl for one in (least, most)]
    said = _say(
        "found_plain" if plain else "found",
        n=len(known),
        least=shown_name(least.name),
        kl=far[0],
        most=shown_name(most.name),
        most_kl=far[1],
    )
    return Finding(said, "strong" if least.kl_high < known[1].kl_low else "open")


def _reading(result: Tradeoff, hidden: int) -> tuple[str, ...]:
    skipped = max((point.skipped for point in result.points), default=0)
    without = _say(
        "without_value",
        n=hidden,
    )
    left = _say(
        "left_out",
        n=skipped,
    )
    return (
        _("Forms are compared on one and the same text; another text can rank them otherwise."),
        *((left,) if skipped else ()),
        *((without,) if hidden else ()),
        _say("zeros"),
        *(
            _("{form} was not made: {why}", form=form, why=why)
            for form, why in result.refused.items()
        ),
    )


def _command(result: Tradeoff) -> str:
    baseline, forms = str(result.request.baseline), result.request.forms
    texts = [] if ours(result.request.baseline) else ["--text", "FILE"]
    most = max((one.null or 0 for one in result.points), default=0)
    null = ["--null", str(most)] if most else []
    if any(is_gguf(form) for form in forms):
        return command("compare-forms", baseline, *forms, *texts, *null)
    read = ["--calibration", "FILE", *texts] if texts else []
    return command("compress", baseline, "--sweep", *read, *null)


def rows(points: Iterable[Point]) -> pd.DataFrame:
    """One row a form with all that was measured of it."""
    points = list(points)
    table = data_frame(
        {
            _("Compressed form"): shown_name(point.name),
            _("Method"): point.method,
            _("Family"): _(point.family),
            _("On disk (MB)"): point.bytes_on_disk / 1e6,
            _("In memory (MB)"): point.bytes_in_memory / 1e6,
            _("Mean KL (nats)"): point.kl,
            _("KL, low"): point.kl_low,
            _("KL, high"): point.kl_high,
            _("Perplexity"): point.perplexity,
            _("Times the baseline's"): point.perplexity_ratio,
            _("Bias shift"): float("nan") if point.bias_shift is None else point.bias_shift,
            _("Tokens"): point.tokens,
            _("Measured on"): _(point.text),
        }
        for point in points
    )
    for title, name in _FURTHER.items():
        values = [getattr(point, name) for point in points]
        if any(value is not None for value in values):
            known = [math.nan if value is None else float(value) for value in values]
            table.insert(len(table.columns) - 2, _(title), known)
    return table


def made(model: Made) -> Presentation:
    """A compressed model that was made here, before anything was measured of it."""
    read = model.calibration
    numbers = (
        ("bytes_on_disk", _("On disk (MB)"), number(model.bytes_on_disk / 1e6, ".2f")),
        ("bytes_in_memory", _("In memory (MB)"), number(model.bytes_in_memory / 1e6, ".2f")),
        ("bits_per_weight", _("Bits a weight"), number(model.bits_per_weight, ".2f")),
        ("zero_share", _("Zeros (%)"), number(100 * model.zero_share, ".1f")),
    )
    return Presentation(
        kind="tradeoff",
        title=str(model.spec),
        question=((_("Calibration"), f"{read['name']} ({read['hash']})"),) if read else (),
        numbers=tuple(Number(*one) for one in numbers),
        provenance=tuple((name, version) for name, version in model.versions.items()),
    )
