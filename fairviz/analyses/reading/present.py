"""What is shown of a reading: texts that are there already, every token under both models."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.analyses import chips, estimates, everyday, identity, null_models
from fairviz.analyses.comparison.present import IN_BRIEF
from fairviz.analyses.estimates import Brief
from fairviz.analyses.identity import command, of_models
from fairviz.analyses.presentation import Finding, Option, Presentation, Table, chosen, data_frame
from fairviz.analyses.reading.request import Reading, of_null
from fairviz.analyses.trace_pictures import DISTANCE, INTERVALS, Look, along, quantity, unsure
from fairviz.core.declared import sentences_of
from fairviz.core.shortened import shortened
from fairviz.figures.labels import inside
from fairviz.figures.palette import scale
from fairviz.i18n import N_, _, ngettext, number
from fairviz.inference import noise_floor
from fairviz.metrics import by_word
from fairviz.metrics.quantities import QUANTITIES
from fairviz.metrics.traces import PairTrace
from fairviz.stats import Estimate, corpus, summary

if TYPE_CHECKING:
    import pandas as pd

UNIT = Option(
    "unit",
    N_("By"),
    (("token", N_("Tokens")), ("word", N_("Words"))),
    "token",
    N_(
        "A word's log-probability, entropy and KL are sums over its tokens; its Jensen-Shannon "
        "divergence and rank are the largest among them."
    ),
)
TEXT = Option("text", N_("Plots and numbers of"), (("1", N_("text 1")), ("2", N_("text 2"))), "1")
_say = sentences_of(__file__)
_LARGEST = 50
# A text that is longer is not typed into a command.
_TYPED = 2000


def options(answer: Reading) -> tuple[Option, ...]:
    """What a reader may change of how a reading is shown."""
    text = (TEXT,) if len(answer.traces) > 1 else ()
    return quantity(), UNIT, *text, everyday.PLAIN, DISTANCE


def traces(answer: Reading, unit: str) -> tuple[PairTrace, ...]:
    """Each text as a trace whose rows are tokens, or words."""
    if unit == "word":
        return tuple(by_word.words(trace).trace for trace in answer.traces)
    return answer.traces


def present(answer: Reading, given: Mapping[str, Any], audience: str = "report") -> Presentation:
    """Everything about one reading.

    Args:
        given: Values of some of its options, and `token`, the index of the token or word that is
            looked at.
        audience: `page` looks at one text at a time, its numbers side by side; others see all.
    """
    request, known = answer.request, answer.provenance
    seen = chosen(options(answer), given)
    unit, texts = str(seen["unit"]), traces(answer, str(seen["unit"]))
    look = Look(
        scale(QUANTITIES[str(seen["quantity"])], *texts),
        QUANTITIES[str(seen["distance"])],
        unit,
        # Sums over a word's tokens have no floor of tokens.
        answer.floor.get("size", {}) if unit == "token" else {},
        given.get("token"),
    )
    places = range(len(texts))
    if audience == "page":
        places = range(int(seen.get("text", "1")) - 1, int(seen.get("text", "1")))
    measured = [place for place in places if len(texts[place])]
    call, note = _command(answer, given)
    null = null_models.present(answer.null, *of_null(answer.traces))
    return Presentation(
        kind="reading",
        title=_("Both models read “{text}”", text=shortened(request.texts[0]))
        if request.texts
        else _("{model} read against {file}", model=request.compressed, file=request.name),
        question=(
            (_("Baseline"), str(request.baseline)),
            (_("Compressed model"), str(request.compressed)),
            (_("Texts"), ngettext("{n} text", "{n} texts", len(request.texts)))
            if request.texts
            else (_("Chunks"), number(known["llama_logits"]["n_chunks"], ",d")),
        ),
        finding=_finding(answer, plain=bool(seen["plain"])),
        identities=identity.cards(request, known),
        texts=tuple(
            chips.text(
                trace,
                look.scale,
                title=_titled("", answer, place),
                prompt=answer.before(place),
            )
            for place, trace in enumerate(texts)
        ),
        numbers=everyday.numbers(summary(answer.traces[measured[0]]), seen["plain"])
        if measured and audience == "page"
        else (),
        figures=tuple(
            picture
            for place in measured
            for picture in (
                *along(texts[place], _titled(_("Along the text"), answer, place), look),
                unsure(
                    texts[place], _titled(_("Where the baseline was unsure"), answer, place), look
                ),
            )
        )
        + null.pictures,
        tables=_tables(answer, texts, measured, look, audience),
        allowed=(*(_allowed(answer, place) for place in measured), *null.allowed),
        not_allowed=(
            _say("these_texts"),
            _(INTERVALS),
            *(
                _of_logits(answer)
                if request.baseline.logits
                else (
                    _say("every_token"),
                    _say("no_floor_of_words")
                    if unit == "word"
                    else noise_floor.told(answer.floor, look.scale.quantity, request.floor),
                )
            ),
            *null.not_allowed,
        ),
        flags=identity.as_base(request, known, chats=False),
        provenance=identity.provenance(known),
        command=call,
        command_note=note,
        facts=identity.facts(
            request,
            known,
            n=len(answer.traces),
            floor=noise_floor.measured(answer.floor),
        ),
    )


def brief(answer: Reading, given: Mapping[str, Any]) -> Brief:
    """The means of each text."""
    return tuple(
        cell._replace(
            name=f"{cell.name}_{place + 1}" if place else cell.name,
            title=_titled(cell.title, answer, place),
        )
        for place, trace in enumerate(answer.traces)
        for cell in estimates.cells(summary(trace), IN_BRIEF)
    )


def _finding(answer: Reading, *, plain: bool) -> Finding | None:
    """Of all its texts together."""
    read = [trace for trace in answer.traces if len(trace)]
    if not read:
        return None
    kl, same = (np.concatenate([getattr(one, name) for one in read]) for name in ("kl", "same_top"))
    far = {"kl": kl.mean(), "less": everyday.less_chance(kl.mean())}
    said = _say("found_plain" if plain else "found", n=len(kl), share=same.mean(), **far)
    return Finding(said, "none", "example")


def _of_logits(answer: Reading) -> tuple[str, ...]:
    """What is lost of a baseline that llama.cpp stored, and what there is no floor of."""
    file = answer.provenance["llama_logits"]
    return (
        _say("half_of_each_chunk", ctx=file["n_ctx"]),
        _say("quantized", step=file["step"], outside=file["outside"]),
        *((_say("clipped", n=file["clipped"]),) if file["clipped"] else ()),
        _say("no_floor_of_logits"),
    )


def _titled(title: str, answer: Reading, place: int) -> str:
    """A title that says of which text, where there are several; without one, the text's name."""
    if len(answer.traces) == 1:
        return title or _("The text")
    name = _("Text {n}", n=place + 1)
    return _("{title}, text {n}", title=title, n=place + 1) if title else name


def _allowed(answer: Reading, place: int) -> str:
    trace = answer.traces[place]
    means = {estimate.name: estimate.value for estimate in summary(trace)}
    return _say(
        "in_numbers",
        n=len(trace),
        text=_titled("", answer, place),
        kl=means["mean_kl"],
        share=means["same_top"],
        before=means["perplexity_baseline"],
        after=means["perplexity_compressed"],
    )


def _tables(
    answer: Reading,
    texts: tuple[PairTrace, ...],
    measured: list[int],
    look: Look,
    audience: str,
) -> tuple[Table, ...]:
    if not measured:
        return ()
    means = {_titled("", answer, place): summary(answer.traces[place]) for place in measured}
    folded = audience == "page"  # where tiles say the same
    tables = [Table(_("The texts in numbers"), estimates.table(means), folded=folded)]
    quantity = look.scale.quantity
    for place in measured:
        title = _("Largest first: {quantity}", quantity=inside(_(quantity.title)))
        frame = chips.largest(texts[place], quantity, answer.before(place), _LARGEST)
        tables.append(Table(_titled(title, answer, place), frame, name="largest"))
        if len(answer.traces[place]) > 1:
            title = _("As llama.cpp prints it (llama-perplexity --kl-divergence)")
            frame = _as_printed(corpus([answer.traces[place]]))
            tables.append(Table(_titled(title, answer, place), frame))
    return tuple(tables)


def _as_printed(block: tuple[Estimate, ...]) -> pd.DataFrame:
    """llama.cpp's names and digits, beside each the interval by blocks."""

    def digits(value: float) -> str:
        return number(value, ".6f") if math.isfinite(value) else ""

    return data_frame(
        {
            _("Number"): [estimate.title for estimate in block],
            _("Value"): [digits(estimate.value) for estimate in block],
            "±": [digits(estimate.standard_error) for estimate in block],
            _("95 % interval"): [
                _("[{low}, {high}]", low=digits(estimate.low), high=digits(estimate.high))
                if math.isfinite(estimate.low)
                else ""
                for estimate in block
            ],
        }
    )


def _command(answer: Reading, given: Mapping[str, Any]) -> tuple[str, str]:
    request, known = answer.request, answer.provenance
    if request.baseline.logits:
        return command("score", given=of_models(request, known, also=given)), _say("the_file")
    single = len(request.texts) == 1 and len(request.texts[0]) <= _TYPED
    typed = ("text-file", "-" if single else "text.txt"), ("no-floor", not request.floor)
    null = ("null", request.null or None)
    call = command("score", given=of_models(request, known, *typed, null, also=given))
    if single:
        return f"printf %s {shlex.quote(request.texts[0])} | {call}", ""
    return call, _("Save each text under its own name in place of text.txt.")
