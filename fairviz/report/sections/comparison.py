"""A comparison: both texts, where they part, and what both models made of every token."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fairviz import figures
from fairviz.analyses import identity
from fairviz.analyses.command import command, options
from fairviz.analyses.estimates import estimates
from fairviz.analyses.presentation import Picture, Presentation, Rows, Table
from fairviz.core.specs import Decoding
from fairviz.figures.palette import Scale, scale
from fairviz.i18n import _, ngettext, number
from fairviz.metrics.quantities import BY_NAME
from fairviz.metrics.traces import Comparison, PairTrace
from fairviz.report import chips
from fairviz.stats import summary

if TYPE_CHECKING:
    from fairviz.report.record import Part

COLOUR, DISTANCE = "probability_shift", "js"


def section(answer: Comparison, part: Part) -> Presentation:
    """Everything about one comparison."""
    asked, known = answer.question, answer.provenance
    both = scale(BY_NAME[COLOUR], answer.on_baseline, answer.on_compressed)
    texts = tuple(
        chips.text(
            pair,
            both,
            title=title,
            side=side,
            prompt=asked.prompt,
            parts_at=answer.first_divergence,
        )
        for side, title, pair in (
            ("baseline", _("Written by the baseline"), answer.on_baseline),
            ("compressed", _("Written by the compressed model"), answer.on_compressed),
        )
    )
    facts = identity.facts(asked.baseline, asked.compressed, known)
    tokens = max(len(answer.on_baseline), len(answer.on_compressed))
    return Presentation(
        kind="comparison",
        title=_("Both models on “{prompt}”", prompt=shortened(asked.prompt)),
        question=(
            (_("Prompt"), asked.prompt),
            (_("Baseline"), str(asked.baseline)),
            (_("Compressed model"), str(asked.compressed)),
            (_("Decoding"), decoding(asked.decoding)),
        ),
        identities=identity.cards(asked.baseline, asked.compressed, known),
        texts=texts,
        figures=tuple(_pictures(answer)) if tokens else (),
        tables=tuple(_tables(answer)),
        allowed=tuple(_allowed(answer)),
        not_allowed=(
            _(
                "This is one prompt. Another prompt, another seed or another calibration of the "
                "same method may part elsewhere, or not at all."
            ),
            _(
                "In brackets stands the 95 % interval by blocks of neighbouring tokens; ± is "
                "llama.cpp's standard error, of tokens taken as independent, which is too small."
            ),
            _(
                "That a text is longer, shorter or different does not make it better or worse, and "
                "nothing here measures bias: a comparison shows what to measure on many prompts."
            ),
        ),
        provenance=identity.provenance(known, _settings(asked.decoding)),
        command=command(
            "compare",
            *options(
                (
                    ("baseline", identity.pinned(asked.baseline, known, "baseline")),
                    ("compressed", identity.pinned(asked.compressed, known, "compressed")),
                    ("prompt", asked.prompt),
                    ("max-new-tokens", asked.decoding.max_new_tokens),
                    ("temperature", asked.decoding.temperature),
                    ("top-k", asked.decoding.top_k),
                    ("top-p", asked.decoding.top_p),
                    ("repetition-penalty", asked.decoding.repetition_penalty),
                    ("seed", asked.decoding.seed),
                )
            ),
            *identity.machine(known),
        ),
        facts=replace(
            facts,
            greedy=asked.decoding.greedy,
            seeds=() if asked.decoding.greedy else (asked.decoding.seed,),
            n=1,
        ),
    )


def shortened(text: str, most: int = 60) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def decoding(how: Decoding) -> str:
    """How tokens were chosen, in a sentence without a full stop."""
    if how.greedy:
        return ngettext(
            "greedy, at most {n:,} token",
            "greedy, at most {n:,} tokens",
            how.max_new_tokens,
        )
    return ngettext(
        "sampled with the same noise for both models: temperature {t:g}, top k {k}, "
        "top p {p:g}, seed {seed}, at most {n:,} token",
        "sampled with the same noise for both models: temperature {t:g}, top k {k}, "
        "top p {p:g}, seed {seed}, at most {n:,} tokens",
        how.max_new_tokens,
        t=how.temperature,
        k=how.top_k or _("off"),
        p=how.top_p,
        seed=str(how.seed),
    )


def _settings(how: Decoding) -> Rows:
    said = [(_("Decoding"), decoding(how))]
    if how.repetition_penalty != 1:
        said.append((_("Repetition penalty"), number(how.repetition_penalty, "g")))
    return tuple(said)


def _allowed(answer: Comparison) -> list[str]:
    place, pair = answer.first_divergence, answer.on_baseline
    if place is None:
        said = [
            ngettext(
                "Both models wrote the same {n} token.",
                "Both models wrote the same {n} tokens.",
                len(pair),
            )
        ]
    else:
        said = [
            ngettext(
                "The texts agree for {n} token and then part.",
                "The texts agree for {n} tokens and then part.",
                place,
            )
        ]
    if len(pair):
        found = {one.name: one for one in summary(pair)}
        said.append(
            ngettext(
                "On the baseline's text both models expect the same next token at {share:.0%} "
                "of {n} place, and the mean KL is {kl:.3g} nats.",
                "On the baseline's text both models expect the same next token at {share:.0%} "
                "of {n} places, and the mean KL is {kl:.3g} nats.",
                len(pair),
                share=found["same_top"].value,
                kl=found["mean_kl"].value,
            )
        )
    return said


def _pictures(answer: Comparison) -> list[Picture]:
    both = scale(BY_NAME[COLOUR], answer.on_baseline, answer.on_compressed)
    distance = BY_NAME[DISTANCE]
    drawn = []
    for heading, pair in (
        (_("Along the baseline's text"), answer.on_baseline),
        (_("Along the compressed model's text"), answer.on_compressed),
    ):
        if not len(pair):
            continue
        drawn.append(along(pair, heading, answer.first_divergence, both))
        if answer.first_divergence is None:
            break  # one text, one picture
    first = answer.on_baseline if len(answer.on_baseline) else answer.on_compressed
    drawn.append(unsure(first, both))
    drawn[0] = replace(drawn[0], caption=f"{drawn[0].caption} {_(distance.meaning)}")
    return drawn


def along(
    pair: PairTrace,
    heading: str,
    divergence: int | None,
    both: Scale,
    floor: float | None = None,
) -> Picture:
    """Probability, entropy and distance along one text."""
    distance = BY_NAME[DISTANCE]
    return Picture(
        figure=figures.along_text(pair, distance, divergence=divergence, floor=floor),
        alt=ngettext(
            "Three plots over the {n:,} token of the text: the probability of the written "
            "token under the baseline and under the compressed model, the entropy of both "
            "in nats, and the Jensen-Shannon divergence in nats.",
            "Three plots over the {n:,} tokens of the text: the probability of each "
            "written token under the baseline and under the compressed model, the entropy "
            "of both in nats, and the Jensen-Shannon divergence in nats.",
            len(pair),
        ),
        caption=_(
            "{heading}: solid with circles is the baseline, dotted with diamonds the compressed "
            "model.",
            heading=heading,
        )
        + _listed(pair),
        table=chips.tokens(pair, both),
    )


def unsure(pair: PairTrace, both: Scale, floor: float | None = None) -> Picture:
    """Shift against the baseline's entropy."""
    quantity = both.quantity
    return Picture(
        figure=figures.uncertainty(pair, quantity, floor=floor),
        alt=ngettext(
            "A scatter plot of {n:,} token: entropy of the baseline in nats across, {what} up.",
            "A scatter plot of {n:,} tokens: entropy of the baseline in nats across, {what} up.",
            len(pair),
            what=_(quantity.title),
        ),
        caption=_("Where the baseline was unsure: one point per token.")
        + f" {_(quantity.meaning)}"
        + _listed(pair),
        table=chips.sizes(pair, both),
    )


def _listed(pair: PairTrace) -> str:
    if len(pair) <= chips.LISTED:
        return ""
    return " " + _("The table below lists the {n} places that moved most.", n=chips.LISTED)


def _tables(answer: Comparison) -> list[Table]:
    pairs = [
        (_("On the baseline's text"), answer.on_baseline),
        (_("On the compressed model's text"), answer.on_compressed),
    ]
    pairs = [(heading, pair) for heading, pair in pairs if len(pair)]
    found = []
    if pairs:
        numbers = estimates([(heading, summary(pair)) for heading, pair in pairs])
        found.append(Table(_("The texts in numbers"), numbers, folded=False))
    place = answer.first_divergence
    if place is not None:
        pair = answer.on_baseline if place < len(answer.on_baseline) else answer.on_compressed
        if place < len(pair):
            found.append(
                Table(
                    _("What both models expected where the texts part"),
                    chips.expected(pair, place),
                )
            )
    return found
