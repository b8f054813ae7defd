"""Why a row is left out, in English as it is kept; `told` says it to the reader."""

from __future__ import annotations

from fairviz.core.set_files import OF_FILES
from fairviz.i18n import later
from fairviz.i18n.retold import retold

EMPTY = later("{field} is empty")
NO_TEXT = later("{field} is no text")
NO_SUCH_LABEL = later("the right answer is {answer}, the options are {options}")
NO_CHOICES = later("the choices are no list of texts with labels")
NO_ENDINGS = later("the endings are no list")
NOT_FOUR = later("there are not four answers")
EMPTY_OPTION = later("option {number} is empty")
FEW_OPTIONS = later("fewer than two options")
UNLIKE = later("answers: {answers}, labels: {labels}")
NO_RIGHT = later("no right answer")
NO_WRONG = later("no wrong answer")
NO_RIGHT_HERE = later("no right answer, which other items of the file have")
NO_FIELD = later("no field {field}")
NOT_THE_FORMAT = later("not in the task's format ({why})")

# The first that fits is taken, so the ones with more words come first.
REASONS = (
    later("no field {field} or {other}"), NO_FIELD, EMPTY_OPTION, EMPTY, NO_TEXT, NO_SUCH_LABEL,
    NO_CHOICES, NO_ENDINGS, NOT_FOUR, FEW_OPTIONS, UNLIKE, NO_RIGHT, NO_WRONG, NO_RIGHT_HERE,
    NOT_THE_FORMAT,
)  # fmt: skip


def told(kept: str) -> str:
    """A place or a reason in the current language; others come back as they are."""
    return retold(kept, (*OF_FILES, *REASONS))
