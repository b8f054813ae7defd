"""Why a row is left out, in English as it is kept; `told` says it to the reader."""

from __future__ import annotations

from fairviz.core.set_files import OF_FILES
from fairviz.i18n import N_
from fairviz.i18n.retold import retold

EMPTY = N_("{field} is empty")
NO_TEXT = N_("{field} is no text")
NO_SUCH_LABEL = N_("the right answer is {answer}, the options are {options}")
NO_CHOICES = N_("the choices are no list of texts with labels")
NO_ENDINGS = N_("the endings are no list")
NOT_FOUR = N_("there are not four answers")
EMPTY_OPTION = N_("option {number} is empty")
FEW_OPTIONS = N_("fewer than two options")
UNLIKE = N_("answers: {answers}, labels: {labels}")
NO_RIGHT = N_("no right answer")
NO_WRONG = N_("no wrong answer")
NO_RIGHT_HERE = N_("no right answer, which other items of the file have")
NO_FIELD = N_("no field {field}")
NOT_THE_FORMAT = N_("not in the task's format ({why})")

# The first that fits is taken, so the ones with more words come first.
REASONS = (
    N_("no field {field} or {other}"), NO_FIELD, EMPTY_OPTION, EMPTY, NO_TEXT, NO_SUCH_LABEL,
    NO_CHOICES, NO_ENDINGS, NOT_FOUR, FEW_OPTIONS, UNLIKE, NO_RIGHT, NO_WRONG, NO_RIGHT_HERE,
    NOT_THE_FORMAT,
)  # fmt: skip


def told(kept: str) -> str:
    """A place or a reason in the current language; others come back as they are."""
    return retold(kept, (*OF_FILES, *REASONS))
