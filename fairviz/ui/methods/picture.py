"""The trade-off picture: what each compressed form of a baseline weighs and what it does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.core.specs import ModelSpec
from fairviz.figures.tradeoff import FAMILIES, tradeoff
from fairviz.figures.tradeoff_axes import HARMS, SIZES, drawable
from fairviz.i18n import N_, _, ngettext
from fairviz.ui import chart
from fairviz.ui.methods import known, rows, work
from fairviz.ui.plain import plain
from fairviz.ui.tables.bound import one, segment

if TYPE_CHECKING:
    from fairviz.analyses.tradeoff.evaluation_text import EvaluationText
    from fairviz.analyses.tradeoff.measure import Point

# On a phone the names would cover the signs; there a touch tells them.
_NARROW = (
    "<style>@media (max-width: 640px) "
    "{.st-key-tradeoff .annotation[data-index] {display: none}}</style>"
)
_COLOURS = {
    "quantization": N_("blue-green is quantization"),
    "pruning": N_("ochre is pruning"),
    "structured pruning": N_("magenta is structured pruning"),
    "distillation": N_("green is distillation"),
}


def draw(baseline: ModelSpec, text: EvaluationText | None) -> None:
    """The picture with its two choices, the rows behind it, and the way to fill it."""
    from fairviz.analyses.tradeoff.measure import measured

    st.header(_("How much compression?"), anchor=False)
    points = _of_one_text(measured(baseline), text)
    forms = [one for one in points if one.name != str(baseline)]
    if not forms:
        _empty(baseline, text)
        return
    with st.container(horizontal=True, gap="medium"):
        size = segment(_("Size"), "size", list(SIZES), lambda name: _(SIZES[name]), "disk")
        harm = segment(
            _("What it does"), "harm", list(HARMS), lambda name: _(HARMS[name].short), "kl"
        )
    shown = [one for one in forms if drawable(one, size, harm)]
    if not shown:
        st.info(
            _(
                "{measure} of these was not measured. Choose another of “What it does”.",
                measure=_(HARMS[harm].short),
            ),
            icon=":material/straighten:",
        )
    else:
        st.html(_NARROW)
        whole = known.whole(baseline, points, size)
        chart.draw(
            tradeoff(shown, str(baseline), size=size, harm=harm, whole=whole),
            key="tradeoff",
            alt=ngettext(
                "{n} compressed form of {baseline}: {across} across, {up} up.",
                "{n} compressed forms of {baseline}: {across} across, {up} up.",
                len(shown),
                baseline=baseline,
                across=_(SIZES[size]),
                up=_(HARMS[harm].title),
            ),
        )
        st.caption(_words(shown, len(forms) - len(shown), harm))
    rows.draw(baseline, forms)


def _of_one_text(points: list[Point], text: EvaluationText | None) -> list[Point]:
    """The points on one text, which the reader chooses where there are several."""
    names = {one.text_hash: _(one.text) for one in points}
    if not names:
        return []
    twice = len(set(names.values())) < len(names)
    chosen = one(
        _("Show what was measured on"),
        "shown_text",
        sorted(names, key=lambda key: (names[key], key)),
        lambda key: f"{names[key]} ({key[:6]})" if twice else names[key],
        text.hash if text is not None else "",
        _("Forms are compared on one and the same text."),
    )
    return [point for point in points if point.text_hash == chosen]


def _words(shown: list[Point], hidden: int, harm: str) -> str:
    present = [name for name in FAMILIES if any(one.family == name for one in shown)]
    colours = ", ".join(_(_COLOURS[name]) for name in present)
    sentences = [
        _(HARMS[harm].meaning),
        ngettext(
            "Measured on {n:,} token of {text} ({hash}).",
            "Measured on {n:,} tokens of {text} ({hash}).",
            shown[0].tokens,
            text=plain(_(shown[0].text)),
            hash=shown[0].text_hash,
        ),
        ngettext(
            "{n:,} text without finite probabilities is left out on both sides.",
            "{n:,} texts without finite probabilities are left out on both sides.",
            shown[0].skipped,
        )
        if shown[0].skipped
        else "",
        _(
            "Lower left is better; the dotted grey line joins the forms that no other beats in "
            "both."
        ),
        ngettext(
            "{n} without a value here is in the rows below.",
            "{n} without a value here are in the rows below.",
            hidden,
        )
        if hidden
        else "",
        _("{colours}; the sign tells the method.", colours=colours[:1].upper() + colours[1:]),
        _(
            "Zeros that pruning makes take as much room as any weight where the file or the memory "
            "stores them. int8, nf4 and fp4 are made while a model is loaded: on disk they are "
            "counted as in memory."
        ),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _empty(baseline: ModelSpec, text: EvaluationText | None) -> None:
    """What to press and what to type."""
    from fairviz.analyses.tradeoff.evaluation_text import ours
    from fairviz.compression.registry import METHODS

    quick = [one for one in METHODS.values() if one.name != "none" and not one.made]
    with st.container(border=True, key="tradeoff_empty"):
        st.markdown(
            _(
                "Nothing of {baseline} is measured yet. Make a compressed form further below, or "
                "begin with those that need no making. On the command line, this makes and "
                "measures the whole grid of the studies, and goes on where it was interrupted:",
                baseline=plain(str(baseline)),
            )
        )
        texts = "" if ours(baseline) else " --calibration FILE --text FILE"
        command = f"python -m fairviz compress {baseline} --sweep{texts}"
        st.code(command, language=None, wrap_lines=True)
        tasks = [
            work.Task(ModelSpec.parse(f"{baseline}+{form}"), make=False, measure=True, text=text)
            for method in quick
            for form in known.forms(method)
        ]
        st.button(
            _("Measure {form}", form=", ".join(str(task.spec.compression) for task in tasks)),
            key="measure_quick",
            icon=":material/straighten:",
            disabled=work.busy() or not tasks or text is None,
            on_click=work.start,
            args=(tasks, st.session_state.get("device") or "auto"),
        )
