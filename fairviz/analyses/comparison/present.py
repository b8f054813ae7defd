"""What is shown of a comparison: both texts, where they part, what both models made of each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fairviz.analyses import chips, estimates, everyday, identity
from fairviz.analyses.comparison.request import Comparison, ComparisonRequest
from fairviz.analyses.estimates import Brief, Cell
from fairviz.analyses.identity import Given, command, of_models
from fairviz.analyses.presentation import (
    Finding,
    Option,
    Picture,
    Presentation,
    Rows,
    Table,
    Text,
    chosen,
)
from fairviz.analyses.trace_pictures import DISTANCE, INTERVALS, Look, along, quantity, unsure
from fairviz.analyses.tradeoff.axes import shown_name
from fairviz.core.declared import declared, sentences_of
from fairviz.core.shortened import shortened
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
# Of a text, where several forms stand in one table.
IN_BRIEF = ("mean_kl", "same_top", "perplexity_ratio")
_DECLARED = declared(__file__)
_say, _ON = sentences_of(__file__), _DECLARED["titles"]


def options(answer: Comparison) -> tuple[Option, ...]:
    """What a reader may change of how a comparison is shown."""
    return quantity(), CONTEXT, everyday.PLAIN, DISTANCE


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
    sides = [str(seen["context"])] if audience == "page" else list(BOTH)
    sides = [side for side in sides if len(pairs[side])]
    settings = [(_("Decoding"), decoding(asked.decoding))]
    if (penalty := asked.decoding.repetition_penalty) != 1:
        settings.append((_("Repetition penalty"), number(penalty, "g")))
    return Presentation(
        kind="comparison",
        title=_("Both models on “{prompt}”", prompt=shortened(asked.before)),
        question=(
            (_("Prompt"), asked.prompt),
            *_branch(asked),
            (_("Baseline"), str(asked.baseline)),
            (_("Compressed model"), str(asked.compressed)),
            settings[0],
            *identity.in_template(asked),
        ),
        finding=finding(answer, plain=bool(seen["plain"])),
        identities=identity.cards(asked, known),
        texts=texts_of((answer,), given),
        numbers=everyday.numbers(summary(pairs[sides[0]]), seen["plain"])
        if sides and audience == "page"
        else (),
        figures=_pictures(answer, sides, look),
        tables=_tables(answer, audience),
        allowed=tuple(_allowed(answer)),
        not_allowed=(
            *((_say("given", n=len(asked.branch.ids)),) if asked.branch else ()),
            _say("one_prompt"),
            _(INTERVALS),
            _say("no_better"),
        ),
        flags=identity.as_base(asked, known, chats=True),
        provenance=identity.provenance(known, tuple(settings)),
        command=command("compare", given=_typed(answer, given)),
        command_note=_("The run that it branches from must be there.") if asked.branch else "",
        facts=identity.facts(
            asked,
            known,
            greedy=asked.decoding.greedy,
            seeds=() if asked.decoding.greedy else (asked.decoding.seed,),
            n=1,
        ),
    )


def _branch(asked: ComparisonRequest) -> Rows:
    """What of another run was given, and which it was."""
    if asked.branch is None:
        return ()
    return (
        (_("Given behind it"), "".join(asked.branch.tokens)),
        (_("Branches from"), asked.branch.parent or _("a run that was not kept")),
    )


def _typed(answer: Comparison, given: Mapping[str, Any]) -> list[Given]:
    """The options of the command that repeats it."""
    asked, known = answer.request, answer.provenance
    decoding = {name.replace("_", "-"): value for name, value in asked.decoding.document().items()}
    options = of_models(asked, known, ("prompt", asked.prompt), *decoding.items(), also=given)
    if (branch := asked.branch) is None:
        return options
    where = [option for option in options if option[0] in ("device", "dtype")]
    named = {"from": branch.parent, "at": str(branch.at), "token": branch.tokens[-1]}
    return [*named.items(), ("on", branch.side), *where]


def texts_of(answers: Sequence[Comparison], given: Mapping[str, Any]) -> tuple[Text, ...]:
    """What the baseline wrote, and each of its compressed forms, under one scale of colours."""
    first, alone = answers[0], len(answers) == 1
    colour = QUANTITIES[str(chosen((quantity(),), given)["quantity"])]
    look = scale(colour, first.on_baseline, *(one.on_compressed for one in answers))
    texts = [
        chips.text(
            first.on_baseline,
            look,
            title=_("Written by the baseline"),
            side="baseline",
            prompt=first.request.before,
            parts_at=first.first_divergence if alone else None,
        )
    ]
    for one in answers:
        title = _("Written by the compressed model")
        if not alone:
            title = _("Written by {model}", model=shown_name(str(one.request.compressed)))
        texts.append(
            chips.text(
                one.on_compressed,
                look,
                title=title,
                side="compressed",
                prompt=one.request.before,
                parts_at=one.first_divergence,
            )
        )
    return tuple(texts)


def brief(answer: Comparison, given: Mapping[str, Any]) -> Brief:
    """On the baseline's text, and where the other parts from it."""
    place, pair = answer.first_divergence, answer.on_baseline
    parts = Cell(
        "first_divergence",
        _("Tokens before the texts part"),
        math.nan if place is None else place,
        _("same text") if place is None else number(place, ",d"),
    )
    found = estimates.cells(summary(pair), IN_BRIEF)
    return (*found, parts)


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


def finding(answer: Comparison, *, plain: bool = False) -> Finding | None:
    """What was found on one prompt, in `plain` words if asked for; none where nothing was read."""
    place, pair = answer.first_divergence, answer.on_baseline
    if not len(pair):
        return None
    kl, tie = pair.kl.mean(), _tie(answer)
    key = f"found_{'same' if place is None else 'parted'}{'_plain' if plain else ''}"
    said = _say(
        key,
        n=len(pair) if place is None else place,
        at=_say("at_tie", first=tie[0], second=tie[1]) if tie else "",
        places=len(pair),
        share=pair.same_top.mean(),
        kl=kl,
        less=everyday.less_chance(kl),
    )
    return Finding(said, "none", "example")


# Of the token that the other text has there, the baseline's probability over that of its own.
_TIE = 0.9


def _tie(answer: Comparison) -> tuple[float, float] | None:
    """What the baseline gave both tokens where greedy texts part, where that is nearly the same."""
    place, texts = answer.first_divergence, answer.texts.values()
    if place is None or not answer.request.decoding.greedy or place >= min(map(len, texts)):
        return None
    known = {row.token_id: row.baseline for row in chips.matched(answer.on_baseline, place)}
    first, second = (known.get(int(text.ids[place]), math.nan) for text in texts)
    return (first, second) if second >= _TIE * first else None


def near_tie(answer: Comparison) -> str:
    """That the texts part at a near-tie, in a sentence; empty where they do not."""
    tie = _tie(answer)
    return _say("near_tie", first=tie[0], second=tie[1]) if tie else ""


def _allowed(answer: Comparison) -> Iterator[str]:
    place, pair = answer.first_divergence, answer.on_baseline
    if place is None:
        yield _say("same", n=len(pair))
    else:
        yield f"{_say('parted', n=place)} {near_tie(answer)}".strip()
    if len(pair):
        share, kl = pair.same_top.mean(), pair.kl.mean()
        yield _say("agreed", n=len(pair), share=share, kl=kl)


def _pictures(answer: Comparison, sides: list[str], look: Look) -> tuple[Picture, ...]:
    """Along each text, and for the first of them shift against uncertainty."""
    if not sides:
        return ()
    pairs, place = answer.texts, answer.first_divergence
    drawn = sides if place is not None else sides[:1]  # one text, one picture
    return (
        *(
            picture
            for side in drawn
            for picture in along(pairs[side], _(_ON[f"along_{side}"]), look, place)
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
