"""Why an item is left out, and what is odd in a file, in English as it is kept.

`told` says it to the reader. The readers write these sentences where they find them; what is not
among the messages here is shown as it was kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fairviz.core.errors import BadSpec
from fairviz.core.set_files import LeftOut
from fairviz.i18n import later, said, tr
from fairviz.i18n.retold import retold
from fairviz.inference import reasons
from fairviz.probes.record import Outcome

# Of several that fit the first is taken, so those with more words come first.
REASONS = (
    # Pairs of sentences.
    later("a sentence that is no text"),
    later("no sentence at all"),
    later("not in the other file"),
    later("no pronoun in brackets"),
    later("not trade.other.answer.gender.txt"),
    later("one of the two genders is missing"),
    later("not an item"),
    later("no '{what}'"),
    # Templates.
    later("no slot in braces"),
    later("{first} fillers against {second}"),
    later("a filler that is not one word for each of {slots}"),
    later("a swap of a word with itself"),
    later("less without more"),
    later("a continuation is in both lists"),
    later("no less, while other templates have it"),
    # Prompts.
    later("an empty prompt"),
    later("not a category of BOLD"),
    later("no prompt with a text"),
    # BBQ.
    later("not an item of BBQ ({why})"),
    # UnQover.
    later("{what} has no opposite, and does not begin with was"),
    later("{what} has no opposite"),
    later("{what} is there twice"),
    # Documents, scores and answers.
    later("The text has {n} token, and the first only says what follows."),
    later("The text has {n} tokens, and the first only says what follows."),
    later("the label {label} is neither 0 nor 1"),
    later("a score is no number"),
    later("a label or a score is no number"),
    later("an answer that is no text"),
    later("{name} has no answer to it"),
    # Where it is.
    later("sentence {number}"),
    later("subject {number}"),
    later("attribute {number}"),
    later("{name}, line {number}"),
)
ODD = (
    later("an empty sentence"),
    later("two equal sentences"),
    later("nothing in common after the first difference"),
    later("ids that are there twice, now with their place"),
    later("first line taken as a pair: the columns have no names"),
    later("first column without a name, taken as the id"),
    later("groups that differ from {name} for the same id"),
    later("ids that {name} does not have"),
    later("sentences that differ in more than their pronouns"),
    later("neutral sentences without a part"),
    later("unrelated sentences without a part"),
    later("a space at the end, taken away"),
    later("the same prompt twice in a group, taken once"),
    later("prompts beyond those taken of each group"),
    later("braces left in an answer"),
    later("no one answer is the stereotyped group's: left out of the bias scores"),
    later("empty answers of the baseline model"),
    later("empty answers of the compressed model"),
    later("prompts that are there several times, taken in order"),
    later("attributes of places, which no sentence here asks for"),
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
    sentence = said.trn(
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
        with_the_first(tr("No item of {source} could be measured.", source=source), lost),
        fix=tr("Choose other items, or look at the two models."),
    )


def with_the_first(sentence: str, lost: Sequence[LeftOut]) -> str:
    """A sentence of a whole file, and what was wrong with the first thing in it."""
    if not lost:
        return sentence
    first = tr("{which}: {reason}.", which=told(lost[0].which), reason=told(lost[0].reason))
    return f"{sentence} {first}"
