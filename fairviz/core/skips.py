"""What of a set is not measured, and why: messages with their values, kept and shown again.

A reason is written where it is found, by `said._`: for everything that reads text it is an English
sentence, and it knows how to be said in another language. Reasons that several places give stand
here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fairviz.core.errors import FairvizError
from fairviz.i18n import N_, _, said
from fairviz.i18n.said import translate_stored

NO_TOKENS = said._("no tokens")
FEW_OPTIONS = said._("fewer than two options")
NO_SUCH_OPTION = said._("a right answer that is no option")
TOO_LONG = said._("does not fit the context")
NOT_FINITE = said._("a log-probability that is not finite")
NO_TEXT = said._("no text")
AN_OBJECT = said._("an object, not a text")
EMPTY_TEXT = said._("an empty text")
HALF = said._("half of a character (a lone surrogate)")

# How a row or an entry without a name of its own is called.
LINE, ENTRY = N_("line {number}"), N_("entry {number}")
PLACES = (
    LINE,
    ENTRY,
    N_("sentence {number}"),
    N_("subject {number}"),
    N_("attribute {number}"),
    N_("{name}, line {number}"),
    N_("typed"),
)
# What older versions kept: errors with their way out behind them, reasons that are told apart now.
OLDER = (
    N_("a label or a score is no number"),
    N_("no field {field} or {other}"),
    N_("number of fields: {fields}, the file has {columns}"),
    N_(
        "The context has no tokens, and this tokenizer puts none before a text. "
        "Give the item a context, such as its question."
    ),
    N_(
        "Option {number} ({option}) has no tokens of its own. "
        "Leave the item out, or give the option a text."
    ),
)


class Skip(NamedTuple):
    """Something of a set that was not measured: which, and why."""

    which: str
    reason: str

    def document(self) -> dict[str, Any]:
        """As JSON keeps it: each as it is, or as message and values."""
        return {"which": said.document(self.which), "reason": said.document(self.reason)}

    @classmethod
    def from_document(cls, found: Mapping[str, Any] | Sequence[Any]) -> Skip:
        """What `document` gave, or a pair of these; older versions kept English text alone.

        Raises:
            ValueError, KeyError: If it is neither.
        """
        which, reason = (found["which"], found["reason"]) if isinstance(found, Mapping) else found
        return cls(said.read(which), said.read(reason))

    def shown(self) -> Skip:
        """Both in the current language; a name of one's own stays."""
        return Skip(place(self.which), message(self.reason))


def of_error(which: str, error: FairvizError) -> Skip:
    """One that could not be read, by what was raised in English."""
    return Skip(which, error.message)


def line(number: int) -> str:
    """How a row of a file is called."""
    return said._(LINE, number=number)


def place(which: str) -> str:
    """Which one was skipped, in the current language; a name of one's own stays."""
    return translate_stored(which, PLACES)


def message(reason: str) -> str:
    """A reason, or what is odd in a file, in the current language."""
    return translate_stored(reason)


def within(name: str, skip: Skip) -> Skip:
    """The same, told apart from what another file skips."""
    return Skip(said._("{name}, {place}", name=name, place=skip.which), skip.reason)


def example(skips: Sequence[Skip]) -> str:
    """What was wrong with the first, behind a sentence on a whole file; empty if none was."""
    return f" {first_of(skips)}" if skips else ""


def first_of(skips: Sequence[Skip]) -> str:
    """Which was skipped first and why, as a reader is told it; empty if none was."""
    if not skips:
        return ""
    which, reason = skips[0].shown()
    return _("{which}: {reason}.", which=which, reason=reason)
