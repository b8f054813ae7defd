"""Why an item is left out, and what is odd in a file, in English as it is kept.

`told` says it to the reader. The readers write these sentences where they find them; what is not
among the messages here is shown as it was kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fairviz.core.errors import BadSpec
from fairviz.core.set_files import LeftOut
from fairviz.i18n import N_, _, said
from fairviz.i18n.retold import retold
from fairviz.inference import reasons
from fairviz.probes.record import Outcome

# Of several that fit the first is taken, so those with more words come first.
REASONS = (
    # Pairs of sentences.
    N_("a sentence that is no text"),
    N_("no sentence at all"),
    N_("not in the other file"),
    N_("no pronoun in brackets"),
    N_("not trade.other.answer.gender.txt"),
    N_("one of the two genders is missing"),
    N_("not an item"),
    N_("no '{what}'"),
    # Templates.
    N_("no slot in braces"),
    N_("{first} fillers against {second}"),
    N_("a filler that is not one word for each of {slots}"),
    N_("a swap of a word with itself"),
    N_("less without more"),
    N_("a continuation is in both lists"),
    N_("no less, while other templates have it"),
    # Prompts.
    N_("an empty prompt"),
    N_("not a category of BOLD"),
    N_("no prompt with a text"),
    # BBQ.
    N_("not an item of BBQ ({why})"),
    # UnQover.
    N_("{what} has no opposite, and does not begin with was"),
    N_("{what} has no opposite"),
    N_("{what} is there twice"),
    # Documents, scores and answers.
    N_("The text has {n} token, and the first only says what follows."),
    N_("The text has {n} tokens, and the first only says what follows."),
    N_("the label {label} is neither 0 nor 1"),
    N_("a score is no number"),
    N_("a label or a score is no number"),
    N_("an answer that is no text"),
    N_("{name} has no answer to it"),
    # Where it is.
    N_("sentence {number}"),
    N_("subject {number}"),
    N_("attribute {number}"),
    N_("{name}, line {number}"),
)
ODD = (
    N_("an empty sentence"),
    N_("two equal sentences"),
    N_("nothing in common after the first difference"),
    N_("ids that are there twice, now with their place"),
    N_("first line taken as a pair: the columns have no names"),
    N_("first column without a name, taken as the id"),
    N_("groups that differ from {name} for the same id"),
    N_("ids that {name} does not have"),
    N_("sentences that differ in more than their pronouns"),
    N_("neutral sentences without a part"),
    N_("unrelated sentences without a part"),
    N_("a space at the end, taken away"),
    N_("the same prompt twice in a group, taken once"),
    N_("prompts beyond those taken of each group"),
    N_("braces left in an answer"),
    N_("no one answer is the stereotyped group's: left out of the bias scores"),
    N_("empty answers of the baseline model"),
    N_("empty answers of the compressed model"),
    N_("prompts that are there several times, taken in order"),
    N_("attributes of places, which no sentence here asks for"),
)


def told(kept: str) -> str:
    """A place, a reason or what is odd, in the current language."""
    found = retold(kept, (*REASONS, *ODD))
    return found if found != kept else reasons.told(kept)


def without(outcome: Outcome, lost: Sequence[LeftOut]) -> Outcome:
    """An outcome that tells which items could not be measured, and why the first could not."""
    import pandas as pd

    if not lost:
        return outcome
    sentence = said.ngettext(
        "{n} item could not be measured under both models and is left out on both sides: {reason}.",
        "{n} items could not be measured under both models and are left out on both sides; the "
        "first: {reason}.",
        len(lost),
        reason=said.Said.of(lost[0].reason),
    )
    return replace(
        outcome,
        sentences=(*outcome.sentences, sentence),
        details={**outcome.details, "left_out": pd.DataFrame(lost)},
    )


def nothing_left(source: str, lost: Sequence[LeftOut]) -> BadSpec:
    """What is raised where no item is left, with the first reason."""
    return BadSpec(
        with_the_first(_("No item of {source} could be measured.", source=source), lost),
        fix=_("Choose other items, or look at the two models."),
    )


def with_the_first(sentence: str, lost: Sequence[LeftOut]) -> str:
    """A sentence of a whole file, and what was wrong with the first thing in it."""
    if not lost:
        return sentence
    first = _("{which}: {reason}.", which=told(lost[0].which), reason=told(lost[0].reason))
    return f"{sentence} {first}"
