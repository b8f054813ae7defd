"""A reading: texts that are there already, every token under both models."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fairviz.analyses import identity
from fairviz.analyses.command import command, options
from fairviz.analyses.estimates import estimates
from fairviz.analyses.presentation import Picture, Presentation, Table
from fairviz.analyses.reading.request import Reading
from fairviz.figures.palette import scale
from fairviz.i18n import _, ngettext
from fairviz.inference import noise_floor as noise
from fairviz.metrics.quantities import BY_NAME
from fairviz.metrics.traces import PairTrace
from fairviz.report import chips
from fairviz.report.sections.comparison import COLOUR, DISTANCE, along, shortened, unsure
from fairviz.stats import summary

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.report.record import Part

_LARGEST, _AROUND = 25, 36
# A text that is longer is not typed into a command.
_TYPED = 2000


def section(answer: Reading, part: Part) -> Presentation:
    """Everything about one reading."""
    read, known = answer.request, answer.provenance
    both = scale(BY_NAME[COLOUR], *answer.traces)
    many = len(answer.traces) > 1
    titles = [
        _("Text {n}", n=number) if many else _("The text")
        for number in range(1, len(answer.traces) + 1)
    ]
    sizes = answer.floor.get("size", {})
    pictures: list[Picture] = []
    for title, trace in zip(titles, answer.traces, strict=True):
        if len(trace):
            pictures.append(along(trace, title, None, both, sizes.get(DISTANCE)))
            pictures.append(unsure(trace, both, sizes.get(COLOUR)))
    measured = [(t, trace) for t, trace in zip(titles, answer.traces, strict=True) if len(trace)]
    texts = tuple(
        chips.text(trace, both, title=title, prompt="".join(context))
        for title, trace, context in zip(titles, answer.traces, answer.contexts, strict=True)
    )
    tables = []
    if measured:
        numbers = estimates([(title, summary(trace)) for title, trace in measured])
        tables.append(Table(_("The texts in numbers"), numbers, folded=False))
    tables += [
        Table(
            _("Largest changes of probability: {text}", text=title),
            _largest(trace, "".join(context)),
        )
        for (title, trace), context in zip(measured, answer.contexts, strict=False)
    ]
    call, note = _command(answer)
    return Presentation(
        kind="reading",
        title=_("Both models read “{text}”", text=shortened(read.texts[0])),
        question=(
            (_("Baseline"), str(read.baseline)),
            (_("Compressed model"), str(read.compressed)),
            (_("Texts"), ngettext("{n} text", "{n} texts", len(read.texts))),
        ),
        identities=identity.cards(read.baseline, read.compressed, known),
        texts=texts,
        figures=tuple(pictures),
        tables=tuple(tables),
        allowed=tuple(_allowed(measured)),
        not_allowed=(
            _(
                "In brackets stands the 95 % interval by blocks of neighbouring tokens; ± is "
                "llama.cpp's standard error, of tokens taken as independent, which is too small."
            ),
            _("The numbers hold for these texts and these two models; other texts move otherwise."),
            noise.told(answer.floor, BY_NAME[COLOUR], answer.request.floor),
        ),
        provenance=identity.provenance(known),
        command=call,
        command_note=note,
        facts=replace(
            identity.facts(read.baseline, read.compressed, known),
            n=len(read.texts),
            floor=noise.measured(answer.floor),
        ),
    )


def _allowed(measured: list[tuple[str, PairTrace]]) -> list[str]:
    said = []
    for title, trace in measured:
        found = {one.name: one for one in summary(trace)}
        said.append(
            ngettext(
                "{text}: over {n:,} token the mean KL is {kl:.3g} nats, both models expect the "
                "same next token at {share:.0%} of the places, and the perplexity is "
                "{before:.4g} under the baseline and {after:.4g} under the compressed model.",
                "{text}: over {n:,} tokens the mean KL is {kl:.3g} nats, both models expect "
                "the same next token at {share:.0%} of the places, and the perplexity is "
                "{before:.4g} under the baseline and {after:.4g} under the compressed model.",
                len(trace),
                text=title,
                kl=found["mean_kl"].value,
                share=found["same_top"].value,
                before=found["perplexity_baseline"].value,
                after=found["perplexity_compressed"].value,
            )
        )
    return said


def _largest(trace: PairTrace, context: str) -> pd.DataFrame:
    import pandas as pd

    values = BY_NAME[COLOUR].of(trace)
    order = np.argsort(-np.nan_to_num(np.abs(values), nan=-1.0), kind="stable")[:_LARGEST]
    return pd.DataFrame(
        {
            _("Place"): order,
            _("In the text"): [_around(trace, context, int(place)) for place in order],
            _("Change of probability"): values[order],
            _("Probability, baseline"): trace.baseline.prob[order],
            _("Probability, compressed"): trace.compressed.prob[order],
            _("Entropy, baseline (nats)"): trace.baseline.entropy[order],
        }
    )


def _around(trace: PairTrace, context: str, place: int) -> str:
    before = context + "".join(trace.tokens[max(0, place - 12) : place])
    after = "".join(trace.tokens[place + 1 : place + 8])
    return " ".join(f"{before[-_AROUND:]}[{trace.tokens[place]}]{after[: _AROUND // 2]}".split())


def _command(answer: Reading) -> tuple[str, str]:
    read, known = answer.request, answer.provenance
    single = len(read.texts) == 1 and len(read.texts[0]) <= _TYPED
    call = command(
        "score",
        *options(
            (
                ("baseline", identity.pinned(read.baseline, known, "baseline")),
                ("compressed", identity.pinned(read.compressed, known, "compressed")),
                ("text-file", "-" if single else "text.txt"),
            )
        ),
        *(() if read.floor else ("--no-floor",)),
        *identity.machine(known),
    )
    if single:
        return f"printf %s {shlex.quote(read.texts[0])} | {call}", ""
    return call, _("Save each text under its own name in place of text.txt.")
