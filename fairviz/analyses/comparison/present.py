"""What is shown of a comparison: both texts, where they part, what both models made of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from fairviz.analyses import chips, estimates, identity
from fairviz.analyses.comparison.request import Comparison, shortened
from fairviz.analyses.identity import command, of_models
from fairviz.analyses.presentation import Option, Picture, Presentation, Table, chosen
from fairviz.analyses.trace_pictures import DISTANCE, INTERVALS, Look, along, quantity, unsure
from fairviz.core.declared import declared, sentences_of
from fairviz.core.specs import Decoding
from fairviz.figures.palette import scale
from fairviz.i18n import N_, _, number
from fairviz.metrics.quantities import QUANTITIES
from fairviz.metrics.traces import BOTH
from fairviz.stats import summary

CONTEXT = Option(
    "context",
    N_("Plots and summary: both models read"),
    (
        ("baseline", N_("on the baseline's text")),
        ("compressed", N_("on the compressed text")),
    ),
    "baseline",
    N_(
        "The texts part at the first difference. From there on, numbers are compared on one text "
        "at a time: only on the same context do they mean the same."
    ),
)
_DECLARED = declared(__file__)
_say, _ON = sentences_of(__file__), _DECLARED["titles"]


def options(answer: Comparison) -> tuple[Option, ...]:
    """What a reader may change of how a comparison is shown."""
    return quantity(), CONTEXT, DISTANCE


def present(answer: Comparison, given: Mapping[str, Any], audience: str = "report") -> Presentation:
    """Everything about one comparison.

    Args:
        given: Values of some of its options, and `token`, the index of the token looked at.
        audience: `page` looks at one text at a time, its numbers side by side; others see both.
    """
    asked, known = answer.request, answer.provenance
    seen = chosen(options(answer), given)
    pairs = answer.texts
    look = Look(
        scale(QUANTITIES[str(seen["quantity"])], *pairs.values()),
        QUANTITIES[str(seen["distance"])],
        selected=given.get("token"),
    )
    parts_at = answer.first_divergence
    sides = [str(seen["context"])] if audience == "page" else list(BOTH)
    sides = [side for side in sides if len(pairs[side])]
    settings = [(_("Decoding"), decoding(asked.decoding))]
    if (penalty := asked.decoding.repetition_penalty) != 1:
        settings.append((_("Repetition penalty"), number(penalty, "g")))
    written = {name.replace("_", "-"): value for name, value in asdict(asked.decoding).items()}
    typed = (("prompt", asked.prompt), *written.items())
    return Presentation(
        kind="comparison",
        title=_("Both models on “{prompt}”", prompt=shortened(asked.prompt)),
        question=(
            (_("Prompt"), asked.prompt),
            (_("Baseline"), str(asked.baseline)),
            (_("Compressed model"), str(asked.compressed)),
            settings[0],
        ),
        identities=identity.cards(asked.baseline, asked.compressed, known),
        texts=tuple(
            chips.text(
                pair, look.scale, title=title, side=side, prompt=asked.prompt, parts_at=parts_at
            )
            for (side, pair), title in zip(
                pairs.items(),
                (_("Written by the baseline"), _("Written by the compressed model")),
                strict=True,
            )
        ),
        numbers=estimates.numbers(summary(pairs[sides[0]])) if sides and audience == "page" else (),
        figures=_pictures(answer, sides, look),
        tables=_tables(answer, audience),
        allowed=tuple(_allowed(answer)),
        not_allowed=(
            _say("one_prompt"),
            _(INTERVALS),
            _say("no_better"),
        ),
        provenance=identity.provenance(known, tuple(settings)),
        command=command("compare", given=of_models(asked, known, *typed)),
        facts=replace(
            identity.facts(asked.baseline, asked.compressed, known),
            greedy=asked.decoding.greedy,
            seeds=() if asked.decoding.greedy else (asked.decoding.seed,),
            n=1,
        ),
    )


def decoding(how: Decoding) -> str:
    """How tokens were chosen, in a sentence without a full stop."""
    return _say(
        "greedy" if how.greedy else "sampled",
        n=how.max_new_tokens,
        t=how.temperature,
        k=how.top_k or _("off"),
        p=how.top_p,
        seed=str(how.seed),
    )


def _allowed(answer: Comparison) -> Iterator[str]:
    place, pair = answer.first_divergence, answer.on_baseline
    if place is None:
        yield _say("same", n=len(pair))
    else:
        yield _say("parted", n=place)
    if len(pair):
        means = {estimate.name: estimate.value for estimate in summary(pair)}
        share, kl = means["same_top"], means["mean_kl"]
        yield _say("agreed", n=len(pair), share=share, kl=kl)


def _pictures(answer: Comparison, sides: list[str], look: Look) -> tuple[Picture, ...]:
    """Along each text, and for the first of them shift against uncertainty."""
    if not sides:
        return ()
    pairs, place = answer.texts, answer.first_divergence
    drawn = sides if place is not None else sides[:1]  # one text, one picture
    return (
        *(
            along(pairs[side], _(_ON[side], title=_("Along the text")), look, place)
            for side in drawn
        ),
        unsure(pairs[sides[0]], _(_ON[sides[0]], title=_("Where the baseline was unsure")), look),
    )


def _tables(answer: Comparison, audience: str) -> tuple[Table, ...]:
    texts = {
        _("On the baseline's text"): answer.on_baseline,
        _("On the compressed model's text"): answer.on_compressed,
    }
    means = {heading: summary(pair) for heading, pair in texts.items() if len(pair)}
    if not means:
        return ()
    folded = audience == "page"  # where tiles say the same
    tables = [Table(_("The texts in numbers"), estimates.table(means), folded=folded)]
    place = answer.first_divergence
    if place is not None and audience != "page":  # which opens the place up, with bars
        pair = answer.on_baseline if place < len(answer.on_baseline) else answer.on_compressed
        caption = _("What both models expected where the texts part")
        tables.append(Table(caption, chips.expected(pair, place)))
    return tuple(tables)
